"""`mlgate publish`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.publishing import publish_options
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("dirs", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@click.option(
    "--from-run",
    type=click.IntRange(min=1),
    metavar="ID",
    help="Take the bundle of this workflow run, and judge it by the policy of the branch that judges.",
)
@click.option(
    "--workflow",
    default=".github/workflows/mlgate.yml",
    show_default=True,
    help="With --from-run: the only workflow whose runs are taken.",
)
@click.option(
    "--artifact",
    default="mlgate-bundle",
    show_default=True,
    help="With --from-run: what that workflow uploads its bundle as.",
)
@publish_options
@pass_settings
def command(
    settings: Settings,
    dirs: tuple[Path, ...],
    from_run: int | None,
    workflow: str,
    artifact: str,
    require_publish: bool,
) -> int:
    """Post a run's report: comment, check run, commit status, step summary, annotations.

    Several run directories become one comment, and up to ten a check run each; `mlgate report DIR…` first
    draws what the comment shows. On GitHub it needs the job's
    token. What could not be posted is reported with the permission that it needs, is included in
    the step's summary, and is posted by the next run.

    With --from-run, in a workflow of the default branch: takes what a pull request's own workflow
    packed with `mlgate bundle`, trusts nothing of it but its numbers, and --config names the
    configuration below the repository's top folder. For `pull_request_target`, where the base of a
    pull request was edited, the model's status is set to error until it is judged for the new base.

    Exit code 0: posted, or this token may not; 3: GitHub failed or, with --require-publish,
    anything is missing.
    """
    from mlgate.cli import edited, publishing
    from mlgate.cli.context import context
    from mlgate.pipeline import gate_and_report

    here = context(settings)
    if from_run is None and publishing.base_changed(settings):
        return publishing.withdraw(settings, here)
    if (code := edited.outcome(settings)) is not None:
        return code
    if from_run is not None:
        published = publishing.publish_from_run(settings, here, from_run, workflow, artifact)
    else:
        sources = gate_and_report.sources(here, dirs)
        published = publishing.publish(settings, gate_and_report.locate(here, dirs), sources)
    if published is None:
        return ExitCode.OK
    failed = published.failed or (require_publish and bool(published.missing))
    return ExitCode.FORGE if failed else ExitCode.OK
