"""The gate `identity`: when a change of a name or a place is allowed."""

from __future__ import annotations

import datetime as dt

import pytest

from mlgate.gates.judge import judge
from mlgate.model.identity import IdentityChange
from mlgate.model.policy import Policy, Waiver
from mlgate.model.run import JudgeRecord, RunRecord

TODAY = dt.date(2026, 11, 21)
JUDGE = JudgeRecord(source="main", file="mlgate.yaml", digest="0", policy=Policy())


def run(change: IdentityChange, **facts: object) -> RunRecord:
    known = {"gone": True, **facts}
    return RunRecord(
        tool="0", name="toy", commit="c" * 40, started="", judges=(JUDGE,), identity=(change,), **known
    )  # fmt: skip


def waived(kind: str, until: str) -> IdentityChange:
    waiver = Waiver(gate="identity", reason="agreed", until=dt.date.fromisoformat(until))
    return IdentityChange(
        kind=kind, name="toy", path="a/mlgate.yaml", new_name="car", new_path="b/mlgate.yaml",
        branch="main", detail="a", waivers=(waiver,),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["renamed", "moved", "removed", "linked", "unreadable"])
def test_a_waiver_in_force_allows_it(kind: str) -> None:
    verdict = judge(run(waived(kind, "2026-11-21")), {}, TODAY, {})
    assert (verdict.verdict, verdict.blocked) == ("not_applicable", False)
    assert verdict.gates[0].waived is not None


@pytest.mark.parametrize("kind", ["duplicate", "behind"])
def test_no_waiver_allows_what_would_let_two_models_be_one(kind: str) -> None:
    assert judge(run(waived(kind, "2099-01-01")), {}, TODAY, {}).verdict == "error"


def test_a_waiver_that_has_ended_is_named() -> None:
    verdict = judge(run(waived("removed", "2026-11-20")), {}, TODAY, {})
    assert (verdict.verdict, verdict.blocked) == ("error", True)
    assert verdict.notes[0].text == "The waiver of identity of toy ended on 2026-11-20."
    assert verdict.headline == (
        "Model gate: blocked — a/mlgate.yaml of the model toy is removed. Put it back, or first "
        "merge a waiver of the gate identity into a/mlgate.yaml on main"
    )


def test_a_model_that_nothing_else_changed_is_blocked_by_what_became_of_another() -> None:
    change = waived("removed", "2020-01-01")
    facts = {"gone": False, "not_applicable": "none of the 3 changed files matches when.paths"}
    assert judge(run(change, **facts), {}, TODAY, {}).verdict == "error"
