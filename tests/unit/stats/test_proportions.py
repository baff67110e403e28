"""Score intervals of rates against statsmodels, brute force and their own laws."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from mlgate.stats.proportions import mcnemar_midp, newcombe, paired_contrast, tango, wilson

counts = st.integers(0, 400)


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 30), (7, 30), (30, 30), (5, 9999)]
)
def test_wilson_equals_statsmodels(successes: int, n: int) -> None:
    ours = wilson(successes, n, confidence=0.95)
    assert ours.interval == pytest.approx(
        proportion_confint(successes, n, alpha=0.10, method="wilson"), abs=1e-12
    )


def test_wilson_ends_are_exact() -> None:
    assert wilson(0, 10**12).lower == 0
    assert wilson(10**12, 10**12).upper == 1


@pytest.mark.parametrize(
    ("new", "old"),
    [((5, 20), (9, 30)), ((0, 20), (0, 30)), ((20, 20), (0, 7)), ((812, 1000), (790, 990))],
)
def test_newcombe_equals_statsmodels(new: tuple[int, int], old: tuple[int, int]) -> None:
    theirs = confint_proportions_2indep(*new, *old, method="newcomb", compare="diff", alpha=0.10)
    assert newcombe(new, old).interval == pytest.approx(theirs, abs=1e-12)


def test_newcombe_p_value_is_the_pooled_chi_square() -> None:
    table = [[40, 60], [55, 45]]
    chi_square = stats.chi2_contingency(table, correction=False).pvalue
    assert newcombe((40, 100), (55, 100)).p_value == pytest.approx(chi_square, rel=1e-9)


def test_newcombe_without_rows_is_undefined() -> None:
    assert newcombe((0, 0), (1, 2)).value is None
    assert wilson(0, 0).insufficient


@pytest.mark.parametrize(
    ("fixed", "broken", "n"), [(5, 9, 40), (0, 3, 30), (1, 0, 8), (12, 2, 14), (20, 31, 5000)]
)
def test_tango_inverts_the_score_test(fixed: int, broken: int, n: int) -> None:
    """At each bound the score statistic, with the constraint maximised by brute force, is z."""
    z = stats.norm.ppf(0.95)
    estimate = tango(fixed, broken, n)
    for bound, sign in ((estimate.lower, 1), (estimate.upper, -1)):
        assert bound is not None
        assert _score(fixed, broken, n, bound) == pytest.approx(sign * z, abs=2e-4)


def _score(fixed: int, broken: int, n: int, delta: float) -> float:
    def minus_log_likelihood(q: float) -> float:
        concordant = 1 - 2 * q - delta
        terms = ((fixed, q + delta), (broken, q), (n - fixed - broken, concordant))
        return -sum(k * math.log(max(p, 1e-300)) for k, p in terms if k)

    low, high = max(0.0, -delta), (1 - delta) / 2
    found = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    q = min((low, high, found.x), key=minus_log_likelihood)
    variance = 2 * q + delta - delta * delta
    return (fixed - broken - n * delta) / math.sqrt(n * variance)


@pytest.mark.parametrize("n", [1, 200, 10**12])
def test_tango_without_discord_is_not_certain(n: int) -> None:
    z = stats.norm.ppf(0.95)
    estimate = tango(0, 0, n)
    assert estimate.value == 0
    assert estimate.p_value == 1
    end = z * z / (n + z * z)
    assert estimate.interval == pytest.approx((-end, end), rel=1e-9)


def test_tango_exact_ends() -> None:
    assert tango(30, 0, 30).upper == 1
    assert tango(0, 30, 30).lower == -1


def test_tango_with_huge_counts_is_the_normal_interval() -> None:
    n, fixed, broken = 10**12, 3 * 10**9, 3 * 10**9 + 10**5
    estimate = tango(fixed, broken, n)
    half = stats.norm.ppf(0.95) * math.sqrt(fixed + broken) / n
    assert estimate.lower == pytest.approx(-1e-7 - half, rel=1e-4)
    assert estimate.upper == pytest.approx(-1e-7 + half, rel=1e-4)
    assert estimate.p_value == pytest.approx(
        2 * stats.norm.sf(1e5 / math.sqrt(6e9 + 1e5)), rel=1e-3
    )


@given(fixed=counts, broken=counts, same=counts, confidence=st.sampled_from([0.8, 0.95, 0.999]))
def test_tango_mirrors_when_sides_swap(
    fixed: int, broken: int, same: int, confidence: float
) -> None:
    n = fixed + broken + same
    if n == 0:
        assert tango(fixed, broken, n).value is None
        return
    one, other = (
        tango(*pair, n, confidence=confidence) for pair in ((fixed, broken), (broken, fixed))
    )
    assert (one.lower, one.upper, one.value) == (-other.upper, -other.lower, -other.value)
    assert -1 <= one.lower <= one.value <= one.upper <= 1
    assert one.p_value == other.p_value


@pytest.mark.parametrize(("fixed", "broken"), [(0, 6), (3, 3), (1, 9), (40, 61)])
def test_midp_is_the_exact_test_less_half_the_point(fixed: int, broken: int) -> None:
    exact = mcnemar([[0, fixed], [broken, 0]], exact=True).pvalue
    point = stats.binom.pmf(min(fixed, broken), fixed + broken, 0.5)
    expected = 1.0 if fixed == broken else exact - point
    assert mcnemar_midp(fixed, broken) == pytest.approx(expected, rel=1e-10)


@given(both=counts, fixed=counts, broken=counts, neither=counts, factor=st.floats(0.5, 1.5))
def test_paired_contrast_holds_its_value(
    both: int, fixed: int, broken: int, neither: int, factor: float
) -> None:
    n = both + fixed + broken + neither
    estimate = paired_contrast(both, fixed, broken, neither, factor=factor)
    if n == 0:
        assert estimate.value is None
        return
    assert estimate.lower <= estimate.value <= estimate.upper
    assert estimate.value == pytest.approx(
        (both + fixed) / n - factor * (both + broken) / n, abs=1e-12
    )
    assert estimate.row_variance >= 0


def test_paired_contrast_is_near_tango_when_the_factor_is_near_one() -> None:
    exact = paired_contrast(700, 40, 60, 200)
    near = paired_contrast(700, 40, 60, 200, factor=1 + 1e-9)
    assert exact.method == "tango"
    assert near.interval == pytest.approx(exact.interval, abs=2e-3)
    assert near.row_variance == pytest.approx(exact.row_variance, rel=1e-6)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((59, 6, 16, 80), (-0.1186, -0.0046)),  # R, contingencytables 3.1
        ((36, 12, 2, 0), (0.0569, 0.3404)),  # Newcombe (1998), table III
    ],
)
def test_newcombe_paired_published(
    cells: tuple[int, int, int, int], expected: tuple[float, float]
) -> None:
    estimate = paired_contrast(*cells, factor=1 + 1e-12, confidence=0.975)
    assert estimate.interval == pytest.approx(expected, abs=5e-5)


def test_small_tables_never_leave_the_unit_range() -> None:
    for cells in itertools.product(range(3), repeat=4):
        if sum(cells) == 0:
            continue
        estimate = paired_contrast(*cells, factor=0.98)
        assert -1 <= estimate.lower <= estimate.upper <= 1.0 + 1e-12, cells
