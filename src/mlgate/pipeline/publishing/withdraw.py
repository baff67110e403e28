"""A pull request whose base changed: the status of the old base is withdrawn, whatever runs next.

A fork chooses which events its own workflow runs for. This is asked for by a workflow of the default
branch, so that no status outlives the base that it was set for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.errors import UsageError
from mlgate.forges.protocols import needed
from mlgate.git import Git
from mlgate.inputs import git_facts, model_files
from mlgate.pipeline.judging.identity import model_name
from mlgate.pipeline.publishing.render import withdrawn

if TYPE_CHECKING:
    from mlgate.forges.data import Status
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.context import Context


def withdraw(context: Context, forge: Forge, path: str, key: str | None) -> Status:
    """Set the status of a model to error until it has been judged for the new base.

    Parameters
    ----------
    path
        The model's configuration, below the repository's top folder.
    key
        What the status is found by, in the place of the model's name.

    Raises
    ------
    UsageError
        When the default branch has no such model, or the event names no pull request.
    StoreError, ForgeError
        When git or the forge fails.
    """
    run = context.ci_run
    if run.commit is None or run.base_branch is None:
        msg = "the event names no pull request"
        raise UsageError(msg, hint="run this for pull_request_target: {types: [edited]}")
    branch = run.default_branch or needed(forge.pulls, "pull requests").repository().default_branch
    status = withdrawn(key or _name(context, branch, path), run.base_branch, run.url)
    needed(forge.statuses, "commit statuses").put(run.commit, status)
    return status


def _name(context: Context, branch: str, path: str) -> str:
    git = Git(context.cwd, context.ci_run.login)
    tip = git_facts.tip(git, branch)
    entry = model_files.listed(git, tip, (path,)).plain.get(path) if tip else None
    contents = model_files.texts(git, (entry,)) if entry else {}
    repository = context.ci_run.repository.rpartition("/")[2]
    name = model_name(contents[entry.oid], repository, path) if entry else None
    if name is None:
        msg = f"{branch} has no {path} that names a model"
        raise UsageError(msg, hint="name its configuration with --config")
    return name
