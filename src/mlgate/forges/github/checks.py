"""Check runs and commit statuses.

A check run of ours is told by its `external_id`, which also remembers the run that wrote it and
the id of its sticky comment: `mlgate run=12 attempt=1 comment=345`. A workflow's jobs are check
runs of the same app, and may have the same name; those are never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import Permission, UsageError
from mlgate.forges.data import Annotation, CheckRun
from mlgate.forges.github.client import ApiRequest
from mlgate.model.run_stamp import RunStamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.forges.data import CheckReport, Status
    from mlgate.forges.github.client import Client
    from mlgate.forges.github.comments import GitHubComments

TEXT_LIMIT: Final = 65_535
"""Of a summary and of a text: characters and bytes."""
ANNOTATIONS: Final = 50
"""A request."""
TITLE_LIMIT: Final = 255
MESSAGE_LIMIT: Final = 64_000
DESCRIPTION_LIMIT: Final = 140
_READ: Final = Permission("checks", "read")
_WRITE: Final = Permission("checks", "write")
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
        latest = (
            run for run in self._all(sha, name) if f"{run.app}[bot]" == self.comments.author()
        )
        return next(latest, None)

    def remembered(self, shas: Sequence[str], name: str) -> CheckRun | None:
        """Return the first that remembers a comment, whichever app made it."""
        for sha in shas:
            latest = next(iter(self._all(sha, name)), None)
            if latest is not None and latest.comment is not None:
                return latest
        return None

    def _all(self, sha: str, name: str) -> list[CheckRun]:
        """Return what any mlgate has written, newest first."""
        path = f"commits/{sha}/check-runs"
        pages = self.client.pages(
            path, "read check runs", _READ, "check_runs", check_name=name, filter="all"
        )
        written = [check for check in map(_check, pages) if check.stamp is not None]
        return sorted(written, key=lambda check: check.id, reverse=True)

    def put(self, sha: str, report: CheckReport, existing: CheckRun | None = None) -> CheckRun:
        """Create or update in place."""
        _hold_limits(report)
        existing = existing or self.find(sha, report.name)
        if existing is not None and existing.stamp is not None and existing.stamp > report.stamp:
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


def _annotation(data: Mapping[str, Any]) -> Annotation:
    return Annotation(
        data["path"],
        data["start_line"],
        data["end_line"],
        data["annotation_level"],
        data["message"] or "",
        data["title"] or None,
    )


def _check(data: Mapping[str, Any]) -> CheckRun:
    memory = _MEMORY.fullmatch(data.get("external_id") or "")
    run, attempt, comment = memory.groups() if memory else (None, None, None)
    return CheckRun(
        id=data["id"],
        name=data["name"],
        sha=data["head_sha"],
        url=data.get("html_url") or "",
        status=data["status"],
        conclusion=data["conclusion"],
        app=(data.get("app") or {}).get("slug"),
        stamp=None if run is None or attempt is None else RunStamp(int(run), int(attempt)),
        comment=None if comment is None else int(comment),
        annotations=data["output"]["annotations_count"],
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
