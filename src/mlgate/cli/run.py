"""`mlgate run`."""

from __future__ import annotations

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import UsageError


@click.command()
@click.option("--no-train", is_flag=True, help="Take the results as they are.")
@click.option("--commit", help="With --no-train: the commit that the results belong to.")
@pass_settings
def command(settings: Settings, no_train: bool, commit: str | None) -> int:
    """Train, check, gate and report: the whole of it.

    Exit code 0: may be merged; 1: blocked, or the training failed; 2: configuration or input.
    """
    from mlgate.cli import outputs, show
    from mlgate.cli.surroundings import context
    from mlgate.pipeline.whole import run

    if commit and not no_train:
        msg = "--commit needs --no-train"
        raise UsageError(msg, hint="results of another commit cannot be trained here")
    result = run(context(settings), train_first=not no_train, commit=commit)
    settings.outcome = result.code
    outputs.write(settings, outputs.of_verdict(result.verdict, result.dir))
    print(show.verdict(result.verdict, result.dir, as_json=settings.json))
    return settings.outcome
