"""`mlgate whence`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.ledger import Evaluation
    from mlgate.model.lineage import Whence


@click.command()
@click.argument("file", metavar="FILE|SHA256")
@pass_settings
def command(settings: Settings, file: str) -> int:
    """Show which kept run made a model's file: commit, data, verdict, who had it judged.

    Searches the baselines, the newest first. Exit code 1: none of them made it.
    """
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.pipeline import lineage

    answer = lineage.whence(context(settings), file)
    if answer is None:
        out.say(f"no baseline that is kept has made {file}, as listed under train.artifacts")
        return ExitCode.BLOCKED
    if settings.json:
        out.record(answer)
    else:
        out.say("\n".join(_facts(answer)))
    return ExitCode.OK


def _facts(answer: Whence) -> Iterator[str]:
    from mlgate.cli.lineage import facts

    yield f"{answer.path} (sha256:{answer.sha256}), kept {answer.kept}"
    yield from facts(answer.record)
    for evaluation in answer.evaluations:
        yield _judged(evaluation)


def _judged(evaluation: Evaluation) -> str:
    by = f" by {evaluation.actor}" if evaluation.actor else ""
    pull = f" in pull request {evaluation.pull_request}" if evaluation.pull_request else ""
    outcome = f": {evaluation.verdict}" if evaluation.verdict else ""
    waived = f"; waived: {', '.join(evaluation.waivers)}" if evaluation.waivers else ""
    return f"judged {evaluation.time}{by}{pull}{outcome}{waived}"
