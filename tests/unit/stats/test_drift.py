"""Drift's statistics against scipy, against their laws, and against what makes others fail."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlgate.stats import counts, drift_levels, drift_numbers, ks, transport
from mlgate.stats.drift_rule import listing, share
from mlgate.stats.ecdf import Ecdf, on_grid
from mlgate.stats.summary import few_whole, of_codes, of_few_numbers, of_numbers


def samples(kind: str, n: int, m: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    draw = {
        "normal": random.normal,
        "heavy": random.standard_cauchy,
        "ties": lambda size: random.integers(0, 9, size) * 1.0,
        "lognormal": lambda size: random.lognormal(0, 2, size),
    }[kind]
    return np.sort(draw(size=n)), np.sort(draw(size=m) + (0.05 if kind != "ties" else 0))


SIZES = [(1, 1), (3, 7), (50, 31), (400, 5_000), (20_000, 33_001), (40_000, 40_000)]
KINDS = ["normal", "heavy", "ties", "lognormal"]


class TestKolmogorovSmirnov:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(("n", "m"), SIZES)
    def test_is_scipys_statistic_to_the_last_bit(self, kind: str, n: int, m: int) -> None:
        x, y = samples(kind, n, m)
        if (n, m) == (1, 1):  # scipy divides by zero
            assert ks.statistic(x, y) == 1
        else:
            assert ks.statistic(x, y) == stats.ks_2samp(x, y, method="asymp").statistic

    @given(
        st.lists(st.integers(-4, 4), min_size=1, max_size=40),
        st.lists(st.integers(-4, 4), min_size=1, max_size=40),
    )
    def test_few_values(self, x: list[int], y: list[int]) -> None:
        a, b = (np.sort(np.array(z, dtype=float)) for z in (x, y))
        apart = [abs(np.mean(a <= at) - np.mean(b <= at)) for at in range(-4, 5)]
        assert ks.statistic(a, b) == pytest.approx(max(apart), abs=1e-12)

    @pytest.mark.parametrize(("n", "m"), [(3, 7), (50, 31), (300, 401)])
    def test_exact_p_value_without_ties_is_scipys(self, n: int, m: int) -> None:
        x, y = samples("normal", n, m)
        expected = stats.ks_2samp(x, y, method="exact").pvalue
        assert ks.exact_p_value(x, y) == pytest.approx(expected, rel=1e-9)

    def test_exact_p_value_with_ties_counts_every_arrangement(self) -> None:
        # Two samples of 4 and 3 over {0, 1, 2}: all 35 ways to deal the seven values out.
        import itertools

        x, y = np.array([0.0, 0, 0, 1]), np.array([1.0, 2, 2])
        pooled = np.sort(np.concatenate([x, y]))
        found = ks.statistic(x, y)
        far = [
            ks.statistic(pooled[list(some)], np.delete(pooled, list(some))) >= found - 1e-12
            for some in itertools.combinations(range(7), 4)
        ]
        assert ks.exact_p_value(x, y) == pytest.approx(sum(far) / len(far))

    def test_tiny_p_values_keep_their_digits(self) -> None:
        x, y = np.arange(60.0), np.arange(100.0, 160.0)
        assert ks.exact_p_value(x, y) == pytest.approx(2 / math.comb(120, 60), rel=1e-9)

    def test_limit_errs_to_the_large_side_and_converges(self) -> None:
        for n, tolerance in ((50, 0.5), (300, 0.2)):
            x, y = np.arange(n * 1.0), np.arange(n) + int(1.9 * n**0.5) + 0.5
            exact, limit = ks.exact_p_value(x, y), ks.p_value(ks.statistic(x, y), n, n)
            assert exact <= limit <= exact * (1 + tolerance)


class TestWasserstein:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(("n", "m"), SIZES)
    def test_is_scipys(self, kind: str, n: int, m: int) -> None:
        x, y = samples(kind, n, m)
        assert transport.wasserstein(x, y) == pytest.approx(
            stats.wasserstein_distance(x, y), rel=1e-9
        )

    @given(st.integers(4_097, 9_000), st.integers(4_097, 9_000), st.integers(0, 99))
    def test_cells_and_merging_agree(self, n: int, m: int, seed: int) -> None:
        x, y = samples(KINDS[seed % 4], n, m, seed)
        whole = transport._merged(x, y, np.array([0]), np.array([1]), 1)
        assert transport.wasserstein(x, y) == pytest.approx(whole, rel=1e-9)


class TestCounts:
    def test_homogeneity_is_pearsons_with_n_minus_one(self) -> None:
        old, new = np.array([50.0, 30, 20]), np.array([40.0, 45, 15])
        expected = stats.chi2_contingency(np.array([old, new]), correction=False)
        found = counts.homogeneity(old, new)
        assert found.statistic == pytest.approx(expected.statistic * 199 / 200)
        assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 2))

    def test_one_cell_is_no_test(self) -> None:
        assert counts.homogeneity(np.array([5.0]), np.array([7.0])).p_value is None

    @pytest.mark.parametrize(
        ("a", "b"), [((0, 10), (3, 1_000)), ((2, 100), (0, 50)), ((1, 9), (8, 11))]
    )
    def test_rates_of_few_rows_by_fishers_mid_p(
        self, a: tuple[int, int], b: tuple[int, int]
    ) -> None:
        table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]
        whole = stats.fisher_exact(table).pvalue
        here = stats.hypergeom.pmf(a[0], a[1] + b[1], a[0] + b[0], a[1])
        assert counts.rate_p_value(a, b) == pytest.approx(whole - here / 2, rel=1e-6)

    def test_rate_that_never_varies_is_no_test(self) -> None:
        assert counts.rate_p_value((0, 10), (0, 20)) is None
        assert counts.rate_p_value((10, 10), (20, 20)) is None

    def test_pooling_leaves_no_thin_cell(self) -> None:
        random = np.random.default_rng(0)
        for _ in range(50):
            old, new = (random.poisson(random.exponential(8, 40)).astype(float) for _ in "ab")
            cell = counts.pooling(old, new)
            total = np.bincount(cell, old + new)
            share_ = min(old.sum(), new.sum()) / (old.sum() + new.sum())
            assert total.min() * share_ >= counts.EXPECTED or len(total) == 1

    def test_psi_of_empty_bins_is_finite(self) -> None:
        assert math.isfinite(counts.population_stability(np.array([10.0, 0]), np.array([0.0, 10])))

    def test_psi_critical_follows_its_law(self) -> None:
        random = np.random.default_rng(1)
        n, m = 400, 900
        found = [
            counts.population_stability(
                *(random.multinomial(k, [0.1] * 10).astype(float) for k in (n, m))
            )
            for _ in range(2_000)
        ]
        assert np.mean(np.array(found) > counts.psi_critical(10, n, m)) == pytest.approx(
            0.05, abs=0.015
        )

    def test_kullback_leibler_is_scipys(self) -> None:
        from scipy.stats import entropy

        p, q = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.6, 0.0])
        assert counts.kullback_leibler(p, q) == pytest.approx(entropy(q, p))
        assert counts.kullback_leibler(q, p) is None
        assert counts.kullback_leibler(p, p) == 0

    def test_jensen_shannon_is_scipys(self) -> None:
        from scipy.spatial.distance import jensenshannon

        p, q = np.array([0.2, 0.3, 0.5, 0.0]), np.array([0.1, 0.3, 0.4, 0.2])
        assert counts.jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2))

    @pytest.mark.parametrize(
        ("levels", "n", "m"), [(2, 500, 500), (5, 200, 3_000), (50, 3_000, 500)]
    )
    def test_type_one_error(self, levels: int, n: int, m: int) -> None:
        random = np.random.default_rng(levels)
        law = random.dirichlet(np.ones(levels) * 2)
        p_values = []
        for _ in range(1_000):
            old, new = (random.multinomial(k, law).astype(float) for k in (n, m))
            p_values.append(drift_levels.compare(old, new).chi2_p)
        assert 0.03 <= np.mean(np.array(p_values) < 0.05) <= 0.07

    def test_unseen_levels_that_chance_explains(self) -> None:
        random = np.random.default_rng(2)
        old, new = (
            np.bincount(random.integers(0, 3_000, 3_000), minlength=3_000) * 1.0 for _ in "ab"
        )
        found = drift_levels.compare(old, new)
        assert found.unseen == pytest.approx(found.unseen_chance, rel=0.1)
        assert found.unseen_p > 0.2

    def test_a_new_level_is_seen(self) -> None:
        found = drift_levels.compare(np.array([500.0, 500, 0]), np.array([480.0, 480, 40]))
        assert found.unseen == 0.04
        assert found.unseen_p < 1e-9


class TestNumbers:
    def test_one_outlier_changes_no_distance(self) -> None:
        random = np.random.default_rng(0)
        old, new = random.normal(size=5_000), random.normal(0.02, 1, size=5_000)
        plain = drift_numbers.compare(Ecdf.of(old.copy()), Ecdf.of(new.copy()))
        for side in (old, new):
            side[17] = 1e6
            spoilt = drift_numbers.compare(Ecdf.of(old.copy()), Ecdf.of(new.copy()))
            assert spoilt.wasserstein == pytest.approx(plain.wasserstein, abs=0.01)
            assert spoilt.psi == pytest.approx(plain.psi, rel=0.2)
            assert spoilt.ks_p == pytest.approx(plain.ks_p, rel=0.2)

    def test_scale_is_the_standard_deviation_of_a_normal_law(self) -> None:
        values = np.random.default_rng(0).normal(7, 3, 50_000)
        assert drift_numbers.robust_scale(Ecdf.of(values))[0] == pytest.approx(3, rel=0.02)

    def test_constant_reference_is_compared_by_total_variation(self) -> None:
        found = drift_numbers.compare(
            Ecdf.of(np.full(50, 2.5)), Ecdf.of(np.array([2.5] * 30 + [3.0] * 20))
        )
        assert (found.scale, found.wasserstein, found.tv) == (None, None, 0.4)

    def test_mostly_zeros_have_a_scale(self) -> None:
        values = np.concatenate([np.zeros(950), np.arange(1.0, 51)])
        found = drift_numbers.compare(Ecdf.of(values.copy()), Ecdf.of(values + 5))
        assert found.scale > 0
        assert found.wasserstein > 0.1

    def test_infinite_values_have_a_place(self) -> None:
        values = np.concatenate([np.random.default_rng(0).normal(size=98), [np.inf, -np.inf]])
        found = drift_numbers.compare(Ecdf.of(values.copy()), Ecdf.of(values.copy()))
        assert (found.ks, found.wasserstein, found.js) == (0, 0, 0)
        assert np.isfinite(found.edges).all()
        nothing = drift_numbers.compare(Ecdf.of(np.full(9, np.inf)), Ecdf.of(np.full(9, np.inf)))
        assert nothing.wasserstein is None
        assert nothing.tv == 0

    def test_equal_weights_change_nothing(self) -> None:
        x, y = samples("ties", 300, 200)
        plain = drift_numbers.compare(Ecdf.of(x.copy()), Ecdf.of(y.copy()))
        heavy = drift_numbers.compare(
            Ecdf.of(x.copy(), np.full(300, 2.5)), Ecdf.of(y.copy(), np.full(200, 0.1))
        )
        for name in ("ks", "wasserstein", "scale", "psi", "js"):
            assert getattr(heavy, name) == pytest.approx(getattr(plain, name), abs=1e-9)

    def test_whole_weights_are_repeated_rows(self) -> None:
        x, weights = np.array([3.0, 1, 2]), np.array([1.0, 2, 3])
        weighted, repeated = Ecdf.of(x.copy(), weights), Ecdf.of(np.array([3.0, 1, 1, 2, 2, 2]))
        at = np.array([0.5, 1, 1.5, 2, 3])
        assert weighted.below(at).tolist() == pytest.approx(repeated.below(at).tolist())
        assert weighted.quantile(0.5) == repeated.quantile(0.5) == 2
        assert weighted.rows == pytest.approx(36 / 14)

    @given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
    def test_a_column_does_not_differ_from_itself(self, values: list[float]) -> None:
        found = drift_numbers.compare(Ecdf.of(np.array(values)), Ecdf.of(np.array(values)))
        assert (found.ks, found.ks_p, found.psi, found.js) == (0, 1, 0, 0)
        assert found.wasserstein in (None, 0)
        assert found.old.sum() == pytest.approx(1)

    def test_what_would_have_shown_does_show(self) -> None:
        level, n = 0.05 / 20, 800
        delta = drift_numbers.detectable(n, n, level, 0.8)
        random = np.random.default_rng(0)
        found = [
            ks.p_value(
                ks.statistic(np.sort(random.normal(size=n)), np.sort(random.normal(delta, 1, n))),
                n,
                n,
            )
            for _ in range(300)
        ]
        assert np.mean(np.array(found) < level) > 0.77
        assert drift_numbers.detectable(3, 3, level, 0.8) is None

    def test_on_a_grid_only_its_steps_are_known(self) -> None:
        grid = Ecdf(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.9, 1.0]), 100)
        snapped = on_grid(grid, Ecdf.of(np.array([0.5, 1.5, 1.7, 9.0])))
        assert snapped.below(np.array([1.0, 2.0, 3.0])).tolist() == [0.25, 0.75, 1]


class TestSummaries:
    def test_numbers_without_their_missing_ones(self) -> None:
        found = of_numbers(np.array([3.0, np.nan, 1.0, np.inf]))
        assert (found.rows, found.nulls, found.null_rate, found.infinite) == (3, 1, 0.25, 1)
        assert found.numbers.values.tolist() == [1, 3, np.inf]

    def test_nothing_but_missing(self) -> None:
        for weights in (None, np.ones(2)):
            found = of_numbers(np.array([np.nan, np.nan]), weights)
            assert (found.rows, found.null_rate, found.numbers) == (0, 1, None)

    def test_levels_and_weights(self) -> None:
        found = of_codes(
            ("a", "b", "c"), np.array([0, 1, 0, -1], dtype=np.int32), np.array([1.0, 2, 3, 4])
        )
        assert found.levels == {"a": 4.0, "b": 2.0}
        assert (found.rows, found.null_rate) == (3, 0.4)

    def test_few_whole_numbers_are_levels(self) -> None:
        assert few_whole(np.array([0.0, 1, np.nan, 2])) is True
        assert few_whole(np.array([0.5, 1])) is False
        assert few_whole(np.arange(11.0)) is False
        assert few_whole(np.array([np.nan])) is None
        assert of_few_numbers(np.array([1.0, 1, 0, np.nan])).levels == {"0": 1, "1": 2}


class TestRule:
    def test_needs_significance_and_effect(self) -> None:
        tests = {
            "both": [("distribution", 1e-9, 0.3, 0.1)],
            "small": [("distribution", 1e-9, 0.05, 0.1)],
            "chance": [("distribution", 0.4, 0.9, 0.1)],
            "none": [],
        }
        found = listing(tests, 0.05)
        assert [name for name, one in found.items() if one.drifted] == ["both"]
        assert found["both"].because == ("distribution",)
        assert share(list(found.values())) == (0.25, 0.25)

    def test_holm_is_stricter_than_benjamini_hochberg(self) -> None:
        tests = {f"c{i}": [("distribution", 0.01, 1.0, 0.1)] for i in range(10)}
        found = listing(tests, 0.05)
        assert all(one.drifted and not one.certain for one in found.values())

    def test_no_column_has_no_share(self) -> None:
        assert share([]) is None
