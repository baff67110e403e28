"""How two versions of a table differ, and what is kept of one to compare it with a later one."""

from __future__ import annotations

from mlgate.model.base import Frozen, Prose
from mlgate.model.table import Stored


class ColumnDiff(Frozen):
    """One column in two versions of a table; (old, new) each.

    Attributes
    ----------
    holds
        What it holds; None where it is not there.
    changed
        Rows of both versions, matched by id, with another value; None where rows are not matched or
        its values cannot be compared: it is on one side only, or of another type.
    nulls
        Rows without a value; None where the column is not there.
    mean
        The mean of finite numbers; None where it holds none.
    moved
        The mean of new − old over matched rows with numbers on both sides.
    """

    holds: tuple[Stored | None, Stored | None]
    changed: int | None = None
    nulls: tuple[int | None, int | None] = (None, None)
    mean: tuple[float | None, float | None] = (None, None)
    moved: float | None = None

    @property
    def state(self) -> str:
        """`added`, `removed`, `retyped`, `changed`, `same`, or `shared` where that is not known."""
        old, new = self.holds
        if old is None or new is None:
            return "added" if old is None else "removed"
        if old != new and "null" not in self.holds:
            return "retyped"
        if self.changed is None:
            return "shared"
        return "changed" if self.changed else "same"


class TableDiff(Frozen):
    """Two versions of a table.

    Attributes
    ----------
    id
        The columns that match rows; empty where whole rows are matched.
    rows
        How many there are.
    added, removed
        Rows of one version only.
    changed
        Matched rows with any other value in a column of both; None without `id`: such a row counts as
        removed and as added.
    """

    old: Prose
    new: Prose
    id: tuple[str, ...] = ()
    rows: tuple[int, int]
    added: int
    removed: int
    changed: int | None = None
    columns: dict[str, ColumnDiff]

    @property
    def shared(self) -> int:
        """Rows of both versions."""
        return self.rows[0] - self.removed

    def of_state(self, state: str) -> list[str]:
        """Return the columns in a state."""
        return [name for name, column in self.columns.items() if column.state == state]


class KeptSketch(Frozen):
    """A sample of a table's rows, by keyed hashes, from which a later version is compared with it.

    Attributes
    ----------
    key
        Tells the secret that hashed them from others.
    hashes, contents
        Base64 of 64 bits a row, and of 32 where rows have an id (little-endian); see `stats.row_sketch`.
    columns
        What each column that was hashed holds.
    """

    key: str
    id: tuple[str, ...] = ()
    rows: int
    columns: dict[str, Stored]
    hashes: str
    contents: str | None = None
