"""What there was before a pull request was edited: workflow runs of its head, changes of its base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, missing, page
from mlgate.demo.github.routes import REPO, Route
from mlgate.demo.github.routes.actions import run_shape

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


def _runs(call: Call) -> Answer:
    """List runs, newest first, by head and event."""
    sha, event = call.query.get("head_sha"), call.query.get("event")
    runs = [
        run
        for run in sorted(call.repo.runs.values(), key=lambda run: run.id, reverse=True)
        if sha in (None, run.head_sha) and event in (None, run.event)
    ]
    return page(call, runs, run_shape, "workflow_runs")


def _events(call: Call) -> Answer:
    issue = call.repo.issues.get(call.number("issue_number"))
    if issue is None:
        raise missing()
    return page(call, issue.pull.events if issue.pull else [], _event)


def _event(call: Call, event: tuple[str, dt.datetime]) -> dict[str, Any]:
    name, when = event
    ident = shapes.number_of(shapes.time(when))
    return {
        "id": ident,
        "node_id": shapes.node("BRC", ident),
        "url": f"{call.url}/issues/events/{ident}",
        "actor": shapes.user(call, "mallory"),
        "event": name,
        "commit_id": None,
        "commit_url": None,
        "created_at": shapes.time(when),
        "performed_via_github_app": None,
    }


ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/actions/runs"): Route(_runs, ("actions:read",)),
    ("GET", f"{REPO}/issues/{{issue_number}}/events"): Route(_events, ("pull-requests:read",)),
}
