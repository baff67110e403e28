"""What counts as one observation: a row, a weighted row, or a cluster of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.estimate import normal_quantile, t_quantile
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

MIN_CLUSTERS: Final = 20
"""Fewer clusters than this do not carry a cluster-robust interval."""
MIN_UNITS: Final = 10
"""Nor do rows or clusters of which a few hold nearly all the weight."""


@dataclass(frozen=True, slots=True)
class Units:
    """How many independent observations some rows are.

    Attributes
    ----------
    count
        The number of equal observations that they are worth: (Σ w)² / Σ w² over rows (Kish
        1965, Survey Sampling, section 8.2), with w the sum over a cluster where rows are in
        clusters.
    df
        Degrees of freedom of their variance; infinite for plain rows.
    suffix
        Told after a method's name: ", weighted, by cluster".
    insufficient
        Why they carry no interval; None where they do.
    """

    count: float
    df: float
    suffix: str = ""
    insufficient: str | None = None

    def quantile(self, probability: float) -> float:
        """Return Student's t, or the normal quantile for plain rows."""
        if math.isinf(self.df):
            return normal_quantile(probability)
        return t_quantile(probability, self.df) if self.df > 0 else math.inf


def units(n: int, weights: Values | None = None, clusters: NDArray[Any] | None = None) -> Units:
    """Count the observations in n rows.

    Parameters
    ----------
    weights
        Shape (n,), ≥ 0; None: every row counts once.
    clusters
        Shape (n,), integer codes ≥ 0 of each row's cluster; not all need occur.
    """
    if clusters is not None:
        return _clusters(weights, clusters)
    if weights is None:
        return Units(float(n), math.inf)
    count = equal(weights)
    why = None
    if count < MIN_UNITS:
        why = f"the weighted rows are worth {count:.1f} equal ones, {MIN_UNITS} are needed"
    return Units(count, max(count - 1, 0.0), ", weighted", why)


def _clusters(weights: Values | None, clusters: NDArray[Any]) -> Units:
    sums = by_unit(np.ones(len(clusters)) if weights is None else weights, clusters)
    groups, count, why = len(sums), equal(sums), None
    if groups < MIN_CLUSTERS:
        why = f"only {groups} clusters, {MIN_CLUSTERS} are needed"
    elif count < MIN_UNITS:
        why = (
            f"{groups} clusters so unequal that they are worth {count:.1f}, {MIN_UNITS} are needed"
        )
    suffix = ", by cluster" if weights is None else ", weighted, by cluster"
    return Units(count, max(groups - 1, 0), suffix, why)


def by_unit(rows: Values, clusters: NDArray[Any] | None) -> Values:
    """Return the sum over each cluster that occurs; the rows themselves without clusters."""
    if clusters is None:
        return rows
    present = np.bincount(clusters) > 0
    return np.bincount(clusters, weights=rows).astype(np.float64)[present]


def equal(weights: Values) -> float:
    """Return how many equal numbers these are worth, shape (n,), ≥ 0: (Σ w)² / Σ w²; 0 for all 0."""
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    share = weights / total  # squares of the weights themselves might overflow
    return 1 / dot(share, share)


def heavy(weights: Values) -> Values:
    """Return the largest of these weights, ascending, that make up half of the sum of their squares.

    Half of the variance of a weighted mean comes from rows that weigh at least the first of these, so that
    one of them changes in many samples in which no row that heavy did.
    """
    ordered = np.sort(weights)
    squares = np.cumsum(ordered * ordered)
    return ordered[np.searchsorted(squares, squares[-1] / 2) :]
