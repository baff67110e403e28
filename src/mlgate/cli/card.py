"""`mlgate card`, which is `mlgate lineage export card`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli import lineage
from mlgate.cli.settings import Settings, pass_settings


@click.command()
@click.argument("run", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file. [default: MODEL_CARD.md]"
)
@click.option(
    "--check", is_flag=True, help="Write nothing: exit code 1 if the card disagrees with the run."
)
@pass_settings
def command(settings: Settings, run: str | None, output: Path | None, check: bool) -> int:
    """Write the measured numbers into the model card; a team's own sections stay as they are.

    RUN is a run directory, or a commit that has a baseline. [default: the run of this folder]
    """
    return lineage.write(settings, "card", run, output, check=check)
