"""Metrics of a confusion matrix, from one table of counts: label × candidate × baseline.

The table is made in one pass over the rows; everything after costs O(cells), whatever n.
Values equal scikit-learn's, where 0/0 counts as 0; such a value has no interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats.estimate import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

METRICS = (
    "accuracy", "balanced_accuracy", "precision", "recall", "f1",
    "precision_macro", "precision_micro", "precision_weighted",
    "recall_macro", "recall_micro", "recall_weighted",
    "f1_macro", "f1_micro", "f1_weighted",
)  # fmt: skip
"""Names that `value`, `interval` and `contrast` know; precision, recall and f1 need `positive`."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows counted by (label, candidate's prediction, baseline's prediction).

    Attributes
    ----------
    counts
        Shape (K, K, K), or (K, K, 1) where there is no baseline.
    positive
        Code of the positive class; binary only.
    """

    counts: Counts
    positive: int | None = None

    @property
    def n(self) -> int:
        """The number of rows."""
        return int(self.counts.sum())

    @property
    def new(self) -> Counts:
        """Confusion matrix of the candidate, shape (K, K): label × prediction."""
        return self.counts.sum(axis=2)

    @property
    def old(self) -> Counts:
        """Confusion matrix of the baseline, shape (K, K)."""
        return self.counts.sum(axis=1)

    def right(self) -> tuple[int, int, int, int]:
        """Rows right on (both sides, the candidate's only, the baseline's only, neither)."""
        raise NotImplementedError


def count(
    y_true: NDArray[Any],
    new: NDArray[Any],
    old: NDArray[Any] | None = None,
    *,
    classes: int,
    positive: int | None = None,
) -> Table:
    """Count rows of integer codes 0 … classes−1, arrays of shape (n,), in one pass."""
    raise NotImplementedError


def value(metric: str, matrix: Counts, positive: int | None = None) -> float:
    """Give a metric of one confusion matrix (K, K), as scikit-learn with zero_division=0."""
    raise NotImplementedError


def interval(metric: str, table: Table, *, confidence: float = 0.95) -> Estimate:
    """The candidate's metric: Wilson where it is a rate, else the delta method.

    value None never occurs with n > 0; where scikit-learn would warn (0/0) the bounds are
    None and `insufficient` says why.
    """
    raise NotImplementedError


def contrast(
    metric: str, table: Table, *, factor: float = 1.0, confidence: float = 0.95
) -> Estimate:
    """candidate − factor × baseline on the same rows.

    Accuracy and what equals it (micro averages, weighted recall): `paired_contrast`, so
    Tango's interval at factor 1; else the delta method on the cells of the table.
    """
    raise NotImplementedError


def bootstrap(
    metric: str, table: Table, *, factor: float | None = None, replicates: int = 2000, seed: int
) -> NDArray[np.float64]:
    """Replicates of the metric (factor None) or of the contrast by multinomial resampling.

    Resampling n rows is exactly a multinomial draw of the cells, so this costs the same at
    any n.
    """
    raise NotImplementedError
