"""Which parts of a test set got worse: every level and every pair of levels, corrected for the search.

A slice is a level of one column, or the rows that share a level of each of two columns. Each with
enough rows is tested for a mean change below 0, one-sided: changes of −1, 0 and 1 (a row became
wrong, stayed, became right) by the mid-p sign test on the rows that changed (McNemar), others by
Student's t. Holm's correction over all slices tested bounds the chance that any is listed
though none got worse, whatever their overlap.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Column = tuple[NDArray[Any], int]
    """Codes of shape (n,) in 0 … size − 1, −1 for a missing value; and size."""


@dataclass(frozen=True, slots=True)
class WorseSlice:
    """A part of the rows.

    Attributes
    ----------
    levels
        (column, code) of each level that makes it: one or two.
    n
        Its rows.
    change
        The mean change; below 0 is worse.
    p_value, adjusted
        One-sided; before and after Holm's correction.
    """

    levels: tuple[tuple[int, int], ...]
    n: int
    change: float
    p_value: float
    adjusted: float


@dataclass(frozen=True, slots=True)
class Search:
    """What was found: slices that got worse, the surest first, of so many that were tested."""

    worse: tuple[WorseSlice, ...]
    tested: int


def search(
    columns: Sequence[Column],
    change: Values,
    *,
    minimum: int = 30,
    pairs: bool = True,
    confidence: float = 0.95,
) -> Search:
    """Find the slices whose mean change is below 0.

    A pair of levels is listed only where it changed more than each of its levels that is listed
    itself.

    Parameters
    ----------
    columns
        What slices are made of.
    change
        Shape (n,): how much better each row became.
    minimum
        Rows that a slice must have.
    confidence
        1 − the chance that anything is listed though nothing got worse.
    """
    sign = bool(np.isin(change, (-1.0, 0.0, 1.0)).all())
    tests = [
        tested
        for which in _combinations(len(columns), pairs=pairs)
        for tested in _tested(which, columns, change, minimum, sign=sign)
    ]
    adjusted = holm([p for _, _, _, p in tests])
    listed = [
        WorseSlice(levels, n, mean, p, q)
        for (levels, n, mean, p), q in zip(tests, adjusted, strict=True)
        if q <= 1 - confidence
    ]
    single = {part.levels[0]: part.change for part in listed if len(part.levels) == 1}
    kept = [part for part in listed if len(part.levels) == 1 or _adds(part, single)]
    return Search(tuple(sorted(kept, key=lambda part: (part.adjusted, part.change))), len(tests))


def _adds(part: WorseSlice, single: dict[tuple[int, int], float]) -> bool:
    """Whether a pair says more than its levels that are listed."""
    return all(part.change < single[level] for level in part.levels if level in single)


def _combinations(count: int, *, pairs: bool) -> list[tuple[int, ...]]:
    singles: list[tuple[int, ...]] = [(i,) for i in range(count)]
    return singles + (list(itertools.combinations(range(count), 2)) if pairs else [])


def _tested(
    which: tuple[int, ...], columns: Sequence[Column], change: Values, minimum: int, *, sign: bool
) -> list[tuple[tuple[tuple[int, int], ...], int, float, float]]:
    """Test every slice of some columns: levels, rows, mean change, p-value."""
    joint = np.zeros(len(change), dtype=np.int64)
    has_levels = np.ones(len(change), dtype=np.bool_)
    for column in which:
        codes, size = columns[column]
        joint = joint * size + codes
        has_levels &= codes >= 0
    keys, group = np.unique(joint[has_levels], return_inverse=True)
    values = change[has_levels]
    n = np.bincount(group, minlength=len(keys)).astype(np.float64)
    p_values = (_sign_test if sign else _t_test)(values, group, n)
    means = np.bincount(group, weights=values, minlength=len(keys)) / np.maximum(n, 1)
    sizes = [columns[column][1] for column in which]
    codes = np.stack(np.unravel_index(keys, sizes), axis=1) if len(keys) else np.zeros((0, 1))
    return [
        (
            tuple(zip(which, map(int, codes[i]), strict=True)),
            int(n[i]),
            float(means[i]),
            float(p_values[i]),
        )
        for i in np.flatnonzero(n >= minimum)
    ]


def _sign_test(values: Values, group: NDArray[np.intp], n: Values) -> Values:
    """One-sided mid-p value of as few improvements among the rows that changed; 1 without any.

    P(X < better) + P(X = better)/2 for X ~ Binomial(better + worse, ½).
    """
    from scipy.stats import binom

    better = np.bincount(group, weights=values > 0, minlength=len(n))
    worse = np.bincount(group, weights=values < 0, minlength=len(n))
    total = better + worse
    p_values = binom.cdf(better, total, 0.5) - 0.5 * binom.pmf(better, total, 0.5)
    return np.where(total > 0, p_values, 1.0)


def _t_test(values: Values, group: NDArray[np.intp], n: Values) -> Values:
    """One-sided p-value of Student's t against a mean of 0; 1 or 0 where all rows are alike."""
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(group, weights=values, minlength=len(n)) / n
        centred = values - mean[group]
        spread = np.bincount(group, weights=centred * centred, minlength=len(n)) / (n - 1)
        statistic = mean / np.sqrt(spread / n)
    alike = np.where(mean < 0, 0.0, 1.0)
    p_values = stdtr(np.maximum(n - 1, 1), np.nan_to_num(statistic))
    return np.where(spread > 0, p_values, alike)
