"""Losses against a ceiling: the bound under continuous looking, power, and the counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlgate.stats.eprocess import Losses

ALPHA = 0.05


def errors(rng: np.random.Generator, *runs: tuple[float, int]) -> np.ndarray:
    return np.concatenate([(rng.random(n) < rate).astype(float) for rate, n in runs])


def alarms(repetitions: int, *runs: tuple[float, int], ceiling: float = 0.11) -> np.ndarray:
    rng = np.random.default_rng(20261121)
    found = [
        Losses.count(errors(rng, *runs)).against(ceiling).alarm(ALPHA) for _ in range(repetitions)
    ]
    return np.array([np.nan if one is None else one for one in found])


def test_the_false_alarm_rate_holds_under_continuous_looking() -> None:
    """At the ceiling itself, over 4,000 looks; two Monte-Carlo standard errors above α."""
    found = alarms(120, (0.11, 4_000))
    assert np.mean(~np.isnan(found)) <= ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / 120)


def test_a_good_model_never_alarms() -> None:
    assert np.isnan(alarms(40, (0.10, 4_000))).all()


def test_a_worse_model_is_found() -> None:
    found = alarms(40, (0.13, 6_000))
    assert np.mean(~np.isnan(found)) >= 0.9
    assert np.nanmedian(found) < 3_000


def test_a_late_change_is_found() -> None:
    """A bettor who only began at the beginning would have lost his capital by then."""
    found = alarms(40, (0.10, 4_000), (0.2, 1_500))
    assert np.mean(found > 4_000) >= 0.95
    assert np.nanmedian(found) < 4_500


def test_the_floor_is_the_greatest_ceiling_that_alarms() -> None:
    losses = Losses.count(errors(np.random.default_rng(3), (0.3, 2_000)))
    floor = losses.floor(ALPHA)
    assert 0.2 < floor < 0.3
    assert losses.against(floor * 0.99).alarm(ALPHA) is not None
    assert losses.against(floor * 1.01).alarm(ALPHA) is None


@given(
    hnp.arrays(np.float64, st.integers(0, 60), elements=st.floats(0, 1)),
    st.floats(0.01, 0.99),
)
def test_counting_keeps_means_and_never_adds_capital(losses: np.ndarray, ceiling: float) -> None:
    counted = Losses.count(losses)
    levels = np.linspace(0, 1, counted.counts.shape[1])
    assert counted.counts.sum() == pytest.approx(len(losses))
    assert (counted.counts @ levels).sum() == pytest.approx(losses.sum(), abs=1e-9)
    found = counted.against(ceiling).log_e
    stakes = np.geomspace(0.006, 0.3, 8)
    exact = np.cumsum(np.log1p(np.outer(losses / ceiling - 1, stakes)), axis=0)
    if len(losses) == 1:  # half of the capital is bet, half is kept
        whole = np.log(0.5 * np.exp(exact[0]).mean() + 0.5)
        assert found[0] <= whole + 1e-9


def test_the_mixture_is_that_of_its_definition() -> None:
    losses = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    stakes, n = np.geomspace(0.006, 0.3, 8), 5
    factor = 1 + stakes * (losses[:, None] / 0.4 - 1)
    weights = np.array([0.5, *[0.25 / 255] * (n - 1)])
    wanted = []
    for t in range(n):
        bet = sum(weights[j] * factor[j : t + 1].prod(axis=0).mean() for j in range(t + 1))
        wanted.append(bet + 1 - weights[: t + 1].sum())
    found = np.exp(Losses.count(losses).against(0.4).log_e)
    assert found == pytest.approx(wanted)


def test_capital_does_not_depend_on_how_many_rows_follow() -> None:
    losses = errors(np.random.default_rng(4), (0.11, 3_000))
    whole = Losses.count(losses).against(0.11)
    for n in (1, 2, 255, 256, 257, 1_000, 2_999):
        part = Losses.count(losses[:n]).against(0.11)
        assert part.rows[-1] == n
        shared = np.isin(part.rows, whole.rows)
        at = np.isin(whole.rows, part.rows[shared])
        assert part.log_e[shared] == pytest.approx(whole.log_e[at])


@pytest.mark.parametrize("ties", [2, 100, 4_000])
def test_rows_of_one_time_have_no_order(ties: int) -> None:
    """Neither does sorting them right before wrong alarm, nor does any order change the capital."""
    rng = np.random.default_rng(20261128)
    times = np.repeat(np.arange(-(-4_000 // ties)), ties)[:4_000].astype(float)
    alarms = 0
    for _ in range(30):
        losses = errors(rng, (0.11, 4_000))
        ordered = losses[np.lexsort((losses, times))]
        path = Losses.count(ordered, times).against(0.11)
        shuffled = losses[np.lexsort((rng.random(4_000), times))]
        assert path.log_e == pytest.approx(Losses.count(shuffled, times).against(0.11).log_e)
        assert set(path.rows) <= set(range(ties, 4_001, ties))
        alarms += path.alarm(ALPHA) is not None
    assert alarms / 30 <= ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / 30)


def days(rng: np.random.Generator, rate: float, n: int, size: int, alike: float) -> np.ndarray:
    """Losses of days whose chances follow a beta law, so that two of a day correlate by `alike`."""
    worth = 1 / alike - 1
    chance = rng.beta(rate * worth, (1 - rate) * worth, n // size)
    return (rng.random(n) < np.repeat(chance, size)).astype(float)


def test_rows_of_a_day_may_depend_on_each_other() -> None:
    """Taken as independent, such rows alarm in nearly half of the runs."""
    rng, times = np.random.default_rng(20261130), np.repeat(np.arange(160.0), 25)
    losses = [days(rng, 0.11, 4_000, 25, 0.1) for _ in range(40)]
    together = [Losses.count(one, times).against(0.11).alarm(ALPHA) for one in losses]
    alone = [Losses.count(one).against(0.11).alarm(ALPHA) for one in losses]
    assert sum(one is not None for one in together) <= 4
    assert sum(one is not None for one in alone) > 12


def test_dependence_is_measured_between_times() -> None:
    rng, times = np.random.default_rng(6), np.repeat(np.arange(400.0), 25)
    for alike in (0.01, 0.05, 0.2):
        found = Losses.count(days(rng, 0.11, 10_000, 25, alike), times).alike
        assert alike * 0.6 < found < alike * 2 + 0.01
    assert Losses.count(errors(rng, (0.11, 10_000)), times).alike < 0.02
    assert Losses.count(errors(rng, (0.11, 100))).alike is None


def test_few_times_bet_on_their_means_alone() -> None:
    """Ten times do not show how alike their rows are; a mean three times the ceiling is enough."""
    rng, times = np.random.default_rng(7), np.repeat(np.arange(10.0), 500)
    counted = Losses.count(errors(rng, (0.13, 5_000)), times)
    assert (counted.counts, counted.alike) == (None, None)
    assert counted.against(0.11).alarm(ALPHA) is None
    assert Losses.count(errors(rng, (0.4, 5_000)), times).against(0.11).alarm(ALPHA) <= 3_500


def test_forty_looks_at_growing_data_alarm_as_seldom_as_the_last() -> None:
    losses = [errors(np.random.default_rng(k), (0.11, 2_000)) for k in range(30)]
    looks = np.linspace(50, 2_000, 40).astype(int)
    alarmed = [
        any(Losses.count(x[:n]).against(0.11).alarm(ALPHA) is not None for n in looks)
        for x in losses
    ]
    assert np.mean(alarmed) <= ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / 30)


def test_many_rows_are_looked_at_in_blocks() -> None:
    rng = np.random.default_rng(1)
    found = Losses.count(errors(rng, (0.1, 100_000)))
    assert len(found.rows) < 3_000
    assert found.stakes.sum() < 1
    assert found.rows[-1] == 100_000
    assert found.counts.sum() == pytest.approx(100_000)
    assert found.against(0.11).alarm(ALPHA) is None


def test_what_no_loss_says() -> None:
    empty = Losses.count(np.array([]))
    assert empty.against(0.1).alarm(ALPHA) is None
    assert empty.floor(ALPHA) == 0


@pytest.mark.parametrize("losses", [[-0.1], [1.1], [np.nan]])
def test_losses_outside_the_unit_interval_are_refused(losses: list[float]) -> None:
    with pytest.raises(ValueError, match="losses lie in"):
        Losses.count(np.array(losses))


@pytest.mark.parametrize("ceiling", [0.0, 1.0, -1.0])
def test_a_ceiling_outside_is_refused(ceiling: float) -> None:
    with pytest.raises(ValueError, match="ceiling"):
        Losses.count(np.array([0.5])).against(ceiling)
