"""Deployments and their statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, invalid, missing, page
from mlgate.demo.github.routes import REPO, Route
from mlgate.demo.github.world import LocalDeployment, LocalDeploymentStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

DESCRIPTION: Final = 140


def _shape(call: Call, deployment: LocalDeployment) -> dict[str, Any]:
    url, when = f"{call.url}/deployments/{deployment.id}", shapes.time(deployment.created)
    return {
        "id": deployment.id,
        "node_id": shapes.node("DE", deployment.id),
        "sha": deployment.sha,
        "ref": deployment.ref,
        "task": deployment.task,
        "environment": deployment.environment,
        "description": deployment.description,
        "payload": deployment.payload,
        "creator": shapes.user(call, deployment.login),
        "created_at": when,
        "updated_at": when,
        "url": url,
        "statuses_url": f"{url}/statuses",
        "repository_url": call.url,
    }


def _list(call: Call) -> Answer:
    filters = {name: call.query[name] for name in ("sha", "ref", "task", "environment")
              if name in call.query}  # fmt: skip
    deployments = [
        deployment
        for deployment in reversed(call.repo.deployments.values())
        if all(getattr(deployment, name) == value for name, value in filters.items())
    ]
    return page(call, deployments, _shape)


def _create(call: Call) -> Answer:
    body, ref = call.body, call.body["ref"]
    sha = call.repo.objects.resolve(ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    made = LocalDeployment(
        next(call.world.ids), call.token.login, sha, ref, body.get("task", "deploy"),
        body.get("environment", "production"), _description(call), body.get("payload", {}),
        call.world.now(),
    )  # fmt: skip
    call.repo.deployments[made.id] = made
    return Answer(201, _shape(call, made))


def _description(call: Call) -> str:
    text = call.body.get("description") or ""
    if len(text) > DESCRIPTION:
        raise invalid("Deployment", "description",
                      "description is too long (maximum is 140 characters)")  # fmt: skip
    return str(text)


def _addressed(call: Call) -> LocalDeployment:
    deployment = call.repo.deployments.get(call.number("deployment_id"))
    if deployment is None:
        raise missing()
    return deployment


def _status_shape(call: Call, status: LocalDeploymentStatus) -> dict[str, Any]:
    deployment = f"{call.url}/deployments/{call.parts['deployment_id']}"
    when = shapes.time(status.created)
    return {
        "id": status.id,
        "node_id": shapes.node("DES", status.id),
        "url": f"{deployment}/statuses/{status.id}",
        "state": status.state,
        "description": status.description,
        "environment": status.environment,
        "environment_url": status.environment_url,
        "log_url": status.log_url,
        "target_url": status.log_url,
        "creator": shapes.user(call, status.login),
        "created_at": when,
        "updated_at": when,
        "deployment_url": deployment,
        "repository_url": call.url,
    }


def _statuses(call: Call) -> Answer:
    return page(call, _addressed(call).statuses[::-1], _status_shape)


def _add_status(call: Call) -> Answer:
    deployment, body = _addressed(call), call.body
    made = LocalDeploymentStatus(
        next(call.world.ids), call.token.login, body["state"], _description(call),
        body.get("environment", deployment.environment), body.get("environment_url", ""),
        body.get("log_url", body.get("target_url", "")), call.world.now(),
    )  # fmt: skip
    deployment.statuses.append(made)
    return Answer(201, _status_shape(call, made))


_READ, _WRITE = ("deployments:read",), ("deployments:write",)
_STATUSES = f"{REPO}/deployments/{{deployment_id}}/statuses"
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/deployments"): Route(_list, _READ),
    ("POST", f"{REPO}/deployments"): Route(_create, _WRITE, content=True),
    ("GET", _STATUSES): Route(_statuses, _READ),
    ("POST", _STATUSES): Route(_add_status, _WRITE, content=True),
}
