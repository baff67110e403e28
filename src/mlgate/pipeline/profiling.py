"""`mlgate profile`: a table's columns without its rows, and the schema that they follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import __version__
from mlgate.checks.drift.profile import FEWEST, profiled
from mlgate.checks.drift.summary import read
from mlgate.checks.drift.table import side
from mlgate.errors import DataError, UsageError
from mlgate.files import write_atomic
from mlgate.inputs import column_schema
from mlgate.model.profile import Profile
from mlgate.pipeline.run_inputs import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.profile import Kind
    from mlgate.model.table import ColumnTable
    from mlgate.pipeline.context import Context


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be profiled, and how; `output` is the profile's file, `schema` the schema's."""

    data: str
    output: Path | None
    schema: Path | None
    ignore: tuple[str, ...]
    kinds: Mapping[str, Kind]
    weight: str | None


def write(context: Context, asked: Asked) -> list[tuple[Path, int, int]]:
    """Write what is asked for of a table; gives each file with its columns and rows.

    Raises
    ------
    DataError
        When the table cannot be read or lacks a column that is named.
    UsageError
        When no file is asked for, one has the wrong ending, or an option has no effect.
    """
    _check(asked)
    tables = Tables(context.cwd, Path(context.cwd.anchor), context.environ, {})
    table = tables.open(asked.data, "DATA")
    for name in (*asked.ignore, *asked.kinds):
        if name not in table.kinds:
            raise DataError(f"{table.name} has no column {name!r}")
    written = []
    if asked.output is not None:
        profile = _profile(context, asked, table, tables.digests)
        write_atomic(context.cwd / asked.output, profile.to_json())
        written.append((asked.output, len(profile.columns), profile.rows))
    if asked.schema is not None:
        kinds = {name: holds for name, holds in table.kinds.items() if name not in asked.ignore}
        write_atomic(context.cwd / asked.schema, column_schema.text(kinds))
        written.append((asked.schema, len(kinds), table.rows))
    return written


def _check(asked: Asked) -> None:
    """Refuse what the options cannot mean, before anything is read."""
    if asked.output is None and asked.schema is None:
        hint = "-o profile.json, or --schema schema.yaml"
        raise UsageError("nothing is to be written: name a file", hint=hint)
    if asked.output is not None and asked.output.suffix != ".json":
        msg = f"{asked.output}: a profile is a .json file"
        raise UsageError(msg, hint=f"-o {asked.output.with_suffix('.json')}")
    if asked.schema is not None and asked.schema.suffix not in (".yaml", ".yml"):
        msg = f"{asked.schema}: a schema is a .yaml file"
        raise UsageError(msg, hint=f"--schema {asked.schema.with_suffix('.yaml')}")
    if asked.output is None and (asked.kinds or asked.weight):
        option = "--kind" if asked.kinds else "--weight"
        raise UsageError(f"{option} is for a profile, not for a schema", hint="give -o FILE too")


def _profile(
    context: Context, asked: Asked, table: ColumnTable, digests: dict[str, str]
) -> Profile:
    sampled = side(table, asked.weight)
    left_out = {*asked.ignore, asked.weight}
    names = [n for n, stored in table.kinds.items() if n not in left_out and stored != "other"]
    columns = {}
    with context.progress.step("Profiling columns", len(names)) as step:
        for name in names:
            kind, profile = read(sampled, name, asked.kinds.get(name))
            columns[name] = profiled(kind, table.kinds[name], profile)
            step.advance()
    return Profile(
        tool=__version__,
        created=context.stamp(),
        source=table.name,
        digests=digests,
        rows=table.rows,
        fewest=FEWEST,
        weighted=asked.weight is not None,
        columns=columns,
    )
