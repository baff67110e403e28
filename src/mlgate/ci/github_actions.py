r"""GitHub Actions: its variables, the event that started it, and its workflow commands.

`facts` reads the payloads of `pull_request`, `push`, `merge_group`, `workflow_dispatch`,
`schedule`, `workflow_run`, `issues` and `issue_comment`. Fields that a payload lacks, or that have
another type there, are None; a payload that cannot be read is none, and `event_problem` says why.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.ci import Run, System, in_ci
from mlgate.files import append
from mlgate.git import Login
from mlgate.model.run_stamp import RunStamp
from mlgate.progress import LogFormat
from mlgate.text.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.ci import Level

SERVER: Final = "https://github.com"
GRACE: Final = 5.0
"""A cancelled job gets SIGINT, SIGTERM 7.5 s later, and is killed after 2.5 s more."""
FILES: Final = (
    "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
)  # fmt: skip
"""Variables that name files which the runner reads after a step."""
_HEADS: Final = "refs/heads/"
_SHA: Final = re.compile(r"(?!0+$)[0-9A-Za-z]{40,64}")
_ELSEWHERE: Final = frozenset(
    {"pull_request", "pull_request_target", "merge_group", "workflow_run"}
)
"""Events about another commit than GITHUB_SHA, which their payload alone names."""
_VARIABLE: Final = re.compile(r"CI$|GITHUB_(?!TOKEN$)")
"""The variables that may describe a run."""
LARGEST_EVENT: Final = 64 << 20
"""Bytes of an event's file; GitHub's payloads have at most 25 MB."""
LARGEST_ID: Final = 10**18
"""Above every number of GitHub's, and what a comment's marker and a check run can carry."""
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def start(environ: Mapping[str, str]) -> Run | None:
    """Return the workflow run that this step belongs to; None outside of GitHub Actions."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return None
    payload, problem = _payload(environ)
    run = facts(environ, payload, event_problem=problem, **_step(environ))
    if run.event in _ELSEWHERE and _commit(payload) is None:
        return replace(run, commit=None)
    return run


def facts(environ: Mapping[str, str], payload: Mapping[str, Any], **step: Any) -> Run:
    """Return what the variables and the payload of a workflow run say.

    Parameters
    ----------
    step
        Further fields of `Run`: what a step can do.
    """
    pull = _dict(payload, "pull_request")
    queue, run, issue = (_dict(payload, key) for key in ("merge_group", "workflow_run", "issue"))
    head = _dict(pull, "head")
    environ = {name: _writable(value) for name, value in environ.items() if _VARIABLE.match(name)}
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/") or SERVER
    repository, run_id = environ.get("GITHUB_REPOSITORY", ""), _digits(environ.get("GITHUB_RUN_ID"))
    checked_out = _sha(environ.get("GITHUB_SHA"))
    return Run(
        event=environ.get("GITHUB_EVENT_NAME", ""),
        action=_text(payload.get("action")),
        commit=_commit(payload) or checked_out,
        checked_out=checked_out,
        before=_sha(payload.get("before")),
        pull_request=_number(pull or (issue if _dict(issue, "pull_request") else {})),
        issue=_number(issue),
        draft=_bool(pull.get("draft")),
        repository=repository,
        private=_bool(_dict(payload, "repository").get("private")),
        base_branch=environ.get("GITHUB_BASE_REF") or _branch(_text(queue.get("base_ref"))),
        default_branch=_text(_dict(payload, "repository").get("default_branch")),
        base_changed=_base_changed(payload) if pull else None,
        head_branch=_text(head.get("ref") or run.get("head_branch")) or _head_branch(environ),
        head_repository=_text(
            _dict(head, "repo").get("full_name") or _dict(run, "head_repository").get("full_name")
        ),
        actor=environ.get("GITHUB_ACTOR") or None,
        id=run_id,
        attempt=_digits(environ.get("GITHUB_RUN_ATTEMPT")),
        workflow=_workflow(environ.get("GITHUB_WORKFLOW_REF", ""), repository),
        measured_by=_measured_by(run) if run else None,
        server_url=server,
        url=None if run_id is None else f"{server}/{repository}/actions/runs/{run_id}",
        in_ci=in_ci(environ),
        **step,
    )


def _step(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what a step of a workflow has, and no other process."""
    server, token = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_TOKEN")
    summary, outputs = environ.get("GITHUB_STEP_SUMMARY"), environ.get("GITHUB_OUTPUT")
    return {
        "ref": environ.get("GITHUB_REF", ""),
        "login": Login(server, token) if server and token else None,
        "publishes": True,
        "files": {name: Path(environ[name]) for name in FILES if environ.get(name)},
        "grace": GRACE,
        "log": LOG,
        "summary": StepSummary(Path(summary)) if summary else None,
        "outputs": StepOutputs(Path(outputs)) if outputs else None,
        "annotations": WorkflowAnnotations(),
    }


def _commit(payload: Mapping[str, Any]) -> str | None:
    """Return the commit that an event is about; None where it does not name one."""
    head = _dict(_dict(payload, "pull_request"), "head")
    queue, run = _dict(payload, "merge_group"), _dict(payload, "workflow_run")
    return _sha(head.get("sha")) or _sha(queue.get("head_sha")) or _sha(run.get("head_sha"))


def _payload(environ: Mapping[str, str]) -> tuple[Mapping[str, Any], str | None]:
    """Read the event that started this workflow: nothing, and the reason, of one that is broken."""
    import json

    try:
        content = _content(Path(environ.get("GITHUB_EVENT_PATH", "")))
        payload = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_each_key_once)
    except OSError as error:
        return {}, f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        return {}, "is not UTF-8 text"
    except (ValueError, RecursionError) as error:
        return {}, f"is not the JSON of an event ({error})"
    if not isinstance(payload, dict):
        return {}, "holds no object"
    return payload, None


def _content(path: Path) -> bytes:
    """Return a regular file's content. Raises `OSError`, or `ValueError` where it is too long."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is not a file")
    with path.open("rb") as file:
        content = file.read(LARGEST_EVENT + 1)
    if len(content) > LARGEST_EVENT:
        raise ValueError(f"more than {LARGEST_EVENT:,} bytes")
    return content


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what two readers may understand differently."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("it has a key twice")
    return made


def _measured_by(run: Mapping[str, Any]) -> RunStamp:
    """Order runs by id: their numbers begin anew where a workflow's file is renamed."""
    return RunStamp(_int(run.get("id")) or 0, _int(run.get("run_attempt")) or 1)


def _writable(text: str) -> str:
    """Return a text that can be written as UTF-8: variables may hold any bytes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _workflow(ref: str, repository: str) -> str | None:
    """Return the file of `owner/name/.github/workflows/x.yml@refs/heads/main`; None of another's."""
    path = ref.partition("@")[0]
    return path.removeprefix(f"{repository}/") if path.startswith(f"{repository}/") else None


def _base_changed(payload: Mapping[str, Any]) -> bool | None:
    """Return whether an edit changed the base; an edit that does not say what it changed may have."""
    if payload.get("action") != "edited":
        return None
    changes = payload.get("changes")
    return "base" in changes if isinstance(changes, dict) else True


def _head_branch(environ: Mapping[str, str]) -> str | None:
    ref = environ.get("GITHUB_REF", "")
    return environ.get("GITHUB_HEAD_REF") or (_branch(ref) if ref.startswith(_HEADS) else None)


def _branch(ref: str | None) -> str | None:
    return ref.removeprefix(_HEADS) if ref else None


@dataclass(frozen=True, slots=True)
class StepSummary:
    """`SummaryPage` of a step."""

    path: Path

    def add(self, markdown: str) -> None:
        """Append Markdown."""
        append(self.path, markdown)


@dataclass(frozen=True, slots=True)
class StepOutputs:
    """`Outputs` of a step."""

    path: Path

    def put(self, values: Mapping[str, str]) -> None:
        """Set outputs; the delimiter around a value cannot be guessed."""
        import secrets

        for name, value in values.items():
            end = f"mlgate-{secrets.token_hex(16)}"
            append(self.path, f"{name}<<{end}\n{value}\n{end}\n")


@dataclass(frozen=True, slots=True)
class WorkflowAnnotations:
    """`Annotations` by workflow commands."""

    limit: int = 10

    def line(
        self, level: Level, message: str, *, title: str, path: str | None = None, line: int = 1
    ) -> str:
        """Return a workflow command."""
        place: dict[str, str | int] = {} if path is None else {"file": path, "line": line}
        return command(level, message, {**place, "title": title})


def command(name: str, data: str, properties: Mapping[str, str | int] | None = None) -> str:
    r"""Write a workflow command; values of any content stay values.

    >>> command("error", "a\nb", {"file": "a,b.yaml", "line": 3})
    '::error file=a%2Cb.yaml,line=3::a%0Ab'
    """
    listed = ",".join(
        f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in (properties or {}).items()
    )
    return f"::{name}{' ' if listed else ''}{listed}::{_escaped(data, _DATA)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(char, char) for char in visible(text, keep="\r"))


def _quote(token: str) -> tuple[str, str]:
    """Return the commands between which the runner obeys nothing."""
    return f"::stop-commands::{token}", f"::{token}::"


def _fold(title: str) -> tuple[str, str]:
    return command("group", title), "::endgroup::"


LOG: Final = LogFormat(fold=_fold, quote=_quote)


def _dict(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _number(value: Mapping[str, Any]) -> int | None:
    return _int(value.get("number"))


def _int(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 < value < LARGEST_ID else None


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return _writable(value) if isinstance(value, str) and value else None


def _digits(value: str | None) -> int | None:
    short = value and len(value) < len(str(LARGEST_ID))
    return _int(int(value)) if short and value and value.isascii() and value.isdigit() else None


def _sha(value: object) -> str | None:
    return value if isinstance(value, str) and _SHA.fullmatch(value) else None


SYSTEM: Final = System(
    start=start,
    credentials=(
        "GITHUB_TOKEN|GH_TOKEN|GITHUB_ENTERPRISE_TOKEN|GH_ENTERPRISE_TOKEN",
        "INPUT_(?!KEY$).*(?:TOKEN|SECRET|PASSWORD|KEY).*",  # the input `key` names a comment
        "ACTIONS_RUNTIME_TOKEN|ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ),
    channels=(
        "ACTIONS_RUNTIME_.*|ACTIONS_ID_TOKEN_.*|ACTIONS_CACHE_URL|ACTIONS_RESULTS_URL",
        "|".join(FILES),
    ),
)
