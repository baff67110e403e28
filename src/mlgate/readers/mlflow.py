"""MLflow 3 (`mlflow.genai.evaluate`): `result_df.to_json(path, orient="records")`, or JSON lines.

The id of a trace is another one in each run: rows pair by what was asked.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from mlgate.readers import documents
from mlgate.readers.flat import flattened, graded, joined, named, number, numbered
from mlgate.readers.spec import Reader, ToolLog, UnreadableLogError
from mlgate.text.json import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.readers.spec import Row

_SAVE: Final = 'save it by result_df.to_json("evaluation.json", orient="records")'
_COLUMNS: Final = (
    "request", "repeat", "error", "input_tokens", "output_tokens", "total_tokens", "cost", "latency",
)  # fmt: skip


def _read(path: Path, where: str) -> ToolLog:  # noqa: ARG001
    rows: list[Row] = []

    def take(record: Any) -> None:
        if not isinstance(record, dict) or not {"trace_id", "request"} <= record.keys():
            problem = "lacks trace_id or request, which each row of results has"
            raise UnreadableLogError(problem, _SAVE)
        rows.append(_row(record))

    documents.records(path, take)
    numbered(rows, ("request",), "repeat")
    return ToolLog(rows, "mlflow")


def _row(record: Mapping[str, Any]) -> Row:
    metadata, latency = record.get("trace_metadata") or {}, number(record.get("execution_duration"))
    usage = _parsed(metadata.get("mlflow.trace.tokenUsage"))
    row: Row = {
        "request": named(record["request"]),
        "error": _error(record),
        **{
            name: number(usage.get(name))
            for name in ("input_tokens", "output_tokens", "total_tokens")
        },
        "cost": number(_parsed(metadata.get("mlflow.trace.cost")).get("total_cost")),
        "latency": None if latency is None else latency / 1000,
    }
    scores = {
        name.removesuffix("/value"): value
        for name, value in record.items()
        if name.endswith("/value")
    }
    tags = {
        name: value
        for name, value in (record.get("tags") or {}).items()
        if not name.startswith("mlflow.")
    }
    return joined(row, graded(scores, {}, _COLUMNS), flattened(tags, "tags"))


def _error(record: Mapping[str, Any]) -> str | None:
    """Return what failed: the model, or a scorer, whose value MLflow's own mean leaves out."""
    if record.get("state") not in (None, "OK"):
        return f"state {record['state']}"
    messages = (value for name, value in record.items() if name.endswith("/error_message"))
    return next((str(message) for message in messages if message is not None), None)


def _parsed(text: object) -> dict[str, Any]:
    value: object = None
    if isinstance(text, str):
        with suppress(ValueError, RecursionError):
            value = load(text)
    return value if isinstance(value, dict) else {}


def _recognises(name: str, head: bytes) -> bool:
    return name.endswith((".json", ".jsonl")) and b'"trace_id"' in head and b'value"' in head


READER: Final = Reader(
    title="MLflow",
    read=_read,
    recognises=_recognises,
    path="evaluation.json",
    columns=_COLUMNS,
    id=("request",),
    repeat="repeat",
    numbers=True,
    error="error",
)
