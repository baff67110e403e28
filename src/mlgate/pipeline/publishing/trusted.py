"""Whose a bundle is: which workflow runs a trusted stage accepts, and for which pull request.

`workflow_run` starts by a workflow's name, which a fork can choose, and does not name the pull
request of a fork. So everything is asked of GitHub by the run's id, and must fit exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate import checks, config
from mlgate.errors import DataError, ForgeError, UsageError
from mlgate.pipeline.publishing.bundle import NAME, ZIP
from mlgate.pipeline.publishing.unpack import unpack

if TYPE_CHECKING:
    from mlgate.config import LoadedConfig
    from mlgate.forges.data import PullRequest, WorkflowRun
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.publishing.unpack import Bundle

WORKFLOW: Final = ".github/workflows/mlgate.yml"


@dataclass(frozen=True, slots=True)
class Expected:
    """What is accepted: said by the trusted workflow, never by the bundle.

    Attributes
    ----------
    run
        The workflow run's id.
    workflow
        The file of the workflow that computes.
    artifact
        What it uploads its bundle as.
    path
        The configuration, below the repository's top folder.
    """

    run: int
    workflow: str = WORKFLOW
    artifact: str = NAME
    path: str = "mlgate.yaml"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A bundle, whose it is, and what judges it."""

    bundle: Bundle
    run: WorkflowRun
    pull: PullRequest
    base: LoadedConfig


def accept(forge: Forge, expected: Expected) -> Accepted | None:
    """Fetch everything; None when the pull request has moved on, so that there is nothing to do.

    Raises
    ------
    UsageError
        When the run is none that this stage accepts, or the base branch has no policy.
    DataError
        When its artifact is missing or no bundle.
    ConfigError
        When the base branch's policy is not valid.
    ForgeError
        When GitHub refuses or fails.
    """
    run = forge.runs.get(expected.run)
    if run is None:
        raise UsageError(f"there is no workflow run {expected.run}")
    _hold_origin(run, expected)
    pull = _pull(forge, run)
    if pull is None:
        return None
    base = _policy(forge, pull, expected.path)
    return Accepted(_bundle(forge, run, expected), run, pull, base)


def _hold_origin(run: WorkflowRun, expected: Expected) -> None:
    if run.event != "pull_request":
        msg = (
            f"run {run.id} was started by {run.event!r}; only runs of pull_request are published so"
        )
        raise UsageError(
            msg, hint="let the job run `if: github.event.workflow_run.event == 'pull_request'`"
        )
    if run.path != expected.workflow:
        msg = f"run {run.id} is of {run.path!r}, not of {expected.workflow!r}"
        raise UsageError(msg, hint="name the workflow that computes with --workflow")


def _pull(forge: Forge, run: WorkflowRun) -> PullRequest | None:
    """Give the one open pull request whose head this run's commit still is."""
    if run.head_repository is None or run.head_branch is None:
        return None  # the fork is gone, and its pull request closed
    found = forge.pulls.with_head(run.head_repository, run.head_branch, run.head_sha)
    if len(found) > 1:
        numbers = ", ".join(f"#{number}" for number in sorted(one.number for one in found))
        msg = f"{run.head_sha[:7]} is the head of several pull requests: {numbers}"
        raise UsageError(msg, hint="close all but one, or push a commit to one of them")
    return found[0] if found else None


def _policy(forge: Forge, pull: PullRequest, path: str) -> LoadedConfig:
    """Read the base branch's own configuration, as it is now."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        msg = f"{path!r} is no path below the repository's top folder"
        raise UsageError(msg, hint="for example --config models/a/mlgate.yaml")
    text = forge.files.read(path, pull.base_branch)
    if text is None:
        msg = f"{pull.base_branch} has no {path}, so there is nothing to judge by"
        raise UsageError(msg, hint="a configuration counts once it is on the base branch")
    return config.parse(text.decode("utf-8", "replace"), path, checks.sections())


def _bundle(forge: Forge, run: WorkflowRun, expected: Expected) -> Bundle:
    found = [one for one in forge.artifacts.of(run.id, expected.artifact) if one.run == run.id]
    if not found:
        msg = f"run {run.id} has no artifact {expected.artifact!r}"
        raise DataError(
            msg, hint="it uploads what `mlgate bundle` writes, also after a failed gate"
        )
    try:
        content = forge.artifacts.download(found[0], ZIP)
    except ForgeError as error:
        if found[0].size > ZIP:
            raise DataError(error.message, hint="measure fewer columns, groups or slices") from None
        raise
    return unpack(content)
