"""Own bounds of RMSE and R² where few rows carry the squared errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from mlgate.checks.compare.families import family_of
from mlgate.checks.compare.pair import Pair
from mlgate.metrics import METRICS
from mlgate.model.rows import Rows
from mlgate.stats import bootstrap, influence, squares
from mlgate.stats.bounded import Reach, score_bounds
from mlgate.stats.effective_n import by_unit


def bounded(error: np.ndarray, confidence: float = 0.95) -> tuple[object, object]:
    label = np.zeros(len(error))
    plain = bootstrap.interval(bootstrap.regression(label, error, seed=1)["rmse"])
    return plain, squares.widened_rmse(plain, label, error, confidence=confidence)


def test_it_holds_the_truth_where_resampling_does_not() -> None:
    """Student's t with 3 degrees of freedom: the variance of the squared errors is infinite."""
    random, missed, plainly = np.random.default_rng(3), 0, 0
    for _ in range(100):
        plain, estimate = bounded(random.standard_t(3, 500))
        missed += estimate.upper < math.sqrt(3)
        plainly += plain.upper < math.sqrt(3)
    assert plainly >= 20
    assert missed <= 6


def test_ordinary_errors_of_many_rows_keep_their_interval() -> None:
    plain, estimate = bounded(np.random.default_rng(0).normal(size=20_000))
    assert estimate.lower == plain.lower
    assert estimate.upper - estimate.value == pytest.approx(plain.upper - plain.value, rel=0.1)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_it_follows_the_unit(factor: float) -> None:
    error = np.random.default_rng(1).standard_t(3, 300)
    assert bounded(factor * error)[1].upper == pytest.approx(factor * bounded(error)[1].upper)


def test_exact_predictions_have_no_error() -> None:
    assert bounded(np.zeros(50))[1].interval == (0, 0)


def test_one_row_has_no_bound() -> None:
    assert bounded(np.ones(1))[1].interval == (None, None)


def test_weights_of_one_change_little() -> None:
    error = np.random.default_rng(2).standard_t(3, 400)
    plain, estimate = bounded(error)
    label = np.zeros(400)
    weighted = squares.widened_rmse(plain, label, error, weights=np.ones(400), confidence=0.95)
    assert weighted.upper == pytest.approx(estimate.upper, rel=0.02)


def test_normal_errors_of_few_rows_keep_their_power() -> None:
    """They are not supposed to be twice as large as the largest one seen: half the kurtosis is 1.5."""
    widths = []
    for seed in range(20):
        plain, estimate = bounded(np.random.default_rng(seed).normal(size=1_000))
        widths.append((estimate.upper - estimate.value) / (plain.upper - plain.value))
    assert np.median(widths) < 1.2


@pytest.mark.parametrize("kind", ["weights", "clusters"])
def test_designs_hold_the_truth_where_resampling_does_not(kind: str) -> None:
    random, missed, plainly = np.random.default_rng(5), 0, 0
    for _ in range(60):
        error, label = random.standard_t(3, 600), np.zeros(600)
        design = {
            "weights": {"weights": np.exp(0.5 * random.standard_normal(600))},
            "clusters": {"clusters": np.sort(random.integers(0, 60, 600))},
        }[kind]
        plain = bootstrap.interval(bootstrap.regression(label, error, seed=1, **design)["rmse"])
        estimate = squares.widened_rmse(plain, label, error, confidence=0.95, **design)
        missed += estimate.upper < math.sqrt(3)
        plainly += plain.upper < math.sqrt(3)
    assert plainly >= 12
    assert missed <= 4


def test_r2_holds_the_truth_where_resampling_does_not() -> None:
    random, missed, plainly = np.random.default_rng(7), 0, 0
    for _ in range(100):
        signal = 2 * random.standard_normal(500)
        label = signal + random.standard_t(3, 500)
        drawn = bootstrap.regression(label, signal, seed=1, replicates=500)["r2"]
        plain, metric = bootstrap.interval(drawn), squares.r2(label, signal)
        estimate = squares.widened_r2(plain, metric, signal - label, confidence=0.95)
        missed += estimate.lower > 4 / 7
        plainly += plain.lower > 4 / 7
    assert plainly >= 10
    assert missed <= 8


@pytest.mark.parametrize("design", ["plain", "weights", "clusters"])
@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_changes_that_few_carry_are_no_narrower_than_closed_bounds(
    design: str, metric: str
) -> None:
    random = np.random.default_rng(8)
    label, clusters = random.normal(size=400), np.repeat(np.arange(20), 20)
    old = label + random.normal(size=400)
    new = old + 0.3 * random.standard_t(3, 20)[clusters]
    rows = Rows(
        "regression",
        label,
        new,
        weight=np.exp(random.normal(size=400)) if design == "weights" else None,
        cluster=clusters if design == "clusters" else None,
    )
    pair = Pair(rows, replace(rows, y_pred=old), len, 0.95)
    family = family_of(METRICS[metric].method)
    estimate = family.contrast(pair, 1.0)
    sides = family.influence(pair, "new"), family.influence(pair, "old")
    student = influence.contrast(*sides, weights=rows.weight, clusters=rows.cluster)
    moved = by_unit(sides[0].rows - sides[1].rows, rows.cluster)
    numbers = student.value + len(moved) * moved
    reach = Reach(numbers.min(), numbers.max(), "seen")
    score = score_bounds(numbers, reach)
    assert estimate.lower <= min(student.lower, score.lower)
    assert estimate.upper >= max(student.upper, score.upper)


def test_changes_of_ordinary_errors_keep_their_interval() -> None:
    """No gate on many rows is to be undecided for errors that are not there."""
    random = np.random.default_rng(9)
    label, old = np.zeros(5_000), random.normal(size=5_000)
    new = old + 0.3 * random.normal(size=5_000)
    plain = bootstrap.contrast(bootstrap.regression(label, new, old, seed=1)["rmse"])
    sides = squares.rmse(label, new), squares.rmse(label, old)
    how = {"factor": 1.0, "weights": None, "clusters": None, "confidence": 0.95}
    estimate = squares.widened_change(plain, *sides, **how)
    assert estimate.upper - estimate.lower < 1.05 * (plain.upper - plain.lower)
