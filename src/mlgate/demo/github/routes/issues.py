"""Issues; pull requests are issues too, as on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, invalid, missing, page
from mlgate.demo.github.routes import REPO, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.world import Issue

LIMIT: Final = 65_536
TITLE: Final = 256


def _shape(call: Call, one: Issue) -> dict[str, Any]:
    url = f"{call.url}/issues/{one.number}"
    html = f"{call.html}/{'pull' if one.pull else 'issues'}/{one.number}"
    pull = {"url": f"{call.url}/pulls/{one.number}", "html_url": html,
            "diff_url": f"{html}.diff", "patch_url": f"{html}.patch"}  # fmt: skip
    return {
        "id": shapes.number_of(url),
        "node_id": shapes.node("I", one.number),
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "state_reason": one.reason,
        "user": shapes.user(call, one.login),
        "labels": [_label(call, name) for name in one.labels],
        "locked": False,
        "comments": len(call.repo.on(one.number)),
        "author_association": "NONE",
        **dict.fromkeys(("assignee", "milestone", "closed_at")),
        "created_at": shapes.time(one.created),
        "updated_at": shapes.time(one.updated),
        "url": url,
        "html_url": html,
        "repository_url": call.url,
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "labels_url": f"{url}/labels{{/name}}",
        **({"pull_request": pull} if one.pull else {}),
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
    found = [
        one
        for one in sorted(call.repo.issues.values(), key=lambda one: one.number, reverse=True)
        if state in ("all", one.state) and labels <= set(one.labels)
    ]
    return page(call, found, _shape)


def _create(call: Call) -> Answer:
    title, body = _texts(call)
    made = call.repo.issue(title or "", body or "", login=call.token.login)
    made.labels = [str(one) for one in call.body.get("labels", [])]
    shape = _shape(call, made)
    return Answer(201, shape, {"Location": shape["url"]})


def _texts(call: Call) -> tuple[str | None, str | None]:
    title, body = call.body.get("title"), call.body.get("body")
    if title is not None and len(title) > TITLE:
        raise invalid("Issue", "title", f"title is too long (maximum is {TITLE} characters)")
    if body is not None and len(body) > LIMIT:
        raise invalid("Issue", "body", f"body is too long (maximum is {LIMIT} characters)")
    return title, body


def _one(call: Call) -> Issue:
    found = call.repo.issues.get(call.number("issue_number"))
    if found is None:
        raise missing()
    return found


def _get(call: Call) -> Answer:
    return Answer(200, _shape(call, _one(call)))


def _edit(call: Call) -> Answer:
    one = _one(call)
    title, body = _texts(call)
    one.title = one.title if title is None else title
    one.body = one.body if body is None else body
    one.state = call.body.get("state", one.state)
    one.reason = call.body.get("state_reason", one.reason)
    one.labels = call.body.get("labels", one.labels)
    one.updated = call.world.now()
    return Answer(200, _shape(call, one))


_READ, _WRITE = ("issues:read",), ("issues:write",)
_SINGLE = f"{REPO}/issues/{{issue_number}}"
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/issues"): Route(_list, _READ),
    ("POST", f"{REPO}/issues"): Route(_create, _WRITE, content=True),
    ("GET", _SINGLE): Route(_get, _READ),
    ("PATCH", _SINGLE): Route(_edit, _WRITE, content=True),
}
