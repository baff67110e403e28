"""Ticks killed at every point: the same evidence, the same traffic, and nothing done twice.

Each effect of a tick (a program that is started, a file that is opened for writing, renamed or removed) is a
point: a process of its own runs the tick and ends itself by SIGKILL right before it. At each tick of the rollout
all points are played, one after the other, until a tick meets its end; then the next requests come.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlgate.checks.rollout.section import RolloutSection
from mlgate.pipeline.context import Context
from mlgate.pipeline.rollouts import tick as rollouts
from mlgate.progress import Silent

if TYPE_CHECKING:
    from mlgate.checks.rollout.evidence import RolloutEvidence

RESULTS = Path(__file__).parent / "results" / "rollout_kills.md"
CONFIG = """\
version: 1
name: toy
task: binary
predictions: {path: out.csv, label: label, prediction: predicted}
rollout: {router: "command:sh route.sh", steps: [10%, 30%, 50%], pace: 5m}
gates: {rollout.errors: {max: 2}}
"""
ROUTE = """\
case $1 in
  set) echo "$2" > share; echo "$2" >> calls ;;
  get) cat share ;;
  counters) cat counters.json ;;
esac
"""
EFFECTS = ("subprocess.Popen", "os.rename", "os.remove", "os.rmdir", "os.mkdir")
"""Audit events that change something; `open` for writing beside them."""
KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Played:
    """What came of a rollout: its evidence, the shares that the router was set to, and the kills."""

    phase: str
    evidence: RolloutEvidence
    shares: list[float]
    kills: int


@dataclass
class World:
    """A repository and 1,000 requests between two ticks, the same in every play."""

    root: Path
    rates: tuple[float, float]
    now: dt.datetime = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    counts: np.ndarray = field(default_factory=lambda: np.zeros((2, 2), int))
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def __post_init__(self) -> None:
        self.root.mkdir()
        (self.root / "mlgate.yaml").write_text(CONFIG)
        (self.root / "route.sh").write_text(ROUTE)
        (self.root / ".gitignore").write_text("share\ncalls\ncounters.json\n")
        for arguments in (
            "init -q -b main",
            "add -A",
            "-c user.name=t -c user.email=t@e commit -qm x",
        ):
            subprocess.run(["git", *arguments.split()], cwd=self.root, check=True)
        (self.root / "share").write_text("0\n")
        self.serve(0)

    def context(self) -> Context:
        environ = {"PATH": os.environ["PATH"], "MLGATE_ROLLOUT_KEY": KEY}
        return Context(self.root, environ, Silent(), io.StringIO(), self.now)

    def serve(self, requests: int = 1_000) -> None:
        share = float((self.root / "share").read_text())
        canary = self.random.binomial(requests, share)
        for arm, count in enumerate((requests - canary, canary)):
            self.counts[arm] += (count, self.random.binomial(count, self.rates[arm]))
        self.now += dt.timedelta(minutes=10)
        arms = {
            name: {"requests": int(row[0]), "failures": int(row[1])}
            for name, row in zip(("stable", "canary"), self.counts, strict=True)
        }
        (self.root / "counters.json").write_text(json.dumps({"epoch": "1", **arms}))

    def tick(self, killed_at: int) -> int:
        """Run a tick in a process of its own; return the signal that ended it, 0 where none did."""
        process = os.fork()
        if not process:
            _tick(self.context(), killed_at)
        status = os.waitpid(process, 0)[1]
        assert os.WIFSIGNALED(status) or not os.WEXITSTATUS(status), "a tick has failed"
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _tick(context: Context, killed_at: int) -> None:
    points = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal points
        mode = str(arguments[1]) if event == "open" else ""
        if event in EFFECTS or set(mode) & set("wax+"):
            points += 1
            if points == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    code = 0
    try:
        rollouts.tick(context, "production")
    except BaseException as error:  # noqa: BLE001 -- this process ends here
        code = 0 if "no rollout of production is running" in str(error) else 1
    os._exit(code)


def play(root: Path, rates: tuple[float, float], every: int) -> Played:
    """Roll out until it is over; each tick is killed at every `every`th point, at none for 0."""
    world = World(root, rates)
    rollouts.start(world.context(), "production")
    kills = 0
    for _ in range(60):
        world.serve()
        point = every
        while world.tick(point) == signal.SIGKILL:
            kills += 1
            point += every
        state = rollouts.status(world.context(), "production").state
        if not state.running:
            break
    assert state.start is not None
    section = RolloutSection.model_validate(state.start.settings)
    evidence = rollouts.judged(state, section, world.now)[0]
    calls = [float(line) for line in (root / "calls").read_text().split()]
    shares = [share for i, share in enumerate(calls) if not i or share != calls[i - 1]]
    return Played(state.phase, evidence, shares, kills)


def main() -> None:
    """Play two rollouts undisturbed and killed, and write what came of them."""
    rows = []
    for rates in ((0.02, 0.02), (0.02, 0.05)):
        with tempfile.TemporaryDirectory() as folder:
            whole = play(Path(folder) / "whole", rates, 0)
            killed = play(Path(folder) / "killed", rates, 1)
        same = {
            "e-values": whole.evidence.alarms == killed.evidence.alarms,
            "counts": (whole.evidence.stable, whole.evidence.canary)
            == (killed.evidence.stable, killed.evidence.canary),
            "traffic": whole.shares == killed.shares,
        }
        words = ", ".join(
            f"{what} {'equal' if equal else 'DIFFER'}" for what, equal in same.items()
        )
        shares = ", ".join(f"{share:.0%}" for share in killed.shares)
        rows.append(
            f"| {rates[1]:.0%} | {whole.phase} | {killed.phase} | {killed.kills} | {words} | {shares} |"
        )
    RESULTS.write_text(
        "# Killed ticks\n\n`python -m benchmarks.rollout_kills`: every tick of a rollout is killed (SIGKILL)"
        " before each of its\neffects. 2 % of the stable version's requests fail.\n\n"
        "| canary fails | undisturbed | killed | kills | compared | shares, in order |\n"
        "|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    main()
