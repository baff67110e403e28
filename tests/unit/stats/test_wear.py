"""How worn a test set is: the check values, the laws, and huge counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.stats.labels import bennett
from mlgate.stats.wear import RED, Use, evaluations_until, nats, wear


@pytest.mark.parametrize(
    ("rows", "margin", "t", "k", "value", "tolerance"),
    [
        (50_000, 0.01, 32, 1, 0.42, 0.0064),
        (50_000, 0.01, 32, 32, 0.93, 0.0097),
        (50_000, 0.01, 200, 1, 0.54, 0.0073),
        (50_000, 0.01, 200, 10, 1.29, 0.0114),
        (50_000, 0.01, 200, 200, 3.57, 0.0194),
        (20_000, 0.02, 200, 1, 0.36, 0.0117),
        (20_000, 0.02, 200, 10, 0.86, 0.0184),
        (5_000, 0.02, 200, 200, 9.43, 0.0682),
    ],
)
def test_the_published_values(
    rows: int, margin: float, t: int, k: int, value: float, tolerance: float
) -> None:
    """Simulated and derived for the design of this project: p = .05, δ = .001."""
    found = wear(Use(t, k), rows, margin, cap=0.05)
    assert found.value == pytest.approx(value, abs=0.005)
    assert found.tolerance == pytest.approx(tolerance, abs=0.00005)


def test_histories_are_counted_exactly() -> None:
    for t, k in ((1, 0), (7, 3), (20, 20)):
        counted = sum(math.comb(t, i) for i in range(k + 1))
        rest = math.log((k + 1) * (k + 2) * (t + 1) * (t + 2) * 2 / 0.001)
        assert nats(Use(t, k)) == pytest.approx(math.log(counted) + rest)


uses = st.integers(1, 5_000).flatmap(lambda t: st.integers(0, min(t, 300)).map(lambda k: Use(t, k)))
shares = st.floats(0.001, 1.0)


@given(uses, st.integers(10, 10**7), shares, shares)
def test_more_use_wears_more_and_rows_wear_less(
    use: Use, rows: int, margin: float, cap: float
) -> None:
    now = wear(use, rows, margin, cap).value
    assert wear(Use(use.evaluations + 1, use.surprises), rows, margin, cap).value > now
    assert wear(Use(use.evaluations + 1, use.surprises + 1), rows, margin, cap).value > now
    assert wear(use, rows * 2, margin, cap).value == pytest.approx(now / 2)


@given(uses, st.integers(10, 10**7), shares, shares)
def test_the_certified_tolerance_is_where_the_wear_would_be_one(
    use: Use, rows: int, margin: float, cap: float
) -> None:
    found = wear(use, rows, margin, cap)
    if found.tolerance is None:
        assert rows * bennett(1.0, cap) < nats(use)
        assert found.value > 1
    else:
        assert wear(use, rows, found.tolerance, cap).value == pytest.approx(1, rel=1e-4)
        if abs(found.value - 1) > 1e-6:
            assert (found.tolerance > margin) == (found.value > 1)


@pytest.mark.parametrize(("rows", "state"), [(100, "worn out"), (10_000, "worn"), (10**6, "fresh")])
def test_states(rows: int, state: str) -> None:
    assert wear(Use(50, 3), rows, 0.02, 0.05).state == state


def test_huge_counts_do_not_overflow() -> None:
    assert math.isfinite(wear(Use(10**6, 10**4), 10**9, 0.01, 0.05).value)


def test_it_is_told_when_a_set_will_be_worn_out() -> None:
    use, rows, margin, cap = Use(100, 2), 50_000, 0.01, 0.05
    until = evaluations_until(use, rows, margin, cap)
    assert until is not None
    assert wear(Use(until, max(3, round(0.02 * until))), rows, margin, cap).value > RED
    earlier = until - 1
    assert wear(Use(earlier, max(3, round(0.02 * earlier))), rows, margin, cap).value <= RED


def test_no_number_is_told_that_nobody_will_live_to_see() -> None:
    assert evaluations_until(Use(1, 0), 10_000_000, 0.05, 0.05) is None
