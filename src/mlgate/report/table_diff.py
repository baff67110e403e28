"""How two versions of a table differ, in sentences and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report.document import Cell, Column, Table
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.table_diff import ColumnDiff, TableDiff

_NAMED: Final = 10
"""Columns that a sentence names."""
_STATES: Final = {
    "removed": "removed",
    "added": "added",
    "retyped": "of another type",
    "changed": "changed",
    "shared": "",
    "same": "unchanged",
}
"""In the order of the table."""


def share(count: float, of: int) -> str:
    """Return a count with its share."""
    return f"{numbers.count(round(count))} ({100 * count / of:.2g} %)" if of and count else "0"


def sentences(diff: TableDiff) -> Iterator[str]:
    """Yield what became of the rows and of the columns."""
    old, new = map(numbers.count, diff.rows)
    counts = f"{share(diff.added, diff.rows[1])} added, {share(diff.removed, diff.rows[0])} removed"
    if diff.changed is None:
        matched = "Without an id a changed row is one removed and one added."
    else:
        changed = share(diff.changed, diff.shared)
        matched = f"Of {numbers.plural(diff.shared, 'row')} in both {changed} changed."
    yield f"Rows: {old} → {new}: {counts}. {matched}"
    parts = [
        f"{len(names):,} {_STATES[state]} ({first_of(names, _NAMED)})"
        for state in ("added", "removed", "retyped", "changed")
        if (names := diff.of_state(state))
    ]
    none = "none differs" if diff.id else "none added, removed or of another type"
    columns = numbers.plural(len(diff.columns) + len(diff.id), "column")
    yield f"Of {columns}: {', '.join(parts) or none}."


def table(diff: TableDiff, caption: str = "") -> Table:
    """Return a row for each column, those that differ first; Markdown shows only these where rows are matched by id."""
    order = list(_STATES)
    ranked = sorted(diff.columns.items(), key=lambda item: order.index(item[1].state))
    differing = sum(column.state not in ("same", "shared") for _, column in ranked)
    rows = tuple(_row(name, column, diff) for name, column in ranked)
    heads = (
        Column("column"),
        Column("holds"),
        Column(""),
        Column("rows changed", right=True),
        Column("without a value", right=True),
        Column("mean", right=True),
        Column("mean change", right=True),
    )
    return Table(caption, heads, rows, brief=differing if diff.id else None)


def _row(name: str, column: ColumnDiff, diff: TableDiff) -> tuple[Cell, ...]:
    old, new = column.mean
    moved = new - old if column.moved is None and old is not None and new is not None else None
    moved = column.moved if column.moved is not None else moved
    changed = numbers.NONE if column.changed is None else share(column.changed, diff.shared)
    return (
        Cell(name, code=True),
        Cell(_both(*column.holds)),
        Cell(_STATES[column.state]),
        Cell(changed, sort=column.changed),
        Cell(_both(*(None if n is None else numbers.count(n) for n in column.nulls))),
        Cell(_both(*(None if x is None else f"{x:.4g}" for x in column.mean))),
        Cell(numbers.NONE if moved is None else f"{moved:+.3g}" if moved else "0", sort=moved),
    )


def _both(old: str | None, new: str | None) -> str:
    if old == new:
        return numbers.NONE if old is None else old
    return f"{numbers.NONE if old is None else old} → {numbers.NONE if new is None else new}"
