"""Evidently's JSON: of 0.7 (`Snapshot.save_json`) and of the API before it (to 0.6).

Checked against files that 0.4.40, 0.6.7, 0.7.0 and 0.7.23 wrote.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.imported.evidence import ImportedTest
from mlgate.checks.imported.reading_parts import ForeignResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.imported.evidence import Status

_STATUS: Final[dict[str, Status]] = {
    "SUCCESS": "pass",
    "FAIL": "fail",
    "WARNING": "warn",
    "ERROR": "error",
    "SKIPPED": "skipped",
}
_DECIDED: Final = ("drift_detected", "dataset_drift")
"""What a report of the earlier API decides itself, without tests."""
_DRAWN: Final = frozenset({"small_distribution", "correlations"})
"""Parts of results that are for drawing."""


def read(content: Any) -> ForeignResult | None:
    """Give what a file says; None where it is not Evidently's.

    Raises KeyError, TypeError, ValueError or AttributeError where it is, and of another form.
    """
    if not isinstance(content, dict) or not content.keys() & {"metrics", "tests"}:
        return None
    metrics, tests = content.get("metrics", []), content.get("tests", [])
    if not all(isinstance(one, dict) for one in (*metrics, *tests)):
        return None
    if tests and not any("status" in one for one in tests):
        return None
    found = ForeignResult(version=content.get("version"), created=content.get("timestamp"))
    if any("metric" in one and "result" in one for one in metrics):
        _before(metrics, found)
    elif metrics:
        if not any(one.keys() & {"metric_name", "metric_id"} for one in metrics):
            return None
        _now(metrics, found)
    found.tests += [_test(one) for one in tests]
    return found if metrics or tests else None


def _now(metrics: list[Any], found: ForeignResult) -> None:
    """Read metrics of 0.7: `ValueDrift(column=age,method=…)` with its value.

    A metric is called by its type and column, as its parameters are long; where two would be
    called alike, by its whole name.
    """
    whole = [one["metric_name"] if "metric_name" in one else one["metric_id"] for one in metrics]
    short = [_short(name) for name in whole]
    times = Counter(short)
    for one, full, brief in zip(metrics, whole, short, strict=True):
        found.measured(full if times[brief] > 1 else brief, one["value"])


def _short(name: str) -> str:
    kind, bracket, rest = name.partition("(")
    parameters = rest.removesuffix(")").split(",") if bracket else []
    columns = [one.removeprefix("column=") for one in parameters if one.startswith("column=")]
    return ".".join([kind, *columns])


def _test(one: dict[str, Any]) -> ImportedTest:
    status = str(one["status"]).rpartition(".")[2].upper()
    if status not in _STATUS:
        raise ValueError(f"a test's status is {one['status']!r}")
    detail = one.get("description") or None
    column = (one.get("parameters") or {}).get("column_name")
    name = f"{one['name']}: {column}" if column else str(one["name"])
    return ImportedTest(name=name, status=_STATUS[status], detail=detail)


def _before(metrics: list[Any], found: ForeignResult) -> None:
    """Read metrics of the API to 0.6: a name and a result of any depth."""
    for one in metrics:
        name, result = str(one["metric"]), one["result"]
        found.tests += list(_decisions(name, result))
        found.measured(name, _plain(result))


def _plain(result: Any) -> Any:
    """Leave out what is for drawing; columns stand directly below the metric."""
    if not isinstance(result, dict):
        return result
    kept = {key: _plain(value) for key, value in result.items() if key not in _DRAWN}
    return kept.pop("drift_by_columns", {}) | kept


def _decisions(name: str, result: Any) -> Iterator[ImportedTest]:
    if not isinstance(result, dict):
        return
    columns = (result.get("drift_by_columns") or {}).values()
    for key in _DECIDED:  # of all columns together where they are not told one by one
        if isinstance(result.get(key), bool) and not columns:
            column = result.get("column_name")
            told = f"{name}: {column}" if column else name
            yield ImportedTest(
                name=told, status="fail" if result[key] else "pass", detail=_drift(result)
            )
    for one in columns:
        yield from _decisions(name, one)


def _drift(result: dict[str, Any]) -> str | None:
    if "stattest_name" in result:
        score, limit = result["drift_score"], result.get("stattest_threshold")
        return f"{result['stattest_name']}: {score:.3g}, threshold {limit}"
    if "number_of_drifted_columns" in result:
        drifted, count = result["number_of_drifted_columns"], result["number_of_columns"]
        return f"{drifted} of {count} columns drifted"
    return None
