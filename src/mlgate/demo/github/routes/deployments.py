"""Deployments and their statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, invalid, missing, page
from mlgate.demo.github.routes import REPO, Route
from mlgate.demo.github.world import Deployment, DeploymentStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

DESCRIPTION: Final = 140


def _shape(call: Call, one: Deployment) -> dict[str, Any]:
    url, when = f"{call.url}/deployments/{one.id}", shapes.time(one.created)
    return {
        "id": one.id,
        "node_id": shapes.node("DE", one.id),
        "sha": one.sha,
        "ref": one.ref,
        "task": one.task,
        "environment": one.environment,
        "description": one.description,
        "payload": one.payload,
        "creator": shapes.user(call, one.login),
        "created_at": when,
        "updated_at": when,
        "url": url,
        "statuses_url": f"{url}/statuses",
        "repository_url": call.url,
    }


def _list(call: Call) -> Answer:
    wanted = {name: call.query[name] for name in ("sha", "ref", "task", "environment")
              if name in call.query}  # fmt: skip
    found = [
        one
        for one in reversed(call.repo.deployments.values())
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]
    return page(call, found, _shape)


def _create(call: Call) -> Answer:
    body, ref = call.body, call.body["ref"]
    sha = call.repo.objects.resolve(ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    made = Deployment(
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


def _one(call: Call) -> Deployment:
    found = call.repo.deployments.get(call.number("deployment_id"))
    if found is None:
        raise missing()
    return found


def _status_shape(call: Call, one: DeploymentStatus) -> dict[str, Any]:
    deployment = f"{call.url}/deployments/{call.parts['deployment_id']}"
    when = shapes.time(one.created)
    return {
        "id": one.id,
        "node_id": shapes.node("DES", one.id),
        "url": f"{deployment}/statuses/{one.id}",
        "state": one.state,
        "description": one.description,
        "environment": one.environment,
        "environment_url": one.environment_url,
        "log_url": one.log_url,
        "target_url": one.log_url,
        "creator": shapes.user(call, one.login),
        "created_at": when,
        "updated_at": when,
        "deployment_url": deployment,
        "repository_url": call.url,
    }


def _statuses(call: Call) -> Answer:
    return page(call, _one(call).statuses[::-1], _status_shape)


def _add_status(call: Call) -> Answer:
    one, body = _one(call), call.body
    made = DeploymentStatus(
        next(call.world.ids), call.token.login, body["state"], _description(call),
        body.get("environment", one.environment), body.get("environment_url", ""),
        body.get("log_url", body.get("target_url", "")), call.world.now(),
    )  # fmt: skip
    one.statuses.append(made)
    return Answer(201, _status_shape(call, made))


_READ, _WRITE = ("deployments:read",), ("deployments:write",)
_STATUSES = f"{REPO}/deployments/{{deployment_id}}/statuses"
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/deployments"): Route(_list, _READ),
    ("POST", f"{REPO}/deployments"): Route(_create, _WRITE, content=True),
    ("GET", _STATUSES): Route(_statuses, _READ),
    ("POST", _STATUSES): Route(_add_status, _WRITE, content=True),
}
