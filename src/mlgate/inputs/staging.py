"""Any table as Parquet files, so that one column at a time can be read without the others.

Parquet stays where it is; anything else is rewritten once by DuckDB, which streams, so that a
file may be larger than memory.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.inputs import column_form
from mlgate.inputs.paths import sniff
from mlgate.inputs.reading_errors import unreadable
from mlgate.inputs.sources import ident, kind_of, literal, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    with opened([path], root, writes=[target]) as (connection, [source]):
        _copy(connection, source, target)
        _keep_case(target, tuple(source.fields))
    return target


def _copy(connection: duckdb.DuckDBPyConnection, source: Source, target: Path) -> None:
    import duckdb

    options = "FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 1000000"
    try:
        fields, relation = _selected(connection, source)
        query = f"SELECT {fields} FROM {relation}"
        connection.execute(f"COPY ({query}) TO {literal(str(target))} ({options})").fetchall()
    except duckdb.Error as error:
        raise unreadable(source.name, error) from None


def _selected(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[str, str]:
    if source.format == "csv":
        relation = _typed_csv(source, _codes(connection, source))
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


def _codes(connection: duckdb.DuckDBPyConnection, source: Source) -> Sequence[str]:
    """Return the columns that DuckDB would take for numbers and that are codes: `007`, `1.10`."""
    texts = _cells(source)
    codes = []
    for field in column_form.doubtful(connection, texts, list(source.fields.values())):
        distinct = f"SELECT DISTINCT {field} AS x FROM {texts} WHERE {field} IS NOT NULL"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE texts AS {distinct}").fetchall()
        if column_form.forms(connection, "texts", ["x"]) == ["text"]:
            codes.append(field)
    return codes


def _cells(source: Source) -> str:
    """Read delimited text as the texts of its cells."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(source.width))
    return f"read_csv({_layout(source)}, auto_detect=false, columns={{{columns}}})"


def _typed_csv(source: Source, as_text: Sequence[str]) -> str:
    """Read delimited text with the types that all of its cells allow, or as text."""
    names = ", ".join(literal(f"c{i}") for i in range(source.width))
    types = ", ".join(f"{literal(field)}: 'VARCHAR'" for field in as_text)
    return (
        f"read_csv({_layout(source)}, sample_size=-1, names=[{names}], null_padding=false, "
        f"{f'types={{{types}}}, ' if types else ''}"
        "auto_type_candidates=['BOOLEAN', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'VARCHAR'])"
    )


def _layout(source: Source) -> str:
    """Return the file and the layout that `opened` found, so that no odd line is skipped."""
    missing = ", ".join(map(literal, MISSING))
    assert source.path is not None
    return f"{literal(str(source.path.resolve()))}, {source.layout}, nullstr=[{missing}]"


def _keep_case(target: Path, names: Sequence[str]) -> None:
    """Name the columns as the source does where they differ in case only, which DuckDB cannot."""
    if len({name.casefold() for name in names}) == len(names):
        return
    import pyarrow.parquet as pq

    pq.write_table(pq.read_table(target).rename_columns(list(names)), target, compression="lz4")
