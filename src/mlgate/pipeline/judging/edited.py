"""An edited pull request: where its base did not change, the last run's outcome stands.

GitHub says that the title was edited as it says that the base was. A job that were skipped then
would satisfy a required check, and one that judged again would train for a comma. So it ends as the
last run of the same workflow ended that judged the same head for the same base. Where there is
none, or it is not certain, the change is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from mlgate.forges.data import EarlierRun
    from mlgate.forges.protocols import Forge

_CODES: Final = {"success": ExitCode.OK, "failure": ExitCode.BLOCKED}


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a pull request, as the run of a workflow has it.

    Attributes
    ----------
    run
        The id of that run.
    workflow
        The file of its workflow.
    """

    run: int
    workflow: str
    number: int
    sha: str
    branch: str
    repository: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last run ended."""

    run: EarlierRun
    code: ExitCode


def last_outcome(forge: Forge, head: Head) -> Outcome | None:
    """Return how the last run of this head, base and workflow ended; None where that is not known.

    Runs that are older than the last change of the base count for nothing, nor does any where
    the same branch is the head of another pull request: its runs cannot be told apart.

    Raises
    ------
    ForgeError
        When the forge refuses or fails.
    """
    if forge.edits is None:
        return None
    runs = [run for run in forge.edits.runs(head.sha) if _is_of(run, head)]
    if not runs or forge.edits.from_branch(head.repository, head.branch) != (head.number,):
        return None
    changed = forge.edits.retargeted(head.number)
    counting = [run for run in runs if changed is None or run.started_at > changed]
    if any(run.status != "completed" for run in counting):
        return None
    last = max(counting, key=lambda run: (run.started_at, run.id), default=None)
    code = _CODES.get(last.conclusion or "") if last is not None else None
    return None if last is None or code is None else Outcome(last, code)


def _is_of(run: EarlierRun, head: Head) -> bool:
    place = (run.path, run.head_branch, run.head_repository)
    return run.id != head.run and place == (head.workflow, head.branch, head.repository)
