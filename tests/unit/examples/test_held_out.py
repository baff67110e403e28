"""The example of held-out labels is judged, and a training cannot choose its labels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "held_out"
SECRET = "a secret of the job that judges"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example in a repository of its own, and the labels beside it."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data", "out", ".mlgate"))
    subprocess.run([sys.executable, "split.py", tmp_path / "labels.csv"], cwd=folder, check=True)
    os.utime(tmp_path / "labels.csv", (1_600_000_000, 1_600_000_000))
    (folder / ".gitignore").write_text("out/\n.mlgate/\n")
    for command in (
        ["init", "--quiet", "-b", "main"],
        ["add", "."],
        ["commit", "--quiet", "-m", "x"],
    ):
        git(folder, *command)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def mlgate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {
        "PATH": path,
        "MLGATE_ID_KEY": SECRET,
        "HELD_LABELS": str(folder.parent / "labels.csv"),
    }
    return subprocess.run(
        [sys.executable, "-m", "mlgate", *arguments],
        cwd=folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_example_is_judged_without_its_training_seeing_a_label(example: Path) -> None:
    first = mlgate(example, "run")
    assert first.returncode == 0, first.stderr
    assert "leaves" not in (example / "out/predictions.csv").read_text()
    assert mlgate(example, "baseline", "save", "--no-push").returncode == 0
    git(example, "checkout", "--quiet", "-b", "feature")
    text = (example / "fit.py").read_text()
    (example / "fit.py").write_text(text.replace("CELL = 4", "CELL = 31"))
    git(example, "commit", "--quiet", "-am", "Count less finely")
    worse = mlgate(example, "run")
    assert worse.returncode == 1, worse.stdout + worse.stderr
    assert "accuracy is worse than main" in worse.stdout
