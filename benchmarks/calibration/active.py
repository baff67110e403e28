"""Labels for differing rows only, of a number that is fixed beforehand: each job gives one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.judging import CONFIDENCE
from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.stats.active import compare, labels_needed

if TYPE_CHECKING:
    from collections.abc import Iterator

POWER = 0.8
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
) -> tuple[Rate, Rate, Rate]:
    """P(the margin is shown) at a loss of it and without one; and the share of rows labelled."""
    passed, labels = [0, 0], 0
    for _ in range(repetitions):
        for truth, loss in enumerate((margin, 0.0)):
            draw = random.random(n)
            differs = draw < share
            new = draw < (share - loss) / 2
            asked = labels_needed(
                int(differs.sum()), n, margin, confidence=CONFIDENCE, power=POWER
            ) or int(differs.sum())
            labelled = np.zeros(n, dtype=bool)
            labelled[np.flatnonzero(differs)[:asked]] = True  # rows are drawn in random order
            known = compare(np.arange(n), differs, (new, ~new), labelled, CONFIDENCE)
            passed[truth] += known.change.lower is not None and known.change.lower > -margin
            labels += truth * asked
    loss_passes, no_change = (count / repetitions for count in passed)
    return (
        Rate.share(loss_passes, repetitions, BOUND),
        Rate.share(no_change, repetitions, POWERED),
        Rate.share(labels / repetitions / n, repetitions * n),
    )
