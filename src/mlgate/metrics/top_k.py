"""Top-k accuracy: whether the label is among the k most probable classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfRows, Metric, Parametrised, scores

if TYPE_CHECKING:
    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows
    from mlgate.stats.bounded import Reach


def _reach(_rows: Rows, baseline: Rows | None, factor: float) -> Reach:
    from mlgate.stats import bounded

    return bounded.of_range(0.0, 1.0, factor=None if baseline is None else factor)


def _top(k: float) -> Metric:
    def hits(rows: Rows) -> Values:
        from mlgate.stats.ranking import label_place

        return (label_place(rows.y_true, scores(rows)) < k).astype(float)

    def unfit(rows: Rows) -> str | None:
        if len(rows.classes) > k:
            return None
        return f"of {len(rows.classes)} classes each is among the first {k:g}"

    return Metric(
        name=f"top_k_accuracy@{k:g}",
        title=f"top-{k:g} accuracy",
        direction="higher",
        unit="share",
        tasks=("multiclass",),
        method=MeanOfRows(hits, _reach),
        needs_score=True,
        scikit_learn="top_k_accuracy_score",
        arguments={"k": int(k)},
        by_default=False,
        unfit=unfit,
    )


METRICS: Final = (Parametrised("top_k_accuracy", _top, 2, below=1e6, whole=True),)
