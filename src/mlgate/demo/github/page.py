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

    from mlgate.demo.github.world import CheckRun, Comment, Issue, Repository, Status, World

TEMPLATES: Final = Path(__file__).parent / "templates"
SHORT: Final = 7
SIGN: Final = {
    "success": ("pass", "✓"), "failure": ("fail", "✕"), "error": ("fail", "✕"),
    "timed_out": ("fail", "✕"), "cancelled": ("none", "–"), "neutral": ("none", "■"),
    "skipped": ("none", "–"), "pending": ("wait", "●"),
}  # fmt: skip
"""How the end of a check, or a status, is shown: a class and a sign."""


@dataclass(frozen=True, slots=True)
class Line:
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


def pull(repo: Repository, issue: Issue) -> str:
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
            comments=[(one, to_html(one.body)) for one in repo.on(issue.number)],
            checks=checks,
            verdict=_verdict(checks),
        )
    )


def check(repo: Repository, one: CheckRun) -> str:
    """Show a check run: its summary, text and annotations."""
    return (
        _environment()
        .get_template("check.html")
        .render(
            repo=repo,
            check=one,
            sign=SIGN[one.conclusion or "pending"],
            summary=to_html(one.summary or ""),
            text=to_html(one.text) if one.text else "",
            pull=_pull_of(repo, one.sha),
        )
    )


def missing(path: str) -> str:
    """Say that there is no such page."""
    return _environment().get_template("missing.html").render(path=path)


def lines(repo: Repository, sha: str) -> list[Line]:
    """Give the newest check run of each name and the newest status of each context."""
    runs = {one.name: one for one in repo.checks.values() if one.sha == sha}
    statuses = {one.context: one for one in repo.statuses if one.sha == sha}
    told = [_run_line(repo, one) for one in runs.values()]
    return [*told, *(_status_line(one) for one in statuses.values())]


def _run_line(repo: Repository, one: CheckRun) -> Line:
    url = f"/{repo.full_name}/runs/{one.id}"
    return Line(one.name, one.title or "", one.conclusion or "pending", url, one.app)


def _status_line(one: Status) -> Line:
    return Line(one.context, one.description or "", one.state, one.target_url, one.login)


def _worst(found: Iterable[Line]) -> str:
    order = ("failure", "error", "timed_out", "pending", "neutral", "success")
    ends = {one.end for one in found}
    return next((end for end in order if end in ends), "pending")


def _verdict(found: list[Line]) -> tuple[str, str, str]:
    """Give class, title and a sentence of the box above the merge button."""
    failing = sum(one.sign[0] == "fail" for one in found)
    waiting = sum(one.sign[0] == "wait" for one in found)
    counts = {
        "failing": failing,
        "pending": waiting,
        "neutral": sum(one.sign[0] == "none" for one in found),
        "successful": sum(one.sign[0] == "pass" for one in found),
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    plural = "check" if len(found) == 1 else "checks"
    if failing:
        return "fail", "Some checks were not successful", f"{said} {plural}"
    if waiting:
        return "wait", "Some checks haven’t completed yet", f"{said} {plural}"
    return "pass", "All checks have passed", f"{said} {plural}" if found else "No checks"


def _pull_of(repo: Repository, sha: str) -> Issue | None:
    pulls = (one for one in repo.issues.values() if one.pull and sha in one.pull.commits)
    return next(pulls, None)


def _edited(one: Comment) -> bool:
    return one.updated > one.created


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
