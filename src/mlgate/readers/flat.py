"""Nested values as flat rows: dotted names, numbers where a grade is one, and digests of questions."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from mlgate.model.base import digest
from mlgate.text.json import TwiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.readers.spec import Cell, Row

_WORDS: Final = {"yes": 1.0, "true": 1.0, "pass": 1.0, "no": 0.0, "false": 0.0, "fail": 0.0}
"""Answers that grade a row as right or wrong."""
_QUESTION: Final = 16
"""Hexadecimal digits that tell questions apart: two of 100,000 are alike in 1 of 10⁹ files."""

_READABLE: Final = 60
"""Characters of a question that names a row as it is written."""


def flattened(value: object, prefix: str) -> Row:
    """Return the plain values in nested keys: `metadata.topic`; lists are left out."""
    if isinstance(value, dict):
        row: Row = {}
        for key, inner in value.items():
            row = joined(row, flattened(inner, f"{prefix}.{key}" if prefix else str(key)))
        return row
    if isinstance(value, list):
        return {}
    return {prefix: _finite(value)}


def joined(row: Row, *others: Row) -> Row:
    """Join columns; raises `TwiceError` for a name that two of them have."""
    for other in others:
        both = row.keys() & other.keys()
        if both:
            raise TwiceError(min(both))
        row |= other
    return row


def _finite(value: Any) -> Cell:
    missing = isinstance(value, float) and not math.isfinite(value)
    return None if missing else value


def graded(values: Mapping[str, object], letters: Mapping[str, float], taken: Sequence[str]) -> Row:
    """Return scores as columns; a name that another column has is written `scores.NAME`.

    Parameters
    ----------
    letters
        What letters mean, beside yes and no.
    taken
        The names of the other columns.
    """
    row: Row = {}
    for name, value in values.items():
        column = f"scores.{name}" if name in taken else name
        cells = flattened(value, column).items()
        row = joined(row, {key: grade(cell, letters) for key, cell in cells})
    return row


def grade(value: Cell, letters: Mapping[str, float] | None = None) -> Cell:
    """Return a grade as a number where it is one; other text stays text."""
    if isinstance(value, int | float):
        return _finite(float(value))
    if value is None:
        return None
    meanings = {**_WORDS, **(letters or {})}
    if value in meanings or value.lower() in _WORDS:
        return meanings.get(value, meanings.get(value.lower()))
    try:
        return _finite(float(value))
    except ValueError:
        return value


def question(value: object) -> str:
    """Return a short digest of what was asked, whatever the order of its keys."""
    return digest(value)[:_QUESTION]


def named(value: object) -> str:
    """Return what was asked as it is written where that is short, else a digest of it."""
    written = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return written if len(written) <= _READABLE else question(value)


def number(value: object) -> float | None:
    """Return a finite number; None for anything else."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) else None  # type: ignore[arg-type]


def numbered(rows: Sequence[Row], keys: Sequence[str], column: str) -> None:
    """Number the rows of equal keys from 1, in their order, in a column of their own."""
    seen: dict[tuple[Cell, ...], int] = {}
    for row in rows:
        key = tuple(row.get(name) for name in keys)
        seen[key] = row[column] = seen.get(key, 0) + 1
