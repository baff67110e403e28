"""What `compare` does where rows, scores, baselines or sense are missing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mlgate.checks.compare import measure as compare
from mlgate.checks.compare.params import RequestedMetric
from mlgate.errors import DataError
from mlgate.metrics import METRICS
from mlgate.metrics.spec import MeanOfGroups
from mlgate.model.evidence import Absent, CompareEvidence, HistoryPoint, Note
from mlgate.model.inputs import Scalar, Stamp

QUANTILES = ("quantile_", "interval_")
"""Metrics of columns that metrics.quantiles names."""


def wanted(*names, **more):
    return compare.CompareParams(
        metrics=tuple(RequestedMetric(name=name, **more) for name in names)
    )


def everything(task):
    return wanted(
        *(
            name
            for name, metric in METRICS.items()
            if task in metric.tasks
            and not isinstance(metric.method, MeanOfGroups)
            and not name.startswith(QUANTILES)
        )
    )


def texts(evidence):
    return [note.text for note in evidence.notes]


class TestRecord:
    def test_carries_what_the_inputs_say(self, kit):
        new, old = kit.draw("binary", n=100)
        past = HistoryPoint(commit="c", created="2026-01-01", verdict="pass", metrics={})
        note = Note(level="info", text="three rows added")
        inputs = kit.Inputs(
            new,
            {
                "main": kit.paired(new, old, added=3, relabelled=2),
                "anchor": kit.paired(new, old, missing=1),
            },
            past=[past],
            notes=[note],
            digests={"a.csv": "sha256:1"},
            stamp=Stamp("mlgate 0.1.0", "f" * 40, "2026-01-02T03:04:05Z", "sha256:p"),
        )
        found = compare.run(inputs, wanted("accuracy").model_copy(update={"confidence": 0.9}))
        assert (found.task, found.classes, found.n) == ("binary", ("no", "yes"), 100)
        assert (found.rows.added, found.rows.relabelled, found.anchor_rows.missing) == (3, 2, 1)
        assert (found.history, found.notes) == ((past,), (note,))
        assert found.inputs == {"a.csv": "sha256:1"}
        assert (found.commit, found.policy_digest) == ("f" * 40, "sha256:p")
        assert found.confidence == 0.9
        assert found.baselines["main"].paired
        assert set(found.metrics["accuracy"].against) == {"main", "anchor"}

    def test_says_why_there_is_no_baseline(self, kit):
        new, _ = kit.draw("binary", n=50)
        gone = Absent(kind="missing", reason="the store has no row of it")
        found = compare.run(kit.Inputs(new, {"anchor": gone}), wanted("accuracy"))
        assert found.absent == {"main": kit.NONE_YET, "anchor": gone}
        assert found.metrics["accuracy"].against == {}
        assert found.baselines == {}

    def test_value_is_of_all_rows_and_change_of_shared_ones(self, kit):
        new, old = kit.draw("binary", n=400)
        shared = np.arange(300)
        some_new, some_old = (
            replace(r, y_true=r.y_true[shared], y_pred=r.y_pred[shared], score=r.score[shared])
            for r in (new, old)
        )
        inputs = kit.Inputs(new, {"main": kit.paired(some_new, some_old, added=100)})
        found = compare.run(inputs, wanted("accuracy"))
        measured, against = found.metrics["accuracy"], found.metrics["accuracy"].against["main"]
        right = new.y_true == new.y_pred
        assert measured.value == pytest.approx(right.mean())
        assert (measured.n, against.n) == (400, 300)
        was = (some_old.y_true == some_old.y_pred).mean()
        assert against.change == pytest.approx(right[:300].mean() - was)

    def test_confidence_widens_the_bounds(self, kit):
        new, old = kit.draw("binary")
        inputs = kit.Inputs(new, {"main": kit.paired(new, old)})
        sure = everything("binary").model_copy(update={"confidence": 0.99})
        narrow = compare.run(inputs, everything("binary")).metrics
        for name, wide in compare.run(inputs, sure).metrics.items():
            for outer, inner in (
                (wide.interval, narrow[name].interval),
                (wide.against["main"].interval, narrow[name].against["main"].interval),
            ):
                assert outer[0] < inner[0] < inner[1] < outer[1]


class TestUnpaired:
    """Only the baseline's evidence is known."""

    def evidence(self, kit, task, **more):
        new, old = kit.draw(task, n=500)
        params = everything(task).model_copy(update=more)
        before = compare.run(kit.Inputs(old), params)
        return compare.run(kit.Inputs(new, {"main": kit.unpaired(before)}), params), new, old

    def test_accuracy_by_newcombe(self, kit):
        from statsmodels.stats.proportion import confint_proportions_2indep

        found, new, old = self.evidence(kit, "binary")
        against = found.metrics["accuracy"].against["main"]
        hits = [int((side.y_true == side.y_pred).sum()) for side in (new, old)]
        expected = confint_proportions_2indep(
            hits[0], 500, hits[1], 500, method="newcomb", alpha=0.1
        )
        assert against.interval == pytest.approx(expected, abs=1e-9)
        assert (against.method, against.paired, against.untested) == ("newcombe", False, None)
        assert against.discordant is None

    @pytest.mark.parametrize("confidence", [0.95, 0.975])
    @pytest.mark.parametrize("name", ["log_loss", "roc_auc", "f1", "average_precision"])
    def test_distances_to_both_own_bounds_are_squared_and_added(self, kit, name, confidence):
        new, old = kit.draw("binary", n=500)
        earlier = everything("binary").model_copy(update={"confidence": confidence})
        before = compare.run(kit.Inputs(old), earlier)
        found = compare.run(kit.Inputs(new, {"main": kit.unpaired(before)}), everything("binary"))
        own, main = found.metrics[name], before.metrics[name]
        against = own.against["main"]
        by = stats.norm.ppf(0.95) / stats.norm.ppf(confidence)
        down = np.hypot(own.value - own.interval[0], by * (main.interval[1] - main.value))
        up = np.hypot(own.interval[1] - own.value, by * (main.value - main.interval[0]))
        expected = against.change - down, against.change + up
        assert against.interval == pytest.approx(expected, abs=1e-12)
        assert (against.method, against.paired, against.untested) == ("own bounds", False, None)

    @pytest.mark.parametrize("name", ["rmse", "r2"])
    def test_resampled_metrics_are_untested_with_the_change_shown(self, kit, name):
        found, _, _ = self.evidence(kit, "regression")
        measured, against = found.metrics[name], found.metrics[name].against["main"]
        assert against.change == measured.value - against.baseline
        assert against.interval == (None, None)
        assert "paired rows" in against.untested

    def test_is_wider_than_paired_and_says_so(self, kit):
        found, new, old = self.evidence(kit, "binary")
        paired = compare.run(
            kit.Inputs(new, {"main": kit.paired(new, old)}), everything("binary")
        ).metrics
        for name in ("accuracy", "roc_auc", "log_loss", "f1"):
            low, high = found.metrics[name].against["main"].interval
            inner = paired[name].against["main"].interval
            assert high - low > inner[1] - inner[0]
        (text,) = texts(found)
        assert text.startswith("Compared with main unpaired")
        assert text.endswith("the predictions have no id column.")
        assert not found.baselines["main"].paired
        assert found.rows is None

    def test_relative_contrasts(self, kit):
        new, old = kit.draw("binary", n=500)
        params = wanted("accuracy", "log_loss", factors={"main": (0.98,)})
        before = compare.run(kit.Inputs(old), params)
        found = compare.run(kit.Inputs(new, {"main": kit.unpaired(before)}), params)
        for measured in found.metrics.values():
            against = measured.against["main"]
            (contrast,) = against.contrasts
            assert contrast.value == pytest.approx(measured.value - 0.98 * against.baseline)
            assert contrast.interval[0] < contrast.value < contrast.interval[1]

    def test_uses_the_confidence_asked_for(self, kit):
        wide = self.evidence(kit, "binary", confidence=0.99)[0].metrics["accuracy"]
        narrow = self.evidence(kit, "binary")[0].metrics["accuracy"]
        assert wide.against["main"].interval[0] < narrow.against["main"].interval[0]

    def test_a_metric_that_the_baseline_did_not_measure(self, kit):
        new, old = kit.draw("binary", n=200)
        before = compare.run(kit.Inputs(old), wanted("accuracy"))
        found = compare.run(kit.Inputs(new, {"main": kit.unpaired(before)}), wanted("f1"))
        against = found.metrics["f1"].against["main"]
        assert (against.baseline, against.change) == (None, None)
        assert against.untested == "the baseline has no value of f1"

    def test_without_any_evidence(self, kit):
        new, _ = kit.draw("binary", n=200)
        found = compare.run(kit.Inputs(new, {"main": kit.unpaired(None)}), wanted("accuracy"))
        assert found.metrics["accuracy"].against["main"].untested

    def test_a_side_without_variation_is_not_trusted(self, kit):
        new, old = kit.draw("binary", n=200)
        perfect = kit.binary(old.y_true, old.y_true * 0.9)
        before = compare.run(kit.Inputs(perfect), wanted("precision"))
        found = compare.run(kit.Inputs(new, {"main": kit.unpaired(before)}), wanted("precision"))
        assert "no variation" in found.metrics["precision"].against["main"].insufficient


class TestPartlyKept:
    """Rows are paired, but the baseline's lack what one metric needs."""

    def test_scores(self, kit):
        new, old = kit.draw("binary", n=300)
        params = wanted("accuracy", "roc_auc")
        before = compare.run(kit.Inputs(old), params)
        reference = kit.paired(new, replace(old, score=None), before)
        found = compare.run(kit.Inputs(new, {"main": reference}), params).metrics
        assert found["accuracy"].against["main"].method == "tango"
        assert found["roc_auc"].against["main"].method == "own bounds"
        assert not found["roc_auc"].against["main"].paired

    def test_the_users_own_numbers(self, kit):
        new, old = kit.draw("regression", n=300)
        params = wanted("ndcg", origin="rows", direction="higher")
        rng = np.random.default_rng(0)
        full_new, full_old = (replace(r, values={"ndcg": rng.random(300)}) for r in (new, old))
        before = compare.run(kit.Inputs(full_old), params)
        reference = kit.paired(full_new, old, before)
        found = compare.run(kit.Inputs(full_new, {"main": reference}), params)
        assert found.metrics["ndcg"].against["main"].method == "own bounds"


def test_metrics_rows_are_means_compared_pairwise(kit):
    new, old = kit.draw("binary", n=300)
    rng = np.random.default_rng(5)
    base = rng.random(300)
    mine, theirs = base + 0.05 * rng.random(300), base
    inputs = kit.Inputs(
        replace(new, values={"auc": mine}),
        {
            "main": kit.paired(
                replace(new, values={"auc": mine}), replace(old, values={"auc": theirs})
            )
        },
    )
    asked = RequestedMetric(name="roc_auc", origin="rows", source="auc", direction="higher")
    found = compare.run(inputs, compare.CompareParams(metrics=(asked,))).metrics["roc_auc"]
    expected = stats.ttest_rel(mine, theirs)
    interval = expected.confidence_interval(0.9)
    assert found.value == pytest.approx(mine.mean(), abs=1e-12)
    assert found.against["main"].interval == pytest.approx((interval.low, interval.high))
    assert found.against["main"].p_value == pytest.approx(expected.pvalue)


class TestCustom:
    @staticmethod
    def profit(rows, weights, progress):
        """Weighted mean absolute error, times −1."""
        error = -np.abs(rows.y_pred - rows.y_true)
        if weights is None:
            return [float(error.mean())]
        with progress.step("profit", len(weights)) as step:
            found = []
            for row in weights:
                found.append(float(np.average(error, weights=row)))
                step.advance()
        return found

    def run(self, kit, new, old, **more):
        inputs = kit.Inputs(
            new, {"main": kit.paired(new, old)}, functions={"scoring:profit": self.profit}, **more
        )
        asked = RequestedMetric(
            name="profit", origin="custom", source="scoring:profit", factors={"main": (1.02,)}
        )
        return compare.run(inputs, compare.CompareParams(metrics=(asked,))).metrics["profit"]

    def test_bounds_are_those_of_a_mean(self, kit):
        new, old = kit.draw("regression", n=400)
        found = self.run(kit, new, old)
        mae = compare.run(kit.Inputs(new, {"main": kit.paired(new, old)}), wanted("mae"))
        mae = mae.metrics["mae"]
        assert found.value == pytest.approx(-mae.value)
        against, expected = found.against["main"], mae.against["main"]
        assert against.change == pytest.approx(-expected.change)
        assert against.interval == pytest.approx(
            (-expected.interval[1], -expected.interval[0]), abs=0.01
        )
        assert found.interval == pytest.approx((-mae.interval[1], -mae.interval[0]), abs=0.01)
        assert against.contrasts[0].value == pytest.approx(found.value - 1.02 * against.baseline)

    @pytest.mark.parametrize("name", ["regression", "in order", "sizes"])
    def test_its_name_may_be_any(self, kit, name):
        """Also one under which the families remember something of the rows."""
        new, old = kit.draw("regression", n=50)
        inputs = kit.Inputs(new, {"main": kit.paired(new, old)}, functions={"f": self.profit})
        own = RequestedMetric(name=name, origin="custom", source="f")
        known = RequestedMetric(name="rmse")
        found = compare.run(inputs, compare.CompareParams(metrics=(known, own))).metrics[name]
        assert found.value == pytest.approx(-np.abs(new.y_pred - new.y_true).mean())

    def test_progress_reaches_its_total(self, kit):
        steps = []

        class Recording(type(kit.Inputs().progress)):
            from contextlib import contextmanager

            @contextmanager
            def step(self, label, total):
                steps.append([label, total, 0])
                yield self

            def advance(self, by=1):
                steps[-1][2] += by

        new, old = kit.draw("regression", n=50)
        self.run(kit, new, old, progress=Recording())
        assert [(total, done) for _, total, done in steps] == [(2000, 2000), (4000, 4000)]
        assert steps[0][0] == "profit: 2,000 resamples of 50 rows"

    def test_unpaired_it_is_untested(self, kit):
        new, old = kit.draw("regression", n=50)
        asked = compare.CompareParams(
            metrics=(RequestedMetric(name="p", origin="custom", source="f"),)
        )
        functions = {"f": self.profit}
        before = compare.run(kit.Inputs(old, functions=functions), asked)
        inputs = kit.Inputs(new, {"main": kit.unpaired(before)}, functions=functions)
        assert compare.run(inputs, asked).metrics["p"].against["main"].untested

    @pytest.mark.parametrize(
        ("n", "expected"),
        [(1, 2000), (100_000, 2000), (200_000, 1000), (10**6, 200), (10**8, 200)],
    )
    def test_replicates_stay_within_the_budget(self, n, expected):
        from mlgate.checks.compare.custom import replicates

        assert replicates(n) == expected


class TestFiles:
    """Numbers that the training wrote."""

    def run(self, kit, mine, theirs=None, rows=None, **params):
        references = {}
        if theirs is not None:
            before = compare.run(kit.Inputs(numbers=self.scalars(theirs)), compare.CompareParams())
            references = {"main": kit.unpaired(before)}
        inputs = kit.Inputs(rows, references, self.scalars(mine))
        return compare.run(inputs, compare.CompareParams(**params))

    @staticmethod
    def scalars(numbers):
        return {
            name: Scalar(value if isinstance(value, tuple) else (value,), "metrics.json")
            for name, value in numbers.items()
        }

    def test_one_number_is_untested_with_its_change(self, kit):
        found = self.run(kit, {"accuracy": 0.8, "cost": 3.0}, {"accuracy": 0.75, "cost": 2.5})
        one, against = found.metrics["accuracy"], found.metrics["accuracy"].against["main"]
        assert (one.value, one.unit, one.direction, one.source) == (
            0.8, "share", "higher", "metrics.json",
        )  # fmt: skip
        assert one.untested.startswith("there is one number for each model")
        assert (against.baseline, against.change) == (0.75, 0.8 - 0.75)
        assert (against.untested, against.interval) == (one.untested, (None, None))
        assert found.metrics["cost"].direction is None
        assert found.task is None

    def test_several_values_show_their_spread(self, kit):
        found = self.run(kit, {"accuracy": (0.8, 0.82, 0.84)}, {"accuracy": 0.8})
        one = found.metrics["accuracy"]
        assert one.value == one.spread.mean == pytest.approx(0.82)
        assert one.spread.sd == pytest.approx(0.02)
        assert one.spread.values == (0.8, 0.82, 0.84)
        assert "the numbers of 3 runs" in one.untested
        assert one.against["main"].change == pytest.approx(0.02)
        assert one.interval == (None, None)

    def test_directions_from_the_configuration(self, kit):
        found = self.run(kit, {"cost": 3.0}, direction={"cost": "lower"})
        assert found.metrics["cost"].direction == "lower"

    def test_scikit_learns_names_become_ours(self, kit):
        found = self.run(kit, {"auc": 0.9, "neg_log_loss": -0.4, "f1_score": (0.5, 0.7)})
        assert {name: one.value for name, one in found.metrics.items()} == {
            "roc_auc": 0.9,
            "log_loss": 0.4,
            "f1": pytest.approx(0.6),
        }

    def test_two_spellings_in_one_file_both_stay(self, kit):
        found = self.run(kit, {"auc": 0.9, "roc_auc": 0.8})
        assert {name: one.value for name, one in found.metrics.items()} == {
            "auc": 0.9,
            "roc_auc": 0.8,
        }

    def test_a_new_number(self, kit):
        found = self.run(kit, {"cost": 3.0}, {"other": 2.0})
        against = found.metrics["cost"].against["main"]
        assert (against.change, against.untested) == (None, "the baseline has no value of cost")

    def test_predictions_win_and_a_difference_is_told(self, kit):
        new, _ = kit.draw("binary", n=300)
        right = (new.y_true == new.y_pred).mean()
        asked = wanted("accuracy").metrics
        told = self.run(kit, {"accuracy": right + 0.05}, rows=new, metrics=asked)
        assert told.metrics["accuracy"].value == pytest.approx(right)
        assert "metrics.json gives accuracy as" in texts(told)[0]
        rounded = self.run(kit, {"accuracy": round(right, 2)}, rows=new, metrics=asked)
        assert texts(rounded) == []

    def test_what_predictions_cannot_give_is_taken_from_files(self, kit):
        new, _ = kit.draw("binary", n=300)
        found = self.run(
            kit,
            {"roc_auc": 0.9},
            rows=replace(new, score=None),
            metrics=wanted("accuracy", "roc_auc").metrics,
        )
        assert found.metrics["roc_auc"].untested
        assert found.metrics["accuracy"].untested is None

    def test_file_and_key(self, kit, tmp_path):
        from mlgate.inputs import metric_files, paths

        for name, value in (("a.json", 1.0), ("b.json", 2.0)):
            (tmp_path / name).write_text(json.dumps({"cost": value}))
        numbers = metric_files.read(["a.json", "b.json"], tmp_path, paths.ANY)
        found = compare.run(
            kit.Inputs(numbers=numbers), compare.CompareParams(reported=("a.json:cost",))
        )
        assert found.metrics["a.json:cost"].value == 1.0
        with pytest.raises(DataError, match=r"in a\.json and in b\.json"):
            compare.run(kit.Inputs(numbers=numbers), compare.CompareParams(reported=("cost",)))
        alone = metric_files.read(["a.json"], tmp_path, paths.ANY)
        named = compare.CompareParams(reported=("a.json:cost",))
        assert compare.run(kit.Inputs(numbers=alone), named).metrics["a.json:cost"].value == 1.0


class TestMisfits:
    def test_names_what_fits(self, kit):
        new, _ = kit.draw("regression", n=20)
        with pytest.raises(DataError) as caught:
            compare.run(kit.Inputs(new), wanted("accuracy", "mae"))
        assert caught.value.message == "accuracy: it is not defined for regression"
        assert caught.value.hint.endswith(
            "mae, mape, smape, wape, mean_pinball_loss@0.9, coverage, rmse, r2"
        )

    def test_several_classes_need_an_average(self, kit):
        new, _ = kit.draw("multiclass", n=20)
        with pytest.raises(DataError, match="f1_macro, f1_micro, f1_weighted"):
            compare.run(kit.Inputs(new), wanted("f1"))

    def test_all_problems_at_once(self, kit):
        new, _ = kit.draw("binary", n=20)
        params = compare.CompareParams(
            metrics=(
                RequestedMetric(name="roc_auc"),
                RequestedMetric(name="ndcg", origin="rows"),
                RequestedMetric(name="acuracy"),
            )
        )
        with pytest.raises(DataError) as caught:
            compare.run(kit.Inputs(replace(new, score=None)), params)
        assert caught.value.message.splitlines() == [
            "roc_auc: it needs scores, and no column is named as `score`",
            "ndcg: no such column of numbers (there are: none)",
            "acuracy: no metric of this name is known",
        ]
        assert "roc_auc" not in caught.value.hint

    def test_no_predictions(self, kit):
        with pytest.raises(DataError, match="there are no predictions"):
            compare.run(kit.Inputs(), wanted("accuracy"))


class TestEdges:
    """Nothing raises, nothing is NaN, and what is undefined says why."""

    def check(self, evidence: CompareEvidence):
        again = CompareEvidence.from_json(evidence.to_json())
        assert again == evidence
        for measured in evidence.metrics.values():
            if measured.value is None or None in measured.interval:
                assert measured.insufficient
        return evidence

    def run(self, kit, task, new, old):
        inputs = kit.Inputs(new, {"main": kit.paired(new, old)})
        return self.check(compare.run(inputs, everything(task)))

    @pytest.mark.parametrize("label", [0, 1])
    def test_one_class_only(self, kit, label):
        score = np.linspace(0.1, 0.9, 60)
        new = kit.binary(np.full(60, label), score)
        found = self.run(kit, "binary", new, kit.binary(new.y_true, score[::-1]))
        auc = found.metrics["roc_auc"]
        assert auc.value is None
        assert "class" in auc.insufficient
        assert auc.against["main"].change is None
        assert auc.against["main"].insufficient
        assert found.metrics["accuracy"].value == 0.5
        assert found.sides["candidate"].roc is None

    @pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
    def test_a_single_row(self, kit, task):
        new, old = kit.draw(task, n=1)
        found = self.run(kit, task, new, old)
        assert found.n == 1

    def test_too_few_of_a_class_for_delong(self, kit):
        new, old = kit.draw("binary", n=60)
        auc = self.run(kit, "binary", new, old).metrics["roc_auc"]
        assert "50 of each are needed" in auc.against["main"].insufficient
        assert auc.value is not None

    def test_all_predictions_equal(self, kit):
        new, old = kit.draw("binary", n=200)
        flat = kit.binary(new.y_true, np.full(200, 0.2))
        found = self.run(kit, "binary", flat, old)
        assert texts(found) == ["Every prediction is “no”."]
        assert found.metrics["roc_auc"].value == 0.5
        assert found.metrics["precision"].value == 0
        assert found.metrics["precision"].insufficient.endswith("of class “yes”")
        assert found.metrics["precision"].against["main"].insufficient.endswith("class “yes”")

    def test_a_constant_regression(self, kit):
        new, old = kit.draw("regression", n=200)
        flat = kit.regression(new.y_true, np.full(200, 2.5))
        assert texts(self.run(kit, "regression", flat, old)) == ["Every prediction is 2.5."]

    def test_equal_labels_leave_r2_undefined(self, kit):
        new = kit.regression(np.ones(100), np.linspace(0, 2, 100))
        found = self.run(kit, "regression", new, kit.regression(new.y_true, new.y_true))
        assert found.metrics["r2"].value is None
        assert found.metrics["r2"].against["main"].change is None

    def test_perfect_against_perfect(self, kit):
        truth = np.arange(200) % 2
        new = kit.binary(truth, truth)
        lines = ("calibration_slope", "calibration_intercept")  # refuse scores of 0 and 1
        names = [metric.name for metric in everything("binary").metrics]
        params = wanted(*(name for name in names if name not in lines))
        found = self.check(compare.run(kit.Inputs(new, {"main": kit.paired(new, new)}), params))
        assert found.metrics["accuracy"].value == 1
        low, high = found.metrics["accuracy"].against["main"].interval
        assert low < 0 < high

    def test_inverted_labels_are_suspected(self, kit):
        new, old = kit.draw("binary", n=300)
        new = kit.binary(new.y_true, 1 - new.score)
        (told,) = texts(self.run(kit, "binary", new, old))
        assert told.endswith("the label's polarity may be inverted.")
        without = compare.run(kit.Inputs(new), wanted("accuracy"))
        assert texts(without) == [told]

    def test_a_low_auc_alone_is_no_sign_of_inversion(self, kit):
        rng = np.random.default_rng(2)
        truth = rng.random(400) < 0.1
        new = kit.binary(truth, np.where(truth, 0.2, 0.4) + 0.05 * rng.random(400))
        new = kit.binary(truth, np.where(np.arange(400) == truth.argmax(), 0.9, new.score))
        found = compare.run(kit.Inputs(new), wanted("accuracy", "roc_auc"))
        assert found.metrics["roc_auc"].value < 0.5
        assert texts(found) == []

    def test_a_model_below_guessing_is_explained_by_what_it_predicts(self, kit):
        truth = np.arange(180) % 3 == 0
        old = kit.binary(truth, np.where(truth, 0.8, 0.2))
        score = np.where(np.arange(180) % 90 == 1, 0.9, 0.2 + 0.1 * (np.arange(180) % 2))
        (note,) = texts(self.run(kit, "binary", kit.binary(truth, score), old))
        assert note == (
            "Accuracy (0.656) is below the share of the larger class (0.667): the model predicts"
            " “yes” for 2 of 180 rows, that of main for 60."
        )

    def test_a_class_that_never_occurs(self, kit):
        new, old = kit.draw("multiclass", n=200)
        keep = new.y_true != 2
        new, old = (kit.multiclass(r.y_true[keep], r.score[keep]) for r in (new, old))
        found = self.run(kit, "multiclass", new, old)
        assert found.metrics["roc_auc"].value is None
        assert "class “c”" in found.metrics["roc_auc"].insufficient


class TestSides:
    def test_both_on_the_shared_rows(self, kit):
        from sklearn.metrics import confusion_matrix

        new, old = kit.draw("binary", n=900)
        sides = compare.run(
            kit.Inputs(new, {"main": kit.paired(new, old)}), wanted("accuracy")
        ).sides
        assert set(sides) == {"candidate", "main"}
        for name, rows in (("candidate", new), ("main", old)):
            side = sides[name]
            assert np.array_equal(side.confusion, confusion_matrix(rows.y_true, rows.y_pred))
            assert len(side.roc.x) == len(side.roc.y) <= 200
            assert (side.roc.x[0], side.roc.y[0], side.roc.x[-1], side.roc.y[-1]) == (0, 0, 1, 1)
            assert sum(one.n for one in side.calibration) == 900
            assert side.residuals is None

    def test_the_thinned_curve_has_the_whole_curves_area(self, kit):
        from sklearn.metrics import auc, roc_auc_score

        new, _ = kit.draw("binary", n=5000)
        roc = compare.run(kit.Inputs(new), wanted("accuracy")).sides["candidate"].roc
        assert auc(roc.x, roc.y) == pytest.approx(roc_auc_score(new.y_true, new.score), abs=2e-3)

    def test_residuals(self, kit):
        new, old = kit.draw("regression", n=300)
        sides = compare.run(kit.Inputs(new, {"main": kit.paired(new, old)}), wanted("mae")).sides
        for name, rows in (("candidate", new), ("main", old)):
            errors = rows.y_pred - rows.y_true
            found = sides[name].residuals
            assert len(found) == 101
            assert (found[0], found[50], found[100]) == pytest.approx(
                (errors.min(), np.median(errors), errors.max())
            )

    def test_many_classes_have_no_matrix(self, kit):
        truth = np.arange(210) % 21
        score = np.eye(21)[truth]
        new = kit.multiclass(truth, score, classes=[f"{i:02}" for i in range(21)])
        side = compare.run(kit.Inputs(new), wanted("accuracy")).sides["candidate"]
        assert side.confusion is None
        assert side.calibration


class TestDeterminism:
    def test_other_inputs_resample_otherwise(self, kit):
        new, _ = kit.draw("regression", n=200)
        found = [
            compare.run(kit.Inputs(new, digests={"p": digest}), wanted("rmse")).metrics["rmse"]
            for digest in ("sha256:1", "sha256:2", "sha256:1")
        ]
        assert found[0] == found[2]
        assert found[0].interval != found[1].interval
        assert found[0].value == found[1].value

    def test_resampled_blocks_of_rows_know_no_order(self, kit):
        new, old = kit.draw("regression", n=21_000)
        order = np.random.default_rng(0).permutation(len(new))
        turned = [kit.regression(r.y_true[order], r.y_pred[order]) for r in (new, old)]
        plain, again = (
            compare.run(kit.Inputs(a, {"main": kit.paired(a, b)}), wanted("rmse", "r2")).metrics
            for a, b in ((new, old), turned)
        )
        for name, measured in plain.items():  # sums of floats know it in their last digits
            other = again[name]
            assert measured.interval == pytest.approx(other.interval, rel=1e-9)
            change, turned_change = measured.against["main"], other.against["main"]
            assert change.interval == pytest.approx(turned_change.interval, rel=1e-9)
