"""Weights and clusters in closed forms: against scikit-learn, repetition and resampling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics
from tests.unit.stats.count_metrics import COUNTED

from mlgate.stats import auc, bootstrap, calibration, confusion_delta, influence, means, squares
from mlgate.stats.effective_n import units
from mlgate.stats.influence import Influence
from mlgate.stats.row_hashes import content_order
from mlgate.stats.seeds import over_seeds, welch_over_seeds

SCORED = st.lists(
    st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=4, max_size=40
)


def columns(rows: list[tuple[bool, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    positive, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    return positive, score / 5, weight.astype(np.float64)


@given(rows=SCORED)
def test_weighted_ranks_are_those_of_repeated_rows(rows: list[tuple[bool, int, int]]) -> None:
    positive, score, weight = columns(rows)
    times = weight.astype(int)
    for measure in (auc.roc_auc, auc.average_precision):
        ours = measure(positive, score, None, weight)
        repeated = measure(np.repeat(positive, times), np.repeat(score, times))
        if repeated.value is None:
            assert ours.value is None
        else:
            assert ours.value == pytest.approx(repeated.value)
            assert np.isfinite(ours.rows).all()


@given(rows=SCORED)
def test_equal_weights_are_no_weights(rows: list[tuple[bool, int, int]]) -> None:
    positive, score, _ = columns(rows)
    for measure in (auc.roc_auc, auc.average_precision):
        plain = measure(positive, score)
        weighted = measure(positive, score, None, np.full(len(positive), 2.5))
        assert weighted.value == pytest.approx(plain.value)
        assert weighted.rows == pytest.approx(plain.rows, abs=1e-12)
        assert weighted.insufficient == plain.insufficient


@given(rows=SCORED, power=st.integers(2, 5))
def test_monotone_changes_of_the_score_are_none(
    rows: list[tuple[bool, int, int]], power: int
) -> None:
    positive, score, weight = columns(rows)
    one = auc.roc_auc(positive, score, None, weight)
    other = auc.roc_auc(positive, score**power, None, weight)
    assert one.value == other.value
    assert (one.rows == other.rows).all()


@pytest.mark.parametrize("digits", [1, 6])
def test_weighted_values_equal_scikit_learn(digits: int) -> None:
    random = np.random.default_rng(0)
    positive = random.random(500) < 0.3
    score = (random.random(500) / 2 + positive / 3).round(digits)
    weight = random.random(500)
    ours = auc.roc_auc(positive, score, None, weight).value
    assert ours == pytest.approx(metrics.roc_auc_score(positive, score, sample_weight=weight))
    ours = auc.average_precision(positive, score, None, weight).value
    theirs = metrics.average_precision_score(positive, score, sample_weight=weight)
    assert ours == pytest.approx(theirs)


def test_influence_values_are_derivatives_by_the_weights() -> None:
    random = np.random.default_rng(1)
    n, step = 60, 1e-6
    positive, score = random.random(n) < 0.4, random.random(n).round(1)
    label, guess = positive.astype(int), (score > 0.5).astype(int)
    y, x = random.normal(size=n), random.normal(size=n)

    measures = {
        "ap": lambda w: auc.average_precision(positive, score, None, w),
        "f1": lambda w: confusion_delta.influence(
            COUNTED["f1_macro"], label, guess, classes=2, weights=w
        ),
        "rmse": lambda w: squares.rmse(y, x, w),
        "r2": lambda w: squares.r2(y, x, w),
        "ece": lambda w: calibration.ece_influence(positive, score, weights=w),
    }
    weight = random.random(n) + 0.5
    for name, measure in measures.items():
        found = measure(weight)
        for row in (0, 17, 59):
            up, down = weight.copy(), weight.copy()
            up[row] += step
            down[row] -= step
            slope = (measure(up).value - measure(down).value) / (2 * step)
            assert found.rows[row] == pytest.approx(slope * weight[row], abs=1e-7), name


def test_regression_values_equal_scikit_learn() -> None:
    random = np.random.default_rng(2)
    (y, x), weight = random.normal(size=(2, 300)), random.random(300)
    expected = {
        "rmse": metrics.root_mean_squared_error(y, x, sample_weight=weight),
        "r2": metrics.r2_score(y, x, sample_weight=weight),
    }
    resampled = bootstrap.regression(y, x, seed=1, weights=weight)
    for name, value in expected.items():
        assert getattr(squares, name)(y, x, weight).value == pytest.approx(value)
        assert resampled[name].value == pytest.approx(value)


def test_squares_at_their_ends() -> None:
    y = np.arange(5.0)
    assert squares.rmse(y, y).value == 0
    assert (squares.rmse(y, y).rows == 0).all()
    assert squares.r2(np.ones(5), y).value is None


@pytest.mark.parametrize("groups", [30, 25_000])
def test_cluster_resampling_equals_cluster_robust_spread(groups: int) -> None:
    random = np.random.default_rng(3)
    cluster = np.repeat(np.arange(groups), 3)
    n = len(cluster)
    y = random.normal(size=n)
    x = y + random.normal(size=groups)[cluster] + 0.3 * random.normal(size=n)
    found = bootstrap.interval(bootstrap.regression(y, x, seed=1, clusters=cluster)["rmse"])
    closed = influence.interval(squares.rmse(y, x), clusters=cluster)
    assert found.row_variance == pytest.approx(closed.row_variance, rel=0.25)
    assert found.method.endswith(", by cluster")


@given(weight=st.lists(st.floats(0.001, 1e6), min_size=2, max_size=30), scale=st.floats(0.01, 1e6))
def test_units_know_no_scale(weight: list[float], scale: float) -> None:
    column = np.array(weight)
    found = units(len(column), column)
    assert 1 - 1e-9 <= found.count <= len(column) + 1e-6
    assert units(len(column), column * scale).count == pytest.approx(found.count)


def test_units() -> None:
    assert units(7).count == 7
    assert math.isinf(units(7).df)
    even = units(60, None, np.arange(60) % 20)
    assert (even.count, even.df, even.insufficient) == (pytest.approx(20), 19, None)
    assert even.quantile(0.95) == pytest.approx(stats.t.ppf(0.95, 19))
    assert units(3, np.zeros(3)).count == 0
    assert "so unequal" in units(500, None, np.maximum(np.arange(500) - 470, 0)).insufficient


def test_a_weighted_mean_is_the_ratio_estimator() -> None:
    random = np.random.default_rng(4)
    values, weight = random.normal(size=200), random.random(200)
    found = influence.interval(means.influence(values, weight), weights=weight)
    average = np.average(values, weights=weight)
    worth = weight.sum() ** 2 / (weight**2).sum()
    variance = ((weight * (values - average)) ** 2).sum() / weight.sum() ** 2 * worth / (worth - 1)
    half = stats.t.ppf(0.95, worth - 1) * math.sqrt(variance)
    assert found.interval == pytest.approx((average - half, average + half))


def test_undefined_and_single() -> None:
    nothing = Influence(None, np.zeros(3), "delta", "no rows")
    assert influence.interval(nothing).insufficient == "no rows"
    assert means.influence(np.ones(3), np.zeros(3)).value is None
    one = influence.interval(
        means.influence(np.array([0.3]), None), clusters=np.zeros(1, dtype=int)
    )
    assert one.interval == (None, None)
    assert one.insufficient is not None
    label = np.zeros(4, dtype=int)
    found = confusion_delta.influence(COUNTED["recall"], label, label, classes=2, positive=1)
    assert (found.value, found.insufficient) == (
        None,
        "recall is 0/0: no row has the label of class 1",
    )


def test_extreme_weights_do_not_overflow() -> None:
    random = np.random.default_rng(5)
    positive, score = random.random(400) < 0.5, random.random(400)
    weight = 10 ** random.uniform(-150, 140, 400)
    for metric in (
        auc.roc_auc(positive, score, None, weight),
        auc.average_precision(positive, score, None, weight),
        means.influence(score, weight),
    ):
        assert metric.value is None or 0 <= metric.value <= 1
        assert np.isfinite(metric.rows).all()


@given(rows=st.lists(st.tuples(st.integers(0, 3), st.floats(-1, 1)), min_size=1, max_size=50))
def test_content_order_does_not_depend_on_the_order(rows: list[tuple[int, float]]) -> None:
    found = [np.array(column) for column in zip(*rows, strict=True)]
    turned = [column[::-1] for column in found]
    for one, other in zip(found, turned, strict=True):
        assert (one[content_order(found)] == other[content_order(turned)]).all()


def test_seeds_with_a_factor_and_alone() -> None:
    new, old = [0.90, 0.92, 0.91], [0.88, 0.90, 0.89, 0.91]
    found = welch_over_seeds(new, old, test_variance=0, n=10**9, factor=1.02)
    scaled = stats.ttest_ind(new, np.array(old) * 1.02, equal_var=False).confidence_interval(0.9)
    assert found.interval == pytest.approx((scaled.low, scaled.high), rel=1e-6)
    assert found.p_value is None
    alone = over_seeds(new, test_variance=0, n=10**9)
    half = stats.t.ppf(0.95, 2) * np.std(new, ddof=1) / math.sqrt(3)
    assert alone.interval == pytest.approx((0.91 - half, 0.91 + half))
    assert over_seeds([0.9], test_variance=0.1, n=10).insufficient is not None
    assert over_seeds(new, test_variance=math.inf, n=10).interval == (None, None)


def test_seeds_with_tiny_variances_have_degrees_of_freedom() -> None:
    found = over_seeds([1e-100, 2e-100], test_variance=0.0, n=10)
    assert found.interval[0] is not None
