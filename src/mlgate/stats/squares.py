"""RMSE and R² by their influence values: the share of the test rows where seeds vary too.

Their intervals on plain rows are `bootstrap.regression`'s, whose changes hold on heavy tails, where
this delta method does not. The bound above an RMSE itself allows for larger errors than were seen.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.bounded import Reach, score_bounds
from mlgate.stats.influence import Influence
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Values = NDArray[np.float64]

_FARTHEST: Final = 2.0
"""How many times the largest error seen another row's may be, as for numbers without a range."""


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


def allow_unseen(
    estimate: Estimate, y_true: Values, y_pred: Values, *, confidence: float
) -> Estimate:
    """Return an RMSE's estimate whose upper bound is no lower than the score bound's root.

    Resampling knows nothing of errors that the sample does not hold, and where few rows carry the
    squared errors most samples lack some: the bound would be too low. The score bound of the mean
    of squares (`bounded`) supposes that a row's error can be twice the largest one seen.
    """
    if estimate.upper is None:
        return estimate
    squares = (y_pred - y_true) ** 2
    reach = Reach(0.0, _FARTHEST**2 * float(squares.max()), "seen")
    above = math.sqrt(score_bounds(squares, reach, confidence=confidence).upper)
    return replace(
        estimate, upper=max(estimate.upper, above), method=f"{estimate.method} and score"
    )


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
