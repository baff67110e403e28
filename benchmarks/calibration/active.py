"""Labels that arrive bit by bit, and a run after each bit: each job gives one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.judging import CONFIDENCE
from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.checks.compare.active import LabelLooks, against
from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import Measurement, RowCounts
from mlgate.model.policy import Target
from mlgate.model.rows import PairedRows, Rows
from mlgate.stats.active import looks

if TYPE_CHECKING:
    from collections.abc import Iterator

POWER = 0.8
RUNS = 10
"""How many runs there are beside those in which the labels are as many as at a look."""
BOUND, POWERED = Band(high=0.06), Band(low=0.77)


def active() -> tuple[Series, ...]:
    """Give the jobs of the table."""
    return tuple(_jobs())


def _jobs() -> Iterator[Series]:
    for n, share, margin in (
        (2_000, 0.05, 0.02),
        (5_000, 0.05, 0.015),
        (5_000, 0.1, 0.015),
        (20_000, 0.02, 0.005),
        (20_000, 0.1, 0.01),
        (20_000, 0.2, 0.01),
    ):
        words = f"{n:,} rows, {share * 100:g} % differ, margin {margin:g}"
        yield Series(f"active-{n}-{share:g}", words, _passes, (n, share, margin), 2_000)


def _passes(
    random: np.random.Generator, repetitions: int, n: int, share: float, margin: float
) -> tuple[Rate, ...]:
    """P(any run passes) at a loss of the margin, P(the first look, any run passes) without one.

    Then the share of rows that are labelled at the first look.
    """
    loss = first = ever = labels = 0
    for _ in range(repetitions):
        _, _, passed = _runs(random, n, share, margin, margin)
        loss += any(passed)
        counts, at_first, passed = _runs(random, n, share, margin, 0.0)
        first += passed[at_first]
        ever += any(passed)
        labels += counts[at_first]
    return (
        Rate.share(loss / repetitions, repetitions, BOUND),
        Rate.share(first / repetitions, repetitions, POWERED),
        Rate.share(ever / repetitions, repetitions, POWERED),
        Rate.share(labels / repetitions / n, repetitions * n),
    )


def _runs(
    random: np.random.Generator, n: int, share: float, margin: float, loss: float
) -> tuple[list[int], int, list[bool]]:
    """Return the labels at each run, which run is the first look, and which runs pass."""
    draw = random.random(n)
    differs = draw < share
    right = draw < (share - loss) / 2
    setting = LabelLooks(margins={"main": margin}, confidence=CONFIDENCE, power=POWER)
    at = np.flatnonzero(differs)  # rows are drawn in random order
    planned = looks(len(at), n, margin, confidence=CONFIDENCE, power=POWER)
    counts = sorted({*(look.labels for look in planned), *range(0, len(at), len(at) // RUNS + 1)})
    passed = []
    for labelled in counts:
        lacking = np.ones(n, dtype=bool)
        lacking[at[:labelled]] = False
        y_true = np.where(
            lacking, 0, np.where(right, 1, 0)
        )  # the candidate says 1 where they differ
        passed.append(_run(differs, y_true, lacking, setting, margin))
    return counts, counts.index(planned[0].labels), passed


def _run(
    differs: np.ndarray, y_true: np.ndarray, lacking: np.ndarray, setting: LabelLooks, margin: float
) -> bool:
    """Return whether the run's gate passes."""
    zero = np.zeros(len(differs), dtype=np.int32)
    candidate = Rows(
        "binary", y_true, differs.astype(np.int32), classes=("0", "1"), positive=1,
        unlabelled=lacking,
    )  # fmt: skip
    baseline = Rows("binary", y_true, zero, classes=("0", "1"), positive=1, unlabelled=lacking)
    counts = RowCounts(paired=len(differs), added=0, missing=0)
    paired = PairedRows(candidate, baseline, counts, order=lambda: np.arange(len(differs)))
    measured = Measurement(
        title="accuracy",
        value=None,
        method="none",
        direction="higher",
        against={"main": against(paired, setting, "main")},
    )
    rule = Rule(
        target=Target(name="accuracy"),
        kind="max_regression",
        limit=margin,
        relative=False,
        check="compare",
        metric="accuracy",
        direction="higher",
        confidence=CONFIDENCE,
        power=POWER,
    )
    return decide(rule, measured).verdict == "pass"
