"""Predictions that are a quantile: pinball loss and coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.mae import triangle
from mlgate.metrics.spec import MeanOfRows, Metric, Parametrised

if TYPE_CHECKING:
    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach


def _pinball(level: float) -> Metric:
    def loss(rows: Rows) -> Values:
        from mlgate.stats import means

        return means.pinball_loss(rows.y_true, rows.y_pred, level)

    def reach(rows: Rows, baseline: Rows | None, factor: float) -> Reach:
        return triangle(loss, max(level, 1 - level), rows, baseline, factor)

    return Metric(
        name=f"mean_pinball_loss@{level:g}",
        title=f"pinball loss at {level:g}",
        direction="lower",
        unit="number",
        tasks=("regression",),
        method=MeanOfRows(loss, reach),
        scikit_learn="mean_pinball_loss",
        arguments={"alpha": level},
        by_default=False,
    )


def _covered(rows: Rows) -> Values:
    covered: Values = (rows.y_true <= rows.y_pred).astype(float)
    return covered


def _share(_rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    from mlgate.stats import bounded

    return bounded.of_range(0.0, 1.0, factor=None if baseline is None else factor)


METRICS: Final = (
    Parametrised("mean_pinball_loss", _pinball, 0.9),
    Metric(
        name="coverage",
        title="coverage",
        direction=None,
        unit="share",
        tasks=("regression",),
        method=MeanOfRows(_covered, _share),
        by_default=False,
    ),
)
