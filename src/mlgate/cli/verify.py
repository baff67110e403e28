"""`mlgate verify`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--commit", help="The commit that it was trained at. [default: what is checked out]")
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help="A run directory to read instead of the baseline store.",
)
@pass_settings
def command(settings: Settings, model: Path, commit: str | None, evidence: Path | None) -> int:
    """Tell whether a model may be deployed: its commit's verdict, age and digest.

    Reads the evidence of its commit from the baseline store on the remote, judges it again
    under the policy at that commit, and compares the model's SHA-256 with what the training
    recorded. Exit code 0: may be deployed; 1: refused, with the key that decides.
    """
    from mlgate.cli import out, show
    from mlgate.cli.surroundings import context
    from mlgate.pipeline.verify import verify

    result = verify(context(settings), model, commit=commit, evidence=evidence)
    if settings.json:
        out.data(show.as_json(result.model_dump(mode="json") | {"allowed": result.allowed}))
    else:
        out.say(show.decision(result))
    return ExitCode.OK if result.allowed else ExitCode.BLOCKED
