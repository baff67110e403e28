"""How two versions of a table differ: rows by id, or as wholes; and column by column. By DuckDB."""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.inputs.column_table import as_number
from mlgate.inputs.reading_errors import unreadable
from mlgate.inputs.sources import connect
from mlgate.model.table import is_index
from mlgate.model.table_diff import ColumnDiff, TableDiff
from mlgate.text.lists import all_of
from mlgate.text.number_format import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from mlgate.inputs.column_table import ParquetTable
    from mlgate.inputs.sources import Source

_AT_ONCE: Final = 64
"""Columns of one join: a wide table is joined several times rather than held in memory."""
_NUMBERS: Final = frozenset({"integer", "float"})
_FLOATS: Final = ("FLOAT", "DOUBLE")


def compare(old: ParquetTable, new: ParquetTable, ids: Sequence[str] = ()) -> TableDiff:
    """Compare two versions of a table.

    Rows are equal where all columns of both versions are: a column that only one of them has, or that
    holds another type in each, makes no row different. NaN is a missing value. The columns in which
    pandas numbers rows are ignored.

    Parameters
    ----------
    ids
        The columns that name a row; without any, equal rows are matched one to one.

    Raises
    ------
    DataError
        When an id is not there, is missing in a row, or names several rows of one version.
    """
    comparison = _Comparison(old, new, tuple(ids), connect([*_paths(old), *_paths(new)]))
    try:
        return comparison.run()
    finally:
        comparison.connection.close()


def _paths(table: ParquetTable) -> list[Any]:
    return [source.path for source in table.sources]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two tables in one database; their columns are a.c0, a.c1, … and b.c0, b.c1, … in SQL."""

    old: ParquetTable
    new: ParquetTable
    ids: tuple[str, ...]
    connection: duckdb.DuckDBPyConnection

    def run(self) -> TableDiff:
        for table in (self.old, self.new):
            for column in self.ids:
                table.require(column)
            self._refuse_repeated(table)
        names = dict.fromkeys((*self.old.kinds, *self.new.kinds))
        columns = [name for name in names if not is_index(name) and name not in self.ids]
        types = {name: self._common_type(name) for name in columns}
        compared = [name for name, kind in types.items() if kind is not None]
        facts = [self._facts(table) for table in (self.old, self.new)]
        if self.ids:
            shared, changed, changes = self._by_id(compared, types)
            added, removed = self.new.rows - shared, self.old.rows - shared
        else:
            changed, changes = None, {}
            added, removed = self._as_wholes(compared, types)
        return TableDiff(
            old=self.old.name,
            new=self.new.name,
            id=self.ids,
            rows=(self.old.rows, self.new.rows),
            added=added,
            removed=removed,
            changed=changed,
            columns={name: self._column(name, facts, changes.get(name)) for name in columns},
        )

    def _column(
        self,
        name: str,
        facts: Sequence[Mapping[str, tuple[int, float | None]]],
        change: tuple[int, float | None] | None,
    ) -> ColumnDiff:
        (nulls, mean), (nulls_new, mean_new) = (side.get(name, (None, None)) for side in facts)
        return ColumnDiff(
            holds=(self.old.kinds.get(name), self.new.kinds.get(name)),
            changed=None if change is None else change[0],
            nulls=(nulls, nulls_new),
            mean=(mean, mean_new),
            moved=None if change is None else change[1],
        )

    def _facts(self, table: ParquetTable) -> dict[str, tuple[int, float | None]]:
        """Return the missing values and the mean of each column."""
        names = [name for name in table.kinds if not is_index(name)]
        facts = {}
        for some in _chunks(names):
            types = {name: _own_type(table, name) for name in some}
            parts = []
            for place, name in enumerate(some):
                numeric = table.kinds[name] in _NUMBERS
                parts += [f"count(c{place})", _mean(f"c{place}") if numeric else "NULL"]
            query = f"SELECT {', '.join(parts)} FROM {self._rows(table, types)}"
            counted = iter(self._fetch(query)[0])
            for name in some:
                facts[name] = table.rows - next(counted), _finite(next(counted))
        return facts

    def _by_id(
        self, compared: Sequence[str], types: Mapping[str, str | None]
    ) -> tuple[int, int, dict[str, tuple[int, float | None]]]:
        """Return the matched rows, how many of them changed, and the changes of each column."""
        keys = {name: self._common_type(name) or "VARCHAR" for name in self.ids}
        shared, changed = 0, 0
        changes: dict[str, tuple[int, float | None]] = {}
        chunks = _chunks(compared) or [()]
        for some in chunks:
            fields = {**keys, **{name: types[name] for name in some}}
            first = len(keys)
            differ = [f"a.c{i} IS DISTINCT FROM b.c{i}" for i in range(first, len(fields))]
            parts = ["count(*)", _count(" OR ".join(differ) or "false")]
            for i, name in enumerate(some, first):
                numeric = {self.old.kinds[name], self.new.kinds[name]} <= _NUMBERS
                moved = _mean(f"CAST(b.c{i} AS DOUBLE) - CAST(a.c{i} AS DOUBLE)")
                parts += [_count(differ[i - first]), moved if numeric else "NULL"]
            shared, changed, *counted = self._fetch(self._joined(parts, fields, first))[0]
            counts = iter(counted)
            changes |= {name: (next(counts), _finite(next(counts))) for name in some}
        if len(chunks) > 1:
            every = {**keys, **{name: types[name] for name in compared}}
            hashed = f"hash({', '.join(f'c{i}' for i in range(len(keys), len(every)))})"
            query = self._joined([_count("a.h != b.h")], every, len(keys), hashed)
            changed = self._fetch(query)[0][0]
        return shared, changed, changes

    def _joined(
        self, parts: Sequence[str], fields: Mapping[str, str | None], keys: int, hashed: str = ""
    ) -> str:
        sides = [self._rows(table, fields) for table in (self.old, self.new)]
        if hashed:
            named = ", ".join(f"c{i}" for i in range(keys))
            sides = [f"(SELECT {named}, {hashed} AS h FROM {side})" for side in sides]
        matches = " AND ".join(f"a.c{i} = b.c{i}" for i in range(keys))
        return f"SELECT {', '.join(parts)} FROM {sides[0]} a JOIN {sides[1]} b ON {matches}"

    def _as_wholes(
        self, compared: Sequence[str], types: Mapping[str, str | None]
    ) -> tuple[int, int]:
        """Return the rows that only the new and only the old version has, by 64-bit hashes."""
        if not compared:
            return self.new.rows, self.old.rows
        fields = {name: types[name] for name in compared}
        hashed = f"hash({', '.join(f'c{i}' for i in range(len(fields)))})"
        sides = (
            f"SELECT {hashed} AS h, {sign} AS x FROM {self._rows(table, fields)}"
            for table, sign in ((self.old, -1), (self.new, 1))
        )
        counted = f"SELECT sum(x) AS x FROM ({' UNION ALL '.join(sides)}) GROUP BY h"
        query = f"SELECT sum(greatest(x, 0)), sum(greatest(-x, 0)) FROM ({counted})"
        added, removed = self._fetch(query)[0]
        return int(added), int(removed)

    def _refuse_repeated(self, table: ParquetTable) -> None:
        if not self.ids:
            return
        kinds = {name: _own_type(table, name) for name in self.ids}
        named = [f"c{i}" for i in range(len(kinds))]
        key = named[0] if len(named) == 1 else f"({', '.join(named)})"
        missing = " OR ".join(f"{name} IS NULL" for name in named)
        query = f"SELECT {_count(missing)}, count(DISTINCT {key}) FROM {self._rows(table, kinds)}"
        nameless, distinct = self._fetch(query)[0]
        what = all_of(self.ids)
        if nameless:
            msg = f"{table.name}: {plural(nameless, 'row')} without a value in {what}"
            raise DataError(msg, hint="name a column that every row has a value in, or no id")
        if distinct < table.rows:
            count = plural(table.rows - distinct, "row")
            msg = f"{table.name}: {count} with an id ({what}) that an earlier row has"
            raise DataError(msg, hint="name the columns that together are unique, or no id")

    def _common_type(self, name: str) -> str | None:
        """Return the SQL type that both versions of a column are compared as; None where they cannot be."""
        kinds = {table.kinds.get(name) for table in (self.old, self.new)}
        if None in kinds:
            return None
        types = {
            source.types[name]
            for table in (self.old, self.new)
            for source in table.sources
            if table.kinds[name] != "null"
        }
        kinds.discard("null")
        if len(types) == 1:
            return types.pop()
        if not kinds or kinds == {"text"}:
            return "VARCHAR"
        if kinds == {"integer"}:
            return "HUGEINT"
        return "DOUBLE" if kinds <= _NUMBERS or kinds == {"datetime"} else None

    def _rows(self, table: ParquetTable, types: Mapping[str, str | None]) -> str:
        """Return SQL for columns of a table, as c0, c1, …, of these types."""
        files = []
        for source in table.sources:
            parts = (
                f"{_as_type(source, name, target or 'VARCHAR')} AS c{i}"
                for i, (name, target) in enumerate(types.items())
            )
            files.append(f"SELECT {', '.join(parts) or '1'} FROM {source.relation}")
        return f"({' UNION ALL '.join(files)})"

    def _fetch(self, query: str) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self.connection.execute(query).fetchall()
        except duckdb.Error as error:
            raise unreadable(f"{self.old.name} or {self.new.name}", error) from None


def _chunks(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]


def _own_type(table: ParquetTable, name: str) -> str:
    types = {source.types[name] for source in table.sources}
    if len(types) == 1:
        return types.pop()
    return "DOUBLE" if table.kinds[name] in (*_NUMBERS, "datetime") else "VARCHAR"


def _as_type(source: Source, name: str, target: str) -> str:
    """Return the SQL of a column as a type; NaN is missing."""
    field, own = source.fields[name], source.types[name]
    if own != target:
        dates = target == "DOUBLE" and own.startswith(("TIMESTAMP", "DATE"))
        field = as_number(source, name, "datetime") if dates else f"CAST({field} AS {target})"
    # Not nullif: of a file whose statistics rule NaN out, though they never count it, DuckDB would
    # not look for it.
    return f"CASE WHEN NOT isnan({field}) THEN {field} END" if target in _FLOATS else field


def _count(condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _mean(expression: str) -> str:
    number = f"CAST({expression} AS DOUBLE)"
    return f"avg({number}) FILTER (isfinite({number}))"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
