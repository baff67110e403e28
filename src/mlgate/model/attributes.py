"""Attributes of rows beside labels and predictions: groups and slices. NumPy for checkers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MISSING: Final = -1
"""The code of a row whose value is missing."""


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """One attribute as the configuration asks for it.

    Attributes
    ----------
    column
        A column of the predictions' file, or a DuckDB expression over its columns.
    key
        The configuration's key that asks for it, for messages.
    bins
        Cut numbers at their quantiles into at most so many groups.
    edges
        Cut numbers at these values; each group holds its lower edge.
    path
        Another file that holds it; None: the predictions' own.
    id
        The columns of that file that hold the predictions' ids; empty: of the same names.
    """

    column: str
    key: str
    bins: int | None = None
    edges: tuple[float, ...] | None = None
    path: str | None = None
    id: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value a row, as codes.

    Attributes
    ----------
    levels
        The distinct values' canonical text, sorted; of numbers that were cut, the intervals
        from low to high.
    codes
        Indices into `levels`, shape (n,), int32; `MISSING` where a row has no value.
    """

    levels: tuple[str, ...]
    codes: NDArray[np.int32]
