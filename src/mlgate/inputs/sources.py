"""One file as DuckDB sees it: its columns, their types, and the SQL that reads it.

DuckDB runs in memory, without extensions and without the network, and may open only the files
that it is asked to read.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal

from mlgate.errors import DataError
from mlgate.inputs import unpacking
from mlgate.inputs.extras import needed
from mlgate.inputs.paths import Format, shown, sniff
from mlgate.inputs.reading_errors import not_utf8, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    import duckdb

    from mlgate.inputs.logs import FlatTable

    TableFile: TypeAlias = Path | FlatTable
    """A table as it was written, or one that was made of another tool's file."""

Kind = Literal["number", "bool", "text", "cell", "list", "json", "null", "bytes", "other"]
"""What a column holds. `cell`: delimited text, whose type only its content tells; `json`: JSON
values of several types; `text` also for dates and the like, which are read as text."""

_NUMBERS: Final = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "", "BIG", "HUGE")
) | {"INTEGER", "UINTEGER", "FLOAT", "DOUBLE", "BIGNUM"}
_DELIMITERS: Final = (",", ";", "\t", "|")
_SEP: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""Excel's line above the header that names the delimiter."""
_RENAMED: Final = re.compile(r"(.+)_\d+")
"""How DuckDB calls a column whose name differs from an earlier one's in case only."""
_START: Final = 1 << 20
NAMES: Final = "mlgate_names"
"""Key of a Parquet file's metadata: its columns' names, where DuckDB cannot write them."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or a table in memory, which has no path.

    Attributes
    ----------
    relation
        What stands after FROM in SQL.
    types
        DuckDB's type of each column, by name, in the file's order.
    fields
        The SQL expression of each column.
    layout
        How delimited text is written: options of `read_csv`.
    width
        Its number of columns, with those that have no name.
    """

    path: Path | None
    name: str
    format: Format
    relation: str
    types: Mapping[str, str]
    fields: Mapping[str, str]
    layout: str = ""
    width: int = 0

    def with_text(self, columns: Sequence[str]) -> Source:
        """Return this JSON file with some columns read as they are written."""
        types = {**self.types, **dict.fromkeys(columns, "VARCHAR")}
        if "read_json_objects" in self.relation:
            fields = {column: _member(column, kind) for column, kind in types.items()}
            return replace(self, types=types, fields=fields)
        assert self.path is not None
        return _json_as(self.path, self.name, types)

    def kind(self, column: str) -> Kind:
        """Return what a column of this file holds."""
        return "cell" if self.format == "csv" else kind_of(self.types[column])


def kind_of(type_name: str) -> Kind:
    """Return what a DuckDB type holds."""
    base = type_name.partition("(")[0].strip('"')
    if type_name.endswith("]"):
        return "list"
    if base in _NUMBERS or base == "DECIMAL":
        return "number"
    if base in ("STRUCT", "MAP", "UNION", "BIT", "VARIANT"):
        return "other"
    kinds: dict[str, Kind] = {
        "BOOLEAN": "bool",
        "JSON": "json",
        "NULL": "null",
        "BLOB": "bytes",
    }
    return kinds.get(base, "text")


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


@contextmanager
def opened(
    files: Sequence[TableFile], root: Path, *, writes: Sequence[Path] = ()
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Source]]]:
    """Open DuckDB on some files and recognise each.

    Parameters
    ----------
    writes
        Files that may be written as well.

    Raises
    ------
    DataError
        When one cannot be read as what it is.
    """
    forms = {path: sniff(path, root) for path in files if isinstance(path, Path)}
    with TemporaryDirectory(prefix="mlgate-") as scratch:
        places = [
            unpacking.readable(file, shown(file, root), Path(scratch))
            if isinstance(file, Path)
            else file.path
            for file in files
        ]
        connection = connect([*places, *writes])
        try:
            yield (
                connection,
                [
                    _described(connection, place, shown(file, root), forms[file])
                    if isinstance(file, Path)
                    else _flat(file)
                    for file, place in zip(files, places, strict=True)
                ],
            )
        finally:
            connection.close()


def _flat(table: FlatTable) -> Source:
    """Describe a flat table; its columns' types are known, and names may differ in case only."""
    if len({column.casefold() for column in table.types}) == len(table.types):
        return _json_as(table.path, table.name, table.types)
    relation = f"read_json_objects({place(table.path)})"
    fields = {column: _member(column, kind) for column, kind in table.types.items()}
    return Source(table.path, table.name, "json", relation, table.types, fields)


def _described(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, form: Format
) -> Source:
    if form == "csv":
        return _csv(path, name)
    if form == "arrow":
        return _arrow(connection, path, name)
    if form == "json":
        return _json(connection, path, name)
    return describe_parquet(connection, path, name, bytes_as_text=True)


def place(path: Path) -> str:
    """Return a file's name as SQL."""
    return literal(str(path.resolve()))


def describe_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, *, bytes_as_text: bool = False
) -> Source:
    """Return Parquet by its own names: DuckDB renames those that are there twice.

    Parameters
    ----------
    bytes_as_text
        Whether bytes that no type describes are text, as old writers mean them.
    """
    import duckdb

    relation = (
        f"read_parquet({place(path)}, hive_partitioning=false, binary_as_string={bytes_as_text})"
    )
    query = f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({place(path)})"  # noqa: S608
    try:
        names = _outermost(connection.execute(query).fetchall())
    except duckdb.Error as error:
        raise unreadable(name, error) from None
    types = _types(connection, relation, name)
    if len(names) != len(types):
        raise DataError(f"{name} cannot be read: its schema is damaged")
    if _renamed(types):
        names = _written_names(parquet_note(connection, path, NAMES), names)
    refuse_twice(names, name)
    fields = dict(zip(names, map(ident, types), strict=True))
    return Source(
        path, name, "parquet", relation, dict(zip(names, types.values(), strict=True)), fields
    )


def parquet_note(connection: duckdb.DuckDBPyConnection, path: Path, key: str) -> bytes | None:
    """Return what a Parquet file's metadata say under a key."""
    query = f"SELECT key, value FROM parquet_kv_metadata({place(path)})"  # noqa: S608
    notes: dict[bytes, bytes] = dict(connection.execute(query).fetchall())
    return notes.get(key.encode())


def _written_names(note: bytes | None, names: list[str]) -> list[str]:
    """Return the names that `copy_to_parquet` noted, where they are as many."""
    try:
        written = json.loads(note or "[]")
    except (ValueError, RecursionError):
        return names
    fit = isinstance(written, list) and [type(name) for name in written] == [str] * len(names)
    return written if fit else names


def _outermost(elements: Sequence[tuple[str, int]]) -> list[str]:
    """Return the names of a schema's columns; each element is followed by its children."""
    names: list[str] = []
    inner = 0  # elements that are still to come below the last column
    for name, children in elements[1:]:
        if not inner:
            names.append(name)
        inner = max(inner - 1, 0) + children
    return names


def _json(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Source:
    """Describe JSON, of which the whole file tells the types."""
    packed = f"compression={literal(unpacking.packing(path))}, hive_partitioning=false"
    types = _types(connection, f"read_json({place(path)}, sample_size=-1, {packed})", name)
    # text that looks like a date or a UUID stays the text that it is in other formats
    types = {
        column: "VARCHAR" if kind_of(type_name) == "text" else type_name
        for column, type_name in types.items()
    }
    if _renamed(types):
        return _json_objects(connection, path, name, types)
    return _json_as(path, name, types)


def _json_as(path: Path, name: str, types: Mapping[str, str]) -> Source:
    columns = ", ".join(f"{literal(c)}: {literal(t)}" for c, t in types.items())
    packed = f"compression={literal(unpacking.packing(path))}, hive_partitioning=false"
    relation = f"read_json({place(path)}, {packed}, columns={{{columns}}})"
    return Source(path, name, "json", relation, types, {column: ident(column) for column in types})


def _json_objects(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, types: Mapping[str, str]
) -> Source:
    """Describe JSON whose keys differ in case only, which DuckDB's own columns cannot."""
    packed = literal(unpacking.packing(path))
    relation = f"read_json_objects({place(path)}, compression={packed})"
    query = f"SELECT DISTINCT unnest(json_keys(json)) FROM {relation}"  # noqa: S608
    keys = {str(row[0]) for row in connection.execute(query).fetchall()}
    names = {c: c if c in keys else _RENAMED.sub(r"\1", c) for c in types}
    fields = {names[c]: _member(names[c], type_name) for c, type_name in types.items()}
    named = {names[c]: type_name for c, type_name in types.items()}
    return Source(path, name, "json", relation, named, fields)


def _member(key: str, type_name: str) -> str:
    pointer = literal("/" + key.replace("~", "~0").replace("/", "~1"))
    arrow = "->" if kind_of(type_name) in ("list", "json", "other") else "->>"
    return f"CAST(json {arrow} {pointer} AS {type_name})"


def _renamed(types: Mapping[str, str]) -> bool:
    """Whether a column may have been renamed because another differs from it in case only."""
    folded = {column.casefold() for column in types}
    stems = (match[1] for column in types if (match := _RENAMED.fullmatch(column)))
    return any(stem.casefold() in folded for stem in stems)


def _types(connection: duckdb.DuckDBPyConnection, relation: str, name: str) -> dict[str, str]:
    import duckdb

    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise unreadable(name, error) from None
    return {str(row[0]): str(row[1]) for row in rows}


def _arrow(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Source:
    with needed(name, "pyarrow", "arrow"):
        import pyarrow as pa
        import pyarrow.ipc
    try:
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
    except (pa.ArrowException, OSError) as error:
        raise unreadable(name, error) from None
    names = list(table.column_names)
    table = table.rename_columns([f"c{i}" for i in range(len(names))])
    view = f"arrow_{id(table)}"
    connection.register(view, table)
    types = dict(zip(names, _types(connection, view, name).values(), strict=True))
    refuse_twice(names, name)
    fields = {column: f"c{i}" for i, column in enumerate(names)}
    return Source(path, name, "arrow", view, types, fields)


def _csv(path: Path, name: str) -> Source:
    """Describe delimited text; every cell is read as text, so that nothing is guessed.

    The header is read here, because DuckDB's detection would skip odd lines in silence. Columns
    without a name, such as pandas' index, are none that anything could ask for.
    """
    tabs = ".tsv" in path.suffixes[-2:]
    skip, delimiter, header = _header(_text(path, name), ("\t",) if tabs else _DELIMITERS)
    layout = (
        f"delim={literal(delimiter)}, quote='\"', escape='\"', header=true, skip={skip}, "
        f"compression={literal(unpacking.packing(path))}, hive_partitioning=false"
    )
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    relation = f"read_csv({place(path)}, auto_detect=false, {layout}, columns={{{columns}}})"
    named = [column for column in header if column.strip()]
    refuse_twice(named, name)
    fields = {column: f"c{i}" for i, column in enumerate(header) if column.strip()}
    types = dict.fromkeys(named, "VARCHAR")
    return Source(path, name, "csv", relation, types, fields, layout, len(header))


def refuse_twice(names: Sequence[str], name: str) -> None:
    """Refuse a table with two columns of one name."""
    twice = sorted(column for column, count in Counter(names).items() if count > 1)
    if twice:
        msg = f"{name} has more than one column named {twice[0]!r}"
        raise DataError(msg, unquoted=f"{name} has two columns of one name")


def _text(path: Path, name: str) -> str:
    start = unpacking.start(path, name, _START)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError as error:
        raise not_utf8(name, start, error) from None


def _header(text: str, delimiters: Sequence[str]) -> tuple[int, str, list[str]]:
    """Return the number of lines above the header, the delimiter, and the names.

    The delimiter is the one that Excel's line names, or that gives the most names. Lines that
    begin with `#` are comments, but for the last one where it has as many names as the next
    line has cells.
    """
    lines = text.splitlines(keepends=True)
    excel = _SEP.fullmatch(lines[0].strip()) if lines else None
    if excel:
        delimiters = (excel[1],)
    skip = first = int(excel is not None)
    while skip < len(lines) and (lines[skip].startswith("#") or not lines[skip].strip()):
        skip += 1
    delimiter, header = _widest("".join(lines[skip:]), delimiters)
    if skip > first and len(header) > 1:
        above = _first_record(lines[skip - 1], delimiter)
        if len(above) == len(header):
            return skip - 1, delimiter, above
    return skip, delimiter, header


def _widest(text: str, delimiters: Sequence[str]) -> tuple[str, list[str]]:
    records = {delimiter: _first_record(text, delimiter) for delimiter in delimiters}
    delimiter = max(delimiters, key=lambda d: len(records[d]))
    return delimiter, records[delimiter]


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        return []
