"""Check runs and commit statuses.

A check run of ours is told by its `external_id`, which also remembers the run that wrote it and
the id of its sticky comment: `mlgate run=12 attempt=1 comment=345`. A workflow's jobs are check
runs of the same app, and may have the same name; those are never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from mlgate.errors import Permission, UsageError
from mlgate.forges.data import Annotation, CheckRun
from mlgate.forges.github.client import ApiRequest
from mlgate.forges.github.fields import Fields, unexpected
from mlgate.forges.newer import everybody
from mlgate.model.run_stamp import RunStamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.forges.data import CheckReport, Level, Status
    from mlgate.forges.github.client import Client
    from mlgate.forges.github.comments import GitHubComments
    from mlgate.forges.newer import Vouch

TEXT_LIMIT: Final = 65_535
"""Of a summary and of a text: characters and bytes."""
ANNOTATIONS: Final = 50
"""A request."""
TITLE_LIMIT: Final = 255
MESSAGE_LIMIT: Final = 64_000
DESCRIPTION_LIMIT: Final = 140
_READ: Final = Permission("checks", "read")
_WRITE: Final = Permission("checks", "write")
_STATUSES: Final = Permission("statuses", "read")
_READ_STATUSES: Final = "read commit statuses"
_NEWEST: Final = """\
query($owner: String!, $name: String!, $context: String!) {
  repository(owner: $owner, name: $name) {%s}
}
fragment S on Commit {status {context(name: $context) {description}}}
"""
_MEMORY: Final = re.compile(r"mlgate run=(\d{1,18}) attempt=(\d{1,9})(?: comment=(\d{1,18}))?")


@dataclass(frozen=True, slots=True)
class GitHubChecks:
    """`Checks` of GitHub; `comments` knows whose token this is."""

    client: Client
    comments: GitHubComments

    def find(self, sha: str, name: str) -> CheckRun | None:
        """Return the latest check run of ours of that name on a commit.

        Only the app that made a check run may change it, so those of other apps are not ours.
        """
        return next(filter(self._is_ours, self._all(sha, check_name=name)), None)

    def find_all(self, sha: str) -> dict[str, CheckRun]:
        """Return the latest check run of ours of each name on a commit."""
        ours = filter(self._is_ours, self._all(sha))
        return {check.name: check for check in reversed(list(ours))}

    def _is_ours(self, check: CheckRun) -> bool:
        return f"{check.app}[bot]" == self.comments.author()

    def remembered(self, shas: Sequence[str], name: str) -> CheckRun | None:
        """Return the first that remembers a comment, whichever app made it."""
        for sha in shas:
            latest = next(iter(self._all(sha, check_name=name)), None)
            if latest is not None and latest.comment is not None:
                return latest
        return None

    def _all(self, sha: str, **which: str) -> list[CheckRun]:
        """Return what any mlgate has written, newest first."""
        path = f"commits/{sha}/check-runs"
        pages = self.client.pages(
            path, "read check runs", _READ, "check_runs", **which, filter="all"
        )
        written = [check for check in map(_check, pages) if check.stamp is not None]
        return sorted(written, key=lambda check: check.id, reverse=True)

    def put(
        self,
        sha: str,
        report: CheckReport,
        existing: CheckRun | None = None,
        vouch: Vouch = everybody,
        *,
        look: bool = True,
    ) -> CheckRun:
        """Create or update in place."""
        _hold_limits(report)
        if existing is None and look:
            existing = self.find(sha, report.name)
        if existing is not None and _is_newer(existing, report, vouch):
            return existing
        if existing is None:
            check = self._create(sha, report)
            rest = report.annotations[check.annotations :]
        else:
            rest = self._missing(existing, report)
            check, rest = self._update(existing, report, rest[:ANNOTATIONS]), rest[ANNOTATIONS:]
        while rest:
            check = self._update(check, report, rest[:ANNOTATIONS])
            rest = rest[ANNOTATIONS:]
        return check

    def _create(self, sha: str, report: CheckReport) -> CheckRun:
        body = {"head_sha": sha, **_body(report, report.annotations[:ANNOTATIONS])}

        def look() -> CheckRun | None:
            made = self.find(sha, report.name)
            return made if made is not None and made.stamp == report.stamp else None

        made = self.client.send(
            ApiRequest("POST", "check-runs", "make a check run", _WRITE, body=body), look
        )
        return made if isinstance(made, CheckRun) else _check(made)

    def _update(
        self, check: CheckRun, report: CheckReport, annotations: Sequence[Annotation]
    ) -> CheckRun:
        """Replace everything but the annotations, which GitHub appends."""
        expected = check.annotations + len(annotations)
        path = f"check-runs/{check.id}"

        def look() -> CheckRun | None:
            answer = self.client.get(path, "read a check run", _READ)
            now = None if answer is None else _check(answer)
            # Whether the rest was taken too is seen by the annotations: it is all or nothing.
            done = annotations and now is not None and now.annotations >= expected
            return now if done else None

        request = ApiRequest(
            "PATCH",
            path,
            "update a check run",
            _WRITE,
            body=_body(report, annotations),
            fresh=True,
        )
        done = self.client.send(request, look)
        return done if isinstance(done, CheckRun) else _check(done)

    def _missing(self, check: CheckRun, report: CheckReport) -> tuple[Annotation, ...]:
        if not check.annotations or not report.annotations:
            return report.annotations
        there = self._annotations(check)
        return tuple(
            annotation
            for annotation in report.annotations
            if _cut_annotation(annotation) not in there
        )

    def _annotations(self, check: CheckRun) -> set[Annotation]:
        """Read what a check run has; a list that lags behind its count is read again."""
        path = f"check-runs/{check.id}/annotations"
        patience = self.client.patience
        for attempt in range(patience.attempts):
            listed = list(self.client.pages(path, "read annotations", _READ))
            if len(listed) >= check.annotations or not patience.wait(2.0**attempt):
                break
        return set(map(_annotation, listed))


@dataclass(frozen=True, slots=True)
class GitHubStatuses:
    """`Statuses` of GitHub. Setting one twice is as good as once, so it is simply repeated."""

    client: Client

    def put(self, sha: str, status: Status) -> None:
        """Set one."""
        body = {
            "state": status.state,
            "context": status.context,
            "description": _cut(" ".join(status.description.split()), DESCRIPTION_LIMIT),
            **({"target_url": status.target_url} if status.target_url else {}),
        }
        request = ApiRequest(
            "POST",
            f"statuses/{sha}",
            "set a commit status",
            Permission("statuses", "write"),
            body=body,
        )
        self.client.send(request)

    def newest(self, shas: Sequence[str], context: str) -> dict[str, str]:
        """Return the description of a context's newest status by commit, in one request."""
        if not shas:  # a query that asks for nothing is no query
            return {}
        owner, _, name = self.client.repository.partition("/")
        commits = " ".join(f'c{n}: object(oid: "{sha}") {{...S}}' for n, sha in enumerate(shas))
        variables = {"owner": owner, "name": name, "context": context}
        data = self.client.graphql(_NEWEST % commits, variables, _READ_STATUSES, _STATUSES)
        repository = data.inner("repository")
        if not all(f"c{n}" in repository for n in range(len(shas))):
            raise unexpected("it lacks commits that were asked for")
        statuses = (repository.inner(f"c{n}").inner("status") for n in range(len(shas)))
        return {
            sha: status.inner("context").text("description", "")
            for sha, status in zip(shas, statuses, strict=True)
            if status.inner("context").data
        }


def _is_newer(existing: CheckRun, report: CheckReport, vouch: Vouch) -> bool:
    """Whether a newer run wrote it; only who may write check runs can claim that falsely."""
    stamp = existing.stamp
    return stamp is not None and stamp > report.stamp and vouch(stamp) is not False


def _body(report: CheckReport, annotations: Sequence[Annotation]) -> dict[str, Any]:
    output: dict[str, Any] = {
        "title": _cut(report.title, TITLE_LIMIT),
        "summary": report.summary,
        **({"text": report.text} if report.text is not None else {}),
        **(
            {"annotations": [_sent(annotation) for annotation in annotations]}
            if annotations
            else {}
        ),
    }
    state = (
        {"status": "in_progress"}
        if report.conclusion is None
        else {"status": "completed", "conclusion": report.conclusion}
    )
    return {
        "name": report.name,
        "external_id": _memory(report),
        "output": output,
        **state,
        **({"details_url": report.details_url} if report.details_url else {}),
    }


def _memory(report: CheckReport) -> str:
    comment = "" if report.comment is None else f" comment={report.comment}"
    return f"mlgate run={report.stamp.run} attempt={report.stamp.attempt}{comment}"


def _hold_limits(report: CheckReport) -> None:
    for what, text in (("summary", report.summary), ("text", report.text or "")):
        if len(text.encode()) > TEXT_LIMIT:
            raise UsageError(
                f"the {what} of a check run has {len(text.encode()):,} bytes; it may have {TEXT_LIMIT:,}"
            )


def _cut_annotation(annotation: Annotation) -> Annotation:
    title = None if annotation.title is None else _cut(annotation.title, TITLE_LIMIT)
    message = _cut(annotation.message, MESSAGE_LIMIT // 4)
    return Annotation(
        annotation.path,
        annotation.start_line,
        annotation.end_line,
        annotation.level,
        message,
        title,
    )


def _sent(annotation: Annotation) -> dict[str, Any]:
    annotation = _cut_annotation(annotation)
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": annotation.end_line,
        "annotation_level": annotation.level,
        "message": annotation.message,
        **({"title": annotation.title} if annotation.title else {}),
    }


def _annotation(answer: object) -> Annotation:
    data = Fields(answer)
    return Annotation(
        data.text("path"),
        data.number("start_line"),
        data.number("end_line"),
        cast("Level", data.text("annotation_level")),
        data.text("message", ""),
        data.text_or_none("title"),
    )


def _check(answer: object) -> CheckRun:
    data = Fields(answer)
    memory = _MEMORY.fullmatch(data.text("external_id", ""))
    run, attempt, comment = memory.groups() if memory else (None, None, None)
    return CheckRun(
        id=data.number("id"),
        name=data.text("name"),
        sha=data.text("head_sha"),
        url=data.text("html_url", ""),
        status=data.text("status"),
        conclusion=data.text_or_none("conclusion"),
        app=data.inner("app").text_or_none("slug"),
        stamp=None if run is None or attempt is None else RunStamp(int(run), int(attempt)),
        comment=None if comment is None else int(comment),
        annotations=data.inner("output").number("annotations_count", 0),
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
