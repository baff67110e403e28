"""`mlgate profile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlgate.model.profile import Kind


@click.command()
@click.argument("data", metavar="DATA")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The .json file to write the profile to.",
)
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="The .yaml file to write the columns and what they hold to, for data.schema.",
)
@click.option(
    "--ignore", multiple=True, metavar="COLUMN", help="Leave a column out, such as an id."
)
@click.option(
    "--kind", "kinds", multiple=True, metavar="COLUMN=KIND", help="How a column is compared."
)
@click.option("--weight", metavar="COLUMN", help="Column with the weight of each row.")
@pass_settings
def command(
    settings: Settings,
    data: str,
    output: Path | None,
    schema: Path | None,
    ignore: tuple[str, ...],
    kinds: tuple[str, ...],
    weight: str | None,
) -> int:
    """Write a reference profile for drift, without rows.

    It holds quantiles, level counts and missing values. With --schema: what each column holds.

    DATA is what drift.reference may be: a file, a glob, s3://… or postgres://…. Name the profile
    under drift.reference, and drift is compared without the data; name the schema under
    data.schema, and a change of the columns breaks the rule `schema`.
    """
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.pipeline.tables.profiling import ProfileOptions, write

    options = ProfileOptions(data, output, schema, ignore, dict(_kinds(kinds)), weight)
    for path, columns, rows in write(context(settings), options):
        out.say(f"{path}: {columns:,} columns of {rows:,} rows")
    return ExitCode.OK


def _kinds(given: tuple[str, ...]) -> Iterable[tuple[str, Kind]]:
    from mlgate.model.profile import Kind

    for option in given:
        column, _, kind = option.rpartition("=")
        if not column or kind not in get_args(Kind):
            msg = f"--kind {option}: expected COLUMN=KIND"
            raise UsageError(msg, hint=f"kinds: {', '.join(get_args(Kind))}")
        yield column, kind  # type: ignore[misc]
