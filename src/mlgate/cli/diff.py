"""`mlgate diff`."""

from __future__ import annotations

from typing import Any

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--id", "ids", multiple=True, metavar="COLUMN", help="Column that names a row.")
@click.option("--format", type=click.Choice(["text", "json", "markdown"]), help="[default: text]")
@pass_settings
def command(settings: Settings, /, old: str, new: str, ids: tuple[str, ...], **given: Any) -> int:
    """Compare two versions of a table: rows and columns added, removed and changed.

    CSV, Parquet, JSON lines or Arrow: files, globs, s3://… or postgres://… addresses. With --id, which
    may be given several times, rows are matched by it; without, whole rows are. Needs no configuration.
    """
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.pipeline.tables import diff_tables

    form = given["format"] or settings.format
    diff = diff_tables.compare(context(settings), old, new, ids)
    if form == "json":
        out.record(diff)
    else:
        out.say(diff_tables.text(diff, form))
    return ExitCode.OK
