"""`mlgate rollout`: a request log, a lease, and what the commands print."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
from pathlib import Path

import pytest

from mlgate.cli import main
from mlgate.errors import ExitCode

CONFIG = """\
version: 1
name: toy
task: binary
predictions: {path: out.csv, id: id, label: label, prediction: predicted}
rollout:
  router: lease:lease.json
  source: log:log.jsonl
  log: {time: ts, version: arm, failed: status >= 500, seconds: took, late_by: 1s}
gates:
  accuracy: {min: 0.5}
  rollout.errors: {max: 2}
  rollout.error_rate: {max: 0.1}
  rollout.latency: {max: 3}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose rollout nothing has begun."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLGATE_ROLLOUT_KEY", "0123456789abcdef")
    for name in ("CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    Path("mlgate.yaml").write_text(CONFIG)
    Path(".gitignore").write_text("lease.json\nlog.jsonl\n")
    for command in ("init -q -b main", "add -A", "-c user.name=t -c user.email=t@e commit -qm x"):
        subprocess.run(["git", *command.split()], check=True)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = ExitCode.OK) -> str:
    assert main(["rollout", *arguments]) == code
    return capsys.readouterr().out


def serve(count: int, *, ago: float, slower: float = 1.0, share: float = 0.05) -> None:
    """Append requests that were answered within 20 seconds of so many seconds ago."""
    chance = random.Random(count)
    now = dt.datetime.now(dt.UTC).timestamp() - ago
    with Path("log.jsonl").open("a") as log:
        for _ in range(count):
            arm = "canary" if chance.random() < share else "stable"
            took = chance.lognormvariate(-3, 0.5) * (slower if arm == "canary" else 1)
            status = 500 if chance.random() < 0.02 else 200
            line = {"ts": now + chance.uniform(-20, 20), "arm": arm, "status": status, "took": took}
            log.write(json.dumps(line) + "\n")


def test_a_slow_canary_is_rolled_back(capsys, monkeypatch) -> None:
    serve(5_000, ago=60, share=0)
    assert "started" in run(capsys, "start")
    assert json.loads(Path("lease.json").read_text())["share"] == 0.05
    monkeypatch.setattr("mlgate.cli.context.dt", Later)
    serve(20_000, ago=-30, slower=2.0)
    told = run(capsys, "tick", code=ExitCode.BLOCKED)
    assert "slower than the stable version" in told
    assert json.loads(Path("lease.json").read_text()) == {"share": 0.0, "until": None, "entry": 5}
    status = json.loads(run(capsys, "status", "--format", "json", code=ExitCode.BLOCKED))
    assert (status["phase"], status["share"], status["looks"]) == ("rolled_back", 0, 1)


class Later:
    """The module datetime, some minutes from now."""

    UTC = dt.UTC
    timedelta = dt.timedelta
    by = dt.timedelta(minutes=1)

    class datetime(dt.datetime):  # noqa: N801
        @classmethod
        def now(cls, tz=None):
            return dt.datetime.now(tz) + Later.by


def test_people_decide_with_a_reason(capsys) -> None:
    assert run(capsys, "status") == "no rollout has begun\n"
    assert main(["rollout", "tick"]) == ExitCode.USAGE
    run(capsys, "start")
    assert main(["rollout", "promote"]) == ExitCode.USAGE
    assert "by hand: night" in run(capsys, "hold", "--reason", "night")
    assert "promoted" in run(capsys, "promote", "--reason", "we know it")
    assert json.loads(Path("lease.json").read_text()) == {"share": 1.0, "until": None, "entry": 6}


def test_a_plan_says_how_long_it_takes(capsys) -> None:
    arguments = ("plan", "--per-hour", "60000", "--failures", "0.01")
    told = json.loads(run(capsys, *arguments, "--format", "json"))
    times = [told["rolled_back"][ratio]["requests"] for ratio in ("1.5", "2", "4")]
    assert times == sorted(times, reverse=True)
    assert 900 < times[1] < 2_500
    assert "equal versions, ratio 2 allowed: promoted after about" in run(capsys, *arguments)
    slow = run(capsys, "plan", "--per-hour", "10", "--failures", "0.001")
    assert "rolled back not within 3d" in slow


def test_a_short_key_signs_nothing(capsys, monkeypatch) -> None:
    monkeypatch.setenv("MLGATE_ROLLOUT_KEY", "short")
    assert main(["rollout", "start"]) == ExitCode.USAGE
    assert "shorter than 16" in capsys.readouterr().err
    assert not Path("lease.json").exists()


def test_it_is_not_among_the_commands_for_pull_requests(capsys) -> None:
    assert main(["--help"]) == ExitCode.OK
    assert "rollout" not in capsys.readouterr().out
    assert "tick" in run(capsys, "--help")
