"""`make calibrate`: simulate everything and write benchmarks/results/calibration.md."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.calibration.families import Family, families
from benchmarks.calibration.pool import quick, run
from benchmarks.calibration.tables import misses, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.calibration.line import Line

PAGE = Path(__file__).parents[1] / "results" / "calibration.md"
INTRODUCTION = """\
# Calibration: do the verdicts keep what they say?

`make calibrate`, that is `python -m benchmarks.calibration --seed {seed}`. Everything here is
simulated, with true values known by construction, through the functions of `mlgate.stats` and
the gates of `mlgate.gates`. Equal seeds give equal numbers.

How to read a line. **n**: labelled rows. **margin** m: the allowance of `max_regression`; where
the title does not fix it, the one that these rows decide with power .8 (what `mlgate plan` and
“rows needed” promise). All bounds are one-sided at 95 %; **90 % holds**: the share of samples
whose pair of bounds, the interval that reports show, holds the true change; **95 % holds**: the
same of the wider pair at 97.5 %. **too high** and **too low**: the lower bound lies above the
truth, the upper one below it; nominal .05 each. **passes a loss of the margin**: type I error of
the gate, nominal .05. **passes no change**: two exchangeable models of which none is better
(power, .80 promised). **blocks no change**, **blocks half**, **blocks twice**: shares of samples
that the gate fails when the true loss is 0, m/2, 2m; a normal law gives .006, .11 and .99 at
these margins, and from 1,000 rows on that is asked for. What neither passes nor fails is
undecided. **refused**: samples that the method itself calls too few, which leaves the gate
undecided; the first four columns count the samples that have an interval. “plain” methods are
usual elsewhere and here for comparison only.

Standard error of a share p over R repetitions: √(p(1 − p)/R), for instance .0022 for .95 and
10,000, .0049 for .95 and 2,000, .0097 for .05 and 500. A share outside its target by more than
two standard errors is bold and marked {miss}; each is explained below its table. Not asked for a target, and so never marked:
lines of which more than half of the samples are refused, all but type I error where the margin is fixed, and power and
blocked losses (half, twice) with fewer than 1,000 rows or where 1 % and more are refused. “Figures off target” in
the table below counts the marked ones alone: a figure within two standard errors of its target, or not asked for one, is not among them.
"""


def main() -> None:
    """Simulate what is asked for, on all cores, and write or print the page."""
    asked = _arguments()
    # One thread a process: sums over threads differ in their last digits.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    chosen = [f for f in families() if not asked.only or f.key in asked.only]
    if asked.quick:
        chosen = [quick(family) for family in chosen]
    lines = run(chosen, asked.seed, asked.workers)
    page = [INTRODUCTION.format(seed=asked.seed, miss="✗").rstrip(), _summary(chosen, lines)]
    page += [render(family, lines[family.key]) for family in chosen]
    text = "\n\n".join(page) + "\n"
    if asked.output is None and (asked.quick or asked.only):
        print(text)
    else:
        (asked.output or PAGE).write_text(text, encoding="utf-8")


def _summary(chosen: Sequence[Family], lines: dict[str, list[Line]]) -> str:
    found = [
        (family, len(family.jobs), len(misses(family, lines[family.key]))) for family in chosen
    ]
    rows = [f"| [{f.title}](#{f.key}) | {count} | {missed} |" for f, count, missed in found]
    return "\n".join(["| table | lines | figures off target |", "|---|---:|---:|", *rows])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, printed only")
    parser.add_argument("--only", nargs="*", default=[], metavar="TABLE", help="printed only")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, help=f"default: {PAGE.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
