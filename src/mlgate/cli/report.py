"""`mlgate report`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("dirs", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@pass_settings
def command(settings: Settings, dirs: tuple[Path, ...]) -> int:
    """Write report.md, report.html and the plots of a run, from its files alone.

    Several run directories become one report, the worst first, in --run-dir.
    """
    from mlgate.cli import out, outputs
    from mlgate.cli.context import context
    from mlgate.pipeline import gate_and_report

    here = context(settings)
    run_dir = gate_and_report.locate(here, dirs)
    written = gate_and_report.write_report(run_dir, gate_and_report.sources(here, dirs))
    outputs.write(settings, outputs.of_folder(run_dir))
    for path in written:
        out.say(str(path))
    return ExitCode.OK
