"""Any table as Parquet files, so that one column at a time can be read without the others.

Parquet stays where it is; anything else is rewritten once by DuckDB, which streams, so that a
file may be larger than memory.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.inputs import column_form
from mlgate.inputs.parquet_files import copy_to_parquet
from mlgate.inputs.paths import sniff
from mlgate.inputs.reading_errors import unreadable
from mlgate.inputs.sources import kind_of, literal, opened

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
    return target


def _copy(connection: duckdb.DuckDBPyConnection, source: Source, target: Path) -> None:
    import duckdb

    try:
        fields, relation = _selected(connection, source)
        options = {"compression": "lz4", "row_group_size": "1000000"}
        copy_to_parquet(connection, fields, relation, target, options)
    except duckdb.Error as error:
        raise unreadable(source.name, error) from None


def _selected(
    connection: duckdb.DuckDBPyConnection, source: Source
) -> tuple[Mapping[str, str], str]:
    if source.format == "csv":
        return source.fields, _typed_csv(source, _codes(connection, source))
    fields = {
        column: f"CAST({field} AS VARCHAR)" if kind_of(source.types[column]) == "json" else field
        for column, field in source.fields.items()
    }
    return fields, source.relation


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
