"""Pull requests and the repository that they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import ForgeError
from mlgate.forges.data import PullRequest, Repository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.github.client import Client

_READ: Final = "pull-requests: read"


@dataclass(slots=True)
class GitHubPulls:
    """`Pulls` of GitHub."""

    client: Client
    asked: Repository | None = None

    def get(self, number: int) -> PullRequest | None:
        """Give one."""
        found = self.client.get(f"pulls/{number}", "read a pull request", _READ)
        return None if found is None else _pull(found)

    def with_head(self, repository: str, branch: str, sha: str) -> tuple[PullRequest, ...]:
        """Give the open ones of exactly that head."""
        owner = repository.partition("/")[0]
        found = self.client.pages(
            "pulls", "list pull requests", _READ, state="open", head=f"{owner}:{branch}"
        )
        wanted = (repository, branch, sha)
        return tuple(
            pull
            for pull in map(_pull, found)
            if (pull.head_repository, pull.head_branch, pull.head_sha) == wanted
        )

    def with_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Give those that hold a commit."""
        what = "find the pull requests of a commit"
        found = [_pull(one) for one in self.client.pages(f"commits/{sha}/pulls", what, _READ)]
        return tuple(sorted(found, key=lambda pull: pull.state != "open"))

    def earlier(self, number: int, limit: int) -> tuple[str, ...]:
        """Give the commits before the head, the latest first; GitHub lists 250 at most."""
        path = f"pulls/{number}/commits"
        shas = [
            one["sha"] for one in self.client.pages(path, "list a pull request's commits", _READ)
        ]
        return tuple(reversed(shas[:-1]))[:limit]

    def repository(self) -> Repository:
        """Give the repository."""
        if self.asked is None:
            path = f"/repos/{self.client.repository}"
            found = self.client.get(path, "read the repository", "contents: read")
            if found is None:
                msg = (
                    f"there is no repository {self.client.repository}, or this token cannot see it"
                )
                raise ForgeError(msg, hint="grant the job:  contents: read")
            self.asked = Repository(
                found["full_name"], found["private"], found["default_branch"], found["html_url"]
            )
        return self.asked


def _pull(found: Mapping[str, Any]) -> PullRequest:
    head, base = found["head"], found["base"]
    return PullRequest(
        number=found["number"],
        title=found["title"],
        state=found["state"],
        draft=bool(found.get("draft")),
        head_sha=head["sha"],
        head_branch=head["ref"],
        head_repository=(head.get("repo") or {}).get("full_name"),
        base_sha=base["sha"],
        base_branch=base["ref"],
        author=(found.get("user") or {}).get("login", "ghost"),
        url=found["html_url"],
    )
