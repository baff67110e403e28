"""TPR at an FPR and recall at a precision: scikit-learn's curves, and the bootstrap's spread."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from mlgate.stats import auc
from mlgate.stats.operating_points import recall_at_precision, tpr_at_fpr


def draw(n, seed=0, digits=8, share=0.3):
    random = np.random.default_rng(seed)
    positive = random.random(n) < share
    return positive, np.round(random.normal(size=n) + 1.3 * positive, digits)


def tpr_of_curve(positive, score, limit, weights=None):
    fpr, tpr, _ = sk.roc_curve(positive, score, drop_intermediate=False, sample_weight=weights)
    return tpr[fpr <= limit].max()


def recall_of_curve(positive, score, limit, weights=None):
    precision, recall, _ = sk.precision_recall_curve(positive, score, sample_weight=weights)
    return recall[precision >= limit].max()


@pytest.mark.parametrize("digits", [0, 1, 8])
@pytest.mark.parametrize("limit", [0.001, 0.05, 0.3, 0.5, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("weighted", [False, True])
def test_values_are_those_of_scikit_learns_curves(digits, limit, weighted):
    positive, score = draw(300, digits=digits)
    weights = np.random.default_rng(1).integers(0, 3, 300).astype(float) if weighted else None
    for ours, theirs in ((tpr_at_fpr, tpr_of_curve), (recall_at_precision, recall_of_curve)):
        value = ours(positive, score, limit, weights=weights).value
        assert value == pytest.approx(theirs(positive, score, limit, weights), abs=1e-12)


@pytest.mark.parametrize(("ours", "limit"), [(tpr_at_fpr, 0.1), (recall_at_precision, 0.7)])
def test_the_spread_is_the_bootstraps(ours, limit):
    positive, score = draw(4_000)
    estimate = ours(positive, score, limit)
    random = np.random.default_rng(2)
    draws = [
        ours(positive[index], score[index], limit).value
        for index in (random.integers(4_000, size=4_000) for _ in range(400))
    ]
    assert (estimate.rows**2).sum() == pytest.approx(np.var(draws), rel=0.25)


def test_a_precision_that_no_threshold_reaches_gives_nothing():
    positive = np.arange(400) % 2 == 0
    score = np.where(positive, 0.0, 1.0)
    nothing = recall_at_precision(positive, score, 0.9)
    assert (nothing.value, nothing.insufficient) == (0.0, None)
    assert recall_at_precision(positive, -score, 0.9).value == 1.0


def test_a_threshold_that_just_misses_its_limit_is_not_ruled_out():
    """Five scores; the FPR of the second is .036 where .03 is allowed: it may truly be allowed."""
    negatives, positives = ((500, 300, 164, 24, 12), (50, 50, 100, 200, 300))
    score = np.repeat(np.tile(np.arange(5.0), 2), (*negatives, *positives))
    positive = np.arange(len(score)) >= sum(negatives)
    for limit, value in ((0.03, 300 / 700), (0.01, 0)):
        point = tpr_at_fpr(positive, score, limit)
        assert point.value == pytest.approx(value)
        beyond = 500 / 700 if limit == 0.03 else 300 / 700
        assert auc.interval(point).upper > beyond
        # Another model may be on the other side of the step by chance alone.
        change = auc.contrast(point, tpr_at_fpr(positive, -score, limit))
        assert change.upper > beyond
        assert change.method.endswith(" beside a step")


def test_few_rows_carry_no_interval():
    positive, score = draw(2_000)
    assert tpr_at_fpr(positive, score, 0.1).insufficient is None
    why = tpr_at_fpr(positive, score, 0.001).insufficient
    assert why.endswith("allow 1.4 false positives, 10 are needed")
    assert "49 positive" in recall_at_precision(np.arange(2_000) < 49, score, 0.5).insufficient
    assert tpr_at_fpr(np.zeros(9, dtype=bool), np.arange(9.0), 0.5).value is None


@pytest.mark.parametrize(("measure", "limit"), [(tpr_at_fpr, 0.18), (recall_at_precision, 0.7)])
def test_one_level_that_may_miss_its_limit_counts_as_lost(measure, limit):
    """Both models have the level just within its limit; rows alike in truth may have one of them beyond it."""
    random = np.random.default_rng(4)
    positive = np.arange(4_000) % 2 == 0
    spread = np.array([[0.05, 0.15, 0.3, 0.5], [0.5, 0.325, 0.14, 0.035]])
    base = np.where(positive, *(random.choice(4, 4_000, p=p) for p in spread))
    again = np.where(positive, *(random.choice(4, 4_000, p=p) for p in spread))
    sides = [np.where(random.random(4_000) < 0.1, again, base).astype(float) for _ in range(2)]
    near = 0.178 if measure is tpr_at_fpr else 0.82
    change = auc.contrast(*(measure(positive, side, near) for side in sides))
    assert change.lower < -0.25  # a third level holds .3 of the positive rows
    far = auc.contrast(
        *(measure(positive, side, 0.4 if measure is tpr_at_fpr else limit) for side in sides)
    )
    assert far.lower > -0.05
    assert not far.method.endswith(" beside a step")
