"""Bounds of means within known limits: the identities, the laws, and where Student's is too bold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlgate.stats import bounded, class_rates, confusion_delta, influence, means, proportions
from mlgate.stats.bounded import Reach, score_bounds
from mlgate.stats.estimate import Estimate, normal_quantile

NUMBERS = hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-1, 1, width=32))


@pytest.mark.parametrize(("right", "n"), [(0, 200), (3, 200), (100, 120), (50, 50)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_of_rates_it_is_wilsons(right: int, n: int, confidence: float) -> None:
    values = np.repeat([1.0, 0.0], [right, n - right])
    found = score_bounds(values, Reach(0, 1, "range"), confidence=confidence)
    wilson = proportions.wilson_bounds(right, n, confidence)
    assert (found.lower, found.upper) == pytest.approx(wilson, abs=1e-9)


@pytest.mark.parametrize(("fixed", "broken", "n"), [(0, 0, 200), (2, 5, 307), (40, 1, 90)])
def test_of_changed_answers_it_is_tangos(fixed: int, broken: int, n: int) -> None:
    values = np.repeat([1.0, -1.0, 0.0], [fixed, broken, n - fixed - broken])
    found = score_bounds(values, Reach(-1, 1, "range"))
    tango = proportions.tango(fixed, broken, n).interval
    assert (found.lower, found.upper) == pytest.approx(tango, abs=1e-9)


@given(NUMBERS, st.floats(0.01, 3), st.floats(0.6, 0.999))
def test_laws(values: np.ndarray, beyond: float, confidence: float) -> None:
    """Around the mean, within the limits, mirrored with its numbers, wider the farther the limits."""
    near, far = Reach(-1, 1, "range"), Reach(-1 - beyond, 1 + beyond, "range")
    found = score_bounds(values, near, confidence=confidence)
    assert -1 <= found.lower <= values.mean() + 1e-7
    assert values.mean() - 1e-7 <= found.upper <= 1
    mirrored = score_bounds(-values, near, confidence=confidence)
    assert (-mirrored.upper, -mirrored.lower) == pytest.approx((found.lower, found.upper), abs=1e-7)
    wider = score_bounds(values, far, confidence=confidence)
    assert wider.lower <= found.lower + 1e-7
    assert wider.upper >= found.upper - 1e-7
    moved = score_bounds(3 * values + 2, Reach(-1, 5, "range"), confidence=confidence)
    assert moved.upper == pytest.approx(3 * found.upper + 2, abs=1e-6)


def test_never_narrower_than_students() -> None:
    values = np.random.default_rng(1).standard_normal(300)
    student, both = means.mean(values), means.mean(values, reach=Reach(-6, 6, "range"))
    assert both.lower <= student.lower
    assert both.upper >= student.upper
    assert both.upper - both.lower < 1.1 * (student.upper - student.lower)


def _passes(n: int, reach: bool) -> float:
    """How often a true loss of just the margin passes: .23 % of exact scores are wrong."""
    rng, passed, margin = np.random.default_rng(5), 0, 0.0023 * 36
    for _ in range(400):
        wrong = rng.random(n) < 0.0023
        score = np.where(wrong, 0.0, 1.0)
        new = means.binary_log_loss(np.ones(n, bool), score)
        old = np.zeros(n) + 1e-3 * rng.random(n)
        possible = bounded.of_possible(means.possible_log_losses(score))
        limits = Reach(-possible.high, possible.high, "predictions") if reach else None
        estimate = means.paired(new, old, reach=limits)
        passed += estimate.upper <= margin
    return passed / 400


def test_losses_that_the_sample_does_not_hold() -> None:
    assert _passes(200, reach=False) > 0.5
    assert _passes(200, reach=True) <= 0.05


def test_equal_weights_and_clusters_of_one_row_are_plain_rows() -> None:
    rng = np.random.default_rng(2)
    values, reach = rng.exponential(size=80), Reach(0, 6, "range")
    metric = means.influence(values)
    plain = score_bounds(values, reach)
    for design in ({"weights": np.full(80, 2.0), "clusters": None},
                   {"weights": None, "clusters": np.arange(80)}):  # fmt: skip
        estimate = influence.interval(metric, **design)
        found = bounded.widened(estimate, metric.rows, reach, confidence=0.95, **design)
        assert found.upper == pytest.approx(max(estimate.upper, plain.upper), rel=0.02)
        assert found.method.endswith(" and score")


CLUSTERS = np.repeat(np.arange(20), 50)


def _answers(change: np.ndarray) -> Estimate:
    """Measure a change of answers in 20 clusters of 50 rows; `change` is −1, 0 or 1 a row."""
    ones = np.ones(1_000, dtype=int)
    sides = [
        confusion_delta.influence(
            class_rates.right_share(), ones, side.astype(int), classes=2, positive=1
        )
        for side in (change >= 0, change <= 0)
    ]
    return influence.contrast(*sides, clusters=CLUSTERS)


def test_clusters_without_a_change_are_units_of_which_the_next_could_turn_whole() -> None:
    z2 = normal_quantile(0.95) ** 2
    assert _answers(np.zeros(1_000)).interval == pytest.approx((-z2 / (20 + z2), z2 / (20 + z2)))
    few = np.where(np.arange(1_000) % 500 == 0, -1, 0)  # in two clusters: as good as none
    lower = _answers(few).lower
    assert lower is not None
    assert lower < -z2 / (20 + z2)


def test_weighted_rows_without_a_change_are_rows_of_which_a_heavy_one_could_turn() -> None:
    z2, weights = normal_quantile(0.95) ** 2, np.where(np.arange(500) < 10, 50.0, 1.0)
    metric, reach = means.influence(np.zeros(500), weights), bounded.Reach(-1.0, 1.0, "range")
    still = influence.interval(metric, weights=weights)
    found = bounded.widened(
        still, metric.rows, reach, weights=weights, clusters=None, confidence=0.95
    )
    far = 500 * 50 / weights.sum() * z2 / (500 + z2)
    assert found.interval == pytest.approx((-far, far))


@pytest.mark.parametrize(("loss", "least", "most"), [(0.0, 0.65, 1.0), (0.0854, 0.0, 0.06)])
def test_twenty_clusters_decide_a_margin(loss: float, least: float, most: float) -> None:
    """Correlation .1, 20 % differ: the margin of power .8; nel gate passes .71 and .02 of these."""
    rng, passed, tries = np.random.default_rng(8), 0, 600
    mean = (1 + loss / 0.2) / 2
    size = mean * (1 - mean) * 8 - 1
    for _ in range(tries):
        worse = rng.random(1_000) < rng.beta(mean * size, (1 - mean) * size, 20)[CLUSTERS]
        change = np.where(rng.random(1_000) < 0.2, np.where(worse, -1, 1), 0)
        passed += (_answers(change).lower or 0) > -0.0854
    assert least <= passed / tries <= most


@given(st.integers(6, 60), st.floats(0.01, 100))
def test_the_farthest_unit_supposed_lies_between_once_and_twice_the_farthest_seen(
    n: int, scale: float
) -> None:
    rows = scale * np.random.default_rng(n).standard_normal(n)
    found = bounded._farthest(rows) / np.abs(rows).max()
    assert 1 <= found <= 2 or found == math.inf
    assert bounded._farthest(np.append(np.zeros(n), rows[:3])) == math.inf
    assert bounded._farthest(np.where(np.arange(n) % 2, 1.0, -1.0)) == 1  # the lightest tails


def test_limits_of_numbers_of_which_none_are_known() -> None:
    old = np.arange(100.0)
    assert bounded.of_numbers(old) == Reach(0, 198, "seen")
    assert bounded.of_numbers(old + 3, old) == Reach(-6, 6, "seen")
    few = old.copy()
    few[:3] += 1
    assert bounded.of_numbers(few, old) == Reach(-99, 99, "few")
    assert bounded.of_range(1, 5) == Reach(1, 5, "range")
    assert bounded.of_range(1, 5, factor=1.1) == Reach(1 - 5.5, 5 - 1.1, "range")


def test_losses_under_every_label() -> None:
    rng = np.random.default_rng(3)
    score, positive = rng.random(50), rng.random(50) < 0.5
    codes = positive.astype(int)
    for possible, loss in (
        (means.possible_log_losses, means.binary_log_loss),
        (means.possible_briers, means.binary_brier),
    ):
        assert possible(score)[np.arange(50), codes] == pytest.approx(loss(positive, score.copy()))
    scores, labels = rng.dirichlet(np.ones(4), 50), rng.integers(4, size=50)
    for possible, loss in (
        (means.possible_log_losses, means.multiclass_log_loss),
        (means.possible_briers, means.multiclass_brier),
    ):
        assert possible(scores)[np.arange(50), labels] == pytest.approx(loss(labels, scores))


@pytest.mark.parametrize("steps", [1, 5, 1_000])
def test_numbers_that_differ_by_a_float_or_so_have_bounds(steps: int) -> None:
    apart = steps * float(np.spacing(0.85))
    values = np.where(np.arange(50) < 5, 0.85 + apart, 0.85)
    score = score_bounds(values, Reach(0.85, 0.85 + apart, "range"), confidence=0.95)
    assert 0.85 <= score.lower <= values.mean() <= score.upper <= 0.85 + apart
