"""Real repositories in temporary folders."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mlgate.git import Git

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Repo:
    """A repository to play with; `git` is what is under test, `do` is plain git."""

    path: Path

    @property
    def git(self) -> Git:
        return Git(self.path)

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def do(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**os.environ, **(env or {})},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, file: str = "file", text: str | None = None, *, at: int | None = None) -> str:
        """Commit one changed file; give the commit."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text if text is not None else f"{path.read_text() if path.exists() else ''}x"
        )
        self.do("add", file)
        stamp = (
            {}
            if at is None
            else dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{at} +0000")
        )
        self.do("commit", "-q", "-m", f"Change {file}", env=stamp)
        return self.do("rev-parse", "HEAD")

    def clone(self, path: Path, *options: str) -> Repo:
        subprocess.run(
            ["git", "clone", "-q", *options, self.url, str(path)], check=True, capture_output=True
        )
        return Repo(path)

    def state(self) -> dict[str, bytes | str]:
        """Everything of the user's that no call may change."""
        folder = self.path / self.do("rev-parse", "--git-dir")
        files = {
            name: (folder / name).read_bytes()
            for name in ("config", "index", "HEAD", "shallow")
            if (folder / name).exists()
        }
        heads = self.do("for-each-ref", "refs/heads", "refs/tags", "refs/stash")
        return {**files, "status": self.do("status", "--porcelain", "-b"), "heads": heads}


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = Somebody\n\temail = somebody@example.org\n[init]\n\tdefaultBranch = main\n"
        "[advice]\n\tdetachedHead = false\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository on the unborn branch main."""
    path = tmp_path / "repo"
    path.mkdir()
    made = Repo(path)
    made.do("init", "-q")
    return made


@pytest.fixture
def origin(tmp_path: Path, repo: Repo) -> Repo:
    """A bare remote called origin of `repo`."""
    path = tmp_path / "origin.git"
    path.mkdir()
    made = Repo(path)
    made.do("init", "-q", "--bare")
    repo.do("remote", "add", "origin", made.url)
    return made
