"""Data frames in memory as Arrow tables: pandas, polars, DuckDB, or whatever else speaks Arrow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlgate.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection


def to_arrow(frame: object, name: str) -> Any:
    """Return a data frame, or a mapping of columns, as a `pyarrow.Table`.

    Parameters
    ----------
    name
        What messages call it.

    Raises
    ------
    UsageError
        When it is none of these.
    DataError
        When it cannot be converted: two columns of one name, several types in one column.
    """
    import pyarrow as pa

    try:
        return _plain(_converted(frame, name))
    except (pa.ArrowException, ValueError, TypeError) as error:
        msg = f"{name} cannot be read as a table: {str(error).splitlines()[0]}"
        raise DataError(msg, hint="one name a column, and one type in each") from None


def _converted(frame: object, name: str) -> Any:
    import pyarrow as pa

    if isinstance(frame, Mapping) or hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    if callable(convert := getattr(frame, "to_arrow", None)):
        return pa.table(convert())
    if hasattr(frame, "__dataframe__"):
        from pyarrow.interchange import from_dataframe

        return from_dataframe(frame)
    msg = f"{name} is {type(frame).__name__}, which is no table"
    raise UsageError(msg, hint="give a data frame (pandas, polars, Arrow), or a path")


def _plain(table: Any) -> Any:
    """Return categories as their values."""
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            plain = table.column(index).cast(field.type.value_type)
            table = table.set_column(index, field.name, plain)
    return table


def content_digest(table: Any, columns: Collection[str]) -> str:
    """Return `sha256:…` of the columns that are used, whatever chunks they are in."""
    import pyarrow as pa

    used = table.select([name for name in table.column_names if name in columns]).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, used.replace_schema_metadata().schema) as stream:
        stream.write_table(used.replace_schema_metadata())
    return f"sha256:{hashlib.sha256(sink.getvalue()).hexdigest()}"
