"""Two-sample Kolmogorov–Smirnov: the exact statistic of long sorted columns, and its p-value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.tails import kolmogorov_sf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

DIRECT: Final = 16_384
"""Up to so many values every one is looked up."""
BLOCK: Final = 128
"""Values in a block that is looked at only where its bound exceeds the best so far."""
EXACT: Final = 500_000
"""Up to so many steps (n + m) · min(n, m) the p-value is exact."""


def statistic(x: Column, y: Column) -> float:
    """Return sup |F − G| of two samples, equal to that of scipy.stats.ks_2samp to the last bit.

    F rises only at values of x, so that the supremum of F − G lies at one of them, after all
    of its ties. In a block of sorted values x_a … x_b it is at most (b + 1)/n − G(x_a); only
    blocks in which that exceeds the largest difference found at a block's ends are looked up.

    Parameters
    ----------
    x, y
        Sorted, without NaN, shapes (n,) and (m,), n, m ≥ 1.
    """
    return max(_one_sided(x, y), _one_sided(y, x), 0.0)


def _one_sided(x: Column, y: Column) -> float:
    n = len(x)
    if n <= DIRECT:
        return float(_at(x, y, np.arange(n)).max())
    first = np.arange(0, n, BLOCK)
    last = np.minimum(first + BLOCK, n) - 1
    below = np.searchsorted(y, x[first], side="right") / len(y)
    best = float(_at(x, y, last).max())
    open_ = np.flatnonzero((last + 1) / n - below > best)
    if len(open_) == 0:
        return best
    index = (first[open_, None] + np.arange(BLOCK)).ravel()
    return max(best, float(_at(x, y, index[index < n]).max()))


def _at(x: Column, y: Column, index: NDArray[np.intp]) -> Column:
    """Return F − G at values of x by their ranks."""
    at: Column = (index + 1) / len(x) - np.searchsorted(y, x[index], side="right") / len(y)
    return at


def p_value(d: float, n: float, m: float) -> float:
    """Return P(D ≥ d) in the limit: Kolmogorov's law at √(nm/(n+m)) · d (Smirnov 1948).

    With ties or few rows it errs to the large side. `n` and `m` may be effective sizes.
    """
    return kolmogorov_sf(math.sqrt(n * m / (n + m)) * d)


def feasible(n: int, m: int) -> bool:
    """Whether `exact_p_value` takes milliseconds only."""
    return (n + m) * min(n, m) <= EXACT


def exact_p_value(x: Column, y: Column) -> float:
    """Return P(D ≥ d) exactly, given the ties of the pooled sample.

    Which pooled values are x's is a random path from (0, 0) to (n, m); it is followed step by
    step, and what reaches |i/n − j/m| ≥ d at the end of a group of ties is taken out and
    summed up (Hodges 1958; with ties Schröer & Trenkler 1995, Computational Statistics & Data
    Analysis 20:185). Without ties this is scipy's exact p-value.

    Parameters
    ----------
    x, y
        Sorted, without NaN; see `feasible`.
    """
    if len(y) < len(x):
        x, y = y, x
    n, m = len(x), len(y)
    # In whole numbers |i·m − j·n|: 1/3 − 1/3 must not be 1e-17.
    edge = _whole_distance(x, y)
    if edge == 0:
        return 1.0
    pooled = np.sort(np.concatenate([x, y]))
    ends = np.append(pooled[1:] != pooled[:-1], True)
    i = np.arange(n + 1)
    inside = np.zeros(n + 1)
    inside[0] = 1.0
    outside = 0.0
    for step in range(1, n + m + 1):
        left = n + m - step + 1
        j = step - 1 - i
        stay = inside * np.clip(m - j, 0, None)
        stay[1:] += (inside * (n - i))[:-1]
        inside = stay / left
        if ends[step - 1]:
            far = np.abs(i * m - (step - i) * n) >= edge
            outside += float(inside[far].sum())
            inside[far] = 0.0
    return min(outside, 1.0)


def _whole_distance(x: Column, y: Column) -> int:
    """Return n·m·D as a whole number."""
    values = np.concatenate([x, y])
    f, g = (np.searchsorted(z, values, side="right") for z in (x, y))
    return int(np.abs(f * len(y) - g * len(x)).max())
