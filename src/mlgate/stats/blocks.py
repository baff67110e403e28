"""Tests for rows that come in groups: whole groups are dealt out anew between the two sides.

Rows of one user, patient or day resemble one another, so that a test which takes each row for
a draw of its own sees differences that are only different groups. If both sides are of one
law, which groups lie on which side is chance (Good 2005, Permutation, Parametric and Bootstrap
Tests of Hypotheses, section 3.3).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

DRAWS: Final = 999
MOST: Final = 2_000
"""More groups than these are put together at random; that is exact, and as good."""
CELLS: Final = 64
"""Cells of a column of numbers, by quantiles of both sides together."""
SEED: Final = 20_260_101
TAIL: Final = 10
"""With fewer draws than so many beyond what was measured, the tail's law is fitted."""
_MEDIAN: Final = 0.8275735551899077
"""Of Kolmogorov's law."""

Kind = Literal["ordered", "unordered"]


@dataclass(frozen=True, slots=True)
class Permuted:
    """A p-value, and how many times larger the grouping makes the statistic's variance."""

    p_value: float
    inflation: float


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each row is in; `old` rows first. Groups of the two sides are never one.

    Attributes
    ----------
    codes
        Shape (n + m,), 0 … G − 1.
    split
        The number of the reference's groups: they come first.
    count
        G.
    rows
        n.
    """

    codes: NDArray[np.intp]
    split: int
    count: int
    rows: int

    @classmethod
    def of(cls, old: NDArray[np.int32], new: NDArray[np.int32]) -> Groups:
        """Make it of each side's codes; −1, a missing group, is a group of its own row."""
        (first, count), (second, more) = (_alone(side) for side in (old, new))
        codes = np.concatenate([first, second + count])
        total = count + more
        if total > MOST:
            kept = max(2, round(MOST * count / total))
            random = np.random.default_rng(SEED)
            left = random.permutation(count) % kept
            right = random.permutation(more) % max(2, MOST - kept) + kept
            codes = np.concatenate([left, right])[codes]
            count, total = kept, kept + max(2, MOST - kept)
        return cls(codes, count, total, len(old))

    def table(self, cell: NDArray[np.intp], cells: int, weights: Table | None) -> Table:
        """Count rows by group and cell, shape (G, cells); rows of cell −1 are left out."""
        some = cell >= 0
        index = self.codes[some] * cells + cell[some]
        own = None if weights is None else weights[some]
        counts = np.bincount(index, own, minlength=self.count * cells)
        return counts.reshape(self.count, cells).astype(np.float64)


def _alone(codes: NDArray[np.int32]) -> tuple[NDArray[np.intp], int]:
    """Number the groups of one side from 0."""
    distinct = codes.astype(np.intp)
    missing = distinct < 0
    distinct[missing] = distinct.max(initial=-1) + 1 + np.arange(int(missing.sum()))
    _, distinct = np.unique(distinct, return_inverse=True)
    return distinct, int(distinct.max()) + 1


def ordered_cells(values: Table) -> NDArray[np.intp]:
    """Return each number's quantile cell, −1 where missing, shape (n,)."""
    used = ~np.isnan(values)
    levels = np.arange(1, CELLS) / CELLS
    edges = np.unique(np.quantile(values[used], levels, method="inverted_cdf"))
    cell = np.searchsorted(edges, values, side="left")
    return np.where(used, cell, -1)


def permute(table: Table, split: int, kind: Kind) -> Permuted | None:
    """Test whether groups' rows are spread over the cells alike on both sides.

    The statistic is the largest difference of the distribution functions for ordered cells,
    χ² for others. Where there are no more ways than draws, all of them are gone through and the
    p-value is exact. Beyond the draws its law is continued: Kolmogorov's, scaled to the draws'
    median, or χ² with their mean and variance (Satterthwaite); never below the chance of the
    one arrangement that was seen.

    Parameters
    ----------
    table
        Shape (G, K); the reference's groups first.
    split
        Their number.
    """
    groups = len(table)
    table = table[:, table.sum(axis=0) > 0]
    if min(split, groups - split) < 1 or table.shape[1] < 2:
        return None
    exact = math.comb(groups, split) <= DRAWS + 1
    old = (_every_way if exact else _some_ways)(groups, split) @ table
    new = table.sum(axis=0) - old
    usable = (old.sum(axis=1) > 0) & (new.sum(axis=1) > 0)
    if not usable[0]:
        return None
    measure = _furthest if kind == "ordered" else _chi2
    dealt_out = measure(old[usable], new[usable])
    sizes = old[0].sum(), new[0].sum()
    judged = _judged(dealt_out[0], dealt_out[1:], kind, *sizes, table.shape[1], exact=exact)
    return judged.at_least(-_log_ways(groups, split))


def _every_way(groups: int, split: int) -> Table:
    """Return all ways to deal groups out, shape (ways, G), 1 for the reference; the real one first."""
    ways = list(itertools.combinations(range(groups), split))
    left = np.zeros((len(ways), groups))
    np.put_along_axis(left, np.array(ways), 1.0, axis=1)
    return left


def _some_ways(groups: int, split: int) -> Table:
    """Return the real way first and then `DRAWS` at random, shape (DRAWS + 1, G)."""
    random = np.random.default_rng(SEED)
    order = np.tile(np.arange(groups), (DRAWS, 1))
    random.permuted(order, axis=1, out=order)
    left = np.zeros((DRAWS + 1, groups))
    left[0, :split] = 1.0
    np.put_along_axis(left[1:], order[:, :split], 1.0, axis=1)
    return left


@dataclass(frozen=True, slots=True)
class _Tail:
    log_p: float
    inflation: float

    def at_least(self, log: float) -> Permuted:
        return Permuted(math.exp(min(0.0, max(self.log_p, log))), self.inflation)


def _judged(
    here: float, drawn: Table, kind: Kind, n: float, m: float, cells: int, *, exact: bool
) -> _Tail:
    from scipy.special import chdtrc, kolmogorov

    beyond = int(np.sum(drawn >= here * (1 - 1e-9)))
    counted = (1 + beyond) / (1 + len(drawn))
    if kind == "ordered":
        unit = float(np.median(drawn)) / _MEDIAN
        inflation = unit * unit * n * m / (n + m)
        fitted = float(kolmogorov(here / unit)) if unit else 1.0
    else:
        mean, variance = float(drawn.mean()), float(drawn.var())
        inflation = mean / (cells - 1)
        fitted = float(chdtrc(2 * mean * mean / variance, 2 * mean * here / variance)) if variance else 1.0  # fmt: skip
    p_value = counted if exact or beyond >= TAIL else min(counted, fitted)
    return _Tail(math.log(max(p_value, 1e-300)), max(inflation, 1.0))


def _furthest(old: Table, new: Table) -> Table:
    f, g = (np.cumsum(side, axis=1) / side.sum(axis=1, keepdims=True) for side in (old, new))
    distance: Table = np.abs(f - g).max(axis=1)
    return distance


def _chi2(old: Table, new: Table) -> Table:
    n, m = (side.sum(axis=1, keepdims=True) for side in (old, new))
    apart = (old / n - new / m) ** 2 / ((old + new) / (n + m))
    statistic: Table = apart.sum(axis=1) * (n * m / (n + m))[:, 0]
    return statistic


def _log_ways(groups: int, split: int) -> float:
    return math.lgamma(groups + 1) - math.lgamma(split + 1) - math.lgamma(groups - split + 1)
