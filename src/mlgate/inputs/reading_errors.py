"""Why a file cannot be read, in words of our own: a library names its options, and our paths."""

from __future__ import annotations

import re
from typing import Final

from mlgate.errors import DataError
from mlgate.text.number_format import plural

_LINE: Final = re.compile(r"CSV Error on Line: (\d+)")
_CELLS: Final = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_RECORD: Final = re.compile(r"Malformed JSON .*? in (?:line|record/value) (\d+)", re.DOTALL)
_ENCODING: Final = re.compile(r"utf-?8|unicode|string encoding", re.IGNORECASE)
_ABOVE: Final = "quote cells that hold the delimiter; comments may stand above the header only"
_QUOTE: Final = "write a quote inside a cell as two"
RIGHT_FILE: Final = "is it the right file, and was it written to its end?"
_SIGNS: Final = (
    ("non-root column", "it has no columns", RIGHT_FILE),
    (
        "Duplicate name",
        "two keys of one object in it are the same, or differ only in case",
        "give each key a name of its own",
    ),
    ("Out of Memory", "it needs more memory than there is", None),
    ("unterminated quote", "a quote in {where} is never closed", _QUOTE),
    ("Maximum line size", "a quote in {where} is never closed", _QUOTE),
    ("state machine", "its lines end in different ways, or a quote stands within a cell", _QUOTE),
    ("maximum_object_size", "one of its objects is larger than 16 MB", "write one object a row"),
)
"""Parts of DuckDB's messages, what they mean, and what to do."""
DAMAGED: Final = "it is damaged, or was not written to its end"
AS_UTF8: Final = 'write it as UTF-8, such as df.to_csv(path, encoding="utf-8")'


def unreadable(name: str, error: Exception) -> DataError:
    """Turn DuckDB's account of a broken file into ours."""
    why, hint = _why(str(error)[:5000])
    return DataError(f"{name} cannot be read: {why}", hint=hint, unquoted=f"{name} cannot be read")


def not_utf8(name: str, content: bytes, error: UnicodeDecodeError) -> DataError:
    """Name the first byte of a file's start that is not UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return DataError(f"{name} cannot be read: it is UTF-16", hint=AS_UTF8)
    line = content.count(b"\n", 0, error.start) + 1
    byte = content[error.start]
    msg = f"{name} cannot be read: byte 0x{byte:02x} in line {line:,} is not UTF-8"
    return DataError(msg, hint=f"{AS_UTF8}; Latin-1 and Windows' encodings are not UTF-8")


def _why(text: str) -> tuple[str, str | None]:
    line, cells, record = _LINE.search(text), _CELLS.search(text), _RECORD.search(text)
    where = f"line {int(line[1]):,}" if line else f"record {int(record[1]):,}" if record else "it"
    if _ENCODING.search(text):
        return f"{where} has text that is not UTF-8", AS_UTF8
    if cells:
        expected, there = int(cells[1]), int(cells[2])
        return f"{where} has {plural(there, 'cell')} where the header has {expected:,}", _ABOVE
    for sign, why, hint in _SIGNS:
        if sign in text:
            return why.format(where=where), hint
    return (f"near {where} it is no JSON", DAMAGED) if record else (DAMAGED, None)
