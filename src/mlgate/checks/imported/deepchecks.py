"""Deepchecks' JSON: `SuiteResult.to_json()` and `CheckResult.to_json()`.

Checked against files that 0.18.1 and 0.19.1 wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.imported.reading_parts import ForeignResult
from mlgate.model.imported import ImportedTest

if TYPE_CHECKING:
    from mlgate.model.imported import Status

_STATUS: Final[dict[str, Status]] = {
    "PASS": "pass",
    "FAIL": "fail",
    "WARN": "warn",
    "ERROR": "error",
}


def read(content: Any) -> ForeignResult | None:
    """Return what a file says; None where it is not Deepchecks'.

    Raises KeyError, TypeError, ValueError or AttributeError where it is, and of another form.
    """
    if not isinstance(content, dict):
        return None
    if {"check", "header"} <= content.keys():
        results = [content]
    elif isinstance(content.get("results"), list) and "name" in content:
        results = content["results"]
    else:
        return None
    collected = ForeignResult()
    for result in results:
        _result(result, collected)
    return collected


def _result(result: dict[str, Any], collected: ForeignResult) -> None:
    """Read one check; a suite within a suite has results of its own."""
    if "results" in result:
        for inner in result["results"]:
            _result(inner, collected)
        return
    name = str(result["header"] or result["check"]["name"])
    if "exception" in result:
        why = str(result["exception"]).strip().splitlines()
        detail = f"it did not run: {why[-1]}" if why else "it did not run"
        collected.tests.append(ImportedTest(name=name, status="skipped", detail=detail))
        return
    for condition in result.get("conditions_results") or ():
        collected.tests.append(_condition(name, condition))
    collected.measured(name, result["value"])


def _condition(name: str, condition: dict[str, Any]) -> ImportedTest:
    status = str(condition["Status"]).upper()
    if status not in _STATUS:
        raise ValueError(f"a condition's status is {condition['Status']!r}")
    detail = " ".join(str(condition.get("More Info") or "").split())
    return ImportedTest(
        name=f"{name}: {condition['Condition']}", status=_STATUS[status], detail=detail or None
    )
