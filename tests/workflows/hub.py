"""The GitHub that the workflows of these tests talk to: ours, on loopback."""

from __future__ import annotations

import io
import subprocess
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.demo.github import world

if TYPE_CHECKING:
    from pathlib import Path

    from local_github import Local

TOKEN = "ghs_TokenOfAJobInTheseTests01"
APP = {
    "client-id": "Iv23liTheAppOfTheseTests",
    "private-key": "-----BEGIN RSA PRIVATE KEY----- of the tests",
    "app-slug": "model-bot",
    "installation-id": "7001",
    "token": "ghs_TokenOfTheAppOfTheseTests1",
}
"""A GitHub App, and what actions/create-github-app-token gives to who has its key."""


@dataclass(frozen=True)
class Hub:
    """A GitHub with the repository octo/model and its pull request 1."""

    local: Local

    def allow(self, **permissions: str) -> None:
        """Let the job's token do this much, as `permissions:` of a job does; all if none given."""
        self.local.world.actions_token(TOKEN, **permissions)

    def install(self, **permissions: str) -> None:
        """Let the App's token do this much."""
        given = {name.replace("_", "-"): level for name, level in permissions.items()}
        self.local.world.tokens[APP["token"]] = world.Token(
            f"{APP['app-slug']}[bot]", APP["app-slug"], given
        )

    def know(self, clone: Path) -> None:
        """Have the commit that is checked out, as after a push of it."""
        command = ["git", "rev-parse", "HEAD"]
        done = subprocess.run(command, cwd=clone, check=True, capture_output=True, text=True)
        self.local.repo.adopt(done.stdout.strip())

    def push(self, commit: str) -> None:
        """Make a commit the head of the pull request."""
        self.local.repo.adopt(commit)
        self.local.repo.issues[1].pull.commits.append(commit)

    @property
    def env(self) -> dict[str, str]:
        """What tells a job where its GitHub is."""
        server = self.local.server
        return {
            "GITHUB_API_URL": server.api_url,
            "GITHUB_SERVER_URL": server.url,
            "GITHUB_GRAPHQL_URL": f"{server.url}/api/graphql",
        }

    @property
    def comments(self) -> list[str]:
        """The comments on the pull request."""
        return self.local.bodies()

    @property
    def authors(self) -> list[str]:
        """Who wrote the comments on the pull request."""
        return [one.login for one in self.local.repo.on(1)]

    @property
    def checks(self) -> list[Any]:
        """All check runs."""
        return list(self.local.repo.checks.values())

    @property
    def statuses(self) -> list[Any]:
        """All commit statuses."""
        return list(self.local.repo.statuses)

    @property
    def deployments(self) -> list[Any]:
        """All deployments with their statuses, oldest first."""
        return list(self.local.repo.deployments.values())

    def finished(
        self,
        number: int,
        head: str,
        uploaded: Path,
        fork: str | None = None,
        workflow: str = ".github/workflows/mlgate.yml",
    ) -> dict[str, Any]:
        """Know a finished run of a workflow on the pull request, with what it uploaded.

        Gives the payload of the event that follows.
        """
        repo = self.local.repo
        pull = repo.issues[1].pull
        pull.head_repository = fork or repo.full_name
        now = self.local.world.now()
        run = world.LocalRun(
            id=number, number=number, attempt=1, event="pull_request",
            path=workflow, name="mlgate", head_sha=head,
            head_branch=pull.head_branch, head_repository=pull.head_repository, created=now,
        )  # fmt: skip
        repo.runs[number] = run
        for folder in uploaded.iterdir():
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as file:
                for one in sorted(folder.rglob("*")):
                    file.write(one, one.relative_to(folder))
            artifact = world.LocalArtifact(number, number, folder.name, packed.getvalue(), now)
            repo.artifacts[artifact.id] = artifact
        told = {"id": number, "event": "pull_request", "head_sha": head, "pull_requests": []}
        return {"action": "completed", "workflow_run": told}
