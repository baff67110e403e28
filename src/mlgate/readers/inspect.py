"""Inspect (`inspect eval`): `.eval` archives and `.json` logs, one file a task."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from mlgate import files
from mlgate.readers import documents
from mlgate.readers.flat import flattened, graded, joined, number, question
from mlgate.readers.spec import Reader, ToolLog, UnreadableLogError
from mlgate.text.json import TwiceError, each_key_once, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlgate.readers.spec import Row

_LETTERS: Final = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Correct, partial, incorrect, no answer: what Inspect's own `value_to_float` makes of them."""
_ZSTANDARD: Final = 93
"""How .eval archives are packed since 2026, which Python's zipfile cannot read before 3.14."""
_LOCAL_HEADER: Final = 30
_LARGEST: Final = 1 << 30
"""Bytes of one sample: beyond, the file is not what Inspect writes."""
_ENCRYPTED: Final = 1
_ONCE: Final = "which of the two counts is not said: name the file that Inspect wrote"
_PLAIN: Final = "name the file that Inspect wrote, which has no password"
_SPLIT: Final = "is it what Inspect wrote? Name its .json log, or run fewer samples a log"
_AGAIN: Final = "run the evaluation to its end (`inspect eval-retry`)"
_COLUMNS: Final = (
    "task", "id", "question", "epoch", "model", "error", "limit", "stop_reason",
    "input_tokens", "output_tokens", "total_tokens", "cost", "latency", "working_time",
)  # fmt: skip


def _read(path: Path, where: str) -> ToolLog:  # noqa: ARG001
    rows: list[Row] = []

    def take(sample: Any) -> None:
        rows.append(_row(sample))

    if zipfile.is_zipfile(path):
        header = _archive(path, take)
    else:
        header = documents.document(path, ("samples",), take)
    _require_complete(header, len(rows))
    run = header["eval"]
    for row in rows:
        row |= {"task": run["task"], "model": run.get("model")}
    version = (run.get("packages") or {}).get("inspect_ai")
    return ToolLog(rows, f"inspect_ai {version}" if version else "inspect_ai", run.get("created"))


def _archive(path: Path, take: documents.Take) -> dict[str, Any]:
    """Hand on the samples of an archive; return its header."""
    with zipfile.ZipFile(path) as archive:
        try:
            names = each_key_once([(info.filename, info) for info in archive.infolist()])
        except TwiceError as error:
            raise UnreadableLogError(str(error), _ONCE) from None
        if "header.json" not in names:
            raise UnreadableLogError("has no header: the evaluation did not end", _AGAIN)
        held = sum(info.file_size for info in names.values())
        limit = files.most_unpacked(path.stat().st_size)
        if held > limit:
            raise UnreadableLogError(f"unpacks to {held:,} bytes, more than {limit:,}", _SPLIT)
        for name, info in names.items():
            if name.startswith("samples/") and name.endswith(".json"):
                content = _member(archive, info)
                with documents.placed(name):
                    take(load(content))
        content = _member(archive, names["header.json"])
    with documents.placed("header.json"):
        header = load(content)
    if not isinstance(header, dict):
        raise UnreadableLogError("has a header of another form")
    return header


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return one unpacked file of an archive."""
    if info.file_size > _LARGEST:
        raise UnreadableLogError(f"holds {info.filename} of {info.file_size:,} bytes")
    try:
        if info.compress_type != _ZSTANDARD:
            return archive.read(info)
        return _zstandard(archive, info)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
            struct.error, RuntimeError, files.zstandard().ZstdError) as error:  # fmt: skip
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableLogError(f"is encrypted: {info.filename}", _PLAIN) from None
        problem = f"is damaged: {info.filename} cannot be unpacked"
        raise UnreadableLogError(problem, _AGAIN) from error


def _zstandard(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Unpack what zipfile cannot: the bytes behind the local header, whose names may be longer."""
    file = archive.fp
    assert file is not None
    file.seek(info.header_offset)
    name, extra = struct.unpack("<26x2H", file.read(_LOCAL_HEADER))
    file.seek(info.header_offset + _LOCAL_HEADER + name + extra)
    packed = file.read(info.compress_size)
    with files.zstandard().open(io.BytesIO(packed)) as member:
        content: bytes = member.read(info.file_size + 1)
    if zlib.crc32(content) != info.CRC:
        raise zipfile.BadZipFile
    return content


def _require_complete(header: Mapping[str, Any], count: int) -> None:
    """Refuse a log that was cut short: what is missing must not pass for what went well."""
    if not isinstance(header.get("eval"), dict):
        raise UnreadableLogError("is no log of Inspect: it has no key 'eval'")
    status = header.get("status")
    if status != "success":
        raise UnreadableLogError(f"is of an evaluation with the status {status!r}", _AGAIN)
    if header.get("invalidated"):
        raise UnreadableLogError("was invalidated", _AGAIN)
    total = (header.get("results") or {}).get("total_samples")
    if total not in (None, count):
        hint = "log all samples (`--log-samples`), and name the whole file"
        raise UnreadableLogError(f"holds {count:,} of {total:,} samples", hint)


def _row(sample: Mapping[str, Any]) -> Row:
    scores = sample.get("scores") or {}
    output, error = sample.get("output") or {}, sample.get("error")
    choices = output.get("choices") or [{}]
    if error is None and sample.get("invalidation"):
        error = {"message": "invalidated"}
    row: Row = {
        "task": None,
        "id": str(sample["id"]),
        "question": question(_asked(sample.get("input"))),
        "epoch": sample.get("epoch", 1),
        "error": None if error is None else str(error.get("message") or "error"),
        "limit": (sample.get("limit") or {}).get("type"),
        "stop_reason": choices[0].get("stop_reason"),
        **_usage((sample.get("model_usage") or {}).values()),
        "latency": number(sample.get("total_time")),
        "working_time": number(sample.get("working_time")),
    }
    values = {name: score.get("value") for name, score in scores.items()}
    own = dict(_metadata(sample))
    return joined(row, graded(values, _LETTERS, _COLUMNS), own)


def _metadata(sample: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from flattened(sample.get("metadata") or {}, "metadata").items()


def _asked(messages: Any) -> Any:
    """Return the input without the ids that each run gives to messages."""
    if not isinstance(messages, list):
        return messages
    return [[message.get("role"), message.get("content")] for message in messages]


def _usage(models: Any) -> Row:
    """Return tokens and cost over all models of a sample."""
    names = {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "total_tokens",
        "total_cost": "cost",
    }
    row: Row = {}
    for usage in models:
        for name, column in names.items():
            amount = number(usage.get(name))
            if amount is not None:
                row[column] = float(row.get(column) or 0) + amount
    return row


def _recognises(name: str, head: bytes) -> bool:
    packed = name.endswith(".eval") and head.startswith(b"PK")
    return packed or (name.endswith(".json") and b'"eval_id"' in head and b'"status"' in head)


READER: Final = Reader(
    title="Inspect",
    read=_read,
    recognises=_recognises,
    path="logs/*.eval",
    command="rm -rf out/logs && inspect eval tasks.py --log-dir out/logs",
    columns=_COLUMNS,
    id=("task", "id", "question"),
    repeat="epoch",
    error="error",
)
