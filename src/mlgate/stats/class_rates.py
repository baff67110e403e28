"""Accuracy, and precision, recall and F1 of one class or averaged, as metrics of counts.

Values equal scikit-learn's, where 0/0 counts as 0; such a value has no interval. Intervals,
best first: what is a rate (recall, precision) has Wilson's score bounds; F1 = 2J/(1 + J) is
monotone in J = TP/(TP + FP + FN), a rate among the rows that are positive on either side (so
Wilson's bounds of J give those of F1); means of class recalls add up independent classes (MOVER,
Zou & Donner 2008); the rest is the delta method of `confusion_delta`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlgate.stats.confusion_delta import CountMetric, Point, too_few
from mlgate.stats.estimate import ClassReason
from mlgate.stats.proportions import wilson, wilson_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Matrix = NDArray[Any]
    Values = NDArray[np.float64]

Ratio = Literal["precision", "recall", "f1"]
Average = Literal["macro", "weighted", "balanced"]
"""`balanced` is the mean over the classes that occur as labels; `macro`, as labels or predictions."""


def right_share() -> CountMetric:
    """Return the share of right rows: accuracy, and every micro average."""
    return CountMetric(
        value=lambda matrix, _: float(_ratio(np.trace(matrix), matrix.sum())),
        gradient=lambda shares, _: Point(float(np.trace(shares)), np.eye(len(shares)), None),
        is_right_share=True,
    )


def class_rate(ratio: Ratio, average: Average | None = None) -> CountMetric:
    """Return a ratio of the positive class, or an average of the classes' ratios."""
    recalls: Literal["positive", "all"] | None = None
    if ratio == "recall" and average != "weighted":
        recalls = "positive" if average is None else "all"
    return CountMetric(
        value=partial(_value, ratio, average),
        gradient=partial(_gradient, ratio, average),
        # Weighted by their labels, recalls add up to the share of right rows.
        is_right_share=ratio == "recall" and average == "weighted",
        too_few=partial(_too_few, ratio, average),
        score_bounds=partial(_score_bounds, ratio, average),
        recalls=recalls,
        averaged=average in ("macro", "balanced"),
    )


def _value(ratio: Ratio, average: Average | None, matrix: Matrix, positive: int | None) -> float:
    scores = _ratio(*_parts(ratio, matrix))
    if average is None:
        return float(scores[_index(ratio, positive)])
    weight = _weights(average, matrix)
    return float(_ratio((scores * weight).sum(), weight.sum()))


def _gradient(ratio: Ratio, average: Average | None, shares: Values, positive: int | None) -> Point:
    above, below = _parts(ratio, shares)
    scores = _ratio(above, below)
    weight = _normalised(ratio, average, shares, positive)
    # d (a/b) = (da − (a/b) db) / b; da is 0 but on the diagonal, db covers rows, columns.
    scale = _ratio(weight, below)
    rows = np.diag(scale * (2.0 if ratio == "f1" else 1.0))
    if ratio in ("recall", "f1"):
        rows -= (scale * scores)[:, None]
    if ratio in ("precision", "f1"):
        rows -= (scale * scores)[None, :]
    if average == "weighted":
        rows += scores[:, None]
    lacking = np.flatnonzero((below == 0) & (weight > 0))
    return Point(float(np.dot(weight, scores)), rows, _undefined(ratio, lacking))


def _too_few(
    ratio: Ratio, average: Average | None, matrix: Matrix, positive: int | None
) -> str | None:
    """F1 counts the rows with the label, precision those with the prediction."""
    if average is not None or ratio == "recall" or positive is None:
        return None
    axis, what = (1, "the label") if ratio == "f1" else (0, "a prediction")
    return too_few(float(matrix.sum(axis=axis)[positive]), what, positive)


def _score_bounds(
    ratio: Ratio, average: Average | None, matrix: Matrix, positive: int | None, confidence: float
) -> tuple[float, float, str] | None:
    if average is None:
        return _wilson_bounds(ratio, matrix, _index(ratio, positive), confidence)
    if ratio == "f1" or average == "weighted":
        return None
    sums = matrix.sum(axis=0 if ratio == "precision" else 1)
    rates = [
        wilson(int(hits), int(trials), confidence=confidence)
        for hits, trials in zip(np.diagonal(matrix)[sums > 0], sums[sums > 0], strict=True)
    ]
    return (*mean_bounds(rates), "mover of wilson")


def _wilson_bounds(
    ratio: Ratio, matrix: Matrix, positive: int, confidence: float
) -> tuple[float, float, str]:
    hits = int(matrix[positive, positive])
    labels, predicted = int(matrix[positive].sum()), int(matrix[:, positive].sum())
    if ratio == "f1":
        low, high = wilson_bounds(hits, predicted + labels - hits, confidence)
        return 2 * low / (1 + low), 2 * high / (1 + high), "wilson on TP/(TP+FP+FN)"
    trials = predicted if ratio == "precision" else labels
    return (*wilson_bounds(hits, trials, confidence), "wilson")


def mean_bounds(parts: Sequence[Estimate]) -> tuple[float, float]:
    """Return bounds of the mean of independent estimates: their distances squared and added."""
    middle = sum(part.value or 0.0 for part in parts) / len(parts)
    down = math.hypot(*((p.value or 0.0) - (p.lower or 0.0) for p in parts)) / len(parts)
    up = math.hypot(*((p.upper or 0.0) - (p.value or 0.0) for p in parts)) / len(parts)
    return middle - down, middle + up


def _parts(ratio: Ratio, matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Return numerator and denominator of each class, shape (K,)."""
    hits = np.diagonal(matrix)
    labels, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    if ratio == "recall":
        return hits, labels
    if ratio == "precision":
        return hits, predicted
    return 2 * hits, labels + predicted


def _weights(average: Average, matrix: Matrix) -> Matrix:
    """Return what each class counts, not normalised, as scikit-learn's `average` defines it."""
    labels: Matrix = matrix.sum(axis=1)
    if average == "weighted":
        return labels
    predicted = 0 if average == "balanced" else matrix.sum(axis=0)
    weights: Matrix = np.where(labels + predicted > 0, 1.0, 0.0)
    return weights


def _normalised(
    ratio: Ratio, average: Average | None, shares: Values, positive: int | None
) -> Values:
    """Return what each class counts, adding up to 1; without an average only the positive one."""
    if average is None:
        weight = np.zeros(len(shares))
        weight[_index(ratio, positive)] = 1
        return weight
    weights = _weights(average, shares)
    normalised: Values = weights / weights.sum()
    return normalised


def _index(ratio: Ratio, positive: int | None) -> int:
    if positive is None:
        msg = f"{ratio} needs a positive class; with several classes take {ratio}_macro"
        raise ValueError(msg)
    return positive


def _undefined(ratio: Ratio, lacking: NDArray[np.intp]) -> str | None:
    if len(lacking) == 0:
        return None
    missing = {"recall": "label", "precision": "prediction", "f1": "label or prediction"}[ratio]
    codes = tuple(int(code) for code in lacking[:5])
    return ClassReason(f"{ratio} is 0/0: no row has the {missing} of ", codes, "")


def _ratio(above: Matrix, below: Matrix) -> Values:
    """Return a / b with 0 for 0/0."""
    out = np.zeros(np.broadcast_shapes(np.shape(above), np.shape(below)))
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out
