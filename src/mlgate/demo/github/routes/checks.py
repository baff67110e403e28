"""Check runs with their annotations, and commit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, invalid, missing, page
from mlgate.demo.github.routes import REPO, Route
from mlgate.demo.github.world import LocalCheckRun, LocalStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_LIMIT: Final = 65_535
ANNOTATIONS: Final = 50
DESCRIPTION: Final = 140


def _shape(call: Call, run: LocalCheckRun) -> dict[str, Any]:
    url = f"{call.url}/check-runs/{run.id}"
    html = f"{call.html}/runs/{run.id}"
    return {
        "id": run.id,
        "node_id": shapes.node("CR", run.id),
        "name": run.name,
        "head_sha": run.sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": html,
        "details_url": run.details_url or html,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": shapes.time(run.started),
        "completed_at": None if run.completed is None else shapes.time(run.completed),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": shapes.number_of(run.sha + run.app)},
        "app": shapes.app(call, run.app),
        "pull_requests": [],
    }


def _create(call: Call) -> Answer:
    app, sha = call.token.app, str(call.body.get("head_sha"))
    if app is None:
        raise Refused(403, "You must authenticate via a GitHub App.")
    if sha not in call.repo.objects.commits:
        raise Refused(422, f"No commit found for SHA: {sha}")
    made = LocalCheckRun(next(call.world.ids), app, str(call.body["name"]), sha, call.world.now())
    _apply(call, made)
    call.repo.checks[made.id] = made
    return Answer(201, _shape(call, made))


def _update(call: Call) -> Answer:
    run = _addressed(call)
    if run.app != call.token.app:
        raise Refused(
            403,
            f"Invalid app_id `{shapes.number_of(call.token.app or '')}` - check run can only be "
            "modified by the GitHub App that created it.",
        )
    _apply(call, run)
    return Answer(200, _shape(call, run))


def _apply(call: Call, run: LocalCheckRun) -> None:
    """Change what the body names; `output` as a whole, except that annotations add up."""
    body = call.body
    output = body.get("output")
    if output is not None:
        _check_output(output)
        run.title, run.summary = output.get("title"), output.get("summary")
        text = output.get("text")
        run.text = None if text is None else text.encode()[:TEXT_LIMIT].decode(errors="ignore")
        run.annotations += output.get("annotations", [])
    for name in ("name", "external_id", "details_url", "status"):
        setattr(run, name, body.get(name, getattr(run, name)))
    if body.get("status") == "completed" and "conclusion" not in body:
        raise Refused(422, "Invalid request.\n\nMissing required parameter: conclusion")
    if "conclusion" in body:
        run.status, run.conclusion, run.completed = (
            "completed",
            body["conclusion"],
            call.world.now(),
        )


def _check_output(output: Mapping[str, Any]) -> None:
    summary = str(output.get("summary") or "")
    if max(len(summary), len(summary.encode())) > TEXT_LIMIT:
        raise invalid("CheckRun", "summary", "Only 65535 characters are allowed; "
                      f"{len(summary)} were supplied.")  # fmt: skip
    if len(output.get("annotations", [])) > ANNOTATIONS:
        raise Refused(422, "Invalid request.\n\nNo more than 50 items are allowed; "
                      f"{len(output['annotations'])} were supplied.")  # fmt: skip


def _addressed(call: Call) -> LocalCheckRun:
    run = call.repo.checks.get(call.number("check_run_id"))
    if run is None:
        raise missing()
    return run


def _get(call: Call) -> Answer:
    return Answer(200, _shape(call, _addressed(call)))


def _of_commit(call: Call) -> Answer:
    """List newest first; `latest`, the default, gives one a name and app."""
    sha = call.repo.objects.resolve(call.parts["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.parts['ref']}")
    name = call.query.get("check_name")
    runs = [
        run
        for run in sorted(call.repo.checks.values(), key=lambda run: run.id, reverse=True)
        if run.sha == sha and name in (None, run.name)
    ]
    if call.query.get("filter", "latest") == "latest":
        latest: dict[tuple[str, str], LocalCheckRun] = {}
        for run in runs:
            latest.setdefault((run.app, run.name), run)
        runs = list(latest.values())
    return page(call, runs, _shape, "check_runs")


def _annotation(call: Call, annotation: Mapping[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    return {**empty, "blob_href": f"{call.html}/blob/{annotation['path']}", **annotation}


def _annotations(call: Call) -> Answer:
    return page(call, _addressed(call).annotations, _annotation)


def _status(call: Call, status: LocalStatus) -> dict[str, Any]:
    creator = shapes.user(call, status.login)
    return {
        "id": status.id,
        "node_id": shapes.node("SC", status.id),
        "url": f"{call.url}/statuses/{status.sha}",
        "avatar_url": creator["avatar_url"],
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": shapes.time(status.created),
        "updated_at": shapes.time(status.created),
        "creator": creator,
    }


def _set_status(call: Call) -> Answer:
    sha, body = call.parts["sha"], call.body
    if sha not in call.repo.objects.commits:
        raise Refused(422, f"No commit found for SHA: {sha}")
    description = body.get("description")
    if description and len(description) > DESCRIPTION:
        raise invalid("Status", "description",
                      "description is too long (maximum is 140 characters)")  # fmt: skip
    made = LocalStatus(
        next(call.world.ids), call.token.login, sha, body.get("context", "default"), body["state"],
        description, body.get("target_url"), call.world.now(),
    )  # fmt: skip
    call.repo.statuses.append(made)
    return Answer(201, _status(call, made))


def _statuses(call: Call) -> Answer:
    sha = call.repo.objects.resolve(call.parts["ref"])
    statuses = [status for status in reversed(call.repo.statuses) if status.sha == sha]
    return page(call, statuses, _status)


_READ, _WRITE = ("checks:read",), ("checks:write",)
_RUN = f"{REPO}/check-runs/{{check_run_id}}"
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("POST", f"{REPO}/check-runs"): Route(_create, _WRITE),
    ("GET", _RUN): Route(_get, _READ),
    ("PATCH", _RUN): Route(_update, _WRITE),
    ("GET", f"{_RUN}/annotations"): Route(_annotations, _READ),
    ("GET", f"{REPO}/commits/{{ref}}/check-runs"): Route(_of_commit, _READ),
    ("GET", f"{REPO}/commits/{{ref}}/statuses"): Route(_statuses, ("statuses:read",)),
    ("POST", f"{REPO}/statuses/{{sha}}"): Route(_set_status, ("statuses:write",)),
}
