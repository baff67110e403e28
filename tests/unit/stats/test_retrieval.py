"""NDCG, average precision and reciprocal rank of queries: scikit-learn's numbers, and those of all orders."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn import metrics as sk

from mlgate.stats import retrieval


def draw(seed=0, n=400, queries=40, digits=1):
    """Documents of queries of unequal sizes, in any order; scores with ties."""
    random = np.random.default_rng(seed)
    query = np.unique(random.integers(0, queries, n), return_inverse=True)[1]
    relevance = random.integers(0, 4, n).astype(float)
    return relevance, np.round(random.normal(size=n) + 0.3 * relevance, digits), query


@pytest.mark.parametrize("first", [None, 1, 5, 10, 1000])
@pytest.mark.parametrize("digits", [0, 8])
def test_ndcg_is_scikit_learns(first, digits):
    relevance, score, query = draw(digits=digits)
    ours = retrieval.ndcg(relevance, score, query, first)
    for code in range(len(ours)):
        here = query == code
        if here.sum() > 1:  # scikit-learn takes no single document
            theirs = sk.ndcg_score([relevance[here]], [score[here]], k=first)
            assert ours[code] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("digits", [0, 8])
def test_average_precision_is_scikit_learns(digits):
    relevance, score, query = draw(digits=digits)
    ours = retrieval.average_precision(relevance > 1, score, query)
    for code in range(len(ours)):
        here = query == code
        if (relevance[here] > 1).any():
            theirs = sk.average_precision_score(relevance[here] > 1, score[here])
            assert ours[code] == pytest.approx(theirs, abs=1e-12)


TIED = pytest.mark.parametrize(
    ("relevant", "score"),
    [
        ([0, 1, 0, 1, 0], [3, 2, 2, 2, 1]),
        ([0, 0, 1, 1, 0], [1, 1, 1, 1, 1]),
        ([0, 0, 0, 0, 1], [5, 4, 3, 2, 2]),
        ([1, 0, 0, 0, 1], [5, 4, 3, 2, 2]),
    ],
)


def precision_at(relevant, first):
    """The definition, term by term: Kaggle's `mapk` divides by the same number."""
    hits = [
        sum(relevant[: k + 1]) / (k + 1) for k in range(min(first, len(relevant))) if relevant[k]
    ]
    return sum(hits) / min(first, sum(relevant))


@pytest.mark.parametrize("first", [1, 2, 4, 9])
@TIED
def test_average_precision_of_the_first_is_the_mean_over_all_orders(relevant, score, first):
    orders = (list(order) for order in itertools.permutations(range(5)))
    ordered = [order for order in orders if (np.diff(np.array(score)[order]) <= 0).all()]
    every = [precision_at([relevant[i] for i in order], first) for order in ordered]
    arguments = np.array(relevant, dtype=bool), np.array(score, dtype=float), np.zeros(5, dtype=int)
    ours = retrieval.average_precision_at(*arguments, first)
    assert ours == pytest.approx([np.mean(every)], abs=1e-12)


@pytest.mark.parametrize("first", [1, 3, 10, 1000])
def test_average_precision_of_the_first_is_the_definitions(first):
    relevance, score, query = draw(digits=8)
    ours = retrieval.average_precision_at(relevance > 1, score, query, first)
    for code in range(len(ours)):
        here = np.flatnonzero(query == code)
        order = here[np.argsort(-score[here])]
        relevant = [int(value > 1) for value in relevance[order]]
        theirs = precision_at(relevant, first) if any(relevant) else 0.0
        assert ours[code] == pytest.approx(theirs, abs=1e-12)
    if first == 1000:  # of all documents it is scikit-learn's
        whole = retrieval.average_precision(relevance > 1, score, query)
        assert ours == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("first", [None, 1, 2, 4])
@TIED
def test_reciprocal_rank_is_the_mean_over_all_orders_of_equal_scores(relevant, score, first):
    relevant, score = np.array(relevant, dtype=bool), np.array(score, dtype=float)
    ranks = []
    for order in itertools.permutations(range(5)):
        if (np.diff(score[list(order)]) <= 0).all():
            rank = int(np.argmax(relevant[list(order)])) + 1
            ranks.append(1 / rank if first is None or rank <= first else 0.0)
    ours = retrieval.reciprocal_rank(relevant, score, np.zeros(5, dtype=int), first)
    assert ours == pytest.approx([np.mean(ranks)], abs=1e-12)


def test_a_query_without_a_relevant_document_has_nothing():
    relevance, query = np.array([0.0, 0, 1, 0]), np.array([0, 0, 1, 1])
    score = np.array([0.2, 0.1, 0.1, 0.9])
    assert retrieval.ndcg(relevance, score, query) == pytest.approx([0, 1 / np.log2(3)])
    assert retrieval.average_precision(relevance > 0, score, query) == pytest.approx([0, 0.5])
    assert retrieval.reciprocal_rank(relevance > 0, score, query) == pytest.approx([0, 0.5])


def test_the_order_of_rows_is_nothing():
    relevance, score, query = draw(3)
    order = np.random.default_rng(1).permutation(len(score))
    moved = relevance[order], score[order], query[order]
    assert retrieval.ndcg(*moved, 5) == pytest.approx(retrieval.ndcg(relevance, score, query, 5))
    hits, gone = (relevance > 2, score, query), (moved[0] > 2, *moved[1:])
    assert retrieval.reciprocal_rank(*gone) == pytest.approx(retrieval.reciprocal_rank(*hits))
    assert retrieval.average_precision(*gone) == pytest.approx(retrieval.average_precision(*hits))
