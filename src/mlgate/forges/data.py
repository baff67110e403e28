"""What crosses the protocols: frozen, small, and no library's own type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mlgate.model.run_stamp import RunStamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

PlaceKind = Literal["pull", "issue", "commit"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out"]
Level = Literal["notice", "warning", "failure"]
StatusState = Literal["error", "failure", "pending", "success"]
DeploymentState = Literal["queued", "in_progress", "success", "failure", "error", "inactive"]
PostOutcome = Literal["created", "updated", "unchanged", "superseded"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where comments stand: a pull request or an issue by number, or a commit by SHA."""

    kind: PlaceKind
    id: str

    @classmethod
    def pull(cls, number: int) -> Place:
        """Return the place of a pull request."""
        return cls("pull", str(number))

    @classmethod
    def issue(cls, number: int) -> Place:
        """Return the place of an issue."""
        return cls("issue", str(number))

    @classmethod
    def commit(cls, sha: str) -> Place:
        """Return the place of a commit."""
        return cls("commit", sha)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the forge holds it; `author` is a login such as `github-actions[bot]`."""

    id: int
    body: str
    author: str
    url: str
    updated_at: dt.datetime
    place: Place | None = None
    """None where the forge does not say which one it stands on."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a sticky comment; `superseded`: a newer run's text stands, left alone."""

    id: int
    url: str
    outcome: PostOutcome


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file, shown in the diff; lines count from 1."""

    path: str
    start_line: int
    end_line: int
    level: Level
    message: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A check run as it shall be.

    `summary` and `text` are Markdown of at most 65,535 characters and bytes. `comment` is the id
    of the sticky comment of the same key: the check run remembers it for the next run.
    """

    name: str
    title: str
    summary: str
    conclusion: Conclusion | None = None
    """None: it is under way."""
    text: str | None = None
    annotations: tuple[Annotation, ...] = ()
    details_url: str | None = None
    stamp: RunStamp = field(default_factory=lambda: RunStamp(0))
    comment: int | None = None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run as the forge holds it.

    `app` is the slug of the GitHub App that made it; `stamp` and `comment` are what a
    `CheckReport` put there, None in somebody else's.
    """

    id: int
    name: str
    sha: str
    url: str
    status: str
    conclusion: str | None
    app: str | None
    stamp: RunStamp | None
    comment: int | None
    annotations: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """A commit status; `description` is cut at 140 characters."""

    context: str
    state: StatusState
    description: str
    target_url: str | None = None


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request: what publishing needs of it."""

    number: int
    title: str
    state: str
    draft: bool
    head_sha: str
    head_branch: str
    head_repository: str | None
    """`owner/name`; None when the fork was deleted."""
    base_sha: str
    base_branch: str
    author: str
    url: str


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of a workflow; `path` is the workflow file's, without `@ref`."""

    id: int
    number: int
    attempt: int
    event: str
    path: str
    name: str
    status: str
    conclusion: str | None
    head_sha: str
    head_branch: str | None
    head_repository: str | None
    url: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run of a workflow for a pull request; `started_at` is that of its last attempt."""

    id: int
    path: str
    status: str
    conclusion: str | None
    head_branch: str | None
    head_repository: str | None
    started_at: dt.datetime
    url: str


@dataclass(frozen=True, slots=True)
class RunArtifact:
    """A file that a run uploaded; `size` is in bytes, zipped."""

    id: int
    name: str
    size: int
    expired: bool
    run: int | None
    head_sha: str | None
    created_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment and what its last known status says."""

    id: int
    sha: str
    ref: str
    environment: str
    task: str
    description: str | None
    payload: Mapping[str, Any]
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """One status of a deployment."""

    id: int
    state: str
    description: str
    environment_url: str | None
    log_url: str | None
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue; pull requests are none here."""

    number: int
    title: str
    body: str
    state: str
    labels: tuple[str, ...]
    author: str
    url: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository itself."""

    name: str
    """`owner/name`."""
    private: bool
    default_branch: str
    url: str
