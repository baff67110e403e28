"""What is no share of counts, by group: mean errors, RMSE, ROC AUC.

All are sums of one influence value a row (see `influence`), so that variances and covariances
are sums of products within groups.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.bounded import Reach, of_numbers, score_bounds, times_beyond
from mlgate.stats.groups import Bounds, GroupChange, Measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Codes = NDArray[np.intp]

MIN_PER_CLASS: Final = 50
"""Positives, and negatives, that DeLong's variance needs (see `auc`)."""


@dataclass(frozen=True, slots=True)
class Influences:
    """A number a group and each row's influence on its group's; all 0 where undefined.

    `far` is how far from 0 the number of a row can lie; None where it is not known, and rows that a
    group does not hold are taken to lie up to twice as far as any that were seen. `widened` is False
    where bounds of a change need nothing of that.
    """

    measured: Measured
    rows: Values
    far: float | None = None
    widened: bool = True


def mean(values: Values, group: Codes, groups: int, far: float | None = None) -> Influences:
    """Means by group: Student's bounds, no narrower than the score bounds of `bounded`.

    Parameters
    ----------
    values, group
        Shape (n,): the numbers and each row's group in 0 … groups − 1.
    far
        See `Influences`.
    """
    n = np.bincount(group, minlength=groups).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.bincount(group, weights=values, minlength=groups) / n
        # Σ ψ² is then the unbiased variance of the mean
        scale = np.where(n > 1, np.sqrt(1 / (n * (n - 1))), 0.0)
    rows = (values - value[group]) * scale[group]
    variance = _products(rows, rows, group, groups)
    variance = np.where(n > 1, variance, np.nan)
    student, reach = _student(value, variance, n), of_numbers(values) if len(values) else None
    if far is not None:
        reach = Reach(-far, far, "range")

    @functools.cache
    def bounds(tail: float) -> tuple[Values, Values]:
        low, high = student(tail)
        score = _scores(values, reach, group, groups, tail)
        return np.minimum(low, score[0]), np.maximum(high, score[1])

    return Influences(Measured(value, n, bounds, variance), rows, far)


def rmse(errors: Values, group: Codes, groups: int) -> Influences:
    """Root mean squared errors by group; bounds on the log scale, where they stay positive.

    The upper one is no lower than the root of the score bound, for an error of up to twice the largest of any
    group (see `squares.widened_rmse`).
    """
    squares = errors * errors
    of_squares = mean(squares, group, groups)
    largest = times_beyond(errors, most=2.0) ** 2 * float(squares.max(initial=0.0))
    square, rows = of_squares.measured, of_squares.rows
    value = np.sqrt(square.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = 1 / (2 * value)  # the derivative of √x
        half = np.where(value > 0, half, 0.0)
    rows = rows * half[group]
    variance = square.variance * half**2

    @functools.cache
    def bounds(tail: float) -> tuple[Values, Values]:
        from scipy.special import stdtrit

        with np.errstate(divide="ignore", invalid="ignore"):
            width = -stdtrit(square.n - 1, tail) * np.sqrt(variance) / value
        width = np.where(value > 0, width, 0.0)
        _, score = _scores(squares, Reach(0.0, largest, "seen"), group, groups, tail)
        return value * np.exp(-width), np.maximum(value * np.exp(width), np.sqrt(score))

    return Influences(Measured(value, square.n, bounds, variance), rows)


def roc_auc(positive: NDArray[np.bool_], score: Values, group: Codes, groups: int) -> Influences:
    """ROC AUC by group with DeLong's variance; `n` is the size of the rarer class."""
    from mlgate.stats import auc

    value, variance, n = np.full(groups, np.nan), np.full(groups, np.nan), np.zeros(groups)
    rows = np.zeros(len(score))
    areas = {}
    for code, members in _members(group, groups):
        area = auc.roc_auc(positive[members], score[members])
        hits = int(np.count_nonzero(positive[members]))
        n[code] = min(hits, len(members) - hits)
        if area.value is not None:
            areas[code] = area
            value[code], rows[members] = area.value, area.rows
            variance[code] = float(area.rows @ area.rows)

    @functools.cache
    def bounds(tail: float) -> tuple[Values, Values]:
        low, high = np.full(groups, np.nan), np.full(groups, np.nan)
        for code, area in areas.items():
            estimate = auc.interval(area, confidence=1 - tail)
            low[code] = np.nan if estimate.lower is None else estimate.lower
            high[code] = np.nan if estimate.upper is None else estimate.upper
        return low, high

    return Influences(Measured(value, n, bounds, variance), rows, widened=False)


def change(new: Influences, old: Influences, group: Codes, groups: int) -> GroupChange:
    """Compare the same rows of two sides by group: new − factor × old.

    Student's bounds, no narrower than the score bounds for a row that moves it as far as `Influences.far` allows.
    """
    covariance = _products(new.rows, old.rows, group, groups)
    sizes = np.bincount(group, minlength=groups).astype(np.float64)

    def bounds(tail: float, factor: float) -> tuple[Values, Values]:
        rows = new.rows - factor * old.rows
        middle = new.measured.value - factor * old.measured.value
        low, high = _student(middle, _products(rows, rows, group, groups), sizes)(tail)
        if not new.widened:
            return low, high
        moved = rows * sizes[group]
        seen = float(np.abs(moved).max(initial=0.0))
        far = 2 * seen
        if new.far is not None:
            # `moved` is centred; of new − factor × old what both sides share cancels but for 1 − factor.
            apart = float(np.abs(middle[sizes > 0]).max(initial=0.0))
            limit = new.far * (max(factor, 1.0) + abs(1 - factor)) + apart
            far = max(seen, min(far, limit))
        score = _scores(moved, Reach(-far, far, "seen"), group, groups, tail)
        return np.minimum(low, middle + score[0]), np.maximum(high, middle + score[1])

    same = np.array_equal(new.rows, old.rows) and np.array_equal(
        new.measured.value, old.measured.value, equal_nan=True
    )
    return GroupChange(new.measured, old.measured, covariance, bounds, bool(same))


def _student(value: Values, variance: Values, n: Values) -> Bounds:
    @functools.cache
    def bounds(tail: float) -> tuple[Values, Values]:
        from scipy.special import stdtrit

        half = -stdtrit(np.maximum(n - 1, 1), tail) * np.sqrt(variance)
        return value - half, value + half

    return bounds


def _scores(
    values: Values, reach: Reach | None, group: Codes, groups: int, tail: float
) -> tuple[Values, Values]:
    """Return the score bounds of each group's mean; NaN where it has no rows."""
    low, high = np.full(groups, np.nan), np.full(groups, np.nan)
    for code, members in _members(group, groups):
        assert reach is not None
        score = score_bounds(values[members], reach, confidence=1 - tail)
        low[code], high[code] = score.lower, score.upper
    return low, high


def _products(a: Values, b: Values, group: Codes, groups: int) -> Values:
    return np.bincount(group, weights=a * b, minlength=groups).astype(np.float64)


def _members(group: Codes, groups: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield the rows of each group, ascending."""
    small = group.astype(np.int16) if groups < 1 << 15 else group
    order = np.argsort(small, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=groups))
    for code, (start, end) in enumerate(zip(np.append(0, ends[:-1]), ends, strict=True)):
        if end > start:
            yield code, order[start:end]
