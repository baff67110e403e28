"""The ledger: nothing that was appended is ever lost, whoever else appends."""

from __future__ import annotations

import datetime as dt
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlgate.errors import StoreError
from mlgate.git import Git
from mlgate.model.ledger import Evaluation
from mlgate.stores import open_ledger
from mlgate.stores.ledger import parse

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def one(number: int, name: str = "income") -> Evaluation:
    return Evaluation(
        time="2026-11-21T12:00:00Z",
        name=name,
        commit=f"{number:040x}",
        pull_request=number,
        verdict="fail",
        blocked=True,
        waivers=("accuracy.min",),
        evidence={"compare": "5e" * 32},
    )


def run(*arguments: object, cwd: object) -> str:
    done = subprocess.run(
        ["git", *map(str, arguments)], cwd=str(cwd), check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone of a bare remote with one commit; call it for another clone."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "t")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "t@example.invalid")
    bare = tmp_path / "remote.git"
    run("init", "--quiet", "--bare", "--initial-branch=main", bare, cwd=tmp_path)
    first = tmp_path / "first"
    run("clone", "--quiet", bare, first, cwd=tmp_path)
    run("commit", "--quiet", "--allow-empty", "--message", "begin", cwd=first)
    run("push", "--quiet", "origin", "HEAD:main", cwd=first)

    def another(name: str, *options: str):
        run("clone", "--quiet", *options, f"file://{bare}", tmp_path / name, cwd=tmp_path)
        return tmp_path / name

    return another


@pytest.mark.parametrize("store", ["ref", "branch:baselines", "folder"])
def test_lines_come_back_in_order_for_everybody(store, clone, tmp_path):
    root = tmp_path / "shared" if store == "folder" else None
    place = str(root) if root else store
    for number in (1, 2):
        here = clone(f"w{number}", "--depth=1")
        open_ledger(place, Git(here), here, "income").append(one(number), NOW)
    later = NOW + dt.timedelta(days=20)
    here = clone("w3")
    ledger = open_ledger(place, Git(here), here, "income")
    ledger.append(one(3), later)
    assert ledger.read() == (one(1), one(2), one(3))
    assert open_ledger(place, Git(here), here, "other").read() == ()


def test_writers_at_once_all_get_in_and_leave_configuration_and_work_tree_alone(clone):
    folders = [clone(f"w{number}") for number in range(4)]
    before = [(folder / ".git/config").read_bytes() for folder in folders]

    def write(number: int) -> None:
        here = folders[number]
        for step in range(2):
            name = "income" if number % 2 else "other"
            open_ledger("ref", Git(here), here, name).append(one(number * 10 + step, name), NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    git = Git(folders[0])
    found = [
        line.pull_request
        for name in ("income", "other")
        for line in open_ledger("ref", git, folders[0], name).read()
    ]
    assert sorted(found) == [0, 1, 10, 11, 20, 21, 30, 31]
    assert [(folder / ".git/config").read_bytes() for folder in folders] == before
    assert all(run("status", "--porcelain", cwd=folder) == "" for folder in folders)
    assert "refs/mlgate/ledger" not in run("for-each-ref", cwd=clone("fresh"))


def test_a_remote_that_refuses_is_told(clone, tmp_path):
    here = clone("w")
    hook = tmp_path / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StoreError, match="cannot be written"):
        open_ledger("ref", Git(here), here, "income").append(one(1), NOW)


def test_a_line_that_is_cut_or_of_a_later_version_is_left_out():
    later = b'{"schema":2,"time":"x"}\n'
    assert parse([one(1).line().encode() + later + b'{"ti']) == (one(1),)
