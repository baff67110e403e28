"""A repository with a training and two baselines."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from mlgate.cli import main
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
version: 1
name: toy
task: binary
train: {run: python3 train.py, artifacts: [model.txt], inputs: [data.txt]}
predictions: {path: out.csv, id: id, label: label, prediction: predicted}
gates:
  accuracy: {min: 0.5}
"""
TRAIN = """\
import pathlib
right = float(pathlib.Path("params.yaml").read_text().split()[1])
rows = [f"r{n},{n % 2},{n % 2 if n < 200 * right else 1 - n % 2}" for n in range(200)]
pathlib.Path("out.csv").write_text("\\n".join(["id,label,predicted", *rows]))
pathlib.Path("model.txt").write_text(str(right))
"""


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two commits on main that differ in a parameter, each with a baseline."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.email", "a@b.c")
    git(tmp_path, "config", "user.name", "a")
    files = {
        "mlgate.yaml": CONFIG,
        "train.py": TRAIN,
        "data.txt": "1\n",
        ".gitignore": ".mlgate/\nout.csv\nmodel.txt\nmodel.md\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    kept = []
    for right in ("0.8", "0.9"):
        if kept:  # baselines are in the order of the seconds in which they were kept
            time.sleep(1 - time.time() % 1)
        (tmp_path / "params.yaml").write_text(f"right: {right}\n")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "x")
        assert main(["run"]) == ExitCode.OK
        assert main(["baseline", "save"]) == ExitCode.OK
        kept.append(git(tmp_path, "rev-parse", "HEAD"))
    return kept
