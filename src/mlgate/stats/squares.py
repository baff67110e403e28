"""RMSE and R² by their influence values: the share of the test rows where seeds vary too.

Their intervals are `bootstrap.regression`'s, as this delta method alone does not hold on heavy tails;
changes are no narrower than its and the score interval, bounds of values allow for larger errors.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats import bounded, influence
from mlgate.stats.bounded import Reach
from mlgate.stats.effective_n import by_unit
from mlgate.stats.influence import Influence
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Values = NDArray[np.float64]

_ERROR: Final = 2.0
"""How many times the largest error seen another row's may be, as for numbers without a range."""
_MOVE: Final = 3.0
"""How many times as far as any row another may move R², which squares move: with 2 its lower bound
is above the truth in .10 of samples with t₃ tails, with 3 in .05, with 4 in .02."""


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


def widened_rmse(
    estimate: Estimate,
    y_true: Values,
    y_pred: Values,
    *,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
    confidence: float,
) -> Estimate:
    """Return an RMSE's estimate whose upper bound is no lower than the score bound's root.

    Resampling knows nothing of errors that the sample does not hold, and where few rows carry the
    squared errors most samples lack some: the bound would be too low. The score bound of the mean
    of squares (`bounded`) supposes that a row's error can be up to twice the largest one seen.
    """
    if estimate.upper is None:
        return estimate
    errors = y_pred - y_true
    squares = errors * errors
    beyond = bounded.times_beyond(errors, most=_ERROR)
    times = beyond * beyond
    reach = Reach(0.0, times * float(squares.max()), "seen")
    if weights is None and clusters is None:
        score = bounded.score_bounds(squares, reach, confidence=confidence)
    else:
        share = _shares(len(squares), weights)
        mean = dot(share, squares)
        score = bounded.score_bounds_of_units(
            mean,
            by_unit(share * (squares - mean), clusters),
            by_unit(share, clusters),
            reach,
            clustered=clusters is not None,
            confidence=confidence,
            times=times,
        )
    above = max(estimate.upper, math.sqrt(score.upper))
    return replace(estimate, upper=above, method=f"{estimate.method} and score")


def widened_r2(
    estimate: Estimate,
    metric: Influence,
    errors: Values,
    *,
    clusters: NDArray[Any] | None = None,
    confidence: float,
) -> Estimate:
    """Return an R²'s estimate, no narrower than the score bounds of its influence values.

    A row that the sample does not hold could move R² up to three times as far as the one that moves it
    farthest to that side. `errors` are those of the rows, shape (n,).
    """
    if estimate.lower is None or estimate.upper is None or metric.value is None:
        return estimate
    moved = by_unit(metric.rows, clusters)
    moved = len(moved) * moved
    beyond = bounded.times_beyond(errors, most=_MOVE)
    reach = Reach(
        metric.value + beyond * float(moved.min()),
        metric.value + beyond * float(moved.max()),
        "seen",
    )
    score = bounded.score_bounds(metric.value + moved, reach, confidence=confidence)
    return replace(
        estimate,
        lower=min(estimate.lower, score.lower),
        upper=max(estimate.upper, min(score.upper, 1.0)),
        method=f"{estimate.method} and score",
    )


def widened_change(
    estimate: Estimate,
    new: Influence,
    old: Influence,
    *,
    factor: float,
    weights: Values | None,
    clusters: NDArray[Any] | None,
    confidence: float,
) -> Estimate:
    """Return the change, no narrower than Student's and the score interval of rows or clusters.

    Percentiles are too narrow where few of these carry the change: with 20 clusters a gate on RMSE
    passes a loss of its margin in .10 of cases, with 1,000 rows and t₃ tails in .07.
    """
    if estimate.lower is None or estimate.upper is None:
        return estimate
    how: Any = {"weights": weights, "clusters": clusters, "confidence": confidence}
    closed = influence.contrast(new, old, factor=factor, **how)
    if closed.value is None or closed.lower is None or closed.upper is None:
        return estimate
    moved = by_unit(new.rows - factor * old.rows, clusters)
    numbers = closed.value + len(moved) * moved
    reach = Reach(float(numbers.min()), float(numbers.max()), "seen")
    score = bounded.score_bounds(numbers, reach, confidence=confidence)
    return replace(
        estimate,
        lower=min(estimate.lower, closed.lower, score.lower),
        upper=max(estimate.upper, closed.upper, score.upper),
        method=f"{estimate.method} and score",
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
