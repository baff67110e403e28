"""`mlgate bundle`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("mlgate-bundle.zip"),
    show_default=True,
    help="The file to write the bundle to.",
)
@pass_settings
def command(settings: Settings, output: Path) -> int:
    """Pack a run's evidence for a trusted stage: numbers and facts, no report, no rows.

    Upload it as the artifact `mlgate-bundle`; `mlgate publish --from-run` judges it again.
    """
    from mlgate.cli import edited, out, outputs
    from mlgate.cli.context import context
    from mlgate.files import write_atomic
    from mlgate.pipeline import gate_and_report
    from mlgate.pipeline.publishing.bundle import pack

    if (code := edited.outcome(settings)) is not None:
        return code
    here = context(settings)
    path = here.cwd / output
    write_atomic(path, pack(gate_and_report.locate(here)))
    outputs.write(settings, {"bundle": str(path)})
    out.say(str(path))
    return ExitCode.OK
