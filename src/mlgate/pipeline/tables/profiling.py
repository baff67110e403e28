"""`mlgate profile`: a table's columns without its rows, and their schema."""

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
from mlgate.model.base import record_text
from mlgate.model.profile import Profile
from mlgate.model.table import is_index
from mlgate.pipeline.judging.references import trusting
from mlgate.pipeline.measuring.run_inputs import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.profile import Kind
    from mlgate.model.table import ColumnTable
    from mlgate.pipeline.context import Context


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """What to profile, and how; `output` is the profile's file, `schema` the schema's."""

    data: str
    output: Path | None
    schema: Path | None
    ignore: tuple[str, ...]
    kinds: Mapping[str, Kind]
    weight: str | None


def write(context: Context, options: ProfileOptions) -> list[tuple[Path, int, int]]:
    """Write the profile and the schema of a table; return each file with its columns and rows.

    Raises
    ------
    DataError
        When the table cannot be read or lacks a column that is named.
    UsageError
        When no file is given, one has the wrong suffix, or an option has no effect.
    """
    _check(options)
    tables = Tables(context.cwd, Path(context.cwd.anchor), trusting(context.environ), {})
    table = tables.open(options.data, "DATA")
    for name in (*options.ignore, *options.kinds):
        if name not in table.kinds:
            raise DataError(f"{table.name} has no column {name!r}")
    written = []
    if options.output is not None:
        profile = _profile(context, options, table, tables.digests)
        write_atomic(context.cwd / options.output, record_text(profile, str(options.output)))
        written.append((options.output, len(profile.columns), profile.rows))
    if options.schema is not None:
        kinds = {name: holds for name, holds in table.kinds.items() if name not in options.ignore}
        write_atomic(context.cwd / options.schema, column_schema.text(kinds))
        written.append((options.schema, len(kinds), table.rows))
    return written


def _check(options: ProfileOptions) -> None:
    """Refuse contradictory options, before anything is read."""
    if options.output is None and options.schema is None:
        hint = "-o profile.json, or --schema schema.yaml"
        raise UsageError("there is nothing to write: name a file", hint=hint)
    if options.output is not None and options.output.suffix != ".json":
        msg = f"{options.output}: a profile is a .json file"
        raise UsageError(msg, hint=f"-o {options.output.with_suffix('.json')}")
    if options.schema is not None and options.schema.suffix not in (".yaml", ".yml"):
        msg = f"{options.schema}: a schema is a .yaml file"
        raise UsageError(msg, hint=f"--schema {options.schema.with_suffix('.yaml')}")
    if options.output is None and (options.kinds or options.weight):
        option = "--kind" if options.kinds else "--weight"
        raise UsageError(f"{option} is for a profile, not for a schema", hint="give -o FILE too")


def _profile(
    context: Context, options: ProfileOptions, table: ColumnTable, digests: dict[str, str]
) -> Profile:
    sampled = side(table, options.weight)
    index = filter(is_index, set(table.kinds).difference(options.kinds))
    left_out = {*options.ignore, options.weight, *index}
    names = [n for n, stored in table.kinds.items() if n not in left_out and stored != "other"]
    columns = {}
    with context.progress.step("Profiling columns", len(names)) as step:
        for name in names:
            kind, profile = read(sampled, name, options.kinds.get(name))
            columns[name] = profiled(kind, table.kinds[name], profile)
            step.advance()
    return Profile(
        tool=__version__,
        created=context.stamp(),
        source=table.name,
        digests=digests,
        rows=table.rows,
        fewest=FEWEST,
        weighted=options.weight is not None,
        columns=columns,
    )
