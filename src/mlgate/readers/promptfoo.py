"""promptfoo (`promptfoo eval -o out.json` or `out.jsonl`).

A test has no id, and its index counts repetitions as well: rows pair by the test's variables, what is
asserted, and the position of prompt and provider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mlgate.readers import documents
from mlgate.readers.flat import flattened, graded, joined, named, number, numbered, question
from mlgate.readers.spec import Reader, ToolLog, UnreadableLogError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.readers.spec import Row

_ERROR: Final = 2
"""`failureReason`: 0 none, 1 an assertion, 2 an error."""
_ID: Final = ("test", "assertions", "variant")
_COLUMNS: Final = (
    "test", "assertions", "variant", "repeat", "prompt", "provider", "error", "score", "success",
    "input_tokens", "output_tokens", "total_tokens", "cost", "latency",
)  # fmt: skip


def _read(path: Path, where: str) -> ToolLog:  # noqa: ARG001
    rows: list[Row] = []
    header: dict[str, Any] = {}

    def take(result: Any) -> None:
        rows.append(_row(result))

    if _is_lines(path):
        documents.lines(path, take)
    else:
        header = documents.document(path, ("results", "results"), take)
        if "results" not in header:
            raise UnreadableLogError("is no output of promptfoo: it has no key 'results'")
    numbered(rows, _ID, "repeat")
    _require_complete(header, len(rows))
    about = header.get("metadata") or {}
    version = about.get("promptfooVersion")
    written = about.get("evaluationCreatedAt") or header.get("results", {}).get("timestamp")
    return ToolLog(rows, f"promptfoo {version}" if version else "promptfoo", written)


def _is_lines(path: Path) -> bool:
    """Whether a file has one result a line."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = next((line for line in file if line.strip()), "")
    try:
        return "testIdx" in json.loads(first)
    except (ValueError, TypeError, RecursionError):
        return False


def _require_complete(header: Mapping[str, Any], count: int) -> None:
    stats = (header.get("results") or {}).get("stats") or {}
    total = sum(stats.get(name) or 0 for name in ("successes", "failures", "errors"))
    if total not in (0, count):
        hint = "name the file that `promptfoo eval -o` wrote, as it is"
        raise UnreadableLogError(f"holds {count:,} of {total:,} results", hint)


def _assertions(case: Mapping[str, Any]) -> str:
    """Return a digest of what makes an answer right: with the same variables, another test."""
    options = case.get("options") or {}
    graded_by = [options.get("provider"), options.get("rubricPrompt")]
    rule = [case.get("threshold"), case.get("assertScoringFunction")]
    return question([case.get("assert"), rule, graded_by])


def _row(result: Mapping[str, Any]) -> Row:
    failed = result.get("failureReason") == _ERROR
    variables = result.get("vars") or (result.get("testCase") or {}).get("vars") or {}
    usage = result.get("tokenUsage") or (result.get("response") or {}).get("tokenUsage") or {}
    provider, latency = result.get("provider"), number(result.get("latencyMs"))
    row: Row = {
        "test": named(variables),
        "assertions": _assertions(result.get("testCase") or {}),
        "variant": result.get("promptIdx", 0),
        "prompt": (result.get("prompt") or {}).get("label"),
        "provider": provider.get("id") if isinstance(provider, dict) else provider,
        "error": str(result.get("error") or "error") if failed else None,
        "score": None if failed else number(result.get("score")),
        "success": None if failed else float(result.get("success") is True),
        "input_tokens": number(usage.get("prompt")),
        "output_tokens": number(usage.get("completion")),
        "total_tokens": number(usage.get("total")),
        "cost": number(result.get("cost")),
        "latency": None if latency is None else latency / 1000,
    }
    scores = {} if failed else graded(result.get("namedScores") or {}, {}, _COLUMNS)
    metadata = {
        key: value
        for key, value in (result.get("metadata") or {}).items()
        if not key.startswith("_promptfoo")
    }
    return joined(row, scores, flattened(variables, "vars"), flattened(metadata, "metadata"))


def _recognises(name: str, head: bytes) -> bool:
    suited = name.endswith((".json", ".jsonl"))
    return suited and (b'"evalId"' in head or (b'"promptIdx"' in head and b'"testIdx"' in head))


READER: Final = Reader(
    title="promptfoo",
    read=_read,
    recognises=_recognises,
    path="out/results.json",
    command="PROMPTFOO_FAILED_TEST_EXIT_CODE=0 npx promptfoo eval -o out/results.json --no-cache",
    columns=_COLUMNS,
    id=_ID,
    repeat="repeat",
    numbers=True,
    error="error",
)
