"""A small model repository with a remote: what the workflows of these tests run in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 1
name: model
task: binary
train: {run: python3 train.py}
predictions: {path: predictions.csv, id: id, label: label, prediction: prediction, positive_label: "1"}
gates:
  accuracy: {min: 0.8, max_regression: 0.02}
report: {plots: none}
"""
TRAIN = """\
import csv
WRONG = {wrong}  # of 1,000 rows
with open("predictions.csv", "w") as file:
    rows = csv.writer(file)
    rows.writerow(["id", "label", "prediction"])
    for i in range(4000):
        rows.writerow([i, i % 2, i % 2 if i * 7 % 1000 >= WRONG else 1 - i % 2])
print("trained")
"""


@dataclass(frozen=True)
class Project:
    """A clone, and the bare repository that it was cloned from."""

    path: Path
    remote: Path

    def git(self, *arguments: str, bare: bool = False) -> str:
        """Run git in the clone, or in the remote."""
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=self.remote if bare else self.path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    @property
    def baselines(self) -> set[str]:
        """The commits whose baselines the remote holds."""
        listed = self.git("for-each-ref", "--format=%(refname)", "refs/mlgate/baselines", bare=True)
        return set(re.findall(r"[0-9a-f]{40}", listed))

    @property
    def models(self) -> set[tuple[str, str]]:
        """The names of models and the commits whose baselines the remote holds."""
        listed = self.git("for-each-ref", "--format=%(refname)", "refs/mlgate/baselines", bare=True)
        return set(re.findall(r"baselines/(\w+)/.*([0-9a-f]{40})", listed))

    @property
    def ledger(self) -> list[str]:
        """The commits of the remote's ledger; one adds a line."""
        return self.git("log", "--format=%s", "refs/mlgate/ledger", bare=True).splitlines()

    def write(self, name: str, text: str) -> None:
        """Write a file of the work tree."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self, message: str, **files: str) -> str:
        """Commit everything; `train=…` and the like replace whole files first."""
        for name, text in files.items():
            self.write({"train": "train.py", "config": "mlgate.yaml"}[name], text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head

    def push(self, branch: str) -> None:
        """Push the branch."""
        self.git("push", "--quiet", "origin", f"HEAD:{branch}")

    def branch(self, name: str, wrong: int) -> str:
        """Start a branch with a model that is wrong on so many of 1,000 rows; give its commit."""
        self.git("fetch", "--quiet", "origin")
        self.git("checkout", "--quiet", "-B", name, "origin/main")
        commit = self.commit(f"Train {name}", train=TRAIN.format(wrong=wrong))
        self.push(name)
        return commit

    def keep(self) -> str:
        """Let mlgate run on main and keep the baseline, as its workflow does; give the commit."""
        self.mlgate("run")
        self.mlgate("baseline", "save", "--push")
        assert self.head in self.baselines
        return self.head

    def mlgate(self, *words: str, **variables: str) -> str:
        """Run mlgate as on somebody's own machine, also where these tests run as a job."""
        job = ("GITHUB_", "RUNNER_", "ACTIONS_", "MLGATE_", "CI")
        own = {name: value for name, value in os.environ.items() if not name.startswith(job)}
        done = subprocess.run(
            [Path(sys.executable).with_name("mlgate"), *words],
            cwd=self.path,
            env=own | variables,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout + done.stderr

    def pull_request(self, number: int = 1, **more: Any) -> dict[str, Any]:
        """The payload of an event about a pull request from the branch that is checked out."""
        branch = self.git("rev-parse", "--abbrev-ref", "HEAD")
        repository = {"full_name": "octo/model", "default_branch": "main", "fork": False}
        request = {
            "number": number,
            "draft": False,
            "head": {"sha": self.head, "ref": branch, "repo": repository},
            "base": {
                "ref": "main",
                "sha": self.git("rev-parse", "origin/main"),
                "repo": repository,
            },
        }
        return {"number": number, "pull_request": request | more, "repository": repository}

    def add_workflow(self, name: str, target: str = "") -> str:
        """Copy one of our workflows to main, as its first lines say; give its path."""
        text = (ROOT / "workflows" / name).read_text(encoding="utf-8")
        text = re.sub(r"(?m)^cache-mode:.*\n", "", text)  # act does not know it yet
        return self.put_workflow(target or name, text)

    def put_workflow(self, name: str, text: str) -> str:
        """Write a workflow to main; give its path."""
        target = f".github/workflows/{name}"
        self.git("checkout", "--quiet", "-B", "main", "origin/main")
        self.write(target, text)
        self.commit(f"Add {name}")
        self.push("main")
        return target


def make(folder: Path) -> Project:
    """Make a repository with one commit on main."""
    remote, path = folder / "remote.git", folder / "model"
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", remote], check=True)
    subprocess.run(["git", "init", "--quiet", "-b", "main", path], check=True)
    project = Project(path, remote)
    project.git("remote", "add", "origin", str(remote))
    project.write(".gitignore", "predictions.csv\n")
    project.write("requirements.txt", "")
    project.commit("Begin", config=CONFIG, train=TRAIN.format(wrong=100))
    project.push("main")
    project.git("fetch", "--quiet")
    return project
