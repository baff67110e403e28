"""DuckDB expressions over a file's columns, computed row by row in the files' order.

Delimited text has no types: a column of it whose every cell is a number is one here, so that
`age < 25` means what it says in every format.
"""

# ruff: noqa: S608  (names in SQL are quoted by `ident`; expressions are parsed first)

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError, nearest
from mlgate.inputs import column_form
from mlgate.inputs.columns import LoadedTable
from mlgate.inputs.reading_errors import unreadable
from mlgate.inputs.sources import ident, kind_of, opened
from mlgate.inputs.tables import loaded
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.sources import TableFile

_TYPES: Final = {"bool": "BOOLEAN", "whole": "BIGINT", "number": "DOUBLE"}
RENAME: Final = "use one of them in an expression, spelled as in the file, or rename it"
_SEVERAL: Final = frozenset({"SUBQUERY", "WINDOW"})
"""Kinds of expressions that look at more than one row."""


@contextmanager
def computed(
    paths: Sequence[TableFile],
    texts: Mapping[str, tuple[str, str]],
    root: Path,
    *,
    ids: Mapping[str, str] | None = None,
) -> Iterator[tuple[LoadedTable, NDArray[np.object_] | None]]:
    """Compute expressions for every row.

    Parameters
    ----------
    wanted
        By name: a column or an expression over columns, and the configuration's key. A text
        that is a column's name means that column.
    ids
        Columns of the rows' ids, with their keys.

    Returns
    -------
    tuple
        A table whose columns have the names of `wanted`, and the canonical ids, if asked for.

    Raises
    ------
    DataError
        When a file cannot be read, lacks a column, or an expression cannot be computed.
    """
    with opened(paths, root) as (connection, sources):
        names = tuple(sources[0].types)
        sql: dict[str, str] = {}
        used: dict[str, str] = dict(ids or {})
        for name, (text, key) in texts.items():
            columns = _columns(connection, text, key, names)
            sql[name] = ident(text) if text in names else f"(\n{text}\n)"
            used |= {column: used.get(column, key) for column in columns}
        if not used:
            text, key = next(iter(texts.values()))
            raise DataError(f"{key}: {text!r} names no column; there are {first_of(names, 30)}")
        table = loaded(connection, sources, used)
        own = table.ids(tuple(ids)) if ids else None
        yield _compute(table, texts, sql), own


def named_columns(
    paths: Sequence[TableFile], texts: Mapping[str, str], root: Path
) -> dict[str, list[str]]:
    """Return the columns that each text names, as the files spell them.

    Parameters
    ----------
    texts
        Columns, or expressions over columns, each with the configuration's key.

    Raises
    ------
    DataError
        As `computed`.
    """
    with opened(paths, root) as (connection, sources):
        names = tuple(sources[0].types)
        return {text: _columns(connection, text, key, names) for text, key in texts.items()}


def _columns(
    connection: duckdb.DuckDBPyConnection, text: str, key: str, names: Sequence[str]
) -> list[str]:
    """Return the columns that an expression names, as the file spells them."""
    if text in names:
        return [text]
    parts = list(_walk(_parsed(connection, text, key, names)))
    if any(part.get("class") in _SEVERAL for part in parts):
        raise DataError(f"{key}: {text!r} looks at more than one row", hint="use one row's columns")
    columns = [
        _spelled(str(part["column_names"][-1]), text, key, names)
        for part in parts
        if part.get("class") == "COLUMN_REF"
    ]
    if len({column.casefold() for column in columns}) < len(set(columns)):
        raise DataError(f"{key}: {text!r} names columns that differ in case only", hint=RENAME)
    return columns


def _spelled(written: str, text: str, key: str, names: Sequence[str]) -> str:
    """Return a column's name as the file spells it."""
    close = [name for name in names if name.casefold() == written.casefold()]
    if written in close or len(close) == 1:
        return written if written in close else close[0]
    if close:
        listed = " and ".join(close)
        raise DataError(f"{key}: {written!r} in {text!r} may be {listed}", hint=RENAME)
    raise _unknown(written, key, names)


def _parsed(
    connection: duckdb.DuckDBPyConnection, text: str, key: str, names: Sequence[str]
) -> Any:
    """Parse one expression; raises for what is none, or is several statements."""
    import duckdb

    try:
        query = "SELECT json_serialize_sql(?)"
        answer = connection.execute(query, [f"SELECT (\n{text}\n)"]).fetchall()[0][0]
    except duckdb.Error as error:
        raise _broken(text, key, error) from None
    tree = json.loads(answer)
    if tree["error"]:
        if nearest(text, names, cutoff=0.8):
            raise _unknown(text, key, names)
        msg = f"{key}: {text!r} is no expression: {tree['error_message']}"
        raise DataError(msg, hint="put a name with spaces or special characters in double quotes")
    nodes = [statement["node"] for statement in tree["statements"]]
    if len(nodes) != 1 or not _is_plain(nodes[0]):
        raise DataError(f"{key}: {text!r} is more than one expression")
    return nodes[0]["select_list"][0]


def _is_plain(node: Mapping[str, Any]) -> bool:
    """Whether a query is `SELECT (expression)` and nothing else."""
    if node["type"] != "SELECT_NODE" or len(node["select_list"]) != 1:
        return False
    clauses = ("modifiers", "where_clause", "group_expressions", "having", "sample", "qualify")
    return node["from_table"]["type"] == "EMPTY" and not any(node.get(clause) for clause in clauses)


def _walk(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _walk(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _walk(value)


def _unknown(column: str, key: str, names: Sequence[str]) -> DataError:
    close = nearest(column, names)
    msg = f"{key}: there is no column {column!r}; there are {first_of(names, 30)}"
    return DataError(msg, hint=f"did you mean {close!r}?" if close else None)


def _compute(
    table: LoadedTable, texts: Mapping[str, tuple[str, str]], sql: Mapping[str, str]
) -> LoadedTable:
    """Replace the columns of a table by the expressions' values."""
    import duckdb

    connection = table.connection
    source = f"(SELECT {_typed(table)} FROM rows)"
    fields = ", ".join(
        f"{expression} AS {ident(f'c{i}')}" for i, expression in enumerate(sql.values())
    )
    try:
        connection.execute(
            f"CREATE TEMP TABLE computed AS SELECT {fields} FROM {source}"
        ).fetchall()
    except duckdb.Error as error:
        raise _culprit(connection, texts, sql, source) or unreadable("rows", error) from None
    connection.execute("DROP TABLE rows; ALTER TABLE computed RENAME TO rows").fetchall()
    types = [str(row[1]) for row in connection.execute("DESCRIBE rows").fetchall()]
    kinds = {name: kind_of(kind.replace('"', "")) for name, kind in zip(sql, types, strict=True)}
    n = int(connection.execute("SELECT count(*) FROM rows").fetchall()[0][0])
    if n != table.n:
        text, key = next(iter(texts.values()))
        raise DataError(f"{key}: {text!r} gives one value for all rows")
    return LoadedTable(connection, n, kinds, table.parts, {name: texts[name][1] for name in sql})


def _culprit(
    connection: duckdb.DuckDBPyConnection,
    texts: Mapping[str, tuple[str, str]],
    sql: Mapping[str, str],
    source: str,
) -> DataError | None:
    """Find the expression that cannot be computed."""
    import duckdb

    for name, (text, key) in texts.items():
        try:
            connection.execute(f"SELECT count(x) FROM (SELECT {sql[name]} AS x FROM {source})")
        except duckdb.Error as error:
            return _broken(text, key, error)
    return None


def _broken(text: str, key: str, error: Exception) -> DataError:
    first = str(error).partition("\n")[0]
    reason = first.partition("Error: ")[2] or first
    return DataError(f"{key}: {text!r} cannot be computed: {reason}")


def _typed(table: LoadedTable) -> str:
    """Return the SQL of the columns; delimited text that is all numbers, or true and false, as such."""
    fields = {column: ident(f"c{i}") for i, column in enumerate(table.names)}
    cells = [column for column in table.names if table.kinds[column] == "cell"]
    forms = column_form.forms(table.connection, "rows", [fields[column] for column in cells])
    for column, form in zip(cells, forms, strict=True):
        if form in _TYPES:
            fields[column] = f"CAST({fields[column]} AS {_TYPES[form]})"
    return ", ".join(f"{field} AS {ident(column)}" for column, field in fields.items())
