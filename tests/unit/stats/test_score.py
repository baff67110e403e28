"""Arrays of score intervals are those that `proportions` gives one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from mlgate.stats import proportions, score

TAILS = (0.05, 0.005, 1e-6)


@pytest.mark.parametrize("tail", TAILS)
def test_wilson(tail):
    hits, trials = np.array([0.0, 1, 5, 30, 7]), np.array([10.0, 3, 9, 30, 1e6])
    low, high = score.wilson_bounds(hits, trials, tail)
    for i, (x, n) in enumerate(zip(hits, trials, strict=True)):
        wanted = proportions.wilson_bounds(x, n, 1 - tail)
        assert (low[i], high[i]) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("tail", TAILS)
def test_tango(tail):
    fixed, broken = np.array([0.0, 1, 5, 30, 0]), np.array([0.0, 0, 9, 0, 3])
    n = np.array([40.0, 30, 100, 30, 1000])
    low, high = score.tango_bounds(fixed, broken, n, tail)
    for i in range(len(n)):
        one = proportions.tango(int(fixed[i]), int(broken[i]), int(n[i]), confidence=1 - tail)
        assert (low[i], high[i]) == pytest.approx((one.lower, one.upper), abs=1e-9)


@given(
    tail=st.sampled_from([2**-k for k in (2, 4, 10, 20, 40)]),
    rows=st.lists(st.tuples(*[st.integers(0, 10**9)] * 3).filter(any), min_size=1, max_size=5),
    scale=st.sampled_from([1, 10**3, 10**8]),
)
def test_tango_of_any_counts(tail, rows, scale):
    """By steps of Newton's as by halving; (fixed, broken, neither) from single rows to 10⁹."""
    counts = np.array([[-(-x // scale) for x in row] for row in rows])
    fixed, broken, n = (x.astype(float) for x in (counts[:, 0], counts[:, 1], counts.sum(axis=1)))
    low, high = score.tango_bounds(fixed, broken, n, tail)
    for i in range(len(n)):
        one = proportions.tango(int(fixed[i]), int(broken[i]), int(n[i]), confidence=1 - tail)
        assert (low[i], high[i]) == pytest.approx((one.lower, one.upper), abs=1e-12)


@pytest.mark.parametrize("tail", TAILS)
def test_mover_ratio(tail):
    pairs = [
        ((3, 40), (9, 60)),
        ((36, 40), (16, 80)),
        ((0, 40), (9, 60)),
        ((40, 40), (9, 60)),
        ((3, 40), (0, 60)),
    ]
    for new, old in pairs:
        sides = []
        for hits, n in (new, old):
            bounds = score.wilson_bounds(np.array([hits]), np.array([n]), tail)
            sides.append((np.array([hits / n]), *bounds))
        low, high = (float(bound[0]) for bound in score.mover_ratio_bounds(*sides))
        if old[0] == 0:
            assert high == np.inf
            continue
        assert low <= new[0] / new[1] / (old[0] / old[1]) <= high
        if tail == TAILS[0] and 5 <= new[0] < new[1]:
            expected = confint_proportions_2indep(
                *new, *old, compare="ratio", method="score", correction=False, alpha=2 * tail
            )
            assert np.log((low, high)) == pytest.approx(np.log(expected), abs=0.12)


def test_mover_ratio_of_normal_bounds_is_fieller_s():
    """With symmetric bounds MOVER-R is Fieller's interval (Donner & Zou 2012)."""
    a, b, da, db = 10.0, 5.0, 2.0, 1.0
    sides = [tuple(np.array([x]) for x in (m, m - d, m + d)) for m, d in ((a, da), (b, db))]
    root = np.sqrt((a * b) ** 2 - (a * a - da * da) * (b * b - db * db))
    below = b * b - db * db
    low, high = score.mover_ratio_bounds(*sides)
    assert (low[0], high[0]) == pytest.approx(((a * b - root) / below, (a * b + root) / below))


def test_no_trials_are_undefined():
    nothing = np.zeros(1)
    assert np.isnan(score.wilson_bounds(nothing, nothing, 0.05)).all()
    assert np.isnan(score.tango_bounds(nothing, nothing, nothing, 0.05)).all()
