"""Evidently's JSON: of 0.7 (`Snapshot.save_json`) and of the API before it (to 0.6).

Checked against files that 0.4.40, 0.6.7, 0.7.0 and 0.7.23 wrote.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.imported.reading_parts import ForeignResult
from mlgate.model.imported import ImportedTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.imported import Status

_STATUS: Final[dict[str, Status]] = {
    "SUCCESS": "pass",
    "FAIL": "fail",
    "WARNING": "warn",
    "ERROR": "error",
    "SKIPPED": "skipped",
}
_DECIDED: Final = ("drift_detected", "dataset_drift")
"""Decisions that a report of the earlier API makes itself, without tests."""
_DRAWN: Final = frozenset({"small_distribution", "correlations"})
"""Parts of results that are for drawing."""


def read(content: Any) -> ForeignResult | None:
    """Return what a file says; None where it is not Evidently's.

    Raises KeyError, TypeError, ValueError or AttributeError where it is, and of another form.
    """
    if not isinstance(content, dict) or not content.keys() & {"metrics", "tests"}:
        return None
    metrics, tests = content.get("metrics", []), content.get("tests", [])
    if not all(isinstance(item, dict) for item in (*metrics, *tests)):
        return None
    if tests and not any("status" in item for item in tests):
        return None
    collected = ForeignResult(version=content.get("version"), created=content.get("timestamp"))
    if any("metric" in item and "result" in item for item in metrics):
        _before(metrics, collected)
    elif metrics:
        if not any(item.keys() & {"metric_name", "metric_id"} for item in metrics):
            return None
        _now(metrics, collected)
    collected.tests += [_test(item) for item in tests]
    return collected if metrics or tests else None


def _now(metrics: list[Any], collected: ForeignResult) -> None:
    """Read metrics of 0.7: `ValueDrift(column=age,method=…)` with its value.

    A metric is called by its type and column, as its parameters are long; where two would be
    called alike, by its whole name.
    """
    whole = [
        metric["metric_name"] if "metric_name" in metric else metric["metric_id"]
        for metric in metrics
    ]
    short = [_short(name) for name in whole]
    times = Counter(short)
    for metric, full, brief in zip(metrics, whole, short, strict=True):
        collected.measured(full if times[brief] > 1 else brief, metric["value"])


def _short(name: str) -> str:
    kind, bracket, rest = name.partition("(")
    parameters = rest.removesuffix(")").split(",") if bracket else []
    columns = [
        parameter.removeprefix("column=")
        for parameter in parameters
        if parameter.startswith("column=")
    ]
    return ".".join([kind, *columns])


def _test(test: dict[str, Any]) -> ImportedTest:
    status = str(test["status"]).rpartition(".")[2].upper()
    if status not in _STATUS:
        raise ValueError(f"a test's status is {test['status']!r}")
    detail = test.get("description") or None
    column = (test.get("parameters") or {}).get("column_name")
    name = f"{test['name']}: {column}" if column else str(test["name"])
    return ImportedTest(name=name, status=_STATUS[status], detail=detail)


def _before(metrics: list[Any], collected: ForeignResult) -> None:
    """Read the metrics of Evidently 0.6 and earlier: a name and a nested result."""
    for metric in metrics:
        name, result = str(metric["metric"]), metric["result"]
        collected.tests += list(_decisions(name, result))
        collected.measured(name, _plain(result))


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
            title = f"{name}: {column}" if column else name
            yield ImportedTest(
                name=title, status="fail" if result[key] else "pass", detail=_drift(result)
            )
    for column in columns:
        yield from _decisions(name, column)


def _drift(result: dict[str, Any]) -> str | None:
    if "stattest_name" in result:
        score, limit = result["drift_score"], result.get("stattest_threshold")
        return f"{result['stattest_name']}: {score:.3g}, threshold {limit}"
    if "number_of_drifted_columns" in result:
        drifted, count = result["number_of_drifted_columns"], result["number_of_columns"]
        return f"{drifted} of {count} columns drifted"
    return None
