"""Attributes of rows other than labels and predictions: groups and slices.

NumPy is imported for type checkers only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MISSING: Final = -1
"""The code of a row whose value is missing."""


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """One attribute, as the configuration specifies it.

    Attributes
    ----------
    column
        A column of the predictions' file, or a DuckDB expression over its columns.
    key
        The configuration's key that specifies it, for messages.
    bins
        Cut numbers at their quantiles into at most this many groups.
    edges
        Cut numbers at these values; each group holds its lower edge.
    path
        The file that holds it; None: that of the predictions.
    id
        The columns of that file that hold the predictions' ids; empty: those of the same names.
    among
        The rows whose quantiles `bins` are, as positions; None: all.
    """

    column: str
    key: str
    bins: int | None = None
    edges: tuple[float, ...] | None = None
    path: str | None = None
    id: tuple[str, ...] = ()
    among: NDArray[np.intp] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value for each row, as codes.

    Attributes
    ----------
    levels
        The distinct values' canonical text, sorted; for numbers that were cut, the intervals
        from low to high.
    codes
        Indices into `levels`, shape (n,), int32; `MISSING` where a row has no value.
    ranges
        Whether the levels are intervals of numbers that were cut: `< 25`, `25 to 64`, `≥ 65`.
    """

    levels: tuple[str, ...]
    codes: NDArray[np.int32]
    ranges: bool = False
