"""The bound above an RMSE itself, where few rows carry the squared errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlgate.stats import bootstrap, squares


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
