"""Metrics with a number in their name, and what rows do not define."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from mlgate.checks.compare.families import family_of
from mlgate.checks.compare.pair import Pair
from mlgate.metrics import METRICS, canonical
from mlgate.model.rows import Rows


def pair(*sides):
    return Pair(*sides, *([None] * (2 - len(sides))), lambda _: 0, 0.95)


def own(name, rows):
    return family_of(METRICS[name].method).own(pair(rows))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("ndcg@5", True),
        ("ndcg@0", False),
        ("ndcg@2.5", False),
        ("ndcg@x", False),
        ("tpr_at_fpr@0.01", True),
        ("tpr_at_fpr@1", False),
        ("tpr_at_fpr@nan", False),
        ("tpr_at_fpr", False),
        ("accuracy@2", False),
    ],
)
def test_a_number_belongs_to_a_name_that_takes_one(name, known):
    assert (name in METRICS) == known
    assert (METRICS.get(name) is not None) == known


def test_a_number_is_written_in_one_way():
    assert canonical("tpr_at_fpr@0.10") == "tpr_at_fpr@0.1"
    assert canonical("ndcg@10.0") == "ndcg@10"
    assert "tpr_at_fpr@0.10" not in METRICS
    assert METRICS["recall_at_precision@0.25"].title == "recall at precision 0.25"


def regression(label, predicted, **more):
    return Rows("regression", np.asarray(label, float), np.asarray(predicted, float), **more)


def test_percentage_errors():
    rows = regression([1, 2, 0, -4], [2, 2, 0, -3])
    assert own("smape", rows).value == pytest.approx((2 / 3 + 0 + 0 + 2 / 7) / 4)
    assert own("wape", rows).value == pytest.approx(2 / 7)
    assert METRICS["mape"].unfit(rows).startswith("it divides by the label, which is 0 in 1 of 4")
    assert METRICS["mape"].unfit(regression([1, 2], [1, 1])) is None
    assert METRICS["wape"].unfit(regression([0, 0], [1, 1])).endswith("all labels are 0: use mae")
    weighted = regression([1, 0], [1, 1], weight=np.array([0.0, 1.0]))
    assert METRICS["wape"].unfit(weighted) is not None


def test_wape_has_the_spread_of_a_ratio():
    random = np.random.default_rng(0)
    label = random.gamma(2, size=800)
    rows = regression(label, label + random.normal(size=800))
    error, size = np.abs(rows.y_pred - label), np.abs(label)
    ratio = error.sum() / size.sum()
    variance = ((error - ratio * size) ** 2).sum() / 799 / size.mean() ** 2
    assert own("wape", rows).row_variance == pytest.approx(variance)


def test_coverage_counts_labels_up_to_the_prediction():
    rows = regression([1, 2, 3, 4], [1, 1, 5, 5])
    estimate = own("coverage", rows)
    assert (estimate.value, estimate.method) == (0.75, "wilson")
    assert METRICS["coverage"].direction is None


def test_top_k_resolves_ties_as_scikit_learn_does():
    random = np.random.default_rng(0)
    score = random.integers(0, 3, (300, 6)) / 10
    label = random.integers(0, 6, 300)
    rows = Rows("multiclass", label, score.argmax(axis=1), score, tuple("abcdef"))
    for k in (1, 3, 5):
        theirs = sk.top_k_accuracy_score(label, score, k=k)
        assert own(f"top_k_accuracy@{k}", rows).value == pytest.approx(theirs, abs=1e-12)
    assert METRICS["top_k_accuracy@6"].unfit(rows) == "of 6 classes each is among the first 6"


def documents(queries=40, seed=0, **more):
    random = np.random.default_rng(seed)
    query = np.repeat(np.arange(queries), 8)
    label = random.integers(0, 3, len(query)).astype(float)
    return [
        regression(label, label + noise * random.normal(size=len(query)), cluster=query, **more)
        for noise in (1.0, 1.5)
    ]


@pytest.mark.parametrize("name", ["ndcg", "ndcg@5", "map", "map@4", "mrr", "mrr@3"])
def test_rankings_are_compared_query_by_query(name):
    new, old = documents()
    family, sides = family_of(METRICS[name].method), pair(new, old)
    values = [family.method.values(side, side.cluster) for side in (new, old)]
    change = family.contrast(sides, 1.0)
    assert change.value == pytest.approx((values[0] - values[1]).mean())
    difference = values[0] - values[1]
    assert change.row_variance / change.n == pytest.approx(difference.var(ddof=1) / 40)
    assert change.method == "paired t and score, by cluster"
    rows = family.influence(sides, "new").rows
    by_query = np.bincount(new.cluster, weights=rows)
    assert (by_query**2).sum() == pytest.approx(values[0].var(ddof=1) / 40)


def test_rankings_need_queries():
    (new, _), few = documents(), documents(queries=19)[0]
    assert own("ndcg", few).insufficient == "only 19 clusters, 20 are needed"
    unfit = METRICS["ndcg"].unfit
    assert unfit(new) is None
    assert "predictions.cluster" in unfit(regression([1], [1]))
    assert "predictions.weight" in unfit(documents(weight=np.ones(320))[0])
    assert unfit(regression([-1], [1], cluster=np.zeros(1, int))).endswith("and one is -1")
