"""Deployments with their statuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import Permission
from mlgate.forges.data import Deployment, DeploymentStatus
from mlgate.forges.github.client import ApiRequest
from mlgate.forges.github.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.forges.data import DeploymentState
    from mlgate.forges.github.client import Client

TASK: Final = "deploy"
DESCRIPTION_LIMIT: Final = 140
_READ: Final = Permission("deployments", "read")
_WRITE: Final = Permission("deployments", "write")


@dataclass(frozen=True, slots=True)
class GitHubDeployments:
    """`Deployments` of GitHub."""

    client: Client

    def create(
        self, sha: str, environment: str, description: str, payload: Mapping[str, Any]
    ) -> Deployment:
        """Start one; after a lost answer the one with the same payload is taken."""
        body = {
            "ref": sha,
            "task": TASK,
            "environment": environment,
            "description": _cut(description),
            "payload": dict(payload),
            "auto_merge": False,
            "required_contexts": [],
        }

        def look() -> Deployment | None:
            every = self.all(environment, sha)
            return next(
                (deployment for deployment in every if deployment.payload == dict(payload)), None
            )

        request = ApiRequest("POST", "deployments", "start a deployment", _WRITE, body=body)
        made = self.client.send(request, look)
        return made if isinstance(made, Deployment) else _deployment(made)

    def all(self, environment: str, sha: str | None = None) -> Iterator[Deployment]:
        """Return those of an environment."""
        parameters = {"environment": environment, **({} if sha is None else {"sha": sha})}
        yield from map(
            _deployment, self.client.pages("deployments", "list deployments", _READ, **parameters)
        )

    def report(
        self,
        deployment: int,
        state: DeploymentState,
        description: str,
        *,
        log_url: str | None = None,
        environment_url: str | None = None,
    ) -> DeploymentStatus:
        """Add a status. It is repeated after a lost answer: twice says the same as once."""
        urls = {"log_url": log_url, "environment_url": environment_url}
        body = {
            "state": state,
            "description": _cut(description),
            "auto_inactive": False,
            **{key: url for key, url in urls.items() if url},
        }
        path = f"deployments/{deployment}/statuses"
        what = "report on a deployment"
        return _status(
            self.client.send(ApiRequest("POST", path, what, _WRITE, body=body, fresh=True))
        )

    def statuses(self, deployment: int) -> tuple[DeploymentStatus, ...]:
        """Return the statuses."""
        path = f"deployments/{deployment}/statuses"
        return tuple(map(_status, self.client.pages(path, "read deployment statuses", _READ)))


def _deployment(answer: object) -> Deployment:
    data = Fields(answer)
    return Deployment(
        id=data.number("id"),
        sha=data.text("sha"),
        ref=data.text("ref"),
        environment=data.text("environment"),
        task=data.text("task"),
        description=data.text_or_none("description"),
        payload=_payload(data.data.get("payload")),
        created_at=data.time("created_at"),
    )


def _payload(payload: object) -> dict[str, Any]:
    """Read a payload: GitHub gives objects back as objects, and older ones as JSON text."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return {}
    return payload if isinstance(payload, dict) else {}


def _status(answer: object) -> DeploymentStatus:
    data = Fields(answer)
    return DeploymentStatus(
        id=data.number("id"),
        state=data.text("state"),
        description=data.text("description", ""),
        environment_url=data.text_or_none("environment_url"),
        log_url=data.text_or_none("log_url"),
        created_at=data.time("created_at"),
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= DESCRIPTION_LIMIT else line[: DESCRIPTION_LIMIT - 1] + "…"
