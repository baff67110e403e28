"""Data frames in memory, held by DuckDB: pandas, polars, Arrow, or mappings of columns."""

# ruff: noqa: S608  (names in SQL are quoted by `ident`)

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.errors import DataError, UsageError
from mlgate.inputs.extras import needed
from mlgate.inputs.sources import Source, connect, ident, kind_of, refuse_twice

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Stream:
    """What exports Arrow, and nothing else of it: of types that it knows DuckDB asks pyarrow."""

    exporter: Any

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.exporter.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class HeldFrame:
    """The columns of a data frame that may be used, in DuckDB's memory."""

    connection: duckdb.DuckDBPyConnection
    source: Source


def frame_of(table: object, name: str, used: Collection[str | None]) -> HeldFrame:
    """Copy columns of a data frame, or of a mapping, into DuckDB.

    Parameters
    ----------
    name
        What messages call it.
    used
        The columns that may be used; the others are known by name only.

    Raises
    ------
    UsageError
        When it is none of these.
    DataError
        When it cannot be converted: two columns of one name, several types in one column.
    """
    import duckdb

    connection = connect(())
    try:
        names, chosen, data = _chosen(table, name, used)
        connection.register("given", data)
        connection.execute("CREATE TABLE frame AS SELECT * FROM given").fetchall()
        connection.unregister("given")
        described = connection.execute("DESCRIBE frame").fetchall()
    except (ValueError, TypeError, NotImplementedError, duckdb.Error) as error:
        connection.close()
        msg = f"{name} cannot be read as a table: {str(error).splitlines()[0]}"
        raise DataError(msg, hint="one name a column, and one type in each") from None
    chosen = chosen or [str(row[0]) for row in described]
    held = list(zip(chosen, described, strict=True))
    types = dict.fromkeys(names, "NULL") | {column: str(row[1]) for column, row in held}
    fields = {column: ident(str(row[0])) for column, row in held}
    return HeldFrame(connection, Source(None, name, "arrow", "frame", types, fields))


def content_digest(frame: HeldFrame, columns: Collection[str]) -> str:
    """Return `sha256:…` of the columns that are used: their names, types and values."""
    import numpy as np

    hashed = hashlib.sha256()
    for column, field in frame.source.fields.items():
        if column not in columns:
            continue
        kind = frame.source.types[column]
        hashed.update(f"{column}\0{kind}\0".encode())
        text = f"CAST({field} AS VARCHAR)"
        halves = [f"md5_number_upper({text})", f"md5_number_lower({text})"]
        for part in [field] if kind_of(kind) in ("number", "bool") else halves:
            values = frame.connection.sql(f"SELECT {part} AS x FROM frame").fetchnumpy()["x"]
            hashed.update(np.ma.getmaskarray(values).tobytes())
            hashed.update(np.ma.filled(values, 0).tobytes())
    return f"sha256:{hashed.hexdigest()}"


def _chosen(
    table: object, name: str, used: Collection[str | None]
) -> tuple[list[str], list[str], object]:
    """Return the names of all columns and of those that are used, and these as DuckDB reads them.

    There are no names where only a stream has them.
    """
    import duckdb

    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(table, pandas.DataFrame):
        return _of_pandas(table, name, used)
    if isinstance(table, Mapping):
        names = [str(column) for column in table]
        chosen = [column for column in names if column in used] or names
        arrays = {str(c): _array(c, cells) for c, cells in table.items() if str(c) in chosen}
        if len({len(cells) for cells in arrays.values()}) > 1:
            raise ValueError("its columns are not of one length")
        return names, chosen, arrays
    if not hasattr(table, "__arrow_c_stream__"):
        table = _exported(table, name)
    names = _names(table)
    refuse_twice(names, name)
    chosen = [column for column in names if column in used]
    if chosen and hasattr(table, "select") and not isinstance(table, duckdb.DuckDBPyRelation):
        return names, chosen, Stream(table.select(chosen))
    return names, names, Stream(table)


def _of_pandas(
    table: Any, name: str, used: Collection[str | None]
) -> tuple[list[str], list[str], object]:
    """Return a frame by pyarrow where it is installed, which pandas itself converts by."""
    import pandas as pd

    if any(table.index.names):
        table = table.reset_index()
    names = [str(column) for column in table.columns]
    refuse_twice(names, name)
    chosen = [column for column in names if column in used] or names
    table = table.loc[:, [column in chosen for column in names]]
    try:
        import pyarrow as pa
    except ImportError:
        for column in table.columns:
            kinds = pd.api.types.infer_dtype(table[column])
            if kinds in ("mixed", "mixed-integer"):
                raise TypeError(f"column {column!r} holds several types") from None
        return names, chosen, table
    return names, chosen, Stream(pa.table(table))


def _names(table: object) -> list[str]:
    """Return the names of an exporter's columns, as pyarrow, polars and DuckDB have them."""
    for owner, attribute in ((table, "column_names"), (table, "columns")):
        values = getattr(owner, attribute, None)
        if isinstance(values, list | tuple) and all(isinstance(column, str) for column in values):
            return list(values)
    return list(getattr(getattr(table, "schema", None), "names", []))


def _exported(table: object, name: str) -> object:
    if callable(convert := getattr(table, "to_arrow", None)):
        return convert()
    if not hasattr(table, "__dataframe__"):
        msg = f"{name} is {type(table).__name__}, which is no table"
        raise UsageError(msg, hint="give a data frame (pandas, polars, Arrow), or a path")
    with needed(f"{name} of the type {type(table).__name__}", "pyarrow", "arrow"):
        from pyarrow.interchange import from_dataframe
    return from_dataframe(table)


def _array(column: object, values: Any) -> NDArray[Any]:
    """Return a column as DuckDB reads it: numbers, or objects of one type.

    Raises
    ------
    TypeError
        When it holds several types.
    """
    import numpy as np

    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "biufM":
        return values
    listed = values.tolist() if hasattr(values, "tolist") else list(values)
    cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in listed]
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) > 1 and kinds != {int, float}:
        named = " and ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"column {column!r} holds {named}")
    if kinds == {int} and None not in cells:
        return np.array(cells)
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array if float not in kinds else array.astype(np.float64)
