"""`mlgate reproduce`."""

from __future__ import annotations

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("commit", required=False)
@click.option(
    "--times",
    type=click.IntRange(1, 100),
    metavar="K",
    help="How often to train. [default: reproducible.times, which is 1]",
)
@pass_settings
def command(settings: Settings, commit: str | None, times: int | None) -> int:
    """Train a commit again, and compare with what was kept of it.

    COMMIT is one that has a baseline; it is trained in a work tree of its own. [default: the one that is checked out, by its baseline or
    its run] Files are compared first, then predictions, then metrics by their intervals.

    Exit code 1: the gates `reproducible.…` do not hold, or the training failed. Without such
    gates every prediction must be the same.
    """
    from mlgate.checks.reproducible.outcomes import outcomes
    from mlgate.cli import out, outputs, publishing, show
    from mlgate.cli.context import context
    from mlgate.pipeline.reproduce import reproduce

    result = reproduce(context(settings), commit, times)
    settings.outcome = ExitCode.BLOCKED if result.verdict.blocked else ExitCode.OK
    outputs.write(settings, outputs.of_verdict(result.verdict, result.dir))
    if not settings.json and result.evidence is not None:
        out.say("\n".join(outcomes(result.evidence.repetitions)))
    show.tell(settings, result.verdict, result.dir)
    publishing.summarise(settings, result.dir)
    return settings.outcome
