"""Predictions in memory, column by column. NumPy is named for type checkers only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.evidence import RowCounts
    from mlgate.model.metrics import Task

Role = Literal["main", "anchor"]
"""Which baseline: the merge-base's on the main branch, or the last release."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One side's predictions: n rows, all arrays aligned.

    Classification codes labels and predictions as indices (int32) into `classes`, whose
    entries are the labels' canonical text in sorted order (numeric order for numbers).
    Regression holds float64 values.

    Attributes
    ----------
    y_true
        Shape (n,); for both sides of a comparison these are the candidate's labels.
    y_pred
        Shape (n,).
    score
        None, P(positive) of shape (n,), or P(class) of shape (n, len(classes)).
    positive
        Index into `classes` of the positive label; binary only.
    values
        The user's own numbers, one a row (`metrics.rows`), by name, shape (n,) each.
    """

    task: Task
    y_true: NDArray[Any]
    y_pred: NDArray[Any]
    score: NDArray[np.float64] | None = None
    classes: tuple[str, ...] = ()
    positive: int | None = None
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.y_true)


@dataclass(frozen=True, slots=True)
class Paired:
    """The rows that candidate and baseline both have, in one order, with one set of labels.

    `baseline.y_true` is `candidate.y_true`: both are scored with the candidate's labels.
    `index` gives the position of each in the candidate's file, ascending.
    """

    candidate: Rows
    baseline: Rows
    counts: RowCounts
    index: NDArray[np.intp] | None = None
