"""What tests of publishing share: a validated local GitHub, clients of it, and its faults."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import openapi
from leaks import search

from mlgate.demo.github import server, world
from mlgate.forges import github
from mlgate.forges.data import Place
from mlgate.forges.patience import Patience
from mlgate.forges.sticky import post
from mlgate.model.run_stamp import RunStamp

if TYPE_CHECKING:
    from mlgate.forges.protocols import Forge

TOKEN = "ghs_SecretOfTheTests0123456789"
NAME = "octo/model"


@dataclass
class Clock:
    """Time that passes only by waiting; what was waited is in `waits`."""

    now: float = 1_800_000_000.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@dataclass
class Local:
    """A running local GitHub with one repository and one open pull request, number 1."""

    server: server.Server
    repo: world.LocalRepository
    clock: Clock
    head: str
    before: str
    drift: list[str] = field(default_factory=list)

    @property
    def world(self):
        return self.server.world

    @property
    def requests(self):
        """Every request so far, as `VERB /path/{id}`."""
        return self.server.requests

    def forge(self, token: str = TOKEN, **patience) -> Forge:
        """A client; its waiting takes no time, and counts in `clock`."""
        own = {"clock": self.clock, "sleep": self.clock.sleep, "timeout": 5.0, **patience}
        return github.connect(self.server.api_url, self.server.url, NAME, token, Patience(**own))

    def post(self, text, run=1, attempt=1, key="gate", forge=None, place=None):
        """Post a sticky comment on the pull request."""
        forge = forge or self.forge()
        return post(
            forge.comments,
            place or Place.pull(1),
            key=key,
            text=text,
            stamp=RunStamp(run, attempt),
            patience=forge.patience,
        )

    def bodies(self, number=1):
        """The texts of a pull request's comments."""
        return [one.body for one in self.repo.on(number)]

    def environ(self, event_path="", name="pull_request", **more):
        """The variables of a job on the pull request."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_API_URL": self.server.api_url,
            "GITHUB_SERVER_URL": self.server.url,
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(event_path),
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_RUN_ID": "900",
            "GITHUB_RUN_NUMBER": "9",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKFLOW": "model",
            "GITHUB_JOB": "gate",
            "GITHUB_SHA": self.head,
            **more,
        }

    def payload(self):
        """The event of a push to the pull request."""
        return {
            "action": "synchronize",
            "number": 1,
            "before": self.before,
            "after": self.head,
            "pull_request": {
                "number": 1,
                "draft": False,
                "head": {"sha": self.head, "ref": "feature", "repo": {"full_name": NAME}},
                "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": NAME}},
            },
            "repository": {"full_name": NAME, "private": self.repo.private},
        }


@contextlib.contextmanager
def running(clock=None, *, validate=True):
    """A local GitHub; leaving it fails if anything said or asked drifted from GitHub's own."""
    clock = clock or Clock()
    universe = world.World(clock=clock)
    repo = universe.repository(NAME)
    universe.actions_token(TOKEN)
    before = repo.commit("feature", "Try something").sha
    head = repo.commit("feature", "Do it").sha
    repo.pull("Do it", [before, head])
    with server.serve(universe) as running_server:
        local = Local(running_server, repo, clock, head, before)

        def watch(seen, answer):
            try:
                search((seen.path, seen.query, seen.body, answer.data), "a request or its answer")
                if validate:
                    openapi.check(seen, answer)
            except Exception as error:  # noqa: BLE001  (told when the test ends)
                local.drift.append(f"{type(error).__name__}: {error}")

        running_server.watch = watch
        yield local
    assert local.drift == [], local.drift
