"""The search for slices that got worse finds what is there and, mostly, nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats.proportions import mcnemar_midp
from mlgate.stats.slice_search import search


def draw(n, rng, kinds=(4, 3, 2)):
    return [(rng.integers(0, k, n), k) for k in kinds]


def noise(n, rng):
    return rng.choice([-1.0, 0.0, 1.0], n, p=[0.03, 0.94, 0.03])


@pytest.mark.parametrize("kind", ["sign", "number"])
def test_nothing_is_listed_where_nothing_changed(kind):
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(150):
        change = noise(2000, rng) if kind == "sign" else rng.standard_t(5, 2000)
        alarms += bool(search(draw(2000, rng), change).worse)
    assert alarms / 150 <= 0.08


@pytest.mark.parametrize("kind", ["sign", "number"])
def test_a_pair_of_levels_is_found(kind):
    rng = np.random.default_rng(1)
    columns = draw(6000, rng)
    hurt = (columns[0][0] == 2) & (columns[2][0] == 1)
    change = noise(6000, rng) if kind == "sign" else rng.normal(size=6000)
    if kind == "sign":
        change[hurt & (rng.random(6000) < 0.2)] = -1
    else:
        change[hurt] -= 0.5
    found = search(columns, change)
    assert found.worse[0].levels in (((0, 2), (2, 1)), ((0, 2),))
    assert ((0, 2), (2, 1)) in [one.levels for one in found.worse]
    assert found.tested == 4 + 3 + 2 + 12 + 8 + 6


def test_a_pair_that_adds_nothing_is_left_out():
    columns = [(np.repeat([0, 1], 500), 2), (np.tile([0, 1], 500), 2)]
    change = np.where(columns[0][0] == 1, -1.0, 0.0)
    found = [one.levels for one in search(columns, change).worse]
    assert found == [((0, 1),), ((1, 0),), ((1, 1),), ((0, 1), (1, 0)), ((0, 1), (1, 1))][:3]


def test_the_sign_test_is_mcnemar_s():
    change = np.r_[np.full(3, 1.0), np.full(12, -1.0), np.zeros(85)]
    found = search([(np.zeros(100, dtype=int), 1)], change)
    assert found.worse[0].p_value == pytest.approx(mcnemar_midp(3, 12) / 2)


def test_small_slices_and_missing_values_are_not_tested():
    codes = np.r_[np.zeros(70), np.ones(20), np.full(10, -1)].astype(int)
    found = search([(codes, 2)], np.full(100, -1.0))
    assert [(one.levels, one.n) for one in found.worse] == [(((0, 0),), 70)]
    assert found.tested == 1


def test_rows_that_all_change_alike():
    columns = [(np.zeros(50, dtype=int), 1)]
    assert search(columns, np.full(50, -0.25)).worse[0].p_value == 0
    assert search(columns, np.full(50, 0.25)).worse == ()


def test_no_column():
    assert search([], np.zeros(5)).tested == 0
