"""`mlgate report`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.named import Named
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


def _formats() -> tuple[str, ...]:
    from mlgate.report import formats

    return ("text", *formats.names())


@click.command()
@click.argument("dirs", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@click.option(
    "--format",
    type=Named("text|badge|junit|sarif", _formats),
    multiple=True,
    help="`text` is report.md and report.html, the others are files for programs. [default: text]",
)
@pass_settings
def command(settings: Settings, dirs: tuple[Path, ...], format: tuple[str, ...]) -> int:  # noqa: A002
    """Write report.md, report.html and the plots of a run, from its files alone.

    Several run directories become one report, the worst first, in --run-dir. Other formats are
    written to formats/ of the run directory: junit.xml, results.sarif, badge.json.
    """
    from mlgate.cli import edited, out, outputs
    from mlgate.cli.context import context
    from mlgate.pipeline import gate_and_report

    if (code := edited.outcome(settings)) is not None:
        return code
    here = context(settings)
    run_dir = gate_and_report.locate(here, dirs)
    written = gate_and_report.write_report(run_dir, gate_and_report.sources(here, dirs), format)
    outputs.write(settings, outputs.of_folder(run_dir))
    for path in written:
        out.say(str(path))
    return ExitCode.OK
