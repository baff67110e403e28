"""AUC, DeLong and average precision against scikit-learn and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mlgate.stats import auc
from mlgate.stats.influence import Influence
from mlgate.stats.ranking import rank


def make(
    n: int, seed: int, digits: int | None = None, share: float = 0.4
) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    positive = random.random(n) < share
    base = random.normal(size=n) + positive
    scores = [1 / (1 + np.exp(-base - random.normal(size=n))) for _ in range(2)]
    return (positive, *(s if digits is None else np.round(s, digits) for s in scores))


def delong(positive: np.ndarray, scores: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """DeLong et al. (1988), equations as printed, O(n²)."""
    v10, v01 = [], []
    for score in scores:
        x, y = score[positive][:, None], score[~positive][None, :]
        psi = (x > y) + 0.5 * (x == y)
        v10.append(psi.mean(axis=1))
        v01.append(psi.mean(axis=0))
    covariance = np.cov(v10) / len(v10[0]) + np.cov(v01) / len(v01[0])
    return np.array([v.mean() for v in v10]), covariance


@pytest.mark.parametrize("digits", [None, 2, 1, 0])
@pytest.mark.parametrize("n", [60, 700])
def test_delong_equals_brute_force(n: int, digits: int | None) -> None:
    positive, a, b = make(n, n, digits)
    new, old = auc.roc_auc(positive, a), auc.roc_auc(positive, b)
    values, covariance = delong(positive, [a, b])
    assert [new.value, old.value] == pytest.approx(values, abs=1e-12)
    ours = [[x.rows @ y.rows for y in (new, old)] for x in (new, old)]
    assert np.allclose(ours, covariance, rtol=1e-10, atol=1e-16)
    for factor in (1.0, 0.98):
        estimate = auc.contrast(new, old, factor=factor)
        weights = np.array([1, -factor])
        assert estimate.row_variance == pytest.approx(n * weights @ covariance @ weights)
        half = 1.6448536269514722 * np.sqrt(estimate.row_variance / n)
        assert estimate.lower <= estimate.value <= estimate.upper
        width = (estimate.upper - estimate.lower) / (2 * half)
        assert 0.97 < width < (1.12 if n == 700 else 1.6)


@pytest.mark.parametrize("digits", [None, 3, 1])
@pytest.mark.parametrize("n", [2, 50, 3_000, 60_000])
def test_values_equal_scikit_learn(n: int, digits: int | None) -> None:
    positive, score, _ = make(n, 11, digits)
    positive[:2] = [True, False]
    assert auc.roc_auc(positive, score).value == pytest.approx(
        metrics.roc_auc_score(positive, score), abs=1e-12
    )
    assert auc.average_precision(positive, score).value == pytest.approx(
        metrics.average_precision_score(positive, score), abs=1e-12
    )


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_one_vs_rest_equals_scikit_learn(classes: int) -> None:
    random = np.random.default_rng(classes)
    codes = np.concatenate((np.arange(classes), random.integers(0, classes, 800)))
    scores = random.dirichlet(np.ones(classes), len(codes))
    scores[np.arange(len(codes)), codes] += 0.1
    scores /= scores.sum(axis=1, keepdims=True)
    ours = auc.roc_auc_ovr(codes, scores)
    if classes == 2:
        expected = metrics.roc_auc_score(codes, scores[:, 1])
        binary = auc.roc_auc(codes == 1, scores[:, 1])
        assert np.allclose(ours.rows, binary.rows, atol=1e-15)
    else:
        expected = metrics.roc_auc_score(codes, scores, multi_class="ovr", average="macro")
    assert ours.value == pytest.approx(expected, abs=1e-12)


def test_one_vs_rest_variance_equals_the_bootstrap() -> None:
    random = np.random.default_rng(5)
    codes = random.integers(0, 3, 900)
    scores = random.dirichlet(np.ones(3), 900)
    scores[np.arange(900), codes] += 0.3
    scores /= scores.sum(axis=1, keepdims=True)
    draws = []
    for _ in range(400):
        rows = random.integers(0, 900, 900)
        draws.append(auc.roc_auc_ovr(codes[rows], scores[rows]).value)
    analytic = float(np.sum(auc.roc_auc_ovr(codes, scores).rows ** 2))
    assert analytic == pytest.approx(np.var(draws), rel=0.2)


def test_average_precision_variance_equals_the_bootstrap() -> None:
    positive, a, b = make(1_500, 3, share=0.15)
    new, old = auc.average_precision(positive, a), auc.average_precision(positive, b)
    random = np.random.default_rng(0)
    draws = []
    for _ in range(300):
        rows = random.integers(0, 1_500, 1_500)
        draws.append([metrics.average_precision_score(positive[rows], s[rows]) for s in (a, b)])
    expected = np.cov(np.transpose(draws))
    ours = np.array([[x.rows @ y.rows for y in (new, old)] for x in (new, old)])
    assert np.allclose(ours, expected, rtol=0.25)


def test_average_precision_influence_is_the_derivative() -> None:
    positive, score, _ = make(60, 8, digits=1)
    ours = auc.average_precision(positive, score)
    step = 1e-6
    for row in range(0, 60, 7):
        weight = np.ones(60)
        weight[row] += step
        moved = metrics.average_precision_score(positive, score, sample_weight=weight)
        assert (moved - ours.value) / step == pytest.approx(ours.rows[row], abs=1e-5)


scores = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60
)


@given(rows=scores, seed=st.integers(0, 9))
def test_laws(rows: list[tuple[bool, int, int]], seed: int) -> None:
    """Swapping sides mirrors, row order is nothing, a monotone change of scores is nothing."""
    positive, a, b = (np.array(column) for column in zip(*rows, strict=True))
    a, b = a / 8, b / 8
    new, old = auc.roc_auc(positive, a), auc.roc_auc(positive, b)
    if positive.all() or not positive.any():
        assert new.value is None
        assert auc.contrast(new, old).interval == (None, None)
        assert auc.interval(new).insufficient
        return
    one, other = auc.contrast(new, old), auc.contrast(old, new)
    assert one.value == pytest.approx(-other.value, abs=1e-15)
    assert one.lower == pytest.approx(-other.upper, abs=1e-12)
    order = np.random.default_rng(seed).permutation(len(rows))
    shuffled = auc.contrast(
        auc.roc_auc(positive[order], a[order]), auc.roc_auc(positive[order], b[order])
    )
    assert shuffled.interval == pytest.approx(one.interval, abs=1e-12)
    assert np.allclose(auc.roc_auc(positive, np.exp(3 * a)).rows, new.rows, atol=1e-15)
    single = auc.interval(new)
    assert 0 <= single.lower <= single.value <= single.upper <= 1


def test_identical_rankings_are_no_change() -> None:
    positive, a, _ = make(400, 1)
    estimate = auc.contrast(auc.roc_auc(positive, a), auc.roc_auc(positive, a**3))
    assert (estimate.value, estimate.interval) == (0, (0, 0))
    assert estimate.p_value == 1
    assert "identical" in estimate.method


def test_perfect_ranking_is_not_certain() -> None:
    positive = np.arange(200) >= 100
    estimate = auc.interval(auc.roc_auc(positive, np.linspace(0, 1, 200)))
    assert (estimate.value, estimate.upper) == (1, 1)
    assert 0.95 < estimate.lower < 0.98


def test_all_scores_equal() -> None:
    positive = np.arange(200) >= 100
    metric = auc.roc_auc(positive, np.full(200, 0.3))
    assert metric.value == 0.5
    assert metric.insufficient is None


@pytest.mark.parametrize(("m", "k", "enough"), [(50, 50, True), (49, 900, False), (900, 49, False)])
def test_fifty_of_each_class(m: int, k: int, enough: bool) -> None:
    positive = np.arange(m + k) < m
    metric = auc.roc_auc(positive, np.random.default_rng(0).random(m + k))
    assert (metric.insufficient is None) is enough
    assert (auc.contrast(metric, metric).insufficient is None) is enough


def test_one_row_is_undefined() -> None:
    metric = auc.roc_auc(np.array([True]), np.array([0.4]))
    assert auc.interval(metric).value is None
    assert auc.interval(metric).insufficient == "no row of the negative class"


def test_clusters_widen_the_interval() -> None:
    """Every row five times: clusters give the variance of the distinct rows."""
    positive, a, b = make(400, 2)
    clusters = np.tile(np.arange(400), 5)
    from mlgate.stats import influence

    many = [auc.roc_auc(np.tile(positive, 5), np.tile(s, 5)) for s in (a, b)]
    few = [auc.roc_auc(positive, s) for s in (a, b)]
    robust = influence.contrast(many[0], many[1], clusters=clusters)
    plain = auc.contrast(few[0], few[1])
    assert robust.value == pytest.approx(plain.value, abs=1e-12)
    assert robust.upper - robust.lower == pytest.approx(plain.upper - plain.lower, rel=0.02)
    assert "cluster" in robust.method


def test_few_clusters_are_insufficient() -> None:
    from mlgate.stats import influence

    metric = Influence(0.5, np.full(40, 0.01), "delong")
    few = influence.interval(metric, clusters=np.arange(40) % 4)
    assert few.insufficient == "only 4 clusters, 20 are needed"
    one = influence.interval(metric, clusters=np.zeros(40, dtype=int))
    assert one.interval == (None, None)


def test_ranking_can_be_handed_in() -> None:
    positive, a, _ = make(500, 4, digits=2)
    ranking = rank(a)
    assert auc.roc_auc(positive, a, ranking).value == auc.roc_auc(positive, a).value


@pytest.mark.parametrize("digits", [None, 1])
def test_delong_equals_confidenceinterval(digits: int | None) -> None:
    """An independent implementation (Sun & Xu's by midranks, in single precision)."""
    from confidenceinterval.delong import delong_roc_variance, fastDeLong

    positive, a, b = make(600, 17, digits)
    order = np.argsort(~positive, kind="stable")
    sides = [auc.roc_auc(positive, score) for score in (a, b)]
    values, covariance = fastDeLong(np.stack([a, b])[:, order], int(positive.sum()), None)
    assert [one.value for one in sides] == pytest.approx(values, rel=1e-5)
    ours = [[x.rows @ y.rows for y in sides] for x in sides]
    assert np.allclose(ours, covariance, rtol=1e-4)
    value, variance = delong_roc_variance(positive.astype(int), a)
    assert sides[0].value == pytest.approx(value, rel=1e-5)
    assert auc.interval(sides[0]).row_variance == pytest.approx(600 * float(variance), rel=1e-4)


def test_near_one_a_loss_of_the_margin_does_not_pass() -> None:
    """AUC .99 → .98, 100 and 900 rows: DeLong's bounds pass a seventh of such samples."""
    rng = np.random.default_rng(20261128)
    positive = np.repeat([True, False], [100, 900])
    passed, plain, z = 0, 0, 1.645
    for _ in range(250):
        base, noise = rng.normal(size=(2, 1_000))
        blurred = 0.9 * base + np.sqrt(0.19) * noise
        new, old = (
            auc.roc_auc(positive, score + distance * positive)
            for score, distance in ((blurred, 2.9045), (base, 3.2899))
        )
        estimate = auc.contrast(new, old)
        passed += estimate.lower >= -0.01
        plain += estimate.value - z * np.sqrt(np.sum((new.rows - old.rows) ** 2)) >= -0.01
    assert passed / 250 <= 0.06
    assert plain / 250 > 0.1


def test_two_perfect_samples_are_not_certain() -> None:
    positive = np.repeat([True, False], 60)
    rng = np.random.default_rng(1)
    new, old = (auc.roc_auc(positive, positive + 0.1 * rng.random(120)) for _ in range(2))
    assert new.value == old.value == 1
    low, high = auc.contrast(new, old).interval
    assert low < -0.04
    assert high > 0.04


def test_the_same_ranking_by_other_scores_has_not_changed() -> None:
    positive, score, _ = make(300, 4)
    new, old = auc.roc_auc(positive, np.exp(score)), auc.roc_auc(positive, score)
    assert auc.contrast(new, old).interval == (0, 0)


def test_a_cluster_of_one_row_is_a_row() -> None:
    positive, a, b = make(400, 5)
    new, old = auc.roc_auc(positive, a), auc.roc_auc(positive, b)
    plain, clustered = auc.contrast(new, old), auc.contrast(new, old, clusters=np.arange(400))
    assert clustered.interval == pytest.approx(plain.interval, rel=0.02)
    plain, clustered = auc.interval(new), auc.interval(new, clusters=np.arange(400))
    assert clustered.interval == pytest.approx(plain.interval, rel=0.01)
