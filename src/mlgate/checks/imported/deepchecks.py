"""Deepchecks' JSON: `SuiteResult.to_json()` and `CheckResult.to_json()`.

Checked against files that 0.18.1 and 0.19.1 wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.imported.evidence import ImportedTest
from mlgate.checks.imported.reading_parts import ForeignResult

if TYPE_CHECKING:
    from mlgate.checks.imported.evidence import Status

_STATUS: Final[dict[str, Status]] = {
    "PASS": "pass",
    "FAIL": "fail",
    "WARN": "warn",
    "ERROR": "error",
}


def read(content: Any) -> ForeignResult | None:
    """Give what a file says; None where it is not Deepchecks'.

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
    found = ForeignResult()
    for one in results:
        _result(one, found)
    return found


def _result(one: dict[str, Any], found: ForeignResult) -> None:
    """Read one check; a suite within a suite has results of its own."""
    if "results" in one:
        for inner in one["results"]:
            _result(inner, found)
        return
    name = str(one["header"] or one["check"]["name"])
    if "exception" in one:
        why = str(one["exception"]).strip().splitlines()
        detail = f"it did not run: {why[-1]}" if why else "it did not run"
        found.tests.append(ImportedTest(name=name, status="skipped", detail=detail))
        return
    for condition in one.get("conditions_results") or ():
        found.tests.append(_condition(name, condition))
    found.measured(name, one["value"])


def _condition(name: str, condition: dict[str, Any]) -> ImportedTest:
    status = str(condition["Status"]).upper()
    if status not in _STATUS:
        raise ValueError(f"a condition's status is {condition['Status']!r}")
    detail = " ".join(str(condition.get("More Info") or "").split())
    return ImportedTest(
        name=f"{name}: {condition['Condition']}", status=_STATUS[status], detail=detail or None
    )
