"""Multiplicity, power, seeds: against statsmodels and published figures; and no NumPy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mlgate.stats import multiplicity, power, seeds


def test_gates_need_no_numpy() -> None:
    code = (
        "import sys, mlgate.stats.multiplicity, mlgate.stats.power, mlgate.stats.proportions;"
        "sys.exit('numpy' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(max_examples=25)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrections_equal_statsmodels(p: list[float]) -> None:
    assert multiplicity.holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
    assert multiplicity.benjamini_hochberg(p) == pytest.approx(
        multipletests(p, method="fdr_bh")[1], abs=1e-12
    )


def test_corrections_of_nothing() -> None:
    assert multiplicity.holm([]) == multiplicity.benjamini_hochberg([]) == []


def test_rows_needed_published() -> None:
    assert power.rows_needed(0.05, 0.01, confidence=0.95, power=0.99) == 7_886


@given(
    variance=st.floats(1e-4, 10),
    distance=st.floats(1e-3, 1),
    chance=st.floats(0.5, 0.999),
)
def test_rows_needed_and_smallest_effect_agree(
    variance: float, distance: float, chance: float
) -> None:
    rows = power.rows_needed(variance, distance, power=chance)
    assert rows == power.rows_needed(variance, -distance, power=chance)
    assert power.smallest_effect(variance, rows, power=chance) <= distance * (1 + 1e-9)
    if rows > 1:
        assert power.smallest_effect(variance, rows - 1, power=chance) > distance * (1 - 1e-9)


def test_power_is_reached() -> None:
    """z-test of a mean .1 below the margin: simulated power is the one asked for."""
    rows = power.rows_needed(1.0, 0.1, power=0.8)
    chance = stats.norm.sf(stats.norm.ppf(0.95) - 0.1 * np.sqrt(rows))
    assert chance == pytest.approx(0.8, abs=0.002)


def test_out_of_reach() -> None:
    assert power.rows_needed(1.0, 0.0) is None
    assert power.rows_needed(float("inf"), 0.1) is None
    assert power.rows_needed(1.0, 1e-12) is None
    assert power.rows_needed(0.0, 0.1) == 1
    assert power.smallest_effect(1.0, 0) is None


NEW, OLD = [0.81, 0.83, 0.82, 0.85], [0.80, 0.81, 0.79]


def test_seeds_without_test_variance_are_welch() -> None:
    ours = seeds.welch_over_seeds(NEW, OLD, test_variance=0.0, n=1_000)
    theirs = stats.ttest_ind(NEW, OLD, equal_var=False)
    assert ours.interval == pytest.approx(tuple(theirs.confidence_interval(0.90)), rel=1e-10)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-10)


def test_seeds_alone_false_alarm_and_test_rows_mend_it() -> None:
    """Notes' figure: n 1,000, disagreement 4 %, seed sd .3 points, 5 seeds: .52 becomes .05."""
    random = np.random.default_rng(1)
    alarms = {0.0: 0, 0.04 / 1_000: 0}
    repetitions = 1_000
    for _ in range(repetitions):
        shared = random.normal(scale=np.sqrt(0.04 / 1_000))
        new = random.normal(0.9 + shared, 0.003, 5)
        old = random.normal(0.9, 0.003, 5)
        for variance in alarms:
            estimate = seeds.welch_over_seeds(
                new.tolist(), old.tolist(), test_variance=variance, n=1_000
            )
            alarms[variance] += estimate.p_value < 0.05
    alone, together = (count / repetitions for count in alarms.values())
    assert alone > 0.35
    assert together == pytest.approx(0.05, abs=0.025)


def test_nadeau_bengio_by_its_formula() -> None:
    d = [0.01, 0.03, -0.01, 0.02, 0.02]
    ours = seeds.nadeau_bengio(d, train_rows=900, test_rows=100)
    error = np.sqrt(np.var(d, ddof=1) * (1 / 5 + 100 / 900))
    half = stats.t.ppf(0.95, 4) * error
    assert ours.interval == pytest.approx((np.mean(d) - half, np.mean(d) + half), rel=1e-10)
    assert ours.p_value == pytest.approx(2 * stats.t.sf(np.mean(d) / error, 4), rel=1e-9)


def test_too_few_or_constant_seeds() -> None:
    assert seeds.welch_over_seeds([0.8], OLD, test_variance=1e-4, n=10).insufficient
    assert seeds.nadeau_bengio([0.1], train_rows=9, test_rows=1).interval == (None, None)
    same = seeds.welch_over_seeds([0.5, 0.5], [0.5, 0.5], test_variance=0.0, n=10)
    assert same.interval == (0, 0)
    constant = seeds.nadeau_bengio([0.25, 0.25], train_rows=9, test_rows=1)
    assert constant.interval == (None, None)
    assert constant.insufficient
