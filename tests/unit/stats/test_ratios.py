"""Ratios of rates against published intervals and statsmodels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from mlgate.stats.estimate import Estimate
from mlgate.stats.ratios import koopman, mover_ratio, wilson_ratio

TWO_SIDED_95 = 0.975
COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_koopman_published() -> None:
    """36/40 against 16/80: (2.94, 7.15), Koopman (1984), table 2."""
    found = koopman((36, 40), (16, 80), confidence=TWO_SIDED_95)
    assert found.value == pytest.approx(4.5)
    assert found.interval == pytest.approx((2.939572, 7.152050), abs=2e-4)


@pytest.mark.parametrize(
    ("new", "old"), [((36, 40), (16, 80)), ((3, 40), (1, 80)), ((50, 60), (59, 61))]
)
def test_koopman_equals_statsmodels(new: tuple[int, int], old: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(
        *new, *old, compare="ratio", method="score", correction=False
    )
    found = koopman(new, old, confidence=TWO_SIDED_95)
    assert found.interval == pytest.approx(expected, rel=2e-4)


@given(new=COUNTS, old=COUNTS)
def test_swapping_the_samples_gives_the_reciprocals(
    new: tuple[int, int], old: tuple[int, int]
) -> None:
    there, back = koopman(new, old), koopman(old, new)
    if there.value and back.value:
        assert there.value * back.value == pytest.approx(1)
        assert there.lower * back.upper == pytest.approx(1)
        assert there.lower <= there.value <= there.upper
    if new[0] == 0:
        assert there.lower == 0
    if old[0] == 0:
        assert (there.value, there.upper) == (None, None)
        assert there.insufficient == "the rate below is 0"


def test_koopman_knows_a_lower_bound_without_successes_below() -> None:
    found = koopman((3, 10), (0, 20), confidence=TWO_SIDED_95)
    expected = confint_proportions_2indep(
        0, 20, 3, 10, compare="ratio", method="score", correction=False
    )
    assert found.lower == pytest.approx(1 / expected[1], rel=1e-3)


@given(new=COUNTS, old=COUNTS)
def test_mover_holds_the_ratio_and_is_near_koopman(
    new: tuple[int, int], old: tuple[int, int]
) -> None:
    found = wilson_ratio(new, old)
    if old[0] == 0:
        assert found.value is None
        return
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower <= found.value <= found.upper
    if min(new[0], new[1] - new[0], old[0], old[1] - old[0]) >= 5:
        score = koopman(new, old)
        assert math.log(found.lower) == pytest.approx(math.log(score.lower), abs=0.12)
        assert math.log(found.upper) == pytest.approx(math.log(score.upper), abs=0.12)


def test_mover_of_normal_bounds_is_fieller_s() -> None:
    """With symmetric bounds MOVER-R is Fieller's interval (Donner & Zou 2012)."""
    a, b, da, db = 10.0, 5.0, 2.0, 1.0
    found = mover_ratio(Estimate(a, a - da, a + da, 50, "t"), Estimate(b, b - db, b + db, 50, "t"))
    root = math.sqrt((a * b) ** 2 - (a * a - da * da) * (b * b - db * db))
    expected = ((a * b - root) / (b * b - db * db), (a * b + root) / (b * b - db * db))
    assert found.interval == pytest.approx(expected)


def test_correlation_narrows() -> None:
    sides = Estimate(10.0, 8.0, 12.0, 50, "t"), Estimate(5.0, 4.0, 6.0, 50, "t")
    alone, together = mover_ratio(*sides), mover_ratio(*sides, correlation=0.8)
    assert alone.lower < together.lower < 2 < together.upper < alone.upper


def test_what_has_no_ratio() -> None:
    assert koopman((0, 0), (1, 2)).value is None
    assert wilson_ratio((1, 2), (0, 0)).insufficient == "no rows on one side"
    nothing = Estimate(0.0, 0.0, 0.1, 10, "wilson")
    assert mover_ratio(nothing, nothing).insufficient == "the value below is 0"
    unknown = Estimate(0.5, None, None, 10, "t", insufficient="two rows are needed")
    assert mover_ratio(unknown, unknown).insufficient == "two rows are needed"
    open_above = mover_ratio(unknown_free(), Estimate(0.1, 0.0, 0.3, 10, "wilson"))
    assert open_above.upper is None
    assert open_above.lower is not None


def unknown_free() -> Estimate:
    return Estimate(0.5, 0.4, 0.6, 10, "wilson")


def test_huge_counts() -> None:
    found = koopman((10**11, 10**12), (2 * 10**11, 10**12))
    half = 1.6449 * math.sqrt((1 - 0.1) / 1e11 + (1 - 0.2) / 2e11)
    assert found.interval == pytest.approx((0.5 * (1 - half), 0.5 * (1 + half)), rel=1e-9)
