"""A GitHub on this machine. The only file here that knows how mlgate plays one."""

from __future__ import annotations

import contextlib
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

    def describe_run(self, **fields: object) -> None:
        """Change what GitHub says of the fork's workflow run, before it is looked at."""
        import dataclasses

        run = self.repository.runs[RUN]
        self.repository.runs[RUN] = dataclasses.replace(run, **fields)  # type: ignore[arg-type]

    def comment(self, body: str, login: str) -> None:
        self.repository.comment(1, body, login)

    def comments(self, login: str = BOT) -> list[str]:
        return [comment.body for comment in self.repository.on(1) if comment.login == login]

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
        yield from (comment.body for comment in self.repository.comments.values())
        yield from (str(status) for status in self.repository.statuses)
        yield from (str(check) for check in self.repository.checks.values())


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
