"""What a threshold can reach: recall at a precision, and TPR at an FPR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mlgate.metrics.spec import Metric, Parametrised, RankStatistic, is_positive, scores

if TYPE_CHECKING:
    from mlgate.model.rows import Rows
    from mlgate.stats.influence import Influence
    from mlgate.stats.ranking import Ranking


def _operating_point(
    name: Literal["recall_at_precision", "tpr_at_fpr"], title: str, limit: float
) -> Metric:
    def influence(rows: Rows, ranking: Ranking | None) -> Influence:
        from mlgate.stats import operating_points as points

        measure = points.tpr_at_fpr if name == "tpr_at_fpr" else points.recall_at_precision
        return measure(is_positive(rows), scores(rows), limit, ranking, rows.weight, rows.cluster)

    return Metric(
        name=f"{name}@{limit:g}",
        title=f"{title} {limit:g}",
        direction="higher",
        unit="share",
        tasks=("binary",),
        method=RankStatistic(influence),
        needs_score=True,
        by_default=False,
    )


def _recall_at_precision(precision: float) -> Metric:
    return _operating_point("recall_at_precision", "recall at precision", precision)


def _tpr_at_fpr(fpr: float) -> Metric:
    return _operating_point("tpr_at_fpr", "TPR at FPR", fpr)


METRICS: Final = (
    Parametrised("recall_at_precision", _recall_at_precision, 0.8),
    Parametrised("tpr_at_fpr", _tpr_at_fpr, 0.1),
)
