"""`mlgate run` as a job calls it: real git, real training, and a GitHub that is told of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TRAIN = """\
import os, pathlib, random
print("::error::of the training")
assert "GITHUB_TOKEN" not in os.environ
share, rng = float(pathlib.Path("share").read_text()), random.Random(7)
rows = ["id,label,y,s"]
for i in range(800):
    label, right, noise = rng.random() < 0.4, rng.random() < share, rng.random()
    y = label if right else not label
    rows.append(f"r{i},{int(label)},{int(y)},{(0.55 if y else 0.05) + 0.4 * noise:.4f}")
pathlib.Path("p.csv").write_text("\\n".join(rows))
"""
CONFIG = """\
version: 1
name: toy
task: binary
train: {run: python train.py}
predictions: {path: p.csv, id: id, label: label, prediction: y, score: s}
gates:
  accuracy: {min: 0.7, max_regression: 0.02}
"""


class Job:
    """A repository with main's baseline on its remote, and a job on its pull request."""

    def __init__(self, folder, local, monkeypatch):
        self.folder, self.local, self.patch = folder, local, monkeypatch
        self.root, self.home = folder / "work", folder / "home"
        self.root.mkdir()
        self.home.mkdir()
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = t\n\temail = t@example.invalid\n\t; kept as it is\n"
        )
        monkeypatch.setenv("HOME", str(self.home))
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(folder / "remote.git"))
        self.git("clone", "--quiet", str(folder / "remote.git"), ".")

    def git(self, *arguments):
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, **files):
        for name, text in files.items():
            (self.root / name.replace("_", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def configuration(self):
        """Every file of git's configuration, byte for byte."""
        places = (self.home / ".gitconfig", self.root / ".git/config")
        others = (self.home / ".config/git", self.home / ".git-credentials")
        assert not any(path.exists() for path in others)
        return [path.read_bytes() for path in places]

    def environ(self, name, payload, **more):
        event = self.folder / f"{name}.json"
        event.write_text(json.dumps(payload))
        return {
            **os.environ,
            **self.local.environ(event, name),
            "CI": "true",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            **more,
        }

    def mlgate(self, environ, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "mlgate", *arguments],
            cwd=self.root, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def main(self):
        """Run on main, and keep the baseline."""
        sha = self.commit(train_py=TRAIN, mlgate_yaml=CONFIG, share="0.9", _gitignore="p.csv\n")
        self.git("push", "--quiet", "origin", "main")
        push = {"ref": "refs/heads/main", "after": sha, "repository": {"private": False}}
        environ = self.environ("push", push, GITHUB_SHA=sha, GITHUB_REF="refs/heads/main")
        for command in (["run"], ["baseline", "save"]):
            done = self.mlgate(environ, *command)
            assert done.returncode == 0, done.stderr

    def pull_request(self, share, **more):
        """Run on the pull request's merge commit, as checkout leaves it; gives what came of it."""
        self.git("checkout", "--quiet", "-b", "feature")
        head = self.commit(share=share)
        self.local.repo.adopt(head)
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", "feature")
        payload = json.loads(json.dumps(self.local.payload()).replace(self.local.head, head))
        payload["pull_request"]["base"]["sha"] = self.git("rev-parse", "main")
        environ = self.environ(
            "pull_request", payload, GITHUB_BASE_REF="main", GITHUB_REF="refs/pull/1/merge",
            GITHUB_SHA=self.git("rev-parse", "HEAD"), **more,
        )  # fmt: skip
        return head, self.mlgate(environ, "run")


@pytest.fixture
def job(tmp_path, local_github, monkeypatch):
    made = Job(tmp_path, local_github, monkeypatch)
    made.main()
    return made


def outputs(folder):
    """Read the last value of each of a step's outputs."""
    return dict(
        re.findall(r"(?m)^([a-z-]+)<<(?:mlgate-\w+)\n(.*)\n", (folder / "output").read_text())
    )


def test_a_blocked_pull_request_is_told_everywhere(job, tmp_path, local_github):
    before = job.configuration()
    head, done = job.pull_request("0.8")
    assert done.returncode == 1, done.stderr
    (body,) = local_github.bodies()
    assert "### ❌ Model gate: blocked — accuracy is worse than main" in body
    assert "<picture>" in body, "a public repository's comment shows pictures"
    (check,) = [one for one in local_github.repo.checks.values() if one.sha == head]
    assert (check.name, check.conclusion) == ("mlgate: toy", "failure")
    assert [(one["path"], one["start_line"]) for one in check.annotations] == [("mlgate.yaml", 7)]
    assert local_github.repo.statuses[-1].state == "failure"
    told = outputs(tmp_path)
    assert (told["verdict"], told["blocked"], told["published"]) == ("fail", "true", "true")
    assert Path(told["report-path"]).read_text().startswith("### ❌")
    assert told["comment-url"].startswith(
        f"{local_github.server.url}/octo/model/pull/1#issuecomment-"
    )
    assert "### ❌ Model gate: blocked" in (tmp_path / "summary.md").read_text()
    assert re.search(
        r"::stop-commands::\w+\n[^:]*::error::of the training", done.stdout + done.stderr
    )
    assert job.configuration() == before


def test_what_cannot_be_posted_changes_no_verdict(job, tmp_path, local_github):
    token, said = "ghs_SecretOfTheTestsReadOnly", "pull-requests: write"
    local_github.world.actions_token(token, contents="read")
    _, done = job.pull_request("0.9", GITHUB_TOKEN=token)
    assert done.returncode == 0, done.stderr
    summary = (tmp_path / "summary.md").read_text()
    assert "### ✅ Model gate: passed" in summary
    assert said in summary
    assert said in done.stderr
    told = outputs(tmp_path)
    assert (told["verdict"], told["published"], told["comment-url"]) == ("pass", "false", "")
    assert local_github.bodies() == []
