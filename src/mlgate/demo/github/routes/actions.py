"""Workflow runs, artifacts and dispatches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, missing, page
from mlgate.demo.github.routes import REPO, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.world import LocalArtifact, LocalRun

PAYLOAD_KEYS: Final = 10
_RUN_URLS: Final = ("jobs", "logs", "artifacts", "cancel", "rerun")


def run_shape(call: Call, run: LocalRun) -> dict[str, Any]:
    """Return a workflow run as the API gives it."""
    url = f"{call.url}/actions/runs/{run.id}"
    workflow = shapes.number_of(run.path)
    when = shapes.time(run.created)
    commit = call.repo.objects.commits.get(run.head_sha)
    return {
        "id": run.id,
        "name": run.name,
        "node_id": shapes.node("WFR", run.id),
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": run.event,
        "display_title": run.name,
        "status": run.status,
        "conclusion": run.conclusion,
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "path": run.path,
        "workflow_id": workflow,
        "url": url,
        "html_url": f"{call.html}/actions/runs/{run.id}",
        "created_at": when,
        "updated_at": when,
        "run_started_at": when,
        "head_commit": None
        if commit is None
        else {
            "id": commit.sha, "tree_id": commit.tree, "message": commit.message, "timestamp": when,
            "author": {"name": commit.name, "email": commit.email},
            "committer": {"name": commit.name, "email": commit.email},
        },
        "repository": shapes.repository(call),
        "head_repository": shapes.repository(call, run.head_repository),
        "check_suite_url": f"{call.url}/check-suites/{shapes.number_of(run.head_sha)}",
        "workflow_url": f"{call.url}/actions/workflows/{workflow}",
        "pull_requests": [],
        **{f"{name}_url": f"{url}/{name}" for name in _RUN_URLS},
    }  # fmt: skip


def _run(call: Call) -> LocalRun:
    run = call.repo.runs.get(call.number("run_id"))
    if run is None:
        raise missing()
    return run


def _get_run(call: Call) -> Answer:
    return Answer(200, run_shape(call, _run(call)))


def _artifact_shape(call: Call, artifact: LocalArtifact) -> dict[str, Any]:
    url, when = f"{call.url}/actions/artifacts/{artifact.id}", shapes.time(artifact.created)
    run = call.repo.runs[artifact.run]
    ids = {
        "repository_id": shapes.number_of(call.repo.full_name),
        "head_repository_id": shapes.number_of(run.head_repository or ""),
    }
    return {
        "id": artifact.id,
        "node_id": shapes.node("AR", artifact.id),
        "name": artifact.name,
        "size_in_bytes": len(artifact.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": artifact.expired,
        "created_at": when,
        "expires_at": when,
        "updated_at": when,
        "workflow_run": {
            "id": run.id, **ids, "head_branch": run.head_branch, "head_sha": run.head_sha,
        },
    }  # fmt: skip


def _artifacts(call: Call) -> Answer:
    run, name = _run(call), call.query.get("name")
    artifacts = [
        artifact
        for artifact in call.repo.artifacts.values()
        if artifact.run == run.id and name in (None, artifact.name)
    ]
    return page(call, artifacts, _artifact_shape, "artifacts")


def _download(call: Call) -> Answer:
    artifact = call.repo.artifacts.get(call.number("artifact_id"))
    if artifact is None:
        raise missing()
    if artifact.expired:
        raise Refused(410, "Artifact has expired")
    where = f"{call.site}/_storage/{call.repo.full_name}/{artifact.id}.zip?sig=signed"
    return Answer(302, None, {"Location": where})


def _dispatch(call: Call) -> Answer:
    if len(call.body.get("client_payload", {})) > PAYLOAD_KEYS:
        raise Refused(422, "Invalid request.\n\nNo more than 10 properties are allowed.")
    call.repo.dispatched.append((call.body["event_type"], call.body.get("client_payload", {})))
    return Answer(204)


def _dispatch_workflow(call: Call) -> Answer:
    file, ref = call.parts["workflow_id"], call.body["ref"]
    if file not in call.repo.workflows:
        raise missing()
    if call.repo.objects.resolve(ref) is None:
        raise Refused(422, f"No ref found for: {ref}")
    call.repo.dispatched.append((file, {"ref": ref, "inputs": call.body.get("inputs", {})}))
    return Answer(204)


_READ = ("actions:read",)
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/actions/runs/{{run_id}}"): Route(_get_run, _READ),
    ("GET", f"{REPO}/actions/runs/{{run_id}}/artifacts"): Route(_artifacts, _READ),
    ("GET", f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}"): Route(
        _download, _READ
    ),
    ("POST", f"{REPO}/dispatches"): Route(_dispatch, ("contents:write",), content=True),
    ("POST", f"{REPO}/actions/workflows/{{workflow_id}}/dispatches"): Route(
        _dispatch_workflow, ("actions:write",), content=True
    ),
}
