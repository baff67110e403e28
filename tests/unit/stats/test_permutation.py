"""Groups dealt out anew, and paired outputs swapped: levels hold, shifts are found."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from mlgate.stats.blocks import MOST, Groups, ordered_cells, permute
from mlgate.stats.swaps import stuart_maxwell, swap_p_value


def grouped(seed, groups, rows, shift=0.0, within=1.0):
    random = np.random.default_rng(seed)
    codes = np.repeat(np.arange(groups), rows).astype(np.int32)
    values = [
        random.normal(0, within, groups)[codes] + random.normal(size=len(codes)) + move
        for move in (0.0, shift)
    ]
    sides = Groups.of(codes, codes)
    cells = ordered_cells(np.concatenate(values))
    return sides, cells


def level_holds(p_values):
    """The p-values are uniform, as far as so many can tell: at three levels and as a whole.

    Each band lets a right test fail once in a thousand; a size of .10 in place of .05 fails.
    """
    found = np.array(p_values)
    for level in (0.05, 0.2, 0.5):
        low, high = stats.binom.ppf([0.0005, 0.9995], len(found), level) / len(found)
        assert low <= np.mean(found <= level) <= high
    assert stats.kstest(found, "uniform").pvalue > 0.001


def distance(old, new, kind):
    f, g = (side.sum(axis=0) / side.sum() for side in (old, new))
    if kind == "ordered":
        return np.abs(np.cumsum(f) - np.cumsum(g)).max()
    both = (old.sum(axis=0) + new.sum(axis=0)) / (old.sum() + new.sum())
    return ((f - g) ** 2 / both).sum() / (1 / old.sum() + 1 / new.sum())


class TestGroups:
    @pytest.mark.parametrize(("kind", "times"), [("ordered", 200), ("unordered", 500)])
    def test_level_holds_where_rows_of_a_group_are_alike(self, kind, times):
        p_values, naive = [], []
        for seed in range(times):
            sides, cells = grouped(seed, 30, 20)
            if kind == "unordered":
                cells = cells // 16
            table = sides.table(cells, int(cells.max()) + 1, None)
            p_values.append(permute(table, sides.split, kind).p_value)
            counts = [table[: sides.split].sum(axis=0), table[sides.split :].sum(axis=0)]
            naive.append(stats.chi2_contingency(np.stack(counts)).pvalue)
        level_holds(p_values)
        assert np.mean(np.array(naive) <= 0.05) > 0.3

    @pytest.mark.parametrize("kind", ["ordered", "unordered"])
    @pytest.mark.parametrize(("old", "new"), [(3, 3), (4, 6), (2, 9), (1, 8)])
    def test_few_groups_are_gone_through_one_by_one(self, kind, old, new):
        random = np.random.default_rng(old)
        table = random.integers(0, 9, (old + new, 4)).astype(float) + 1
        found = permute(table, old, kind)
        measured = [
            distance(table[list(way)], np.delete(table, way, axis=0), kind)
            for way in itertools.combinations(range(old + new), old)
        ]
        exact = np.mean(np.array(measured) >= measured[0] * (1 - 1e-9))
        assert found.p_value == pytest.approx(exact)

    def test_draws_come_near_to_all_ways(self):
        # C(13, 6) = 1,716 ways: more than are drawn, few enough to go through here.
        random = np.random.default_rng(3)
        table = random.integers(0, 20, (13, 4)).astype(float) + 1
        table[:6, 0] += 3
        measured = [
            distance(table[list(way)], np.delete(table, way, axis=0), "unordered")
            for way in itertools.combinations(range(13), 6)
        ]
        exact = np.mean(np.array(measured) >= measured[0] * (1 - 1e-9))
        error = 4 * (exact * (1 - exact) / 999) ** 0.5 + 1 / 1_000
        assert permute(table, 6, "unordered").p_value == pytest.approx(exact, abs=error)

    def test_a_shift_is_found_beyond_the_draws(self):
        sides, cells = grouped(0, 60, 30, shift=3.0)
        found = permute(sides.table(cells, 64, None), sides.split, "ordered")
        assert found.p_value < 1e-6
        assert found.inflation > 3

    def test_few_groups_cannot_show_more_than_they_are(self):
        sides, cells = grouped(0, 4, 500, shift=50.0)
        found = permute(sides.table(cells, 64, None), sides.split, "ordered")
        assert found.p_value >= 1 / 70 * (1 - 1e-9)

    def test_one_group_is_no_test(self):
        sides, cells = grouped(0, 1, 50)
        table = sides.table(cells, 64, None)
        assert permute(table, 0, "ordered") is None
        assert permute(np.ones((4, 1)), 2, "ordered") is None

    def test_missing_groups_are_rows_of_their_own(self):
        sides = Groups.of(
            np.array([0, 0, -1, -1], dtype=np.int32), np.array([5, 5], dtype=np.int32)
        )
        assert (sides.split, sides.count) == (3, 4)
        assert len(set(sides.codes[:4])) == 3

    def test_many_groups_are_put_together(self):
        codes = np.arange(50_000, dtype=np.int32)
        sides = Groups.of(codes, codes[:10_000])
        assert sides.count <= MOST + 1
        assert sides.split / sides.count == pytest.approx(5 / 6, abs=0.01)
        assert sides.codes[:50_000].max() < sides.split <= sides.codes[50_000:].min()

    def test_weights_count(self):
        sides = Groups.of(np.array([0, 1], dtype=np.int32), np.array([0], dtype=np.int32))
        table = sides.table(np.array([0, 1, -1]), 2, np.array([2.0, 3.0, 4.0]))
        assert table.tolist() == [[2, 0], [0, 3], [0, 0]]


class TestSwaps:
    def test_two_classes_are_mcnemars_test(self):
        old = np.repeat([0, 0, 1, 1], [50, 20, 35, 60])
        new = np.repeat([0, 1, 0, 1], [50, 20, 35, 60])
        assert stuart_maxwell(old, new, 2) == pytest.approx(stats.chi2.sf(15**2 / 55, 1))

    def test_three_classes_by_hand(self):
        # Fleiss & Everitt (1971): (n₂₃d₁² + n₁₃d₂² + n₁₂d₃²) / 2(n₁₂n₂₃ + n₁₂n₁₃ + n₁₃n₂₃), nᵢⱼ the
        # means of both corners: 3,500 / 250.
        table = np.array([[35, 5, 0], [15, 20, 5], [10, 5, 5]])
        old, new = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((3, 3)))
        assert stuart_maxwell(old, new, 3) == pytest.approx(stats.chi2.sf(14.0, 2), rel=1e-6)

    def test_no_change_is_no_test(self):
        codes = np.array([0, 1, 2])
        assert stuart_maxwell(codes, codes, 3) is None
        assert swap_p_value(codes * 1.0, codes * 1.0) == 1

    def test_level_holds_for_correlated_scores(self):
        random = np.random.default_rng(0)
        p_values = []
        for _ in range(200):
            shared = random.normal(size=150)
            sides = [shared + 0.3 * random.normal(size=150) for _ in "ab"]
            p_values.append(swap_p_value(*sides))
        level_holds(p_values)

    @pytest.mark.parametrize("seed", range(6))
    def test_few_rows_are_swapped_one_by_one(self, seed):
        random = np.random.default_rng(seed)
        old = np.arange(25.0)
        new = old.copy()
        moved = random.choice(25, 8, replace=False)
        new[moved] += random.integers(1, 6, 8) * random.choice([-1, 1, 1, 1], 8)
        furthest = []
        for signs in itertools.product([False, True], repeat=8):
            a, b = old.copy(), new.copy()
            swapped = moved[list(signs)]
            a[swapped], b[swapped] = new[swapped], old[swapped]
            furthest.append(max(abs((a <= x).sum() - (b <= x).sum()) for x in range(-6, 50)))
        exact = np.mean(np.array(furthest) >= furthest[0])
        assert swap_p_value(old, new) == pytest.approx(exact)

    def test_a_small_common_rise_is_found(self):
        random = np.random.default_rng(0)
        shared = random.normal(size=2_000)
        assert swap_p_value(shared, shared + 0.03 + 0.02 * random.normal(size=2_000)) < 1e-4
        assert stats.ks_2samp(shared, shared + 0.03).pvalue > 0.1
