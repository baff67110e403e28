"""SARIF 2.1.0: the rules that do not pass, at their lines of mlgate.yaml."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from mlgate.model.project import URL
from mlgate.report.formats import ReportFormat
from mlgate.report.gates import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.verdict import RuleResult, Verdict
    from mlgate.report.load import LoadedRun

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_WHOLE: Final = "verdict"
"""The rule of a run that is blocked by no single gate."""


def render(runs: Sequence[LoadedRun]) -> str:
    """Return a log with one run a model, each a category of its own."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(run.verdict) for run in runs]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _run(verdict: Verdict) -> dict[str, Any]:
    failing = [gate for gate in verdict.gates if gate.verdict != "pass"]
    rules = {gate.id: f"{gate.title} must be {gate.rule}" for gate in verdict.gates}
    results = [_result(gate, list(rules)) for gate in failing]
    if verdict.blocked and not any(gate.blocks for gate in failing):
        results.append(
            {
                "ruleId": _WHOLE,
                "ruleIndex": len(rules),
                "level": "error",
                "message": {"text": verdict.headline},
            }
        )
        rules[_WHOLE] = "Every gate must be judged"
    driver = {
        "name": "mlgate",
        "semanticVersion": verdict.tool,
        "informationUri": URL,
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in rules.items()],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"mlgate/{verdict.name}/"},
        "columnKind": "utf16CodeUnits",
        "properties": {"verdict": verdict.verdict, "headline": verdict.headline},
        "results": results,
    }


def _result(gate: RuleResult, rules: Sequence[str]) -> dict[str, Any]:
    """Return a result: an error where it blocks, else a warning, suppressed where it is waived."""
    warns = not gate.blocks and gate.verdict in ("fail", "error")
    title = f"{gate.title} ({word(gate)})" if warns else gate.title
    result: dict[str, Any] = {
        "ruleId": gate.id,
        "ruleIndex": rules.index(gate.id),
        "level": "error" if gate.blocks else "warning",
        "message": {"text": f"{title}: {gate.reason}"},
    }
    path = PurePosixPath(gate.file or "/")
    if not path.is_absolute() and ".." not in path.parts:
        place = {
            "artifactLocation": {"uri": quote(path.as_posix())},
            "region": {"startLine": gate.line or 1},
        }
        result["locations"] = [{"physicalLocation": place}]
    if gate.waived is not None:
        result["suppressions"] = [{"kind": "external", "justification": gate.waived.reason}]
    return result


FORMAT: Final = ReportFormat("results.sarif", render)
