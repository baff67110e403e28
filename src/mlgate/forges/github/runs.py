"""Workflow runs, what they uploaded, and starting them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import ForgeError
from mlgate.forges.data import Artifact, WorkflowRun
from mlgate.forges.github import troubles
from mlgate.forges.github.client import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.github.client import Client

_READ: Final = "actions: read"
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class GitHubRuns:
    """`Runs` of GitHub."""

    client: Client

    def get(self, run: int) -> WorkflowRun | None:
        """Give one."""
        found = self.client.get(f"actions/runs/{run}", "read a workflow run", _READ)
        if found is None:
            return None
        return WorkflowRun(
            id=found["id"],
            number=found["run_number"],
            attempt=found.get("run_attempt") or 1,
            event=found["event"],
            path=found["path"].partition("@")[0],
            name=found.get("name") or "",
            status=found["status"] or "",
            conclusion=found["conclusion"],
            head_sha=found["head_sha"],
            head_branch=found["head_branch"],
            head_repository=(found.get("head_repository") or {}).get("full_name"),
            url=found["html_url"],
            created_at=dt.datetime.fromisoformat(found["created_at"]),
        )


@dataclass(frozen=True, slots=True)
class GitHubArtifacts:
    """`Artifacts` of GitHub."""

    client: Client

    def of(self, run: int, name: str | None = None) -> tuple[Artifact, ...]:
        """Give a run's artifacts."""
        named = {} if name is None else {"name": name}
        path = f"actions/runs/{run}/artifacts"
        found = self.client.pages(path, "list artifacts", _READ, "artifacts", **named)
        every = [_artifact(one) for one in found]
        return tuple(sorted(every, key=lambda one: one.id, reverse=True))

    def download(self, artifact: Artifact, limit: int) -> bytes:
        """Give the zip file; the place that GitHub redirects to never sees the token."""
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

    def _try(self, artifact: Artifact, limit: int) -> tuple[bytes, troubles.Trouble | None]:
        from requests.exceptions import RequestException

        try:
            return self._fetch(artifact, limit)
        except RequestException as error:
            return b"", troubles.of_connection(error)

    def _fetch(self, artifact: Artifact, limit: int) -> tuple[bytes, troubles.Trouble | None]:
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
        self._send("dispatches", f"send the event {event!r}", "contents: write", body)

    def workflow(self, file: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow."""
        path = f"actions/workflows/{file}/dispatches"
        body = {"ref": ref, "inputs": dict(inputs)}
        self._send(path, f"start the workflow {file!r}", "actions: write", body)

    def _send(self, path: str, what: str, needs: str, body: dict[str, Any]) -> None:
        self.client.send(Request("POST", path, what, needs, body=body, repeat=False))


def _artifact(found: Mapping[str, Any]) -> Artifact:
    run = found.get("workflow_run") or {}
    created = found["created_at"]
    return Artifact(
        id=found["id"],
        name=found["name"],
        size=found["size_in_bytes"],
        expired=found["expired"],
        run=run.get("id"),
        head_sha=run.get("head_sha"),
        created_at=None if created is None else dt.datetime.fromisoformat(created),
    )


def _too_big(artifact: Artifact, limit: int) -> ForgeError:
    return ForgeError(f"the artifact {artifact.name!r} has more than {limit:,} bytes")
