"""Rows that are not simply independent rows: weighted, in clusters, of several seeds or folds."""

from __future__ import annotations

import dataclasses
import statistics
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.unit.checks import scikit_learn

from mlgate.checks.compare import measure as compare
from mlgate.checks.compare.families import family_of
from mlgate.checks.compare.pair import Pair
from mlgate.checks.compare.params import RequestedMetric
from mlgate.metrics import METRICS
from mlgate.metrics.spec import MeanOfGroups
from mlgate.model.attributes import Attribute
from mlgate.report.methods import words
from mlgate.stats.seeds import nadeau_bengio, welch_over_seeds

TASKS = ("binary", "multiclass", "regression")
QUANTILES = ("quantile_", "interval_")
"""Metrics of columns that metrics.quantiles names."""
WITHOUT_TEST = {"rmse", "r2", "ece"}
"""Compared by resampling: bounds are random, equal only for the same rows in the same order."""


def everything(task):
    names = (
        name
        for name, metric in METRICS.items()
        if task in metric.tasks
        and not isinstance(metric.method, MeanOfGroups)
        and not name.startswith(QUANTILES)
    )
    return compare.CompareParams(metrics=tuple(RequestedMetric(name=name) for name in names))


def measure(kit, new, old, params=None, **functions):
    inputs = kit.Inputs(new, {"main": kit.paired(new, old)}, functions=functions)
    return compare.run(inputs, params or everything(new.task))


def both(new, old, **facts):
    return replace(new, **facts), replace(old, **facts)


def fits(codes):
    codes = np.asarray(codes, dtype=np.int32)
    return Attribute(tuple(str(code) for code in range(codes.max() + 1)), codes)


def custom(name="own"):
    return compare.CompareParams(metrics=(RequestedMetric(name=name, origin="custom", source="f"),))


def mean_error(rows, weights, progress):
    """The user's function: 1 − weighted accuracy, as `inputs.custom` would call it."""
    wrong = (rows.y_true != rows.y_pred).astype(float)
    own = np.ones(len(rows)) if rows.weight is None else rows.weight
    every = own[None] if weights is None else weights * own
    return ((every @ wrong) / every.sum(axis=1)).tolist()


class TestWeights:
    @pytest.mark.parametrize("task", TASKS)
    def test_values_equal_scikit_learn_s(self, kit, task):
        new, old = kit.draw(task, n=300)
        new, old = both(new, old, weight=np.random.default_rng(1).integers(0, 5, 300) / 2)
        for name, found in measure(kit, new, old).metrics.items():
            if METRICS[name].scikit_learn is None:
                continue
            assert found.value == pytest.approx(scikit_learn.value(name, new)), name
            assert found.against["main"].baseline == pytest.approx(scikit_learn.value(name, old)), (
                name
            )
            assert ", weighted" in found.method, name
            assert ", weighted" in found.against["main"].method, name

    @pytest.mark.parametrize("task", TASKS)
    def test_values_are_those_of_repeated_rows(self, kit, task):
        new, old = kit.draw(task, n=300)
        times = np.random.default_rng(2).integers(0, 4, 300)
        index = np.repeat(np.arange(300), times)
        plain = measure(kit, new.take(index), old.take(index))
        weighted = measure(kit, *both(new, old, weight=times.astype(float)))
        for name, one in plain.metrics.items():
            other = weighted.metrics[name]
            assert other.value == pytest.approx(one.value), name
            change = other.against["main"].change
            assert change == pytest.approx(one.against["main"].change, abs=1e-12), name

    @pytest.mark.parametrize("task", TASKS)
    def test_the_spread_is_the_bootstrap_s(self, kit, task):
        """Weights that go with the outcome: n rows of equal weight would be too sure."""
        n = 400
        new, old = kit.draw(task, n=n, seed=5)
        random = np.random.default_rng(3)
        new, old = both(new, old, weight=random.lognormal(sigma=0.8, size=n))
        found = measure(kit, new, old).metrics
        draws = {name: [] for name in found if name != "ece"}
        for _ in range(250):
            index = random.integers(n, size=n)
            sides = new.take(index), old.take(index)
            pair = Pair(*sides, len, 0.95)
            for name, values in draws.items():
                new_value, old_value = (
                    family_of(METRICS[name].method).influence(pair, which).value
                    for which in ("new", "old")
                )
                values.append(new_value - old_value)
        for name, values in draws.items():
            against = found[name].against["main"]
            expected = n * np.var(values)
            assert against.row_variance == pytest.approx(expected, rel=0.35), name

    def test_one_heavy_row_is_no_sample(self, kit):
        new, old = kit.draw("binary", n=300)
        weight = np.full(300, 1e-3)
        weight[0] = 1.0
        for name, found in measure(kit, *both(new, old, weight=weight)).metrics.items():
            assert found.insufficient is not None, name
            assert found.against["main"].insufficient is not None, name

    def test_no_discordant_row_is_not_certain(self, kit):
        new, _ = kit.draw("binary", n=300)
        old = dataclasses.replace(new, score=np.clip(new.score + 1e-3, 0, 1))
        weight = np.random.default_rng(0).random(300)
        against = measure(kit, *both(new, old, weight=weight)).metrics["accuracy"].against["main"]
        worth = weight.sum() ** 2 / (weight**2).sum()
        t, z2 = stats.t.ppf(0.95, worth - 1), stats.norm.ppf(0.95) ** 2
        heaviest = np.sort(weight)[::-1]
        typical = heaviest[np.cumsum(heaviest**2) <= (weight**2).sum() / 2].min() / weight.mean()
        far = max(t * t / worth, typical * z2 / (300 + z2))
        assert against.interval == pytest.approx((-far, far), rel=0.01)

    def test_the_user_s_function(self, kit):
        new, old = kit.draw("binary", n=300)
        weight = np.random.default_rng(0).random(300)
        found = measure(kit, *both(new, old, weight=weight), custom(), f=mean_error)
        one = found.metrics["own"]
        assert one.value == pytest.approx(np.average(new.y_true != new.y_pred, weights=weight))
        assert one.method == "poisson bootstrap, weighted"


class TestClusters:
    @pytest.mark.parametrize("task", TASKS)
    def test_copies_of_rows_are_one_row(self, kit, task):
        """Five copies of every row, told as clusters, are as good as the rows alone."""
        new, old = kit.draw(task, n=300, seed=3)
        index = np.repeat(np.arange(300), 5)
        single = measure(kit, *both(new, old, cluster=np.arange(300)))
        copied = measure(kit, *both(new.take(index), old.take(index), cluster=index))
        for name, one in single.metrics.items():
            other = copied.metrics[name]
            assert "by cluster" in one.method, name
            assert other.value == pytest.approx(one.value), name
            if name in WITHOUT_TEST:
                continue
            for ours, theirs in ((one, other), (one.against["main"], other.against["main"])):
                assert ours.interval == pytest.approx(theirs.interval, rel=2e-3, abs=2e-4), name

    @pytest.mark.parametrize("task", TASKS)
    def test_single_rows_as_clusters_change_little(self, kit, task):
        new, old = kit.draw(task, n=1500, seed=4)
        plain = measure(kit, new, old).metrics
        for name, one in measure(kit, *both(new, old, cluster=np.arange(1500))).metrics.items():
            ours, theirs = one.against["main"].interval, plain[name].against["main"].interval
            width = theirs[1] - theirs[0]
            assert ours == pytest.approx(theirs, abs=0.12 * width), name

    def test_like_rows_widen_the_interval(self, kit):
        """Users who are all right or all wrong: 60 users say what 60 rows say, not 1,200."""
        random = np.random.default_rng(6)
        user = np.repeat(np.arange(60), 20)
        truth = random.integers(2, size=1200)
        right = [np.repeat(random.random(60) < share, 20) for share in (0.8, 0.7)]
        new, old = (kit.binary(truth, np.where(r, truth, 1 - truth) * 0.8 + 0.1) for r in right)
        naive = measure(kit, new, old).metrics["accuracy"].against["main"]
        found = measure(kit, *both(new, old, cluster=user)).metrics["accuracy"].against["main"]
        width, narrow = (one.interval[1] - one.interval[0] for one in (found, naive))
        assert width == pytest.approx(narrow * np.sqrt(20), rel=0.15)
        assert found.n == 1200

    @pytest.mark.parametrize("task", TASKS)
    def test_few_clusters_are_insufficient(self, kit, task):
        new, old = kit.draw(task, n=600)
        for groups in (1, 19):
            found = measure(kit, *both(new, old, cluster=np.arange(600) % groups))
            for name, one in found.metrics.items():
                why = f"only {groups} clusters, 20 are needed"
                assert why in (one.insufficient, one.against["main"].insufficient), name

    def test_unequal_clusters_are_insufficient(self, kit):
        new, old = kit.draw("binary", n=600)
        cluster = np.maximum(np.arange(600) - 560, 0)
        against = measure(kit, *both(new, old, cluster=cluster)).metrics["f1"].against["main"]
        assert "so unequal that they are worth" in against.insufficient

    def test_the_user_s_function_is_resampled_by_cluster(self, kit):
        new, old = kit.draw("binary", n=300)
        index = np.repeat(np.arange(300), 4)
        alone = measure(kit, *both(new, old, cluster=np.arange(300)), custom(), f=mean_error)
        many = measure(
            kit, *both(new.take(index), old.take(index), cluster=index), custom(), f=mean_error
        )
        one, other = alone.metrics["own"], many.metrics["own"]
        assert other.method == "poisson bootstrap, by cluster"
        assert other.interval == pytest.approx(one.interval, abs=0.01)

    def test_without_paired_rows_counts_are_not_believed(self, kit):
        new, old = kit.draw("binary", n=600)
        new, old = both(new, old, cluster=np.arange(600) // 4)
        before = compare.run(kit.Inputs(old), everything("binary"))
        found = compare.run(kit.Inputs(new, {"main": kit.unpaired(before)}), everything("binary"))
        assert found.metrics["accuracy"].against["main"].method == "own bounds"


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("facts", ["weight", "cluster", "repeat", "fold"])
class TestLaws:
    def sides(self, kit, task, facts):
        new, old = kit.draw(task, n=400, seed=9)
        random = np.random.default_rng(4)
        return both(
            new,
            old,
            **{
                "weight": {"weight": random.random(400)},
                "cluster": {"cluster": random.integers(30, size=400)},
                "repeat": {"repeat": fits(np.arange(400) % 4), "item": np.arange(400) // 4},
                "fold": {"fold": fits(np.arange(400) % 5), "item": np.arange(400)},
            }[facts],
        )

    def test_row_order_is_nothing(self, kit, task, facts):
        new, old = self.sides(kit, task, facts)
        order = np.random.default_rng(1).permutation(400)
        one = measure(kit, new, old).metrics
        other = measure(kit, new.take(order), old.take(order)).metrics
        for name, found in one.items():
            for ours, theirs in (
                (found.interval, other[name].interval),
                (found.against["main"].interval, other[name].against["main"].interval),
            ):
                assert ours == pytest.approx(theirs, abs=1e-9), name

    def test_swapping_the_sides_mirrors(self, kit, task, facts):
        new, old = self.sides(kit, task, facts)
        there, back = measure(kit, new, old).metrics, measure(kit, old, new).metrics
        for name, found in there.items():
            ours, theirs = found.against["main"], back[name].against["main"]
            assert ours.change == pytest.approx(-theirs.change), name
            tolerance = 0.02 if name in WITHOUT_TEST else 1e-9
            mirrored = (-theirs.interval[1], -theirs.interval[0])
            assert ours.interval == pytest.approx(mirrored, abs=tolerance), name

    def test_the_same_model_has_not_changed(self, kit, task, facts):
        new, _ = self.sides(kit, task, facts)
        for name, found in measure(kit, new, new).metrics.items():
            against = found.against["main"]
            assert against.change == 0, name
            low, high = against.interval
            assert low <= 0 <= high, name

    def test_it_is_said(self, kit, task, facts):
        new, old = self.sides(kit, task, facts)
        found = measure(kit, new, old)
        assert f"predictions.{facts}" in " ".join(note.text for note in found.notes)
        for name, one in found.metrics.items():
            assert words(one.method), name
            assert words(one.against["main"].method), name


class TestSeeds:
    def sides(self, kit, seeds=4, n=200, shift=0.0):
        random = np.random.default_rng(8)
        item = np.tile(np.arange(n), seeds)
        truth = np.tile(random.integers(2, size=n), seeds)
        base = np.tile(random.normal(size=n), seeds) + 1.5 * truth
        noise = [random.normal(size=seeds).repeat(n) * 0.1 for _ in range(2)]
        sides = [
            base + noise[i] + 0.3 * random.normal(size=n * seeds) - shift * (1 - i)
            for i in range(2)
        ]
        facts = {"repeat": fits(np.arange(seeds).repeat(n)), "item": item}
        return both(*(kit.binary(truth, 1 / (1 + np.exp(-s))) for s in sides), **facts)

    def test_by_the_formula(self, kit):
        new, old = self.sides(kit)
        against = measure(kit, new, old).metrics["brier"].against["main"]
        losses = [((s.score - s.y_true) ** 2).reshape(4, 200) for s in (new, old)]
        rows = (losses[0] - losses[1]).mean(axis=0)
        expected = welch_over_seeds(
            *(side.mean(axis=1).tolist() for side in losses),
            test_variance=rows.var(ddof=1) / 200,
            n=200,
        )
        assert against.change == pytest.approx(expected.value)
        # As much wider as each seed's own bounds are than what its rows show.
        widths = [high - low for low, high in (against.interval, expected.interval)]
        assert 1 <= widths[0] / widths[1] <= 1.1
        assert against.method == "welch over seeds + test rows"
        assert against.n == 200

    def test_the_spread_is_told(self, kit):
        new, old = self.sides(kit)
        found = measure(kit, new, old).metrics["accuracy"]
        values = (new.y_true == new.y_pred).reshape(4, 200).mean(axis=1)
        assert found.spread.of == "seeds"
        assert found.spread.values == pytest.approx(values)
        assert found.spread.sd == pytest.approx(statistics.stdev(values))
        assert found.against["main"].discordant is None

    def test_copies_of_a_test_row_add_nothing(self, kit):
        """Clusters of test rows count as one here as well."""
        new, old = self.sides(kit)
        index = np.repeat(np.arange(800), 3)
        cluster = new.item
        one = measure(kit, *both(new, old, cluster=cluster)).metrics
        copies = both(new.take(index), old.take(index), item=np.arange(2400) % 600)
        other = measure(kit, *both(*copies, cluster=cluster[index])).metrics
        for name, found in one.items():
            ours, theirs = found.against["main"], other[name].against["main"]
            assert ours.interval == pytest.approx(theirs.interval, rel=0.02, abs=1e-3), name
            assert ours.method == "welch over seeds + test rows, by cluster"

    @pytest.mark.parametrize("name", ["accuracy", "f1", "brier", "roc_auc"])
    def test_seeds_that_agree_are_bounded_as_one_model_by_cluster(self, kit, name):
        """A few of 50 clusters hold what differs: one more of them, not a whole one that turns."""
        random, rows, seeds = np.random.default_rng(3), 500, 5
        truth = random.integers(2, size=rows)
        cluster = np.repeat(np.arange(50), 10)
        old = np.where(random.random(rows) < 0.1, 1 - truth, truth)
        flips = (random.random(rows) < 0.1) & (cluster % 3 == 0)
        new = np.where(flips, 1 - old, old)
        one = both(*(kit.binary(truth, 0.1 + 0.8 * side) for side in (new, old)), cluster=cluster)
        index = np.tile(np.arange(rows), seeds)
        facts = {"repeat": fits(np.arange(seeds).repeat(rows)), "item": index}
        many = both(*(side.take(index) for side in one), **facts)
        alone, over = (measure(kit, *pair).metrics[name].against["main"] for pair in (one, many))
        half = max(abs(end - alone.change) for end in alone.interval)
        assert over.change == pytest.approx(alone.change)
        assert over.interval == pytest.approx((alone.change - half, alone.change + half))

    def test_the_user_s_function_agrees_with_its_closed_form(self, kit):
        def mean_square(rows, weights, progress):
            loss = (rows.score - rows.y_true) ** 2
            every = np.ones((1, len(rows))) if weights is None else weights
            return ((every @ loss) / every.sum(axis=1)).tolist()

        new, old = self.sides(kit)
        own = measure(kit, new, old, custom(), f=mean_square).metrics["own"].against["main"]
        brier = measure(kit, new, old).metrics["brier"].against["main"]
        assert own.change == pytest.approx(brier.change)
        assert own.interval == pytest.approx(brier.interval, rel=0.05)
        assert own.method == brier.method

    def test_one_seed_is_too_few(self, kit):
        new, old = self.sides(kit, seeds=1)
        for name, found in measure(kit, new, old).metrics.items():
            assert found.against["main"].insufficient is not None, name
            assert found.against["main"].interval == (None, None), name

    def test_a_relative_margin(self, kit):
        new, old = self.sides(kit)
        params = compare.CompareParams(
            metrics=(RequestedMetric(name="brier", factors={"main": (1.02,)}),)
        )
        found = measure(kit, new, old, params).metrics["brier"].against["main"]
        contrast = found.contrasts[0]
        assert contrast.value == pytest.approx(
            found.change + found.baseline - 1.02 * found.baseline
        )
        assert contrast.interval[0] < contrast.value < contrast.interval[1]


class TestFolds:
    def test_by_the_formula(self, kit):
        new, old = kit.draw("regression", n=500, seed=2)
        new, old = both(new, old, fold=fits(np.arange(500) % 10), item=np.arange(500))
        found = measure(kit, new, old).metrics["mae"]
        errors = [np.abs(side.y_pred - side.y_true) for side in (new, old)]
        differences = [
            float((errors[0] - errors[1])[np.arange(500) % 10 == k].mean()) for k in range(10)
        ]
        expected = nadeau_bengio(differences, train_rows=450, test_rows=50)
        against = found.against["main"]
        assert against.change == pytest.approx(expected.value)
        assert against.interval == pytest.approx(expected.interval)
        assert against.method == "nadeau–bengio corrected t"
        assert found.spread.of == "splits"
        assert len(found.spread.values) == 10

    def test_repetitions_are_more_splits(self, kit):
        new, old = kit.draw("binary", n=300)
        index = np.tile(np.arange(300), 3)
        random = np.random.default_rng(0)
        fold = np.concatenate([random.permutation(np.arange(300) % 5) for _ in range(3)])
        facts = {"fold": fits(fold), "repeat": fits(np.arange(3).repeat(300)), "item": index}
        found = measure(kit, *both(new.take(index), old.take(index), **facts))
        assert len(found.metrics["accuracy"].spread.values) == 15

    def test_scattered_clusters_are_told(self, kit):
        new, old = kit.draw("binary", n=400)
        fold = fits(np.arange(400) % 5)
        grouped = both(new, old, fold=fold, item=np.arange(400), cluster=np.arange(400) % 50)
        assert measure(kit, *grouped).metrics["f1"].against["main"].insufficient is None
        scattered = both(new, old, fold=fold, item=np.arange(400), cluster=np.arange(400) // 8)
        why = measure(kit, *scattered).metrics["f1"].against["main"].insufficient
        assert "GroupKFold" in why

    def test_a_fold_without_a_class_is_undefined(self, kit):
        truth = np.r_[np.zeros(20), np.tile([0, 1], 40)].astype(int)
        new = kit.binary(truth, np.linspace(0.1, 0.9, 100))
        facts = {"fold": fits(np.arange(100) // 20), "item": np.arange(100)}
        found = measure(kit, *both(new, new, **facts)).metrics["roc_auc"]
        assert (found.value, found.spread) == (None, None)
        assert found.insufficient == "undefined on 1 of 5 splits"

    def test_the_user_s_function(self, kit):
        new, old = kit.draw("binary", n=300)
        facts = {"fold": fits(np.arange(300) % 5), "item": np.arange(300)}
        found = measure(kit, *both(new, old, **facts), custom(), f=mean_error)
        plain = measure(kit, *both(new, old, **facts)).metrics["accuracy"].against["main"]
        assert found.metrics["own"].against["main"].change == pytest.approx(-plain.change)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"cluster": np.arange(300) % 60}, "A kind that is 4.9% of all clusters is missing in"),
        ({"cluster": np.arange(300)}, ""),
        ({"weight": np.where(np.arange(300) < 12, 20.0, 1.0)}, "The 7 heaviest rows alone"),
        ({"weight": np.arange(1.0, 301.0)}, ""),
    ],
)
def test_what_such_a_sample_may_lack_is_noted(kit, facts, words):
    params = compare.CompareParams(metrics=(RequestedMetric(name="accuracy"),))
    found = measure(kit, *both(*kit.draw("binary", n=300), **facts), params)
    texts = [note.text for note in found.notes if note.text.endswith("have can pass.")]
    assert [text[: len(words)] for text in texts] == ([words] if words else [])


class TestNeighboursInTime:
    def autoregressive(self, kit, rho, task="regression"):
        random, noise = np.random.default_rng(3), np.zeros(1200)
        for i in range(1, 1200):
            noise[i] = rho * noise[i - 1] + random.normal()
        truth = random.normal(size=1200)
        if task == "binary":
            flip = noise > 1
            return kit.binary((truth > 0).astype(int), ((truth > 0) ^ flip) * 0.8 + 0.1)
        return kit.regression(truth, truth + np.abs(noise))

    def warnings(self, kit, rows, old=None):
        params = compare.CompareParams(metrics=(RequestedMetric(name="mae"),))
        if rows.task == "binary":
            params = compare.CompareParams(metrics=(RequestedMetric(name="accuracy"),))
        found = measure(kit, rows, rows if old is None else old, params)
        return [note.text for note in found.notes if "predictions.time" in note.text]

    @pytest.mark.parametrize("task", ["regression", "binary"])
    def test_errors_that_are_alike_are_a_warning(self, kit, task):
        rows = replace(self.autoregressive(kit, 0.9, task), time=np.arange(1200.0))
        (text,) = self.warnings(kit, rows)
        assert text.startswith("Errors of rows that follow one another in time")
        assert "predictions.cluster" in text
        order = np.random.default_rng(0).permutation(1200)
        assert self.warnings(kit, rows.take(order)) == [text]

    def test_differences_from_the_baseline_are_looked_at_too(self, kit):
        rows = self.autoregressive(kit, 0.9)
        even = replace(rows, y_pred=rows.y_true + 1.0, time=np.arange(1200.0))
        (text,) = self.warnings(kit, even, replace(rows, time=even.time))
        assert text.startswith("Changes against main of errors")

    def test_independent_rows_clusters_and_rows_without_a_time_are_none(self, kit):
        alike, time = self.autoregressive(kit, 0.9), np.arange(1200.0)
        independent = replace(self.autoregressive(kit, 0.0), time=time)
        clusters = replace(alike, time=time, cluster=np.arange(1200) // 50)
        for rows in (independent, alike, clusters):
            assert self.warnings(kit, rows) == []
