from __future__ import annotations

import pytest

from mlgate.model.evidence import BaselineRef, CompareEvidence
from mlgate.model.verdict import RuleResult
from mlgate.report import gates
from mlgate.report.gates import Names
from mlgate.text.number_format import NBSP

NAMES = Names("this PR", "main", "v1.2", "main")


def gate(**changes) -> RuleResult:
    known = {
        "id": "accuracy.max_regression", "target": "accuracy", "rule_kind": "max_regression",
        "check": "compare", "metric": "accuracy", "title": "accuracy", "verdict": "fail",
        "rule": "≤ 0.01 worse than main", "threshold": 0.01, "against": "main", "value": 0.8421,
        "baseline": 0.8611, "change": -0.019, "interval": (-0.0242, -0.0139), "confidence": 0.95,
        "unit": "share", "direction": "higher", "reason": "worse than main",
    }  # fmt: skip
    return RuleResult(**{**known, **changes})


def row(**changes):
    return gates.row(gate(**changes), None, NAMES)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def test_the_row_of_the_design():
    found = row()
    assert (found.value, found.baseline, plain(found.change), found.rule) == (
        ".842", ".861", "−.019 [−.025, −.013]", "≤ .010 worse",
    )  # fmt: skip
    assert (found.status, found.word, found.brief) == ("fail", "fails", False)


def test_an_undecided_rule_says_how_many_rows_would_tell():
    found = row(verdict="inconclusive", interval=(-0.015, 0.002), rows_needed=31_417)
    assert found.rule == "≤ .010 worse: about 31,000 rows would decide"
    assert found.status == "warn"


def test_a_bound_just_within_its_limit_does_not_read_like_it():
    found = row(verdict="pass", change=-0.004, interval=(-0.0098, 0.0021))
    assert plain(found.change) == "−.0040 [−.0098, +.0021]"


def test_a_relative_margin_is_told_in_per_cent_of_the_baseline():
    # candidate − 1.02 × main on a loss: 0.302 − 1.02 × 0.278 with bounds ± .004
    found = row(
        threshold=0.02, relative=True, factor=1.02, direction="lower", unit="number",
        value=0.302, baseline=0.278, change=0.024, contrast=0.01844, interval=(0.01444, 0.02244),
    )  # fmt: skip
    assert plain(found.change) == "+8.6 % [+7.1 %, +10.1 %]"
    assert found.rule == "≤ 2 % worse"
    assert found.bar is not None
    assert found.bar.high is not None
    assert found.bar.high < found.bar.limit < 0  # right is better: the loss grew beyond 2 %


def test_of_a_limit_the_value_has_the_interval_and_no_change():
    found = row(rule_kind="min", threshold=0.8, against=None, interval=(0.836, 0.848),
                change=None, baseline=None, verdict="pass")  # fmt: skip
    assert (plain(found.value), found.change, found.rule) == (".842 [.836, .848]", "–", "≥ .800")


@pytest.mark.parametrize(("kind", "left"), [("min", 0.8), ("max", -0.8)])
def test_the_bar_of_a_limit_is_turned_so_that_right_is_better(kind, left):
    found = gates.bar(gate(rule_kind=kind, threshold=0.8, interval=(0.836, 0.848), value=0.842))
    assert found is not None
    assert found.limit == left
    assert found.zero is None
    assert found.low < found.point < found.high


def test_against_the_anchor_the_anchor_is_named():
    found = row(rule_kind="max_regression_anchor", against="anchor", threshold=0.015)
    assert found.baseline == ".861 (v1.2)"
    assert (found.gate, found.rule) == ("accuracy since v1.2", "≤ .015 worse")


@pytest.mark.parametrize(
    ("anchor", "verdict", "rows"), [("a", "fail", 1), ("b", "fail", 2), ("a", "pass", 2)]
)
def test_a_rule_that_repeats_the_one_against_main_is_left_out(anchor, verdict, rows):
    """Main's commit is the anchor, and both rules end alike."""
    refs = {"main": BaselineRef(commit="a" * 40), "anchor": BaselineRef(commit=anchor * 40)}
    evidence = CompareEvidence(tool="t", commit="c" * 40, created="", baselines=refs)
    both = [
        gate(),
        gate(rule_kind="max_regression_anchor", against="anchor", threshold=0.015, verdict=verdict),
    ]
    assert len(gates.rows(both, {"compare": evidence}, NAMES)) == rows


def test_what_does_not_count_warns_and_says_why():
    waived = {"reason": "r", "until": "2027-01-31"}
    found = row(waived=waived)
    assert (found.status, found.word) == ("warn", "fails, waived until 2027-01-31")
    assert found.rule == "≤ .010 worse"
    only_warns = row(on_fail="warn")
    assert (only_warns.status, only_warns.word) == ("warn", "fails, warns only")


def test_a_rule_of_another_policy_names_it():
    assert row(policy="this branch").gate == "accuracy (policy: this branch)"


def test_nothing_measured_is_a_dash_and_no_bar():
    found = row(verdict="error", value=None, baseline=None, change=None, interval=(None, None))
    assert (found.value, found.baseline, found.change, found.bar) == ("–", "–", "–", None)


def test_of_many_rules_those_that_pass_or_have_no_baseline_yet_are_folded_away():
    nothing = {"baseline": None, "change": None, "interval": (None, None), "verdict": "untested"}
    kinds = [
        {"verdict": "pass"},
        nothing,
        {},
        {"verdict": "untested", "change": -0.001, "interval": (None, None)},
        {"verdict": "pass", "waived": {"reason": "r", "until": "2027-01-31"}},
    ]
    few = [gate(id=f"{i}.min", target=f"{i}", **kind) for i, kind in enumerate(kinds)]
    assert not any(found.brief for found in gates.rows(few, {}, NAMES))
    many = gates.rows([*few, *(gate(id=f"{i}.min") for i in range(5, 9))], {}, NAMES)
    assert {found.id for found in many if found.brief} == {"0.min"}
    more = gates.rows([*few, *(gate(id=f"{i}.min") for i in range(5, 20))], {}, NAMES)
    assert {found.id for found in more if found.brief} == {"0.min", "1.min"}


def test_rules_against_a_release_that_does_not_exist_are_left_out():
    nothing = {"baseline": None, "change": None, "interval": (None, None), "against": "anchor"}
    kept = [gate(), gate(verdict="error", **nothing)]
    found = gates.rows([*kept, gate(verdict="untested", **nothing)], {}, NAMES)
    assert len(found) == 2


def test_the_table_counts_what_is_folded_away_and_has_no_empty_column():
    passed = [gate(id=f"{i}.min", target=f"{i}", verdict="pass", against=None, baseline=None,
                   rule_kind="min", change=None, interval=(0.83, 0.85)) for i in range(10)]  # fmt: skip
    low = gate(id="low.min", rule_kind="min", against=None, change=None, baseline=None)
    table = gates.table(gates.rows([*passed, low], {}, NAMES), ("this PR", "main", "change"))
    assert [column.title for column in table.columns] == [
        "result", "gate", "this PR", "rule", "right is better",
    ]  # fmt: skip
    assert [[plain(cell.text) for cell in row[:2]] for row in table.rows] == [
        ["❌ fails", "accuracy"], *[["✅ passes", "accuracy"]] * 7, ["✅ passes", "3 more"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, True),
        ({"verdict": "inconclusive", "interval": (-0.02, 0.01)}, True),
        ({"verdict": "error", "interval": (None, None)}, False),
        ({"look": "earlier_labels"}, False),
        ({"interval": (0.3, 0.3), "rule_kind": "max_share", "against": None}, False),
        ({"verdict": "inconclusive", "interval": (-0.03, -0.02)}, False),  # corrected by its check
    ],
)
def test_a_reason_is_given_where_the_numbers_do_not_give_it(changes, shown):
    assert gates.shows_reason(gate(**changes)) == shown


def test_targets_stand_together_the_worst_first():
    found = gates.rows(
        [
            gate(id="a.min", target="a", title="a", verdict="pass"),
            gate(id="b.max", target="b", title="b", verdict="inconclusive"),
            gate(id="c.min", target="c", title="c", verdict="pass"),
            gate(id="c.max_regression", target="c", title="c"),
        ],
        {},
        NAMES,
    )
    assert [one.id for one in found] == ["c.max_regression", "c.min", "b.max", "a.min"]
