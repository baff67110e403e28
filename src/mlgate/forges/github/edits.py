"""What GitHub knows of a pull request besides how it is now: its runs, its base, its head branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import Permission
from mlgate.forges.data import EarlierRun
from mlgate.forges.github.fields import Fields

if TYPE_CHECKING:
    import datetime as dt

    from mlgate.forges.github.client import Client

_RUNS: Final = Permission("actions", "read")
_PULLS: Final = Permission("pull-requests", "read")
_RETARGETED: Final = (
    "base_ref_changed",
    "automatic_base_change_succeeded",
    "ready_for_review",
    "convert_to_draft",
)
"""Events after which a pull request has another base, or is judged otherwise."""


@dataclass(frozen=True, slots=True)
class GitHubEdits:
    """`Edits` of GitHub."""

    client: Client

    def runs(self, sha: str) -> tuple[EarlierRun, ...]:
        """Return the runs of `pull_request` workflows with a head."""
        pages = self.client.pages(
            "actions/runs",
            "list workflow runs",
            _RUNS,
            "workflow_runs",
            head_sha=sha,
            event="pull_request",
        )
        return tuple(_run(data) for data in pages)

    def retargeted(self, number: int) -> dt.datetime | None:
        """Return when the base branch was last changed, or the pull request became a draft or ready."""
        path = f"issues/{number}/events"
        pages = self.client.pages(path, "list a pull request's events", _PULLS)
        events = [Fields(data) for data in pages]
        times = [
            event.time("created_at") for event in events if event.text("event", "") in _RETARGETED
        ]
        return max(times, default=None)

    def from_branch(self, repository: str, branch: str) -> tuple[int, ...]:
        """Return the numbers of all pull requests of a head branch, closed ones too."""
        owner = repository.partition("/")[0]
        pages = self.client.pages(
            "pulls", "list pull requests", _PULLS, state="all", head=f"{owner}:{branch}"
        )
        return tuple(Fields(data).number("number") for data in pages)


def _run(answer: object) -> EarlierRun:
    data = Fields(answer)
    started = "run_started_at" if data.text_or_none("run_started_at") else "created_at"
    return EarlierRun(
        id=data.number("id"),
        path=data.text("path", "").partition("@")[0],
        status=data.text("status", ""),
        conclusion=data.text_or_none("conclusion"),
        head_branch=data.text_or_none("head_branch"),
        head_repository=data.inner("head_repository").text_or_none("full_name"),
        started_at=data.time(started),
        url=data.text("html_url", ""),
    )
