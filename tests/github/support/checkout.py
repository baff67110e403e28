"""The trusted job's checkout: a real repository whose pull request the local GitHub knows."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.git import Git
from mlgate.model.evidence import CompareEvidence
from mlgate.model.verdict import Verdict
from mlgate.stores import open_store

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from local_github import Local

_WHO = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.invalid",
    "GIT_AUTHOR_DATE": "2026-11-20T12:00:00Z",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.invalid",
    "GIT_COMMITTER_DATE": "2026-11-20T12:00:00Z",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git; give what it prints."""
    environ = {"PATH": os.environ["PATH"], **_WHO}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environ, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Author:
    """The clone of whoever changes the repository, beside the job's own checkout."""

    folder: Path
    local: Local

    def write(self, text: str | None, path: str = "mlgate.yaml", branch: str = "main") -> None:
        """Commit a file to a branch, or its removal, and push; the pull request's head moves."""
        git(self.folder, "checkout", "--quiet", branch)
        file = self.folder / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message=A change")
        self.push()

    def keep(self, name: str, created: dt.datetime, tag: str | None = None) -> str:
        """Keep a baseline of main's tip, as main's own run does; give the commit."""
        commit = git(self.folder, "rev-parse", "main")
        stamp = f"{created:%Y-%m-%dT%H:%M:%SZ}"
        evidence = CompareEvidence(tool="0.1.0", commit=commit, created=stamp, n=1)
        files = {"evidence/compare.json": evidence.model_dump_json(by_alias=True).encode()}
        verdict = Verdict(
            tool="0.1.0", name=name, verdict="untested", headline="", blocked=False, commit=commit
        )
        files["verdict.json"] = verdict.model_dump_json(by_alias=True).encode()
        open_store("ref", Git(self.folder), self.folder, name).save(
            commit, files, created, push=True
        )
        if tag is not None:
            git(self.folder, "tag", tag, commit)
            git(self.folder, "push", "--quiet", "origin", tag)
        return commit

    def push(self) -> None:
        """Push all branches, and let GitHub know the head of the pull request."""
        git(self.folder, "push", "--quiet", "--force", "origin", "--all")
        self.local.head = git(self.folder, "rev-parse", "feature")
        self.local.repo.adopt(self.local.head)
        pull = self.local.repo.issues[1].pull
        assert pull is not None
        pull.commits.append(self.local.head)


def checkout(folder: Path, local: Local, policy: str) -> Author:
    """Make a folder, which is empty or not there, the checkout of a repository with a policy."""
    beside = folder.parent / f"{folder.name}-author"
    origin = folder.parent / f"{folder.name}-origin.git"
    folder.mkdir(exist_ok=True)
    beside.mkdir()
    git(beside, "init", "--quiet", "--template=", "--initial-branch=main")
    (beside / "mlgate.yaml").write_text(policy, encoding="utf-8")
    git(beside, "add", "--all")
    git(beside, "commit", "--quiet", "--message=A policy")
    git(beside, "branch", "feature")
    git(folder.parent, "clone", "--quiet", "--bare", "--template=", str(beside), str(origin))
    git(beside, "remote", "add", "origin", str(origin))
    git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    git(folder, "remote", "add", "origin", str(origin))
    git(folder, "fetch", "--quiet", "origin", "main:refs/remotes/origin/main")
    git(folder, "reset", "--quiet", "--soft", "refs/remotes/origin/main")
    author = Author(beside, local)
    author.write("a change\n", "change.txt", "feature")
    return author
