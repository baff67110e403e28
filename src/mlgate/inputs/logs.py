"""Files of other tools as flat tables, which everything else reads as it reads any table.

A table lies in a folder that goes with the object, as JSON lines; messages call it by the name of
the file that it was made of.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate import readers
from mlgate.errors import DataError
from mlgate.inputs.paths import shown
from mlgate.readers.spec import MalformedRecordError, UnreadableLogError
from mlgate.text.lists import all_of, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.readers.spec import Cell, Reader, Row, ToolLog

_TYPES: Final = {bool: "BOOLEAN", int: "HUGEINT", float: "DOUBLE", str: "VARCHAR"}
_CELLS: Final = (*_TYPES, type(None))
"""DuckDB's type of a column, by what its values are; JSON where they are of several types."""


@dataclass(frozen=True, slots=True)
class FlatTable:
    """One file's rows as JSON lines.

    Attributes
    ----------
    name
        What messages call it.
    types
        DuckDB's type of each column that any of the files has.
    """

    path: Path
    name: str
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FlatTables:
    """The tables of all files that a setting names.

    Attributes
    ----------
    tools
        What wrote each file, by its name: `inspect_ai 0.3.285`.
    """

    tables: tuple[FlatTable, ...]
    tools: Mapping[str, str]

    def described(self, id_columns: Sequence[str]) -> str:
        """Return where the rows come from, and what names one."""
        names, tools = first_of(list(self.tools), 3), all_of(dict.fromkeys(self.tools.values()))
        paired = f"; a row is named by {all_of(id_columns)}" if id_columns else ""
        return f"Rows come from {names}, written by {tools}{paired}."


def flat_tables(setting: str, paths: Sequence[Path], root: Path, key: str) -> FlatTables:
    """Read files of another tool.

    Parameters
    ----------
    setting
        Names the reader; see `readers.parse`.
    root
        Paths below it are shown relative to it.
    key
        The setting that names the files, for messages.

    Raises
    ------
    DataError
        When one is not what the tool writes or not complete, or when two hold the same samples.
    """
    reader, where = readers.parse(setting)
    logs = {shown(path, root): _read(reader, path, shown(path, root), where) for path in paths}
    _refuse_two_runs(reader, logs, key)
    types = _types(row for log in logs.values() for row in log.rows)
    folder = Path(tempfile.mkdtemp(prefix="mlgate-"))
    tables = FlatTables(
        tuple(
            FlatTable(folder / f"{number}.jsonl", name, types) for number, name in enumerate(logs)
        ),
        {name: log.tool for name, log in logs.items()},
    )
    weakref.finalize(tables, shutil.rmtree, folder, ignore_errors=True)
    for table in tables.tables:
        _write(table, logs[table.name].rows)
    return tables


def _read(reader: Reader, path: Path, name: str, where: str) -> ToolLog:
    try:
        log = reader.read(path, where)
    except UnreadableLogError as error:
        raise DataError(f"{name} {error}", hint=error.hint, unquoted=f"{name} {error}") from None
    except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError, OSError,
            RecursionError) as error:  # fmt: skip
        kind = "" if isinstance(error, MalformedRecordError) else f"{type(error).__name__}: "
        msg = f"{name} is not a file that {reader.title} writes ({kind}{error})"
        hint = f"{reader.title} usually writes {reader.path}"
        raise DataError(msg, hint=hint, unquoted=f"{name} cannot be read") from None
    if not log.rows:
        raise DataError(f"{name} has no rows", hint="did the evaluation fail?")
    _refuse_nested(log.rows, name, reader)
    return log


def _refuse_nested(rows: Iterable[Mapping[str, object]], name: str, reader: Reader) -> None:
    """Refuse a list or an object where the tool writes one value."""
    for number, row in enumerate(rows, 1):
        for column, value in row.items():
            if not isinstance(value, _CELLS):
                kind = "a list" if isinstance(value, list) else "an object"
                msg = f"{name}: row {number:,} holds {kind} in {column!r}, where {reader.title} writes one value"
                raise DataError(msg, unquoted=f"{name} cannot be read")


def _refuse_two_runs(reader: Reader, logs: Mapping[str, ToolLog], key: str) -> None:
    """Refuse files that hold the same samples: which of them counts is not for a glob to say."""
    columns = [*reader.id, *filter(None, [reader.repeat])]
    first: dict[tuple[Cell, ...], str] = {}
    for name, log in logs.items() if reader.id else ():
        for row in log.rows:
            other = first.setdefault(tuple(row.get(column) for column in columns), name)
            if other != name:
                sample = ", ".join(str(row.get(column)) for column in reader.id)
                both = " and ".join(_dated(each, logs[each]) for each in (other, name))
                msg = f"{key}: {both} are two runs of one evaluation: both hold the sample {sample}"
                hint = "name one of them, or let each run write into an empty folder"
                raise DataError(msg, hint=hint)


def _dated(name: str, log: ToolLog) -> str:
    return name if log.written is None else f"{name} (of {log.written})"


def _types(rows: Iterable[Row]) -> dict[str, str]:
    """Return DuckDB's type of each column."""
    seen: dict[str, set[type]] = {}
    for row in rows:
        for column, value in row.items():
            kinds = seen.setdefault(column, set())
            if value is not None:
                kinds.add(type(value))
    return {column: _type(kinds) for column, kinds in seen.items()}


def _type(kinds: set[type]) -> str:
    if kinds == {int, float}:
        return "DOUBLE"
    if not kinds:
        return "NULL"
    return _TYPES[next(iter(kinds))] if len(kinds) == 1 else "JSON"


def _write(table: FlatTable, rows: Iterable[Row]) -> None:
    with table.path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
