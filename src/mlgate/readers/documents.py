"""JSON that may be large: the records of one list are handed on one by one, and not kept.

A log of 100 MB takes that much memory as text; as Python objects it would take several times more.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.readers.spec import UnreadableLogError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Take = Callable[[Any], None]

_DECODER: Final = json.JSONDecoder()
_BLANK: Final = re.compile(r"[ \t\n\r]*")


def text(path: Path) -> str:
    """Return a file's text; raises `UnreadableLogError` where it is not UTF-8."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableLogError("is not UTF-8") from None


def document(path: Path, at: Sequence[str], take: Take) -> dict[str, Any]:
    """Read an object, hand each entry of the list at some nested keys to `take`, and return the rest.

    Raises
    ------
    UnreadableLogError
        When the file is no JSON object.
    """
    content = text(path)
    try:
        start = _skip(content, 0)
        if content[start : start + 1] != "{":
            raise UnreadableLogError("is no JSON object")
        rest, end = _object(content, start, at, take)
        if _skip(content, end) != len(content):
            raise UnreadableLogError("holds more than one JSON object")
    except (json.JSONDecodeError, IndexError, RecursionError) as error:
        raise broken(error) from None
    return rest


def records(path: Path) -> Iterator[Any]:
    """Yield the entries of a list, the objects of JSON lines, or one object."""
    if _begins(path) != "[":
        yield from lines(path)
        return
    content = text(path)
    entries: list[Any] = []
    try:
        end = _array(content, _skip(content, 0), entries.append)
        if _skip(content, end) != len(content):
            raise UnreadableLogError("holds more than one list")
    except (json.JSONDecodeError, IndexError, RecursionError) as error:
        raise broken(error) from None
    yield from entries


def _begins(path: Path) -> str:
    """Return the first character that is not blank."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return next((line.lstrip()[0] for line in file if line.strip()), "")


def lines(path: Path) -> Iterator[Any]:
    """Yield the objects of JSON lines; raises `UnreadableLogError` for a line that is none."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _record(line, number)
    except UnicodeDecodeError:
        raise UnreadableLogError("is not UTF-8") from None


def _record(line: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise broken(error, f"line {number:,}: ") from None
    if not isinstance(record, dict):
        raise UnreadableLogError(f"line {number:,}: is no JSON object")
    return record


def broken(error: Exception, where: str = "") -> UnreadableLogError:
    """Explain that a text is no JSON."""
    reason = error.msg if isinstance(error, json.JSONDecodeError) else "it ends too early"
    hint = "did the evaluation end before it wrote the file to its end?"
    return UnreadableLogError(f"{where}is not valid JSON: {reason}", hint)


def _skip(content: str, at: int) -> int:
    match = _BLANK.match(content, at)
    assert match is not None
    return match.end()


def _object(content: str, at: int, path: Sequence[str], take: Take) -> tuple[dict[str, Any], int]:
    """Read the object that begins at a place; return it without the list, and where it ends."""
    result: dict[str, Any] = {}
    at = _skip(content, at + 1)
    if content[at] == "}":
        return result, at + 1
    while True:
        key, at = _DECODER.raw_decode(content, at)
        at = _skip(content, _expect(content, _skip(content, at), ":"))
        if path and key == path[0] and content[at] == ("[" if len(path) == 1 else "{"):
            if len(path) == 1:
                at = _array(content, at, take)
            else:
                result[key], at = _object(content, at, path[1:], take)
        else:
            result[key], at = _DECODER.raw_decode(content, at)
        at = _skip(content, at)
        if content[at] == "}":
            return result, at + 1
        at = _skip(content, _expect(content, at, ","))


def _array(content: str, at: int, take: Take) -> int:
    at = _skip(content, at + 1)
    if content[at] == "]":
        return at + 1
    while True:
        record, at = _DECODER.raw_decode(content, at)
        take(record)
        at = _skip(content, at)
        if content[at] == "]":
            return at + 1
        at = _skip(content, _expect(content, at, ","))


def _expect(content: str, at: int, character: str) -> int:
    if content[at] != character:
        raise json.JSONDecodeError(f"expected {character!r}", content, at)
    return at + 1
