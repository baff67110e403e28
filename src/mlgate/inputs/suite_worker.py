"""Runs a user's suite of checks. Run by path in the user's Python; JSON in and out.

Needs pandas with a Parquet engine, and Pandera or Great Expectations. Standard input holds one
JSON object; the answer goes to the file that it names. `suites.py` is the other end.
"""

from __future__ import annotations

import os
import sys

if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):  # noqa: PTH100, PTH120
    sys.path[0] = ""  # the folder of the configuration instead of ours

import importlib
import json
import math
import traceback
from typing import Any

MAX_CHECKS = 1000


class SuiteProblem(Exception):  # noqa: N818  (one word for it on both ends)
    """Something that the user can fix, reported without a stack trace."""


def frame(paths: list[str]) -> Any:
    """Read the data."""
    try:
        import pandas as pd
    except ImportError as error:
        raise SuiteProblem(f"this Python ({sys.executable}) has no pandas: {error}") from None
    try:
        parts = [pd.read_parquet(path) for path in paths]
    except ImportError as error:
        raise SuiteProblem(f"its pandas cannot read Parquet: {error}") from None
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def pandera(reference: str, data: Any) -> dict[str, Any]:
    """Validate by a Pandera schema and give what broke, by column and check."""
    try:
        from pandera.errors import SchemaErrors
    except ImportError as error:
        raise SuiteProblem(f"this Python ({sys.executable}) has no Pandera: {error}") from None
    schema = find(reference)
    if not hasattr(schema, "validate"):
        raise SuiteProblem(f"{reference} is no Pandera schema: it has no validate()")
    try:
        schema.validate(data, lazy=True)
    except SchemaErrors as errors:
        return failures(errors.failure_cases)
    return {}


def failures(cases: Any) -> dict[str, Any]:
    """Group Pandera's failure cases."""
    failed: dict[str, Any] = {}
    for case in cases.to_dict("records"):
        column = case.get("column")
        column = "table" if missing(column) else str(column)
        name = f"{column}.{case['check']}"
        failure = failed.setdefault(
            name, {"text": f"{column}: {case['check']}", "rows": set(), "example": None}
        )
        index = case.get("index")
        if missing(index):
            failure["problem"] = str(case.get("failure_case"))[:200]
        else:
            failure["rows"].add(int(index))
            if failure["example"] is None:
                failure["example"] = [int(index) + 1, str(case.get("failure_case"))[:80]]
    for failure in failed.values():
        failure["broken"] = len(failure.pop("rows"))
    return failed


def missing(value: Any) -> bool:
    """Whether pandas says that there is none."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def great_expectations(path: str, data: Any) -> dict[str, Any]:
    """Validate by a Great Expectations suite and give every expectation's result."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            saved = json.load(file)
        expectations = [
            {"type": each.get("type") or each["expectation_type"], "kwargs": each["kwargs"]}
            for each in saved["expectations"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteProblem(f"{path} is no suite of Great Expectations: {error}") from None
    try:
        import great_expectations as gx
    except ImportError as error:
        raise SuiteProblem(
            f"this Python ({sys.executable}) has no Great Expectations: {error}"
        ) from None
    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.pandas_default.read_dataframe(data)
    name = saved.get("name") or saved.get("expectation_suite_name") or "suite"
    result = batch.validate(gx.ExpectationSuite(name=name, expectations=expectations))
    return dict(map(expectation, result.results))


def expectation(saved: Any) -> tuple[str, dict[str, Any]]:
    """Return one expectation's result."""
    config = saved.expectation_config
    column = config.kwargs.get("column", "table")
    counts = saved.result or {}
    values = counts.get("partial_unexpected_list") or []
    broken = int(counts.get("unexpected_count") or 0)
    described: dict[str, Any] = {
        "text": f"{column}: {config.type}",
        "broken": 0 if saved.success else broken,
        "of": int(counts.get("element_count") or 0),
        "example": [0, str(values[0])[:80]] if values and not saved.success else None,
    }
    if not saved.success and not broken:
        described["problem"] = str(counts.get("observed_value", "it does not hold"))[:200]
    if saved.exception_info and saved.exception_info.get("raised_exception"):
        described["problem"] = str(saved.exception_info.get("exception_message"))[:200]
    return f"{column}.{config.type}", described


def find(reference: str) -> Any:
    """Import `module:name`."""
    module, _, name = reference.partition(":")
    try:
        member: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise SuiteProblem(f"there is no module {module!r} for {sys.executable}") from None
    for part in name.split("."):
        if not hasattr(member, part):
            raise SuiteProblem(f"module {module!r} has no {name!r}")
        member = getattr(member, part)
    return member


def main() -> None:
    """Do what standard input asks and write the answer."""
    request = json.load(sys.stdin)
    try:
        data = frame(request["paths"])
        run = {"pandera": pandera, "great_expectations": great_expectations}[request["kind"]]
        checks = run(request["name"], data)
        answer: dict[str, Any] = {
            "rows": len(data),
            "checks": dict(list(checks.items())[:MAX_CHECKS]),
        }
    except SuiteProblem as problem:
        answer = {"problem": str(problem)}
    except (Exception, SystemExit):  # noqa: BLE001  (whatever the user's code does)
        answer = {"problem": "it failed", "traceback": traceback.format_exc()}
    with open(request["answer"], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(answer, file)


if __name__ == "__main__":
    main()
