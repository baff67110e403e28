"""Wasserstein-1: the mean distance that mass must be moved, of long sorted columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

DIRECT: Final = 4_096
"""Up to so many values on the smaller side all are merged."""
CELL: Final = 16
"""Values of the smaller side in one cell of levels."""
MOST: Final = 1 << 20
"""Cells, however many values there are."""
PART: Final = 1 << 16


def wasserstein(x: Column, y: Column) -> float:
    """Return ∫₀¹ |Q_x(u) − Q_y(u)| du, Q the quantile functions (Vallender 1974).

    Levels u are cut into cells. Where one quantile function lies above the other in a whole
    cell, the integral is the difference of two sums; only cells in which they may cross are
    merged value by value.

    Parameters
    ----------
    x, y
        Sorted and finite, shapes (n,) and (m,), n, m ≥ 1.
    """
    if len(x) == len(y):
        return _matched(x, y)
    cells = min(min(len(x), len(y)) // CELL, MOST)
    if min(len(x), len(y)) <= DIRECT:
        return _merged(x, y, np.array([0]), np.array([1]), 1)
    sums, low, high = zip(*(_cells(z, cells) for z in (x, y)), strict=True)
    crossing = ~((low[0] >= high[1]) | (low[1] >= high[0]))
    total = float(np.abs(sums[0] - sums[1])[~crossing].sum())
    index = np.flatnonzero(crossing)
    return total + _merged(x, y, index, index + 1, cells) if len(index) else total


def _matched(x: Column, y: Column) -> float:
    """Return the mean distance of equally long columns, without a third one of their length."""
    total = 0.0
    for start in range(0, len(x), PART):
        total += float(np.abs(x[start : start + PART] - y[start : start + PART]).sum())
    return total / len(x)


def _cells(x: Column, cells: int) -> tuple[Column, Column, Column]:
    """Return ∫Q over each cell of levels [k, k+1]/cells, and Q's least and largest value there."""
    n = len(x)
    edges = np.arange(cells + 1, dtype=np.int64) * n
    first, part = np.divmod(edges, cells)
    # A value that an edge of levels cuts belongs to both cells by its shares.
    at = x[np.minimum(first, n - 1)]
    cut = at * (part / cells)
    sums = (np.add.reduceat(x, first[:-1]) - cut[:-1] + cut[1:]) / n
    last = np.maximum(-(-edges[1:] // cells) - 1, first[:-1])
    return sums, x[first[:-1]], x[last]


def _merged(
    x: Column, y: Column, start: NDArray[np.intp], stop: NDArray[np.intp], cells: int
) -> float:
    """Return the integral over cells of levels [start, stop]/cells by merging both samples."""
    n, m = len(x), len(y)
    levels = [start / cells, stop / cells]
    for size in (n, m):
        first, last = start * size // cells, -(-stop * size // cells)
        levels.append((_ranges(first, last) + 1) / size)
    u = np.sort(np.concatenate(levels))
    middle = (u[1:] + u[:-1]) / 2
    inside = np.zeros(cells + 1, dtype=bool)
    inside[start] = True
    keep = inside[np.minimum((middle * cells).astype(np.intp), cells)]
    gap = np.diff(u)[keep]
    q, r = (z[np.minimum((middle[keep] * len(z)).astype(np.intp), len(z) - 1)] for z in (x, y))
    return float(np.sum(np.abs(q - r) * gap))


def _ranges(first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return first[0], …, last[0] − 1, then first[1], …, and so on."""
    sizes = last - first
    offsets = np.repeat(first - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    return offsets + np.arange(int(sizes.sum()))
