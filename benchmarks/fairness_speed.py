"""Rates, gaps and ratios of 40 groups: ours against Fairlearn, AIF360 and Aequitas.

    python -m benchmarks fairness_speed

Three columns and their 40-way intersection, six rates with gaps and ratios, 1,000,000 rows,
computing only: the arrays are in memory in the form that each likes. Ours has intervals besides;
the peers have none. Peers run in environments of their own (made below benchmarks/.peers on the
first run), one after another; each side counts CPU seconds of its process, the lowest of its runs.
The replicates are multinomial draws of the counts, which is what resampling rows does to them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.fairness_peers import LEVELS, PEERS, make
from benchmarks.metrics_speed import cpu_seconds
from mlgate.stats import gaps, groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.stats.gaps import Gap
    from mlgate.stats.groups import Counts

ROWS = 1_000_000
REPLICATES = 2_000
RATES = ("selection_rate", "tpr", "fpr", "fnr", "accuracy", "precision")
GROUPINGS = ((0,), (1,), (2,), (0, 1, 2))
TARGETS = {"fairlearn": 500, "aif360": 80, "aequitas": 8}
VERSIONS = {"fairlearn": "fairlearn", "aif360": "aif360", "aequitas": "aequitas==1.1.0"}
HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("MLGATE_PEERS", HERE / ".peers"))


def tables(rows: int) -> list[Counts]:
    """Count the rows once, then sum by each grouping."""
    columns, label, predicted = make(rows)
    return _tables([c.astype(np.int32) for c in columns], label.astype(np.int32), predicted)


def _tables(columns: list[Any], label: Any, predicted: Any) -> list[Counts]:
    sides = [(label, 2), (predicted, 2)]
    cells = groups.count([*zip(columns, LEVELS, strict=True), *sides])
    y, new = (codes == 1 for codes in cells.codes[3:])
    return [groups.table(cells, groups.by(cells, names), y, new) for names in GROUPINGS]


def measure(counts: Counts) -> dict[str, tuple[Gap, Gap]]:
    """Every rate's gap and ratio with simultaneous bounds."""
    found = {}
    for name in RATES:
        rate = groups.rate(counts, groups.SHARES[name])
        pairs = [gaps.comparable(rate.n >= 30, np.ones((len(counts),) * 2, dtype=np.bool_))]
        found[name] = (gaps.difference([rate], pairs), gaps.ratio([rate], pairs))
    return found


def ours(rows: int) -> Callable[[], float]:
    """Everything that the peers do, with intervals."""
    columns, label, predicted = make(rows)
    codes = [column.astype(np.int32) for column in columns]
    y, new = label.astype(np.int32), predicted.astype(np.int32)

    def run() -> float:
        found = [measure(counts) for counts in _tables(codes, y, new)]
        return found[-1]["selection_rate"][0].value or 0.0

    return run


def resample(counts: Counts, *, replicates: int, seed: int) -> Counts:
    """Resample the rows of a table of counts: shape (replicates, *counts.shape).

    Drawing n rows with replacement is exactly a multinomial draw of the cells.
    """
    flat = counts.reshape(-1)
    total = int(flat.sum())
    draws = np.random.default_rng(seed).multinomial(total, flat / total, size=replicates)
    return draws.reshape(replicates, *counts.shape)


def bootstrap(found: list[Counts]) -> None:
    """2,000 replicates of every gap and ratio of every grouping."""
    for counts in found:
        drawn = resample(counts, replicates=REPLICATES, seed=0)
        for name in RATES:
            values = groups.rate(drawn, groups.SHARES[name]).value
            low, high = values.min(axis=1), values.max(axis=1)
            np.quantile(high - low, (0.05, 0.95))
            np.quantile(low / high, (0.05, 0.95))


def theirs(peer: str, rows: int) -> tuple[float, float]:
    """Run a peer in its environment: CPU seconds and its gap."""
    python = FOLDER / peer / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER / peer, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-q", VERSIONS[peer]]
        subprocess.run(install, check=True, stdout=sys.stderr)
    command = [str(python), "-W", "ignore", str(HERE / "fairness_peers.py"), peer, str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, gap = done.stdout.split()[-2:]
    return float(seconds), float(gap)


def main() -> None:
    """Print the table."""
    run = ours(ROWS)
    gap, fast = run(), cpu_seconds(run, 7)
    print(
        "| three columns and their 40 intersections, six rates with gaps and ratios | CPU s | × ours (target) |"
    )
    print("|---|---:|---:|")
    print(f"| mlgate, {ROWS:,} rows, with intervals | {fast:.4f} | |")
    for peer in PEERS:
        seconds, same = theirs(peer, ROWS)
        assert abs(same - gap) < 1e-9, (peer, same, gap)
        print(
            f"| {peer}, {ROWS:,} rows | {seconds:.2f} | {seconds / fast:,.0f} ({TARGETS[peer]}) |"
        )
    small, large = tables(10_000), tables(ROWS)
    for name, counts in (("10,000", small), (f"{ROWS:,}", large)):
        taken = cpu_seconds(partial(bootstrap, counts), 3)
        print(
            f"| {REPLICATES:,} replicates of all counts, {name} rows | {taken:.3f} | (under 0.5 s) |"
        )


if __name__ == "__main__":
    main()
