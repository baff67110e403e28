"""Parquet files, written by DuckDB from a query or from arrays."""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlgate.inputs.sources import NAMES, connect, ident, literal, place

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    from numpy.typing import NDArray


def copy_to_parquet(
    connection: duckdb.DuckDBPyConnection,
    fields: Mapping[str, str],
    relation: str,
    target: Path,
    options: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
) -> None:
    """Write columns, each by the SQL of its values, into a Parquet file.

    Where names differ in case only DuckDB writes others, and `describe_parquet` reads these ones.

    Parameters
    ----------
    options
        Of DuckDB's COPY, as SQL.
    notes
        What the file's metadata say, by key.
    """
    options, notes = {"FORMAT": "parquet", **options}, dict(notes or {})
    named = ", ".join(f"{field} AS {ident(column)}" for column, field in fields.items())
    if len({column.casefold() for column in fields}) < len(fields):
        notes[NAMES] = json.dumps(list(fields))
    if notes:
        entries = ", ".join(f"{ident(key)}: {literal(note)}" for key, note in notes.items())
        options["kv_metadata"] = f"{{{entries}}}"
    settings = ", ".join(f"{key} {value}" for key, value in options.items())
    query = f"COPY (SELECT {named} FROM {relation}) TO {place(target)} ({settings})"
    connection.execute(query).fetchall()


def parquet_of(
    columns: Mapping[str, NDArray[Any]], notes: Mapping[str, str] | None = None
) -> bytes:
    """Return a Parquet file; the same columns give the same bytes.

    Parameters
    ----------
    columns
        Numbers, or texts as objects, shape (n,); or numbers of 128 bits, shape (n, 2), high and
        low, which are written as UUIDs.
    notes
        What the file's metadata say, by key.
    """
    arrays: dict[str, NDArray[Any]] = {}
    fields = {}
    for i, (name, values) in enumerate(columns.items()):
        if values.ndim == 1:
            arrays[f"c{i}"] = values
            fields[name] = f"c{i}" if values.dtype != object else f"CAST(c{i} AS VARCHAR)"
        else:
            arrays |= {f"high{i}": values[:, 0], f"low{i}": values[:, 1]}
            number = f"CAST(high{i} AS UHUGEINT) * {1 << 64}::UHUGEINT + low{i}"
            fields[name] = f"({number})::BIT::BLOB::UUID"
    options = {"compression": "zstd", "row_group_size": "1048576"}
    with TemporaryDirectory(prefix="mlgate-") as folder:
        target = Path(folder) / "columns.parquet"
        connection = connect([target])
        try:
            connection.execute("SET threads = 1")
            connection.register("arrays", arrays)
            copy_to_parquet(connection, fields, "arrays", target, options, notes)
        finally:
            connection.close()
        return target.read_bytes()
