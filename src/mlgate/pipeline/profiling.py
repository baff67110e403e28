"""`mlgate profile`: a table's columns without its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import __version__
from mlgate.checks._drift_profile import FEWEST, profiled
from mlgate.checks._drift_summary import read
from mlgate.checks._drift_table import side
from mlgate.errors import DataError, UsageError
from mlgate.files import write_atomic
from mlgate.inputs import column_schema
from mlgate.model.profile import Profile
from mlgate.pipeline.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.model.drift import Kind
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.pipeline.context import Context


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be profiled, and how."""

    data: str
    output: Path
    ignore: tuple[str, ...]
    kinds: Mapping[str, Kind]
    weight: str | None


def write_profile(context: Context, asked: Asked) -> Profile:
    """Write the profile of a table.

    Raises
    ------
    DataError
        When the table cannot be read or lacks a column that is named.
    UsageError
        When the output is no `.json` file.
    """
    if asked.output.suffix != ".json":
        msg = f"{asked.output}: a profile is a .json file"
        raise UsageError(msg, hint=f"-o {asked.output.with_suffix('.json')}")
    tables = _tables(context)
    table = tables.open(asked.data, "DATA")
    _know(table, (*asked.ignore, *asked.kinds))
    one = side(table, asked.weight)
    left_out = {*asked.ignore, asked.weight}
    names = [n for n, stored in table.kinds.items() if n not in left_out and stored != "other"]
    columns = {}
    with context.progress.step("Profiling columns", len(names)) as step:
        for name in names:
            kind, found = read(one, name, asked.kinds.get(name))
            columns[name] = profiled(kind, table.kinds[name], found)
            step.advance()
    profile = Profile(
        tool=__version__,
        created=context.stamp(),
        source=table.name,
        digests=tables.digests,
        rows=table.rows,
        fewest=FEWEST,
        weighted=asked.weight is not None,
        columns=columns,
    )
    write_atomic(context.cwd / asked.output, profile.to_json())
    return profile


def write_schema(
    context: Context, data: str, output: Path, ignore: tuple[str, ...]
) -> Mapping[str, Stored]:
    """Write what the columns of a table hold, as `data.schema` reads it.

    Raises
    ------
    DataError
        When the table cannot be read or lacks a column that is named.
    """
    table = _tables(context).open(data, "DATA")
    _know(table, ignore)
    kinds = {name: holds for name, holds in table.kinds.items() if name not in ignore}
    write_atomic(context.cwd / output, column_schema.text(kinds))
    return kinds


def _tables(context: Context) -> Tables:
    return Tables(context.cwd, Path(context.cwd.anchor), context.environ, {})


def _know(table: ColumnTable, columns: Iterable[str]) -> None:
    for name in columns:
        if name not in table.kinds:
            raise DataError(f"{table.name} has no column {name!r}")
