"""What a forge can do, one narrow protocol a capability.

Take the narrowest one that you need as a parameter. `mlgate.forges` says what holds for all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mlgate.errors import UsageError
from mlgate.forges.newer import everybody
from mlgate.forges.patience import Patience

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mlgate.forges.data import (
        CheckReport,
        CheckRun,
        Comment,
        Deployment,
        DeploymentState,
        DeploymentStatus,
        EarlierRun,
        Issue,
        Place,
        PullRequest,
        Repository,
        RunArtifact,
        Status,
        WorkflowRun,
    )
    from mlgate.forges.newer import Vouch


class Comments(Protocol):
    """Comments, one by one; `sticky.post` makes them one a key."""

    def ours(self, login: str) -> bool:
        """Return whether comments of a login are ours to update."""

    def all(self, place: Place, since: dt.datetime | None = None) -> Iterator[Comment]:
        """Return comments in the order of their ids, lazily by pages of 100.

        `since` leaves out those last changed before; commits have no such filter.
        """

    def get(self, place: Place, comment: int) -> Comment | None:
        """Return one; None when it does not exist."""

    def create(self, place: Place, body: str, marker: str) -> Comment:
        """Write a new one. `marker` is a text of it by which it is found after doubt."""

    def edit(
        self, place: Place, comment: int, body: str, unless: Callable[[Comment], bool]
    ) -> Comment | None:
        """Replace the text; None when it does not exist any more.

        After a failure the comment is read before the text is sent again, and given back as it
        is if `unless` says so of it.
        """

    def delete(self, place: Place, comment: int) -> None:
        """Remove one; it may be gone already."""


class Checks(Protocol):
    """Check runs. They report; the job's exit code is the gate."""

    def find(self, sha: str, name: str) -> CheckRun | None:
        """Return the latest check run of that name on a commit."""

    def find_all(self, sha: str) -> Mapping[str, CheckRun]:
        """Return the latest check run of each name on a commit: one request for many names."""

    def put(
        self,
        sha: str,
        report: CheckReport,
        existing: CheckRun | None = None,
        vouch: Vouch = everybody,
        *,
        look: bool = True,
    ) -> CheckRun:
        """Make the commit's one check run of that name be as the report says.

        Updated in place when there is one (`existing`, else looked for unless `look` is false:
        it was looked for already and is not there), else created; a newer
        stamp's is left alone and given back, unless `vouch` denies that run. Annotations beyond 50 are appended; those that a
        check run has already cannot be taken back, so only the missing ones are sent.
        """

    def remembered(self, shas: Sequence[str], name: str) -> CheckRun | None:
        """Return the first check run of that name which remembers a comment, asking each commit."""


class Statuses(Protocol):
    """Commit statuses: the newest one of a context counts."""

    def put(self, sha: str, status: Status) -> None:
        """Set one."""

    def newest(self, shas: Sequence[str], context: str) -> dict[str, str]:
        """Return the description of a context's newest status by commit, where it has one.

        Asks once for up to a hundred commits.
        """


class Files(Protocol):
    """Files that comments show: an append-only branch that no work tree ever sees."""

    def publish(self, files: Mapping[str, bytes], message: str) -> dict[str, str]:
        """Write files to the plots branch in one commit and give a URL by path.

        Stored under their content's hash, so that equal content is written once and nothing is
        ever replaced. The URLs hold the commit's SHA, so they stay as they are. Concurrent writers all
        get in: the branch moves by compare-and-swap, and the loser tries again on top.
        """

    def already_shown(self, files: Mapping[str, bytes], text: str) -> dict[str, str]:
        """Return URLs by path of those files that an earlier comment's text shows already."""

    def read(self, path: str, ref: str) -> bytes | None:
        """Return a file of a commit or branch; None when there is none. At most 1 MB."""


class Artifacts(Protocol):
    """What runs uploaded."""

    def of(self, run: int, name: str | None = None) -> tuple[RunArtifact, ...]:
        """Return a run's artifacts, newest first; only those of one name if given."""

    def download(self, artifact: RunArtifact, limit: int) -> bytes:
        """Return the zip file in memory; `ForgeError` when it has more than `limit` bytes."""


class Runs(Protocol):
    """Runs of workflows."""

    def get(self, run: int) -> WorkflowRun | None:
        """Return one."""


class Edits(Protocol):
    """What was before a pull request was edited."""

    def runs(self, sha: str) -> tuple[EarlierRun, ...]:
        """Return the runs of workflows for pull requests with this head."""

    def retargeted(self, number: int) -> dt.datetime | None:
        """Return when the base was last changed, or the change became a draft or ready; None where never."""

    def from_branch(self, repository: str, branch: str) -> tuple[int, ...]:
        """Return the numbers of all pull requests of a head branch, closed ones too."""


class Pulls(Protocol):
    """Pull requests and the repository around them."""

    def get(self, number: int) -> PullRequest | None:
        """Return one."""

    def with_head(self, repository: str, branch: str, sha: str) -> tuple[PullRequest, ...]:
        """Return the open ones whose head is exactly that repository, branch and SHA now."""

    def headed_by(self, sha: str) -> tuple[PullRequest, ...]:
        """Return the open ones whose head is a commit now, from whatever branch of whatever repository."""

    def with_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Return those that hold a commit, or that it was merged by; open ones first."""

    def earlier(self, number: int, limit: int) -> tuple[str, ...]:
        """Return the SHAs of up to `limit` commits before the head, the latest first."""

    def repository(self) -> Repository:
        """Return the repository; asked once."""


class Deployments(Protocol):
    """Deployments, and their statuses as they go on."""

    def create(
        self, sha: str, environment: str, description: str, payload: Mapping[str, Any]
    ) -> Deployment:
        """Start one of a commit, without merging anything or waiting for statuses."""

    def all(self, environment: str, sha: str | None = None) -> Iterator[Deployment]:
        """Return those of an environment, newest first."""

    def report(
        self,
        deployment: int,
        state: DeploymentState,
        description: str,
        *,
        log_url: str | None = None,
        environment_url: str | None = None,
    ) -> DeploymentStatus:
        """Add a status; it stays the last one until the next."""

    def statuses(self, deployment: int) -> tuple[DeploymentStatus, ...]:
        """Return the statuses, newest first."""


class Attestations(Protocol):
    """Signed statements about files that runs made."""

    def of(self, sha256: str) -> tuple[bytes, ...]:
        """Return the Sigstore bundles (JSON) about a file, by its digest; nothing is checked."""


class Issues(Protocol):
    """Issues, one a key: found again by the marker in their text, not by title."""

    def find(self, key: str, label: str) -> Issue | None:
        """Return the open issue of a key among those with a label."""

    def put(self, key: str, label: str, title: str, body: str) -> Issue:
        """Open the issue of a key, or bring the open one up to date."""

    def close(self, number: int) -> None:
        """Close as completed; it may be closed already."""


class Dispatches(Protocol):
    """Starting workflows: at most once. After a lost answer the error says that it is unknown."""

    def repository(self, event: str, payload: Mapping[str, Any]) -> None:
        """Send a `repository_dispatch` event with at most 10 keys at the top."""

    def workflow(self, file: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow by its file name on a branch or tag."""


class Driver(Protocol):
    """What the module of a forge has."""

    def from_environ(self, environ: Mapping[str, str]) -> Forge:
        """Return the forge that variables open. Raises `UsageError` or `MissingTokenError`."""


@dataclass(frozen=True, slots=True)
class Forge:
    """What one forge can do, for whoever hands the parts on; None for what it does not have."""

    patience: Patience = field(default_factory=Patience)
    comments: Comments | None = None
    checks: Checks | None = None
    statuses: Statuses | None = None
    files: Files | None = None
    artifacts: Artifacts | None = None
    runs: Runs | None = None
    edits: Edits | None = None
    pulls: Pulls | None = None
    deployments: Deployments | None = None
    attestations: Attestations | None = None
    issues: Issues | None = None
    dispatches: Dispatches | None = None


Capability = TypeVar("Capability")


def needed(capability: Capability | None, name: str) -> Capability:
    """Return what a command cannot do without.

    Raises
    ------
    UsageError
        When this forge does not have it.
    """
    if capability is None:
        raise UsageError(f"this forge has no {name}")
    return capability
