"""`mlgate demo --serve`: the demo's pull requests on a GitHub of our own, posted for real.

What is posted goes through the same code and over HTTP like everything that `mlgate publish`
posts; only the GitHub is on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.ci import Run
from mlgate.demo.github.world import World
from mlgate.forges import github
from mlgate.forges.patience import Patience
from mlgate.pipeline.prepare import open_run_dir
from mlgate.pipeline.publishing import content, destination, post

if TYPE_CHECKING:
    from mlgate.demo.github.server import Server
    from mlgate.demo.github.world import LocalIssue, LocalRepository
    from mlgate.demo.play import Played
    from mlgate.pipeline.publishing.post import PublishResult

NAME: Final = "demo/income"
_TOKEN: Final = "ghs_demo"  # noqa: S105  (of a GitHub that is gone when the demo ends)


def world() -> World:
    """Return a GitHub with one empty repository, and a token for it."""
    made = World()
    made.repository(NAME)
    made.actions_token(_TOKEN)
    # It is ours alone: nobody needs protection from our pictures.
    made.limits.content_a_minute = made.limits.content_an_hour = made.limits.an_hour = 10**6
    return made


def show(server: Server, played: Played) -> tuple[str, PublishResult]:
    """Open a pull request for a played one and post what `mlgate run` made of it.

    Returns
    -------
    url
        The pull request's page.
    published
    """
    repo = server.world.repositories[NAME]
    issue, sha = _open(repo, played)
    run_dir = open_run_dir(played.report.parent)
    shown = content.read(run_dir)
    started = _started(server, played, issue, sha)
    aim = destination.aim(
        started, [loaded.run for loaded in shown.loaded], destination.PublishOptions()
    )
    forge = github.connect(server.api_url, server.url, NAME, _TOKEN, Patience(settle=0.0))
    return f"{server.url}/{NAME}/pull/{issue.number}", post.post(forge, aim, shown)


def _open(repo: LocalRepository, played: Played) -> tuple[LocalIssue, str]:
    sha = played.verdict.commit
    assert sha is not None, "the demo runs in a repository of its own"
    title = played.pull_request.title.capitalize()
    repo.adopt(sha, title)
    patch = played.pull_request.patch
    body = f"Played by `mlgate demo`: the change is `pull_requests/{patch}` of examples/income."
    return repo.pull(title, [sha], branch=played.pull_request.branch, body=body), sha


def _started(server: Server, played: Played, issue: LocalIssue, sha: str) -> Run:
    """Return the run that a push to the pull request would have started."""
    return Run(
        event="pull_request",
        action="opened",
        commit=sha,
        checked_out=sha,
        pull_request=issue.number,
        draft=False,
        repository=NAME,
        private=False,
        base_branch="main",
        head_branch=played.pull_request.branch,
        head_repository=NAME,
        server_url=server.url,
    )
