"""Who started this run, and where its results can be shown: a CI system, or a person at a shell.

A CI system is one module of this package, found by its name, that ends with a constant
`SYSTEM: Final = System(start=...)`. Its `start` reads the environment into a `Run`, whose
capabilities are narrow protocols; what a system cannot do is None. Outside of this package only
`forges/` knows names of variables that belong to a CI system or a forge.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, Protocol

from mlgate.model.run_stamp import RunStamp
from mlgate.progress import PLAIN, LogFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from mlgate.git import Login

Level = Literal["error", "warning", "notice"]
_NO: Final = frozenset({"", "false", "no", "off", "0"})
_SHELL: Final = "shell"
"""The module for a process that no CI system started."""


class SummaryPage(Protocol):
    """The page of this step."""

    def add(self, markdown: str) -> None:
        """Append Markdown. Raises `OSError`."""


class Outputs(Protocol):
    """What later steps can read of this one."""

    def put(self, values: Mapping[str, str]) -> None:
        """Set outputs; a value of any content stays one value. Raises `OSError`."""


class Annotations(Protocol):
    """Remarks that CI shows beside a file, or at the head of the run."""

    @property
    def limit(self) -> int:
        """How many of one level are shown; what is printed beyond is not."""

    def line(
        self, level: Level, message: str, *, title: str, path: str | None = None, line: int = 1
    ) -> str:
        """Return what makes a remark where it is printed to standard error."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where, why and as what this process runs; what is not known is None or empty.

    Attributes
    ----------
    event, action
        What started it, such as `pull_request` and `synchronize`.
    event_problem
        Why what started it is not known in full: what is wrong with the file that describes it.
    commit
        The commit that checks and statuses belong to: the head of a pull request, never the
        merge commit that CI tests.
    checked_out
        The commit that the run was started for, such as that merge commit.
    ref
        The ref that it was started for; None where no CI system started it.
    before
        The head before this push.
    pull_request, issue
        Numbers; a comment on a pull request has both.
    repository
        `owner/name` of the repository that the run belongs to (the base one, for forks).
    private
        Whether that repository is.
    base_branch
        The branch that this change is meant for.
    default_branch
        The default branch of the repository.
    base_changed
        Of an edited pull request, whether its base branch was; None for every other event.
    head_repository
        Where the head branch is; None for a fork that was deleted.
    id, attempt
        Of this run.
    workflow
        The file of the workflow that it is a run of, below the repository's top.
    measured_by
        The run that measured, where this one was started by its end.
    login
        What git needs to talk to the forge, where nothing else lets it.
    forge
        The module of `mlgate.forges` where people look at its results.
    in_ci
        Whether a CI system started this process, one that is known here or another: nobody is watching.
    publishes
        Whether `mlgate run` posts its report without being asked.
    files
        Files through which this step talks to its runner, by the variables that name them.
    grace
        Seconds that a training gets to end by itself when the run is cancelled.
    """

    event: str = ""
    event_problem: str | None = None
    action: str | None = None
    commit: str | None = None
    checked_out: str | None = None
    ref: str | None = None
    before: str | None = None
    pull_request: int | None = None
    issue: int | None = None
    draft: bool | None = None
    repository: str = ""
    private: bool | None = None
    base_branch: str | None = None
    default_branch: str | None = None
    base_changed: bool | None = None
    head_branch: str | None = None
    head_repository: str | None = None
    actor: str | None = None
    id: int | None = None
    attempt: int | None = None
    workflow: str | None = None
    measured_by: RunStamp | None = None
    server_url: str | None = None
    url: str | None = None
    login: Login | None = None
    forge: str = "github"
    in_ci: bool = False
    publishes: bool = False
    files: Mapping[str, Path] = field(default_factory=dict)
    grace: float = 10.0
    log: LogFormat = PLAIN
    summary: SummaryPage | None = None
    outputs: Outputs | None = None
    annotations: Annotations | None = None

    @property
    def of_pull_request(self) -> bool:
        """Whether it was started by a pull request, whose head may be called anything."""
        return self.event.startswith("pull_request")

    @property
    def stamp(self) -> RunStamp:
        """The order of what is posted: that of the runs which measured it."""
        return self.measured_by or RunStamp(self.id or 0, self.attempt or 1)


@dataclass(frozen=True, slots=True)
class System:
    """A CI system: what its module defines as `SYSTEM`.

    Parameters
    ----------
    start
        Returns the run that an environment is of; None where this system did not start it.
    credentials
        Patterns of the variables that hold a credential, in any case of letters.
    channels
        Patterns of those through which a step talks to its runner.
    """

    start: Callable[[Mapping[str, str]], Run | None]
    credentials: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def in_ci(environ: Mapping[str, str]) -> bool:
    """Return whether a CI system set these variables, one that is known here or another.

    >>> in_ci({"CI": "woodpecker"}), in_ci({"GITHUB_ACTIONS": "true", "CI": ""}), in_ci({"CI": "false"})
    (True, True, False)
    """
    return environ.get("GITHUB_ACTIONS") == "true" or environ.get("CI", "").lower() not in _NO


def detect(environ: Mapping[str, str]) -> Run:
    """Return the run that this process is: of the first CI system that says so, else a shell's."""
    runs = (system.start(environ) for system in systems().values())
    return next(run for run in runs if run is not None)


@cache
def systems() -> Mapping[str, System]:
    """Return all CI systems by the names of their modules, the shell last."""
    names = sorted(
        (module.name for module in pkgutil.iter_modules(__path__)),
        key=lambda name: (name == _SHELL, name),
    )
    return {name: importlib.import_module(f"{__name__}.{name}").SYSTEM for name in names}


def credentials() -> re.Pattern[str]:
    """Return the pattern of variables that hold a credential, whatever system started us."""
    return _pattern(pattern for system in systems().values() for pattern in system.credentials)


def channels() -> re.Pattern[str]:
    """Return the pattern of variables through which a step talks to its runner."""
    return _pattern(pattern for system in systems().values() for pattern in system.channels)


def _pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)
