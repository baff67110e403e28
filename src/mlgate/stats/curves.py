"""Curves for plots, thinned to what an eye can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.ranking import Ranking


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


def _evenly(along: NDArray[np.float64], points: int) -> NDArray[np.intp]:
    """Return indices, first and last among them, about evenly spaced in an ascending measure."""
    targets = np.linspace(along[0], along[-1], points + 1)
    return np.unique(np.searchsorted(along, targets).clip(max=len(along) - 1))
