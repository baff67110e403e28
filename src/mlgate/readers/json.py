"""Any JSON: nested keys become dotted columns, and `json:results.results[]` says where the rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.readers import documents
from mlgate.readers.flat import flattened
from mlgate.readers.spec import Reader, ToolLog, UnreadableLogError
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlgate.readers.spec import Row

_DEPTH: Final = 4
"""How deep a list of objects is looked for, to name it in a message."""


def _read(path: Path, where: str) -> ToolLog:
    rows: list[Row] = []

    def take(record: Any) -> None:
        if not isinstance(record, dict):
            raise UnreadableLogError("holds a list of something else than objects")
        rows.append(flattened(record, ""))

    if where:
        rest = documents.document(path, where.removesuffix("[]").split("."), take)
        if not rows:
            raise _no_rows(rest, where)
    else:
        _all(path, take)
    return ToolLog(rows, "json")


def _all(path: Path, take: documents.Take) -> None:
    """Hand on the objects of a list, or of lines; one object that holds lists must say which."""
    first: list[Any] = []
    count = 0

    def counted(record: Any) -> None:
        nonlocal count
        count += 1
        if count == 1:
            first.append(record)
        take(record)

    try:
        documents.records(path, counted)
    except UnreadableLogError:
        if count or documents.begins(path) == "[":
            raise
        counted(documents.document(path, (), lambda _: None))  # one object in several lines
    lists = list(_lists(first[0])) if count == 1 else []
    if lists:
        hint = f"name one: from: json:{lists[0]}"
        raise UnreadableLogError(f"is one object; its lists are {first_of(lists, 5)}", hint)


def _no_rows(rest: dict[str, Any], where: str) -> UnreadableLogError:
    lists = list(_lists(rest))
    hint = f"its lists are {first_of(lists, 5)}" if lists else "name a list of objects"
    return UnreadableLogError(f"has no rows at {where}", hint)


def _lists(value: Any, prefix: str = "", depth: int = _DEPTH) -> Iterator[str]:
    """Yield the dotted paths of the lists of objects in an object."""
    if not isinstance(value, dict) or not depth:
        return
    for key, inner in value.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield f"{prefix}{key}[]"
        yield from _lists(inner, f"{prefix}{key}.", depth - 1)


READER: Final = Reader(
    title="JSON",
    read=_read,
    recognises=lambda _name, _head: False,
    path="out/results.json",
    asks_where=True,
)
