"""Metrics of a confusion matrix, from one table of counts: label × candidate × baseline.

The table is made in one pass over the rows; everything after costs O(cells), whatever n.
Values equal scikit-learn's, where 0/0 counts as 0; such a value has no interval.

Intervals, best first: what is a rate (accuracy, micro averages, recall, precision) has score
intervals; F1 = 2J/(1 + J) is monotone in J = TP/(TP + FP + FN), a rate among the rows that
are positive on either side (so Wilson's bounds of J give those of F1); means of class
recalls add up independent classes (MOVER, Zou & Donner 2008); the rest is the delta method
of `confusion_delta`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats import confusion_delta as delta
from mlgate.stats.confusion_delta import METRICS, value
from mlgate.stats.estimate import Estimate, undefined
from mlgate.stats.proportions import paired_contrast, wilson, wilson_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

__all__ = ["METRICS", "Table", "bootstrap", "contrast", "count", "interval", "value"]

_ACCURACIES = ("accuracy", "precision_micro", "recall_micro", "f1_micro", "recall_weighted")
_RECALL_MEANS = ("balanced_accuracy", "recall_macro")
_DENSE = 1 << 22
"""Up to this many cells the table is made by counting, above it by sorting; a bootstrap holds
as many numbers at a time."""


@dataclass(frozen=True, slots=True)
class Table:
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
    has_old
        Whether there is a baseline.
    """

    cells: NDArray[np.intp]
    counts: Counts
    classes: int
    positive: int | None = None
    has_old: bool = True

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
) -> Table:
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
        found = np.flatnonzero(dense)
        counts = dense[found]
    else:
        found, counts = np.unique(joint, return_counts=True)
    cells = np.stack(np.unravel_index(found, shape))
    return Table(cells, counts, classes, positive, has_old=old is not None)


def interval(metric: str, table: Table, *, confidence: float = 0.95) -> Estimate:
    """The candidate's metric.

    Where scikit-learn would warn (0/0) the bounds are None and `insufficient` says why. Where the
    positive class has too few rows for the delta method, `row_variance` is None: Wilson's bounds
    hold all the same, but what compares independent samples by their variances does not (Welch's
    interval of F1 holds the truth in .85 of cases with 4 positive rows a side, in place of .95).
    """
    matrix, n = table.new, table.n
    if n == 0:
        return undefined(0, "delta", "no rows")
    if metric in _ACCURACIES:
        return wilson(int(np.trace(matrix)), n, confidence=confidence)
    point = delta.gradient(metric, matrix, table.positive)
    if point.undefined:
        return Estimate(point.value, None, None, n, "delta", insufficient=point.undefined)
    variance = delta.row_variance(point.rows[table.cells[0], table.cells[1]], table.counts)
    bounds = _score_bounds(metric, matrix, table.positive, confidence)
    if bounds is not None:
        few = delta.too_few(metric, matrix, table.positive) is not None
        return Estimate(point.value, *bounds[:2], n, bounds[2], None if few else variance)
    return delta.bounded(point.value, variance, point.rows, matrix, (0.0, 1.0), confidence)


def contrast(
    metric: str, table: Table, *, factor: float = 1.0, confidence: float = 0.95
) -> Estimate:
    """Bounds of candidate − factor × baseline on the same rows; `table` has both sides.

    `row_variance` is a row of the table's, also where fewer rows decide (recall).
    """
    n = table.n
    if n == 0:
        return undefined(0, "paired delta", "no rows")
    if metric in _ACCURACIES:
        return paired_contrast(*table.right(), factor=factor, confidence=confidence)
    new = delta.gradient(metric, table.new, table.positive)
    old = delta.gradient(metric, table.old, table.positive)
    difference = new.value - factor * old.value
    if why := new.undefined or old.undefined:
        return Estimate(difference, None, None, n, "paired delta", insufficient=why)
    codes = _recall_classes(metric, table)
    if codes:
        return _recalls(table, codes, factor, confidence)
    label, a, b = table.cells
    rows = new.rows[label, a] - factor * old.rows[label, b]
    variance = delta.row_variance(rows, table.counts)
    middle = (new.rows + factor * old.rows) / 2
    found = delta.bounded(
        difference, variance, middle, table.new, (-factor, 1.0), confidence, paired=True
    )
    few = [delta.too_few(metric, matrix, table.positive) for matrix in (table.new, table.old)]
    return replace(found, insufficient=few[0] or few[1])


def bootstrap(
    metric: str,
    table: Table,
    *,
    factor: float | None = None,
    replicates: int = 2_000,
    seed: int,
) -> NDArray[np.float64]:
    """Replicates of the metric (factor None) or of the contrast by multinomial resampling.

    Resampling n rows is exactly a multinomial draw of the cells, so that the cost grows with
    the cells that occur and not with n: 2,000 replicates take under .1 s up to some 400 cells
    (5 classes in any case, 10 where the models mostly agree), and .3 s with 1,000.
    """
    n, generator = table.n, np.random.default_rng(seed)
    step = max(1, _DENSE // (table.classes**2 + len(table.counts)))
    found = []
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        draws = generator.multinomial(n, table.counts / n, size=size)
        new = _resampled(metric, table, draws, 1)
        found.append(new if factor is None else new - factor * _resampled(metric, table, draws, 2))
    return np.concatenate(found)


def _resampled(metric: str, table: Table, draws: Counts, side: int) -> NDArray[np.float64]:
    """Sum the cells of every draw, shape (b, c), into confusion matrices; give their metric."""
    k = table.classes
    into = table.cells[0] * k + table.cells[side]
    order = np.argsort(into, kind="stable")
    places, starts = np.unique(into[order], return_index=True)
    matrices = np.zeros((len(draws), k * k))
    matrices[:, places] = np.add.reduceat(draws[:, order], starts, axis=1)
    return delta.values(metric, matrices.reshape(-1, k, k), table.positive)


def _score_bounds(
    metric: str, matrix: Counts, positive: int | None, confidence: float
) -> tuple[float, float, str] | None:
    if metric in ("precision", "recall", "f1"):
        assert positive is not None
        hits = int(matrix[positive, positive])
        trials = {
            "precision": int(matrix[:, positive].sum()),
            "recall": int(matrix[positive].sum()),
            "f1": int(matrix[:, positive].sum() + matrix[positive].sum()) - hits,
        }[metric]
        low, high = wilson_bounds(hits, trials, confidence)
        if metric == "f1":
            return 2 * low / (1 + low), 2 * high / (1 + high), "wilson on TP/(TP+FP+FN)"
        return low, high, "wilson"
    if metric in (*_RECALL_MEANS, "precision_macro"):
        sums = matrix.sum(axis=0 if metric == "precision_macro" else 1)
        return _mean_of_rates(np.diagonal(matrix)[sums > 0], sums[sums > 0], confidence)
    return None


def _mean_of_rates(hits: Counts, trials: Counts, confidence: float) -> tuple[float, float, str]:
    rates = [
        wilson(int(h), int(t), confidence=confidence) for h, t in zip(hits, trials, strict=True)
    ]
    return (*_mover_mean(rates), "mover of wilson")


def _mover_mean(parts: list[Estimate]) -> tuple[float, float]:
    """Bounds of the mean of independent estimates, by squaring and adding their distances."""
    middle = sum(part.value or 0.0 for part in parts) / len(parts)
    down = math.hypot(*((p.value or 0.0) - (p.lower or 0.0) for p in parts)) / len(parts)
    up = math.hypot(*((p.upper or 0.0) - (p.value or 0.0) for p in parts)) / len(parts)
    return middle - down, middle + up


def _recall_classes(metric: str, table: Table) -> list[int]:
    """Codes over whose recalls the metric is a mean; empty where it is no such mean."""
    if metric == "recall":
        return [] if table.positive is None else [table.positive]
    if metric in _RECALL_MEANS:
        return [int(code) for code in np.unique(table.cells[0])]
    return []


def _recalls(table: Table, codes: list[int], factor: float, confidence: float) -> Estimate:
    parts = [
        paired_contrast(*table.right(code), factor=factor, confidence=confidence) for code in codes
    ]
    low, high = _mover_mean(parts)
    n = table.n
    variance = sum(n * (part.row_variance or 0.0) / part.n for part in parts) / len(parts) ** 2
    value = sum(part.value or 0.0 for part in parts) / len(parts)
    single = len(parts) == 1
    method = parts[0].method if single else f"mover of {parts[0].method}"
    return Estimate(value, low, high, n, method, variance, parts[0].p_value if single else None)
