"""A GitHub on this machine. The only file here that knows how mlgate plays one."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

from mlgate.demo.github import server, world
from mlgate.forges.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME, FORK = "octo/model", "mallory/model"
WORKFLOW = ".github/workflows/mlgate.yml"
RUN = 501
BOT = "github-actions[bot]"


@dataclass(frozen=True)
class PlayedGitHub:
    """One repository with one pull request, number 1."""

    server: server.Server
    repository: world.LocalRepository
    main: list[str] = dataclasses.field(default_factory=list)
    """Commits of main, the newest first."""

    @property
    def environ(self) -> dict[str, str]:
        """What a job knows of its GitHub."""
        return {
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_API_URL": self.server.api_url,
            "GITHUB_SERVER_URL": self.server.url,
        }

    def token(self, token: str, **permissions: str) -> None:
        self.server.world.actions_token(token, **permissions)

    def branch(self, name: str, files: Mapping[str, bytes]) -> None:
        """Know a branch by its files, as the contents API returns them."""
        self.repository.commit(name, "As it is", files)

    def pull(self, head: str, base: str, repository: str) -> None:
        """Open the pull request of a commit."""
        self.repository.adopt(head)
        issue = self.repository.pull("A change", [head], head_repository=repository)
        assert issue.pull is not None
        issue.pull.base_branch = base

    def upload(self, head: str, bundle: bytes, *, path: str = WORKFLOW) -> None:
        """Know the fork's workflow run and the artifact that it uploaded."""
        now = dt.datetime.now(dt.UTC)
        self.repository.runs[RUN] = world.LocalRun(
            RUN, 7, 1, "pull_request", path, "mlgate", head, "feature", FORK, now
        )
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as file:
            file.writestr("mlgate-bundle.zip", bundle)
        artifact = world.LocalArtifact(RUN, RUN, "mlgate-bundle", zipped.getvalue(), now)
        self.repository.artifacts[RUN] = artifact

    def earlier_run(self, run: int, head: str, **fields: object) -> None:
        """Know an earlier run of the job's workflow for the pull request's head."""
        when = dt.datetime(2026, 11, 20, 12, run % 60, tzinfo=dt.UTC)
        made = world.LocalRun(
            run, run, 1, "pull_request", WORKFLOW, "mlgate", head, "feature", NAME, when
        )
        self.repository.runs[run] = dataclasses.replace(made, **fields)  # type: ignore[arg-type]

    @property
    def head(self) -> str:
        """The head of the pull request."""
        return self.repository.issues[1].pull.commits[-1]  # type: ignore[union-attr]

    def retarget(self, base: str, minute: int = 30) -> None:
        """Change the base of the pull request."""
        pull = self.repository.issues[1].pull
        assert pull is not None
        pull.base_branch = base
        when = dt.datetime(2026, 11, 20, 12, minute, tzinfo=dt.UTC)
        pull.events.append(("base_ref_changed", when))

    def ready(self, minute: int = 30) -> None:
        """Mark the pull request, which was a draft, as ready for review."""
        pull = self.repository.issues[1].pull
        assert pull is not None
        when = dt.datetime(2026, 11, 20, 12, minute, tzinfo=dt.UTC)
        pull.events.append(("ready_for_review", when))

    def second_pull(self, base: str) -> None:
        """Open another pull request from the same branch."""
        issue = self.repository.pull("Another", [self.head], head_repository=NAME)
        assert issue.pull is not None
        issue.pull.base_branch = base
        issue.state = "closed"

    def another_pull(self, base: str) -> None:
        """Have the same commit be the head of another open pull request, from another branch."""
        issue = self.repository.pull("Another", [self.head], branch="other", head_repository=FORK)
        assert issue.pull is not None
        issue.pull.base_branch = base

    def draft(self) -> None:
        """Have the pull request be a draft."""
        pull = self.repository.issues[1].pull
        assert pull is not None
        pull.draft = True

    def describe_run(self, **fields: object) -> None:
        """Change what GitHub says of the fork's workflow run, before it is looked at."""
        run = self.repository.runs[RUN]
        self.repository.runs[RUN] = dataclasses.replace(run, **fields)  # type: ignore[arg-type]

    def comment(self, body: str, login: str) -> None:
        self.repository.comment(1, body, login)

    def run(self, number: int, *, head: str, branch: str) -> None:
        """Know a workflow run of a branch of the repository itself."""
        now = dt.datetime.now(dt.UTC)
        self.repository.runs[number] = world.LocalRun(
            number, number, 1, "pull_request", WORKFLOW, "mlgate", head, branch, NAME, now
        )

    def check_run(self, name: str, external_id: str, conclusion: str) -> None:
        """Have a check run on the pull request's head that GitHub Actions made."""
        issue = self.repository.issues[1]
        assert issue.pull is not None
        now = dt.datetime.now(dt.UTC)
        self.repository.checks[7] = world.LocalCheckRun(
            7, world.ACTIONS, name, issue.pull.commits[-1], now, external_id=external_id,
            status="completed", conclusion=conclusion, title="All is well", summary="",
        )  # fmt: skip

    def comments(self, login: str = BOT) -> list[str]:
        return [comment.body for comment in self.repository.on(1) if comment.login == login]

    def kept(self, sha: str, model: str, said: str = "kept — passed") -> None:
        """Have the status that saving a baseline leaves on its commit, or one of its name."""
        now = dt.datetime.now(dt.UTC)
        self.repository.adopt(sha)
        self.repository.statuses.append(
            world.LocalStatus(1, BOT, sha, f"mlgate/{model}: kept", "success", said, None, now)
        )

    def post_status(self, context: str, state: str) -> None:
        """Have a status on the pull request's head."""
        now = dt.datetime.now(dt.UTC)
        self.repository.statuses.append(
            world.LocalStatus(1, BOT, self.head, context, state, "", None, now)
        )

    def repost(self, description: str) -> None:
        """Have a newer status for each that there is."""
        self.repository.statuses += [
            dataclasses.replace(status, description=description, state="failure")
            for status in self.repository.statuses
        ]

    def status(self, sha: str, context: str) -> str | None:
        """Return the newest state of a commit status; None where there is none."""
        states = [
            status.state
            for status in self.repository.statuses
            if (status.sha, status.context) == (sha, context)
        ]
        return states[-1] if states else None

    def texts(self) -> Iterator[str]:
        """Everything that is there to be read."""
        yield from (text for _, text in self.texts_by_place())

    def texts_by_place(self) -> Iterator[tuple[str, str]]:
        """The same, each with what it is."""
        yield from (("comment", comment.body) for comment in self.repository.comments.values())
        yield from (("status", str(status)) for status in self.repository.statuses)
        yield from (("check", str(check)) for check in self.repository.checks.values())


@contextlib.contextmanager
def played() -> Iterator[PlayedGitHub]:
    """Serve a GitHub on loopback until the block ends."""
    universe = world.World()
    repository = universe.repository(NAME)
    with server.serve(universe) as running:
        yield PlayedGitHub(running, repository)


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Let waiting for GitHub take no time."""
    patient = Patience.__init__

    def init(self: Patience, *args: object, **kwargs: object) -> None:
        patient(self, *args, **(kwargs | {"sleep": lambda _: None}))  # type: ignore[arg-type]

    with mock.patch.object(Patience, "__init__", init):
        yield
