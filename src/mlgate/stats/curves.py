"""Curves for plots, thinned to what an eye can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.ranking import Ranking

    Values = NDArray[np.float64]


def roc_curve(
    positive: NDArray[np.bool_], ranking: Ranking, *, points: int = 200
) -> tuple[list[float], list[float]]:
    """False- and true-positive rates from (0, 0) to (1, 1): `points` + 1 at most.

    Every point is one of `sklearn.metrics.roc_curve(drop_intermediate=False)`, chosen evenly
    along the curve's length. Empty lists where a class has no row.
    """
    m = int(np.count_nonzero(positive))
    k = len(positive) - m
    if m == 0 or k == 0:
        return [], []
    hits = np.cumsum(positive[ranking.order[::-1]])
    if ranking.starts is None:
        ends = np.arange(1, len(hits) + 1)
    else:
        ends = (len(hits) - ranking.starts)[::-1]
    true = np.concatenate(([0.0], hits[ends - 1] / m))
    false = np.concatenate(([0.0], (ends - hits[ends - 1]) / k))
    chosen = _evenly(true + false, points)
    return false[chosen].tolist(), true[chosen].tolist()


def cost_curve(
    score: Values, negative: Values, positive: Values, weights: Values | None, *, points: int = 100
) -> tuple[list[float], list[float]]:
    """Mean cost of a row by threshold, ascending: a score of at least it is predicted positive.

    Thresholds are scores that occur, from the least (every row positive) on, and 1 where no row may be;
    `points` + 3 at most, among them the one with the least cost.

    Parameters
    ----------
    negative, positive
        Shape (n,): what a row costs where it is predicted so.
    """
    share = np.full(len(score), 1 / len(score)) if weights is None else weights / weights.sum()
    order = np.argsort(score, kind="stable")
    thresholds, starts = np.unique(score[order], return_index=True)
    gained = np.concatenate(([0.0], np.cumsum((share * (negative - positive))[order])))
    costs = float(share @ positive) + gained[starts]
    if thresholds[-1] < 1:
        thresholds = np.append(thresholds, 1.0)
        costs = np.append(costs, float(share @ negative))
    chosen = np.unique([*_evenly(thresholds, points), int(costs.argmin())])
    return thresholds[chosen].tolist(), costs[chosen].tolist()


def _evenly(along: NDArray[np.float64], points: int) -> NDArray[np.intp]:
    """Return indices, first and last among them, about evenly spaced in an ascending measure."""
    targets = np.linspace(along[0], along[-1], points + 1)
    return np.unique(np.searchsorted(along, targets).clip(max=len(along) - 1))
