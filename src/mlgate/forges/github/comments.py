"""Comments of issues, pull requests and commits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import Permission
from mlgate.forges.data import Comment, Place
from mlgate.forges.github.client import ApiRequest
from mlgate.forges.github.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlgate.errors import Access
    from mlgate.forges.data import PlaceKind
    from mlgate.forges.github.client import Client

BOT: Final = "github-actions[bot]"
"""Who GITHUB_TOKEN is."""
_VIEWER: Final = "query { viewer { login } }"
"""Whose token this is; REST has no such question for an app's token (GET /user answers 403)."""
_INSTALLATION: Final = "ghs_"
"""How tokens of apps begin; GITHUB_TOKEN is one."""
_PERMISSION: Final = {"pull": "pull-requests", "issue": "issues", "commit": "contents"}
_MARGIN: Final = dt.timedelta(minutes=5)
"""How far the clocks of GitHub's own machines may be apart."""


@dataclass(slots=True)
class GitHubComments:
    """`Comments` of GitHub. Pull requests' comments are those of their issue."""

    client: Client
    login: str | None = None

    def author(self) -> str:
        """Return our login, found out once: from our first comment, or by asking."""
        if self.login is None:
            self.login = self._ask()
        return self.login

    def ours(self, login: str) -> bool:
        """Return whether comments of a login are this token's to update.

        Those of its own, and for the token of an app those of `github-actions[bot]`: so the job's
        own token need not ask who it is, and who changes to an App of their own has no second
        comment beside one that is out of date.
        """
        return (login == BOT and self._of_an_app()) or login == self.author()

    def _of_an_app(self) -> bool:
        return self.client.token.startswith(_INSTALLATION)

    def _ask(self) -> str:
        from mlgate.errors import ForgeError

        try:
            data = self.client.graphql(
                _VIEWER, {}, "ask whose token this is", Permission("contents", "read")
            )
        except ForgeError:
            return BOT  # nearly always right; where it is not, a later run finds what we wrote
        return data.inner("viewer").text("login", BOT)

    def all(self, place: Place, since: dt.datetime | None = None) -> Iterator[Comment]:
        """Return comments by id."""
        filtered = {} if since is None or place.kind == "commit" else {"since": _iso(since)}
        path = f"{_of(place)}/comments"
        for data in self.client.pages(path, "read comments", _needs(place, "read"), **filtered):
            yield _comment(data)

    def get(self, place: Place, comment: int) -> Comment | None:
        """Return one."""
        data = self.client.get(_path_of(place, comment), "read a comment", _needs(place, "read"))
        return None if data is None else _comment(data)

    def create(self, place: Place, body: str, marker: str) -> Comment:
        """Write a new one, or give the one that a lost answer was about."""
        since = self._lately()
        request = ApiRequest(
            "POST",
            f"{_of(place)}/comments",
            "post a comment",
            _needs(place, "write"),
            body={"body": body},
        )
        made = self.client.send(request, look=lambda: self._made(place, since, marker))
        comment = made if isinstance(made, Comment) else _comment(made)
        self.login = comment.author
        return comment

    def _lately(self) -> dt.datetime | None:
        """Return a moment before now by GitHub's own clock; None where it was not heard yet."""
        heard = self.client.heard
        return None if heard is None else dt.datetime.fromtimestamp(heard, dt.UTC) - _MARGIN

    def _made(self, place: Place, since: dt.datetime | None, marker: str) -> Comment | None:
        ours = (comment for comment in self.all(place, since) if self.ours(comment.author))
        return next((comment for comment in ours if comment.body.startswith(marker)), None)

    def edit(
        self, place: Place, comment: int, body: str, unless: Callable[[Comment], bool]
    ) -> Comment | None:
        """Replace the text."""

        def look() -> Comment | None:
            now = self.get(place, comment)
            return now if now is not None and (now.body == body or unless(now)) else None

        request = ApiRequest(
            "PATCH",
            _path_of(place, comment),
            "update a comment",
            _needs(place, "write"),
            body={"body": body},
        )
        done = self.client.send(request, look)
        return done if done is None or isinstance(done, Comment) else _comment(done)

    def delete(self, place: Place, comment: int) -> None:
        """Remove one."""
        what = "delete a duplicate comment"
        self.client.send(
            ApiRequest("DELETE", _path_of(place, comment), what, _needs(place, "write"))
        )


def _of(place: Place) -> str:
    return f"commits/{place.id}" if place.kind == "commit" else f"issues/{place.id}"


def _path_of(place: Place, comment: int) -> str:
    return f"comments/{comment}" if place.kind == "commit" else f"issues/comments/{comment}"


def _needs(place: Place, access: Access) -> Permission:
    return Permission(_PERMISSION[place.kind], access)


def _comment(answer: object) -> Comment:
    data = Fields(answer)
    commit, url = data.text_or_none("commit_id"), data.text("html_url")
    issue = data.text("issue_url", "").rpartition("/")[2]
    kind: PlaceKind = "pull" if "/pull/" in url else "issue"
    place = Place(kind, issue) if issue else None
    return Comment(
        id=data.number("id"),
        body=data.text("body", ""),
        author=data.inner("user").text("login", "ghost"),
        url=url,
        updated_at=data.time("updated_at"),
        place=Place.commit(commit) if commit else place,
    )


def _iso(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
