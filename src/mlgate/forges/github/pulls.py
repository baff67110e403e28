"""Pull requests and the repository that they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import ForgeError, Permission
from mlgate.forges.data import PullRequest, Repository
from mlgate.forges.github.fields import Fields

if TYPE_CHECKING:
    from mlgate.forges.github.client import Client

_READ: Final = Permission("pull-requests", "read")


@dataclass(slots=True)
class GitHubPulls:
    """`Pulls` of GitHub."""

    client: Client
    cached: Repository | None = None

    def get(self, number: int) -> PullRequest | None:
        """Return one."""
        data = self.client.get(f"pulls/{number}", "read a pull request", _READ)
        return None if data is None else _pull(data)

    def with_head(self, repository: str, branch: str, sha: str) -> tuple[PullRequest, ...]:
        """Return the open ones of exactly that head."""
        owner = repository.partition("/")[0]
        pages = self.client.pages(
            "pulls", "list pull requests", _READ, state="open", head=f"{owner}:{branch}"
        )
        head = (repository, branch, sha)
        return tuple(
            pull
            for pull in map(_pull, pages)
            if (pull.head_repository, pull.head_branch, pull.head_sha) == head
        )

    def headed_by(self, sha: str) -> tuple[PullRequest, ...]:
        """Return the open ones whose head is a commit: of all, since a commit's list lacks forks'."""
        pages = self.client.pages("pulls", "list pull requests", _READ, state="open")
        return tuple(pull for pull in map(_pull, pages) if pull.head_sha == sha)

    def with_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Return those that hold a commit."""
        what = "find the pull requests of a commit"
        pulls = [_pull(data) for data in self.client.pages(f"commits/{sha}/pulls", what, _READ)]
        return tuple(sorted(pulls, key=lambda pull: pull.state != "open"))

    def earlier(self, number: int, limit: int) -> tuple[str, ...]:
        """Return the commits before the head, the latest first; GitHub lists 250 at most."""
        path = f"pulls/{number}/commits"
        shas = [
            Fields(commit).text("sha")
            for commit in self.client.pages(path, "list a pull request's commits", _READ)
        ]
        return tuple(reversed(shas[:-1]))[:limit]

    def repository(self) -> Repository:
        """Return the repository."""
        if self.cached is None:
            path = f"/repos/{self.client.repository}"
            data = self.client.get(path, "read the repository", Permission("contents", "read"))
            if data is None:
                msg = (
                    f"there is no repository {self.client.repository}, or this token cannot see it"
                )
                raise ForgeError(msg, hint="grant the job:  contents: read")
            self.cached = _repository(data)
        return self.cached


def _repository(answer: object) -> Repository:
    data = Fields(answer)
    return Repository(
        data.text("full_name"),
        data.flag("private"),
        data.text("default_branch"),
        data.text("html_url"),
    )


def _pull(answer: object) -> PullRequest:
    data = Fields(answer)
    head, base = data.inner("head"), data.inner("base")
    return PullRequest(
        number=data.number("number"),
        title=data.text("title"),
        state=data.text("state"),
        draft=data.flag("draft", default=False),
        head_sha=head.text("sha"),
        head_branch=head.text("ref"),
        head_repository=head.inner("repo").text_or_none("full_name"),
        base_sha=base.text("sha"),
        base_branch=base.text("ref"),
        author=data.inner("user").text("login", "ghost"),
        url=data.text("html_url"),
    )
