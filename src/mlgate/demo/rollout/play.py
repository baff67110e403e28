"""Three candidates for one stable version: each gets real traffic, and mlgate decides.

Nothing is staged but the faults: the router is HAProxy, requests are real, and each command runs as a
process of its own, as a scheduler would start it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.play import commit, git_in, new_folder
from mlgate.demo.rollout.host import Host, haproxy
from mlgate.demo.rollout.traffic import Traffic
from mlgate.errors import UsageError
from mlgate.git import Git
from mlgate.rollout import chain
from mlgate.run_dir import HTML
from mlgate.stores.rollouts import ROOT, RolloutStore

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
  log: {time: time, version: version, failed: status >= 500, seconds: took, late_by: 4s}
  steps: [20%, 50%]
  pace: 5s                                # ten minutes or more where nobody watches
  lease: 12s                              # two hours, likewise
gates:
  rollout.errors: {max: 2}                # at most twice the stable version's failures
  rollout.latency: {max: 2}               # at most twice as many slow requests
"""
ENVIRONMENT: Final = "demo"
PER_SECOND: Final = 300.0
WARM_UP: Final = 4.0
"""Seconds of the stable version alone: what is slow is what exceeds these."""
EVERY: Final = 2.5
"""Seconds between ticks."""
LONGEST: Final = 80.0
"""Seconds after which a candidate has been tried for long enough."""
LEASE: Final = 12.0
_AGENT: Final = 1.5
"""Seconds in which the agent is asked again, and open requests are answered."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A new version, and what should become of it."""

    version: str
    what: str
    expected: str


CANDIDATES: Final = (
    Candidate("slow", "answers as well, and takes twice as long", "rolled_back"),
    Candidate("wrong", "does not know one of twelve countries", "rolled_back"),
    Candidate("good", "is as fast and fails no more", "promoted"),
)


@dataclass(frozen=True, slots=True)
class RolledOut:
    """What became of a candidate."""

    candidate: Candidate
    phase: str
    reason: str
    seconds: float
    report: Path

    @property
    def as_expected(self) -> bool:
        """Whether it ended as it should."""
        return self.phase == self.candidate.expected


@dataclass(slots=True)
class Production:
    """The repository, its host and its traffic, while they are there."""

    root: Path
    host: Host
    traffic: Traffic
    environ: Mapping[str, str]
    key: str
    tell: Callable[[str], None]

    @property
    def repository(self) -> Path:
        """Where mlgate.yaml is."""
        return self.root / "income"

    def roll_out(self, candidate: Candidate, *, with_faults: bool) -> RolledOut:
        """Start, and tick until the rollout is over."""
        self.host.serve_canary(candidate.version)
        began = time.monotonic()
        (self.repository / "version.txt").write_text(f"{candidate.version}\n", encoding="utf-8")
        commit(git_in(self.repository), f"Roll out {candidate.version}")
        reports = self.root / "reports" / candidate.version
        state = self.run("start", reports)
        faults = [self.lapsed_lease, self.killed_tick] if with_faults else []
        while time.monotonic() - began < LONGEST:
            time.sleep(EVERY)
            share = state["share"]
            if faults and state["looks"]:
                if faults[0](reports):
                    faults.pop(0)
                continue
            state = self.run("tick", reports)
            if state["share"] != share and state["phase"] == "progressing":
                self.tell(f"    canary {state['share']:.0%}: {state['reason']}")
            if state["phase"] in ("promoted", "rolled_back"):
                break
        took = time.monotonic() - began
        return RolledOut(candidate, state["phase"], state["reason"], took, reports / HTML)

    def run(self, command: str, reports: Path) -> dict[str, Any]:
        """Run a command of `mlgate rollout`; raises UsageError where it fails."""
        process = self._started(command, reports)
        printed, problem = process.communicate()
        if process.returncode not in (0, 1):
            msg = f"`mlgate rollout {command}` ended with exit code {process.returncode}"
            raise UsageError(msg, hint=(problem.strip() or "it printed nothing").splitlines()[-1])
        state: dict[str, Any] = json.loads(printed)
        return state

    def killed_tick(self, reports: Path) -> bool:
        """Kill a tick between writing that it moves the share and doing it; False where it ends as any other."""
        ref = self.repository / ".git" / ROOT / ENVIRONMENT
        before = ref.read_bytes()
        process = self._started("tick", reports)
        while process.poll() is None and ref.read_bytes() == before:
            time.sleep(0.001)
        if process.poll() is None:
            process.send_signal(signal.SIGSTOP)
        _, entries = RolloutStore.of(Git(self.repository), ENVIRONMENT).read()
        state = chain.read(entries, self.key.encode())
        intent = state.open if state.open and state.open.share not in (0, state.share) else None
        if intent is not None:
            process.kill()
            self.tell(
                f"    a tick is killed (SIGKILL): it has written that the canary gets"
                f" {intent.share:.0%}, and not done it; the next tick does"
            )
        else:
            process.send_signal(signal.SIGCONT)
        process.communicate()
        return intent is not None

    def lapsed_lease(self, reports: Path) -> bool:  # noqa: ARG002
        """Let no tick come for longer than the lease, and count what the canary still gets."""
        time.sleep(LEASE + _AGENT)
        ended = time.time()
        time.sleep(_AGENT)
        versions = [
            line["version"]
            for line in map(json.loads, self.host.log.read_text().splitlines()[-5_000:])
            if line["time"] >= ended
        ]
        self.tell(
            f"    no tick for {LEASE + 2 * _AGENT:.0f} s: the lease has lapsed, and of"
            f" {len(versions)} requests {versions.count('canary')} go to the canary; ticks go on"
        )
        return True

    def _started(self, command: str, reports: Path) -> subprocess.Popen[str]:
        options = ("--environment", ENVIRONMENT, "--format", "json", "--run-dir", str(reports))
        return subprocess.Popen(
            [sys.executable, "-m", "mlgate", "rollout", command, *options],
            cwd=self.repository,
            env=_environ(self.environ, self.key),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
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
    lease = root / "host" / "lease.json"
    with Host(root / "host", lease) as host, Traffic(host.ports["router"], PER_SECOND) as traffic:
        tell(f"HAProxy on port {host.ports['router']}, {PER_SECOND:.0f} requests a second")
        production = Production(root, host, traffic, environ, secrets.token_hex(32), tell)
        time.sleep(WARM_UP)
        for candidate in CANDIDATES:
            tell(f"\n{candidate.version}: {candidate.what}")
            yield production.roll_out(candidate, with_faults=candidate is CANDIDATES[-1])
    tell(f"\n{sum(traffic.answered.values()):,} requests, of which {traffic.lost:,} had no answer")


def _environ(environ: Mapping[str, str], key: str) -> dict[str, str]:
    """Return the environment of a scheduler's job: nothing of the CI that this may run under."""
    names = ("PATH", "HOME", "LANG", "TMPDIR")
    kept = {name: environ[name] for name in names if name in environ}
    return kept | {
        "MLGATE_ROLLOUT_KEY": key,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
