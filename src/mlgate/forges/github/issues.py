"""Issues, one a key, found by the same kind of marker as comments."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import Permission, UsageError
from mlgate.forges.data import Issue
from mlgate.forges.github.client import ApiRequest
from mlgate.forges.github.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.forges.github.client import Client
    from mlgate.forges.github.comments import GitHubComments

LIMIT: Final = 65_536
TITLE_LIMIT: Final = 256
_READ: Final = Permission("issues", "read")
_WRITE: Final = Permission("issues", "write")


@dataclass(frozen=True, slots=True)
class GitHubIssues:
    """`Issues` of GitHub."""

    client: Client
    comments: GitHubComments

    def find(self, key: str, label: str) -> Issue | None:
        """Return the open issue of a key: ours with the lowest number."""
        ours = [issue for issue in self._open(label) if self._is(issue, key)]
        return min(ours, key=lambda issue: issue.number, default=None)

    def _open(self, label: str) -> Iterator[Issue]:
        pages = self.client.pages("issues", "list issues", _READ, state="open", labels=label)
        yield from (_issue(data) for data in pages if "pull_request" not in Fields(data))

    def _is(self, issue: Issue, key: str) -> bool:
        return issue.body.startswith(_marker(key)) and self.comments.ours(issue.author)

    def put(self, key: str, label: str, title: str, body: str) -> Issue:
        """Open it, or bring it up to date."""
        text = f"{_marker(key)}\n{body}"
        if len(text) > LIMIT:
            raise UsageError(f"the issue has {len(body):,} characters; it may have {LIMIT:,}")
        sent = {"title": _title(title), "body": text}
        there = self.find(key, label)
        if there is None:
            body_ = {**sent, "labels": [label]}
            request = ApiRequest("POST", "issues", "open an issue", _WRITE, body=body_)
            made = self.client.send(request, look=lambda: self.find(key, label))
        elif (there.title, there.body) == (sent["title"], text):
            return there
        else:
            path = f"issues/{there.number}"
            request = ApiRequest("PATCH", path, "update an issue", _WRITE, body=sent, fresh=True)
            made = self.client.send(request)
        return made if isinstance(made, Issue) else _issue(made)

    def close(self, number: int) -> None:
        """Close as completed."""
        body = {"state": "closed", "state_reason": "completed"}
        path = f"issues/{number}"
        request = ApiRequest("PATCH", path, "close an issue", _WRITE, body=body, fresh=True)
        self.client.send(request)


def _marker(key: str) -> str:
    return f'<!-- mlgate:issue key="{urllib.parse.quote(key, safe=" /().,:[]=@")}" -->'


def _title(title: str) -> str:
    line = re.sub(r"\s+", " ", title).strip()
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1] + "…"


def _issue(answer: object) -> Issue:
    data = Fields(answer)
    return Issue(
        number=data.number("number"),
        title=data.text("title"),
        body=data.text("body", ""),
        state=data.text("state"),
        labels=tuple(
            label if isinstance(label, str) else Fields(label).text("name", "")
            for label in data.array("labels")
        ),
        author=data.inner("user").text("login", "ghost"),
        url=data.text("html_url"),
    )
