"""Mean absolute error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfRows, Metric

if TYPE_CHECKING:
    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows


def _absolute_error(rows: Rows) -> Values:
    from mlgate.stats import means

    return means.absolute_error(rows.y_true, rows.y_pred)


METRICS: Final = (
    Metric(
        name="mae",
        title="MAE",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=MeanOfRows(_absolute_error),
        scikit_learn="mean_absolute_error",
        aliases=("mean_absolute_error", "neg_mean_absolute_error"),
    ),
)
