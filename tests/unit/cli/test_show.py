"""A verdict in a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from mlgate.cli import show
from mlgate.model.verdict import RuleResult, Verdict


def gate(kind: str, verdict: str, **more: Any) -> RuleResult:
    fields: dict[str, Any] = {
        "id": f"accuracy.{kind}",
        "target": "accuracy",
        "rule_kind": kind,
        "check": "compare",
        "metric": "accuracy",
        "title": "accuracy",
        "verdict": verdict,
        "rule": "≤ 0.01 worse",
        "threshold": 0.01,
        "confidence": 0.95,
        "reason": f"{kind} is the reason",
    }
    return RuleResult(**(fields | more))


def printed(*gates: RuleResult) -> str:
    verdict = Verdict(
        tool="0.1.0",
        name="income",
        verdict="fail",
        headline="Model gate: blocked",
        blocked=True,
        commit=None,
        gates=gates,
    )
    return "\n".join(show.gates(verdict))


@pytest.mark.parametrize(
    ("outcome", "threshold", "listed", "explained"),
    [
        ("pass", 0.015, False, False),
        ("untested", 0.015, False, False),
        ("fail", 0.015, True, True),
        ("inconclusive", 0.015, True, True),
        ("pass", 0.02, True, False),
        ("fail", 0.02, True, False),
    ],
)
def test_a_rule_that_nobody_wrote_is_listed_and_explained_only_where_it_matters(
    outcome: str, threshold: float, listed: bool, explained: bool
) -> None:
    anchor = gate("max_regression_anchor", outcome, line=6, threshold=threshold)
    text = printed(gate("max_regression", "pass", line=6), anchor)
    assert (anchor.id in text) == listed
    assert ("oldest baseline of 90 days" in text) == explained


def test_what_to_do_about_an_error_is_printed_once() -> None:
    errors = [gate(kind, "error", hint="compare on the same rows") for kind in ("min", "max")]
    assert printed(*errors).count("→ compare on the same rows") == 1
