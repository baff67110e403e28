"""Weighted and clustered rows: a weight is a number of rows, a cluster is one observation."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.stats.count_metrics import COUNTED

from mlgate.stats import confusion_delta, group_means, group_units, groups, influence
from mlgate.stats.group_units import Design


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    n = 900
    group = rng.integers(0, 3, n)
    y = rng.random(n) < 0.4
    new = np.where(rng.random(n) < 0.2, ~y, y)
    return group, y, new, rng.normal(size=n), rng.integers(1, 4, n)


def shares(y, new, design):
    cell = y * 2 + new
    return {
        name: group_units.share(one.num.reshape(-1)[cell], one.den.reshape(-1)[cell], design)
        for name, one in groups.SHARES.items()
    }


class TestPlain:
    """Without weights and clusters the estimates are those of the counts."""

    def test_shares(self, rows):
        group, y, new, *_ = rows
        cells = groups.count([(group, 3), (y, 2), (new, 2)])
        counts = groups.table(cells, groups.by(cells, (0,)), *(c == 1 for c in cells.codes[1:]))
        for name, found in shares(y, new, Design(group, 3)).items():
            plain = groups.rate(counts, groups.SHARES[name])
            assert found.measured.value == pytest.approx(plain.value)
            assert found.measured.n == pytest.approx(plain.n)
            assert found.measured.variance == pytest.approx(plain.variance, rel=0.02)
            for ours, wilson in zip(found.measured.bounds(0.05), plain.bounds(0.05), strict=True):
                assert ours == pytest.approx(wilson, abs=0.002)

    def test_means(self, rows):
        group, _, _, x, _ = rows
        for make in (group_means.mean, group_means.rmse):
            plain = make(x, group, 3).measured
            found = getattr(group_units, make.__name__)(x, Design(group, 3)).measured
            assert found.value == pytest.approx(plain.value)
            assert found.variance == pytest.approx(plain.variance)
            upper, expected = found.bounds(0.05)[1], plain.bounds(0.05)[1]
            assert upper == pytest.approx(expected, rel=0.02, abs=0.002)

    @pytest.mark.parametrize("clustered", [False, True])
    def test_a_change_allows_for_rows_that_the_sample_does_not_hold(self, clustered):
        """Two of 800 rows (or of 100 clusters) became far worse: Student's bound says too little of that."""
        group, far = np.repeat([1, 0], 400), np.array([3, 700])
        clusters = np.arange(800) // 8 if clustered else None
        errors = np.random.default_rng(1).normal(size=800)
        worse = (
            np.isin(np.arange(800) // 8, far // 8) if clustered else np.isin(np.arange(800), far)
        )
        weights = np.random.default_rng(2).uniform(0.5, 2, 800)
        design = Design(group, 2, weights, clusters)
        for make in (group_units.mean, group_units.rmse):
            new, old = make(np.abs(errors + 9 * worse), design), make(np.abs(errors), design)
            found = group_units.change(new, old, design, shares=False)
            low, high = found.bounds(0.05, 1.0)
            rows, change = new.rows - old.rows, new.measured.value - old.measured.value
            half = design.quantile(0.05) * np.sqrt(design.products(rows, rows))
            assert np.all(low <= change - half + 1e-12)
            assert np.all(high > change + 1.2 * half)

    def test_what_a_row_can_be_bounds_a_mean_and_its_change(self, rows):
        group, y, _, x, _ = rows
        score = 1 / (1 + np.exp(-x - y))
        group = np.where(np.arange(len(group)) < 12, 3, group)  # a group of few rows
        new, old = (group_means.mean(side - y, group, 4, 1.0) for side in (score, score**2))
        far, near = (group_means.mean(score - y, group, 4, far) for far in (None, 1.0))
        wide, narrow = (side.measured.bounds(0.05) for side in (far, near))
        assert np.all(wide[0] <= narrow[0] + 1e-12)
        assert np.all(narrow[0] > -1)
        unknown = [group_means.mean(side - y, group, 4) for side in (score, score**2)]
        known, free = (
            group_means.change(*sides, group, 4).bounds(0.05, 1.0)
            for sides in ((new, old), unknown)
        )
        assert np.all((known[0] >= free[0] - 1e-12) & (known[1] <= free[1] + 1e-12))
        assert np.all((known[0] > -1) & (known[1] < 1))

    def test_a_change_of_auc_has_students_bounds(self, rows):
        group, y, _, x, _ = rows
        scores = (1 / (1 + np.exp(-x - y)), 1 / (1 + np.exp(-x)))
        new, old = (group_means.roc_auc(y, score, group, 3) for score in scores)
        low, high = group_means.change(new, old, group, 3).bounds(0.05, 1.0)
        moved = new.rows - old.rows
        error = np.sqrt(np.bincount(group, weights=moved * moved, minlength=3))
        assert (high - low) / 2 == pytest.approx(error * 1.645, rel=0.01)

    def test_auc(self, rows):
        group, y, _, x, _ = rows
        score = 1 / (1 + np.exp(-x - y))
        plain = group_means.roc_auc(y, score, group, 3).measured
        found = group_units.roc_auc(y, score, Design(group, 3)).measured
        assert found.value == pytest.approx(plain.value)
        assert found.variance == pytest.approx(plain.variance, rel=0.01)


class TestWeights:
    def test_a_weight_counts_as_so_many_rows(self, rows):
        group, y, new, x, times = rows
        weighted = Design(group, 3, times.astype(float))
        many = Design(np.repeat(group, times), 3)
        for name, found in shares(y, new, weighted).items():
            repeated = shares(np.repeat(y, times), np.repeat(new, times), many)[name]
            assert found.measured.value == pytest.approx(repeated.measured.value)
            assert (found.measured.n < repeated.measured.n).all()
        means = [group_units.mean(x, weighted), group_units.mean(np.repeat(x, times), many)]
        assert means[0].measured.value == pytest.approx(means[1].measured.value)

    def test_their_scale_does_not_matter(self, rows):
        group, y, new, _, times = rows
        one, other = (
            shares(y, new, Design(group, 3, times * scale))["tpr"].measured for scale in (1.0, 7.0)
        )
        assert one.value == pytest.approx(other.value)
        assert one.n == pytest.approx(other.n)
        assert one.bounds(0.05)[0] == pytest.approx(other.bounds(0.05)[0])


class TestClusters:
    def test_repeating_rows_within_clusters_adds_nothing(self, rows):
        """Every row four times, as one cluster each: the bounds stay where they were."""
        group, y, new, *_ = rows
        clusters = np.repeat(np.arange(len(y)), 4)
        four = Design(np.repeat(group, 4), 3, None, clusters)
        for name, found in shares(np.repeat(y, 4), np.repeat(new, 4), four).items():
            plain = shares(y, new, Design(group, 3))[name]
            assert found.measured.n == pytest.approx(plain.measured.n)
            assert found.measured.variance == pytest.approx(plain.measured.variance)
            assert found.measured.bounds(0.05)[1] == pytest.approx(plain.measured.bounds(0.05)[1])

    def test_clustered_bounds_cover(self):
        """Rows of a cluster share their outcome half of the time: naive bounds would not hold."""
        rng = np.random.default_rng(3)
        held = naive = 0
        for _ in range(300):
            clusters = np.repeat(np.arange(60), 10)
            common = rng.random(60) < 0.3
            alone = rng.random(600) < 0.3
            hit = np.where(rng.random(600) < 0.7, common[clusters], alone)
            group = np.zeros(600, dtype=np.intp)
            everyone = np.ones(600, dtype=bool)
            for design, count in ((Design(group, 1, None, clusters), "c"), (Design(group, 1), "n")):
                low, high = group_units.share(hit, everyone, design).measured.bounds(0.05)
                inside = low[0] <= 0.3 <= high[0]
                held += inside and count == "c"
                naive += inside and count == "n"
        assert held / 300 >= 0.85
        assert naive / 300 < 0.75


def test_changes_of_identical_sides_are_known_to_be(rows):
    group, y, new, _, times = rows
    design = Design(group, 3, times.astype(float))
    one = shares(y, new, design)["tpr"]
    found = group_units.change(one, one, design, shares=True)
    assert found.identical
    assert (found.bounds(0.05, 1.0)[1] > 0).all()


@pytest.mark.parametrize("factor", [1.0, 0.98])
@pytest.mark.parametrize("agree", [0.9, 0.995])
def test_changes_of_clusters_are_those_of_the_whole_test_set(agree, factor):
    """Bounds of each group are those that `compare` gives its rows, few moved clusters or many."""
    rng = np.random.default_rng(4)
    n, clusters = 1_200, np.sort(rng.integers(0, 60, 1_200))
    group = (clusters % 2).astype(np.intp)
    y = rng.integers(0, 2, n)
    old = np.where(rng.random(n) < 0.85, y, 1 - y)
    new = np.where(rng.random(n) < agree, old, 1 - old)
    design, everyone = Design(group, 2, None, clusters), np.ones(n, dtype=bool)
    sides = [group_units.share(side == y, everyone, design) for side in (new, old)]
    low, high = group_units.change(*sides, design, shares=True).bounds(0.05, factor)
    metric = COUNTED["accuracy"]
    for code in (0, 1):
        part = group == code
        one, two = (
            confusion_delta.influence(metric, y[part], side[part], classes=2) for side in (new, old)
        )
        found = influence.contrast(one, two, factor=factor, clusters=clusters[part])
        assert (low[code], high[code]) == pytest.approx((found.lower, found.upper), abs=1e-12)
