"""Operating points of scores with few levels: a limit that main just meets and the candidate just misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.stats import auc
from mlgate.stats.operating_points import recall_at_precision, tpr_at_fpr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

Point = Literal["recall", "tpr"]
CONFIDENCE, NEARLY = 0.95, 1e-3
_ANEW = 0.25
"""Share of the rows that each model scores anew."""
_METRICS = {"recall": recall_at_precision, "tpr": tpr_at_fpr}
_TITLES = {"recall": "recall at a precision", "tpr": "TPR at an FPR"}


def steps() -> tuple[Series, ...]:
    """Return the jobs of the table."""
    edges = (
        Series(
            f"{point}-{levels}-{n}-{main:g}-{candidate:g}",
            f"{_TITLES[point]}, {levels} levels, {n:,} rows: main {_words(main, 'meets')}, the candidate {_words(candidate, 'misses')}",
            _edge,
            (point, levels, n, main, candidate),
            600,
        )
        for point in ("recall", "tpr")
        for levels, n in ((6, 1_000), (6, 4_000), (15, 4_000), (30, 4_000))
        for main, candidate in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0))
    )
    equal = (
        Series(
            f"{point}-{levels}-{n}-equal",
            f"{_TITLES[point]}, {levels} levels, {n:,} rows: equal models, a limit between two levels, a margin of .1: passing is right",
            _equal,
            (point, levels, n, Band(low=0.8) if n == 16_000 else Band()),
            200,
        )
        for point in ("recall", "tpr")
        for levels, n in ((6, 1_000), (6, 4_000), (15, 4_000), (15, 16_000), (30, 16_000))
    )
    return (*edges, *equal)


def _words(errors: float, verb: str) -> str:
    return f"just {verb} the limit" if not errors else f"{verb} it by {errors:g} standard error"


def _shares(levels: int) -> tuple[Values, Values]:
    """Return how positive and negative rows are spread over leaves of unequal size, ascending."""
    size = np.random.default_rng(levels).gamma(2.0, size=levels)
    chance = 1 / (1 + np.exp(-np.linspace(-4.0, 2.0, levels)))
    positive, negative = size * chance, size * (1 - chance)
    return positive / positive.sum(), negative / negative.sum()


def _place(levels: int) -> int:
    return round(0.65 * (levels - 1))


class _Trees:
    """Draws rows and both models' leaves; 30 % are positive."""

    share = 0.3

    def __init__(self, random: np.random.Generator, levels: int, n: int) -> None:
        self.random, self.levels, self.n = random, levels, n
        self.positive, self.negative = _shares(levels)

    def draw(self) -> tuple[NDArray[np.bool_], list[NDArray[np.int64]]]:
        label = self.random.random(self.n) < self.share
        base = self._leaves(label)
        anew = (self.random.random(self.n) < _ANEW for _ in range(2))
        return label, [np.where(some, self._leaves(label), base) for some in anew]

    def _leaves(self, label: NDArray[np.bool_]) -> NDArray[np.int64]:
        yes, no = (
            self.random.choice(self.levels, self.n, p=p) for p in (self.positive, self.negative)
        )
        return np.where(label, yes, no)

    def above(self, place: int) -> tuple[float, float]:
        """Return the share of rows that are positive, and negative, from a leaf on."""
        yes, no = self.positive[place:].sum(), self.negative[place:].sum()
        return float(self.share * yes), float((1 - self.share) * no)

    def precision(self, place: int) -> float:
        yes, no = self.above(place)
        return yes / (yes + no)

    def fpr(self, place: int) -> float:
        return self.above(place)[1] / (1 - self.share)


def _edge(
    random: np.random.Generator,
    repetitions: int,
    point: Point,
    levels: int,
    n: int,
    main: float,
    candidate: float,
) -> tuple[Rate]:
    """How often a candidate passes that loses one level, by a margin of that very size.

    Negative rows of the leaf below the threshold rise above it, so that it misses the limit.
    """
    trees, place = _Trees(random, levels, n), _place(levels)
    yes, no = trees.above(place)
    if point == "recall":
        met = trees.precision(place)
        error = np.sqrt(met * (1 - met) / n / (yes + no))
        limit = met - main * error
        missed = limit - max(candidate, NEARLY) * error
        more = yes * (1 - missed) / missed - no
    else:
        met = trees.fpr(place)
        error = np.sqrt(met * (1 - met) / n / (1 - trees.share))
        limit = met + main * error
        more = (limit + max(candidate, NEARLY) * error) * (1 - trees.share) - no
    risen = more / ((1 - trees.share) * trees.negative[place - 1])
    assert 0 <= risen < 1
    margin, passed = float(trees.positive[place]), 0
    for _ in range(repetitions):
        label, (new, old) = trees.draw()
        rises = ~label & (new == place - 1) & (random.random(n) < risen)
        passed += _passes(point, label, np.where(rises, place, new), old, float(limit), margin)
    return (Rate.share(passed / repetitions, repetitions, Band(high=0.06)),)


def _equal(
    random: np.random.Generator, repetitions: int, point: Point, levels: int, n: int, band: Band
) -> tuple[Rate]:
    trees, place = _Trees(random, levels, n), _place(levels)
    at = trees.precision if point == "recall" else trees.fpr
    limit = (at(place) + at(place - 1)) / 2
    passed = 0
    for _ in range(repetitions):
        label, (new, old) = trees.draw()
        passed += _passes(point, label, new, old, limit, 0.1)
    return (Rate.share(passed / repetitions, repetitions, band),)


def _passes(
    point: Point,
    label: NDArray[np.bool_],
    new: NDArray[np.int64],
    old: NDArray[np.int64],
    limit: float,
    margin: float,
) -> bool:
    sides = (_METRICS[point](label, side.astype(np.float64), limit) for side in (new, old))
    change = auc.contrast(*sides, confidence=CONFIDENCE)
    return change.insufficient is None and change.lower is not None and change.lower > -margin
