"""The run's verdict over gates, policies, waivers and training."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate import checks
from mlgate.errors import DataError
from mlgate.gates.judge import judge, worst
from mlgate.gates.waivers import split
from mlgate.model.evidence import Absent, BaselineRef, Contrast, Evidence, TrainEvidence
from mlgate.model.policy import Waiver
from mlgate.model.verdict import SEVERITY, RuleResult, Verdict

TODAY = dt.date(2026, 11, 21)
REGRESSION = {"accuracy": {"max_regression": 0.01}}


def decide(make: Any, change: float, rules: Any = REGRESSION, **more: Any) -> Verdict:
    metrics = {"accuracy": make.measurement(make.comparison(change))}
    evidence = {"evidence": {"compare": make.compare(metrics)}}
    return judge(make.run(make.judge(rules, **more)), evidence, TODAY, checks.gates())


def test_a_loss_beyond_the_margin_blocks(make: Any) -> None:
    verdict = decide(make, -0.019, lines={"accuracy.max_regression": 7})
    assert (verdict.verdict, verdict.blocked) == ("fail", True)
    main, anchor = verdict.gates
    assert main.id == "accuracy.max_regression"
    assert anchor.id == "accuracy.max_regression_anchor"
    assert (main.rule, anchor.rule) == (
        "≤ 0.01 worse than main",
        "≤ 0.015 worse than the anchor",
    )
    assert (main.line, anchor.line, main.file) == (7, None, "mlgate.yaml")
    assert (main.check, main.metric, main.method, main.n) == (
        "compare",
        "accuracy",
        "tango",
        10_000,
    )
    assert verdict.headline == (
        "Model gate: blocked — accuracy is worse than main by 1.9 points (allowed: 1.0)"
    )


def test_names_of_both_baselines(make: Any) -> None:
    refs = {
        "main": BaselineRef(commit="9f8e7d6", branch="trunk"),
        "anchor": BaselineRef(commit="1234567", tag="v1.0"),
    }
    metrics = {"accuracy": make.measurement(make.comparison(0.0))}
    evidence = {"evidence": {"compare": make.compare(metrics, baselines=refs)}}
    verdict = judge(
        make.run(make.judge(REGRESSION), base_branch="trunk"), evidence, TODAY, checks.gates()
    )
    assert [gate.rule for gate in verdict.gates] == [
        "≤ 0.01 worse than trunk",
        "≤ 0.015 worse than the release v1.0",
    ]
    assert (verdict.baseline, verdict.anchor) == (refs["main"], refs["anchor"])
    assert verdict.verdict == "pass"


@pytest.mark.parametrize(("rule", "blocked"), [("warn", False), ("fail", True), (None, False)])
def test_undecided_blocks_only_where_the_policy_says_so(
    make: Any, rule: str | None, blocked: bool
) -> None:
    for rules, policy in (
        ({"max_regression": 0.01, "on_inconclusive": rule}, "warn"),
        ({"max_regression": 0.01}, rule or "warn"),
    ):
        verdict = decide(make, -0.006, {"accuracy": rules}, on_inconclusive=policy)
        assert (verdict.verdict, verdict.blocked) == ("inconclusive", blocked)
        by = "policy" if policy == "fail" else "gates.accuracy"
        word = f"blocks ({by}.on_inconclusive: fail)" if blocked else "does not block"
        assert verdict.headline.startswith(f"Model gate: undecided, {word} — accuracy is worse")


def test_a_gate_that_only_warns_is_listed_and_told_but_does_not_count(make: Any) -> None:
    rules = {"accuracy": {"max_regression": 0.01, "on_fail": "warn", "min": 0.8}}
    verdict = decide(make, -0.019, rules)
    assert (verdict.verdict, verdict.blocked, len(verdict.gates)) == ("pass", False, 3)
    assert verdict.headline == "Model gate: passed — no gate counts; 1 gate fails and only warns"


def waiver(**more: Any) -> dict[str, Any]:
    return {"gate": "accuracy", "reason": "new label source", "until": TODAY} | more


@pytest.mark.parametrize("name", ["accuracy", "accuracy_score", "accuracy.max_regression"])
def test_a_waiver_holds_through_its_last_day(make: Any, name: str) -> None:
    rules = {"accuracy": {"max_regression": 0.01, "max_regression_anchor": 0.5}}
    verdict = decide(make, -0.019, rules, waivers=[waiver(gate=name)])
    assert (verdict.verdict, verdict.blocked) == ("pass", False)
    failed = verdict.gates[0]
    assert failed.verdict == "fail"
    assert failed.waived is not None
    assert failed.waived.reason == "new label source"
    assert verdict.headline.endswith("; 1 gate is waived")
    assert verdict.gates[1].waived is None  # a gate that passes needs none


def test_an_expired_waiver_and_one_that_names_no_gate_are_told(make: Any) -> None:
    late = waiver(until=TODAY - dt.timedelta(days=1))
    lost = waiver(gate="roc_auc.min")
    slice_ = waiver(gate="accuracy[young]")
    verdict = decide(make, -0.019, waivers=[late, lost, slice_])
    assert verdict.blocked
    assert [note.text for note in verdict.notes] == [
        "The waiver of accuracy ended on 2026-11-20: the gate counts again.",
        "The waiver of roc_auc.min names no gate.",
        "The waiver of accuracy[young] names no gate.",
    ]


def test_a_waiver_that_is_not_needed_is_told(make: Any) -> None:
    verdict = decide(make, 0.0, waivers=[waiver()])
    assert "not needed" in verdict.notes[0].text


def test_names_of_waivers() -> None:
    assert split("fairness.demographic_parity_difference[sex].max") == (
        "fairness.demographic_parity_difference[sex]",
        "max",
    )
    assert split("fairness.max_gap") == ("fairness.max_gap", None)
    assert split("a[b") == ("a[b", None)


def test_the_worse_of_two_policies_counts_and_equal_answers_are_told_once(make: Any) -> None:
    metrics = {"accuracy": make.measurement(make.comparison(-0.019))}
    evidence = {"evidence": {"compare": make.compare(metrics)}}
    rules = {"accuracy": {"max_regression": 0.01, "max_regression_anchor": 0.5}}
    loose = {"accuracy": {"max_regression": 0.1, "max_regression_anchor": 0.5}}
    main, branch = make.judge(rules), make.judge(loose, source="this branch")
    for first, second in ((main, branch), (branch, main)):
        verdict = judge(make.run(first, second), evidence, TODAY, checks.gates())
        assert verdict.blocked
        assert sorted(gate.policy for gate in verdict.gates) == sorted(
            [first.source, first.source, second.source]
        )
        assert verdict.policy_digest == first.digest
    waived = make.judge(rules, source="this branch", waivers=[waiver()])
    verdict = judge(make.run(main, waived), evidence, TODAY, checks.gates())
    assert verdict.blocked  # a waiver works once it is on the branch that judges


def test_each_policy_is_judged_over_its_own_evidence(make: Any) -> None:
    def folder(change: float, confidence: float) -> dict[str, Evidence]:
        metrics = {"accuracy": make.measurement(make.comparison(change))}
        return {"compare": make.compare(metrics, confidence=confidence)}

    evidence = {"evidence": folder(0.0, 0.95), "evidence/2": folder(-0.019, 0.99)}
    second = make.judge(REGRESSION, source="org.yaml", evidence="evidence/2", confidence=0.99)
    verdict = judge(make.run(make.judge(REGRESSION), second), evidence, TODAY, checks.gates())
    assert [gate.verdict for gate in verdict.gates] == ["pass", "pass", "fail", "fail"]
    assert verdict.blocked


def test_evidence_of_another_commit_or_confidence_is_refused(make: Any) -> None:
    metrics = {"accuracy": make.measurement(make.comparison(0.0))}
    other = {"evidence": {"compare": make.compare(metrics, commit="f" * 40)}}
    with pytest.raises(DataError, match=r"commit fffffff.*commit a1b2c3d"):
        judge(make.run(make.judge(REGRESSION)), other, TODAY, checks.gates())
    other = {"evidence": {"compare": make.compare(metrics, confidence=0.9)}}
    with pytest.raises(DataError, match=r"0\.9.*0\.95"):
        judge(make.run(make.judge(REGRESSION)), other, TODAY, checks.gates())


def train(make: Any, **more: Any) -> TrainEvidence:
    fields = {"tool": "0.1.0", "commit": make.commit, "created": "x", "started": "x"}
    return TrainEvidence(**(fields | {"finished": "x", "command": "python train.py"} | more))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "failed", "exit_code": 3}, "training failed with exit code 3"),
        ({"status": "failed", "signal": "SIGKILL"}, "training failed: ended by SIGKILL"),
        ({"status": "failed", "problem": "no model.joblib"}, "training failed: no model.joblib"),
        ({"status": "timeout", "problem": "after 2 h"}, "training timed out: after 2 h"),
        ({"status": "interrupted"}, "training was interrupted"),
    ],
)
def test_a_training_that_did_not_end_well_blocks(make: Any, fields: Any, words: str) -> None:
    evidence = {"evidence": {"train": train(make, **fields)}}
    verdict = judge(make.run(make.judge(REGRESSION)), evidence, TODAY, checks.gates())
    assert (verdict.verdict, verdict.blocked, verdict.gates) == ("fail", True, ())
    assert verdict.headline == f"Model gate: blocked — {words}"


@pytest.mark.parametrize("status", ["ok", "skipped"])
def test_a_training_that_ended_well_says_nothing(make: Any, status: str) -> None:
    metrics = {"accuracy": make.measurement(make.comparison(0.0))}
    folder = {"compare": make.compare(metrics), "train": train(make, status=status)}
    assert (
        judge(make.run(make.judge(REGRESSION)), {"evidence": folder}, TODAY, checks.gates()).verdict
        == "pass"
    )


def test_a_first_run_says_so(make: Any) -> None:
    absent = dict.fromkeys(("main", "anchor"), Absent(kind="none_yet", reason="no baseline yet"))
    evidence = {
        "evidence": {"compare": make.compare({"accuracy": make.measurement()}, absent=absent)}
    }
    rules = {"accuracy": {"max_regression": 0.01, "min": 0.8}}
    verdict = judge(make.run(make.judge(rules)), evidence, TODAY, checks.gates())
    assert (verdict.verdict, verdict.blocked) == ("untested", False)
    assert verdict.headline == "Model gate: untested — no baseline yet"


def test_a_number_of_labels_that_lacks_a_value_is_no_first_run(make: Any) -> None:
    never = Absent(kind="none_yet", reason="no baseline yet")
    claimed = make.measurement(value=None, interval=(None, None), role="main", untested="first run")
    folder = {"compare": make.compare({"accuracy": claimed}, absent={"main": never})}
    run = make.run(make.judge({"accuracy": {"min": 0.8}}))
    verdict = judge(run, {"evidence": folder}, TODAY, checks.gates())
    assert (verdict.verdict, verdict.blocked) == ("error", True)


def test_no_anchor_leaves_out_the_rule_that_nobody_wrote(make: Any) -> None:
    metrics = {"accuracy": make.measurement(against={"main": make.comparison(0.0)})}
    off = {"anchor": Absent(kind="off", reason="the configuration wants no anchor")}
    evidence = {"evidence": {"compare": make.compare(metrics, absent=off)}}
    verdict = judge(make.run(make.judge(REGRESSION)), evidence, TODAY, checks.gates())
    assert (verdict.verdict, len(verdict.gates)) == ("pass", 1)
    written = {"accuracy": {"max_regression": 0.01, "max_regression_anchor": 0.02}}
    verdict = judge(make.run(make.judge(written)), evidence, TODAY, checks.gates())
    assert [gate.verdict for gate in verdict.gates] == ["pass", "untested"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("acuracy", "did you mean accuracy?"),
        ("drift", "under `gates:`: accuracy"),
        ("fairness.gap[sex]", "under `gates:`: accuracy"),
    ],
)
def test_missing_evidence_is_an_error_and_names_what_there_is(
    make: Any, target: str, words: str
) -> None:
    verdict = decide(make, 0.0, {target: {"max": 0.3}})
    assert (verdict.verdict, verdict.blocked) == ("error", True)
    assert words in verdict.gates[0].hint
    said = f"Model gate: blocked — {target} was not measured. Name one of these under `gates:`"
    assert verdict.headline.startswith(said)


def test_no_evidence_at_all_is_an_error(make: Any) -> None:
    verdict = judge(make.run(make.judge(REGRESSION)), {}, TODAY, checks.gates())
    assert verdict.blocked
    assert verdict.headline.endswith("was not measured. Run `mlgate check`")


def test_a_check_that_could_not_measure_is_an_error(make: Any) -> None:
    metrics = {"accuracy": make.measurement(make.comparison(0.0))}
    for found in (metrics, {}):
        failed = make.compare(found, error="store unreadable", hint="mount it")
        evidence = {"evidence": {"compare": failed}}
        verdict = judge(make.run(make.judge(REGRESSION)), evidence, TODAY, checks.gates())
        assert {gate.verdict for gate in verdict.gates} == {"error"}
        said = "Model gate: blocked — store unreadable; accuracy cannot be judged. Mount it"
        assert verdict.headline == said


def test_an_error_is_a_sentence_with_what_to_do_in_another_and_once_for_all_its_gates(
    make: Any,
) -> None:
    failed = make.compare({}, error="p.csv is empty", hint="`make data` writes it")
    gates = {"accuracy": {"min": 0.5, "max_regression": 0.1}, "f1": {"min": 0.5}}
    verdict = judge(
        make.run(make.judge(gates)), {"evidence": {"compare": failed}}, TODAY, checks.gates()
    )
    said = "Model gate: blocked — p.csv is empty; 2 gates cannot be judged. `make data` writes it"
    assert verdict.headline == said
    assert {gate.hint for gate in verdict.gates} == {"`make data` writes it"}


def test_gates_of_other_checks(make: Any) -> None:
    def other(check: str, **metrics: Any) -> Evidence:
        return Evidence(check=check, tool="x", commit=make.commit, created="x", metrics=metrics)

    share = make.measurement(value=0.2, interval=(0.1, 0.25), title="drifted columns")
    gap = make.measurement(value=0.08, interval=(0.05, 0.11), title="gap")
    folder = {
        "drift": other("drift", share=share),
        "fairness": other("fairness", **{"gap[sex]": gap}),
    }
    rules = {"drift": {"max_share": 0.3}, "fairness.gap[sex]": {"max": 0.1}}
    verdict = judge(make.run(make.judge(rules)), {"evidence": folder}, TODAY, checks.gates())
    assert [(g.id, g.check, g.metric, g.verdict) for g in verdict.gates] == [
        ("drift.max_share", "drift", "share", "pass"),
        ("fairness.gap[sex].max", "fairness", "gap[sex]", "inconclusive"),
    ]


def test_not_applicable_needs_no_evidence(make: Any) -> None:
    run = make.run(make.judge(REGRESSION), not_applicable="no file under src/ changed")
    verdict = judge(run, {}, TODAY, checks.gates())
    assert (verdict.verdict, verdict.blocked) == ("not_applicable", False)
    assert verdict.headline == "Model gate: not applicable — no file under src/ changed"


def test_a_policy_without_gates_is_an_error(make: Any) -> None:
    metrics = {"accuracy": make.measurement(make.comparison(0.0))}
    evidence = {"evidence": {"compare": make.compare(metrics)}}
    empty = make.judge({}, source="this branch")
    for judges in ((empty,), (make.judge(REGRESSION), empty), ()):
        verdict = judge(make.run(*judges), evidence, TODAY, checks.gates())
        assert (verdict.verdict, verdict.blocked) == ("error", True)
        assert "asks for no gate" in verdict.headline


def test_the_users_word_on_the_direction_goes_first(make: Any) -> None:
    verdict = decide(make, 0.019, direction={"accuracy": "lower"})
    assert verdict.gates[0].verdict == "fail"
    assert verdict.gates[0].direction == "lower"


def test_a_verdict_survives_its_file(make: Any) -> None:
    verdict = decide(make, -0.019, waivers=[waiver()])
    assert Verdict.from_json(verdict.to_json()) == verdict


outcomes = st.sampled_from(["pass", "fail", "inconclusive", "untested", "error"])


@given(st.lists(st.tuples(outcomes, st.booleans(), st.booleans())), st.data())
def test_the_worst_gate_that_counts_decides(make: Any, gates: Any, data: Any) -> None:
    made = []
    for outcome, warns, waived in gates:
        gate = decide(make, 0.0).gates[0]
        by = {"reason": "r", "until": TODAY} if waived else None
        fields = {"verdict": outcome, "on_fail": "warn" if warns else "fail", "waived": by}
        made.append(RuleResult.model_validate(gate.model_dump() | fields))
    expected = max(
        (SEVERITY[outcome] for outcome, warns, waived in gates if not warns and not waived),
        default=SEVERITY["pass"],
    )
    assert SEVERITY[worst(data.draw(st.permutations(made)))] == expected
    assert not any(gate.blocks for gate in made if gate.waived is not None)


def test_a_waived_gate_never_blocks(make: Any) -> None:
    for change in (-0.5, -0.019, -0.006, 0.0):
        forever = Waiver(gate="accuracy", reason="r", until=dt.date.max)
        verdict = decide(make, change, waivers=[forever], on_inconclusive="fail")
        assert not verdict.blocked
        assert verdict.verdict == "pass"


def test_judging_needs_no_scientific_package() -> None:
    code = (
        "import sys, mlgate.gates.judge; "
        "print([m for m in ('numpy', 'scipy', 'pandas', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _first_run(make: Any, kind: Any = "none_yet", **policy: Any) -> Verdict:
    never = Absent(kind=kind, reason="no baseline yet")
    folder = {"compare": make.compare({"accuracy": make.measurement()}, absent={"main": never})}
    rules = {"accuracy": {"max_regression": 0.01, "max_regression_anchor": 1}}
    return judge(make.run(make.judge(rules, **policy)), {"evidence": folder}, TODAY, checks.gates())


def test_what_was_never_kept_blocks_only_where_the_policy_says_so(make: Any) -> None:
    assert _first_run(make, on_untested="warn").gates[0].verdict == "untested"
    assert not _first_run(make, on_untested="warn").gates[0].blocks
    strict = _first_run(make, on_untested="fail")
    assert strict.gates[0].blocks
    assert strict.blocked
    # An announced test set was kept: its baseline is what the change brings.
    arrived = _first_run(make, "test_set", on_untested="fail")
    assert arrived.gates[0].verdict == "untested"
    assert not arrived.gates[0].blocks


@pytest.mark.parametrize("rules", [{"max_regression": 0.01}, {"min": 0.5}, {"max": 0.9}])
@pytest.mark.parametrize("vanished", [{"undefined": True}, {"baseline": 0.9, "value": None}])
def test_a_number_that_has_vanished_is_an_error_for_every_rule(
    make: Any, rules: Any, vanished: Any
) -> None:
    few = {"insufficient": "precision is 0/0"}
    value = {"value": vanished["value"]} if "value" in vanished else {}
    flag = {"undefined": True} if "undefined" in vanished else {}
    comparison = make.comparison(None, baseline=0.9, **few, **flag)
    metrics = {"accuracy": make.measurement(comparison, **few, **value)}
    folder = {"evidence": {"compare": make.compare(metrics)}}
    verdict = judge(make.run(make.judge({"accuracy": rules})), folder, TODAY, checks.gates())
    assert {gate.verdict for gate in verdict.gates} == {"error"}
    assert "0/0" in verdict.gates[0].reason


def test_a_number_that_neither_side_has_is_undecided(make: Any) -> None:
    few = {"insufficient": "recall is 0/0"}
    comparison = make.comparison(None, baseline=None, **few)
    metrics = {"accuracy": make.measurement(comparison, value=None, **few)}
    folder = {"evidence": {"compare": make.compare(metrics)}}
    verdict = judge(make.run(make.judge(REGRESSION)), folder, TODAY, checks.gates())
    assert {gate.verdict for gate in verdict.gates} == {"inconclusive"}


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        (-0.019, "would be blocked, reports only until {} — accuracy is worse than main by 1.9"),
        (0.0, "passed, reports only until {} — accuracy is"),
        (None, "would be blocked, reports only until {} — training failed"),
    ],
)
def test_a_policy_that_only_reports_blocks_from_the_day_after(
    make: Any, change: float | None, headline: str
) -> None:
    for until, blocks in ((TODAY, False), (TODAY - dt.timedelta(days=1), True)):
        run = make.run(make.judge(REGRESSION, report_only_until=until))
        evidence: dict[str, Any] = {"train": train(make, status="failed", exit_code=3)}
        if change is not None:
            metrics = {"accuracy": make.measurement(make.comparison(change))}
            evidence = {"compare": make.compare(metrics)}
        verdict = judge(run, {"evidence": evidence}, TODAY, checks.gates())
        assert verdict.blocked == (blocks and change != 0)
        assert verdict.headline.startswith(f"Model gate: {headline.format(until)}") != blocks
        assert verdict.report_only_until == (None if blocks else until)
        assert ("reports only" in verdict.headline) != blocks


def test_an_organisation_that_enforces_is_not_loosened_by_a_policy_that_only_reports(
    make: Any,
) -> None:
    metrics = {"accuracy": make.measurement(make.comparison(-0.019))}
    evidence = {"evidence": {"compare": make.compare(metrics)}}
    loose = make.judge(REGRESSION, report_only_until=TODAY)
    strict = make.judge(REGRESSION, "acme.yaml")
    verdict = judge(make.run(loose, strict), evidence, TODAY, checks.gates())
    assert verdict.blocked
    assert [gate.policy for gate in verdict.gates if gate.blocks] == ["acme.yaml"] * 2
    assert "reports only" not in verdict.headline
    lenient = make.judge({"accuracy": {"min": 0.1}}, "acme.yaml")
    verdict = judge(make.run(loose, lenient), evidence, TODAY, checks.gates())
    assert (verdict.verdict, verdict.blocked) == ("fail", False)
    assert verdict.headline.startswith("Model gate: would be blocked — accuracy is worse")


@pytest.mark.parametrize("rule", [0.01, {"value": 0.02, "relative": True}])
def test_a_model_that_is_the_same_is_called_unchanged(make: Any, rule: Any) -> None:
    """A relative change of 0 has a bound that is 0 but for rounding."""
    contrasts = [
        Contrast(factor=factor, value=(1 - factor) * 0.86, interval=((1 - factor) * 0.86,) * 2)
        for factor in (0.98, 0.97)
    ]
    comparison = make.comparison(0.0, 0.0, contrasts=contrasts)
    metrics = {"accuracy": make.measurement(comparison)}
    run = make.run(make.judge({"accuracy": {"max_regression": rule}}))
    verdict = judge(run, {"evidence": {"compare": make.compare(metrics)}}, TODAY, checks.gates())
    assert {gate.reason for gate in verdict.gates} == {
        "unchanged from main",
        "unchanged from the anchor",
    }
