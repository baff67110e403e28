"""`mlgate run`."""

from __future__ import annotations

import click

from mlgate.cli.publishing import publish_options
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import UsageError


@click.command()
@click.option("--no-train", is_flag=True, help="Take the results as they are.")
@click.option("--commit", help="With --no-train: the commit that the results belong to.")
@publish_options
@pass_settings
def command(settings: Settings, no_train: bool, commit: str | None, require_publish: bool) -> int:
    """Train, check, gate and report: the whole of it.

    In GitHub Actions the report becomes the step's summary and, with the job's token, is posted:
    see `mlgate publish`. MLGATE_PUBLISH=false posts nothing.

    Exit code 0: may be merged; 1: blocked, or the training failed; 2: configuration or input.
    """
    from mlgate.cli import outputs, publishing, show
    from mlgate.cli.context import context
    from mlgate.pipeline.full_run import run

    if commit and not no_train:
        msg = "--commit needs --no-train"
        raise UsageError(msg, hint="results of another commit cannot be trained here")
    posting = publishing.is_wanted(settings)
    result = run(context(settings), train_first=not no_train, commit=commit)
    settings.outcome = result.code
    outputs.write(settings, outputs.of_verdict(result.verdict, result.dir))
    show.tell(settings, result.verdict, result.dir)
    if posting:
        posted = publishing.after_run(settings, result.dir, require=require_publish)
        settings.outcome = result.code or posted
    else:
        publishing.summarise(settings, result.dir)
    return settings.outcome
