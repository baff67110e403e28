"""Where a publication goes: pure, from what the workflow run knows of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError, UsageError
from mlgate.model.project import DOCS
from mlgate.text.short import commit_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate import ci
    from mlgate.model.run import RunRecord
    from mlgate.model.run_stamp import RunStamp

STARTED_BY_A_COMMIT: Final = ("pull_request", "push", "merge_group", "workflow_run")
"""Events whose commit is the one that is judged."""


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """What the command line says.

    Attributes
    ----------
    key
        What the comment, the check run and the status are found again by; None: the model's
        name. Jobs of a matrix that publish the same model need one each.
    pull
        The pull request, where the event does not name it.
    report_url
        Where report.html can be had: the artifact's page.
    only
        The parts to post; all of them where it is empty.
    """

    key: str | None = None
    pull: int | None = None
    report_url: str | None = None
    only: tuple[str, ...] = ()

    def wants(self, part: str) -> bool:
        """Whether a part is to be posted."""
        return not self.only or part in self.only


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a publication goes.

    Attributes
    ----------
    sha
        The commit that check runs and the status mark.
    pull
        The pull request; None: none, or `find_pull` says that it is yet to be looked for.
    before
        A commit whose check run remembers the comment, where the event names it.
    look_back
        Whether earlier commits of the pull request may have such a check run.
    private
        Whether the repository is; None: the event does not say.
    branch
        The head's repository and branch, by which a pull request is found.
    base
        The branch that the change was judged for.
    others
        Open pull requests of the same commit into other branches, for which it was not judged.
    """

    key: str
    sha: str
    pull: int | None
    stamp: RunStamp
    before: str | None = None
    look_back: bool = False
    run_url: str | None = None
    report_url: str | None = None
    private: bool | None = None
    branch: tuple[str, str] | None = None
    base: str | None = None
    others: tuple[int, ...] = ()
    only: tuple[str, ...] = ()

    def wants(self, part: str) -> bool:
        """Whether a part is to be posted."""
        return not self.only or part in self.only


def aim(started: ci.Run, runs: Sequence[RunRecord], options: PublishOptions) -> Destination:
    """Return where runs are published.

    Parameters
    ----------
    started
        The run of the CI system that publishes.
    runs
        Several make one comment.

    Raises
    ------
    DataError
        When a run is of another commit than the workflow run, or of none.
    """
    sha = _commit(started, runs)
    pull = options.pull or started.pull_request
    return Destination(
        key=options.key or (runs[0].name if len(runs) == 1 else started.repository),
        sha=sha,
        pull=pull,
        stamp=started.stamp,
        before=started.before if started.pull_request else None,
        look_back=started.action not in ("opened", "synchronize"),
        run_url=started.url,
        report_url=options.report_url,
        private=started.private,
        branch=None if pull else _branch(started),
        base=_base(runs),
        only=options.only,
    )


def _base(runs: Sequence[RunRecord]) -> str | None:
    """Return the branch that all runs are for; None for runs of the base branch itself."""
    bases = {run.base_branch for run in runs if run.base_branch != run.branch}
    return bases.pop() if len(bases) == 1 else None


def _commit(started: ci.Run, runs: Sequence[RunRecord]) -> str:
    """Return the commit to mark.

    Results made elsewhere, and those of a workflow that was not started for a commit (by hand,
    by the clock, by a comment), belong to the commit that they name.
    """
    commits = {run.commit for run in runs}
    free = started.event not in STARTED_BY_A_COMMIT or all(run.elsewhere for run in runs)
    if free and len(commits) == 1 and runs[0].commit:
        return runs[0].commit
    if started.commit is None:
        reason = f": its event file {started.event_problem}" if started.event_problem else ""
        raise UsageError(
            f"this run names no commit{reason}",
            hint=f"CI sets it; elsewhere see {DOCS}/publishing.md",
        )
    for commit in commits:
        if commit is None or commit not in (started.commit, started.checked_out):
            msg = f"the run directory is of {commit_name(commit)}, but this workflow run is of {commit_name(started.commit)}"
            raise DataError(
                msg, hint="`mlgate run` again; results of another commit are not its own"
            )
    return started.commit


def _branch(started: ci.Run) -> tuple[str, str] | None:
    """Return where an open pull request may come from: any branch but the base one itself."""
    if (
        started.event not in ("push", "workflow_dispatch", "schedule")
        or started.head_branch is None
    ):
        return None
    return started.repository, started.head_branch
