"""DuckDB reads files into typed columns; what is wrong with a file is told by name.

The columns asked for are copied into DuckDB's memory once, in the files' order.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlgate.errors import DataError, nearest
from mlgate.inputs.columns import KINDS, LoadedTable
from mlgate.inputs.sources import connect, describe, ident, kind_of, unreadable
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from mlgate.inputs.sources import Kind, Source


@contextmanager
def opened(
    paths: Sequence[Path], root: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Source]]]:
    """Open DuckDB on some files and recognise each.

    Raises
    ------
    DataError
        When one cannot be read as what it is.
    """
    connection = connect(paths)
    try:
        yield connection, [describe(connection, path, root) for path in paths]
    finally:
        connection.close()


@contextmanager
def read_columns(
    paths: Sequence[Path], columns: Mapping[str, str] | None, root: Path
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
        _require(source, keys)
    kinds = {column: _common_kind(sources, column) for column in keys}
    parts, n = _load(connection, sources, kinds)
    if n == 0:
        msg = f"{sources[0].name} has no rows"
        raise DataError(msg, hint="did the training fail before it wrote its predictions?")
    table = LoadedTable(connection, n, kinds, parts, {c: key for c, key in keys.items() if key})
    return _settle_json(table)


def _require(source: Source, keys: Mapping[str, str]) -> None:
    """Raise for the first column that a file lacks, naming those that exist."""
    for column, key in keys.items():
        if column not in source.types:
            names = list(source.types)
            listed = first_of(names, 30)
            close = nearest(column, names)
            prefix = f"{key}: " if key else ""
            msg = f"{prefix}{source.name} has no column {column!r}; it has {listed}"
            raise DataError(msg, hint=f"did you mean {close!r}?" if close else None)


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
            raise unreadable(source.name, error) from None
    return tuple(parts), n


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
