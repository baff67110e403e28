"""Root mean squared error and R²."""

from __future__ import annotations

from typing import Final

from mlgate.metrics.spec import Metric, SquaredErrors

METRICS: Final = (
    Metric(
        name="rmse",
        title="RMSE",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=SquaredErrors("rmse"),
        scikit_learn="root_mean_squared_error",
        aliases=("root_mean_squared_error", "neg_root_mean_squared_error"),
    ),
    Metric(
        name="r2",
        title="R²",
        direction="higher",
        unit="number",
        tasks=("regression",),
        method=SquaredErrors("r2"),
        scikit_learn="r2_score",
        aliases=("r2_score",),
    ),
)
