"""JSON that may be large: the records of one list are handed on one by one, and not kept.

A log of 100 MB takes that much memory as text; as Python objects it would take several times more.
Whatever is wrong with a record is an `UnreadableLogError` that says which record it is.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from mlgate.readers.spec import MalformedRecordError, UnreadableLogError
from mlgate.text.json import TwiceError, decoded, each_key_once, load, skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Take = Callable[[Any], None]

_MALFORMED: Final = (ArithmeticError, LookupError, TypeError, AttributeError, ValueError)
"""What a reader may raise where a value is none that its tool writes."""


_TWICE: Final = "write each value once: which of the two counts is not for mlgate to choose"


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Name the record that something is wrong with: `row 3`."""
    try:
        yield
    except UnreadableLogError as error:
        raise UnreadableLogError(f"{place}: {error}", error.hint) from None
    except TwiceError as error:
        raise UnreadableLogError(f"{place}: {error}", _TWICE) from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise broken(error, f"{place}: ") from None
    except _MALFORMED as error:
        raise MalformedRecordError(f"{place}: {type(error).__name__}: {error}") from None


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
        start = skip(content, 0)
        if content[start : start + 1] != "{":
            raise UnreadableLogError("is no JSON object")
        rest, end = _object(content, start, at, take)
        if skip(content, end) != len(content):
            raise UnreadableLogError("holds more than one JSON object")
    except TwiceError as error:
        raise UnreadableLogError(str(error), _TWICE) from None
    except (json.JSONDecodeError, IndexError, RecursionError) as error:
        raise broken(error) from None
    return rest


def records(path: Path, take: Take) -> None:
    """Hand the entries of a list, the objects of JSON lines, or one object to `take`."""
    if begins(path) != "[":
        lines(path, take)
        return
    content = text(path)
    try:
        end = _array(content, skip(content, 0), take)
        if skip(content, end) != len(content):
            raise UnreadableLogError("holds more than one list")
    except (json.JSONDecodeError, IndexError, RecursionError) as error:
        raise broken(error) from None


def begins(path: Path) -> str:
    """Return the first character that is not blank."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return next((line.lstrip()[0] for line in file if line.strip()), "")


def lines(path: Path, take: Take) -> None:
    """Hand the objects of JSON lines to `take`; raises `UnreadableLogError` for a line that is none."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    with placed(f"line {number:,}"):
                        take(_record(line))
    except UnicodeDecodeError:
        raise UnreadableLogError("is not UTF-8") from None


def _record(line: str) -> dict[str, Any]:
    record = load(line)
    if not isinstance(record, dict):
        raise UnreadableLogError("is no JSON object")
    return record


def broken(error: Exception, where: str = "") -> UnreadableLogError:
    """Explain that a text is no JSON."""
    reason = error.msg if isinstance(error, json.JSONDecodeError) else "it ends too early"
    hint = "did the evaluation end before it wrote the file to its end?"
    return UnreadableLogError(f"{where}is not valid JSON: {reason}", hint)


def _object(content: str, at: int, path: Sequence[str], take: Take) -> tuple[dict[str, Any], int]:
    """Read the object that begins at a place; return it without the list, and where it ends."""
    pairs: list[tuple[str, Any]] = []
    at = skip(content, at + 1)
    if content[at] == "}":
        return {}, at + 1
    while True:
        key, at = decoded(content, at)
        at = skip(content, _expect(content, skip(content, at), ":"))
        value: Any = None
        if path and key == path[0] and content[at] == ("[" if len(path) == 1 else "{"):
            if len(path) == 1:
                at = _array(content, at, take)
            else:
                value, at = _object(content, at, path[1:], take)
        else:
            value, at = decoded(content, at)
        pairs.append((key, value))
        at = skip(content, at)
        if content[at] == "}":
            return each_key_once(pairs), at + 1
        at = skip(content, _expect(content, at, ","))


def _array(content: str, start: int, take: Take) -> int:
    place = skip(content, start + 1)
    if content[place] == "]":
        return place + 1
    number = 1
    while True:
        with placed(f"row {number:,}"):
            record, place = decoded(content, place)
            take(record)
        place = skip(content, place)
        if content[place] == "]":
            return place + 1
        place = skip(content, _expect(content, place, ","))
        number += 1


def _expect(content: str, place: int, character: str) -> int:
    if content[place] != character:
        raise json.JSONDecodeError(f"expected {character!r}", content, place)
    return place + 1
