"""lm-evaluation-harness (`lm_eval --log_samples`): samples_TASK_TIME.jsonl, one file a task.

A question has a line for each filter: one row here, with a column a metric and filter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.readers import documents
from mlgate.readers.flat import flattened, graded, joined
from mlgate.readers.flat import question as digest
from mlgate.readers.spec import Reader, ToolLog, UnreadableLogError
from mlgate.text.escape import encodable
from mlgate.text.json import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.readers.spec import Row

    Question = tuple[Any, str]
    """Its place in the data, and the digest of what it holds."""

_NAME: Final = re.compile(r"samples_(.+)_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl")
_COLUMNS: Final = ("task", "doc_id", "doc_hash", "target")


def _read(path: Path, where: str) -> ToolLog:  # noqa: ARG001
    task, written = _named(path)
    rows: dict[Question, Row] = {}
    scores: dict[str, dict[Question, Row]] = {}

    def take(record: Any) -> None:
        if "doc_id" not in record or "metrics" not in record:
            hint = "name the samples_*.jsonl of `lm_eval --log_samples`, version 0.4.8 or later"
            raise UnreadableLogError(
                "lacks doc_id or metrics, which each line of samples has", hint
            )
        question = record["doc_id"], _hash(record)
        rows.setdefault(question, {"task": task, **_asked(record, question)})
        of_filter = scores.setdefault(str(record.get("filter", "none")), {})
        if question in of_filter:
            raise UnreadableLogError(f"holds question {question[0]} twice", "name one run's file")
        of_filter[question] = _scores(record)

    documents.lines(path, take)
    for name, of_filter in scores.items():
        suffix = f".{name}" if len(scores) > 1 else ""
        for question, values in of_filter.items():
            named = {f"{metric}{suffix}": value for metric, value in values.items()}
            rows[question] = joined(rows[question], named)
    return ToolLog(list(rows.values()), _tool(path, written), written)


def _named(path: Path) -> tuple[str, str | None]:
    """Return the task and the time that a file's name holds; one that was renamed holds neither."""
    match = _NAME.fullmatch(path.name)
    return (encodable(match[1]), match[2]) if match else ("task", None)


def _hash(record: Mapping[str, Any]) -> str:
    return str(record.get("doc_hash") or digest(record.get("doc")))


def _asked(record: Mapping[str, Any], question: Question) -> Row:
    """Return what a line says of its question."""
    target = record.get("target")
    plain = target if isinstance(target, str | int | float) else None
    return {
        "doc_id": question[0],
        "doc_hash": question[1],
        "target": None if plain is None else str(plain),
        **flattened(record.get("doc"), "doc"),
    }


def _scores(record: Mapping[str, Any]) -> Row:
    values = {metric: record.get(metric) for metric in record["metrics"]}
    return graded(values, {}, _COLUMNS)


def _tool(path: Path, written: str | None) -> str:
    """Return the version that the results of the same time name, where they are in the same folder."""
    try:
        results = load((path.parent / f"results_{written}.json").read_bytes())
        return f"lm_eval {results['lm_eval_version']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "lm_eval"


def _recognises(name: str, head: bytes) -> bool:
    return name.endswith(".jsonl") and b'"doc_id"' in head and b'"doc"' in head


READER: Final = Reader(
    title="lm-evaluation-harness",
    read=_read,
    recognises=_recognises,
    path="out/**/samples_*.jsonl",
    command="rm -rf out/lm_eval && lm_eval --tasks sums --log_samples --output_path out/lm_eval",
    columns=_COLUMNS,
    id=("task", "doc_id", "doc_hash"),
)
