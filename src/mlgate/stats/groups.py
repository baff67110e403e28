"""Counts by group, label and prediction, and every rate that follows from them.

One pass over the rows makes the table of all attributes, labels and predictions together; the
tables of each attribute and of each intersection are sums over its cells.

A rate is a share of some cells among others: `num` within `den`, both shape (2, 2), indexed by
(label is positive, prediction is positive). With candidate and baseline on the same rows the
table has one more axis, and the rates' covariance follows by the delta method: each cell's
influence on a rate p is (num − p·den)/D, D the denominator's count.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.score import quantile, tango_bounds, wilson_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

Bounds = Callable[[float], "tuple[Values, Values]"]
"""One-sided bounds of each group, (G,) and (G,), each missed with the probability given."""
_DENSE: Final = 1 << 22
"""Tables of at most so many cells are counted densely."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a joint table that hold rows.

    Attributes
    ----------
    codes
        For each column, the code of each cell, shape (c,).
    counts
        Rows of each cell, shape (c,), int64.
    """

    codes: tuple[NDArray[np.intp], ...]
    counts: Counts


def count(columns: Sequence[tuple[NDArray[Any], int]]) -> Cells:
    """Count rows by all columns at once.

    Parameters
    ----------
    columns
        Codes of shape (n,) in 0 … size − 1, each with its size.
    """
    sizes = [size for _, size in columns]
    total = int(np.prod([float(size) for size in sizes]))
    if total > _DENSE:
        return _count_sparse(columns)
    joint = np.zeros(len(columns[0][0]), dtype=np.int32)
    for codes, size in columns:
        joint *= np.int32(size)
        joint += codes.astype(np.int32, copy=False)
    counts = np.bincount(joint, minlength=total)
    cells = np.flatnonzero(counts)
    return Cells(tuple(np.unravel_index(cells, sizes)), counts[cells].astype(np.int64))


def _count_sparse(columns: Sequence[tuple[NDArray[Any], int]]) -> Cells:
    """Count where the table would be too large: column by column, keeping what occurs."""
    rows = np.zeros(len(columns[0][0]), dtype=np.int64)
    columns_of_cells: list[NDArray[np.intp]] = []
    for codes, size in columns:
        joint = rows * size + codes
        cells, rows = np.unique(joint, return_inverse=True)
        before, here = np.divmod(cells, size)
        columns_of_cells = [column[before] for column in columns_of_cells]
        columns_of_cells.append(here.astype(np.intp))
    return Cells(tuple(columns_of_cells), np.bincount(rows).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Grouped:
    """Cells by group.

    Attributes
    ----------
    codes
        Each group's codes of the columns that make it, shape (G, k), in ascending order.
    group
        The group of each cell, shape (c,).
    """

    codes: NDArray[np.intp]
    group: NDArray[np.intp]


def by(cells: Cells, columns: Sequence[int]) -> Grouped:
    """Group cells by some of their columns."""
    keys = np.stack([cells.codes[column] for column in columns], axis=1)
    codes, group = np.unique(keys, axis=0, return_inverse=True)
    return Grouped(codes, group.reshape(-1))


def assign(columns: Sequence[tuple[NDArray[Any], int]], grouped: Grouped) -> NDArray[np.intp]:
    """Return each row's group, shape (n,): the row of `grouped.codes` that its codes make.

    Parameters
    ----------
    columns
        As `count`: those that `grouped` was made by, in its order.
    """
    sizes = np.array([size for _, size in columns], dtype=np.int64)
    weights = np.append(np.cumprod(sizes[:0:-1])[::-1], 1).astype(np.int64)
    joint = np.zeros(len(columns[0][0]), dtype=np.int64)
    for (codes, _), weight in zip(columns, weights, strict=True):
        joint += codes * weight
    keys = grouped.codes @ weights
    order = np.argsort(keys)
    return np.asarray(order[np.searchsorted(keys[order], joint)], dtype=np.intp)


def table(cells: Cells, grouped: Grouped, y: Flags, new: Flags, old: Flags | None = None) -> Counts:
    """Sum cells by group, label and predictions.

    Parameters
    ----------
    y, new, old
        Of each cell: is the label, the candidate's and the baseline's prediction positive?

    Returns
    -------
    ndarray
        Shape (G, 2, 2), or (G, 2, 2, 2) with a baseline: group, label, candidate, baseline.
    """
    groups = len(grouped.codes)
    index = (grouped.group * 2 + y) * 2 + new
    shape: tuple[int, ...] = (groups, 2, 2)
    if old is not None:
        index = index * 2 + old
        shape = (*shape, 2)
    size = int(np.prod(shape))
    sums = np.bincount(index, weights=cells.counts, minlength=size)
    return np.rint(sums).astype(np.int64).reshape(shape)


@dataclass(frozen=True, slots=True)
class Share:
    """A rate as a share of cells; `num` and `den` as the module says."""

    num: NDArray[np.bool_]
    den: NDArray[np.bool_]

    @property
    def by_label(self) -> bool:
        """Whether the denominator depends on labels only, so that both sides share it."""
        return bool((self.den[:, 0] == self.den[:, 1]).all())


def share(num: Sequence[tuple[int, int]], den: Sequence[tuple[int, int]]) -> Share:
    """Name the cells (label, prediction) of a rate."""
    flags = np.zeros((2, 2, 2), dtype=np.bool_)
    for which, cells in enumerate((num, den)):
        for cell in cells:
            flags[which][cell] = True
    return Share(flags[0], flags[1])


_TN, _FP, _FN, _TP = (0, 0), (0, 1), (1, 0), (1, 1)
_ALL = (_TN, _FP, _FN, _TP)
SHARES: Final[dict[str, Share]] = {
    "selection_rate": share((_FP, _TP), _ALL),
    "base_rate": share((_FN, _TP), _ALL),
    "accuracy": share((_TN, _TP), _ALL),
    "tpr": share((_TP,), (_FN, _TP)),
    "fpr": share((_FP,), (_TN, _FP)),
    "fnr": share((_FN,), (_FN, _TP)),
    "tnr": share((_TN,), (_TN, _FP)),
    "precision": share((_TP,), (_FP, _TP)),
    "npv": share((_TN,), (_TN, _FN)),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One number a group.

    Attributes
    ----------
    value
        Shape (G,); NaN where undefined.
    n
        Shape (G,): what it is a share or a mean of; decides whether a group is large enough.
    bounds
        One-sided bounds at a given chance of missing; NaN where undefined.
    variance
        Shape (G,): Var(value).
    """

    value: Values
    n: Values
    bounds: Bounds
    variance: Values


@dataclass(frozen=True, slots=True)
class GroupChange:
    """One number a group on two sides of the same rows.

    Attributes
    ----------
    covariance
        Shape (G,): Cov(new, old).
    bounds
        Bounds of new − factor × old by (chance of missing, factor).
    identical
        Whether both sides predict the same on every row.
    by_cluster
        Whether rows are in clusters, so that the least width of bounds is a matter of these.
    """

    new: Measured
    old: Measured
    covariance: Values
    bounds: Callable[[float, float], tuple[Values, Values]]
    identical: bool = False
    by_cluster: bool = False


def rate(counts: Counts, which: Share) -> Measured:
    """Measure a rate by group from counts of shape (G, 2, 2): Wilson's bounds.

    `counts` may have a leading axis of replicates for its values: (B, G, 2, 2).
    """
    hits, trials = _sums(counts, which.num), _sums(counts, which.den)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = hits / trials
        variance = value * (1 - value) / trials

    @functools.cache
    def bounds(tail: float) -> tuple[Values, Values]:
        return wilson_bounds(hits, trials, tail)

    return Measured(value, trials, bounds, variance)


def _sums(counts: Counts, cells: NDArray[np.bool_]) -> Values:
    return np.asarray(counts[..., cells].sum(axis=-1), dtype=np.float64)


def change(counts: Counts, which: Share) -> GroupChange:
    """Measure a rate on both sides from counts of shape (G, 2, 2, 2).

    Bounds of the change: Tango's where both sides share the denominator; else the delta
    method, never narrower than Tango's would be without a discordant row.
    """
    new, old = rate(counts.sum(axis=3), which), rate(counts.sum(axis=2), which)
    identical = not counts[:, :, 0, 1].any() and not counts[:, :, 1, 0].any()
    cells = counts.astype(np.float64)
    psi_new = _influence(new, which)[:, :, :, None]
    psi_old = _influence(old, which)[:, :, None, :]
    covariance = np.nan_to_num(cells * psi_new * psi_old).sum(axis=(1, 2, 3))

    @functools.cache
    def bounds(tail: float, factor: float) -> tuple[Values, Values]:
        if factor == 1 and which.by_label:
            fixed, broken = _discordant(cells, which)
            return tango_bounds(fixed, broken, new.n, tail)
        return delta_bounds(new, old, covariance, tail, factor)

    return GroupChange(new, old, covariance, bounds, identical)


def delta_bounds(
    new: Measured, old: Measured, covariance: Values, tail: float, factor: float
) -> tuple[Values, Values]:
    """Normal bounds of new − factor × old, at least z²/(n + z²) wide on either side."""
    z = quantile(tail)
    variance = new.variance - 2 * factor * covariance + factor**2 * old.variance
    n = np.fmin(new.n, old.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.maximum(z * np.sqrt(np.maximum(variance, 0.0)), z * z / (n + z * z))
    middle = new.value - factor * old.value
    return middle - half, middle + half


def _influence(side: Measured, which: Share) -> Values:
    """Return each cell's influence on the rate, shape (G, 2, 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = which.num[None] - side.value[:, None, None] * which.den[None]
        return np.asarray(centred / side.n[:, None, None])


def _discordant(cells: Values, which: Share) -> tuple[Values, Values]:
    """Count rows that only the candidate, and that only the baseline has in the numerator."""
    new = which.num[None, :, :, None]
    old = which.num[None, :, None, :]
    fixed = (cells * (new & ~old)).sum(axis=(1, 2, 3))
    broken = (cells * (old & ~new)).sum(axis=(1, 2, 3))
    return fixed, broken
