"""Pull requests, the repository, and whose token it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, missing, page
from mlgate.demo.github.routes import REPO, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.world import LocalIssue, LocalPull


def _repository(call: Call) -> Answer:
    return Answer(200, shapes.repository(call))


def _all(call: Call) -> list[tuple[LocalIssue, LocalPull]]:
    every = [(issue, issue.pull) for issue in call.repo.issues.values() if issue.pull is not None]
    return sorted(every, key=lambda issue: issue[0].number, reverse=True)


def _list(call: Call) -> Answer:
    state, head = call.query.get("state", "open"), call.query.get("head")
    pulls = [
        issue
        for issue, pull in _all(call)
        if state in ("all", issue.state) and head in (None, _head(pull))
    ]
    return page(call, pulls, shapes.pull)


def _head(pull: LocalPull) -> str:
    return f"{(pull.head_repository or '').partition('/')[0]}:{pull.head_branch}"


def _addressed(call: Call) -> tuple[LocalIssue, LocalPull]:
    issue = call.repo.issues.get(call.number("pull_number"))
    if issue is None or issue.pull is None:
        raise missing()
    return issue, issue.pull


def _get(call: Call) -> Answer:
    return Answer(200, shapes.whole_pull(call, _addressed(call)[0]))


def _commits(call: Call) -> Answer:
    commits = call.repo.objects.commits
    return page(call, [commits[sha] for sha in _addressed(call)[1].commits], shapes.commit)


def _of_commit(call: Call) -> Answer:
    sha = call.parts["commit_sha"]
    if sha not in call.repo.objects.commits:
        raise Refused(422, f"No commit found for SHA: {sha}")
    return page(call, [issue for issue, pull in _all(call) if sha in pull.commits], shapes.pull)


_READ = ("pull-requests:read",)
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", REPO): Route(_repository),
    ("GET", f"{REPO}/pulls"): Route(_list, _READ),
    ("GET", f"{REPO}/pulls/{{pull_number}}"): Route(_get, _READ),
    ("GET", f"{REPO}/pulls/{{pull_number}}/commits"): Route(_commits, _READ),
    ("GET", f"{REPO}/commits/{{commit_sha}}/pulls"): Route(_of_commit, _READ),
}
