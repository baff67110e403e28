"""A headless Chromium, and pages made from the report's samples.

`make test-system` runs these tests; without the browser they fail, never skip.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
SAMPLES = Path(__file__).parents[1] / "unit" / "report" / "samples"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-default-apps", "--no-first-run", "--disable-extensions",
    "--disable-domain-reliability", "--disable-breakpad",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser():
    """Start Chromium once."""
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield running
        running.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Write a sample's report, once each."""
    from mlgate import checks, report
    from mlgate.run_dir import RunDir

    made: dict[str, Path] = {}

    def write(*names: str) -> Path:
        key = "+".join(names)
        if key not in made:
            folder = tmp_path_factory.mktemp("runs")
            sources = [
                RunDir(Path(shutil.copytree(SAMPLES / n, folder / n)), checks.evidence_types())
                for n in names
            ]
            target = sources[0] if len(sources) == 1 else RunDir(folder / "all")
            report.write(target, sources, pages=checks.pages())
            made[key] = target.path / "report.html"
        return made[key]

    return write


@pytest.fixture
def visit(browser, written):
    """Open a report; gives the page, with what it said and asked for while it stands open."""
    contexts = []

    def opened(*names: str, **options):
        settings = {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}}
        context = browser.new_context(**(settings | options))
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(written(*names).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
