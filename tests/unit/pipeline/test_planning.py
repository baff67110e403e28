"""Plans of gates: from a configuration alone, from predictions, from a run's evidence."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.checks.fairness.evidence import FairnessEvidence
from mlgate.errors import DataError, UsageError
from mlgate.gates import regions
from mlgate.model.evidence import (
    Absent,
    CompareEvidence,
    Comparison,
    Discordant,
    EqualGroups,
    Measurement,
)
from mlgate.outgoing import redactor
from mlgate.pipeline.context import Context
from mlgate.pipeline.planning import plan as planning
from mlgate.pipeline.planning import plan_text
from mlgate.pipeline.planning.assumptions import assume
from mlgate.pipeline.planning.plan import plan
from mlgate.pipeline.planning.rule import Assumptions, PlannedRule, plan_rule
from mlgate.progress import Silent
from mlgate.run_dir import RunDir
from mlgate.stats.power import (
    chances_of_value,
    chances_without_change,
    paired_rows,
    paired_smallest,
)
from mlgate.stats.proportions import tango

CONFIG = """\
version: 1
task: binary
predictions: {path: predictions.csv, id: id, label: y, prediction: p, score: s}
baseline: {anchor: none}
gates:
"""
WHEN = "2026-01-01T00:00:00Z"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return Context(
        cwd=tmp_path,
        environ={},
        progress=Silent(),
        console=io.StringIO(),
        now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


def write(context: Context, gates: str, head: str = CONFIG) -> None:
    (context.cwd / "mlgate.yaml").write_text(f"{head}{gates}")


def write_rows(context: Context, rows: int) -> None:
    lines = [f"{i},{i % 2},{i % 2},0.{1 + 7 * (i % 2)}" for i in range(rows)]
    (context.cwd / "predictions.csv").write_text("\n".join(["id,y,p,s", *lines, ""]))


def measure(
    context: Context,
    n: int = 2_000,
    absent: dict[Any, Absent] | None = None,
    **metrics: Measurement,
) -> None:
    RunDir(context.cwd / ".mlgate").write_evidence(
        CompareEvidence(
            tool="t", commit="a" * 40, created=WHEN, n=n, metrics=metrics, absent=absent or {}
        )
    )


def measurement(value: float | None, variance: float | None = None, **more: Any) -> Measurement:
    more = {"n": 2_000, "title": "it", "method": "m"} | more
    return Measurement(value=value, row_variance=variance, **more)


def comparison(**more: Any) -> Comparison:
    return Comparison(**({"baseline": 0.8, "change": 0.0, "n": 2_000, "method": "m"} | more))


class TestBeforeAnyRun:
    def test_five_per_cent_are_assumed_for_a_share_of_right_rows(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 0.01}\n")
        write_rows(context, 2_000)
        found = plan(context, 0.99)
        assert (found.rows, found.evidence, found.problem) == (2_000, None, None)
        (rule,) = found.rules
        assert rule.rows_needed == 8_011
        assert (rule.assumed.disagreement, rule.assumed.basis) == (0.05, "assumed")
        assert plan_text.sentence(rule) == (
            "accuracy.max_regression 0.01 needs about 8,011 rows at 5 % disagreement (assumed); "
            "you have 2,000: it will be undecided for about 35 % of changes that do no harm, "
            "and fail 2 % of them; the smallest margin that they can decide is 0.021"
        )

    def test_nothing_is_assumed_for_others(self, context: Context) -> None:
        write(context, "  roc_auc: {max_regression: 0.01, min: 0.8}\n  log_loss: {max: 1}\n")
        write_rows(context, 20)
        found = plan(context, 0.99)
        assert [rule.rows_needed for rule in found.rules] == [None] * 3
        assert "how much roc_auc varies by chance is not known" in told(found)[1]
        assert "no value has been measured yet: run `mlgate run`" in told(found)[2]

    def test_a_limit_says_what_these_rows_would_pass(self, context: Context) -> None:
        write(context, "  accuracy: {min: 0.8, max: 0.9}\n")
        write_rows(context, 2_000)
        low, high = plan(context, 0.99).rules
        assert low.smallest == pytest.approx(3.9712 * np.sqrt(0.16 / 2_000), rel=1e-4)
        assert "if its value is at least 0.836" in plan_text.sentence(low)
        assert "if its value is at most 0.873" in plan_text.sentence(high)
        assert low.chances is None

    def test_rows_that_are_not_there_yet(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 0.01, min: 0.5}\n")
        found = plan(context, 0.99)
        assert found.rows is None
        assert "there is no file predictions.csv" in str(found.problem)
        assert [rule.rows_needed for rule in found.rules] == [None, 8_011]
        assert told(found)[1].endswith("the number of rows is not known yet")

    def test_a_path_below_a_variable_that_is_not_set(self, context: Context) -> None:
        write(
            context, "  accuracy: {min: 0.5}\n", CONFIG.replace("predictions.csv", '"${env:D}/p"')
        )
        assert "D is not set" in str(plan(context, 0.99).problem)
        hidden = plan(replace(context, environ={"D": "a-secret"}), 0.99)
        assert "there is no file ***/p" in redactor().mask(str(hidden.problem))

    def test_numbers_alone_have_no_rows(self, context: Context) -> None:
        head = "version: 1\nmetrics: {files: [m.json], direction: {cost: lower}}\ngates:\n"
        write(context, "  cost: {max_regression: 0.1, max: 3}\n", head)
        found = plan(context, 0.99)
        assert found.problem == "mlgate.yaml has no predictions"
        assert all("single numbers cannot be tested" in text for text in told(found))

    def test_no_configuration(self, context: Context) -> None:
        with pytest.raises(UsageError, match="there is no mlgate"):
            plan(context, 0.99)


class TestAfterARun:
    def test_the_disagreement_is_the_measured_one(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 0.01, min: 0.8}\n")
        main = comparison(change=-0.002, discordant=Discordant(fixed=38, broken=42))
        measure(context, accuracy=measurement(0.83, 0.83 * 0.17, against={"main": main}))
        found = plan(context, 0.99)
        assert (found.rows, found.commit) == (2_000, "a" * 40)
        low, loss = found.rules
        assert loss.assumed.disagreement == 0.04
        assert loss.rows_needed == 6_462
        assert "4 % disagreement (as in the last run)" in plan_text.sentence(loss)
        assert low.distance == pytest.approx(0.03)
        assert plan_text.sentence(low) == (
            "accuracy.min 0.8: the last value, 0.83, meets it by 0.03; showing that takes about "
            "2,473 rows, and you have 2,000: undecided for about 3 % of such models; the "
            "smallest distance that they can show is 0.034"
        )

    def test_a_change_that_changed_nothing_says_nothing(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 1%}\n  roc_auc: {max_regression: 0.01}\n")
        same = comparison(row_variance=0.0005, discordant=Discordant(fixed=0, broken=0))
        still = comparison(row_variance=0.0)
        measure(
            context,
            accuracy=measurement(0.8, 0.16, against={"main": same}),
            roc_auc=measurement(0.9, 0.1, against={"main": still}),
        )
        accuracy, roc_auc = plan(context, 0.99).rules
        assert (accuracy.assumed.basis, accuracy.distance) == ("assumed", pytest.approx(0.008))
        assert accuracy.smallest == pytest.approx(paired_smallest(0.05, 2_000, power=0.99) / 0.8)
        assert "not known yet" in plan_text.sentence(roc_auc)

    def test_other_metrics_take_their_spread(self, context: Context) -> None:
        gates = "  log_loss: {max_regression: 2%}\n  roc_auc: {min_improvement: 0.01}\n"
        write(context, gates)
        measure(
            context,
            log_loss=measurement(
                0.3, 0.1, against={"main": comparison(baseline=0.3, row_variance=0.01)}
            ),
            roc_auc=measurement(
                0.9, 0.1, against={"main": comparison(row_variance=0.0025, paired=False)}
            ),
        )
        loss, gain = plan(context, 0.99).rules
        assert loss.rows_needed == 4_381
        assert "the spread of the last run (0.1 a row)" in plan_text.sentence(loss)
        assert "the smallest margin that they can decide is 3%" in plan_text.sentence(loss)
        assert plan_text.sentence(gain) == (
            "roc_auc.min_improvement 0.01 needs about 395 rows at the spread of the last run "
            "(0.05 a row, where rows were not paired), to rule it out where nothing improves; "
            "you have 2,000: enough; the smallest improvement that they can decide is 0.0045"
        )

    def test_without_a_baseline_the_candidates_value_stands_in(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 2%}\n")
        none = Absent(kind="none_yet", reason="no baseline yet")
        measure(context, absent={"main": none}, accuracy=measurement(0.9, 0.09, n=1_500))
        (rule,) = plan(context, 0.99).rules
        assert (rule.distance, rule.assumed.rows) == (pytest.approx(0.018), 1_500)

    def test_what_no_number_of_rows_decides(self, context: Context) -> None:
        gates = "  roc_auc: {max_regression: 0.01}\n  r: {max_regression: 1%, min: 1}\n"
        head = CONFIG.replace("baseline:", "metrics: {rows: {r: higher}}\nbaseline:")
        write(context, f"{gates}  f1: {{max_regression: 0.01}}\n", head)
        few = comparison(row_variance=0.01, insufficient="fewer than 50 positives")
        measure(
            context,
            roc_auc=measurement(0.9, 0.1, against={"main": few}),
            r=measurement(1.0, 0.5, against={"main": comparison(baseline=-2.0, row_variance=1.0)}),
            f1=measurement(0.9, against={"main": comparison(untested="one number a side")}),
        )
        found = plan(context, 0.99)
        sentences = dict(zip([rule.rule.id for rule in found.rules], told(found), strict=True))
        assert sentences["roc_auc.max_regression"].endswith("undecided: fewer than 50 positives")
        assert "there is no percentage of the value of main" in sentences["r.max_regression"]
        assert "is exactly at the limit" in sentences["r.min"]
        assert sentences["f1.max_regression"].endswith("no test is possible: one number a side")
        assert {rule.rows_needed for rule in found.rules} == {None}

    def test_a_margin_of_nothing(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 0, min_improvement: 0}\n")
        main = comparison(discordant=Discordant(fixed=40, broken=40))
        measure(context, accuracy=measurement(0.8, 0.16, against={"main": main}))
        loss, gain = plan(context, 0.99).rules
        assert (loss.rows_needed, gain.rows_needed) == (None, None)
        assert loss.chances is not None
        assert loss.chances.passed == pytest.approx(0.05)
        assert "one without effect never passes, however many rows there are" in plan_text.sentence(
            loss
        )
        assert "your 2,000 can show an improvement of 0.019" in plan_text.sentence(gain)

    def test_a_value_without_variance(self, context: Context) -> None:
        write(context, "  accuracy: {min: 0.9}\n  log_loss: {max: 1}\n")
        measure(context, accuracy=measurement(1.0, 0.0), log_loss=measurement(0.5))
        accuracy, loss = plan(context, 0.99).rules
        assert accuracy.rows_needed == 142
        assert plan_text.sentence(loss).endswith("how much it varies by chance is not known")

    def test_the_anchor_is_planned_where_one_is_wanted(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 2%}\n", CONFIG.replace("none", "latest-tag"))
        main = comparison(discordant=Discordant(fixed=40, broken=40))
        anchor = comparison(baseline=0.7, discordant=Discordant(fixed=90, broken=90))
        against = {"main": main, "anchor": anchor}
        measure(context, accuracy=measurement(0.8, 0.16, against=against))
        ours, last = plan(context, 0.99).rules
        assert (ours.rule.reference, last.rule.reference) == ("main", "the anchor")
        assert last.distance == pytest.approx(0.03 * 0.7)
        assert (ours.assumed.disagreement, last.assumed.disagreement) == (0.04, 0.09)

    @pytest.mark.parametrize(
        ("rows", "fixed", "few"),
        [
            (2_000, 50, "2,000"),
            (6_000, 50, None),
            (6_000, 300, "4,000"),
            (6_000, 60, None),
            (800, 4, "400"),
            (450, 1, "no"),
        ],
    )
    def test_few_rows_hardly_stop_many_small_losses(
        self, context: Context, rows: int, fixed: int, few: str | None
    ) -> None:
        write(context, "  accuracy: {max_regression: 0.01}\n", CONFIG.replace("none", "latest-tag"))
        main = comparison(n=rows, discordant=Discordant(fixed=fixed, broken=fixed))
        against = {"main": main, "anchor": main}
        measure(context, n=rows, accuracy=measurement(0.8, 0.16, n=rows, against=against))
        ours, last = told(plan(context, 0.8))
        assert "many small losses" not in ours
        assert ("many small losses" in last) is (few is not None)
        assert ("times the margin" in last) is (few not in (None, "no"))
        assert few in (None, "no") or f"2 to 5 times the margin in all with {few} rows" in last

    def test_damaged_evidence_is_told(self, context: Context) -> None:
        write(context, "  accuracy: {min: 0.8}\n")
        (context.cwd / ".mlgate/evidence").mkdir(parents=True)
        (context.cwd / ".mlgate/evidence/compare.json").write_text("{}")
        with pytest.raises(DataError, match="damaged"):
            plan(context, 0.99)

    def test_a_share_of_columns_has_no_rows(self) -> None:
        rule = PlannedRule("drift", "max_share", 0.3, False, 0.95, 0.99)
        found = assume(
            rule, config.parse(f"{CONFIG}  accuracy: {{min: 0}}\n", "m", sections()).config, {}, 5
        )
        assert "this rule counts columns" in plan_text.sentence(plan_rule(rule, found))


class TestRowsThatDoNotCountOneEach:
    HEAD = CONFIG.replace("score: s", "score: s, cluster: user")

    def test_clusters_multiply_the_variance_of_a_disagreement(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 0.01}\n", self.HEAD)
        main = comparison(row_variance=0.12, discordant=Discordant(fixed=40, broken=40))
        measure(context, accuracy=measurement(0.8, 0.5, against={"main": main}))
        (rule,) = plan(context, 0.99).rules
        assert (rule.assumed.design, rule.assumed.row_variance) == pytest.approx((3.0, 0.12))
        assert rule.rows_needed == 18_925
        expected = "18,925 rows at 4 % disagreement (as in the last run, times 3 for clusters)"
        assert expected in plan_text.sentence(rule)

    @pytest.mark.parametrize(
        ("head", "widening"), [(HEAD, 1.57), (CONFIG, 1.0)], ids=["clusters", "plain rows"]
    )
    def test_what_their_bounds_cost_beyond_the_variance_counts(
        self, context: Context, head: str, widening: float
    ) -> None:
        """Unequal clusters have bounds for one more of them; plain rows have Tango's."""
        write(context, "  accuracy: {max_regression: 0.01}\n", head)
        main = comparison(
            row_variance=0.12, interval=(-0.02, 0.03), discordant=Discordant(fixed=40, broken=40)
        )
        measure(context, accuracy=measurement(0.8, 0.5, against={"main": main}))
        (rule,) = plan(context, 0.8).rules
        assert rule.assumed.widening == pytest.approx(widening, abs=0.002)
        reach = rule.assumed.widening * 1.6449 + 0.8416
        if widening == 1:
            assert rule.rows_needed == paired_rows(0.12, 0.01)
        else:
            assert rule.rows_needed == pytest.approx(0.12 * (reach / 0.01) ** 2, rel=1e-3)
            assert rule.smallest == pytest.approx(reach * np.sqrt(0.12 / 2_000), rel=1e-3)
        wider = "bounds 1.6 times as wide" in plan_text.sentence(rule)
        assert wider == (widening > 1)

    def test_a_bound_for_rows_not_seen_takes_rows_in_proportion(self, context: Context) -> None:
        """Scores of 0 and 1: hardly any spread, and a bound far out for one wrong row."""
        write(context, "  log_loss: {max_regression: 0.02}\n")
        main = comparison(row_variance=1e-7, interval=(-0.001, 0.08))
        found = measurement(0.3, 0.1, direction="lower", against={"main": main})
        measure(context, log_loss=found)
        (rule,) = plan(context, 0.8).rules
        assert rule.rows_needed == pytest.approx(2_000 * 0.08 / 0.02, rel=0.01)
        assert rule.smallest == pytest.approx(0.08, rel=0.01)
        assert rule.chances is not None
        assert rule.chances.inconclusive > 0.99

    @pytest.mark.parametrize(("direction", "widening"), [("lower", 2.0), ("higher", 1.0)])
    def test_the_bound_that_decides_is_the_one_that_counts(
        self, context: Context, direction: str, widening: float
    ) -> None:
        write(context, "  log_loss: {max_regression: 0.01}\n", self.HEAD)
        half = 1.6449 * np.sqrt(0.1 / 2_000)
        main = comparison(row_variance=0.1, interval=(-half, 2 * half))
        found = measurement(0.3, 0.1, direction=direction, against={"main": main})
        measure(context, log_loss=found)
        (rule,) = plan(context, 0.8).rules
        assert rule.assumed.widening == pytest.approx(widening, abs=1e-3)

    def test_the_spread_of_the_last_run_has_them_within(self, context: Context) -> None:
        head = self.HEAD.replace("cluster: user", "weight: w, repeat: seed")
        write(context, "  log_loss: {max_regression: 0.01}\n", head)
        measure(
            context,
            log_loss=measurement(0.3, 0.1, against={"main": comparison(row_variance=0.01)}),
        )
        (rule,) = plan(context, 0.99).rules
        assert "(0.1 a row, weights and seeds included)" in plan_text.sentence(rule)

    def test_before_a_run_the_plan_says_that_it_does_not_know(self, context: Context) -> None:
        write(context, "  accuracy: {max_regression: 0.01, min: 0.8}\n", self.HEAD)
        (context.cwd / "predictions.csv").write_text("id,y,p,s,user\n1,1,1,0.9,a\n2,0,0,0.1,b\n")
        limit, loss = told(plan(context, 0.99))
        assert "5 % disagreement (assumed; clusters not taken into account)" in loss
        assert limit.endswith("; clusters not taken into account")


def test_an_organisations_gates_are_planned_with_its_own_confidence(context: Context) -> None:
    write(context, "  accuracy: {max_regression: 0.01}\n")
    organisation = "gates: {accuracy: {max_regression: 0.01}}\npolicy: {confidence: 0.99}\n"
    (context.cwd / "org.yaml").write_text(organisation)
    found = plan(replace(context, policies=(Path("org.yaml"),)), 0.99)
    assert [(r.rule.confidence, r.rows_needed) for r in found.rules] == [
        (0.95, 8_011),
        (0.99, 11_032),
    ]
    (context.cwd / "org.yaml").write_text("gates: {accuracy: {max_regression: 0.01}}\n")
    assert len(plan(replace(context, policies=(Path("org.yaml"),)), 0.99).rules) == 1


def told(found: planning.Plan) -> list[str]:
    return [plan_text.sentence(rule) for rule in found.rules]


class TestChances:
    def test_they_are_what_gates_then_do(self) -> None:
        """Tango's interval and the gate's regions on changes that do no harm."""
        n, disagreement, margin, repetitions = 2_000, 0.05, 0.01, 2_000
        random = np.random.default_rng(5)
        counts = {"pass": 0, "fail": 0, "inconclusive": 0}
        for differing in random.binomial(n, disagreement, repetitions):
            fixed = int(random.binomial(differing, 0.5))
            found = tango(fixed, int(differing) - fixed, n)
            assert found.value is not None
            gain = regions.Effect.turned(found.value, found.interval, lower_is_better=False)
            counts[regions.not_worse(gain.plus(margin), gain)] += 1
        expected = chances_without_change(disagreement, n, margin)
        for outcome, chance in zip(counts, expected, strict=True):
            assert counts[outcome] / repetitions == pytest.approx(chance, abs=0.035)

    def test_the_rows_needed_reach_the_power(self) -> None:
        rule = PlannedRule("accuracy", "max_regression", 0.01, False, 0.95, 0.99)
        found = plan_rule(rule, Assumptions(rows=7_886, row_variance=0.05, basis="assumed"))
        assert found.rows_needed == 7_886
        assert found.chances is not None
        assert found.chances.passed == pytest.approx(0.99, abs=1e-4)
        assert found.smallest == pytest.approx(0.01, rel=1e-4)
        few = plan_rule(rule, Assumptions(rows=7_885, row_variance=0.05, basis="assumed"))
        assert few.chances is not None
        assert few.chances.passed < 0.99

    def test_they_sum_to_one_and_turn_with_the_gap(self) -> None:
        up, down = (chances_of_value(0.16, 500, gap) for gap in (0.02, -0.02))
        assert (up.passed, up.failed) == (down.failed, down.passed)
        assert sum(up) == pytest.approx(1)
        assert sum(chances_without_change(0.05, 300, 0.001)) == pytest.approx(1)
        assert chances_of_value(0.16, 500, 0.0).passed == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.02085, 0.021), (0.01, 0.01), (0.0100001, 0.011), (12.31, 13), (1, 1)]
)
def test_what_is_decided_is_rounded_up(value: float, rounded: float) -> None:
    assert plan_text.rounded_up(value) == rounded


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "under 1 %"), (0.341, "34 %"), (0.004, "under 1 %"), (0.999, "over 99 %")],
)
def test_chances_are_never_certain(share: float, text: str) -> None:
    assert plan_text.per_cent(share) == text


def test_a_large_spread_is_written_in_full() -> None:
    rule = PlannedRule("mae", "max_regression", 5_000.0, False, 0.95, 0.8)
    planned = plan_rule(rule, Assumptions(rows=500, row_variance=29_040.0**2, basis="measured"))
    assert "(29,000 a row)" in plan_text.sentence(planned)


def test_a_gap_that_cannot_be_shown_with_these_groups(context: Context) -> None:
    head = CONFIG.replace("gates:\n", "fairness: {sensitive: [sex]}\ngates:\n")
    name = "demographic_parity_difference[sex]"
    write(context, f'  "fairness.{name}": {{max: 0.1}}\n', head)
    equal = EqualGroups(kind="difference", rate=0.5, rows={"F": 40, "M": 560})
    gap = measurement(0.0, 0.5, unit="share", interval=(0.0, 0.13), equal_groups=equal)
    RunDir(context.cwd / ".mlgate").write_evidence(
        FairnessEvidence(tool="t", commit="a" * 40, created=WHEN, n=600, metrics={name: gap})
    )
    (rule,) = plan(context, 0.8).rules
    assert rule.rows_needed is None
    assert plan_text.sentence(rule) == (
        f"fairness.{name}.max 0.1: cannot pass with groups of this size: without any gap its upper "
        "bound would be 0.1305; of the rows that count, F has 40, and each needs about 75"
    )
