"""What a workflow run knows of itself: its variables and the event that started it.

One pure function over the payloads of `pull_request`, `push`, `merge_group`, `workflow_dispatch`,
`schedule`, `workflow_run`, `issues` and `issue_comment`. Fields that a payload lacks are None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import UsageError
from mlgate.forges.data import Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

API: Final = "https://api.github.com"
SERVER: Final = "https://github.com"
_ZEROS: Final = "0" * 40


@dataclass(frozen=True, slots=True)
class Event:
    """Where, why and as what a job runs.

    Attributes
    ----------
    repository
        `owner/name` of the repository that the workflow runs in (the base one, for forks).
    name, action
        The event, such as `pull_request` and `synchronize`.
    sha
        The commit that checks and statuses belong to: `pull_request.head.sha` (never the merge
        commit), `merge_group.head_sha`, `workflow_run.head_sha`, else GITHUB_SHA.
    before
        The head before this push: `pull_request` with `synchronize`, and `push`.
    pull_request, issue
        Numbers, where the event has them; a comment on a pull request gives both.
    head_repository
        Where the head branch lives; None when the fork was deleted or there is no pull request.
    stamp
        Run id and attempt; for `workflow_run` those of the run that triggered it, so that
        its comments are in the order of the runs that they tell of.
    run_url
        The page of this run.
    private
        None when the payload does not say.
    """

    repository: str
    name: str
    action: str | None
    sha: str | None
    before: str | None
    pull_request: int | None
    issue: int | None
    base_branch: str | None
    head_branch: str | None
    head_repository: str | None
    workflow: str
    job: str
    actor: str
    run_id: int | None
    stamp: Stamp
    server_url: str
    api_url: str
    private: bool | None
    triggering_run: int | None = None
    """Id of the run that a `workflow_run` event tells of."""

    @property
    def run_url(self) -> str | None:
        """Give the page of this run."""
        if self.run_id is None:
            return None
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"

    @property
    def fork(self) -> bool:
        """Whether the head lies in another repository."""
        return self.pull_request is not None and self.head_repository != self.repository


def read(environ: Mapping[str, str], payload: Mapping[str, Any]) -> Event:
    """Read the variables and the payload of a workflow run.

    Raises
    ------
    UsageError
        When GITHUB_REPOSITORY is not `owner/name`.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    pull = _dict(payload, "pull_request")
    queue, run, issue = (_dict(payload, key) for key in ("merge_group", "workflow_run", "issue"))
    head, base = _dict(pull, "head"), _dict(pull, "base")
    on_pull = pull or _dict(issue, "pull_request")
    return Event(
        repository=_repository(environ),
        name=name,
        action=_text(payload.get("action")),
        sha=_text(head.get("sha") or queue.get("head_sha") or run.get("head_sha"))
        or environ.get("GITHUB_SHA")
        or None,
        before=_sha(payload.get("before")),
        pull_request=_number(pull or (issue if on_pull else {})),
        issue=_number(issue),
        base_branch=_base(environ, base, queue),
        head_branch=_text(head.get("ref") or run.get("head_branch")) or _head_branch(environ),
        head_repository=_text(
            _dict(head, "repo").get("full_name") or _dict(run, "head_repository").get("full_name")
        ),
        workflow=environ.get("GITHUB_WORKFLOW", ""),
        job=environ.get("GITHUB_JOB", ""),
        actor=environ.get("GITHUB_ACTOR", ""),
        run_id=_digits(environ.get("GITHUB_RUN_ID")),
        stamp=_stamp(environ, run),
        server_url=environ.get("GITHUB_SERVER_URL", "").rstrip("/") or SERVER,
        api_url=environ.get("GITHUB_API_URL", "").rstrip("/") or API,
        private=_bool(_dict(payload, "repository").get("private")),
        triggering_run=_int(run.get("id")),
    )


def _repository(environ: Mapping[str, str]) -> str:
    name = environ.get("GITHUB_REPOSITORY", "")
    if name.count("/") != 1 or not all(name.split("/")):
        raise UsageError(
            f"GITHUB_REPOSITORY is {name!r}, not `owner/name`",
            hint="GitHub Actions sets it; elsewhere set it yourself, with GITHUB_TOKEN",
        )
    return name


def _base(
    environ: Mapping[str, str], base: Mapping[str, Any], queue: Mapping[str, Any]
) -> str | None:
    ref = _text(base.get("ref") or queue.get("base_ref")) or environ.get("GITHUB_BASE_REF")
    return ref.removeprefix("refs/heads/") if ref else None


def _head_branch(environ: Mapping[str, str]) -> str | None:
    if environ.get("GITHUB_HEAD_REF"):
        return environ["GITHUB_HEAD_REF"]
    branch = environ.get("GITHUB_REF", "")
    return branch.removeprefix("refs/heads/") if branch.startswith("refs/heads/") else None


def _stamp(environ: Mapping[str, str], run: Mapping[str, Any]) -> Stamp:
    """Order runs by id: their numbers begin anew where a workflow's file is renamed."""
    if run:
        return Stamp(_int(run.get("id")) or 0, _int(run.get("run_attempt")) or 1)
    return Stamp(
        _digits(environ.get("GITHUB_RUN_ID")) or 0,
        _digits(environ.get("GITHUB_RUN_ATTEMPT")) or 1,
    )


def _dict(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _number(value: Mapping[str, Any]) -> int | None:
    return _int(value.get("number"))


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _digits(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() else None


def _sha(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) == 40 and value != _ZEROS else None
