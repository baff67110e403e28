"""Every row of `rollouts`: a canary that was rolled back gets no request again."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess

import pytest

from mlgate.errors import DataError, UsageError
from mlgate.git import Git
from mlgate.pipeline.context import Context
from mlgate.pipeline.rollouts import tick as rollouts
from mlgate.progress import Silent
from mlgate.stores.rollouts import RolloutStore

from . import rollouts as redteam

CONFIG = """\
version: 1
name: toy
task: binary
predictions: {path: out.csv, label: label, prediction: predicted}
rollout:
  router: lease:lease.json
  source: log:log.jsonl
  log: {late_by: 1s}
gates: {rollout.errors: {max: 2}}
"""
BEGIN = dt.datetime.now(dt.UTC).replace(microsecond=0)
"""A lease is held to the real time."""


@pytest.fixture
def context(tmp_path) -> Context:
    """A canary of which every second request fails; it was rolled back."""
    (tmp_path / "mlgate.yaml").write_text(CONFIG)
    (tmp_path / ".gitignore").write_text("lease.json\nlog.jsonl\n")
    for command in ("init -q -b main", "add -A", "-c user.name=t -c user.email=t@e commit -qm x"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    lines = [
        {
            "time": BEGIN.timestamp() + number / 10,
            "version": "stable" if number % 20 else "canary",
            "status": 500 if number % 40 == 0 else 200,
        }
        for number in range(6_000)
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    made = Context(
        tmp_path, {"MLGATE_ROLLOUT_KEY": "0123456789abcdef"}, Silent(), io.StringIO(), BEGIN
    )
    rollouts.start(made, "production")
    return made


def later(context: Context, minutes: int) -> Context:
    from dataclasses import replace

    return replace(context, now=BEGIN + dt.timedelta(minutes=minutes))


def share(context: Context) -> float:
    return json.loads((context.cwd / "lease.json").read_text())["share"]


@pytest.mark.parametrize("row", redteam.ROWS, ids=lambda row: row.name)
def test_trick(row: redteam.RolloutTrick, context: Context) -> None:
    assert rollouts.tick(later(context, 5), "production").state.phase == "rolled_back"
    store = RolloutStore.of(Git(context.cwd), "production")
    redteam.rewrite(store, row.change(store.read()[1]), context.now)
    after = later(context, 8)
    for command in (
        lambda: rollouts.tick(after, "production"),
        lambda: rollouts.decide(after, "production", "promoted", "x"),
        lambda: rollouts.start(after, "production"),
    ):
        with pytest.raises((DataError, UsageError)):
            command()
        assert share(context) == 0
