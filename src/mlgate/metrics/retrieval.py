"""Ranking and retrieval, query by query: NDCG, mean average precision, mean reciprocal rank.

A row is a document with its relevance as the label: binary rows by their score, and numbers
(graded relevance) by their prediction. The query is `predictions.cluster`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import MeanOfGroups, Metric, Parametrised, is_positive, scores

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.metrics.spec import Values
    from mlgate.model.rows import Rows


def _relevance(rows: Rows) -> Values:
    relevance: Values = (
        rows.y_true if rows.task == "regression" else is_positive(rows).astype(float)
    )
    return relevance


def _order(rows: Rows) -> Values:
    return rows.y_pred if rows.task == "regression" else scores(rows)


def _unfit(rows: Rows) -> str | None:
    if rows.cluster is None:
        return "it needs the query of each row: name its column under predictions.cluster"
    if rows.weight is not None:
        return "it counts queries alike, and supports no predictions.weight"
    if rows.task == "binary" and rows.score is None:
        return "it needs scores, and the predictions have none (predictions.score)"
    if rows.task == "regression" and float(rows.y_true.min()) < 0:
        return f"a label is a relevance of at least 0, and one is {float(rows.y_true.min()):g}"
    return None


def _metric(name: str, title: str, values: Callable[[Rows, NDArray[np.intp]], Values]) -> Metric:
    return Metric(
        name=name,
        title=title,
        direction="higher",
        unit="share",
        tasks=("binary", "regression"),
        method=MeanOfGroups(values),
        by_default=False,
        unfit=_unfit,
    )


def _ndcg(first: float | None) -> Metric:
    def values(rows: Rows, queries: NDArray[np.intp]) -> Values:
        from mlgate.stats import retrieval

        return retrieval.ndcg(_relevance(rows), _order(rows), queries, first)

    mark = "" if first is None else f"@{first:g}"
    return _metric(f"ndcg{mark}", f"NDCG{mark}", values)


def _mrr(first: float | None) -> Metric:
    def values(rows: Rows, queries: NDArray[np.intp]) -> Values:
        from mlgate.stats import retrieval

        return retrieval.reciprocal_rank(_relevance(rows) > 0, _order(rows), queries, first)

    mark = "" if first is None else f"@{first:g}"
    return _metric(f"mrr{mark}", f"MRR{mark}", values)


def _map(first: float | None) -> Metric:
    def values(rows: Rows, queries: NDArray[np.intp]) -> Values:
        from mlgate.stats import retrieval

        relevant = _relevance(rows) > 0
        if first is None:
            return retrieval.average_precision(relevant, _order(rows), queries)
        return retrieval.average_precision_at(relevant, _order(rows), queries, first)

    mark = "" if first is None else f"@{first:g}"
    return _metric(f"map{mark}", f"MAP{mark}", values)


METRICS: Final = (
    _ndcg(None),
    Parametrised("ndcg", _ndcg, 10, below=1e6, whole=True),
    _map(None),
    Parametrised("map", _map, 10, below=1e6, whole=True),
    _mrr(None),
    Parametrised("mrr", _mrr, 10, below=1e6, whole=True),
)
