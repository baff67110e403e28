"""Real repositories, stores of every kind, and run directories as the pipeline writes them."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from mlgate.checks import evidence_types
from mlgate.config import store_setting
from mlgate.git import Git
from mlgate.model.evidence import CompareEvidence, HistoryPoint, Measurement
from mlgate.model.run import RunRecord
from mlgate.model.verdict import Verdict
from mlgate.run_dir import RunDir
from mlgate.stores import open_store
from mlgate.stores.stored_baseline import StoredBaseline

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.stores.store import Store


class Kit:
    """What tests of this room make often; `now` is the time at which they save."""

    now = dt.datetime(2026, 3, 1, 12, 0, 0, tzinfo=dt.UTC)

    def later(self, days: float) -> dt.datetime:
        return self.now + dt.timedelta(days=days)

    def git(self, folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, number: int) -> str:
        return f"{number:040x}"

    def files(self, text: str = "x", rows: bytes | None = b"PAR1") -> dict[str, bytes]:
        files = {"verdict.json": b"{}", "run.json": b"{}", "evidence/compare.json": text.encode()}
        return files if rows is None else {**files, "rows.parquet": rows}

    def stored(
        self, number: int, created: dt.datetime, rows: str | None = "rows"
    ) -> StoredBaseline:
        return StoredBaseline(self.commit(number), created, f"evidence {number}", rows)

    def compare(
        self, commit: str, value: float = 0.8, history: tuple[HistoryPoint, ...] = ()
    ) -> CompareEvidence:
        return CompareEvidence(
            tool="0",
            commit=commit,
            created="2026-03-01T12:00:00Z",
            metrics={"accuracy": Measurement(title="accuracy", value=value, method="wilson")},
            history=history,
        )

    def verdict(self, commit: str, outcome: str = "pass") -> Verdict:
        return Verdict(
            tool="0", name="m", verdict=outcome, headline="x", blocked=False, commit=commit
        )

    def run(self, path: Path, commit: str | None, outcome: str = "pass", **more: object) -> RunDir:
        """Write a run directory with one measurement and rows."""
        made = RunDir(path, evidence_types())
        made.reset()
        facts = {"tool": "0", "name": "m", "started": "2026-03-01T12:00:00Z", "judges": ()}
        made.write_run(RunRecord(commit=commit, **facts, **more))
        made.write_verdict(self.verdict(commit or "", outcome))
        made.write_evidence(self.compare(commit or ""))
        made.rows.write_bytes(b"PAR1 rows")
        return made


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = Somebody\n\temail = somebody@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository with one commit on main."""
    path = tmp_path / "work"
    path.mkdir()
    Kit().git(path, "init", "-q")
    (path / "file").write_text("x")
    Kit().git(path, "add", "file")
    Kit().git(path, "commit", "-q", "-m", "First")
    return path


@pytest.fixture
def origin(tmp_path: Path, work: Path) -> Path:
    """A bare remote of `work`, to which main is pushed."""
    path = tmp_path / "origin.git"
    Kit().git(tmp_path, "init", "-q", "--bare", str(path))
    Kit().git(work, "remote", "add", "origin", f"file://{path}")
    Kit().git(work, "push", "-q", "-u", "origin", "main")
    return path


FOLDER = "kept"
SETTINGS = ["ref", FOLDER, *(f"{prefix}:kept" for prefix in sorted(store_setting.prefixes()))]
"""`baseline.store` of every kind; a new one is found by its file's name."""


@pytest.fixture(params=[*SETTINGS, "ref, remote", "branch:kept, remote"])
def store(request: pytest.FixtureRequest, work: Path, tmp_path: Path) -> Store:
    """Each store, the git stores without and with a remote; always saved with `push=True`."""
    setting, _, remote = request.param.partition(", ")
    if remote:
        request.getfixturevalue("origin")
    if setting == "s3:kept":
        environ = request.getfixturevalue("s3")
        where = f"s3://kept/{tmp_path.name}"
        return open_store(where, Git(work), tmp_path, "m", environ=environ)
    return open_store(setting, Git(work), tmp_path, "m")
