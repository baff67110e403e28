"""One file as DuckDB sees it: its columns, their types, and the SQL that reads it.

DuckDB runs in memory, without extensions and without the network, and may open only the files
that it is asked to read.
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.errors import DataError
from mlgate.inputs.paths import Format, shown, sniff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

Kind = Literal["number", "bool", "text", "cell", "list", "json", "null", "other"]
"""What a column holds. `cell`: delimited text, whose type only its content tells; `json`: JSON
values of several types; `text` also for dates and the like, which are read as text."""

_NUMBERS: Final = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "", "BIG", "HUGE")
) | {"INTEGER", "UINTEGER", "FLOAT", "DOUBLE", "BIGNUM"}
_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Source:
    """One file.

    Attributes
    ----------
    relation
        What stands after FROM in SQL.
    types
        DuckDB's type of each column, by name, in the file's order.
    fields
        The SQL expression of each column.
    delimiter
        Of delimited text.
    """

    path: Path
    name: str
    format: Format
    relation: str
    types: Mapping[str, str]
    fields: Mapping[str, str]
    delimiter: str = ","

    def kind(self, column: str) -> Kind:
        """Tell what a column of this file holds."""
        return "cell" if self.format == "csv" else kind_of(self.types[column])


def kind_of(type_name: str) -> Kind:
    """Tell what a DuckDB type holds."""
    base = type_name.partition("(")[0].strip('"')
    if type_name.endswith("]"):
        return "list"
    if base in _NUMBERS or base == "DECIMAL":
        return "number"
    if base in ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT"):
        return "other"
    known: dict[str, Kind] = {"BOOLEAN": "bool", "JSON": "json", "NULL": "null"}
    return known.get(base, "text")


def connect(paths: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """Open DuckDB in memory, able to read these files and nothing else."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    allowed = ", ".join(literal(str(path.resolve())) for path in paths)
    # DuckDB takes a Python without a script for a person's and draws a bar on standard output.
    for setting in (
        f"allowed_paths = [{allowed}]",
        "enable_progress_bar = false",
        "enable_external_access = false",
    ):
        connection.execute(f"SET {setting}").fetchall()
    return connection


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def ident(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def describe(connection: duckdb.DuckDBPyConnection, path: Path, root: Path) -> Source:
    """Recognise one file and its columns.

    Raises
    ------
    DataError
        When it cannot be read as what it is.
    """
    form = sniff(path, root)
    name = shown(path, root)
    if form == "csv":
        return _csv(path, name)
    if form == "arrow":
        return _arrow(connection, path, name)
    return _binary(connection, path, name, form)


def unreadable(name: str, error: Exception) -> DataError:
    """Turn DuckDB's account of a broken file into ours: its first lines say line and reason."""
    lines = [line.strip() for line in str(error).partition("\n\nLINE 1:")[0].splitlines()]
    first = [line for line in lines if line and not line.startswith(("*", "Possible"))][:3]
    text = " · ".join(first).removeprefix("Invalid Input Error: ")
    hint = "write it as UTF-8" if "utf-8" in text.lower() else None
    return DataError(f"{name} cannot be read: {text}", hint=hint)


def _place(path: Path) -> str:
    return literal(str(path.resolve()))


def _binary(connection: duckdb.DuckDBPyConnection, path: Path, name: str, form: Format) -> Source:
    """Describe Parquet or JSON, of which the whole file tells the types."""
    place = _place(path)
    relation = f"read_parquet({place}, hive_partitioning=false, binary_as_string=true)"
    if form == "json":
        relation = f"read_json({place}, sample_size=-1, hive_partitioning=false)"
    types = _types(connection, relation, name)
    if form == "json":
        # text that looks like a date or a UUID stays the text that it is in other formats
        types = {
            column: "VARCHAR" if kind_of(type_name) == "text" else type_name
            for column, type_name in types.items()
        }
        columns = ", ".join(f"{literal(c)}: {literal(t)}" for c, t in types.items())
        relation = f"read_json({place}, hive_partitioning=false, columns={{{columns}}})"
    return Source(path, name, form, relation, types, {column: ident(column) for column in types})


def _types(connection: duckdb.DuckDBPyConnection, relation: str, name: str) -> dict[str, str]:
    import duckdb

    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise unreadable(name, error) from None
    return {str(row[0]): str(row[1]) for row in rows}


def _arrow(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Source:
    import pyarrow as pa
    import pyarrow.ipc

    try:
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
    except (pa.ArrowException, OSError) as error:
        raise unreadable(name, error) from None
    view = f"arrow_{id(table)}"
    connection.register(view, table)
    types = _types(connection, view, name)
    return Source(path, name, "arrow", view, types, {column: ident(column) for column in types})


def _csv(path: Path, name: str) -> Source:
    """Describe delimited text; every cell is read as text, so that nothing is guessed.

    The header is read here, because DuckDB's detection would skip odd lines in silence.
    """
    header, delimiter = _header(path, name)
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    packed = "gzip" if path.name.endswith(".gz") else "none"
    relation = (
        f"read_csv({_place(path)}, auto_detect=false, header=true, delim={literal(delimiter)}, "
        f"""quote='"', escape='"', compression='{packed}', hive_partitioning=false, """
        f"columns={{{columns}}})"
    )
    fields = {column: f"c{i}" for i, column in enumerate(header)}
    types = dict.fromkeys(header, "VARCHAR")
    return Source(path, name, "csv", relation, types, fields, delimiter)


def _header(path: Path, name: str) -> tuple[list[str], str]:
    """Return the names in the first record, and the delimiter that gives the most of them."""
    opener: Any = gzip.open if path.name.endswith(".gz") else Path.open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
            start = text.read(1 << 20)
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise unreadable(name, error) from None
    delimiters = ("\t",) if ".tsv" in path.suffixes[-2:] else _DELIMITERS
    records = {d: _first_record(start, d) for d in delimiters}
    delimiter = max(delimiters, key=lambda d: len(records[d]))
    header = records[delimiter]
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        msg = f"{name} has more than one column named {twice[0]!r}"
        raise DataError(msg)
    return header, delimiter


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        return []
