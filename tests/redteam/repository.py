"""The author's clone: what somebody who opens a pull request can do with git and an editor."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD, SLIGHTLY_WORSE, WORSE, BETTER = 0.10, 0.103, 0.159, 0.06
"""Shares of wrong predictions: main's, and those of candidates."""

TRAIN = """\
import csv, os, random
error = float(open("error.txt").read())
random.seed(1)
rows, lucks = [], []
for number in range(2000):
    label, luck, noise = random.random() < 0.4, random.random(), random.random()
    prediction = label if luck >= error else not label
    score = 0.5 + (0.45 if prediction else -0.45) * noise
    rows.append([f"row-{number}", int(label), int(prediction), f"{score:.6f}"])
    lucks.append(luck)
wrong = [row for row in rows if row[1] != row[2]]
newly_wrong = [row for row, luck in zip(rows, lucks) if 0.1 <= luck < error]
columns = ["id", "label", "prediction", "score"]
# edit here
os.makedirs("out", exist_ok=True)
with open("out/predictions.csv", "w", newline="") as file:
    csv.writer(file).writerows([columns, *rows])
# edit there
"""
"""Stands for a training: quick, and as good as `error.txt` says."""

CONFIG = """\
version: 1
name: toy
task: binary
train: {run: python train.py}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: prediction, score: score}
gates:
  accuracy: {max_regression: 0.02}
report: {plots: none}
"""


def git(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    """Run git in a folder; return what it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Repository:
    """A clone with the branch `feature` checked out; `origin` is what GitHub has."""

    root: Path
    origin: Path

    def git(self, *arguments: str, stdin: str | None = None) -> str:
        return git(self.root, *arguments, stdin=stdin)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        """Delete a file, or a folder with what git ignores in it."""
        self.git("rm", "--quiet", "-r", path)
        shutil.rmtree(self.root / path, ignore_errors=True)

    def configure(self, old: str, new: str) -> None:
        self.replace("mlgate.yaml", old, new)

    def add_to_config(self, text: str) -> None:
        self.write("mlgate.yaml", (self.root / "mlgate.yaml").read_text() + text + "\n")

    def error(self, share: float, folder: str = ".") -> None:
        """Make the model wrong on this share of its rows."""
        self.write(f"{folder}/error.txt", f"{share}\n")

    def worse(self, folder: str = ".") -> None:
        """Make the model 5.5 points worse than main's."""
        self.error(WORSE, folder)

    def edit_rows(self, code: str) -> None:
        """Change the rows in the training before they are written: `rows`, `wrong`, `newly_wrong`."""
        self.replace("train.py", "# edit here\n", f"{code}\n# edit here\n")

    def after_training(self, code: str) -> None:
        """Let the training do something once its predictions are written."""
        self.replace("train.py", "# edit there\n", f"{code}\n# edit there\n")

    def commit(self, message: str = "Change") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self, *refs: str) -> None:
        self.git("push", "--quiet", "--force", "origin", *refs)

    def origin_refs(self, pattern: str) -> list[str]:
        return git(self.origin, "for-each-ref", "--format=%(refname)", pattern).splitlines()

    def delete_at_origin(self, pattern: str) -> None:
        """Delete refs of GitHub's, as anybody who may push can."""
        refs = self.origin_refs(pattern)
        assert refs, f"origin has no {pattern}"
        for ref in refs:
            git(self.origin, "update-ref", "-d", ref)

    @contextlib.contextmanager
    def on_main(self) -> Iterator[None]:
        """Change main itself, before the branch is made."""
        with self.on("main"):
            yield
        self.git("checkout", "--quiet", "-B", "feature", "main")

    @contextlib.contextmanager
    def on(self, branch: str) -> Iterator[None]:
        """Change another branch of the repository, which is made where there is none."""
        known = self.git("branch", "--list", branch)
        self.git("checkout", "--quiet", *([] if known else ["-b"]), branch)
        yield
        self.commit(f"Change {branch}")
        self.push(f"{branch}:refs/heads/{branch}")
        self.git("checkout", "--quiet", "feature")

    def keep_baseline(self, branch: str, **environ: str) -> None:
        """Do what the workflow of a branch does after a push: train, and keep the baseline."""
        from .command import mlgate

        ended = mlgate(self.root, environ, "run")
        if ended.code < 2:
            ended = mlgate(self.root, environ, "baseline", "save", "--push")
        assert ended.code == 0, ended.console
