"""DeepEval: `.deepeval/.latest_test_run.json`, or a test run that was saved as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.readers import documents
from mlgate.readers.flat import flattened, graded, joined, number, question
from mlgate.readers.spec import Reader, ToolLog, UnreadableLogError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.readers.spec import Row

_CASES: Final = ("testCases", "conversationalTestCases")
_COLUMNS: Final = (
    "name", "question", "error", "success", "input_tokens", "output_tokens", "cost", "latency",
)  # fmt: skip


def _read(path: Path, where: str) -> ToolLog:  # noqa: ARG001
    rows: list[Row] = []
    document = documents.document(path, (), lambda _: None)
    run = document.get("testRunData", document)
    if not isinstance(run, dict) or "testCases" not in run:
        raise UnreadableLogError("is no test run of DeepEval: it has no key 'testCases'")
    for key in _CASES:
        for count, case in enumerate(run.get(key) or (), 1):
            with documents.placed(f"{key} {count:,}"):
                rows.append(_row(case))
    return ToolLog(rows, "deepeval")


def _row(case: Mapping[str, Any]) -> Row:
    metrics = case.get("metricsData") or []
    failed = next((str(metric["error"]) for metric in metrics if metric.get("error")), None)
    row: Row = {
        "name": case.get("name"),
        "question": question(case.get("input", case.get("turns"))),
        "error": failed,
        "success": None if failed else float(case.get("success") is True),
        "input_tokens": number(case.get("inputTokenCount")),
        "output_tokens": number(case.get("outputTokenCount")),
        "cost": number(case.get("tokenCost")),
        "latency": number(case.get("completionTime")),
    }
    scores: Row = {}
    for metric in metrics:
        scores = joined(scores, {str(metric["name"]): metric.get("score")})
    about = case.get("additionalMetadata") or case.get("metadata") or {}
    return joined(row, graded(scores, {}, _COLUMNS), flattened(about, "metadata"))


def _recognises(name: str, head: bytes) -> bool:
    return name.endswith(".json") and b'"testCases"' in head


READER: Final = Reader(
    title="DeepEval",
    read=_read,
    recognises=_recognises,
    path=".deepeval/.latest_test_run.json",
    command="deepeval test run test_chatbot.py || true",
    columns=_COLUMNS,
    id=("name", "question"),
    error="error",
)
