"""Comments of issues, pull requests and commits."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, missing, page
from mlgate.demo.github.routes import REPO, Route
from mlgate.demo.github.world import LocalComment

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT: Final = 65_536


def _shape(call: Call, comment: LocalComment) -> dict[str, Any]:
    common = {
        "id": comment.id,
        "body": comment.body,
        "user": shapes.user(call, comment.login),
        "author_association": "NONE",
        "created_at": shapes.time(comment.created),
        "updated_at": shapes.time(comment.updated),
    }
    if comment.issue is None:
        return common | {
            "node_id": shapes.node("CC", comment.id),
            "url": f"{call.url}/comments/{comment.id}",
            "html_url": f"{call.html}/commit/{comment.commit}#commitcomment-{comment.id}",
            **dict.fromkeys(("path", "position", "line")),
            "commit_id": comment.commit,
        }
    issue = call.repo.issues[comment.issue]
    kind = "pull" if issue.pull else "issues"
    return common | {
        "node_id": shapes.node("IC", comment.id),
        "url": f"{call.url}/issues/comments/{comment.id}",
        "html_url": f"{call.html}/{kind}/{comment.issue}#issuecomment-{comment.id}",
        "issue_url": f"{call.url}/issues/{comment.issue}",
        "performed_via_github_app": None,
    }


def _of_issue(call: Call) -> Answer:
    number = call.number("issue_number")
    _issue(call, number)
    since = call.query.get("since")
    after = dt.datetime.fromisoformat(since) if since else None
    comments = [
        comment for comment in call.repo.on(number) if after is None or comment.updated >= after
    ]
    return page(call, comments, _shape)


def _issue(call: Call, number: int) -> None:
    if number not in call.repo.issues:
        raise missing()


def _add_to_issue(call: Call) -> Answer:
    number = call.number("issue_number")
    _issue(call, number)
    return _add(call, issue=number)


def _of_commit(call: Call) -> Answer:
    sha = _commit(call)
    return page(
        call, [comment for comment in call.repo.comments.values() if comment.commit == sha], _shape
    )


def _add_to_commit(call: Call) -> Answer:
    return _add(call, commit=_commit(call))


def _commit(call: Call) -> str:
    sha = call.repo.objects.resolve(call.parts["commit_sha"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.parts['commit_sha']}")
    return sha


def _add(call: Call, issue: int | None = None, commit: str | None = None) -> Answer:
    now = call.world.now()
    body = _body(call)
    made = LocalComment(next(call.world.ids), call.token.login, body, now, now, issue, commit)
    call.repo.comments[made.id] = made
    shape = _shape(call, made)
    return Answer(201, shape, {"Location": shape["url"]})


def _body(call: Call) -> str:
    body = str(call.body.get("body", ""))
    if not body.strip():
        raise _unprocessable("Body can't be blank")
    if len(body) > LIMIT:
        raise _unprocessable(f"Body is too long (maximum is {LIMIT} characters)")
    return body


def _unprocessable(message: str) -> Refused:
    error = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
    return Refused(422, "Validation Failed", [{**error, "message": message}])


def _addressed(call: Call) -> LocalComment:
    comment = call.repo.comments.get(call.number("comment_id"))
    on_issue = "/issues/comments/" in call.path
    if comment is None or (comment.issue is not None) != on_issue:
        raise missing()
    return comment


def _get(call: Call) -> Answer:
    return Answer(200, _shape(call, _addressed(call)))


def _edit(call: Call) -> Answer:
    comment = _addressed(call)
    comment.body, comment.updated = _body(call), call.world.now()
    return Answer(200, _shape(call, comment))


def _delete(call: Call) -> Answer:
    del call.repo.comments[_addressed(call).id]
    return Answer(204)


_READ, _WRITE = ("issues:read", "pull-requests:read"), ("issues:write", "pull-requests:write")
_LIST = f"{REPO}/issues/{{issue_number}}/comments"
_SINGLE = f"{REPO}/issues/comments/{{comment_id}}"
_ON_COMMIT = f"{REPO}/commits/{{commit_sha}}/comments"
_SINGLE_ON_COMMIT = f"{REPO}/comments/{{comment_id}}"
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", _LIST): Route(_of_issue, _READ),
    ("POST", _LIST): Route(_add_to_issue, _WRITE, content=True),
    ("GET", _SINGLE): Route(_get, _READ),
    ("PATCH", _SINGLE): Route(_edit, _WRITE, content=True),
    ("DELETE", _SINGLE): Route(_delete, _WRITE),
    ("GET", _ON_COMMIT): Route(_of_commit, ("contents:read",)),
    ("POST", _ON_COMMIT): Route(_add_to_commit, ("contents:write",), content=True),
    ("GET", _SINGLE_ON_COMMIT): Route(_get, ("contents:read",)),
    ("PATCH", _SINGLE_ON_COMMIT): Route(_edit, ("contents:write",), content=True),
    ("DELETE", _SINGLE_ON_COMMIT): Route(_delete, ("contents:write",)),
}
