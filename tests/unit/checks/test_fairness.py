"""The fairness check on rows held in memory: what is measured, what is left out, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.checks.fairness import measure as fairness
from mlgate.checks.fairness.evidence import MISSING
from mlgate.errors import DataError
from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import Absent
from mlgate.model.policy import Target


def decided(measurement, kind, limit):
    """Decide a rule on a measurement."""
    target, direction = Target(name="fairness.gap"), measurement.direction
    rule = Rule(target, kind, limit, False, "fairness", "gap", direction, 0.95, 0.8)
    return decide(rule, measurement)


PREDICTIONS = {
    "binary": "score: p",
    "multiclass": "score: {a: p_a, b: p_b, c: p_c}",
    "regression": "prediction: q",
}


def asked(section="sensitive: [sex]", gates="", task="binary"):
    metric = "mae: {min: 0}" if task == "regression" else "accuracy: {min: 0}"
    text = f"""
version: 1
task: {task}
predictions: {{path: p.csv, id: id, label: y, {PREDICTIONS[task]}}}
fairness: {{{section}}}
gates:
  {metric}
  {gates}
"""
    return fairness.params(config.parse(text, "mlgate.yaml", sections()).config)


@pytest.fixture
def measure(kit):
    """Run the check on a task's rows, or on those given, with columns of groups."""

    def run(
        section="sensitive: [sex]", gates="", task="binary", sides=None, paired=True, **columns
    ):
        new, old = sides or kit.draw(task)
        references = {"main": kit.paired(new, old)} if paired else {}
        inputs = kit.Inputs(rows=new, references=references, columns=columns)
        return fairness.run(inputs, asked(section, gates, task))

    return run


def halves(n=600, names=("F", "M")):
    return [names[i % len(names)] for i in range(n)]


def test_nothing_is_asked_without_the_section():
    text = "version: 1\ntask: binary\npredictions: {path: p, label: y, prediction: q}\ngates: {accuracy: {min: 0}}"
    assert fairness.params(config.parse(text, "mlgate.yaml", sections()).config) is None


class TestEvidence:
    def test_has_the_form_that_the_interface_names(self, measure):
        evidence = measure(sex=halves())
        group = evidence.sensitive["sex"].groups["F"]
        assert group.n == 300
        assert {"selection_rate", "tpr", "fpr", "accuracy"} <= set(group.model_dump())
        assert set(group.intervals) == set(group.of)
        gap = evidence.sensitive["sex"].gaps["demographic_parity_difference"]
        measured = evidence.metrics["demographic_parity_difference[sex]"]
        assert (gap.value, gap.interval) == (measured.value, measured.interval)
        assert type(evidence).from_json(evidence.to_json()) == evidence

    @pytest.mark.parametrize("task", PREDICTIONS)
    def test_every_gap_that_the_task_allows(self, measure, task):
        evidence = measure(task=task, sex=halves())
        names = {key.partition("[")[0] for key in evidence.metrics}
        wanted = {
            "binary": {"equalized_odds_ratio", "roc_auc_difference", "npv_difference"},
            "multiclass": {"recall_macro_difference", "precision_macro_ratio", "fpr_difference"},
            "regression": {"mean_error_difference", "mae_ratio", "rmse_difference"},
        }
        assert wanted[task] <= names
        assert "four_fifths_rule" not in names
        for one in evidence.metrics.values():
            assert one.value is not None
            assert one.interval[0] <= one.value <= one.interval[1]

    def test_gap_of_classes_is_the_widest_one_vs_rest(self, measure, kit):
        evidence = measure(task="multiclass", sex=halves())
        gap = evidence.sensitive["sex"].gaps["equal_opportunity_difference"]
        groups = evidence.sensitive["sex"].groups
        gaps = {
            name: abs(groups["F"].classes[name].rate("tpr") - groups["M"].classes[name].rate("tpr"))
            for name in "abc"
        }
        widest = max(gaps, key=gaps.get)
        assert gap.rate == f"tpr:{widest}"
        assert gap.value == pytest.approx(gaps[widest])
        assert gap.pairs == 3

    def test_accuracy_of_classes_is_the_share_that_is_right(self, measure, kit):
        new, old = kit.draw("multiclass")
        evidence = measure(task="multiclass", sides=(new, old), sex=halves())
        right = (new.y_true == new.y_pred)[::2].mean()
        assert evidence.sensitive["sex"].groups["F"].rate("accuracy") == pytest.approx(right)

    def test_intersections_and_control_columns(self, measure):
        evidence = measure(
            "sensitive: [sex, race], control: [region]",
            sex=halves(), race=halves(names=("A", "B", "B")), region=halves(names="NNNS"),
        )  # fmt: skip
        assert list(evidence.sensitive) == ["sex", "race", "sex*race", "sex|region", "race|region"]
        assert set(evidence.sensitive["sex*race"].groups) == {"F × A", "F × B", "M × A", "M × B"}
        within = evidence.sensitive["race|region"]
        assert set(within.groups) == {"A | N", "A | S", "B | N", "B | S"}
        gap = within.gaps["demographic_parity_difference"]
        assert gap.pairs == 2
        assert gap.high.partition(" | ")[2] == gap.low.partition(" | ")[2]

    def test_a_reference_group(self, measure):
        section = "sensitive: [race], reference_group: {race: C}"
        gap = (
            measure(section, race=halves(names="ABCD"))
            .sensitive["race"]
            .gaps["accuracy_difference"]
        )
        assert gap.pairs == 3
        assert "C" in (gap.high, gap.low)

    def test_gated_rates_of_single_groups(self, measure):
        gates = '"fairness.tpr[sex=F]": {min: 0.5, max_regression: 1%}'
        one = measure(gates=gates, sex=halves()).metrics["tpr[sex=F]"]
        assert one.title == "true positive rate, sex: F"
        assert one.against["main"].contrasts[0].factor == 0.99
        assert one.method == "wilson"

    def test_gated_gaps_of_single_classes(self, measure):
        gates = '"fairness.equal_opportunity_difference[sex:b]": {max: 0.5}'
        evidence = measure(gates=gates, task="multiclass", sex=halves())
        groups = evidence.sensitive["sex"].groups
        gap = abs(groups["F"].classes["b"].rate("tpr") - groups["M"].classes["b"].rate("tpr"))
        assert evidence.metrics["equal_opportunity_difference[sex:b]"].value == pytest.approx(gap)

    def test_the_four_fifths_rule_where_a_gate_names_it(self, measure):
        evidence = measure(gates='"fairness.four_fifths_rule[sex]": {}', sex=halves())
        rule = evidence.metrics["four_fifths_rule[sex]"]
        ratio = evidence.metrics["demographic_parity_ratio[sex]"]
        assert (rule.value, rule.interval) == (ratio.value, ratio.interval)


class TestAgainstMain:
    def test_the_same_model_changes_nothing(self, measure, kit):
        new, _ = kit.draw("binary")
        evidence = measure(sides=(new, new), sex=halves())
        for one in evidence.metrics.values():
            assert one.against["main"].interval == (0, 0)

    def test_a_model_that_misses_one_group_is_found(self, measure, kit):
        """The candidate stops finding the positives of F; main finds them."""
        rng = np.random.default_rng(0)
        truth = rng.random(4000) < 0.5
        old = kit.binary(truth, np.where(truth, 0.9, 0.1))
        worse = np.where(
            truth & (np.arange(4000) % 2 == 0) & (rng.random(4000) < 0.3), 0.2, old.score
        )
        evidence = measure(sides=(kit.binary(truth, worse), old), sex=halves(4000))
        one = evidence.metrics["equal_opportunity_difference[sex]"]
        assert one.against["main"].interval[0] > 0.2
        changed = evidence.sensitive["sex"].groups["F"].main["tpr"]
        assert changed.interval[1] < -0.2
        assert evidence.sensitive["sex"].groups["M"].main["tpr"].change == 0

    def test_paired_rows_take_their_own_groups(self, kit):
        """Main lacks the first rows: `PairedRows.index` says which of the candidate's are left."""
        from dataclasses import replace

        new, old = kit.draw("binary")
        index = np.arange(100, 600)
        reference = kit.paired(new.take(index), old.take(index))
        reference = replace(reference, paired=replace(reference.paired, index=index))
        sex = ["F"] * 150 + ["M"] * 450
        inputs = kit.Inputs(rows=new, references={"main": reference}, columns={"sex": sex})
        group = fairness.run(inputs, asked()).sensitive["sex"].groups["F"]
        assert group.n == 150
        assert group.main["selection_rate"].n == 50

    def test_without_ids_changes_are_untested(self, kit):
        new, _ = kit.draw("binary")
        inputs = kit.Inputs(
            rows=new, references={"main": kit.unpaired(None)}, columns={"sex": halves()}
        )
        found = fairness.run(inputs, asked()).metrics["accuracy_difference[sex]"].against["main"]
        assert "no id column" in found.untested
        assert found.change is None

    def test_no_baseline(self, measure):
        evidence = measure(paired=False, sex=halves())
        assert isinstance(evidence.absent["main"], Absent)
        assert evidence.metrics["accuracy_difference[sex]"].against == {}


class TestWeightsAndClusters:
    @pytest.mark.parametrize("task", PREDICTIONS)
    def test_weights_and_clusters_are_heeded(self, measure, kit, task):
        from dataclasses import replace

        rng = np.random.default_rng(0)
        facts = {"weight": rng.uniform(0.5, 2, 600), "cluster": np.repeat(np.arange(150), 4)}
        sides = tuple(replace(side, **facts) for side in kit.draw(task))
        evidence = measure(task=task, sides=sides, sex=halves())
        plain = measure(task=task, sex=halves())
        for key, one in evidence.metrics.items():
            assert one.insufficient is None, key
            assert one.value != plain.metrics[key].value
            assert ", weighted, by cluster" in one.method
            low, high = one.against["main"].interval
            assert low <= one.against["main"].change <= high
        group = evidence.sensitive["sex"].groups["F"]
        assert group.n == 300
        assert max(group.of.values()) < 150

    def test_what_a_rate_rests_on_counts_clusters(self, measure, kit):
        """300 rows a group, but only 20 users: no rate of theirs is compared."""
        from dataclasses import replace

        users = np.arange(600) % 40
        sides = tuple(replace(side, cluster=users) for side in kit.draw("binary"))
        found = measure(sides=sides, sex=halves()).metrics["accuracy_difference[sex]"]
        assert "fewer than two groups of sex have 30 rows" in found.insufficient

    def test_repetitions_of_an_id_are_one_row(self, measure, kit):
        from dataclasses import replace

        side = kit.draw("binary")[0].take(np.repeat(np.arange(600), 3))
        repeated = replace(side, item=np.repeat(np.arange(600), 3))
        once = measure(sex=halves()).metrics["accuracy_difference[sex]"]
        evidence = measure(sides=(repeated, repeated), sex=np.repeat(halves(), 3).tolist())
        found = evidence.metrics["accuracy_difference[sex]"]
        assert found.value == pytest.approx(once.value)
        assert found.interval == pytest.approx(once.interval, abs=0.003)


class TestSearch:
    SECTION = "sensitive: [sex], search: [sex, region]"

    def test_finds_the_slice_that_got_worse(self, measure, kit):
        rng = np.random.default_rng(0)
        truth = rng.random(4000) < 0.5
        old = kit.binary(truth, np.where(truth, 0.9, 0.1))
        region = halves(4000, "NNSSW")
        hurt = np.array([r == "W" for r in region]) & (rng.random(4000) < 0.1)
        new = kit.binary(truth, np.where(hurt, 1 - old.score, old.score))
        found = measure(self.SECTION, sides=(new, old), sex=halves(4000), region=region).search
        assert found.worse[0].levels["region"] == "W"
        assert found.worse[0].adjusted < 0.001
        assert found.tested == 2 + 3 + 6

    def test_finds_nothing_where_nothing_changed(self, measure, kit):
        new, _ = kit.draw("binary")
        found = measure(self.SECTION, sides=(new, new), sex=halves(), region=halves(names="NSW"))
        assert found.search.worse == ()

    def test_needs_paired_rows(self, kit):
        new, _ = kit.draw("binary")
        inputs = kit.Inputs(
            rows=new,
            references={"main": kit.unpaired(None)},
            columns={"sex": halves(), "region": halves()},
        )
        found = fairness.run(inputs, asked(self.SECTION)).search
        assert found.why_not == "the predictions have no id column"

    def test_is_not_made_unless_asked_for(self, measure):
        assert measure(sex=halves()).search is None


class TestSmallAndMissing:
    def test_small_groups_are_told_and_left_out(self, measure):
        evidence = measure(sex=["F"] * 280 + ["M"] * 300 + ["X"] * 20)
        grouping = evidence.sensitive["sex"]
        assert grouping.groups["X"].rate("selection_rate") is not None
        assert "selection_rate" in grouping.groups["X"].small
        gap = grouping.gaps["demographic_parity_difference"]
        assert gap.left_out == ("X",)
        assert {gap.high, gap.low} == {"F", "M"}

    def test_the_denominator_decides(self, measure, kit):
        """200 rows of X, of which 10 are positive: compared in selection, not in true positives."""
        truth = np.r_[np.tile([0, 1], 200), np.ones(10), np.zeros(190)]
        score = np.where(np.random.default_rng(0).random(600) < 0.2, 1 - truth, truth) * 0.8 + 0.1
        rows = kit.binary(truth, score)
        evidence = measure(sides=(rows, rows), sex=["F"] * 400 + ["X"] * 200)
        gaps = evidence.sensitive["sex"].gaps
        assert gaps["demographic_parity_difference"].left_out == ()
        assert gaps["equal_opportunity_difference"].left_out == ("X",)
        assert (
            "fewer than two groups of sex have 30 positives"
            in gaps["equal_opportunity_difference"].insufficient
        )

    def test_missing_values_are_a_group(self, measure):
        evidence = measure(sex=[None] * 20 + ["F", "M"] * 290)
        assert evidence.sensitive["sex"].groups[MISSING].n == 20
        assert evidence.sensitive["sex"].missing == pytest.approx(20 / 600)
        assert evidence.metrics["accuracy_difference[sex]"].insufficient is None

    def test_too_many_missing_values_decide_nothing(self, measure):
        evidence = measure(sex=[None] * 60 + ["F", "M"] * 270)
        why = evidence.metrics["accuracy_difference[sex]"].insufficient
        assert why == "10\u00a0% of the rows have no sex (fairness.missing allows 5\u00a0%)"


class TestBadInput:
    """Issue: each a defined answer."""

    def test_constant(self, measure):
        found = measure(sex=["F"] * 600).metrics["accuracy_difference[sex]"]
        assert found.value is None
        assert found.insufficient == "every row is 'F': there is no other group of sex"

    def test_all_missing(self, measure):
        found = measure(sex=[None] * 600)
        assert found.sensitive["sex"].missing == 1
        assert (
            "100\N{NO-BREAK SPACE}% of the rows have no sex"
            in found.metrics["accuracy_difference[sex]"].insufficient
        )

    def test_one_row_a_group(self, measure):
        found = measure(sex=[f"g{i}" for i in range(200)] * 3)
        assert found.sensitive["sex"].groups["g7"].n == 3
        assert "fewer than two groups" in found.metrics["accuracy_difference[sex]"].insufficient

    def test_a_group_with_no_positives(self, measure, kit):
        truth = np.r_[np.tile([0, 1], 200), np.zeros(200)]
        rows = kit.binary(truth, truth * 0.5 + 0.2)
        evidence = measure(sides=(rows, rows), sex=["F"] * 200 + ["M"] * 200 + ["X"] * 200)
        group = evidence.sensitive["sex"].groups["X"]
        assert group.rate("tpr") is None
        assert group.intervals["tpr"] == (None, None)
        gap = evidence.sensitive["sex"].gaps["equal_opportunity_difference"]
        assert gap.value == 0
        assert gap.left_out == ("X",)

    def test_predictions_all_equal(self, measure, kit):
        rows = kit.binary(np.tile([0, 1, 1], 200), np.full(600, 0.2))
        evidence = measure(sides=(rows, rows), sex=halves())
        assert evidence.metrics["demographic_parity_difference[sex]"].value == 0
        ratio = evidence.metrics["demographic_parity_ratio[sex]"]
        assert ratio.value is None
        assert ratio.insufficient == "selection rate is 0 in every group: a ratio is undefined"
        precision = evidence.metrics["predictive_parity_difference[sex]"]
        assert "30 predicted positives" in precision.insufficient

    def test_inverted_labels_have_gaps_too(self, measure, kit):
        new, _ = kit.draw("binary")
        rows = kit.binary(1 - new.y_true, new.score)
        evidence = measure(sides=(rows, rows), sex=halves())
        assert evidence.sensitive["sex"].groups["F"].rate("accuracy") < 0.5
        assert evidence.metrics["accuracy_difference[sex]"].insufficient is None

    def test_a_reference_group_that_does_not_exist(self, measure):
        with pytest.raises(DataError, match=r"no group 'Mann' of sex.*\n.*there are: F, M"):
            measure("sensitive: [sex], reference_group: Mann", sex=halves())

    def test_a_class_that_does_not_exist(self, measure):
        gates = '"fairness.equal_opportunity_difference[sex:z]": {max: 0.5}'
        with pytest.raises(DataError, match="there is no class 'z'"):
            measure(gates=gates, task="multiclass", sex=halves())

    def test_a_perfect_regression(self, measure, kit):
        truth = np.random.default_rng(0).normal(size=600)
        rows = kit.regression(truth, truth)
        evidence = measure(task="regression", sides=(rows, rows), sex=halves())
        assert evidence.metrics["mae_difference[sex]"].interval == (0, 0)
        assert evidence.metrics["rmse_difference[sex]"].interval == (0, 0)
        assert evidence.metrics["rmse_ratio[sex]"].value is None


class TestPrivacy:
    def test_small_cells_and_their_complement_are_hidden(self, measure):
        section = "sensitive: [race], suppress_below: 10"
        race = ["A"] * 300 + ["B"] * 200 + ["C"] * 80 + ["D"] * 20
        evidence = measure(section, race=race)
        groups = evidence.sensitive["race"].groups
        hidden = {name for name, one in groups.items() if one.suppressed}
        assert hidden == {"C", "D"}
        for name in hidden:
            assert groups[name].n is None
            assert groups[name].intervals == {}
            assert groups[name].roc is None
        for gap in evidence.sensitive["race"].gaps.values():
            assert not {gap.high, gap.low, *gap.left_out} & hidden

    @pytest.mark.parametrize("seed", range(6))
    def test_no_hidden_group_follows_from_those_told(self, measure, kit, seed):
        """By sums and differences over every grouping, as one who reads the file would try it."""
        rng = np.random.default_rng(seed)
        n = 500
        columns = {
            "a": rng.choice(["p", "q", "r"], n, p=[0.6, 0.32, 0.08]).tolist(),
            "b": rng.choice(["x", "y"], n, p=[0.7, 0.3]).tolist(),
            "c": rng.choice(["s", "t", "u"], n, p=[0.6, 0.3, 0.1]).tolist(),
        }
        truth = rng.random(n) < 0.5
        rows = kit.binary(truth, np.where(rng.random(n) < 0.2, ~truth, truth).astype(float))
        section = "sensitive: [a, b], control: [c], suppress_below: 6"
        evidence = measure(section, sides=(rows, rows), **columns)
        frame = np.array(list(zip(*columns.values(), strict=True)))
        cells, row = np.unique(frame, axis=0, return_inverse=True)
        outcome = np.asarray(rows.y_true) * 2 + np.asarray(rows.y_pred)
        told, small = [np.ones(len(cells))], []
        for grouping in evidence.sensitive.values():
            for label, group in grouping.groups.items():
                levels = label.replace(" | ", " × ").split(" × ")
                inside = np.isin(cells, levels).sum(axis=1) == len(levels)
                counts = np.bincount(outcome[inside[row.reshape(-1)]], minlength=4)
                if group.suppressed is None:
                    told.append(inside.astype(float))
                    assert not ((counts > 0) & (counts < 6)).any()
                elif ((counts > 0) & (counts < 6)).any():
                    small.append(inside.astype(float))
        assert small
        assert len(told) > 1
        for one in small:
            weights = np.linalg.lstsq(np.array(told).T, one, rcond=None)[0]
            assert abs(np.array(told).T @ weights - one).max() > 1e-3

    def test_a_column_is_not_recovered_from_its_intersections(self, measure, kit):
        """M is hidden for F's sake; every M × region would add up to it."""
        truth = np.arange(800) % 2 == 0
        predicted = truth.copy()
        predicted[:3] = ~predicted[:3]
        predicted[400:560] = ~predicted[400:560]
        rows = kit.binary(truth, predicted.astype(float))
        sex = ["F"] * 400 + ["M"] * 400
        region = ["N", "N", "S", "S"] * 200
        section = "sensitive: [sex, region], suppress_below: 5"
        found = measure(section, sides=(rows, rows), sex=sex, region=region).sensitive
        assert all(one.suppressed for one in found["sex"].groups.values())
        by_both = found["sex*region"].groups
        assert any(one.suppressed for name, one in by_both.items() if name.startswith("M"))

    @pytest.fixture
    def few(self, kit):
        """F is large and has 3 rows that are wrong; A to C are plain."""
        truth = np.arange(1600) % 2 == 0
        wrong = np.random.default_rng(3).random(1600) < 0.2
        wrong[:400] = False
        wrong[:3] = True
        rows = kit.binary(truth, (truth ^ wrong).astype(float))
        return rows, ["F"] * 400 + ["A"] * 400 + ["B"] * 450 + ["C"] * 350

    def test_hidden_groups_are_in_no_gap_and_no_gate_passes_without_them(self, measure, few):
        rows, group = few
        key = "accuracy_difference[group]"
        section = "sensitive: [group], suppress_below: 5"
        evidence = measure(section, sides=(rows, rows), group=group)
        gap = evidence.sensitive["group"].gaps["accuracy_difference"]
        assert {gap.high, gap.low} == {"A", "B"}
        assert gap.not_told == 2
        found = evidence.metrics[key]
        assert found.interval[0] is not None
        assert found.interval[1] is None
        assert found.n == 850
        result = decided(found, "max", 0.9)
        assert result.verdict == "inconclusive"
        assert "how much more is not known" in result.reason
        assert found.against["main"].change is None
        assert "hidden" in found.against["main"].insufficient
        ratio = evidence.metrics["accuracy_ratio[group]"].interval
        assert ratio[0] is None
        assert ratio[1] is not None

    def test_gates_on_a_hidden_group_tell_nothing_of_it(self, measure, few):
        rows, group = few
        section = "sensitive: [group], suppress_below: 5"
        gates = '"fairness.tpr[group=F]": {min: 0.5, max_regression: 0.01}'
        evidence = measure(section, gates, sides=(rows, rows), group=group)
        found = evidence.metrics["tpr[group=F]"]
        assert (found.value, found.interval, found.n) == (None, (None, None), None)
        assert found.against["main"].change is None
        assert decided(found, "min", 0.5).verdict == "inconclusive"

    def test_the_search_lists_no_hidden_group(self, measure, kit, few):
        rows, group = few
        worse = np.asarray(rows.y_pred).copy()
        worse[2:100] = 1 - worse[2:100]
        new = kit.binary(np.asarray(rows.y_true) == 1, worse.astype(float))
        open_ = measure("sensitive: [group], search: [group]", sides=(new, rows), group=group)
        assert [one.levels for one in open_.search.worse] == [{"group": "F"}]
        section = "sensitive: [group], search: [group], suppress_below: 5"
        found = measure(section, sides=(new, rows), group=group).search
        assert found.worse == ()
        assert found.not_told == 1

    def test_the_share_without_a_value_may_tell_of_a_group(self, measure):
        race = ["A"] * 300 + ["B"] * 200 + ["C"] * 97 + [None] * 3
        evidence = measure("sensitive: [race], suppress_below: 5", race=race)
        assert evidence.sensitive["race"].groups[MISSING].suppressed
        assert evidence.sensitive["race"].missing is None

    def test_many_groups_hide_whole_groupings(self, measure, monkeypatch):
        monkeypatch.setattr("mlgate.checks.fairness.privacy.MOST", 0)
        race = ["A"] * 300 + ["B"] * 280 + ["C"] * 20
        section = "sensitive: [race, sex], suppress_below: 5"
        found = measure(section, race=race, sex=halves()).sensitive
        assert all(one.suppressed for one in found["race"].groups.values())
        assert all(one.suppressed is None for one in found["sex"].groups.values())

    def test_nothing_is_hidden_by_default(self, measure):
        groups = measure(sex=halves()).sensitive["sex"].groups
        assert all(one.suppressed is None for one in groups.values())


class TestVerdicts:
    """The ordinary rules of gates decide from what the check measures."""

    def outcome(self, measurement, kind, limit):
        return decided(measurement, kind, limit).verdict

    @pytest.fixture
    def unequal(self, measure, kit):
        """F is selected in 30 % of rows, M in 50 %."""
        rng = np.random.default_rng(1)
        truth = rng.random(4000) < 0.4
        select = rng.random(4000) < np.where(np.arange(4000) % 2 == 0, 0.3, 0.5)
        rows = kit.binary(truth, np.where(select, 0.8, 0.2))
        return measure(sides=(rows, rows), sex=halves(4000)).metrics

    @pytest.mark.parametrize(
        ("limit", "verdict"), [(0.1, "fail"), (0.2, "inconclusive"), (0.3, "pass")]
    )
    def test_max(self, unequal, limit, verdict):
        gap = unequal["demographic_parity_difference[sex]"]
        assert self.outcome(gap, "max", limit) == verdict

    @pytest.mark.parametrize(
        ("limit", "verdict"), [(0.8, "fail"), (0.6, "inconclusive"), (0.5, "pass")]
    )
    def test_min_of_a_ratio(self, unequal, limit, verdict):
        assert self.outcome(unequal["demographic_parity_ratio[sex]"], "min", limit) == verdict

    def test_no_change(self, unequal):
        gap = unequal["demographic_parity_difference[sex]"]
        assert self.outcome(gap, "max_regression", 0.01) == "pass"

    def test_equal_groups_of_a_small_test_set_are_undecided_not_failed(self, measure):
        gap = measure(sex=halves()).metrics["demographic_parity_difference[sex]"]
        assert self.outcome(gap, "max", 0.01) == "inconclusive"

    @pytest.fixture
    def small(self, measure, kit):
        """F and M are selected alike, in half of 40 and of 560 rows."""
        rows = kit.binary(np.tile([0, 1], 300), np.tile([0.2, 0.8], 300))
        sex = ["F"] * 40 + ["M"] * 560
        return measure(sides=(rows, rows), sex=sex).metrics

    def test_a_gate_that_cannot_pass_with_these_groups_says_so(self, small):
        result = decided(small["demographic_parity_difference[sex]"], "max", 0.1)
        assert result.verdict == "inconclusive"
        assert (
            "it cannot pass with groups of this size: without any gap its upper bound would be"
            in result.reason
        )
        assert "of the rows that count, F has 40, and each needs about 75" in result.reason

    def test_nor_can_a_ratio(self, small):
        reason = decided(small["demographic_parity_ratio[sex]"], "min", 0.8).reason
        assert "without any gap its lower bound would be" in reason

    def test_a_gate_that_larger_groups_can_pass_does_not(self, small, unequal):
        assert decided(small["demographic_parity_difference[sex]"], "max", 0.2).verdict == "pass"
        reason = decided(unequal["demographic_parity_difference[sex]"], "max", 0.2).reason
        assert "cannot pass" not in reason

    def test_no_number_of_rows_shows_that_there_is_no_gap_at_all(self, small):
        reason = decided(small["demographic_parity_difference[sex]"], "max", 0.0).reason
        assert "F has 40 and M has 560, and no number of rows is enough" in reason

    def test_rows_that_do_not_count_as_one_each_are_not_judged_so(self, measure, kit):
        from dataclasses import replace

        rows = kit.binary(np.tile([0, 1], 300), np.tile([0.2, 0.8], 300))
        weighted = replace(rows, weight=np.ones(600))
        metrics = measure(sides=(weighted, weighted), sex=["F"] * 40 + ["M"] * 560).metrics
        assert metrics["demographic_parity_difference[sex]"].equal_groups is None
