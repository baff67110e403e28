"""A table in Parquet files, read one column at a time into NumPy arrays."""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError, nearest
from mlgate.inputs.reading_errors import RIGHT_FILE, unreadable
from mlgate.inputs.sources import connect, describe_parquet, kind_of
from mlgate.model.table import CodedColumn
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.sources import Source
    from mlgate.model.table import Stored

BATCH: Final = 1 << 20
"""Rows of a long table that tell whether the values of a column come again."""
WORDS_FROM: Final = 100_000
"""Rows of a text column whose words are counted."""
_LISTED: Final = 256
"""Levels that are looked up in a list; DuckDB does so once for each entry of a file's dictionary."""
_EARLY: Final = 1 << 16
"""Rows in which all levels of most columns appear."""
_WORDS: Final = {
    "integer": "whole numbers",
    "float": "numbers",
    "boolean": "true and false",
    "datetime": "dates",
    "text": "text",
    "null": "nothing but missing values",
    "other": "nested values",
}


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """Some Parquet files of the same columns; see `ColumnTable`.

    Attributes
    ----------
    sources
        The files, each with the name that messages call it.
    counts
        The number of rows of each.
    """

    name: str
    connection: duckdb.DuckDBPyConnection
    sources: Sequence[Source]
    counts: Sequence[int]
    kinds: Mapping[str, Stored]

    @property
    def rows(self) -> int:
        """The number of rows of all files."""
        return sum(self.counts)

    @property
    def parts(self) -> tuple[str, ...]:
        """What each file is called in messages."""
        return tuple(source.name for source in self.sources)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where missing; text that is no number is missing."""
        self.require(column)
        return _joined([self._numbers(source, column) for source in self.sources])

    def coded(self, column: str) -> CodedColumn:
        """Return a column's levels."""
        import numpy as np

        self.require(column)
        place: dict[str, int] = {}
        codes = []
        for source in self.sources:
            levels, local = self._levels(source, column)
            remap = [place.setdefault(level, len(place)) for level in levels]
            same = remap == list(range(len(levels)))
            codes.append(local if same else np.array([*remap, -1], dtype=np.int32)[local])
        return CodedColumn(tuple(place), _joined(codes))

    def repeats(self, column: str) -> bool:
        """Decide by the first rows of a long table whether values come again."""
        if self.rows <= BATCH:
            return True
        source = self.sources[0]
        first = f"SELECT {source.fields[column]} AS x FROM {source.relation} LIMIT {BATCH}"
        query = f"SELECT count(DISTINCT x), count(*) FROM ({first})"
        [[distinct, rows]] = self._rows(source, column, query)
        return bool(distinct <= rows / 2)

    def texts(self, column: str) -> tuple[NDArray[np.float64], Mapping[str, int], int]:
        """Return a column of text by its lengths and by the words of some of its rows."""
        self.require(column)
        words: dict[str, int] = {}
        step = max(1, self.rows // WORDS_FROM)
        lengths = []
        start = looked = 0
        for source, count in zip(self.sources, self.counts, strict=True):
            text = _text(source, column)
            lengths.append(self._fetch(source, column, f"CAST(length({text}) AS DOUBLE)"))
            numbered = f"SELECT {text} AS x, row_number() OVER () - 1 AS r FROM {source.relation}"
            picked = f"r % {step} = {-start % step} AND x IS NOT NULL"
            query = f"SELECT x FROM ({numbered}) WHERE {picked}"
            for (cell,) in self._rows(source, column, query):
                looked += 1
                for word in set(cell.lower().split()):
                    words[word] = words.get(word, 0) + 1
            start += count
        return _joined(lengths), words, looked

    def _numbers(self, source: Source, column: str) -> NDArray[np.float64]:
        import numpy as np

        kind = _stored(source.types[column])
        if kind != "text":
            return self._fetch(source, column, as_number(source, column, kind))
        levels, codes = self._levels(source, column)
        numbers: NDArray[np.float64] = np.array([*map(_parsed, levels), np.nan])[codes]
        return numbers

    def _levels(self, source: Source, column: str) -> tuple[list[str], NDArray[Any]]:
        """Return the distinct texts of a file's column, and the index of each row; −1 is missing."""
        import numpy as np

        kind = _stored(source.types[column])
        if kind != "text":
            values = self._numbers(source, column)
            distinct, at = np.unique(values, return_inverse=True)
            named = str if kind != "boolean" else lambda value: "true" if value else "false"
            numbers = distinct[~np.isnan(distinct)].tolist()
            return [named(_plain(x)) for x in numbers], np.where(np.isnan(values), -1, at)
        text = _text(source, column)
        present = f"{source.relation} WHERE {text} IS NOT NULL"
        query = f"SELECT DISTINCT {text} FROM {present} ORDER BY 1"
        levels = [row[0] for row in self._rows(source, column, query)]
        if len(levels) <= _LISTED:
            code = f"list_position($levels::VARCHAR[], {text})"
            given: Mapping[str, Any] | None = {"levels": levels}
        else:
            self._rows(source, column, f"CREATE OR REPLACE TEMP TYPE levels AS ENUM ({query})")
            code, given = f"enum_code(CAST({text} AS levels)) + 1", None
        ranks = f"CAST(coalesce({code}, 0) AS DOUBLE)"
        codes = self._fetch(source, column, ranks, given).astype(np.int32) - 1
        first = _first_rows(codes[:_EARLY], len(levels))
        if (first < 0).any():
            first = _first_rows(codes, len(levels))
        order = np.argsort(first)  # as they appear: seeded draws follow it
        place = np.full(len(levels) + 1, -1, dtype=np.int32)
        place[order] = np.arange(len(levels))
        return [levels[i] for i in order], place[codes]

    def _fetch(
        self, source: Source, column: str, expression: str, given: Mapping[str, Any] | None = None
    ) -> NDArray[np.float64]:
        """Return an expression of the type DOUBLE for each row of a file, NaN where it is NULL."""
        import duckdb
        import numpy as np

        query = f"SELECT {expression} AS x FROM {source.relation}"
        try:
            # A relation gives its result at once, in half the time of `execute`.
            cells = self.connection.sql(query, params=given).fetchnumpy()["x"]
        except duckdb.Error as error:
            raise unreadable(f"{source.name}: column {column!r}", error) from None
        if isinstance(cells, np.ma.MaskedArray):
            values: NDArray[np.float64] = cells.data
            values[cells.mask] = np.nan
            return values
        return np.asarray(cells, np.float64)

    def _rows(self, source: Source, column: str, query: str) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self.connection.execute(query).fetchall()
        except duckdb.Error as error:
            raise unreadable(f"{source.name}: column {column!r}", error) from None

    def require(self, column: str) -> None:
        """Raise `DataError` unless the table has a column."""
        if column not in self.kinds:
            close = nearest(column, self.kinds)
            listed = first_of(self.kinds, 30)
            msg = f"{self.name} has no column {column!r}; it has {listed}"
            unquoted = f"{self.name} has no column {column!r}"
            raise DataError(
                msg, hint=f"did you mean {close!r}?" if close else None, unquoted=unquoted
            )


def open_parquet(paths: Sequence[Path], parts: Sequence[str], name: str) -> ParquetTable:
    """Open files of the same columns.

    Parameters
    ----------
    parts
        What each file is called in messages.

    Raises
    ------
    DataError
        When one cannot be read, when they differ in columns or in what a column holds, and
        where there is no row at all.
    """
    import duckdb

    connection = connect(paths)
    sources, counts = [], []
    kinds: dict[str, Stored] = {}
    for path, part in zip(paths, parts, strict=True):
        source = describe_parquet(connection, path, part)
        here = {column: _stored(type_name) for column, type_name in source.types.items()}
        kinds = _common_kinds(kinds, here, parts[0], part) if kinds else here
        sources.append(source)
        try:
            [[count]] = connection.execute(f"SELECT count(*) FROM {source.relation}").fetchall()
        except duckdb.Error as error:
            raise unreadable(part, error) from None
        counts.append(count)
    table = ParquetTable(name, connection, sources, counts, kinds)
    if table.rows == 0:
        raise DataError(f"{name} has no rows", hint=RIGHT_FILE)
    return table


def _common_kinds(
    kinds: Mapping[str, Stored], here: Mapping[str, Stored], first: str, part: str
) -> dict[str, Stored]:
    """Return the kinds that fit both files."""
    if kinds.keys() != here.keys():
        name = min(kinds.keys() ^ here.keys())
        without, other = (part, first) if name in kinds else (first, part)
        raise DataError(f"{without} has no column {name!r}, which {other} has")
    return {name: _common(name, kinds[name], here[name], first, part) for name in kinds}


def _common(name: str, kind: Stored, other: Stored, first: str, part: str) -> Stored:
    if other in (kind, "null"):
        return kind
    if kind == "null":
        return other
    if {kind, other} == {"integer", "float"}:
        return "float"
    msg = f"column {name!r} holds {_WORDS[kind]} in {first} and {_WORDS[other]} in {part}"
    raise DataError(msg, hint="write all files in one form")


def _stored(type_name: str) -> Stored:
    """Return what a DuckDB type holds; times of day, bytes and UUIDs are `other`."""
    kind = kind_of(type_name)
    if kind == "number":
        return "float" if type_name.startswith(("FLOAT", "DOUBLE", "DECIMAL")) else "integer"
    if type_name.startswith(("TIMESTAMP", "DATE")):
        return "datetime"
    if kind == "text":
        return "text" if type_name.startswith(("VARCHAR", "ENUM")) else "other"
    kinds: dict[str, Stored] = {"bool": "boolean", "null": "null", "json": "text"}
    return kinds.get(kind, "other")


def _text(source: Source, column: str) -> str:
    return f"CAST({source.fields[column]} AS VARCHAR)"


def as_number(source: Source, column: str, kind: Stored) -> str:
    """Return the SQL of a column as DOUBLE, dates as seconds since 1970 UTC."""
    field = source.fields[column]
    if kind != "datetime":
        return f"CAST({field} AS DOUBLE)"
    if source.types[column] == "DATE":
        return f"CAST({field} - DATE '1970-01-01' AS DOUBLE) * 86400"
    if source.types[column] == "TIMESTAMP_NS":
        return f"CAST(epoch_ns({field}) AS DOUBLE) * 1e-9"
    return f"CAST(epoch_us({field}) AS DOUBLE) * 1e-6"


def _first_rows(codes: NDArray[np.int32], levels: int) -> NDArray[np.intp]:
    """Return the first row of each level, −1 where there is none."""
    import numpy as np

    first = np.full(levels + 1, -1, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first[:-1]


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _parsed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _plain(value: float) -> float:
    """Return whole numbers as such, so that 7.0 is written 7."""
    return int(value) if value.is_integer() else value
