"""A table's profile without its rows, which `mlgate profile` writes and `drift.reference` reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

from mlgate.errors import DataError
from mlgate.model.base import Frozen
from mlgate.model.table import Stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.table import CodedColumn


Kind = Literal["numeric", "categorical", "boolean", "datetime", "text"]
"""How a column is compared. `text`: by its length and its vocabulary."""


class ColumnProfile(Frozen):
    """One column.

    Attributes
    ----------
    stored
        What the column held.
    rows, nulls
        Rows with a value, and without one.
    effective
        What the rows count for, where they have weights.
    steps, mass
        Of numbers, dates and lengths of text: quantiles, each with the share of rows up to it.
        No step covers fewer than ten rows.
    levels
        Rows of each level; of text, of each word. Levels of fewer rows than `Profile.fewest`
        are `pooled`.
    looked
        Rows of text whose words were counted.
    """

    kind: Kind | None
    stored: Stored
    rows: int
    nulls: int
    effective: float
    null_rate: float
    steps: tuple[float, ...] = ()
    mass: tuple[float, ...] = ()
    levels: dict[str, float] = {}
    pooled: float = 0.0
    infinite: int = 0
    looked: int = 0


class Profile(Frozen):
    """A table's columns, without a row of it."""

    profile: Literal[1] = 1
    tool: str
    created: str
    source: str
    digests: dict[str, str]
    rows: int
    fewest: int
    weighted: bool
    columns: dict[str, ColumnProfile]


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """A profile in place of a table: it has columns, but no rows."""

    name: str
    profile: Profile

    @property
    def rows(self) -> int:
        """The number of rows that were profiled."""
        return self.profile.rows

    @property
    def kinds(self) -> Mapping[str, Stored]:
        """What each column held."""
        return {name: column.stored for name, column in self.profile.columns.items()}

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Raise `DataError`: a profile has no rows."""
        self._refuse(column)

    def coded(self, column: str) -> CodedColumn:
        """Raise `DataError`: a profile has no rows."""
        self._refuse(column)

    def repeats(self, column: str) -> bool:
        """Raise `DataError`: a profile has no rows."""
        self._refuse(column)

    def texts(self, column: str) -> tuple[NDArray[np.float64], Mapping[str, int], int]:
        """Raise `DataError`: a profile has no rows."""
        self._refuse(column)

    def _refuse(self, column: str) -> NoReturn:
        msg = f"{self.name} is a profile and holds no rows of column {column!r}"
        raise DataError(msg, hint="name the data file itself for what needs rows: data checks, cluster, multivariate")  # fmt: skip
