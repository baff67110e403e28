"""A table that is read one column at a time. NumPy is named for type checkers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

Stored = Literal["integer", "float", "boolean", "datetime", "text", "null", "other"]
"""What a column holds, as its file says. `other`: lists, structures, bytes."""


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
    """n rows of named columns, each loaded when it is asked for and kept by nobody."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def rows(self) -> int:
        """N."""

    @property
    def kinds(self) -> Mapping[str, Stored]:
        """What each column holds, in the table's order."""

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Give a new array, shape (n,): NaN where missing; dates as seconds since 1970 UTC."""

    def coded(self, column: str) -> CodedColumn:
        """Give a column's levels; numbers and dates as their canonical text."""

    def repeats(self, column: str) -> bool:
        """Tell whether a column of text is worth coding: False if nearly all values differ.

        Of a short table it may be True in any case.
        """

    def texts(self, column: str) -> tuple[NDArray[np.float64], Mapping[str, int], int]:
        """Give a column of text by its lengths (NaN where missing), its words and their source.

        The words are those of some of its rows, evenly spread, each with the number of rows
        that hold it; the last number is how many rows were looked at.
        """
