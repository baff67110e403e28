"""Metrics of ranked documents, a number for each query.

Documents of equal scores are in no order: each metric is its mean over all orders of them, as in
scikit-learn's `ndcg_score` (McSherry & Najork 2008, ECIR), but for average precision of all documents, where they
are retrieved at once, as in `average_precision_score`. A query without a relevant document has 0, as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Codes = NDArray[np.intp]


def ndcg(relevance: Values, score: Values, queries: Codes, first: float | None = None) -> Values:
    """Return the normalised discounted cumulative gain of each query, shape (G,).

    Gain is the relevance itself, the discount 1 / log₂(1 + rank) (Järvelin & Kekäläinen 2002, ACM
    Transactions on Information Systems 20:422; `sklearn.metrics.ndcg_score`).

    Parameters
    ----------
    relevance, score
        Shape (n,); relevance is at least 0.
    queries
        Codes 0 … G−1, shape (n,), each of which occurs.
    first
        How many of a query's documents count; None: all.
    """
    gained = _discounted(relevance, score, queries, first)
    ideal = _discounted(relevance, relevance, queries, first)
    return np.divide(gained, ideal, out=np.zeros(len(ideal)), where=ideal > 0)


def _discounted(relevance: Values, score: Values, queries: Codes, first: float | None) -> Values:
    ties = _Ties(score, queries)
    discount = 1 / np.log2(ties.place + 2.0)
    if first is not None:
        discount[ties.place >= first] = 0
    size = np.diff(ties.starts, append=len(score))
    means = ties.sums(relevance[ties.order]) / size
    return np.bincount(ties.query, weights=means * ties.sums(discount)).astype(np.float64)


def average_precision(relevant: NDArray[np.bool_], score: Values, queries: Codes) -> Values:
    """Return the average precision of each query, shape (G,); parameters as for `ndcg`."""
    ties = _Ties(score, queries)
    hits = ties.sums(relevant[ties.order].astype(np.float64))
    ends = np.append(ties.starts[1:], len(score)) - 1
    retrieved = ties.place[ends] + 1
    total = np.bincount(ties.query, weights=hits)
    before = np.concatenate(([0.0], np.cumsum(total)[:-1]))
    reached = np.cumsum(hits) - before[ties.query]
    summed = np.bincount(ties.query, weights=hits * reached / retrieved)
    return np.divide(summed, total, out=np.zeros(len(total)), where=total > 0)


def average_precision_at(
    relevant: NDArray[np.bool_], score: Values, queries: Codes, first: float
) -> Values:
    """Return the average precision of each query's first K documents, shape (G,); parameters as for `ndcg`.

    Σ_{k ≤ K} rel_k · precision_k / min(R, K) (R relevant documents), so that 1 is the best there is, in the
    mean over all orders of equal scores: where h of m documents from place a on are relevant, and b before them,
    the j-th is with probability h / m, and (j − 1)(h − 1) / (m − 1) of those between are then expected to be.
    """
    ties = _Ties(score, queries)
    hits = ties.sums(relevant[ties.order].astype(np.float64))
    size = np.diff(ties.starts, append=len(score))
    total = np.bincount(ties.query, weights=hits)
    before = np.cumsum(hits) - hits - np.concatenate(([0.0], np.cumsum(total)[:-1]))[ties.query]
    group = np.repeat(np.arange(len(size)), size)
    between = np.arange(len(score)) - ties.starts[group]
    others = (hits[group] - 1) / np.maximum(size[group] - 1, 1)
    here = hits[group] / size[group] * (before[group] + 1 + between * others) / (ties.place + 1)
    here[ties.place >= first] = 0
    summed = np.bincount(ties.query[group], weights=here)
    return np.divide(summed, np.minimum(total, first), out=np.zeros(len(total)), where=total > 0)


def reciprocal_rank(
    relevant: NDArray[np.bool_], score: Values, queries: Codes, first: float | None = None
) -> Values:
    """Return 1 / rank of the first relevant document of each query, shape (G,); parameters as for `ndcg`."""
    ties = _Ties(score, queries)
    hits = ties.sums(relevant[ties.order].astype(np.float64))
    size = np.diff(ties.starts, append=len(score))
    ranks = np.zeros(int(queries.max()) + 1)
    groups = np.flatnonzero(hits)
    query, chosen = np.unique(ties.query[groups], return_index=True)
    groups = groups[chosen]
    before = ties.place[ties.starts[groups]]
    plain = size[groups] == 1
    last = np.inf if first is None else first
    ranks[query[plain]] = np.where(before[plain] < last, 1.0 / (before[plain] + 1), 0.0)
    for code, ahead, n, m in zip(
        query[~plain], before[~plain], size[groups[~plain]], hits[groups[~plain]], strict=True
    ):
        ranks[code] = _expected(int(ahead), int(n), int(m), last)
    return ranks


def _expected(ahead: int, size: int, relevant: int, last: float) -> float:
    """Return the mean of 1 / rank of the first of `relevant` among `size` documents in any order."""
    places = np.arange(size - relevant + 1)
    # P(the first j are not relevant, the next one is)
    missed = np.concatenate(
        ([1.0], np.cumprod((size - relevant - places[:-1]) / (size - places[:-1])))
    )
    here = missed * relevant / (size - places)
    rank = ahead + places + 1
    return float((here / rank)[rank <= last].sum())


class _Ties:
    """Documents by query and falling score, in groups of equal scores.

    `order` sorts them, `place` is each one's place within its query from 0; `starts` and `query` are
    those of the groups.
    """

    def __init__(self, score: Values, queries: Codes) -> None:
        self.order = np.lexsort((-score, queries))
        query, value = queries[self.order], score[self.order]
        fresh = np.concatenate(([True], query[1:] != query[:-1]))
        self.starts = np.flatnonzero(fresh | np.concatenate(([True], value[1:] != value[:-1])))
        begin = np.flatnonzero(fresh)
        self.place = np.arange(len(score)) - np.repeat(begin, np.diff(begin, append=len(score)))
        self.query = query[self.starts]

    def sums(self, values: Values) -> Values:
        """Sum numbers of the sorted documents over each group."""
        sums: Values = np.add.reduceat(values, self.starts)
        return sums
