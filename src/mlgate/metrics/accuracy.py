"""Accuracy, plain and balanced."""

from __future__ import annotations

from typing import Final

from mlgate.metrics.spec import ClassRate, Metric, RightRows

METRICS: Final = (
    Metric(
        name="accuracy",
        title="accuracy",
        direction="higher",
        unit="share",
        tasks=("binary", "multiclass"),
        method=RightRows(),
        scikit_learn="accuracy_score",
        aliases=("accuracy_score",),
    ),
    Metric(
        name="balanced_accuracy",
        title="balanced accuracy",
        direction="higher",
        unit="share",
        tasks=("binary", "multiclass"),
        method=ClassRate("recall", "balanced"),
        scikit_learn="balanced_accuracy_score",
        aliases=("balanced_accuracy_score",),
    ),
)
