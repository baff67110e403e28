"""The trusted job's checkout: a real repository whose pull request the local GitHub knows."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
