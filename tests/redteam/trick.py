"""What a row of the table is: who does what, and what must come of it."""

from __future__ import annotations

import enum
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .bases import Base, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .outcome import Outcome
    from .played_github import PlayedGitHub
    from .repository import Repository


class Mode(enum.StrEnum):
    """How the pull request is judged."""

    SINGLE = "single"
    """One job that trains, judges and posts: `mlgate run`."""
    TWO_JOBS = "two_jobs"
    """A job that trains, and one that judges what it hands over, from a clone of its own."""
    EVIDENCE = "evidence"
    """The same two jobs under `handover: evidence`: the first measures, and hands over numbers."""
    FORK = "fork"
    """A job without rights, and a trusted stage that judges its bundle: `publish --from-run`."""


PLAYED = (Mode.SINGLE, Mode.TWO_JOBS, Mode.FORK)
EVERYWHERE = tuple(Mode)
"""With `handover: evidence`, which takes the way of two jobs, and the trusted stage's numbers."""


class Level(enum.StrEnum):
    """How the repository is protected, which decides what can be promised."""

    REQUIRED_JOB = "required-job"
    """The job is required. Its workflow is the pull request's own: mistakes are caught."""
    VISIBLE_EDITS = "visible-edits"
    """Workflow, mlgate.yaml, training and labels have code owners as well: edits are seen."""
    ENFORCED = "enforced"
    """An organisation's ruleset requires the workflow, or the trusted stage's status."""


ACCIDENT = frozenset(Level)
"""An honest person may do this: caught at every level."""
INTENT = frozenset({Level.VISIBLE_EDITS, Level.ENFORCED})
"""Nobody does this by mistake, and who does could edit the workflow as well."""
ENFORCED = frozenset({Level.ENFORCED})
"""Neither a workflow of the pull request's own nor a reviewer stands against this."""
OUTSIDE: frozenset[Level] = frozenset()
"""Nothing is claimed: what happens is written down, and not counted."""


class Expected(enum.Enum):
    """What must come of the gate. Whatever it is, no secret may be found anywhere."""

    RED = "blocked"
    FAIL = "judged, and blocked because the model is worse"
    ERROR = "blocked by an error, since it cannot be judged"
    GREEN = "not blocked"
    ANY = "blocked or not; only secrets count"


RED, FAIL, ERROR, GREEN, ANY = Expected


@dataclass(frozen=True)
class Trick:
    """One row.

    Attributes
    ----------
    change
        What the branch does to the repository. Its docstring is the row's text.
    found
        Modes in which the trick works today, with what happens. Such rows must fail.
    base
        The repository that it is done to.
    config
        The mlgate.yaml that the workflow names; empty for that of the top folder.
    target
        The branch that the pull request is against.
    checkout
        The local branch as which the job checks the head out; None: no branch, as
        `actions/checkout` does it.
    own_process
        Whether mlgate must run as a program of its own, not within the test's process.
    bundle
        What a fork, or the job that measures, does to the files of its bundle before it uploads them.
    handover
        What the job that trains does to its handover before it uploads it.
    uploads
        Whether it uploads one at all.
    github
        What stands at GitHub before the job, or what is said of the run.
    event
        What the event of the job says besides the usual, or in its place.
    attempt
        Which attempt the job's run is.
    posts
        What must hold of what is posted, beyond the verdict; returns what is wrong.
    arguments
        What a fork's own workflow adds to `mlgate run`.
    """

    name: str
    kind: str
    change: Callable[[Repository], None]
    expected: Expected
    levels: frozenset[Level]
    modes: tuple[Mode, ...] = PLAYED
    found: Mapping[Mode, str] = field(default_factory=dict)
    base: Base = plain
    config: str = ""
    target: str = "main"
    checkout: str | None = None
    own_process: bool = False
    bundle: Callable[[dict[str, bytes]], None] | None = None
    handover: Callable[[Path], None] | None = None
    uploads: bool = True
    github: Callable[[PlayedGitHub], None] | None = None
    event: Mapping[str, object] = field(default_factory=dict)
    attempt: int = 1
    posts: Callable[[Outcome], str | None] | None = None
    arguments: Callable[[Repository], Sequence[str]] | None = None

    @property
    def does(self) -> str:
        """What the branch does, in words."""
        return inspect.getdoc(self.change) or ""


def trick(
    expected: Expected,
    levels: frozenset[Level],
    *,
    works: str | None = None,
    single: str | None = None,
    two_jobs: str | None = None,
    fork: str | None = None,
    **how: object,
) -> Callable[[Callable[[Repository], None]], Trick]:
    """Make a function a row of the table; its module's name is the kind.

    Parameters
    ----------
    works
        What happens today where the trick works in every mode.
    single, two_jobs, fork
        The same where it works in this mode, or differently in each. What is said of the single
        job holds for two jobs as well; empty where it does not work there.
    """

    def make(change: Callable[[Repository], None]) -> Trick:
        found = {
            Mode.SINGLE: single or works,
            Mode.TWO_JOBS: two_jobs if two_jobs is not None else single or works,
            Mode.FORK: fork or works,
        }
        return Trick(
            name=change.__name__,
            kind=change.__module__.rpartition(".")[2],
            change=change,
            expected=expected,
            levels=levels,
            found={mode: why for mode, why in found.items() if why},
            **how,  # type: ignore[arg-type]
        )

    return make
