"""Issues; pull requests are issues too, as on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, invalid, missing, page
from mlgate.demo.github.routes import REPO, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.world import LocalIssue

LIMIT: Final = 65_536
TITLE: Final = 256


def _shape(call: Call, issue: LocalIssue) -> dict[str, Any]:
    url = f"{call.url}/issues/{issue.number}"
    html = f"{call.html}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    pull = {"url": f"{call.url}/pulls/{issue.number}", "html_url": html,
            "diff_url": f"{html}.diff", "patch_url": f"{html}.patch"}  # fmt: skip
    return {
        "id": shapes.number_of(url),
        "node_id": shapes.node("I", issue.number),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.reason,
        "user": shapes.user(call, issue.login),
        "labels": [_label(call, name) for name in issue.labels],
        "locked": False,
        "comments": len(call.repo.on(issue.number)),
        "author_association": "NONE",
        **dict.fromkeys(("assignee", "milestone", "closed_at")),
        "created_at": shapes.time(issue.created),
        "updated_at": shapes.time(issue.updated),
        "url": url,
        "html_url": html,
        "repository_url": call.url,
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "labels_url": f"{url}/labels{{/name}}",
        **({"pull_request": pull} if issue.pull else {}),
    }


def _label(call: Call, name: str) -> dict[str, Any]:
    return {
        "id": shapes.number_of(name), "node_id": shapes.node("LA", name), "name": name,
        "url": f"{call.url}/labels/{name}", "description": None, "color": "ededed",
        "default": False,
    }  # fmt: skip


def _list(call: Call) -> Answer:
    state = call.query.get("state", "open")
    labels = {name for name in call.query.get("labels", "").split(",") if name}
    issues = [
        issue
        for issue in sorted(call.repo.issues.values(), key=lambda issue: issue.number, reverse=True)
        if state in ("all", issue.state) and labels <= set(issue.labels)
    ]
    return page(call, issues, _shape)


def _create(call: Call) -> Answer:
    title, body = _texts(call)
    made = call.repo.issue(title or "", body or "", login=call.token.login)
    made.labels = [str(label) for label in call.body.get("labels", [])]
    shape = _shape(call, made)
    return Answer(201, shape, {"Location": shape["url"]})


def _texts(call: Call) -> tuple[str | None, str | None]:
    title, body = call.body.get("title"), call.body.get("body")
    if title is not None and len(title) > TITLE:
        raise invalid("Issue", "title", f"title is too long (maximum is {TITLE} characters)")
    if body is not None and len(body) > LIMIT:
        raise invalid("Issue", "body", f"body is too long (maximum is {LIMIT} characters)")
    return title, body


def _addressed(call: Call) -> LocalIssue:
    issue = call.repo.issues.get(call.number("issue_number"))
    if issue is None:
        raise missing()
    return issue


def _get(call: Call) -> Answer:
    return Answer(200, _shape(call, _addressed(call)))


def _edit(call: Call) -> Answer:
    issue = _addressed(call)
    title, body = _texts(call)
    issue.title = issue.title if title is None else title
    issue.body = issue.body if body is None else body
    issue.state = call.body.get("state", issue.state)
    issue.reason = call.body.get("state_reason", issue.reason)
    issue.labels = call.body.get("labels", issue.labels)
    issue.updated = call.world.now()
    return Answer(200, _shape(call, issue))


_READ, _WRITE = ("issues:read",), ("issues:write",)
_SINGLE = f"{REPO}/issues/{{issue_number}}"
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/issues"): Route(_list, _READ),
    ("POST", f"{REPO}/issues"): Route(_create, _WRITE, content=True),
    ("GET", _SINGLE): Route(_get, _READ),
    ("PATCH", _SINGLE): Route(_edit, _WRITE, content=True),
}
