"""Workflow runs, what they uploaded, and starting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import ForgeError, Permission
from mlgate.forges.data import RunArtifact, WorkflowRun
from mlgate.forges.github import troubles
from mlgate.forges.github.client import ApiRequest
from mlgate.forges.github.fields import Fields
from mlgate.forges.github.transport import MisdirectedError, NoAnswerError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.github.client import Client
    from mlgate.forges.github.transport import Reply

_READ: Final = Permission("actions", "read")


@dataclass(frozen=True, slots=True)
class GitHubRuns:
    """`Runs` of GitHub."""

    client: Client

    def get(self, run: int) -> WorkflowRun | None:
        """Return one."""
        data = self.client.get(f"actions/runs/{run}", "read a workflow run", _READ)
        return None if data is None else _run(data)


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
        transport = self.client.transport
        api = f"{transport.base_url}/repos/{self.client.repository}"
        try:
            reply = transport.download(f"{api}/actions/artifacts/{artifact.id}/zip", limit)
        except TooLargeError:
            raise _too_big(artifact, limit) from None
        except MisdirectedError as error:
            return b"", troubles.Trouble("strange", str(error))
        except NoAnswerError as error:
            return b"", troubles.of_connection(error.cause)
        return (reply.content, None) if reply.status == 200 else (b"", self._refused(reply))

    def _refused(self, reply: Reply) -> troubles.Trouble:
        try:
            data = reply.data
        except ValueError:
            data = None
        now = troubles.server_time(reply.headers, self.client.patience.clock())
        return troubles.of_answer(reply.status, data, reply.headers, now)


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


def _run(answer: object) -> WorkflowRun:
    data = Fields(answer)
    return WorkflowRun(
        id=data.number("id"),
        number=data.number("run_number"),
        attempt=data.number("run_attempt", 1),
        event=data.text("event"),
        path=data.text("path").partition("@")[0],
        name=data.text("name", ""),
        status=data.text("status", ""),
        conclusion=data.text_or_none("conclusion"),
        head_sha=data.text("head_sha"),
        head_branch=data.text_or_none("head_branch"),
        head_repository=data.inner("head_repository").text_or_none("full_name"),
        url=data.text("html_url"),
        created_at=data.time("created_at"),
    )


def _artifact(answer: object) -> RunArtifact:
    data = Fields(answer)
    run = data.inner("workflow_run")
    return RunArtifact(
        id=data.number("id"),
        name=data.text("name"),
        size=data.number("size_in_bytes"),
        expired=data.flag("expired"),
        run=run.number("id") if "id" in run else None,
        head_sha=run.text_or_none("head_sha"),
        created_at=data.time("created_at") if data.text("created_at", "") else None,
    )


def _too_big(artifact: RunArtifact, limit: int) -> ForgeError:
    return ForgeError(f"the artifact {artifact.name!r} has more than {limit:,} bytes")
