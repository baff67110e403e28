"""`mlgate site`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("sources", nargs=-1, metavar="[FOLDER]...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("site"),
    show_default=True,
    help="The folder that index.html is written to.",
)
@click.option("--title", help="The page's title. [default: the model's name]")
@pass_settings
def command(settings: Settings, sources: tuple[str, ...], output: Path, title: str | None) -> int:
    """Write one page of all runs: verdicts, trends with intervals, waivers, where each came from.

    FOLDER has an mlgate.yaml, whose baselines are shown, or is a run directory; several become one
    page. It needs no server: whatever shows files shows it.
    """
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.pipeline import site

    out.say(str(site.write(context(settings), output, sources, title)))
    return ExitCode.OK
