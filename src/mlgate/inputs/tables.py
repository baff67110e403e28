"""DuckDB reads files into typed columns; what is wrong with a file is told by name.

The columns asked for are copied into DuckDB's memory once, in the files' order.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError, MissingColumnError, nearest
from mlgate.inputs.columns import AS_TEXT, KINDS, LoadedTable
from mlgate.inputs.reading_errors import unreadable
from mlgate.inputs.sources import ident, kind_of, opened, parquet_note
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from mlgate.inputs.frames import HeldFrame
    from mlgate.inputs.sources import Kind, Source, TableFile


_LONG: Final = 2**53
"""From here on whole numbers have no double of their own."""


@contextmanager
def read_frame(frame: HeldFrame, columns: Mapping[str, str]) -> Iterator[LoadedTable]:
    """Read columns of a data frame; see `read_columns`."""
    connection = frame.connection.cursor()
    try:
        yield loaded(connection, [frame.source], columns)
    finally:
        connection.close()


@contextmanager
def read_columns(
    paths: Sequence[TableFile], columns: Mapping[str, str] | None, root: Path
) -> Iterator[LoadedTable]:
    """Read columns of one file or of several of the same form.

    Parameters
    ----------
    columns
        The names of the columns, each with the configuration's key that asks for it; None
        for all.
    root
        Paths below it are told relative to it.

    Raises
    ------
    DataError
        When a file cannot be read, has no rows, lacks a column, holds values of several types
        in one, or differs in form from the others.
    """
    with opened(paths, root) as (connection, sources):
        yield loaded(connection, sources, columns)


def loaded(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    columns: Mapping[str, str] | None,
) -> LoadedTable:
    """Copy columns of opened files into a table; see `read_columns`."""
    keys = dict.fromkeys(sources[0].types, "") if columns is None else dict(columns)
    for source in sources:
        _require(connection, source, keys)
    kinds = {column: _common_kind(sources, column) for column in keys}
    parts, n = _load(connection, sources, kinds)
    if n == 0:
        msg = f"{sources[0].name} has no rows"
        raise DataError(msg, hint="did the training fail before it wrote its predictions?")
    if exact := _exact(connection, sources, kinds):
        connection.execute("DROP TABLE rows").fetchall()
        return loaded(connection, exact, columns)
    table = LoadedTable(connection, n, kinds, parts, {c: key for c, key in keys.items() if key})
    return _settle_json(table)


def _exact(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], kinds: Mapping[str, Kind]
) -> list[Source] | None:
    """Return sources that read long whole numbers of JSON as they are written; None without any.

    DuckDB takes those of 2⁶⁴ and more for doubles, which are the same for different ids.
    """
    long = [
        column
        for i, column in enumerate(kinds)
        if any(s.format == "json" and s.types[column] == "DOUBLE" for s in sources)
        and connection.execute(
            f"SELECT bool_and(c{i} = trunc(c{i})) AND max(abs(c{i})) >= {_LONG} FROM rows"
        ).fetchall()[0][0]
    ]
    return [source.with_text(long) for source in sources] if long else None


def _require(
    connection: duckdb.DuckDBPyConnection, source: Source, keys: Mapping[str, str]
) -> None:
    """Raise for the first column that a file lacks, naming those that exist."""
    for column, key in keys.items():
        if column not in source.types:
            names = list(source.types)
            listed = first_of(names, 30)
            close = nearest(column, (name for name in names if name not in keys))
            prefix = f"{key}: " if key else ""
            unquoted = f"{prefix}{source.name} has no column {column!r}"
            hint = f"did you mean {close!r}?" if close else None
            if source.format == "parquet" and column in _range_index(connection, source):
                hint = f"{column!r} is the DataFrame's index: write df.reset_index().to_parquet(…)"
            msg = f"{unquoted}; it has {listed}"
            raise MissingColumnError(msg, hint=hint, unquoted=unquoted)


def _range_index(connection: duckdb.DuckDBPyConnection, source: Source) -> set[str]:
    """Return the names of a DataFrame's index of which pandas stores the range alone."""
    import json

    assert source.path is not None
    try:
        note = parquet_note(connection, source.path, "pandas")
        indices = json.loads(note or "{}")["index_columns"]
        return {str(index.get("name")) for index in indices if isinstance(index, dict)}
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()


def _common_kind(sources: Sequence[Source], column: str) -> Kind:
    """Return the kind that a column has in every file; one without any value fits all."""
    first, kind = sources[0], sources[0].kind(column)
    for source in sources[1:]:
        other = source.kind(column)
        if kind == "null":
            first, kind = source, other
        elif other not in (kind, "null"):
            msg = (
                f"column {column!r} holds {KINDS[kind]} in {first.name} "
                f"and {KINDS[other]} in {source.name}"
            )
            raise DataError(msg, hint="write all files in one form")
    return kind


def _load(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], kinds: Mapping[str, Kind]
) -> tuple[tuple[tuple[str, int], ...], int]:
    """Copy the columns of all files into the table `rows`, file after file."""
    import duckdb

    columns = ", ".join(
        f"{ident(f'c{i}')} {_stored(sources, column)}" for i, column in enumerate(kinds)
    )
    connection.execute(f"CREATE TEMP TABLE rows ({columns})").fetchall()
    parts, n = [], 0
    for source in sources:
        parts.append((source.name, n))
        fields = ", ".join(source.fields[column] for column in kinds)
        query = f"INSERT INTO rows SELECT {fields} FROM {source.relation}"
        try:
            n += int(connection.execute(query).fetchall()[0][0])
        except duckdb.Error as error:
            _refuse_bytes(connection, source, kinds)
            raise unreadable(source.name, error) from None
    return tuple(parts), n


def _refuse_bytes(
    connection: duckdb.DuckDBPyConnection, source: Source, columns: Iterable[str]
) -> None:
    """Name the column of Parquet that cannot be read as text, since it holds bytes."""
    import duckdb

    for column in columns:
        try:
            query = f"SELECT max(length({source.fields[column]})) FROM {source.relation}"
            if source.format == "parquet" and source.kind(column) == "text":
                connection.execute(query).fetchall()
        except duckdb.Error as error:
            if "string encoding" in str(error):
                msg = f"column {column!r} of {source.name} holds bytes"
                raise DataError(msg, hint=AS_TEXT) from None


def _stored(sources: Sequence[Source], column: str) -> str:
    """Return the type that holds a column of every file without loss."""
    types = {source.types[column].strip('"') for source in sources} - {"NULL"}
    kinds = {kind_of(name) for name in types}
    if len(types) == 1:
        return types.pop()
    if kinds == {"number"}:
        floats = any(t.startswith(("FLOAT", "DOUBLE", "DECIMAL")) for t in types)
        return "DOUBLE" if floats else "HUGEINT"
    return "DOUBLE[]" if kinds == {"list"} else "VARCHAR"


def _settle_json(table: LoadedTable) -> LoadedTable:
    """Refuse JSON columns of several types; those without any value hold nothing."""
    kinds = dict(table.kinds)
    for i, (column, kind) in enumerate(table.kinds.items()):
        if kind != "json":
            continue
        query = (
            f"SELECT json_type(c{i}) AS t, min(rowid) FROM rows "
            f"WHERE json_type(c{i}) IS NOT NULL AND json_type(c{i}) <> 'NULL' "
            "GROUP BY t ORDER BY 2"
        )
        types = table.connection.execute(query).fetchall()
        if len(types) > 1:
            listed = " and ".join(f"{t.lower()} ({table.place(row)})" for t, row in types[:2])
            msg = f"{table.describe(column)} mixes types: {listed}"
            raise DataError(msg, hint="write one type a column")
        kinds[column] = "null" if not types else "other"
    return LoadedTable(table.connection, table.n, kinds, table.parts, table.keys)
