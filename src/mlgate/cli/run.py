"""`mlgate run`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.publishing import publish_options
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import UsageError


@click.command()
@click.option("--no-train", is_flag=True, help="Use the existing results.")
@click.option("--commit", help="With --no-train: the commit that the results belong to.")
@click.option(
    "--handover",
    type=click.Path(path_type=Path),
    help="Train nothing: judge what `mlgate train --handover` packed in another job.",
)
@click.option(
    "--mlflow",
    "mlflow_run",
    is_flag=False,
    flag_value="",
    metavar="[RUN]",
    help="Train nothing: judge what RUN on the MLflow server logged. [default: the newest of this commit]",
)
@publish_options
@pass_settings
def command(
    settings: Settings,
    no_train: bool,
    commit: str | None,
    handover: Path | None,
    mlflow_run: str | None,
    require_publish: bool,
) -> int:
    """Train, check, gate and report, in one run.

    In GitHub Actions the report becomes the step's summary and, with the job's token, is posted:
    see `mlgate publish`. MLGATE_PUBLISH=false posts nothing.

    Exit code 0: may be merged; 1: blocked, or the training failed; 2: configuration or input.
    """
    from mlgate.cli import edited, gate_files, outputs, publishing, show
    from mlgate.cli.context import context
    from mlgate.pipeline.full_run import run

    if commit and not no_train:
        msg = "--commit needs --no-train"
        raise UsageError(msg, hint="results of another commit cannot be trained here")
    if mlflow_run is not None and (no_train or handover is not None):
        msg = "--mlflow contradicts --no-train and --handover"
        raise UsageError(msg, hint="it says where the results of this commit are")
    if handover is not None and no_train:
        msg = "--handover and --no-train contradict one another"
        raise UsageError(msg, hint="a handover holds the results, and the commit that they are of")
    posting = publishing.is_wanted(settings)
    if (code := edited.outcome(settings)) is not None:
        return code
    result = run(
        context(settings, commit),
        train_first=not no_train,
        commit=commit,
        handover=handover,
        mlflow_run=mlflow_run,
    )
    settings.outcome = result.code
    outputs.write(settings, outputs.of_verdict(result.verdict, result.dir))
    show.tell(settings, result.verdict, result.dir)
    gate_files.warn(settings)
    if posting:
        posted = publishing.after_run(settings, result.dir, require=require_publish)
        settings.outcome = result.code or posted
    else:
        publishing.summarise(settings, result.dir)
    return settings.outcome
