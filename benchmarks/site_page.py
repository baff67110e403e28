"""The page of ten thousand runs: its size, what making it costs, and Chromium's first view.

    python -m benchmarks site_page

Six metrics with their intervals, each run with a commit, a verdict and parameters of its own. The
first view is the time from navigation until the page's script has drawn its tables and lines,
the least of a few; without Chromium it is left out.
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.lineage import record
from mlgate.lineage.exports import Origin
from mlgate.pipeline.prepare import open_run_dir
from mlgate.site import page
from mlgate.site.data import SiteRun, data

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[1] / "tests/unit/report/samples"
CHROMIUM = Path("/usr/bin/chromium")
RUNS = 10_000
METRICS = 6
VIEWS = 5
SIZE_TARGET = 2.0
VIEW_TARGET = 1.0


def main() -> None:
    """Print the page's size, the CPU seconds that it takes, and the first view."""
    runs = list(_runs())
    started = time.process_time()
    text = page.render(data(runs, "2026-11-29T10:00:00Z", "0.1.0"), "Models")
    cpu = time.process_time() - started
    print(f"{RUNS:,} runs of {METRICS} metrics\n")
    print("| what | measured | target |\n|---|---|---|")
    print(f"| size | {len(text.encode()) / 1e6:.2f} MB | {SIZE_TARGET:g} MB |")
    print(f"| making it | {cpu:.2f} CPU s | |")
    view = _view(text)
    if view is not None:
        print(f"| first view in Chromium | {view:.2f} s | {VIEW_TARGET:g} s |")


def _runs() -> Iterator[SiteRun]:
    rng = random.Random(1)
    origins = [_origin(name) for name in ("passing", "undecided", "blocked")]
    start, drift = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), 0.0
    for number in range(RUNS):
        origin = rng.choices(origins, (8, 2, 1))[0]
        drift += rng.gauss(0, 0.001)
        compare = origin.evidence["compare"]
        metrics = {
            name: measured.model_copy(
                update={
                    "value": (measured.value or 0.0) + drift,
                    "interval": tuple(x if x is None else x + drift for x in measured.interval),
                }
            )
            for name, measured in list(compare.metrics.items())[:METRICS]
        }
        changes = {
            "commit": f"{rng.getrandbits(160):040x}",
            "parameters": {"lr": str(rng.choice([0.1, 0.2, 0.3])), "depth": str(rng.randint(2, 9))},
        }
        evidence = {"compare": compare.model_copy(update={"metrics": metrics})}
        moved = replace(origin, record=origin.record.model_copy(update=changes), evidence=evidence)
        tag = f"v{number // 100}" if number % 100 == 0 else None
        yield SiteRun(moved, "", (start + dt.timedelta(hours=number)).isoformat(), tag)


def _origin(sample: str) -> Origin:
    files = open_run_dir(SAMPLES / sample).files()
    evidence, verdict = files.evidence(), files.verdict()
    return Origin(record.lineage(files.run(), evidence, verdict), verdict, evidence)


def _view(text: str) -> float | None:
    """Return seconds from navigation to the end of the page's script; None without the browser."""
    if not CHROMIUM.exists():
        return None
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        target = Path(folder) / page.FILE
        target.write_text(text, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        times: list[float] = []
        for _ in range(VIEWS):
            tab = browser.new_page()
            tab.goto(target.as_uri())
            times.append(
                tab.evaluate(
                    "performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"
                )
            )
            tab.close()
        browser.close()
    return min(times) / 1000
