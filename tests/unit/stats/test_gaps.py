"""Gaps between groups: equal to Fairlearn's, and bounds that hold."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.stats import gaps, groups
from mlgate.stats.proportions import newcombe

SHARES = groups.SHARES


def table(sizes, rates, rng, base=0.4, flips=None):
    """Counts (G, 2, 2), or (G, 2, 2, 2) with a baseline that flips a share of predictions."""
    found = []
    for n, rate in zip(sizes, rates, strict=True):
        y = rng.random(n) < base
        new = rng.random(n) < rate
        if flips is None:
            found.append(np.bincount(2 * y + new, minlength=4).reshape(2, 2))
        else:
            old = np.where(rng.random(n) < flips, rng.random(n) < rate, new)
            found.append(np.bincount(4 * y + 2 * new + old, minlength=8).reshape(2, 2, 2))
    return np.array(found)


def every_pair(one, least=1):
    return gaps.comparable(one.n >= least, np.ones((len(one.n),) * 2, dtype=bool))


def compared(counts, name="selection_rate", least=1, **options):
    one = groups.rate(counts, SHARES[name])
    return gaps.difference([one], [every_pair(one, least)], **options)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    group = rng.integers(0, 5, 4000)
    y = (rng.random(4000) < 0.2 + 0.1 * group).astype(int)
    new = np.where(rng.random(4000) < 0.15 + 0.03 * group, 1 - y, y)
    cells = groups.count([(group, 5), (y, 2), (new, 2)])
    counts = groups.table(cells, groups.by(cells, (0,)), cells.codes[1] == 1, cells.codes[2] == 1)
    return group, y, new, counts


class TestAgainstOthers:
    @pytest.mark.parametrize(
        ("name", "parts"),
        [
            ("demographic_parity", ["selection_rate"]),
            ("equal_opportunity", ["tpr"]),
            ("equalized_odds", ["tpr", "fpr"]),
        ],
    )
    def test_gaps_are_fairlearn_s(self, rows, name, parts):
        group, y, new, counts = rows
        measured = [groups.rate(counts, SHARES[part]) for part in parts]
        pairs = [every_pair(one) for one in measured]
        for kind in ("difference", "ratio"):
            theirs = getattr(fairlearn, f"{name}_{kind}")(y, new, sensitive_features=group)
            ours = getattr(gaps, kind)(measured, pairs)
            assert ours.value == pytest.approx(theirs, abs=1e-12)

    def test_two_groups_have_newcombe_s_interval(self):
        counts = np.array([[[40, 20], [30, 50]], [[90, 10], [40, 60]]])
        found = compared(counts, confidence=0.975)
        one = newcombe((70, 140), (70, 200), confidence=0.975)
        both = newcombe((70, 140), (70, 200), confidence=0.9875)
        assert found.value == pytest.approx(one.value)
        assert found.upper == pytest.approx(one.upper)
        assert found.lower == pytest.approx(both.lower)
        assert (found.high, found.low, found.pairs) == (0, 1, 1)


class TestWhatIsCompared:
    def test_small_groups_are_in_no_gap(self):
        counts = np.array([[[40, 20], [30, 50]], [[41, 19], [31, 49]], [[0, 0], [0, 1]]])
        assert compared(counts, "tpr").value > 0.3
        found = compared(counts, "tpr", least=30)
        assert found.value < 0.05
        assert {found.high, found.low} == {0, 1}

    def test_fewer_than_two_groups(self):
        counts = np.array([[[40, 20], [30, 50]], [[0, 0], [0, 1]]])
        assert compared(counts, "tpr", least=30) == gaps.NO_GAP

    def test_a_reference_group_leaves_fewer_pairs(self):
        rng = np.random.default_rng(0)
        one = groups.rate(table([500] * 4, [0.2, 0.3, 0.5, 0.4], rng), SHARES["selection_rate"])
        allowed = np.zeros((4, 4), dtype=bool)
        allowed[1] = allowed[:, 1] = True
        pairs = gaps.comparable(one.n > 0, allowed)
        found = gaps.difference([one], [pairs])
        assert found.pairs == 3
        assert {found.high, found.low} == {2, 1}

    def test_a_ratio_of_zeros_is_undefined(self):
        counts = np.array([[[40, 0], [30, 0]], [[41, 0], [31, 0]]])
        one = groups.rate(counts, SHARES["selection_rate"])
        found = gaps.ratio([one], [every_pair(one)])
        assert (found.value, found.pairs) == (None, 1)

    def test_one_zero_is_a_ratio_of_zero(self):
        counts = np.array([[[40, 0], [30, 0]], [[41, 10], [31, 10]]])
        one = groups.rate(counts, SHARES["selection_rate"])
        found = gaps.ratio([one], [every_pair(one)])
        assert (found.value, found.lower) == (0, 0)
        assert 0 < found.upper < 0.5


class TestLaws:
    @settings(max_examples=80)
    @given(st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4), min_size=2, max_size=6))
    def test_bounds_hold_the_value(self, cells):
        counts = np.array(cells).reshape(-1, 2, 2)
        for name in ("selection_rate", "tpr", "precision"):
            one = groups.rate(counts, SHARES[name])
            pairs = [every_pair(one)]
            for kind in (gaps.difference, gaps.ratio):
                found = kind([one], pairs)
                if found.value is not None:
                    assert -1e-9 <= found.lower <= found.value + 1e-9
                    assert found.value <= found.upper + 1e-9
                    assert found.upper <= 1 + 1e-9

    def test_the_order_of_groups_does_not_matter(self):
        counts = table([300, 200, 500], [0.2, 0.3, 0.25], np.random.default_rng(3), flips=0.1)
        order = [2, 0, 1]
        for make in (gaps.difference_change, gaps.ratio_change):
            found = [
                make([one], [every_pair(one.new)])
                for one in (groups.change(c, SHARES["tpr"]) for c in (counts, counts[order]))
            ]
            for name in ("value", "lower", "upper"):
                assert getattr(found[0], name) == pytest.approx(getattr(found[1], name))

    def test_the_same_predictions_do_not_change_a_gap(self):
        counts = table([300, 200], [0.2, 0.3], np.random.default_rng(3), flips=0.0)
        one = groups.change(counts, SHARES["tpr"])
        for make in (gaps.difference_change, gaps.ratio_change):
            found = make([one], [every_pair(one.new)])
            assert (found.value, found.lower, found.upper) == (0, 0, 0)

    def test_a_gap_that_is_surely_wide_changes_as_its_pair_does(self):
        """Only one pair can be the widest, so its own interval is the gap's."""
        counts = table([4000, 4000], [0.2, 0.6], np.random.default_rng(4), flips=0.1)
        one = groups.change(counts, SHARES["selection_rate"])
        found = gaps.difference_change([one], [every_pair(one.new)])
        spread = one.new.variance - 2 * one.covariance + one.old.variance
        half = 1.722 * np.sqrt(spread.sum())  # z at .9575: .15 of .05 goes to the gaps
        assert found.upper - found.value == pytest.approx(half, rel=0.02)
        assert found.value - found.lower == pytest.approx(half, rel=0.02)


class TestCalibration:
    """Reduced; benchmarks/fairness_calibration.py has the whole."""

    @pytest.mark.parametrize(
        "sizes", [(1000, 1000), (20, 50, 100, 200, 500, 1000, 2000, 5000), (30,) * 40]
    )
    def test_equal_groups_raise_no_alarm(self, sizes):
        """`fail` at a tolerance of 0 is an alarm: the lower bound is above 0."""
        rng = np.random.default_rng(5)
        alarms = 0
        for _ in range(200):
            found = compared(table(sizes, [0.3] * len(sizes), rng), least=30)
            alarms += found.lower > 0
        assert alarms / 200 <= 0.05 + 0.03

    def test_the_upper_bound_holds_the_largest_gap(self):
        rng = np.random.default_rng(6)
        rates = (0.30, 0.35, 0.40, 0.28)
        held = sum(
            compared(table((300, 500, 400, 800), rates, rng)).upper >= 0.12 for _ in range(300)
        )
        assert held / 300 >= 0.93

    def test_changes_are_held(self):
        """Both sides have the same law, so that the true change of the gap is 0."""
        rng = np.random.default_rng(7)
        above = below = 0
        for _ in range(300):
            counts = table((200, 400, 300), (0.3, 0.45, 0.4), rng, flips=0.15)
            one = groups.change(counts, SHARES["selection_rate"])
            found = gaps.difference_change([one], [every_pair(one.new)])
            above += found.lower > 0
            below += found.upper < 0
        assert above / 300 <= 0.08
        assert below / 300 <= 0.08
