"""RMSE and R² by their influence values: the share of the test rows where seeds vary too.

Their intervals on plain rows are `bootstrap.regression`'s, which holds on heavy tails, where
this delta method does not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mlgate.stats.influence import Influence
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


def rmse(y_true: Values, y_pred: Values, weights: Values | None = None) -> Influence:
    """Root of the (weighted) mean squared error A of shape-(n,) values.

    ψ = (w/Σw)(e² − A) / (2√A); all 0 where every prediction is exact.
    """
    share = _shares(len(y_true), weights)
    squares = (y_pred - y_true) ** 2
    mean = dot(share, squares)
    root = math.sqrt(mean)
    rows = share * (squares - mean) / (2 * root) if root > 0 else np.zeros(len(share))
    return Influence(root, rows, "delta")


def r2(y_true: Values, y_pred: Values, weights: Values | None = None) -> Influence:
    """1 − A/B, B the labels' variance; undefined where all labels are equal.

    ψ = (w/Σw)((A/B)(d² − B) − (e² − A)) / B, d the label's distance from the mean.
    """
    share = _shares(len(y_true), weights)
    squares = (y_pred - y_true) ** 2
    centred = y_true - dot(share, y_true)
    apart = centred * centred
    error, spread = dot(share, squares), dot(share, apart)
    if spread <= 0:
        return Influence(None, np.zeros(len(share)), "delta", "all labels are equal")
    ratio = error / spread
    rows = share * (ratio * (apart - spread) - (squares - error)) / spread
    return Influence(1 - ratio, rows, "delta")


def _shares(n: int, weights: Values | None) -> Values:
    return np.full(n, 1 / n) if weights is None else weights / weights.sum()
