"""What the trusted stage looks up itself where a bundle says that there is no baseline."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlgate import __version__
from mlgate.errors import MlgateError
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import Absent
from mlgate.model.run import RunRecord
from mlgate.pipeline.baselines import OFF, fetch_baselines
from mlgate.pipeline.judging_files import JudgingFiles
from mlgate.pipeline.prepare import Prepared, run_dir_of
from mlgate.pipeline.publishing.rejudge import name_of
from mlgate.pipeline.references import trusting
from mlgate.pipeline.tracked_outputs import TrackedOutputs
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from mlgate.model.rows import Role
    from mlgate.pipeline.baselines import Baselines
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.publishing.trusted_stage import Accepted


def absent_here(context: Context, accepted: Accepted, repository: str, role: Role) -> Absent:
    """Return why there is no baseline of a role; an error where there is one after all."""
    try:
        prepared = _prepared(context, accepted, repository)
        return absent_in(fetch_baselines(prepared, accepted.base.config, None), role)
    except MlgateError as error:
        reason = f"whether there is a baseline cannot be determined here: {error.message}"
        return Absent(kind="unreadable", reason=reason, hint=error.hint)


def absent_in(baselines: Baselines | None, role: Role) -> Absent:
    """Return why there is no baseline, where numbers say that there is none: an error if there is.

    Parameters
    ----------
    baselines
        As `fetch_baselines` returns them: None where the configuration names a file.
    """
    if baselines is None:
        return OFF if role == "anchor" else _not_compared("a baseline that mlgate.yaml names")
    baseline = baselines.reference(role, None, None)
    if isinstance(baseline, Absent):
        return baseline
    return _not_compared(f"a baseline of {short_sha(baseline.ref.commit)}")


def _not_compared(baseline: str) -> Absent:
    reason = f"there is {baseline}, with which these numbers were not compared"
    return Absent(kind="missing", reason=reason, hint="run the pull request's workflow again")


def _prepared(context: Context, accepted: Accepted, repository: str) -> Prepared:
    """Return the pull request's run as the base branch's configuration sees it."""
    root = context.cwd / PurePosixPath(accepted.base.file).parent
    git = Git(context.cwd, context.ci_run.login)
    facts = git_facts.facts(git, accepted.pull.base_branch, commit=accepted.pull.head_sha)
    run = RunRecord(
        tool=__version__,
        name=name_of(accepted, repository),
        commit=facts.commit,
        started=context.stamp(),
        judges=(),
    )
    target, resolving = run_dir_of(context, root), trusting(context.environ)
    files = JudgingFiles(git, root, accepted.pull.base_branch)
    tracked = TrackedOutputs(git, facts.commit)
    return Prepared(
        context, root, accepted.base, git, facts, (), run, target, resolving, files, tracked
    )
