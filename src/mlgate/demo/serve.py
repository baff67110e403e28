"""`mlgate demo --serve`: the demo's pull requests on a GitHub of our own, posted for real.

What is posted goes through the same code and over HTTP like everything that `mlgate publish`
posts; only the GitHub is on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.demo.github.world import World
from mlgate.forges import github
from mlgate.forges.github.event import read
from mlgate.forges.patience import Patience
from mlgate.pipeline.publishing import content, post, target
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from mlgate.demo.github.server import Server
    from mlgate.demo.github.world import Issue, Repository
    from mlgate.demo.play import Played
    from mlgate.pipeline.publishing.post import Published

NAME: Final = "demo/income"
_TOKEN: Final = "ghs_demo"  # noqa: S105  (of a GitHub that is gone when the demo ends)


def world() -> World:
    """Give a GitHub with one empty repository, and a token for it."""
    made = World()
    made.repository(NAME)
    made.actions_token(_TOKEN)
    # It is ours alone: nobody needs protection from our pictures.
    made.limits.content_a_minute = made.limits.content_an_hour = made.limits.an_hour = 10**6
    return made


def show(server: Server, played: Played) -> tuple[str, Published]:
    """Open a pull request for a played one and post what `mlgate run` made of it.

    Returns
    -------
    url
        The pull request's page.
    published
    """
    repo = server.world.repositories[NAME]
    issue, sha = _open(repo, played)
    run_dir = RunDir(played.report.parent)
    found = content.read(run_dir)
    event = read(_environ(server, played), _payload(issue, sha))
    aim = target.aim(event, [one.run for one in found.loaded], target.Wish(), sha)
    forge = github.connect(event.api_url, event.server_url, NAME, _TOKEN, Patience(settle=0.0))
    return f"{server.url}/{NAME}/pull/{issue.number}", post.post(forge, aim, found)


def _open(repo: Repository, played: Played) -> tuple[Issue, str]:
    sha = played.verdict.commit
    assert sha is not None, "the demo runs in a repository of its own"
    title = played.pull_request.title.capitalize()
    repo.adopt(sha, title)
    patch = played.pull_request.patch
    body = f"Played by `mlgate demo`: the change is `pull_requests/{patch}` of examples/income."
    return repo.pull(title, [sha], branch=played.pull_request.branch, body=body), sha


def _environ(server: Server, played: Played) -> dict[str, str]:
    return {
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_API_URL": server.api_url,
        "GITHUB_SERVER_URL": server.url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_WORKFLOW": "model",
        "GITHUB_JOB": "gate",
        "GITHUB_HEAD_REF": played.pull_request.branch,
        "GITHUB_BASE_REF": "main",
    }


def _payload(issue: Issue, sha: str) -> dict[str, object]:
    assert issue.pull is not None
    head = {"sha": sha, "ref": issue.pull.head_branch, "repo": {"full_name": NAME}}
    pull = {"number": issue.number, "draft": False, "head": head, "base": {"ref": "main"}}
    return {"action": "opened", "pull_request": pull, "repository": {"private": False}}
