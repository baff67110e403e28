"""Areas under curves: ROC AUC and average precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import Metric, RankStatistic, is_positive, scores

if TYPE_CHECKING:
    from mlgate.model.rows import Rows
    from mlgate.stats.influence import Influence
    from mlgate.stats.ranking import Ranking


def _roc_auc(rows: Rows, ranking: Ranking | None) -> Influence:
    from mlgate.stats import auc

    if rows.task == "multiclass":
        return auc.roc_auc_ovr(rows.y_true, scores(rows), weights=rows.weight)
    return auc.roc_auc(is_positive(rows), scores(rows), ranking, rows.weight)


def _average_precision(rows: Rows, ranking: Ranking | None) -> Influence:
    from mlgate.stats import auc

    if rows.task == "multiclass":
        return auc.one_against_rest(
            auc.average_precision, rows.y_true, scores(rows), weights=rows.weight
        )
    return auc.average_precision(is_positive(rows), scores(rows), ranking, rows.weight)


METRICS: Final = (
    Metric(
        name="roc_auc",
        title="ROC AUC",
        direction="higher",
        unit="share",
        tasks=("binary", "multiclass"),
        method=RankStatistic(_roc_auc),
        needs_score=True,
        scikit_learn="roc_auc_score",
        aliases=("auc", "roc_auc_score"),
    ),
    Metric(
        name="average_precision",
        title="average precision",
        direction="higher",
        unit="share",
        tasks=("binary", "multiclass"),
        method=RankStatistic(_average_precision),
        needs_score=True,
        scikit_learn="average_precision_score",
        aliases=("average_precision_score",),
    ),
)
