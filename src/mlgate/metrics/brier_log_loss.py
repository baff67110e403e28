"""Losses of probabilities: log loss and the Brier score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfRows, Metric, is_positive, scores

if TYPE_CHECKING:
    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows


def _log_loss(rows: Rows) -> Values:
    from mlgate.stats import means

    if rows.task == "multiclass":
        return means.multiclass_log_loss(rows.y_true, scores(rows))
    return means.binary_log_loss(is_positive(rows), scores(rows))


def _brier(rows: Rows) -> Values:
    from mlgate.stats import means

    if rows.task == "multiclass":
        return means.multiclass_brier(rows.y_true, scores(rows))
    return means.binary_brier(is_positive(rows), scores(rows))


METRICS: Final = (
    Metric(
        name="log_loss",
        title="log loss",
        direction="lower",
        unit="number",
        tasks=("binary", "multiclass"),
        method=MeanOfRows(_log_loss),
        needs_score=True,
        scikit_learn="log_loss",
        aliases=("neg_log_loss",),
    ),
    Metric(
        name="brier",
        title="Brier score",
        direction="lower",
        unit="number",
        tasks=("binary", "multiclass"),
        method=MeanOfRows(_brier),
        needs_score=True,
        scikit_learn="brier_score_loss",
        aliases=("brier_score_loss", "neg_brier_score"),
    ),
)
