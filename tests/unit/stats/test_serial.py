"""How often the check of neighbours in time warns, with and without anything to warn of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.stats.serial import lag_one

LAWS = {
    "normal": lambda random, n: random.normal(size=n),
    "absolute errors": lambda random, n: np.abs(random.normal(size=n)),
    "heavy tails": lambda random, n: np.abs(random.standard_t(3, size=n)),
    "half wrong": lambda random, n: (random.random(n) < 0.5).astype(float),
    "one in ten wrong": lambda random, n: (random.random(n) < 0.1).astype(float),
    "one in a hundred wrong": lambda random, n: (random.random(n) < 0.01).astype(float),
}


def p_values(law: str, n: int, draws: int, ties: int = 1) -> np.ndarray:
    random = np.random.default_rng(1)
    time = np.arange(n) // ties * 1.0
    found = (lag_one(LAWS[law](random, n), time) for _ in range(draws))
    return np.array([1.0 if one is None else one.p for one in found])


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("law", LAWS)
def test_independent_rows_are_noticed_as_rarely_as_promised(law: str, n: int) -> None:
    draws = 2_000
    for level in (0.05, 0.001):
        alarms = int((p_values(law, n, draws) < level).sum())
        allowed = level * draws
        assert alarms <= 1.4 * allowed + 4 * allowed**0.5 * 0.9, (law, n, level, alarms)


@pytest.mark.parametrize("law", ["normal", "one in ten wrong"])
def test_rows_of_one_time_make_no_more_alarms(law: str) -> None:
    assert (p_values(law, 1000, 1000, ties=10) < 0.05).mean() <= 0.06


def autoregression(random: np.random.Generator, n: int, rho: float) -> np.ndarray:
    values, steps = np.empty(n), random.normal(size=n) * (1 - rho**2) ** 0.5
    values[0] = random.normal()
    for i in range(1, n):
        values[i] = rho * values[i - 1] + steps[i]
    return values


def test_an_autoregression_is_noticed_with_its_correlation() -> None:
    random = np.random.default_rng(0)
    found = [lag_one(autoregression(random, 1000, 0.6), np.arange(1000.0)) for _ in range(50)]
    assert all(one is not None and one.p < 1e-6 for one in found)
    values = [one.value for one in found if one is not None]
    assert np.mean(values) == pytest.approx(0.6, abs=0.03)
    assert found[0] is not None
    assert found[0].widening == pytest.approx(2.0, rel=0.15)  # √(1.6 / 0.4)


def test_the_widening_is_that_of_a_mean() -> None:
    random = np.random.default_rng(0)
    means = [autoregression(random, 500, 0.5).mean() for _ in range(2_000)]
    assert np.std(means) * 500**0.5 == pytest.approx(3**0.5, rel=0.06)  # √(1.5 / 0.5)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=3, max_size=30))
def test_the_order_in_the_file_changes_nothing(rows: list[tuple[int, int]]) -> None:
    time, values = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    first, second = lag_one(values, time), lag_one(values[::-1], time[::-1])
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first.value == pytest.approx(second.value)
        assert first.p == pytest.approx(second.p)


def test_values_that_are_all_alike_have_no_correlation() -> None:
    assert lag_one(np.ones(50), np.arange(50.0)) is None
