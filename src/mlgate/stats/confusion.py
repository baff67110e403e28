"""Metrics of a confusion matrix, from one table of counts: label × candidate × baseline.

The table is made in one pass over the rows; everything after costs O(cells), whatever n.
`class_rates` and `confusion_delta.smooth` make the metrics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats import confusion_delta as delta
from mlgate.stats.bounded import Reach, score_bounds
from mlgate.stats.class_rates import mean_bounds
from mlgate.stats.estimate import Estimate, normal_quantile, undefined
from mlgate.stats.influence import lacks
from mlgate.stats.proportions import paired_contrast, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.confusion_delta import CountMetric

    Counts = NDArray[np.int64]

_DENSE = 1 << 22
"""Up to this many cells the table is made by counting, above it by sorting."""


@dataclass(frozen=True, slots=True)
class JointTable:
    """Rows counted by (label, candidate's prediction, baseline's prediction).

    Only cells that occur are kept, so that a thousand classes fit.

    Attributes
    ----------
    cells
        Shape (3, c): label, candidate's and baseline's code of each cell. Without a baseline
        the third row is 0.
    counts
        Shape (c,): rows in each cell.
    classes
        K, the number of codes.
    positive
        Code of the positive class; binary only.
    """

    cells: NDArray[np.intp]
    counts: Counts
    classes: int
    positive: int | None = None

    @property
    def n(self) -> int:
        """The number of rows."""
        return int(self.counts.sum())

    @property
    def new(self) -> Counts:
        """Confusion matrix of the candidate, shape (K, K): label × prediction."""
        return self._matrix(1)

    @property
    def old(self) -> Counts:
        """Confusion matrix of the baseline, shape (K, K)."""
        return self._matrix(2)

    def right(self, code: int | None = None) -> tuple[int, int, int, int]:
        """Rows right on (both sides, the candidate's only, the baseline's only, neither).

        With `code`, of the rows with that label only.
        """
        label, new, old = self.cells
        among = np.ones(len(label), dtype=bool) if code is None else label == code
        a, b = new == label, old == label
        parts = (a & b, a & ~b, ~a & b, ~a & ~b)
        both, fixed, broken, neither = (int(self.counts[part & among].sum()) for part in parts)
        return both, fixed, broken, neither

    def _matrix(self, side: int) -> Counts:
        matrix = np.zeros((self.classes, self.classes), dtype=np.int64)
        np.add.at(matrix, (self.cells[0], self.cells[side]), self.counts)
        return matrix


def count(
    y_true: NDArray[Any],
    new: NDArray[Any],
    old: NDArray[Any] | None = None,
    *,
    classes: int,
    positive: int | None = None,
) -> JointTable:
    """Count rows of integer codes 0 … classes−1, arrays of shape (n,), in one pass."""
    shape = (classes, classes, 1 if old is None else classes)
    joint = y_true.astype(np.intp)
    joint *= classes
    joint += new
    if old is not None:
        joint *= classes
        joint += old
    if math.prod(shape) <= _DENSE:
        dense = np.bincount(joint, minlength=math.prod(shape))
        held = np.flatnonzero(dense)
        counts = dense[held]
    else:
        held, counts = np.unique(joint, return_counts=True)
    cells = np.stack(np.unravel_index(held, shape))
    return JointTable(cells, counts, classes, positive)


def interval(metric: CountMetric, table: JointTable, *, confidence: float = 0.95) -> Estimate:
    """Return the candidate's metric with its bounds.

    Where scikit-learn would warn (0/0) the bounds are None and `insufficient` says why. Where the
    positive class has too few rows for the delta method, score bounds hold all the same, but
    `row_variance` is None: a difference of independent samples is not tested then.
    """
    matrix, n = table.new, table.n
    if n == 0:
        return undefined(0, "delta", "no rows")
    if metric.is_right_share:
        return wilson(int(np.trace(matrix)), n, confidence=confidence)
    point = metric.point(matrix, table.positive)
    if point.undefined:
        why = point.undefined
        return Estimate(point.value, None, None, n, "delta", insufficient=why, undefined=True)
    variance = delta.row_variance(point.rows[table.cells[0], table.cells[1]], table.counts)
    bounds = metric.score_bounds(matrix, table.positive, confidence)
    too_few = metric.too_few(matrix, table.positive)
    if bounds is not None:
        low, high, method = bounds
        if metric.averaged or metric.recalls == "all":
            # Skewed limits of many classes, put together, end too near to the value on their short side.
            half = normal_quantile(confidence) * math.sqrt(variance / n)
            low, high = min(low, point.value - half), max(high, point.value + half)
            low, high = max(low, metric.limits[0]), min(high, metric.limits[1])
        row_variance = None if too_few else variance
        return Estimate(point.value, low, high, n, method, row_variance)
    estimate = delta.bounded(point.value, variance, point.rows, matrix, metric.limits, confidence)
    if metric.averaged:
        own = point.rows[table.cells[0], table.cells[1]]
        held = point.rows[np.unique(table.cells[0])]
        possible = float(held.min()), float(held.max())
        estimate = _scored(estimate, own, possible, table, metric.limits, confidence)
    return replace(estimate, insufficient=too_few)


def contrast(
    metric: CountMetric, table: JointTable, *, factor: float = 1.0, confidence: float = 0.95
) -> Estimate:
    """Return candidate − factor × baseline on the same rows; `table` has both sides.

    `row_variance` is a row of the table's, also where fewer rows decide (recall).
    """
    n = table.n
    if n == 0:
        return undefined(0, "paired delta", "no rows")
    if metric.is_right_share:
        return paired_contrast(*table.right(), factor=factor, confidence=confidence)
    new = metric.point(table.new, table.positive)
    old = metric.point(table.old, table.positive)
    difference = new.value - factor * old.value
    if why := new.undefined or old.undefined:
        lost = new.undefined is not None and old.undefined is None
        return Estimate(difference, None, None, n, "paired delta", insufficient=why, undefined=lost)
    codes = _recall_classes(metric, table)
    if codes:
        return _recalls(table, codes, factor, confidence)
    label, a, b = table.cells
    rows = new.rows[label, a] - factor * old.rows[label, b]
    variance = delta.row_variance(rows, table.counts)
    middle = (new.rows + factor * old.rows) / 2
    low, high = metric.limits
    limits = (low - factor * high, high - factor * low)
    estimate = delta.bounded(
        difference, variance, middle, table.new, limits, confidence, paired=True
    )
    if metric.averaged:
        held = np.unique(label)
        ends = [(side.rows[held].min(axis=1), side.rows[held].max(axis=1)) for side in (new, old)]
        least, most = (ends[0][k] - factor * ends[1][1 - k] for k in (0, 1))
        possible = float(least.min()), float(most.max())
        estimate = _scored(estimate, rows, possible, table, limits, confidence)
    few = [metric.too_few(matrix, table.positive) for matrix in (table.new, table.old)]
    sides = (delta.enough(metric, matrix, table.positive) for matrix in (table.new, table.old))
    return replace(estimate, insufficient=few[0] or few[1], undefined=lacks(*sides))


def _scored(
    estimate: Estimate,
    rows: NDArray[np.float64],
    possible: tuple[float, float],
    table: JointTable,
    limits: tuple[float, float],
    confidence: float,
) -> Estimate:
    """Return an estimate no narrower than the score bounds of its derivatives.

    Where few rows carry it, as those of a rare class carry an average over classes, the delta method knows nothing
    of the rows of that class which the sample does not hold. `rows` is the derivative of each cell, `possible` the
    least and the largest one that a row of any label that occurs could have.
    """
    assert estimate.value is not None
    assert estimate.lower is not None
    assert estimate.upper is not None
    shift = estimate.value - float(np.dot(table.counts, rows)) / table.n
    reach = Reach(possible[0] + shift, possible[1] + shift, "predictions")
    score = score_bounds(rows + shift, reach, confidence=confidence, counts=table.counts)
    lower = max(limits[0], min(estimate.lower, score.lower))
    return replace(estimate, lower=lower, upper=min(limits[1], max(estimate.upper, score.upper)))


def _recall_classes(metric: CountMetric, table: JointTable) -> list[int]:
    """Return the codes over whose recalls the metric is a mean; none where it is no such mean."""
    if metric.recalls == "positive":
        return [] if table.positive is None else [table.positive]
    return np.unique(table.cells[0]).tolist() if metric.recalls == "all" else []


def _recalls(table: JointTable, codes: list[int], factor: float, confidence: float) -> Estimate:
    parts = [
        paired_contrast(*table.right(code), factor=factor, confidence=confidence) for code in codes
    ]
    low, high = mean_bounds(parts)
    n = table.n
    variance = sum(n * (part.row_variance or 0.0) / part.n for part in parts) / len(parts) ** 2
    value = sum(part.value or 0.0 for part in parts) / len(parts)
    single = len(parts) == 1
    method = parts[0].method if single else f"mover of {parts[0].method}"
    return Estimate(value, low, high, n, method, variance, parts[0].p_value if single else None)
