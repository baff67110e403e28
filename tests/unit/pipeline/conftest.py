"""A repository with a model whose quality is one number in a file."""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mlgate.pipeline import full_run, save_baseline
from mlgate.pipeline.context import Context
from mlgate.progress import Silent

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)

TRAIN = """\
import json, pathlib, random
here = pathlib.Path("quality.json")
knobs = json.loads(here.read_text())
rng = random.Random(7)
rows = ["id,label,predicted,score"]
for i in range(knobs.get("rows", 3000)):
    label, luck, noise = rng.random() < 0.4, rng.random(), rng.random()
    right = luck < knobs["accuracy"]
    predicted = label if right else not label
    score = (0.55 + 0.4 * noise) if predicted else (0.45 - 0.4 * noise)
    rows.append(f"row{i},{int(label)},{int(predicted)},{score:.6f}")
if knobs.get("fail"):
    raise SystemExit("the data are gone")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/predictions.csv").write_text("\\n".join(rows) + "\\n")
"""

CONFIG = """\
version: 1
name: toy
task: binary
train: {run: "python train.py"}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted, score: score}
gates:
  accuracy: {min: 0.8, max_regression: 0.02}
  log_loss: {max_regression: 10%}
"""


@dataclass(frozen=True)
class Repository:
    """A real git repository and what a user does in it."""

    root: Path
    context: Context

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, message: str = "change", **files: str) -> str:
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_yaml", ".yaml"), text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def quality(self, accuracy: float, extra: str = "") -> str:
        self.write("quality.json", f'{{"accuracy": {accuracy}{extra}}}')
        return self.commit(f"quality {accuracy}")

    def branch(self, name: str) -> None:
        self.git("checkout", "--quiet", "-b", name, "main")

    def run(self, **kwargs: object) -> full_run.FullRunResult:
        return full_run.run(replace(self.context, **kwargs))  # type: ignore[arg-type]

    def save(self, **kwargs: object) -> None:
        save_baseline.save(replace(self.context, **kwargs), push=False)  # type: ignore[arg-type]

    def gates(self, **kwargs: object) -> dict[str, str]:
        verdict = self.run(**kwargs).verdict
        return {gate.id: gate.verdict for gate in verdict.gates}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Main with a model of accuracy .90 and no baseline yet."""
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@example.invalid",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@example.invalid",
    }.items():
        monkeypatch.setenv(name, value)
    root = tmp_path / "repo"
    root.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    context = Context(
        cwd=root,
        environ={**os.environ, "PATH": path, "VIRTUAL_ENV": sys.prefix},
        progress=Silent(),
        console=io.StringIO(),
        now=NOW,
    )
    repository = Repository(root, context)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.write("train.py", TRAIN)
    repository.write("mlgate.yaml", CONFIG)
    repository.write(".gitignore", "out/\n")
    repository.quality(0.90)
    return repository


@pytest.fixture
def based(repository: Repository) -> Repository:
    """The same with main's baseline kept, on a new branch."""
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository
