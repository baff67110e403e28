"""What the local GitHub holds: plain records that the routes change, under one lock."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github.objects import LocalCommit, Objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ACTIONS: Final = "github-actions"
ALL: Final = {
    "actions": "write", "attestations": "write", "checks": "write", "contents": "write",
    "deployments": "write", "issues": "write", "pull-requests": "write", "statuses": "write",
}  # fmt: skip
"""Every permission that the routes ask for."""


@dataclass(frozen=True, slots=True)
class Token:
    """Who a token is, and what it may do: `{"checks": "write"}`.

    A token of an `app` acts as `<app>[bot]` and makes check runs; one of a person makes none.
    """

    login: str
    app: str | None = None
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(ALL))


@dataclass(slots=True)
class LocalComment:
    """On an issue, a pull request or a commit."""

    id: int
    login: str
    body: str
    created: dt.datetime
    updated: dt.datetime
    issue: int | None = None
    commit: str | None = None


@dataclass(slots=True)
class LocalIssue:
    """An issue, or what a pull request shares with one."""

    number: int
    title: str
    body: str
    login: str
    created: dt.datetime
    updated: dt.datetime
    labels: list[str] = field(default_factory=list)
    state: str = "open"
    reason: str | None = None
    pull: LocalPull | None = None


@dataclass(slots=True)
class LocalPull:
    """What a pull request has beyond its issue; its commits, oldest first."""

    head_repository: str | None
    head_branch: str
    base_branch: str
    base_sha: str
    commits: list[str]
    draft: bool = False
    merged: bool = False
    events: list[tuple[str, dt.datetime]] = field(default_factory=list)
    """What happened to it, and when: `base_ref_changed`, `ready_for_review`."""


@dataclass(slots=True)
class LocalCheckRun:
    """A check run; its annotations only ever grow."""

    id: int
    app: str
    name: str
    sha: str
    started: dt.datetime
    completed: dt.datetime | None = None
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """A commit status; the newest of a context counts."""

    id: int
    login: str
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    created: dt.datetime


@dataclass(frozen=True, slots=True)
class LocalRun:
    """A workflow run."""

    id: int
    number: int
    attempt: int
    event: str
    path: str
    name: str
    head_sha: str
    head_branch: str
    head_repository: str | None
    created: dt.datetime
    status: str = "completed"
    conclusion: str | None = "success"


@dataclass(frozen=True, slots=True)
class LocalArtifact:
    """An uploaded zip file."""

    id: int
    run: int
    name: str
    content: bytes
    created: dt.datetime
    expired: bool = False


@dataclass(frozen=True, slots=True)
class LocalDeploymentStatus:
    """One status of a deployment."""

    id: int
    login: str
    state: str
    description: str
    environment: str
    environment_url: str
    log_url: str
    created: dt.datetime


@dataclass(slots=True)
class LocalDeployment:
    """A deployment with its statuses, oldest first."""

    id: int
    login: str
    sha: str
    ref: str
    task: str
    environment: str
    description: str | None
    payload: Any
    created: dt.datetime
    statuses: list[LocalDeploymentStatus] = field(default_factory=list)


@dataclass(slots=True)
class Limits:
    """How much a token may ask: GITHUB_TOKEN's limits, and those for all writers of content."""

    an_hour: int = 1000
    content_a_minute: int = 80
    content_an_hour: int = 500


@dataclass(slots=True)
class LocalRepository:
    """One repository."""

    full_name: str
    world: World
    private: bool = False
    default_branch: str = "main"
    objects: Objects = field(default_factory=Objects)
    issues: dict[int, LocalIssue] = field(default_factory=dict)
    comments: dict[int, LocalComment] = field(default_factory=dict)
    checks: dict[int, LocalCheckRun] = field(default_factory=dict)
    statuses: list[LocalStatus] = field(default_factory=list)
    runs: dict[int, LocalRun] = field(default_factory=dict)
    artifacts: dict[int, LocalArtifact] = field(default_factory=dict)
    deployments: dict[int, LocalDeployment] = field(default_factory=dict)
    attestations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Sigstore bundles by the digest of their file, as `sha256:…`."""
    workflows: set[str] = field(default_factory=set)
    dispatched: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def commit(
        self, branch: str, message: str, files: Mapping[str, bytes] | None = None
    ) -> LocalCommit:
        """Add a commit to a branch, on top of it or of the default branch."""
        objects = self.objects
        parent = objects.resolve(branch) or objects.resolve(self.default_branch)
        base = objects.commits[parent].tree if parent else None
        blobs = {path: objects.blob(content) for path, content in (files or {}).items()}
        tree = objects.tree(blobs, base)
        parents = [parent] if parent else []
        who = ("Ada", "ada@example.invalid")
        made = objects.commit(tree, parents, message, who, self.world.now())
        objects.refs[f"refs/heads/{branch}"] = made.sha
        return made

    def adopt(
        self, sha: str, message: str = "A commit", parents: tuple[str, ...] = ()
    ) -> LocalCommit:
        """Know a commit that was made elsewhere, by its SHA alone."""
        tree = self.objects.tree({})
        who = ("Ada", "ada@example.invalid")
        made = LocalCommit(sha, tree, parents, message, *who, self.world.now())
        self.objects.commits[sha] = made
        return made

    def pull(
        self,
        title: str,
        commits: list[str],
        *,
        branch: str = "feature",
        body: str = "",
        head_repository: str | None = None,
        login: str = "ada",
    ) -> LocalIssue:
        """Open a pull request of commits that are known."""
        base = self.objects.resolve(self.default_branch) or "0" * 40
        head = head_repository or self.full_name
        pull = LocalPull(head, branch, self.default_branch, base, list(commits))
        return self.issue(title, body, login=login, pull=pull)

    def issue(
        self, title: str, body: str = "", *, login: str = "ada", pull: LocalPull | None = None
    ) -> LocalIssue:
        """Open an issue."""
        number = len(self.issues) + 1
        now = self.world.now()
        made = LocalIssue(number, title, body, login, now, now, pull=pull)
        self.issues[number] = made
        return made

    def comment(self, issue: int, body: str, login: str = "ada") -> LocalComment:
        """Add a comment to an issue or a pull request."""
        now = self.world.now()
        made = LocalComment(next(self.world.ids), login, body, now, now, issue=issue)
        self.comments[made.id] = made
        return made

    def on(self, issue: int) -> list[LocalComment]:
        """Return the comments of an issue or a pull request, by id."""
        return [comment for comment in self.comments.values() if comment.issue == issue]


@dataclass(slots=True)
class World:
    """Everything: repositories and tokens. `lock` is held while a request is answered."""

    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[str, LocalRepository] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """Former names of repositories, and what they are called now."""
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.time
    lock: threading.RLock = field(default_factory=threading.RLock)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def now(self) -> dt.datetime:
        """Return the time in whole seconds, as GitHub writes it."""
        return dt.datetime.fromtimestamp(int(self.clock()), dt.UTC)

    def repository(self, full_name: str, **settings: Any) -> LocalRepository:
        """Make a repository with one commit on its default branch."""
        made = LocalRepository(full_name, self, **settings)
        made.commit(made.default_branch, "Begin", {"README.md": b"# A model\n"})
        self.repositories[full_name] = made
        return made

    def actions_token(self, token: str, **permissions: str) -> Token:
        """Register a token as a job's GITHUB_TOKEN; permissions with `_` for `-`; all if none given."""
        given = {name.replace("_", "-"): level for name, level in permissions.items()}
        made = Token(f"{ACTIONS}[bot]", ACTIONS, given or dict(ALL))
        self.tokens[token] = made
        return made
