"""Means, paired t and the losses a row, against scipy and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from mlgate.stats import influence, means

random = np.random.default_rng(3)
A = random.normal(size=80)
B = 0.8 * A + random.normal(size=80)


def test_mean_equals_scipy() -> None:
    theirs = stats.ttest_1samp(A, 0).confidence_interval(0.90)
    assert means.mean(A).interval == pytest.approx(tuple(theirs), rel=1e-12)


def test_paired_equals_scipy() -> None:
    theirs = stats.ttest_rel(A, B)
    ours = means.paired(A, B)
    assert ours.interval == pytest.approx(tuple(theirs.confidence_interval(0.90)), rel=1e-12)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    assert ours.row_variance == pytest.approx(np.var(A - B, ddof=1))


def test_contrast_is_the_mean_of_the_row_contrasts() -> None:
    ours = means.paired(A, B, factor=1.02)
    assert ours.value == pytest.approx(A.mean() - 1.02 * B.mean())
    assert ours.interval == pytest.approx(means.mean(A - 1.02 * B).interval)


def test_cluster_robust_coverage() -> None:
    """50 clusters of 20 rows, intra-cluster correlation .1: plain t misses far too often."""
    generator, outside = np.random.default_rng(2), np.zeros(2)
    clusters = np.repeat(np.arange(50), 20)
    for _ in range(500):
        rows = np.sqrt(0.1) * generator.normal(size=50)[clusters]
        rows = rows + np.sqrt(0.9) * generator.normal(size=1_000)
        robust = influence.interval(means.influence(rows), clusters=clusters)
        for at, estimate in enumerate((means.mean(rows), robust)):
            outside[at] += not estimate.lower <= 0 <= estimate.upper
    plain, robust_rate = outside / 500
    assert plain > 0.25
    assert robust_rate == pytest.approx(0.10, abs=0.03)


def test_influence_gives_the_paired_variance() -> None:
    change = influence.contrast(means.influence(A), means.influence(B), factor=0.9)
    assert change.row_variance == pytest.approx(means.paired(A, B, factor=0.9).row_variance)
    assert influence.interval(means.influence(A[:1])).insufficient


def test_degenerate_columns() -> None:
    same = means.paired(A, A)
    assert (same.value, same.interval, same.p_value) == (0, (0, 0), 1)
    assert "identical" in same.method
    assert means.mean(A[:1]).interval == (None, None)
    assert means.mean(A[:1]).insufficient
    assert means.mean(A[:0]).value is None
    assert means.mean(np.full(9, 0.25)).interval == (0.25, 0.25)


def test_variance_over_many_blocks_keeps_its_digits() -> None:
    values = 1e6 + np.random.default_rng(1).normal(size=200_003)
    assert means.mean(values).row_variance == pytest.approx(np.var(values, ddof=1), rel=1e-12)


HOSTILE = np.array([0.0, 1.0, 1e-320, 1e-17, 1 - 1e-16, 0.5, 1e-7, np.nextafter(1, 0)])


@pytest.mark.parametrize("score", [random.random(500), np.tile(HOSTILE, 4), np.full(10, 0.5)])
def test_binary_losses_equal_scikit_learn(score: np.ndarray) -> None:
    positive = np.arange(len(score)) * 7 % 11 < 5
    before = score.copy()
    assert means.binary_log_loss(positive, score).mean() == pytest.approx(
        metrics.log_loss(positive, score), abs=1e-12
    )
    assert means.binary_brier(positive, score).mean() == pytest.approx(
        metrics.brier_score_loss(positive, score), abs=1e-12
    )
    assert np.array_equal(score, before)


@pytest.mark.parametrize("classes", [2, 3, 12])
def test_multiclass_losses_equal_scikit_learn(classes: int) -> None:
    generator = np.random.default_rng(classes)
    codes = np.concatenate((np.arange(classes), generator.integers(0, classes, 300))).astype(
        "int32"
    )
    scores = generator.dirichlet(np.full(classes, 0.05), len(codes))
    scores[0] = np.eye(classes)[1]  # sure, and wrong
    before = scores.copy()
    labels = list(range(classes))
    assert means.multiclass_log_loss(codes, scores).mean() == pytest.approx(
        metrics.log_loss(codes, scores, labels=labels), abs=1e-12
    )
    assert means.multiclass_brier(codes, scores).mean() == pytest.approx(
        metrics.brier_score_loss(codes, scores, labels=labels), abs=1e-12
    )
    assert np.array_equal(scores, before)


def test_absolute_error_equals_scikit_learn() -> None:
    assert means.absolute_error(A, B).mean() == pytest.approx(
        metrics.mean_absolute_error(A, B), abs=1e-12
    )


values = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=30)


@given(rows=values)
def test_swapping_sides_negates_and_mirrors(rows: list[tuple[float, float]]) -> None:
    new, old = (np.array(column) for column in zip(*rows, strict=True))
    one, other = means.paired(new, old), means.paired(old, new)
    assert one.value == -other.value
    assert (one.lower, one.upper) == (-other.upper, -other.lower)
    backwards = means.paired(new[::-1], old[::-1])
    scale = max(1.0, float(np.abs(new - old).max()))
    assert math.isclose(backwards.lower, one.lower, abs_tol=1e-9 * scale)
