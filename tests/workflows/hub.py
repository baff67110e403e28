"""The GitHub that the workflows of these tests talk to: ours, on loopback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_github import Local

TOKEN = "ghs_TokenOfAJobInTheseTests01"


@dataclass(frozen=True)
class Hub:
    """A GitHub with the repository octo/model and its pull request 1."""

    local: Local

    def allow(self, **permissions: str) -> None:
        """Let the job's token do this much, as `permissions:` of a job does; all if none given."""
        self.local.world.actions_token(TOKEN, **permissions)

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
            "GITHUB_GRAPHQL_URL": f"{server.api_url}/graphql",
        }

    @property
    def comments(self) -> list[str]:
        """The comments on the pull request."""
        return self.local.bodies()

    @property
    def checks(self) -> list[Any]:
        """All check runs."""
        return list(self.local.repo.checks.values())

    @property
    def statuses(self) -> list[Any]:
        """All commit statuses."""
        return list(self.local.repo.statuses)
