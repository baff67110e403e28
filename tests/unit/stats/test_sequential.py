"""Two arms looked at without end: e-values by enumeration, laws of order and repetition, known figures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from mlgate.stats import sequential
from mlgate.stats.sequential import Arms

COUNTS = st.lists(st.tuples(*(st.integers(0, 30) for _ in range(4))), min_size=1, max_size=12).map(
    lambda rows: arms_of([(a + x, x, b + y, y) for a, x, b, y in rows])
)


def arms_of(rows: list[tuple[int, int, int, int]]) -> Arms:
    return Arms.of(*np.array(rows, float).reshape(-1, 4).T)


def expected(log_e, *laws: tuple[int, float]) -> float:
    """The mean of exp(log_e), given all outcomes of independent binomials (n, p) as columns."""
    outcomes = np.array(list(itertools.product(*(range(n + 1) for n, _ in laws))), float).T
    chances = [binom.pmf(x, n, min(p, 1.0)) for x, (n, p) in zip(outcomes, laws, strict=True)]
    return float(np.prod(chances, axis=0) @ np.exp(log_e(*outcomes)[..., -1]))


def two_windows(sizes: tuple[int, int, int, int], a, b, c, d) -> Arms:
    """Arms of shape (outcomes, 2): events a, b of the first window's sizes, c, d of the second's."""
    stable = np.broadcast_to(sizes[::2], (len(a), 2))
    canary = np.broadcast_to(sizes[1::2], (len(a), 2))
    return Arms.of(stable, np.stack([a, c], 1), canary, np.stack([b, d], 1))


@pytest.mark.parametrize("null", [0.5, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("p", [0.001, 0.05, 0.3])
@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_the_ratios_mean_is_at_most_one(null, p, share):
    """At the boundary and inside, although the rate differs between the two windows."""
    for multiples, ratio in ((sequential.HIGHER, null * share), (sequential.LOWER, null / share)):

        def log_e(*events, m=multiples):
            return sequential.rate_ratio(two_windows((8, 3, 3, 5), *events), null, m)

        laws = ((8, p), (3, ratio * p), (3, p / 2), (5, ratio * p / 2))
        assert expected(log_e, *laws) <= 1 + 1e-12


@pytest.mark.parametrize("p", [0.01, 0.3, 0.5, 0.95])
@pytest.mark.parametrize("other", [1.0, 0.6])
def test_exceedances_mean_is_at_most_one(p, other):
    slower, faster = (p, other * p), (other * p, p)
    for multiples, (stable, canary) in ((sequential.SLOWER, slower), (sequential.FASTER, faster)):

        def log_e(*events, m=multiples):
            return sequential.odds_ratio(two_windows((5, 2, 4, 6), *events), m)

        assert expected(log_e, (5, stable), (2, canary), (4, stable), (6, canary)) <= 1 + 1e-12


@pytest.mark.parametrize("null", [0.01, 0.3, 0.9])
def test_a_rates_mean_is_at_most_one(null):
    for multiples, p in (
        (sequential.ABOVE, null),
        (sequential.ABOVE, null / 2),
        (sequential.BELOW, null),
        (sequential.BELOW, (1 + null) / 2),
    ):

        def log_e(a, b, m=multiples):
            requests = np.broadcast_to([6.0, 9.0], (len(a), 2))
            return sequential.rate(requests, np.stack([a, b], 1), null, m)

        assert expected(log_e, (6, p), (9, p)) <= 1 + 1e-12


def test_a_splits_mean_is_one():
    def log_e(a, b):
        canary = np.stack([a, b], 1)
        return sequential.split(np.array([7.0, 5.0]) - canary, canary, np.array([0.1, 0.5]))

    assert expected(log_e, (7, 0.1), (5, 0.5)) == pytest.approx(1)


def test_matched_arms_mean_is_one():
    def log_e(a, b, c, d):
        return sequential.matched(np.stack([a, c], 1), np.stack([b, d], 1))

    assert expected(log_e, (4, 0.3), (4, 0.3), (6, 0.8), (6, 0.8)) == pytest.approx(1)


@given(COUNTS, st.integers(0, 11))
def test_a_window_without_requests_changes_nothing(arms, at):
    """A look that is taken twice finds no new requests: the e-value stays."""

    def with_empty(log_e_of):
        parts = (arms.stable, arms.stable_events, arms.canary, arms.canary_events)
        at_end = Arms.of(*(np.append(part, 0.0) for part in parts))
        assert log_e_of(at_end)[-1] == pytest.approx(log_e_of(arms)[-1], abs=1e-9)

    with_empty(lambda a: sequential.rate_ratio(a, 1.0, sequential.HIGHER))
    with_empty(lambda a: sequential.odds_ratio(a, sequential.SLOWER))
    with_empty(lambda a: sequential.rate(a.canary, a.canary_events, 0.1, sequential.BELOW))
    with_empty(lambda a: sequential.split(a.stable, a.canary, np.full(len(a.stable), 0.3)))


@given(COUNTS)
def test_what_was_seen_stays_as_it_was(arms):
    """Recomputed from all looks, the path up to a look is what it was at that look."""
    for cut in range(1, len(arms.stable) + 1):
        parts = (arms.stable, arms.stable_events, arms.canary, arms.canary_events)
        early = Arms.of(*(part[:cut] for part in parts))
        for log_e_of in (
            lambda a: sequential.rate_ratio(a, 1.5, sequential.LOWER),
            lambda a: sequential.odds_ratio(a, sequential.SLOWER),
            lambda a: sequential.matched(a.canary_events, a.stable_events),
        ):
            assert np.allclose(log_e_of(early), log_e_of(arms)[:cut])


@given(COUNTS, st.randoms())
def test_the_order_of_windows_does_not_matter_without_late_starts(arms, random):
    order = list(range(len(arms.stable)))
    random.shuffle(order)
    parts = (arms.stable, arms.stable_events, arms.canary, arms.canary_events)
    shuffled = Arms.of(*(part[order] for part in parts))
    before, after = (
        sequential.rate_ratio(one, 1.0, sequential.HIGHER, late=False)[-1]
        for one in (arms, shuffled)
    )
    assert before == pytest.approx(after)


@given(COUNTS)
def test_streams_are_computed_side_by_side(arms):
    parts = (arms.stable, arms.stable_events, arms.canary, arms.canary_events)
    both = Arms.of(*(np.stack([part, part[::-1]]) for part in parts))
    for log_e_of in (
        lambda a: sequential.rate_ratio(a, 1.0, sequential.HIGHER),
        lambda a: sequential.odds_ratio(a, sequential.SLOWER),
    ):
        assert np.allclose(log_e_of(both)[0], log_e_of(arms))


def test_without_a_failure_nothing_is_learned_of_the_ratio_but_of_the_rate():
    """202, 406 and 814 requests without late starts: log 20 by a mixture of four stakes."""
    none, each = np.zeros(1_000), np.ones(1_000)
    quiet = Arms.of(each, none, each, none)
    assert np.allclose(sequential.rate_ratio(quiet, 1.0, sequential.HIGHER), 0)
    looks = [
        int(
            sequential.first_look(
                sequential.rate(each, none, c, sequential.BELOW, late=False), 0.05
            )
        )
        for c in (0.02, 0.01, 0.005)
    ]
    assert looks == [202, 406, 814]


def test_a_late_start_finds_a_late_change_sooner():
    windows = 400
    rate = np.where(np.arange(windows) < 300, 0.01, 0.03)
    stable, canary = np.full(windows, 900.0), np.full(windows, 100.0)
    arms = Arms.of(stable, stable * 0.01, canary, canary * rate)
    late, cumulative = (
        int(
            sequential.first_look(
                sequential.rate_ratio(arms, 1.0, sequential.HIGHER, late=on), 0.05
            )
        )
        for on in (True, False)
    )
    assert 300 < late < cumulative


def test_the_bounds_are_where_the_test_refutes():
    arms = arms_of([(900, 9, 100, 4)] * 30)
    low, high = sequential.rate_ratio_bounds(arms, (0.05, 0.05))
    assert low < 4 < high
    for ratio, multiples in ((low, sequential.HIGHER), (high, sequential.LOWER)):
        inside, outside = (0.999, 1.001) if ratio == high else (1.001, 0.999)
        assert sequential.rate_ratio(arms, ratio * outside, multiples).max() >= np.log(20)
        assert sequential.rate_ratio(arms, ratio * inside, multiples).max() < np.log(20)


def test_the_upper_bound_of_a_negligible_rate_is_low():
    """A thousand requests without a failure: the ratio is unknown, and below .5 % it need not be known."""
    arms = arms_of([(900, 0, 100, 0)] * 10)
    shown = sequential.rate(arms.canary, arms.canary_events, 0.005, sequential.BELOW)
    assert sequential.rate_ratio_bounds(arms, (0.05, 0.05), shown - np.log(0.1))[1] < 0.01
    assert sequential.rate_ratio_bounds(arms, (0.05, 0.05), 0 * shown)[1] == np.inf


def test_a_rates_bounds_are_where_the_test_refutes():
    requests, events = np.full(30, 100.0), np.full(30, 2.0)
    low, high = sequential.rate_bounds(requests, events, (0.05, 0.05))
    assert 0.005 < low < 0.02 < high < 0.05
    assert sequential.rate(requests, events, low * 0.99, sequential.ABOVE).max() >= np.log(20)
    assert sequential.rate(requests, events, high * 0.99, sequential.BELOW).max() < np.log(20)


def test_bounds_without_failures_are_open():
    assert sequential.rate_ratio_bounds(arms_of([(900, 0, 100, 0)]), (0.05, 0.05)) == (0.0, np.inf)


def test_a_wrong_split_is_found_also_while_the_share_is_raised():
    share = np.repeat([0.05, 0.1, 0.25], 20)
    whole = np.full(60, 2_000.0)
    right = sequential.split(whole * (1 - share), whole * share, share)
    wrong = sequential.split(whole * (1 - 0.8 * share), whole * 0.8 * share, share)
    assert right.max() < np.log(20)
    assert wrong[-1] > np.log(1_000)


def test_the_confidence_sequence_is_the_published_one():
    """n = 5,000 at its tightest, unit variance, α = .05: √(2(nρ²+1)/(n²ρ²)·ln(√(nρ²+1)/α)) by hand."""
    squared = (5.991464547 + np.log(6.991464547)) / 5_000
    by_hand = np.sqrt(
        2
        * (5_000 * squared + 1)
        / (5_000**2 * squared)
        * np.log(np.sqrt(5_000 * squared + 1) / 0.05)
    )
    assert sequential.half_width(5_000, 1.0, 0.05, 5_000) == pytest.approx(by_hand, rel=1e-9)
    widths = [sequential.half_width(5_000, 1.0, 0.05, at) for at in (1_000, 5_000, 25_000)]
    assert min(widths) == widths[1]


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_the_confidence_sequence_holds_at_all_looks(alpha):
    random = np.random.default_rng(20261129)
    draws = random.exponential(size=(400, 2_000)) - 1
    n = np.arange(1, 2_001)
    widths = np.array([sequential.half_width(k, 1.0, alpha, 500) for k in n])
    outside = (np.abs(np.cumsum(draws, 1) / n) > widths)[:, 100:].any(1).mean()
    assert outside <= alpha + 2 * np.sqrt(alpha * (1 - alpha) / 400)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="as many events as requests"):
        Arms.of([1], [2], [1], [0])
    with pytest.raises(ValueError, match="between 0 and"):
        sequential.rate(np.ones(1), np.zeros(1), 1.0, sequential.BELOW)
    with pytest.raises(ValueError, match="all above 1"):
        sequential.rate_ratio(arms_of([(1, 0, 1, 0)]), 1.0, (0.5, 2.0))


def test_no_window_is_no_evidence():
    empty = np.zeros(0)
    assert (
        sequential.first_look(
            sequential.rate_ratio(Arms.of(*[empty] * 4), 1.0, sequential.HIGHER), 0.05
        )
        == 0
    )
