"""Workflow runs, what they uploaded, and starting them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import ForgeError, Permission
from mlgate.forges.data import RunArtifact, WorkflowRun
from mlgate.forges.github import troubles
from mlgate.forges.github.client import ApiRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.github.client import Client

_READ: Final = Permission("actions", "read")
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class GitHubRuns:
    """`Runs` of GitHub."""

    client: Client

    def get(self, run: int) -> WorkflowRun | None:
        """Return one."""
        data = self.client.get(f"actions/runs/{run}", "read a workflow run", _READ)
        if data is None:
            return None
        return WorkflowRun(
            id=data["id"],
            number=data["run_number"],
            attempt=data.get("run_attempt") or 1,
            event=data["event"],
            path=data["path"].partition("@")[0],
            name=data.get("name") or "",
            status=data["status"] or "",
            conclusion=data["conclusion"],
            head_sha=data["head_sha"],
            head_branch=data["head_branch"],
            head_repository=(data.get("head_repository") or {}).get("full_name"),
            url=data["html_url"],
            created_at=dt.datetime.fromisoformat(data["created_at"]),
        )


@dataclass(frozen=True, slots=True)
class GitHubArtifacts:
    """`Artifacts` of GitHub."""

    client: Client

    def of(self, run: int, name: str | None = None) -> tuple[RunArtifact, ...]:
        """Return a run's artifacts."""
        named = {} if name is None else {"name": name}
        path = f"actions/runs/{run}/artifacts"
        pages = self.client.pages(path, "list artifacts", _READ, "artifacts", **named)
        every = [_artifact(artifact) for artifact in pages]
        return tuple(sorted(every, key=lambda artifact: artifact.id, reverse=True))

    def download(self, artifact: RunArtifact, limit: int) -> bytes:
        """Return the zip file; the place that GitHub redirects to never sees the token."""
        if artifact.expired:
            msg = f"the artifact {artifact.name!r} has expired"
            raise ForgeError(msg, hint="run its workflow again")
        if artifact.size > limit:
            raise _too_big(artifact, limit)
        failures = 0
        while True:
            content, trouble = self._try(artifact, limit)
            if trouble is None:
                return content
            failures += 1
            patience = self.client.patience
            again = trouble.kind in ("passing", "limit") and failures < patience.attempts
            wait = trouble.wait if trouble.wait is not None else 2.0 ** (failures - 1)
            if not again or not patience.wait(wait):
                raise ForgeError(
                    f"could not download the artifact {artifact.name!r}: {trouble.message}"
                )

    def _try(self, artifact: RunArtifact, limit: int) -> tuple[bytes, troubles.Trouble | None]:
        from requests.exceptions import RequestException

        try:
            return self._fetch(artifact, limit)
        except RequestException as error:
            return b"", troubles.of_connection(error)

    def _fetch(self, artifact: RunArtifact, limit: int) -> tuple[bytes, troubles.Trouble | None]:
        import requests

        timeout = self.client.patience.timeout
        api = f"{self.client.requester.base_url}/repos/{self.client.repository}"
        with requests.Session() as session:
            session.auth = lambda request: request  # else a .netrc entry replaces our token
            where = session.get(
                f"{api}/actions/artifacts/{artifact.id}/zip",
                headers={"Authorization": f"Bearer {self.client.token}"},
                allow_redirects=False,
                timeout=timeout,
            )
            if not where.is_redirect:
                return b"", self._refused(where)
            with session.get(where.headers["location"], stream=True, timeout=timeout) as answer:
                if answer.status_code != 200:
                    return b"", self._refused(answer)
                content = bytearray()
                for chunk in answer.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > limit:
                        raise _too_big(artifact, limit)
                return bytes(content), None

    def _refused(self, answer: Any) -> troubles.Trouble:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        try:
            data = answer.json()
        except ValueError:
            data = None
        return troubles.of_answer(answer.status_code, data, headers, self.client.patience.clock())


@dataclass(frozen=True, slots=True)
class GitHubDispatches:
    """`Dispatches` of GitHub: never sent twice."""

    client: Client

    def repository(self, event: str, payload: Mapping[str, Any]) -> None:
        """Send a `repository_dispatch` event."""
        body = {"event_type": event, "client_payload": dict(payload)}
        self._send("dispatches", f"send the event {event!r}", Permission("contents", "write"), body)

    def workflow(self, file: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow."""
        path = f"actions/workflows/{file}/dispatches"
        body = {"ref": ref, "inputs": dict(inputs)}
        self._send(path, f"start the workflow {file!r}", Permission("actions", "write"), body)

    def _send(self, path: str, what: str, needs: Permission, body: dict[str, Any]) -> None:
        self.client.send(ApiRequest("POST", path, what, needs, body=body, repeat=False))


def _artifact(data: Mapping[str, Any]) -> RunArtifact:
    run = data.get("workflow_run") or {}
    created = data["created_at"]
    return RunArtifact(
        id=data["id"],
        name=data["name"],
        size=data["size_in_bytes"],
        expired=data["expired"],
        run=run.get("id"),
        head_sha=run.get("head_sha"),
        created_at=None if created is None else dt.datetime.fromisoformat(created),
    )


def _too_big(artifact: RunArtifact, limit: int) -> ForgeError:
    return ForgeError(f"the artifact {artifact.name!r} has more than {limit:,} bytes")
