"""What scikit-learn says of rows, for any metric that names its function there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn import metrics as sk

from mlgate.metrics import METRICS

if TYPE_CHECKING:
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
    if name == "roc_auc" and rows.task == "multiclass":
        return _one_against_the_rest(rows)
    metric, average = METRICS[name], name.rpartition("_")[2]
    more = {"average": average} if average in AVERAGES else {}
    guess = rows.score if metric.needs_score else rows.y_pred
    return float(
        getattr(sk, metric.scikit_learn)(rows.y_true, guess, sample_weight=rows.weight, **more)
    )


def _one_against_the_rest(rows: Rows) -> float:
    """scikit-learn takes no weights of several classes."""
    areas = [
        sk.roc_auc_score(rows.y_true == code, rows.score[:, code], sample_weight=rows.weight)
        for code in range(len(rows.classes))
    ]
    return float(np.mean(areas))
