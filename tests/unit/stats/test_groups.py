"""Counts by group and the rates that follow, against Fairlearn, published numbers and resampling."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.fairness_speed import resample
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from mlgate.stats import group_macro, group_means, groups
from mlgate.stats.auc import interval, roc_auc

ADULT = Path(__file__).parents[3] / "examples" / "income" / "data" / "adult.parquet"


AIF360 = Path(__file__).with_name("aif360_adult.json")
GERMAN = Path(__file__).with_name("german_credit.csv")


def draw(n=3000, levels=(4, 3), seed=0):
    rng = np.random.default_rng(seed)
    columns = [rng.integers(0, k, n).astype(np.int32) for k in levels]
    y = rng.random(n) < 0.3 + 0.1 * columns[0]
    new = np.where(rng.random(n) < 0.2, ~y, y)
    old = np.where(rng.random(n) < 0.1, ~new, new)
    return columns, y.astype(np.int32), new.astype(np.int32), old.astype(np.int32)


def tables(columns, levels, y, new, old=None, by=None):
    sides = [(side, 2) for side in (y, new, old) if side is not None]
    cells = groups.count([*zip(columns, levels, strict=True), *sides])
    grouped = groups.by(cells, range(len(columns)) if by is None else by)
    flags = [codes == 1 for codes in cells.codes[len(columns) :]]
    return grouped, groups.table(cells, grouped, *flags)


class TestCounts:
    def test_every_row_is_in_one_cell(self):
        columns, y, new, old = draw()
        grouped, table = tables(columns, (4, 3), y, new, old)
        assert table.shape == (12, 2, 2, 2)
        for index, (a, b) in enumerate(grouped.codes):
            inside = (columns[0] == a) & (columns[1] == b)
            for i, j, k in np.ndindex(2, 2, 2):
                wanted = (inside & (y == i) & (new == j) & (old == k)).sum()
                assert table[index, i, j, k] == wanted

    def test_columns_are_sums_over_intersections(self):
        columns, y, new, _ = draw()
        _, whole = tables(columns, (4, 3), y, new)
        _, first = tables(columns, (4, 3), y, new, by=(0,))
        assert (whole.reshape(4, 3, 2, 2).sum(axis=1) == first).all()

    def test_tables_too_large_to_be_dense_are_the_same(self, monkeypatch):
        columns, y, new, _ = draw(seed=2)
        dense = groups.count([(columns[0], 4), (columns[1], 3), (y, 2), (new, 2)])
        monkeypatch.setattr(groups, "_DENSE", 10)
        sparse = groups.count([(columns[0], 4), (columns[1], 3), (y, 2), (new, 2)])
        assert (sparse.counts == dense.counts).all()
        assert all((a == b).all() for a, b in zip(sparse.codes, dense.codes, strict=True))

    def test_rows_are_assigned_to_their_groups(self):
        columns, y, new, _ = draw()
        cells = groups.count([(columns[0], 4), (columns[1], 3), (y, 2), (new, 2)])
        grouped = groups.by(cells, (1, 0))
        rows = groups.assign([(columns[1], 3), (columns[0], 4)], grouped)
        assert (grouped.codes[rows] == np.stack([columns[1], columns[0]], axis=1)).all()


class TestAgainstFairlearn:
    def test_rates_are_those_of_metric_frame(self):
        columns, y, new, _ = draw()
        frame = fairlearn.MetricFrame(
            metrics={
                "selection_rate": fairlearn.selection_rate,
                "tpr": fairlearn.true_positive_rate,
                "fpr": fairlearn.false_positive_rate,
                "fnr": fairlearn.false_negative_rate,
                "tnr": fairlearn.true_negative_rate,
                "accuracy": lambda y, p: (y == p).mean(),
            },
            y_true=y,
            y_pred=new,
            sensitive_features=np.stack(columns, axis=1),
        )
        _, table = tables(columns, (4, 3), y, new)
        for name in frame.by_group.columns:
            ours = groups.rate(table, groups.SHARES[name]).value
            assert ours == pytest.approx(frame.by_group[name].to_numpy(float), abs=1e-12)

    def test_precision_and_npv(self):
        from sklearn.metrics import precision_score

        columns, y, new, _ = draw()
        _, table = tables(columns[:1], (4,), y, new)
        for name, side in (("precision", 1), ("npv", 0)):
            ours = groups.rate(table, groups.SHARES[name]).value
            for group in range(4):
                rows = columns[0] == group
                wanted = precision_score(y[rows], new[rows], pos_label=side)
                assert ours[group] == pytest.approx(wanted, abs=1e-12)


@pytest.fixture(scope="module")
def adult():
    import pandas as pd
    import pyarrow.parquet as pq

    return pd.DataFrame(pq.read_table(ADULT).to_pydict())


class TestPublished:
    """UCI Adult: numbers that Fairlearn's and AIF360's documentation and tests print."""

    def test_disparate_impact_of_aif360(self, adult):
        """45,222 complete rows, the test file first, 70 % drawn: 0.36011001703880235."""
        import pandas as pd
        from sklearn.model_selection import train_test_split

        rows = pd.concat([adult[32561:], adult[:32561]]).dropna()
        assert len(rows) == 45222
        drawn, _ = train_test_split(range(len(rows)), train_size=0.7, random_state=1234567)
        rows = rows.iloc[drawn]
        sex = (rows["sex"] == "Male").to_numpy(np.int32)
        label = (rows["income"] == ">50K").to_numpy(np.int32)
        _, table = tables([sex], (2,), label, label)
        female, male = groups.rate(table, groups.SHARES["base_rate"]).value
        assert female / male == pytest.approx(0.36011001703880235, abs=1e-15)

    def test_every_metric_of_aif360(self, adult):
        """Recorded by `record_aif360.py` on all 48,842 rows; its differences are Female − Male."""
        recorded = json.loads(AIF360.read_text())
        married = adult["marital-status"].str.startswith("Married")
        said = (married & (adult["education-num"] >= 10)) | (adult["capital-gain"] > 5000)
        sex = (adult["sex"] == "Male").to_numpy(np.int32)
        label = (adult["income"] == ">50K").to_numpy(np.int32)
        _, table = tables([sex], (2,), label, said.to_numpy(np.int32))
        names = {
            "TPR": "tpr", "TNR": "tnr", "FPR": "fpr", "FNR": "fnr", "PPV": "precision",
            "NPV": "npv", "ACC": "accuracy", "selection_rate": "selection_rate",
            "base_rate": "base_rate",
        }  # fmt: skip
        found = {one: groups.rate(table, groups.SHARES[one]).value for one in names.values()}
        for theirs, ours in names.items():
            wanted = [recorded[group][theirs] for group in ("Female", "Male")]
            assert found[ours] == pytest.approx(wanted, abs=1e-12), theirs
        selected, tpr, fpr, fnr = (found[x] for x in ("selection_rate", "tpr", "fpr", "fnr"))
        gaps = {
            "statistical_parity_difference": selected[0] - selected[1],
            "disparate_impact": selected[0] / selected[1],
            "equal_opportunity_difference": tpr[0] - tpr[1],
            "average_abs_odds_difference": (abs(tpr[0] - tpr[1]) + abs(fpr[0] - fpr[1])) / 2,
            "false_positive_rate_difference": fpr[0] - fpr[1],
            "false_negative_rate_difference": fnr[0] - fnr[1],
            "false_positive_rate_ratio": fpr[0] / fpr[1],
            "false_negative_rate_ratio": fnr[0] / fnr[1],
        }
        for name, value in gaps.items():
            assert value == pytest.approx(recorded[name], abs=1e-12), name

    def test_mean_difference_of_aif360(self):
        """German credit, 700 of 1,000 rows drawn, privileged from 25 years: −0.169905.

        Statlog (German Credit Data) by H. Hofmann, UCI Machine Learning Repository, 1994, CC BY 4.0,
        doi:10.24432/C5NC77: two columns of it, in its order.
        """
        age, good = np.loadtxt(GERMAN, delimiter=",", skiprows=1, dtype=np.int32, unpack=True)
        drawn = np.random.RandomState(0).choice(1000, 1000, replace=False)[:700]
        privileged = (age[drawn] >= 25).astype(np.int32)
        _, table = tables([privileged], (2,), good[drawn], good[drawn])
        others, own = groups.rate(table, groups.SHARES["base_rate"]).value
        assert others - own == pytest.approx(-0.169905, abs=1e-6)

    def test_quickstart_of_fairlearn(self, adult):
        """A tree of depth 4: accuracy .8443 (.9251, .8042), selection rate .1638 (.0635, .2135)."""
        import pandas as pd
        from sklearn.tree import DecisionTreeClassifier

        features = pd.get_dummies(adult.drop(columns=["id", "income"]))
        label = (adult["income"] == ">50K").to_numpy(np.int32)
        tree = DecisionTreeClassifier(min_samples_leaf=10, max_depth=4, random_state=0)
        predicted = tree.fit(features, label).predict(features)
        sex = (adult["sex"] == "Male").to_numpy(np.int32)
        _, table = tables([sex], (2,), label, predicted)
        accuracy = groups.rate(table, groups.SHARES["accuracy"]).value
        selected = groups.rate(table, groups.SHARES["selection_rate"]).value
        assert accuracy == pytest.approx([0.9251, 0.8042], abs=1e-4)
        assert selected == pytest.approx([0.0635, 0.2135], abs=1e-4)
        whole = table.sum(axis=0, keepdims=True)
        assert groups.rate(whole, groups.SHARES["accuracy"]).value == pytest.approx(
            0.8443, abs=1e-4
        )
        assert groups.rate(whole, groups.SHARES["selection_rate"]).value == pytest.approx(
            0.1638, abs=1e-4
        )


class TestUndefined:
    def test_no_positives_is_no_true_positive_rate(self):
        table = np.array([[[5, 3], [0, 0]]])
        found = groups.rate(table, groups.SHARES["tpr"])
        assert np.isnan(found.value[0])
        assert found.n[0] == 0
        assert all(np.isnan(bound[0]) for bound in found.bounds(0.05))


class TestChange:
    def test_covariance_is_that_of_resampled_rows(self):
        """The delta method against 4,000 multinomial resamples."""
        columns, y, new, old = draw(2000, (2,), seed=3)
        _, table = tables(columns, (2,), y, new, old)
        resampled = resample(table, replicates=4000, seed=1)
        for name, share in groups.SHARES.items():
            found = groups.change(table, share)
            sides = [groups.rate(resampled.sum(axis=axis), share).value for axis in (4, 3)]
            for group in range(2):
                wanted = np.cov(sides[0][:, group], sides[1][:, group])
                assert found.new.variance[group] == pytest.approx(wanted[0, 0], rel=0.12), name
                assert found.old.variance[group] == pytest.approx(wanted[1, 1], rel=0.12), name
                assert found.covariance[group] == pytest.approx(wanted[0, 1], rel=0.15, abs=2e-6)

    def test_identical_predictions_are_known_to_be(self):
        columns, y, new, _ = draw()
        _, table = tables(columns, (4, 3), y, new, new)
        assert groups.change(table, groups.SHARES["precision"]).identical
        _, table = tables(columns, (4, 3), y, new, 1 - new)
        assert not groups.change(table, groups.SHARES["precision"]).identical

    def test_bounds_never_collapse_where_no_row_differs(self):
        columns, y, new, _ = draw()
        _, table = tables(columns, (4, 3), y, new, new)
        for share in groups.SHARES.values():
            low, high = groups.change(table, share).bounds(0.05, 1.0)
            assert (low < 0).all()
            assert (high > 0).all()


class TestMacro:
    def test_is_scikit_learn_s(self):
        from sklearn.metrics import precision_score, recall_score

        rng = np.random.default_rng(6)
        group, y = rng.integers(0, 3, 1500), rng.integers(0, 4, 1500)
        new = np.where(rng.random(1500) < 0.3, rng.integers(0, 4, 1500), y)
        cells = groups.count([(group, 3), (y, 4), (new, 4)])
        grouped = groups.by(cells, (0,))
        for of, score in (("label", recall_score), ("prediction", precision_score)):
            found = group_macro.macro(cells, grouped, cells.codes[1], cells.codes[2], 4, of)
            wanted = [score(y[group == g], new[group == g], average="macro") for g in range(3)]
            assert found.value == pytest.approx(wanted, abs=1e-12)
            low, high = found.bounds(0.05)
            assert (low < found.value).all()
            assert (found.value < high).all()

    def test_a_class_without_rows_is_undefined(self):
        cells = groups.count(
            [(np.zeros(4, int), 1), (np.array([0, 0, 1, 1]), 3), (np.array([0, 1, 1, 0]), 3)]
        )
        found = group_macro.macro(
            cells, groups.by(cells, (0,)), cells.codes[1], cells.codes[2], 3, "label"
        )
        assert np.isnan(found.value[0])
        assert found.n[0] == 0


class TestMeans:
    def test_mean_and_rmse_by_group(self):
        rng = np.random.default_rng(8)
        group, errors = rng.integers(0, 3, 900), rng.normal(size=900)
        found, root = group_means.mean(errors, group, 3), group_means.rmse(errors, group, 3)
        for g in range(3):
            own = errors[group == g]
            n = len(own)
            assert found.measured.value[g] == pytest.approx(own.mean())
            assert found.measured.variance[g] == pytest.approx(own.var(ddof=1) / n)
            half = scipy_stats.t.ppf(0.95, n - 1) * own.std(ddof=1) / np.sqrt(n)
            # No narrower than Student's, and little wider on ordinary errors.
            assert half <= found.measured.bounds(0.05)[1][g] - own.mean() <= 1.1 * half
            assert root.measured.value[g] == pytest.approx(np.sqrt((own**2).mean()))
            low, high = root.measured.bounds(0.05)
            assert 0 < low[g] < root.measured.value[g] < high[g]

    def test_a_single_row_has_no_interval(self):
        found = group_means.mean(np.array([1.0, 2.0, 3.0]), np.array([0, 0, 1]), 2).measured
        assert np.isnan(found.bounds(0.05)[0]).tolist() == [False, True]

    def test_roc_auc_is_that_of_the_group_alone(self):
        rng = np.random.default_rng(9)
        group, positive = rng.integers(0, 2, 600), rng.random(600) < 0.4
        score = np.round(rng.random(600) * 0.5 + 0.3 * positive, 2)
        found = group_means.roc_auc(positive, score, group, 2).measured
        for g in range(2):
            one = interval(roc_auc(positive[group == g], score[group == g]))
            low, high = found.bounds(0.05)
            assert (found.value[g], low[g], high[g]) == pytest.approx((one.value, *one.interval))

    def test_a_group_of_one_class_has_no_auc(self):
        found = group_means.roc_auc(
            np.array([True, True, False]), np.array([0.1, 0.2, 0.3]), np.array([0, 0, 0]), 2
        )
        assert np.isnan(found.measured.value).tolist() == [False, True]

    def test_a_shifted_prediction_is_a_change(self):
        group = np.array([0, 0, 0, 1, 1, 1])
        errors = np.array([1.0, 2, 4, 1, 5, 2])
        new, old = group_means.mean(errors + 1, group, 2), group_means.mean(errors, group, 2)
        found = group_means.change(new, old, group, 2)
        assert not found.identical
        assert found.bounds(0.05, 1.0)[0] == pytest.approx([1, 1])

    def test_a_small_group_may_hide_what_a_large_one_shows(self):
        group = np.repeat([0, 1], [30, 1_000])
        errors = np.ones(1_030)
        errors[-10:] = 30.0
        for found in (group_means.mean(errors, group, 2), group_means.rmse(errors, group, 2)):
            _, high = found.measured.bounds(0.05)
            assert high[0] > 3


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=8, max_size=8), st.integers(2, 5))
def test_rates_do_not_depend_on_the_scale(counts, times):
    table = np.array(counts).reshape(2, 2, 2)
    for share in groups.SHARES.values():
        one, many = groups.rate(table, share), groups.rate(table * times, share)
        assert one.value == pytest.approx(many.value, nan_ok=True)
        width = [np.subtract(*side.bounds(0.05)[::-1]) for side in (one, many)]
        assert (np.isnan(width[0]) | (width[1] <= width[0])).all()
