"""Metrics of confusion matrices with their derivatives by the cells: the delta method.

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
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.estimate import ClassReason, Estimate, normal_p_value, normal_quantile
from mlgate.stats.influence import Influence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[Any]
    Values = NDArray[np.float64]

METRICS = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "precision_macro",
    "precision_micro",
    "precision_weighted",
    "recall_macro",
    "recall_micro",
    "recall_weighted",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
)
"""Names that are known here; plain precision, recall and f1 need a positive class."""
MIN_COUNTED: Final = 10
"""Rows in the positive class that the delta method needs, which is made for many: with 4 of them
a gate on F1 passes a loss of its margin in .16 of cases, with 6 in .11, with 10 in .08."""


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's value, its derivatives by the cells' shares, shape (K, K), and what is 0/0."""

    value: float
    rows: Values
    undefined: str | None


def value(metric: str, matrix: Matrix, positive: int | None = None) -> float:
    """Give a metric of one confusion matrix (K, K), as scikit-learn with zero_division=0."""
    return float(values(metric, matrix[None], positive)[0])


def values(metric: str, matrices: Matrix, positive: int | None = None) -> Values:
    """The same for a stack of matrices, shape (B, K, K), at once."""
    name, _, average = metric.partition("_")
    if metric == "accuracy" or average == "micro":
        return _ratio(_diagonal(matrices).sum(axis=-1), matrices.sum(axis=(-2, -1)))
    above, below = _ratios("recall" if name == "balanced" else name, matrices)
    scores = _ratio(above, below)
    if not average:
        return scores[..., _index(metric, positive)]
    weight = _weights(metric, matrices)
    return _ratio((scores * weight).sum(axis=-1), weight.sum(axis=-1))


def gradient(metric: str, matrix: Matrix, positive: int | None = None) -> Point:
    """Value and derivatives of one matrix (K, K) with at least one row."""
    name, _, average = metric.partition("_")
    share = matrix / matrix.sum()
    if metric == "accuracy" or average == "micro":
        return Point(float(np.trace(share)), np.eye(len(share)), None)
    name = "recall" if name == "balanced" else name
    above, below = _ratios(name, share)
    scores = _ratio(above, below)
    weight = _class_weights(metric, share, positive)
    # d (a/b) = (da − (a/b) db) / b; da is 0 but on the diagonal, db covers rows, columns.
    scale = _ratio(weight, below)
    rows = np.diag(scale * (2.0 if name == "f1" else 1.0))
    if name in ("recall", "f1"):
        rows -= (scale * scores)[:, None]
    if name in ("precision", "f1"):
        rows -= (scale * scores)[None, :]
    if average == "weighted":
        rows += scores[:, None]
    lacking = np.flatnonzero((below == 0) & (weight > 0))
    return Point(float(np.dot(weight, scores)), rows, _why(name, lacking))


def row_variance(derivatives: Values, counts: NDArray[np.int64]) -> float:
    """Give n × Var, from the derivative and the count of each cell, both of shape (c,)."""
    share = counts / counts.sum()
    centred = derivatives - float(np.dot(share, derivatives))
    return float(np.dot(share, centred * centred))


def influence(
    metric: str,
    y_true: NDArray[Any],
    y_pred: NDArray[Any],
    *,
    classes: int,
    positive: int | None = None,
    weights: Values | None = None,
) -> Influence:
    """Give the metric of one side with its influence values, for rows that weigh or cluster.

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
    point = gradient(metric, matrix, positive)
    if point.undefined:
        return Influence(None, np.zeros(n), "delta", point.undefined)
    derivatives = point.rows.ravel()
    centred = derivatives - float(np.dot(cells, derivatives)) / total
    rows = (centred / total)[joint]
    if weights is not None:
        rows *= weights
    why = too_few(metric, matrix, positive)
    return Influence(point.value, rows, "delta", why, turning=turning(point.rows, matrix))


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
    one = turning(derivatives, matrix)
    half = z * math.sqrt(variance / n + (z / n) ** 2 * one)
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
        row_variance=max(variance, one / n),
        p_value=p_value,
    )


def too_few(metric: str, matrix: Matrix, positive: int | None) -> str | None:
    """Say why a matrix (K, K) has too few rows for the delta method; None where it has enough.

    F1 counts the rows with the label, precision those with the prediction.
    """
    if metric not in ("f1", "precision") or positive is None:
        return None
    axis, what = (1, "the label") if metric == "f1" else (0, "a prediction")
    rows = float(matrix.sum(axis=axis)[positive])
    if rows >= MIN_COUNTED:
        return None
    needed = f"{MIN_COUNTED} rows with {what} of "
    return ClassReason(needed, (positive,), f" are needed, there are {rows:.4g}")


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


def _ratios(name: str, matrices: Matrix) -> tuple[Matrix, Matrix]:
    """Numerator and denominator a class, shape (…, K)."""
    hits = _diagonal(matrices)
    labels, predicted = matrices.sum(axis=-1), matrices.sum(axis=-2)
    if name == "recall":
        return hits, labels
    if name == "precision":
        return hits, predicted
    return 2 * hits, labels + predicted


def _weights(metric: str, matrices: Matrix) -> Matrix:
    """What each class counts, not normalised: as scikit-learn's `average` says.

    macro: every class that occurs as label or prediction; balanced accuracy: as label.
    """
    labels: Matrix = matrices.sum(axis=-1)
    if metric.endswith("weighted"):
        return labels
    predicted = 0 if metric == "balanced_accuracy" else matrices.sum(axis=-2)
    occurs = labels + predicted > 0
    weights: Matrix = np.where(occurs, 1.0, 0.0)
    return weights


def _class_weights(metric: str, share: Values, positive: int | None) -> Values:
    """The same for one matrix, adding up to 1; a plain metric is its positive class's."""
    if metric in ("precision", "recall", "f1"):
        weight = np.zeros(len(share))
        weight[_index(metric, positive)] = 1
        return weight
    weights = _weights(metric, share)
    normalised: Values = weights / weights.sum()
    return normalised


def _index(metric: str, positive: int | None) -> int:
    if positive is None:
        msg = f"{metric} needs a positive class; with several classes take {metric}_macro"
        raise ValueError(msg)
    return positive


def _why(name: str, lacking: NDArray[np.intp]) -> str | None:
    if len(lacking) == 0:
        return None
    missing = {"recall": "label", "precision": "prediction", "f1": "label or prediction"}[name]
    codes = tuple(int(code) for code in lacking[:5])
    return ClassReason(f"{name} is 0/0: no row has the {missing} of ", codes, "")


def _diagonal(matrices: Matrix) -> Matrix:
    diagonal: Matrix = np.diagonal(matrices, axis1=-2, axis2=-1)
    return diagonal


def _ratio(above: Matrix, below: Matrix) -> Values:
    """Give a / b with 0 for 0/0."""
    out = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out
