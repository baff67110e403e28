"""A table that is read one column at a time. NumPy is imported for type checkers only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

Stored = Literal["integer", "float", "boolean", "datetime", "text", "null", "other"]
"""The type of a column in its file. `other`: lists, structures, bytes."""

_INDEX: Final = re.compile(r"Unnamed: 0(\.\d+)?|__index_level_\d+__")


def is_index(column: str) -> bool:
    """Whether pandas names a DataFrame's index so, which numbers rows and is no feature."""
    return _INDEX.fullmatch(column) is not None


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """A column of levels.

    Attributes
    ----------
    levels
        Distinct canonical texts.
    codes
        Index into `levels` of each row, shape (n,), −1 where missing.
    """

    levels: Sequence[str]
    codes: NDArray[np.int32]


class ColumnTable(Protocol):
    """n rows of named columns, each loaded on demand and not kept."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    @property
    def rows(self) -> int:
        """The number of rows, n."""

    @property
    def kinds(self) -> Mapping[str, Stored]:
        """What each column holds, in the table's order."""

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a new array, shape (n,): NaN where missing; dates as seconds since 1970 UTC."""

    def coded(self, column: str) -> CodedColumn:
        """Return a column's levels; numbers and dates as their canonical text."""

    def repeats(self, column: str) -> bool:
        """Whether a column of text is worth coding: False if nearly all values differ.

        For a short table it may always be True.
        """

    def texts(self, column: str) -> tuple[NDArray[np.float64], Mapping[str, int], int]:
        """Return the lengths of a column of text (NaN where missing), its words and their source.

        The words are those of some of its rows, evenly spread, each with the number of rows
        that hold it; the last number is how many rows were looked at.
        """
