"""Any table as Parquet files, so that one column at a time can be read without the others.

Parquet stays where it is; anything else is rewritten once by DuckDB, which streams, so that a
file may be larger than memory.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.inputs.paths import sniff
from mlgate.inputs.sources import connect, describe, ident, kind_of, literal, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from mlgate.inputs.sources import Source

MISSING: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
"""Cells of delimited text that stand for a missing value."""


def as_parquet(path: Path, root: Path, scratch: Path) -> Path:
    """Return a Parquet file with a table's rows: the file itself, or one written into `scratch`.

    Raises
    ------
    DataError
        When it cannot be read as what it is.
    """
    if sniff(path, root) == "parquet":
        return path
    target = scratch / f"{len(list(scratch.iterdir()))}.parquet"
    connection = connect([path, target])
    try:
        source = describe(connection, path, root)
        fields, relation = _selected(source)
        _copy(connection, source, f"SELECT {fields} FROM {relation}", target)
    finally:
        connection.close()
    return target


def _copy(connection: duckdb.DuckDBPyConnection, source: Source, query: str, target: Path) -> None:
    import duckdb

    options = "FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 1000000"
    try:
        connection.execute(f"COPY ({query}) TO {literal(str(target))} ({options})").fetchall()
    except duckdb.Error as error:
        raise unreadable(source.name, error) from None


def _selected(source: Source) -> tuple[str, str]:
    if source.format == "csv":
        relation = _typed_csv(source)
        fields: Mapping[str, str] = source.fields
    else:
        relation = source.relation
        fields = {
            column: f"CAST({field} AS VARCHAR)"
            if kind_of(source.types[column]) == "json"
            else field
            for column, field in source.fields.items()
        }
    return ", ".join(f"{field} AS {ident(column)}" for column, field in fields.items()), relation


def _typed_csv(source: Source) -> str:
    """Read delimited text with the types that all of its cells allow.

    Names and delimiter are those that `describe` found, so that no odd line is skipped.
    """
    names = ", ".join(literal(field) for field in source.fields.values())
    missing = ", ".join(map(literal, MISSING))
    place = literal(str(source.path.resolve()))
    packed = "gzip" if source.path.name.endswith(".gz") else "none"
    return (
        f"read_csv({place}, delim={literal(source.delimiter)}, quote='\"', escape='\"', "
        f"header=true, skip=0, compression='{packed}', sample_size=-1, nullstr=[{missing}], "
        f"names=[{names}], hive_partitioning=false, null_padding=false, "
        "auto_type_candidates=['BOOLEAN', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'VARCHAR'])"
    )
