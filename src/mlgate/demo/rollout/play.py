"""`mlgate demo --rollout`: three new versions, rolled out by the commands that a scheduler would run.

Nothing is staged but the versions: traffic goes through HAProxy, every look is a process of its own, and what
is printed is what `mlgate rollout tick` says. Looks come after so many requests, not after so many seconds,
so that a busy machine takes longer and decides the same.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.demo.play import commit, git_in, new_folder
from mlgate.demo.rollout import timeline
from mlgate.demo.rollout.host import Host, haproxy
from mlgate.demo.rollout.traffic import LOST
from mlgate.errors import UsageError
from mlgate.run_dir import HTML

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

CONFIG: Final = """\
version: 1
name: income
task: binary
predictions: {path: out/predictions.csv, label: label, prediction: predicted}
rollout:
  router: lease:../host/lease.json
  source: log:../host/requests.jsonl      # HAProxy's own log: one line of JSON for each request
  log: {time: time, version: version, failed: status >= 500, seconds: took, late_by: 2s, stall: 1s}
  steps: [20%, 50%]
  pace: 1s                                # ten minutes or more where nobody watches
  lease: 40s                              # two hours, likewise
gates:
  rollout.errors: {max: 2}                # at most twice the stable version's failures
  rollout.latency: {max: 2}               # at most twice as many slow requests
"""
ENVIRONMENT: Final = "demo"
WARM_UP: Final = 2_000
"""Requests of the stable version alone: what is slow is what exceeds these."""
BETWEEN: Final = 4_500
"""Requests between two looks."""
LOOKS: Final = 40
"""Looks after which a candidate has been tried for long enough."""
AFTER_LEASE: Final = 500
"""Requests that are counted after the lease."""
PAUSE: Final = 0.02
"""Seconds between an answer and a client's next request."""
_LONGEST: Final = 300.0
"""Seconds after which requests that do not come are given up."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A new version, and what should become of it."""

    version: str
    what: str
    expected: str
    fault: Literal["", "kill", "lapse"] = ""


CANDIDATES: Final = (
    NewVersion("slow", "takes 30 ms longer for each answer", "rolled_back"),
    NewVersion(
        "wrong", "does not know one of twelve countries, and fails on it", "rolled_back", "kill"
    ),
    NewVersion("good", "is as fast and fails no more", "promoted", "lapse"),
)


@dataclass(frozen=True, slots=True)
class RolledOut:
    """What became of a candidate."""

    candidate: NewVersion
    phase: str
    reason: str
    seconds: float
    looks: int
    report: Path

    @property
    def as_expected(self) -> bool:
        """Whether it ended as it should."""
        return self.phase == self.candidate.expected


@dataclass(slots=True)
class Production:
    """The repository and its host, while they are there."""

    root: Path
    host: Host
    environ: Mapping[str, str]
    tell: Callable[[str], None]
    events: list[timeline.Event] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        """Where mlgate.yaml is."""
        return self.root / "income"

    def roll_out(self, candidate: NewVersion) -> RolledOut:
        """Start, and tick until the rollout is over."""
        while self.host.share():  # a moment ago another one was rolled back
            time.sleep(0.01)
        self.host.serve_canary(candidate.version)
        began = time.monotonic()
        (self.repository / "version.txt").write_text(f"{candidate.version}\n", encoding="utf-8")
        commit(git_in(self.repository), f"Roll out {candidate.version}")
        reports = self.root / "reports" / candidate.version
        state = self.run("start", reports)
        if candidate.fault == "lapse":
            self.lapsed_lease()
        kill = candidate.fault == "kill"
        for _ in range(LOOKS):
            self.host.wait_for(BETWEEN, _LONGEST)
            if kill:
                self.killed_tick(reports)
            share, state = state["share"], self.run("tick", reports)
            if state["share"] != share and state["phase"] == "progressing":
                self.tell(f"    canary {state['share']:.0%}: {state['reason']}")
            if kill and state["share"] != share:
                self._note("a tick is killed")
                self.tell(
                    "    a tick is killed (SIGKILL) before it does what it has written; the next one does"
                )
                kill = False
            if state["phase"] in ("promoted", "rolled_back"):
                break
        self._note(f"{candidate.version}: {state['phase'].replace('_', ' ')}")
        took = time.monotonic() - began
        ended = (state["phase"], state["reason"], took, state["looks"])
        return RolledOut(candidate, *ended, reports / HTML)

    def run(self, command: str, reports: Path) -> dict[str, Any]:
        """Run a command of `mlgate rollout`; raises UsageError where it fails."""
        process = self._finished("mlgate", "rollout", command, reports=reports)
        if process.returncode not in (0, 1):
            msg = f"`mlgate rollout {command}` ended with exit code {process.returncode}"
            printed = process.stderr.strip() or "it printed nothing"
            raise UsageError(msg, hint=printed.splitlines()[-1])
        state: dict[str, Any] = json.loads(process.stdout)
        return state

    def killed_tick(self, reports: Path) -> None:
        """Run a tick that is killed before it does what it has written; the next one does it."""
        process = self._finished("mlgate.demo.rollout.killed", "tick", reports=reports)
        if process.returncode != -signal.SIGKILL:
            raise UsageError(f"the tick was not killed: {process.stderr.strip()}", hint="try again")

    def lapsed_lease(self) -> None:
        """Wait without a tick until the lease has lapsed, and count what the canary still gets."""
        until = json.loads(self.host.lease.read_text())["until"]
        time.sleep(max(0.0, until - time.time()))
        while self.host.share() and time.time() < until + _LONGEST:
            time.sleep(0.01)
        after = time.time()
        self._note("the lease has lapsed")
        seen = self.host.log.stat().st_size
        self.host.wait_for(AFTER_LEASE, _LONGEST)
        with self.host.log.open("rb") as log:
            log.seek(seen)
            lines = [line for line in map(json.loads, log) if line["time"] > after]
        canary = sum(line["version"] == "canary" for line in lines)
        self.tell(
            f"    no tick any more: {after - until:.1f} s after the end of the lease HAProxy is back at the"
            f" stable version; of {len(lines)} requests {canary} go to the canary"
        )

    def _note(self, event: str) -> None:
        self.events.append(timeline.Event(time.time(), event))

    def _finished(
        self, module: str, *arguments: str, reports: Path
    ) -> subprocess.CompletedProcess[str]:
        options = ("--environment", ENVIRONMENT, "--format", "json", "--run-dir", str(reports))
        return subprocess.run(
            [sys.executable, "-m", module, *arguments, *options],
            cwd=self.repository,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )


def play(
    environ: Mapping[str, str], folder: Path | None, tell: Callable[[str], None]
) -> Iterator[RolledOut]:
    """Roll the candidates out, one after the other.

    Parameters
    ----------
    environ
        The environment of the reader.
    folder
        Where to play, new or empty; a temporary folder by default. It is left for the reader.
    tell
        Gets one line for each thing that happens.
    """
    haproxy()
    root = new_folder(folder)
    repository = root / "income"
    repository.mkdir()
    git_in(repository)("init", "--quiet", "--initial-branch=main")
    (repository / "mlgate.yaml").write_text(CONFIG, encoding="utf-8")
    commit(git_in(repository), "The stable version")
    answered: Counter[int] = Counter()
    with Host(root / "host") as host, _traffic(host.ports["router"], answered):
        host.wait_for(WARM_UP, _LONGEST)
        production = Production(root, host, _environ(environ), tell)
        for candidate in CANDIDATES:
            tell(f"\n{candidate.version}: {candidate.what}")
            yield production.roll_out(candidate)
        host.wait_for(AFTER_LEASE, _LONGEST)
    picture = timeline.draw(host.log, production.events, root / "reports")
    tell(f"\n{answered.total():,} requests, {answered[LOST]:,} of them without an answer")
    tell(f"\nTimeline: {picture}")


@contextmanager
def _traffic(port: int, answered: Counter[int]) -> Iterator[None]:
    """Have clients ask, and count what they were answered in the end."""
    module = "mlgate.demo.rollout.traffic"
    command = [sys.executable, "-m", module, str(port), str(PAUSE)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        process.terminate()
        printed, _ = process.communicate()
        for status, count in json.loads(printed or "{}").items():
            answered[int(status)] += count


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a scheduler's job: nothing of the CI that this may run under."""
    names = ("PATH", "HOME", "LANG", "TMPDIR")
    kept = {name: environ[name] for name in names if name in environ}
    return kept | {
        "MLGATE_ROLLOUT_KEY": secrets.token_hex(32),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
