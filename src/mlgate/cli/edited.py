"""What a command does where only the title or the text of a pull request was edited: nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from mlgate.errors import ExitCode, MlgateError

if TYPE_CHECKING:
    from mlgate.cli.settings import Settings
    from mlgate.pipeline.judging.edited import Head, Outcome

_WORDS: Final = {ExitCode.OK: "passed", ExitCode.BLOCKED: "blocked"}


def outcome(settings: Settings) -> ExitCode | None:
    """Return how the last run of the same head and base ended; None where this one is to judge.

    A run that is started again judges: that is what it was started for.
    """
    if settings.ci_run.event != "pull_request" or settings.ci_run.base_changed is not False:
        return None
    from mlgate.cli.context import open_forge
    from mlgate.cli.publishing import warn
    from mlgate.pipeline.judging.edited import last_outcome

    head = _head(settings)
    if head is None:
        return None
    try:
        last = last_outcome(open_forge(settings), head)
    except MlgateError as error:
        warn(settings, f"it is not known how the last run ended, so this one judges: {error}")
        return None
    if last is None:
        return None
    _report(settings, last)
    return last.code


def _head(settings: Settings) -> Head | None:
    """Return the head whose last run counts; None where it is not known."""
    from mlgate.pipeline.judging.edited import Head

    run = settings.ci_run
    if (run.attempt or 1) > 1:
        return None
    facts = (run.id, run.workflow, run.pull_request, run.commit, run.head_branch)
    if None in facts or run.head_repository is None:
        return None
    return Head(*facts, run.head_repository)  # type: ignore[arg-type]


def _report(settings: Settings, last: Outcome) -> None:
    """Report it, and leave a file behind, so that a step which uploads results finds one."""
    from mlgate.cli import out, outputs
    from mlgate.cli.context import context
    from mlgate.cli.publishing import to_summary
    from mlgate.pipeline import gate_and_report

    word = _WORDS[last.code]
    text = (
        f"This edit changed neither the head nor the base of the pull request: {word}, as run "
        f"{last.run.id} ended"
    )
    run_dir = gate_and_report.locate(context(settings))
    facts = {"run": last.run.id, "conclusion": last.run.conclusion, "url": last.run.url}
    run_dir.write_earlier(json.dumps(facts, indent=1) + "\n")
    out.tell(f"mlgate: {text}: {last.run.url}")
    to_summary(settings, f"{text}: <{last.run.url}>.\n")
    blocked = str(last.code is ExitCode.BLOCKED).lower()
    outputs.write(settings, {"blocked": blocked, **outputs.of_folder(run_dir)})
