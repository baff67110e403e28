"""JSON that others wrote: each key once, and nothing that no file or type can hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

from mlgate.text.escape import encodable

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a surrogate pair, with or without the other half."""
_DIGITS: Final = 38
"""Whole numbers with more digits are text: they fit into no type of DuckDB's, and no double."""


class TwiceError(ValueError):
    """A name has two values: which of them counts is not ours to choose."""

    def __init__(self, name: str) -> None:
        super().__init__(f"holds {name!r} twice")


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's entries; raises `TwiceError` for a key that is there twice."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise TwiceError(next(key for key, count in counts.items() if count > 1))
    return entries


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


_DECODER: Final = json.JSONDecoder(object_pairs_hook=each_key_once, parse_int=_whole)


def load(content: str | bytes) -> Any:
    """Return the value that a text of JSON holds.

    Raises
    ------
    ValueError
        When it is none: `TwiceError` for a key that is there twice.
    RecursionError
        When it is nested too deeply.
    """
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    value, end = decoded(text, skip(text, 0))
    if skip(text, end) != len(text):
        raise json.JSONDecodeError("more follows", text, end)
    return value


def decoded(text: str, at: int) -> tuple[Any, int]:
    """Return the value that begins at a place, and where it ends; raises as `load` does."""
    value, end = _DECODER.raw_decode(text, at)
    return (_encodable(value) if _HALF.search(text, at, end) else value), end


def skip(text: str, at: int) -> int:
    """Return where the next character that is not blank is."""
    match = _BLANK.match(text, at)
    assert match is not None
    return match.end()


def _encodable(value: Any) -> Any:
    """Replace halves of surrogate pairs, which no file can hold."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [_encodable(inner) for inner in value]
    if isinstance(value, dict):
        return each_key_once([(encodable(key), _encodable(each)) for key, each in value.items()])
    return value
