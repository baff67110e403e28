"""`mlgate init`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from mlgate.pipeline.init.scaffold import InitResult


@click.command()
@pass_settings
def command(settings: Settings) -> int:
    """Look at this repository and write mlgate.yaml and a workflow.

    What is there already is left as it is.
    """
    from mlgate.cli import out, show
    from mlgate.pipeline.init.scaffold import init

    done = init(Path.cwd())
    if settings.json:
        out.data(show.as_json(asdict(done)))
    else:
        out.say(_described(done))
    return ExitCode.OK


def _described(done: InitResult) -> str:
    lines = [f"wrote {name}" for name in done.written]
    lines += [f"left {name} as it is" for name in done.kept]
    lines += [f"  note: {note}" for note in done.notes]
    if done.written:
        lines.append("next: read mlgate.yaml, then `mlgate run`")
    return "\n".join(lines)
