"""Means of one number a row: losses, errors, the user's own values.

Intervals are Student's, and no narrower than the score interval of `bounded` where it is known what
a row could have been. Values equal scikit-learn's. Log loss clips probabilities where
scikit-learn does, at the machine epsilon of float64, for the value and the variance alike:
an interval must belong to the number that is shown. One row can therefore weigh up to 36
nats, whether the sample holds such a row or not.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats.bounded import score_bounds
from mlgate.stats.effective_n import units
from mlgate.stats.estimate import Estimate, t_p_value, t_quantile, undefined
from mlgate.stats.influence import Influence
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.bounded import Reach

    Values = NDArray[np.float64]

_EPSILON = float(np.finfo(np.float64).eps)
_BLOCK = 1 << 16


def mean(values: Values, *, reach: Reach | None = None, confidence: float = 0.95) -> Estimate:
    """Mean of shape-(n,) values with t bounds; none with a single row.

    Parameters
    ----------
    reach
        What a row could have been: the bounds are then no narrower than the score interval's.
    """
    return _t(values, "t", reach, confidence)


def paired(
    new: Values,
    old: Values,
    *,
    factor: float = 1.0,
    reach: Reach | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Bounds of mean(new) − factor × mean(old) of the same rows in the same order: paired t.

    `reach` is that of a row's new − factor × old. Without it, identical columns give 0 and
    (0, 0), and the method says so.
    """
    difference = new - old if factor == 1 else new - factor * old
    return _t(difference, "paired t", reach, confidence)


def influence(values: Values, weights: Values | None = None) -> Influence:
    """Turn shape-(n,) values into their mean's influence values, for rows that weigh or cluster.

    (w/Σw) × (value − weighted mean), scaled so that independent rows get the variance with
    n − 1; of weighted rows n is the number of equal ones that they are worth.
    """
    if weights is not None and not weights.any():
        return Influence(None, np.zeros(len(values)), "mean", "no rows")
    share = np.full(len(values), 1 / len(values)) if weights is None else weights / weights.sum()
    average, worth = dot(share, values), units(len(values), weights).count
    if worth <= 1:
        return Influence(average, np.zeros(len(values)), "mean", "two rows are needed")
    return Influence(average, share * (values - average) * math.sqrt(worth / (worth - 1)), "mean")


def binary_log_loss(positive: NDArray[np.bool_], score: Values) -> Values:
    """Loss a row, shape (n,): −ln of the probability given to what happened."""
    likelihood = np.subtract(score, ~positive)
    return _negative_log(np.abs(likelihood, out=likelihood))


def multiclass_log_loss(codes: NDArray[Any], scores: Values) -> Values:
    """Loss a row, shape (n,), of codes 0 … K−1 and scores of shape (n, K), not normalised."""
    likelihood = np.take_along_axis(scores, codes[:, None].astype(np.intp), axis=1)[:, 0]
    return _negative_log(likelihood)


def possible_log_losses(scores: Values) -> Values:
    """Return the loss that each row would have under each label, shape (n, K), K = 2 for (n,) scores."""
    sides = np.stack((1 - scores, scores), axis=1) if scores.ndim == 1 else scores.copy()
    return _negative_log(sides)


def possible_briers(scores: Values) -> Values:
    """Return the Brier score that each row would have under each label, as `possible_log_losses`."""
    if scores.ndim == 1:
        return np.stack((scores**2, (1 - scores) ** 2), axis=1)
    losses: Values = np.einsum("ij,ij->i", scores, scores)[:, None] - 2 * scores + 1
    return losses / 2 if scores.shape[1] < 3 else losses


def binary_brier(positive: NDArray[np.bool_], score: Values) -> Values:
    """(score − outcome)² a row, shape (n,), between 0 and 1."""
    error = score - positive
    return np.multiply(error, error, out=error)


def multiclass_brier(codes: NDArray[Any], scores: Values) -> Values:
    """Σ over classes of (score − outcome)² a row: 0 to 2; with K = 2 half of it.

    That is `sklearn.metrics.brier_score_loss` (≥ 1.7) with its `scale_by_half="auto"`.
    """
    at = codes[:, None].astype(np.intp)
    error = scores.astype(np.float64, copy=True)
    np.put_along_axis(error, at, np.take_along_axis(error, at, axis=1) - 1, axis=1)
    loss: Values = np.einsum("ij,ij->i", error, error)
    return loss / 2 if scores.shape[1] < 3 else loss


def absolute_error(y_true: Values, y_pred: Values) -> Values:
    """|prediction − label| a row, shape (n,)."""
    error = y_pred - y_true
    return np.abs(error, out=error)


def pinball_loss(y_true: Values, y_pred: Values, level: float) -> Values:
    """Return the loss of a prediction of the `level` quantile a row, shape (n,).

    level × (label − prediction) where the label is above, (1 − level) × (prediction − label)
    where it is below (Koenker & Bassett 1978, Econometrica 46:33).
    """
    above = y_true - y_pred
    loss: Values = np.maximum(level * above, (level - 1) * above)
    return loss


def symmetric_percentage_error(y_true: Values, y_pred: Values) -> Values:
    """Return 2 |prediction − label| / (|prediction| + |label|) a row, shape (n,), between 0 and 2.

    It is that of Makridakis & Hibon (2000, International Journal of Forecasting 16:451); a row
    where both are 0 has no error.
    """
    size = np.abs(y_true) + np.abs(y_pred)
    error: Values = np.divide(
        2 * absolute_error(y_true, y_pred), size, out=np.zeros(len(size)), where=size > 0
    )
    return error


def ratio_terms(above: Values, below: Values, weights: Values | None = None) -> Values:
    """Return numbers a row, shape (n,), whose mean is the ratio of two means and whose spread is its own.

    R + (above − R × below) / mean(below): the linearisation of a ratio (Cochran 1977, Sampling
    Techniques, section 6.3). With weights, shape (n,), all means are weighted.
    """
    size = float(np.average(below, weights=weights))
    ratio = float(np.average(above, weights=weights)) / size
    terms: Values = ratio + (above - ratio * below) / size
    return terms


def _negative_log(likelihood: Values) -> Values:
    np.clip(likelihood, _EPSILON, 1 - _EPSILON, out=likelihood)
    np.log(likelihood, out=likelihood)
    return np.negative(likelihood, out=likelihood)


def _moments(values: Values) -> tuple[float, float]:
    """Mean and variance with n − 1, in two passes."""
    average, n = float(values.mean()), len(values)
    if n < 2:
        return average, math.nan
    squares = 0.0
    for start in range(0, n, _BLOCK):  # in pieces that stay in the processor's cache
        centred = values[start : start + _BLOCK] - average
        squares += dot(centred, centred)
    return average, squares / (n - 1)


def _t(values: Values, method: str, reach: Reach | None, confidence: float) -> Estimate:
    n = len(values)
    if n == 0:
        return undefined(0, method, "no rows")
    average, variance = _moments(values)
    if n == 1:
        return Estimate(average, None, None, 1, method, insufficient="two rows are needed")
    if variance == 0:
        exact = _certain(average, n, method)
        return exact if reach is None else _widened(exact, values, method, reach, confidence)
    error = math.sqrt(variance / n)
    half = t_quantile(confidence, n - 1) * error
    p_value = t_p_value(average / error, n - 1) if method == "paired t" else None
    student = Estimate(average, average - half, average + half, n, method, variance, p_value)
    return student if reach is None else _widened(student, values, method, reach, confidence)


def _widened(
    estimate: Estimate, values: Values, method: str, reach: Reach, confidence: float
) -> Estimate:
    """Return an estimate with bounds no narrower than the score interval's."""
    score = score_bounds(values, reach, confidence=confidence)
    assert estimate.lower is not None
    assert estimate.upper is not None
    return replace(
        estimate,
        lower=min(estimate.lower, score.lower),
        upper=max(estimate.upper, score.upper),
        method=f"{method} and score",
    )


def _certain(value: float, n: int, method: str) -> Estimate:
    """All rows agree: the bounds are the value; `identical` only where that is no change."""
    name = f"{method} (identical)" if value == 0 else f"{method} (constant)"
    return Estimate(value, value, value, n, name, 0.0, 1.0 if value == 0 else None)
