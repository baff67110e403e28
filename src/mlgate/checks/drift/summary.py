"""Reads columns: of which kind they are, and what a comparison needs of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mlgate.checks.drift.profile import summary
from mlgate.stats.summary import Summary, few_whole, of_codes, of_few_numbers, of_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.profile import Kind, Profile
    from mlgate.model.table import CodedColumn, ColumnTable, Stored

    Column = NDArray[np.float64]

MANY: Final = 50
"""More levels than these, in more than half of the rows another: text, not levels."""
LONG: Final = 60.0
"""Text of this mean length over so many levels is prose."""


@dataclass(frozen=True, slots=True)
class DriftSide:
    """One side: its table, and the weight of each row; or what a profile knows of it."""

    table: ColumnTable
    weights: Column | None = None
    profile: Profile | None = None


def read(side: DriftSide, column: str, kind: Kind | None = None) -> tuple[Kind | None, Summary]:
    """Read one column, as a kind or as the one that its content suggests.

    The kind is None where the column holds no value that could tell.
    """
    if side.profile is not None:
        profile = side.profile.columns[column]
        return kind or profile.kind, summary(profile)
    stored = side.table.kinds[column]
    if kind == "text" or (kind is None and stored == "text"):
        return _read_text(side, column, kind)
    if stored in ("integer", "float", "datetime"):
        values = side.table.numbers(column)
        kind = kind or ("datetime" if stored == "datetime" else _number_kind(values))
        levels = kind in ("categorical", "boolean")
        return kind, (of_few_numbers if levels else of_numbers)(values, side.weights)
    if kind in ("numeric", "datetime"):
        return kind, of_numbers(side.table.numbers(column), side.weights)
    coded = side.table.coded(column)
    kind = kind or ("boolean" if stored == "boolean" else None)
    return kind, of_codes(coded.levels, coded.codes, side.weights)


def _read_text(side: DriftSide, column: str, kind: Kind | None) -> tuple[Kind | None, Summary]:
    if kind is None and side.table.repeats(column):
        coded = side.table.coded(column)
        kind = _text_kind(coded)
        if kind != "text":
            return kind, of_codes(coded.levels, coded.codes, side.weights)
    return "text", _text(side, column)


def _text_kind(coded: CodedColumn) -> Kind | None:
    used = int((coded.codes >= 0).sum())
    if used == 0:
        return None
    sizes = [len(level) for level in coded.levels[:1_000]]
    prose = len(coded.levels) > MANY and sum(sizes) / len(sizes) >= LONG
    return "text" if prose or len(coded.levels) > max(MANY, used / 2) else "categorical"


def comparable(kind: Kind, stored: Stored) -> bool:
    """Whether a column that is stored so can be compared as this kind."""
    if stored == "null":
        return True
    kinds: Mapping[Kind, tuple[Stored, ...]] = {
        "numeric": ("integer", "float"),
        "datetime": ("datetime",),
        "boolean": ("boolean",),
        "text": ("text",),
        "categorical": ("text", "integer", "float", "boolean"),
    }
    return stored in kinds[kind]


def _number_kind(values: Column) -> Kind | None:
    few = few_whole(values)
    return None if few is None else "categorical" if few else "numeric"


def _text(side: DriftSide, column: str) -> Summary:
    """Sum up text by its length and its words; rows of words count as rows, not as words."""
    lengths, words, looked = side.table.texts(column)
    summary = of_numbers(lengths, side.weights)
    return replace(
        summary,
        levels={word: float(count) for word, count in words.items()},
        looked=looked,
    )
