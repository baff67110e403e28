"""The condition language, and the labels that a condition takes: published and derived numbers."""

from __future__ import annotations

import contextlib
import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import bdtr, betainc
from scipy.stats import binom

from mlgate.errors import UsageError
from mlgate.stats import binomial
from mlgate.stats.conditions import Clause, Condition, parse
from mlgate.stats.labels import (
    Adaptivity,
    Guarantee,
    Needs,
    bennett,
    certified_cap,
    labels_needed,
)

PATTERN = "n - o > 0.02 +/- 0.01 /\\ d < 0.1 +/- 0.01"


def needs(text: str, reliability: float, adaptivity: str, steps: int, **more: object) -> Needs:
    return labels_needed(parse(text), Guarantee(reliability, adaptivity, steps, **more))  # type: ignore[arg-type]


def labels(*args: object, **more: object) -> int:
    return needs(*args, **more).labels  # type: ignore[arg-type]


class TestLanguage:
    def test_spaces_signs_products_and_canonical_form(self) -> None:
        text = " -1*o+n*2*.5>-0.01+/-1e-2/\\d<.1+/-.01 /\\ o*1.5 - d > .1 +/- .1"
        expected = "n - o > -0.01 +/- 0.01 /\\ d < 0.1 +/- 0.01 /\\ 1.5*o - d > 0.1 +/- 0.1"
        assert str(parse(text)) == expected
        assert str(parse("o - n < 0.5 +/- 0.1")) == "-n + o < 0.5 +/- 0.1"

    def test_a_clause_is_its_coefficients(self) -> None:
        found = parse("n - 1.1*o + n > 0.01 +/- 0.02").clauses
        assert found == (Clause(2.0, -1.1, 0.0, ">", 0.01, 0.02),)
        assert found[0].coefficients == (2.0, -1.1)

    @pytest.mark.parametrize(
        ("text", "column", "words"),
        [
            ("", 1, "expected n, o, d or a number, but it ends"),
            ("acc > 0.8 +/- 0.1", 1, "there is 'acc' (the variables are n, o and d)"),
            ("n >= 0.8 +/- 0.1", 3, "write >: within the tolerance both are the same"),
            ("n ≥ 0.8 +/- 0.1", 3, "expected +, -, *, > or <, but there is '≥'"),
            ("n > 0.8", 8, "expected +/- and a tolerance, but it ends"),
            ("n > 0.8 +/- 0", 13, "the tolerance must be above 0"),
            ("n > 0.8 +/- -0.1", 13, "expected a number, but there is '-'"),
            ("n > 80 +/- 5", 5, "between 0 and 1, never at 80"),
            ("n - 2*o > -2.5 +/- 0.1", 11, "between -2 and 1, never at -2.5"),
            ("n - n > 0 +/- 0.1", 1, "cancel each other"),
            ("n*o > 0.1 +/- 0.1", 3, "a product of two variables is not linear"),
            ("n + 0.1 > 0.8 +/- 0.1", 5, "a number is on its own"),
            ("n - 1e999*o > 0.1 +/- 0.1", 5, "too large"),
            ("1e300*1e300*n > 0.1 +/- 0.1", 1, "too large"),
            ("n > 0.8 +/- 0.05 d", 18, "expected /\\ or the end, but there is 'd'"),
            ("n > 0.8 +/- 0.05 /\\ ", 20, "but it ends"),
            ("(n - o) > 0.1 +/- 0.1", 1, "there is '('"),
            ("n > \u0661 +/- 0.1", 5, "expected a number"),
        ],
    )
    def test_errors_point_at_the_place(self, text: str, column: int, words: str) -> None:
        with pytest.raises(UsageError) as caught:
            parse(text)
        head, shown, caret = caught.value.message.splitlines()
        assert head.startswith(f"condition, column {column}: ")
        assert words in head
        assert shown == f"  {text}"
        assert caret == " " * (column + 1) + "^"

    def test_a_caret_stands_right_below_a_text_with_line_breaks(self) -> None:
        with pytest.raises(UsageError) as caught:
            parse("n > 0.8\n+/- 0.1 /\\\tn ? 1")
        _, shown, caret = caught.value.message.splitlines()
        assert shown[caret.index("^")] == "?"


usual = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, -1.1])
any_number = st.floats(-1e6, 1e6, allow_subnormal=False)


@st.composite
def clauses(
    draw: st.DrawFn, numbers: st.SearchStrategy[float], tolerances: st.SearchStrategy[float]
) -> Clause:
    parts = draw(st.tuples(numbers, numbers, numbers).filter(any))
    low, high = (sum(x for x in parts if x * sign > 0) for sign in (-1, 1))
    threshold = draw(st.floats(low, high)) + 0.0
    tolerance = draw(tolerances)
    return Clause(*(x + 0.0 for x in parts), draw(st.sampled_from("<>")), threshold, tolerance)  # type: ignore[arg-type]


def conditions(
    numbers: st.SearchStrategy[float], tolerances: st.SearchStrategy[float]
) -> st.SearchStrategy[Condition]:
    some = st.lists(clauses(numbers, tolerances), min_size=1, max_size=4)
    return some.map(lambda c: Condition(tuple(c)))


@given(conditions(usual | any_number, st.floats(1e-6, 10)))
def test_what_is_written_reads_back_the_same(condition: Condition) -> None:
    assert parse(str(condition)) == condition
    assert parse(str(condition).replace(" ", "")) == condition


@given(st.text("nod0.1 +-*/\\<>e()", max_size=30))
def test_any_text_is_a_condition_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        condition = parse(text)
        assert parse(str(condition)) == condition


FIGURE_2 = """
0.99     0.1         404     1340     1753     5496
0.99     0.05       1615     5358     7012    21984
0.99     0.025      6457    21429    28045    87933
0.99     0.01      40355   133930   175282   549581
0.999    0.1         519     1455     2214     5957
0.999    0.05       2075     5818     8854    23826
0.999    0.025      8299    23271    35414    95302
0.999    0.01      51868   145443   221333   595633
0.9999   0.1         634     1570     2674     6417
0.9999   0.05       2536     6279    10696    25668
0.9999   0.025     10141    25113    42782   102670
0.9999   0.01      63381   156956   267385   641684
0.99999  0.1         749     1685     3135     6878
0.99999  0.05       2996     6739    12538    27510
0.99999  0.025     11983    26955    50150   110038
0.99999  0.01      74894   168469   313437   687736
"""


class TestPublished:
    """Numbers of the paper, rounded up where it rounds down."""

    @pytest.mark.parametrize("row", FIGURE_2.strip().splitlines())
    def test_figure_2(self, row: str) -> None:
        reliability, tolerance, *expected = map(float, row.split())
        single, change = f"n > 0.5 +/- {tolerance}", f"n - o > 0.1 +/- {tolerance}"
        found = [
            labels(text, reliability, adaptivity, 32)
            for text in (single, change)
            for adaptivity in ("none", "full")
        ]
        assert found == expected
        unlabelled = needs(f"d < 0.5 +/- {tolerance}", reliability, "none", 32)
        assert (unlabelled.labels, unlabelled.unlabelled) == (0, expected[0])

    @pytest.mark.parametrize(
        ("text", "reliability", "adaptivity", "steps", "expected"),
        [
            ("n > 0.8 +/- 0.05", 0.9999, "full", 32, 6_279),
            ("n > 0.8 +/- 0.01", 0.9999, "full", 32, 156_956),
            ("n > 0.8 +/- 0.01", 0.9999, "none", 32, 63_381),
            ("n > 0.8 +/- 0.01", 0.9999, "first-change", 32, 63_381),
            ("n > 0.8 +/- 0.01", 0.9999, "none", 1, 46_052),
            ("n - o > 0.1 +/- 0.1", 0.99, "full", 32, 5_496),
            ("n - o > 0.02 +/- 0.02", 0.998, "none", 7, 44_269),
            ("n - o > 0.02 +/- 0.02", 0.998, "full", 7, 58_799),
            (PATTERN, 0.9999, "none", 32, 29_048),
            (PATTERN, 0.9999, "full", 32, 67_706),
            ("n - 1.1*o > 0.01 +/- 0.01 /\\ d < 0.1 +/- 0.01", 0.9999, "none", 1, 233_656),
        ],
    )
    def test_labels(
        self, text: str, reliability: float, adaptivity: str, steps: int, expected: int
    ) -> None:
        assert labels(text, reliability, adaptivity, steps) == expected

    def test_active_labels_of_one_commit(self) -> None:
        assert needs(PATTERN, 0.9999, "none", 1).active_labels == 2_189

    @pytest.mark.parametrize(
        ("tolerance", "adaptivity", "expected"),
        [(0.02, "none", 4_713), (0.02, "full", 6_260), (0.022, "full", 5_204)],
    )
    def test_implicit_variance_bound(
        self, tolerance: float, adaptivity: str, expected: int
    ) -> None:
        text = f"n - o > 0.02 +/- {tolerance}"
        assert labels(text, 0.998, adaptivity, 7, variance_bound=0.1) == expected
        assert labels(text, 0.998, adaptivity, 7) > 7 * expected

    @pytest.mark.parametrize(
        ("tolerance", "delta", "expected"),
        [(0.1, 0.01, 170), (0.05, 0.01, 680), (0.05, 0.001, 1_090), (0.025, 0.001, 4_340)],
    )
    def test_exact_binomial(self, tolerance: float, delta: float, expected: int) -> None:
        found = needs(f"n > 0.5 +/- {tolerance}", 1 - delta, "none", 1, tight=True)
        assert found.labels == expected
        assert found.clauses[0].method == "exact binomial"


class TestEstimator:
    def test_clauses_share_the_rows_and_the_risk(self) -> None:
        both = needs("n > 0.8 +/- 0.05 /\\ o > 0.5 +/- 0.1", 0.99, "none", 1)
        assert both.labels == labels("n > 0.8 +/- 0.05", 0.995, "none", 1)
        assert [one.labels for one in both.clauses] == [1060, 265]
        assert (both.unlabelled, both.active_labels) == (0, None)

    def test_the_cap_on_d_must_be_one_that_can_be_shown(self) -> None:
        assert certified_cap(parse(PATTERN)) == 0.1
        assert certified_cap(parse("2*d < 0.1 +/- 0.02 /\\ d < 0.2 +/- 0.02")) == 0.05
        for text in ("d > 0.1 +/- 0.01", "d < 0.1 +/- 0.1", "d - n < 0.1 +/- 0.01"):
            assert certified_cap(parse(text)) is None, text

    def test_a_multiple_of_a_difference_is_a_difference(self) -> None:
        twice = PATTERN.replace("n - o > 0.02 +/- 0.01", "2*o - 2*n < -0.04 +/- 0.02")
        assert labels(twice, 0.9999, "none", 32) == 29_048

    def test_active_labelling_needs_every_labelled_clause_to_be_a_difference(self) -> None:
        found = needs(f"{PATTERN} /\\ n > 0.8 +/- 0.05", 0.999, "full", 32)
        assert found.clauses[0].active_labels is not None
        assert found.active_labels is None

    def test_a_wide_cap_never_costs_more_than_none(self) -> None:
        text = "n - o > 0.1 +/- 0.05 /\\ d < 0.99 +/- 0.01"
        found = needs(text, 0.999, "full", 32).clauses[0]
        assert found.method == "hoeffding"
        assert found.active_labels == math.ceil(0.99 * found.labels)

    def test_the_implicit_bound_measures_d_first(self) -> None:
        found = needs("n - o > 0.02 +/- 0.02", 0.998, "none", 7, variance_bound=0.1)
        assert found.unlabelled == math.ceil(math.log(2 * 7 / 0.002) / (2 * 0.04**2))
        narrow = needs("n - o > 0.02 +/- 0.02", 0.998, "none", 7, variance_bound=0.02)
        assert narrow.unlabelled == math.ceil(math.log(2 * 7 / 0.002) / (2 * 0.01**2))

    @pytest.mark.parametrize("text", [PATTERN, "n > 0.8 +/- 0.1", "n - 1.1*o > 0 +/- 0.1"])
    def test_a_variance_bound_that_serves_nothing_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="serves only a condition on n - o"):
            labels(text, 0.99, "none", 1, variance_bound=0.1)

    def test_very_many_steps_do_not_overflow(self) -> None:
        million = labels("n > 0.8 +/- 0.05", 0.9999, "full", 1_000_000)
        assert million == math.ceil((1_000_000 * math.log(2) + math.log(1e4)) / 0.005)
        assert labels("n > 0.8 +/- 0.05", 0.9999, "full", 10_000, tight=True) < 1_390_000

    def test_exact_tails_are_left_out_where_floats_cannot_tell(self) -> None:
        found = needs("n > 0.5 +/- 1e-5", 0.99, "none", 1, tight=True)
        assert found.clauses[0].method == "hoeffding"

    def test_out_of_reach(self) -> None:
        for tolerance in ("1e-8", "1e-200"):
            with pytest.raises(UsageError, match="more than 10\\^15 rows"):
                labels(f"n > 0.8 +/- {tolerance}", 0.99, "none", 1, tight=True)

    def test_bennett_is_continuous_where_its_series_begins(self) -> None:
        below, above = (bennett(u * 0.1, 0.1) / u**2 for u in (0.99999e-4, 1.00001e-4))
        assert below == pytest.approx(above, rel=1e-6)

    def test_the_bound_holds(self) -> None:
        """Differences in {−1, 0, 1} with P(≠ 0) = p: the exact tail stays below δ/2."""
        cap, tolerance, delta = 0.1, 0.05, 0.05
        n = math.ceil(math.log(2 / delta) / bennett(tolerance, cap))
        random = np.random.default_rng(1)
        differing = random.binomial(n, cap, 200_000)
        change = (2 * random.binomial(differing, 0.5) - differing) / n
        assert np.mean(np.abs(change) > tolerance) < delta


guarantees = st.builds(
    Guarantee,
    reliability=st.floats(0.5, 0.9999999),
    adaptivity=st.sampled_from(get_args(Adaptivity)),
    steps=st.integers(1, 10_000),
)


@given(
    conditions(usual, st.floats(0.005, 0.5)),
    guarantees,
    st.floats(1, 3),
    st.integers(1, 100),
    st.floats(0, 1),
)
def test_asking_for_more_never_needs_less(
    condition: Condition, asked: Guarantee, wider: float, more: int, nearer: float
) -> None:
    def rows(condition: Condition, guarantee: Guarantee) -> tuple[int, int]:
        found = labels_needed(condition, guarantee)
        return found.labels, found.unlabelled

    least = rows(condition, asked)
    surer = asked.reliability + nearer * (0.99999999 - asked.reliability)
    for changed in (
        Guarantee(surer, asked.adaptivity, asked.steps),
        Guarantee(asked.reliability, asked.adaptivity, asked.steps + more),
        Guarantee(asked.reliability, "full", asked.steps),
    ):
        assert all(np.array(rows(condition, changed)) >= least)
    strict = tuple(
        Clause(c.n, c.o, c.d, c.comparator, c.threshold, c.tolerance / wider)
        for c in condition.clauses
    )
    # A narrower tolerance can make a clause d < A certifiable and so save labels: leave d out.
    if certified_cap(Condition(strict)) == certified_cap(condition):
        assert all(np.array(rows(Condition(strict), asked)) >= least)
    tight = Guarantee(asked.reliability, asked.adaptivity, asked.steps, tight=True)
    assert all(np.array(rows(condition, tight)) <= least)


class TestExactTails:
    @staticmethod
    def brute(n: int, tolerance: float) -> float:
        """Look at every edge."""
        k = np.arange(1, n + 1)
        p = k / n - tolerance
        k, p = k[p > 0], p[p > 0]
        below = np.ceil(k - 2 * n * tolerance - 1e-9) - 1
        lower = np.where(below >= 0, bdtr(np.maximum(below, 0), n, p), 0)
        return float((betainc(k, n - k + 1, p) + lower).max(initial=0))

    @pytest.mark.parametrize("tolerance", [0.01, 0.05, 0.1, 0.137, 0.3, 0.6])
    def test_the_worst_rate_is_found(self, tolerance: float) -> None:
        for n in (*range(1, 40), 98, 103, 146, 400):
            expected = self.brute(n, tolerance)
            assert math.exp(binomial.log_worst_tail(n, tolerance)) == pytest.approx(
                expected, rel=1e-9
            )

    @settings(max_examples=30)
    @given(st.integers(2, 3_000), st.floats(0.01, 0.3), st.floats(0.001, 0.999))
    def test_no_rate_is_worse(self, n: int, tolerance: float, p: float) -> None:
        outside = np.abs(np.arange(n + 1) / n - p) > tolerance + 1e-12
        tail = float(binom.pmf(np.arange(n + 1), n, p)[outside].sum())
        assert tail <= math.exp(binomial.log_worst_tail(n, tolerance)) * (1 + 1e-9)

    @pytest.mark.parametrize(("n", "k", "p"), [(10, 7, 0.3), (10, 10, 0.9), (10**6, 502_000, 0.5)])
    def test_tails_equal_scipy(self, n: int, k: int, p: float) -> None:
        assert binomial.log_tail(n, k, p) == pytest.approx(binom.logsf(k - 1, n, p), rel=1e-8)

    def test_tails_far_below_the_smallest_float(self) -> None:
        found = binomial.rows_within(0.0005, -700.0)
        assert 0.99 < found / (700 / (2 * 0.0005**2)) < 1

    def test_the_answer_holds_and_one_row_fewer_does_not(self) -> None:
        for tolerance, delta in ((0.1, 0.01), (0.07, 0.05), (0.03, 1e-4)):
            n = binomial.rows_within(tolerance, math.log(delta))
            assert self.brute(n, tolerance) <= delta < self.brute(n - 1, tolerance)
