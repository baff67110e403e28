"""What scikit-learn says of rows, for any metric that names its function there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn import metrics as sk

from mlgate.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.model.rows import Rows

AVERAGES = ("macro", "micro", "weighted")
CASES = [
    (task, name)
    for name, metric in METRICS.items()
    for task in metric.tasks
    if metric.scikit_learn is not None
]


def value(name: str, rows: Rows) -> float:
    """The metric's value, weights counted."""
    metric, average = METRICS[name], name.rpartition("_")[2]
    if name in ("roc_auc", "average_precision") and rows.task == "multiclass":
        return _one_against_the_rest(getattr(sk, metric.scikit_learn), rows)
    more = {"average": average} if average in AVERAGES else metric.arguments
    guess = rows.score if metric.needs_score else rows.y_pred
    return float(
        getattr(sk, metric.scikit_learn)(rows.y_true, guess, sample_weight=rows.weight, **more)
    )


def _one_against_the_rest(area: Callable[..., float], rows: Rows) -> float:
    """scikit-learn takes no weights of several classes."""
    areas = [
        area(rows.y_true == code, rows.score[:, code], sample_weight=rows.weight)
        for code in range(len(rows.classes))
    ]
    return float(np.mean(areas))
