"""The pages of the local GitHub: a pull request and a check run, much as github.com shows them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.demo.github.gfm import to_html

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import jinja2

    from mlgate.demo.github.world import (
        LocalCheckRun,
        LocalComment,
        LocalIssue,
        LocalRepository,
        LocalStatus,
        World,
    )

TEMPLATES: Final = Path(__file__).parent / "templates"
SHORT: Final = 7
SIGN: Final = {
    "success": ("pass", "✓"), "failure": ("fail", "✕"), "error": ("fail", "✕"),
    "timed_out": ("fail", "✕"), "cancelled": ("none", "–"), "neutral": ("none", "■"),
    "skipped": ("none", "–"), "pending": ("wait", "●"),
}  # fmt: skip
"""How the end of a check, or a status, is shown: a class and a sign."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check run or a status in the box above the merge button."""

    name: str
    says: str
    end: str
    url: str | None
    app: str

    @property
    def sign(self) -> tuple[str, str]:
        """The class and the sign of it."""
        return SIGN[self.end]


def index(world: World) -> str:
    """List all pull requests of all repositories."""
    pulls = [
        (repo, issue, _worst(lines(repo, issue.pull.commits[-1])))
        for repo in world.repositories.values()
        for issue in repo.issues.values()
        if issue.pull is not None
    ]
    return _environment().get_template("index.html").render(pulls=pulls, sign=SIGN)


def pull(repo: LocalRepository, issue: LocalIssue) -> str:
    """Show a pull request: what it says, its commits, comments and checks."""
    assert issue.pull is not None
    checks = lines(repo, issue.pull.commits[-1])
    return (
        _environment()
        .get_template("pull.html")
        .render(
            repo=repo,
            issue=issue,
            pull=issue.pull,
            body=to_html(issue.body) if issue.body else "",
            commits=[repo.objects.commits[sha] for sha in issue.pull.commits],
            comments=[(comment, to_html(comment.body)) for comment in repo.on(issue.number)],
            checks=checks,
            verdict=_verdict(checks),
        )
    )


def check(repo: LocalRepository, run: LocalCheckRun) -> str:
    """Show a check run: its summary, text and annotations."""
    return (
        _environment()
        .get_template("check.html")
        .render(
            repo=repo,
            check=run,
            sign=SIGN[run.conclusion or "pending"],
            summary=to_html(run.summary or ""),
            text=to_html(run.text) if run.text else "",
            pull=_pull_of(repo, run.sha),
        )
    )


def missing(path: str) -> str:
    """Return the page for an address without one."""
    return _environment().get_template("missing.html").render(path=path)


def lines(repo: LocalRepository, sha: str) -> list[CheckLine]:
    """Return the newest check run of each name and the newest status of each context."""
    runs = {shown.name: shown for shown in repo.checks.values() if shown.sha == sha}
    statuses = {shown.context: shown for shown in repo.statuses if shown.sha == sha}
    written = [_run_line(repo, shown) for shown in runs.values()]
    return [*written, *(_status_line(shown) for shown in statuses.values())]


def _run_line(repo: LocalRepository, run: LocalCheckRun) -> CheckLine:
    url = f"/{repo.full_name}/runs/{run.id}"
    return CheckLine(run.name, run.title or "", run.conclusion or "pending", url, run.app)


def _status_line(status: LocalStatus) -> CheckLine:
    return CheckLine(
        status.context, status.description or "", status.state, status.target_url, status.login
    )


def _worst(every: Iterable[CheckLine]) -> str:
    order = ("failure", "error", "timed_out", "pending", "neutral", "success")
    ends = {line.end for line in every}
    return next((end for end in order if end in ends), "pending")


def _verdict(every: list[CheckLine]) -> tuple[str, str, str]:
    """Return class, title and a sentence of the box above the merge button."""
    failing = sum(line.sign[0] == "fail" for line in every)
    waiting = sum(line.sign[0] == "wait" for line in every)
    counts = {
        "failing": failing,
        "pending": waiting,
        "neutral": sum(line.sign[0] == "none" for line in every),
        "successful": sum(line.sign[0] == "pass" for line in every),
    }
    sentence = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    plural = "check" if len(every) == 1 else "checks"
    if failing:
        return "fail", "Some checks were not successful", f"{sentence} {plural}"
    if waiting:
        return "wait", "Some checks haven’t completed yet", f"{sentence} {plural}"
    return "pass", "All checks have passed", f"{sentence} {plural}" if every else "No checks"


def _pull_of(repo: LocalRepository, sha: str) -> LocalIssue | None:
    pulls = (issue for issue in repo.issues.values() if issue.pull and sha in issue.pull.commits)
    return next(pulls, None)


def _edited(comment: LocalComment) -> bool:
    return comment.updated > comment.created


def _when(when: dt.datetime) -> str:
    return f"{when:%H:%M} UTC"


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["short"] = lambda sha: sha[:SHORT]
    made.filters["when"] = _when
    made.tests["edited"] = _edited
    made.globals["css"] = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return made
