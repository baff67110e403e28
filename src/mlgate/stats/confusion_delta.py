"""The delta method for metrics of a confusion matrix.

For multinomial counts with shares p the metric's variance is (Σ p g² − (Σ p g)²) / n, g the
derivative by the shares (any textbook; for F1 Takahashi et al. 2022, Applied Intelligence).
Where few rows are wrong, or few differ between two models, that variance tends to 0 and
claims a certainty that nobody has; Tango's and Wilson's intervals end there at z²/n. So z²
more rows are supposed to be wrong (to differ), spread as the labels are: on an accuracy this
gives z²/n as well, and where many rows differ it does not show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mlgate.stats.estimate import ClassReason, Estimate, normal_p_value, normal_quantile
from mlgate.stats.influence import Enough, Influence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Matrix = NDArray[Any]
    Values = NDArray[np.float64]
    Limits = tuple[float, float]

MIN_COUNTED: Final = 10
"""Rows in the positive class that the delta method needs, which is made for many: with 4 of them
a gate on F1 passes a loss of its margin in .16 of cases, with 6 in .11, with 10 in .08."""


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's value, its derivatives by the cells' shares, shape (K, K), and what is 0/0."""

    value: float
    rows: Values
    undefined: str | None


def _enough(_matrix: Matrix, _positive: int | None) -> str | None:
    return None


def _no_score_bounds(
    _matrix: Matrix, _positive: int | None, _confidence: float
) -> tuple[float, float, str] | None:
    return None


@dataclass(frozen=True, slots=True)
class CountMetric:
    """A metric of a confusion matrix, shape (K, K), label × prediction.

    All functions take a matrix and the code of the positive class, None with several classes.

    Attributes
    ----------
    value
        The value of a matrix of counts, as scikit-learn with zero_division=0.
    gradient
        Value and derivatives of a matrix of shares.
    limits
        The smallest and the largest value.
    is_right_share
        Whether it is the share of right rows, which has intervals of its own.
    too_few
        Why a matrix of counts has too few rows for the delta method; None where it has enough.
    score_bounds
        Score bounds of one side at a confidence, with their method; None where there are none.
    recalls
        Whether it is the recall of the positive class, or the mean over all that occur.
    averaged
        Whether it is a mean over classes, in which a rare one counts as much as any other.
    """

    value: Callable[[Matrix, int | None], float]
    gradient: Callable[[Values, int | None], Point]
    limits: Limits = (0.0, 1.0)
    is_right_share: bool = False
    too_few: Callable[[Matrix, int | None], str | None] = _enough
    score_bounds: Callable[[Matrix, int | None, float], tuple[float, float, str] | None] = (
        _no_score_bounds
    )
    recalls: Literal["positive", "all"] | None = None
    averaged: bool = False

    def point(self, matrix: Matrix, positive: int | None) -> Point:
        """Return value and derivatives of a matrix of counts with at least one row."""
        return self.gradient(matrix / matrix.sum(), positive)


def smooth(gradient: Callable[[Values, int | None], Point], limits: Limits) -> CountMetric:
    """Return the metric of which only value and derivatives are known."""

    def value(matrix: Matrix, positive: int | None) -> float:
        return gradient(matrix / (matrix.sum() or 1), positive).value

    return CountMetric(value, gradient, limits, too_few=_rarer_class)


def _rarer_class(matrix: Matrix, positive: int | None) -> str | None:
    """Both classes of a binary task must have enough rows, as either may carry the metric."""
    if positive is None:
        return None
    labels = matrix.sum(axis=1)
    return too_few(float(labels.min()), "the label", int(labels.argmin()))


def too_few(rows: float, what: str, code: int) -> str | None:
    """Return why `rows` rows with the label (a prediction) of a class are too few, if they are."""
    if rows >= MIN_COUNTED:
        return None
    needed = f"{MIN_COUNTED} rows with {what} of "
    return ClassReason(needed, (code,), f" are needed, there are {rows:.4g}")


def enough(metric: CountMetric, matrix: Matrix, positive: int | None) -> Enough:
    """Return whether a matrix of counts has enough rows for a metric."""
    return Enough(*(metric.too_few(matrix * by, positive) is None for by in (0.5, 1, 2)))


def row_variance(derivatives: Values, counts: NDArray[np.int64]) -> float:
    """Return n × Var, from the derivative and the count of each cell, both of shape (c,)."""
    share = counts / counts.sum()
    centred = derivatives - float(np.dot(share, derivatives))
    return float(np.dot(share, centred * centred))


def influence(
    metric: CountMetric,
    y_true: NDArray[Any],
    y_pred: NDArray[Any],
    *,
    classes: int,
    positive: int | None = None,
    weights: Values | None = None,
) -> Influence:
    """Return the metric of one side with its influence values, for rows that weigh or cluster.

    ψᵢ = (wᵢ/Σw) × (the derivative by the share of its cell − their weighted mean): Σ ψ² is the
    delta method's variance for plain rows, the sandwich variance of a ratio for weighted ones.

    Parameters
    ----------
    y_true, y_pred
        Codes 0 … classes−1, shape (n,).
    weights
        Shape (n,), ≥ 0.

    Returns
    -------
    Influence
        Undefined where the metric is 0/0.
    """
    n, joint = len(y_true), y_true.astype(np.intp) * classes + y_pred
    total = float(n if weights is None else weights.sum())
    if total == 0:
        return Influence(None, np.zeros(n), "delta", "no rows")
    cells = np.bincount(joint, weights=weights, minlength=classes * classes)
    matrix = cells.reshape(classes, classes) * (n / total)
    point = metric.point(matrix, positive)
    if point.undefined:
        return Influence(None, np.zeros(n), "delta", point.undefined)
    derivatives = point.rows.ravel()
    centred = derivatives - float(np.dot(cells, derivatives)) / total
    rows = (centred / total)[joint]
    if weights is not None:
        rows *= weights
    return Influence(
        point.value,
        rows,
        "delta",
        metric.too_few(matrix, positive),
        enough=enough(metric, matrix, positive),
        turning=turning(point.rows, matrix),
        limits=metric.limits,
    )


def bounded(
    value: float,
    variance: float,
    derivatives: Values,
    matrix: Matrix,
    limits: tuple[float, float],
    confidence: float,
    *,
    paired: bool = False,
) -> Estimate:
    """Bounds from the variance a row and the z² supposed rows; see the module's words.

    Parameters
    ----------
    derivatives, matrix
        Shape (K, K): what a row that turns wrong changes; the labels' frequencies.
    limits
        Where the value must end.
    """
    n, z = int(matrix.sum()), normal_quantile(confidence)
    turned = turning(derivatives, matrix)
    half = z * math.sqrt(variance / n + (z / n) ** 2 * turned)
    error = math.sqrt(variance / n)
    p_value = None
    if paired:
        p_value = normal_p_value(value / error) if error > 0 else 1.0 if value == 0 else None
    return Estimate(
        value,
        max(limits[0], value - half),
        min(limits[1], value + half),
        n,
        "paired delta" if paired else "delta",
        row_variance=max(variance, turned / n),
        p_value=p_value,
    )


def turning(derivatives: Values, matrix: Matrix) -> float:
    """Mean squared change (times n) when one row turns from right to wrong.

    Its label is drawn as the labels are, its wrong prediction as the other labels are; one
    more row, spread over all classes, gives those without a row a chance as well.
    """
    if len(matrix) == 1:
        return 0.0
    labels = matrix.sum(axis=1) + 1 / len(matrix)
    share = labels / labels.sum()
    step = (np.diagonal(derivatives)[:, None] - derivatives) ** 2
    return float((share / (1 - share)) @ step @ share)
