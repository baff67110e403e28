"""`mlgate profile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlgate.model.drift import Kind


@click.command()
@click.argument("data", metavar="DATA")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The .json file to write.",
)
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="Write what the columns hold, for data.schema.",
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

    It holds quantiles, level counts and missing values.

    DATA is what drift.reference may be: a file, a glob, s3://… or postgres://…. Name the profile
    under drift.reference, and drift is compared without the data.
    """
    from mlgate.cli import out
    from mlgate.cli.surroundings import context
    from mlgate.pipeline.profiling import Asked, write_profile, write_schema

    if output is None and schema is None:
        raise UsageError("nothing says what to write", hint="-o profile.json, --schema schema.yaml")
    if schema is not None:
        columns = write_schema(context(settings), data, schema, ignore)
        out.say(f"{schema}: {len(columns):,} columns")
    if output is not None:
        asked = Asked(data, output, ignore, dict(_kinds(kinds)), weight)
        found = write_profile(context(settings), asked)
        out.say(f"{output}: {len(found.columns):,} columns of {found.rows:,} rows")
    return ExitCode.OK


def _kinds(given: tuple[str, ...]) -> Iterable[tuple[str, Kind]]:
    from mlgate.model.drift import Kind

    for one in given:
        column, _, kind = one.rpartition("=")
        if not column or kind not in get_args(Kind):
            msg = f"--kind {one}: expected COLUMN=KIND"
            raise UsageError(msg, hint=f"kinds: {', '.join(get_args(Kind))}")
        yield column, kind  # type: ignore[misc]
