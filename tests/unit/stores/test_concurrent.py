"""Writers that meet, and writers that are killed: the store stays readable, nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from mlgate.git import Git
from mlgate.stores import open_store
from mlgate.stores.stored_baseline import newest

WRITER = """
import datetime as dt, sys
from pathlib import Path
from mlgate.stores import open_store
from mlgate.git import Git

setting, root, commit, text, push, times, name = sys.argv[1:]
store = open_store(setting, Git(Path(root)), Path(root), name)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(times)):
    files = {"verdict.json": b"{}", "evidence/compare.json": f"{text} {number}".encode(),
             "rows.parquet": text.encode() * 10_000}
    store.save(commit, files, dt.datetime.now(dt.UTC), push=push == "push")
    print("saved", flush=True)
"""


class Writer:
    def __init__(self, setting, root, commit, text, *, push=True, times=1, name="m"):
        pushed = "push" if push else "keep"
        arguments = [setting, str(root), commit, text, pushed, str(times), name]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def ready(self):
        assert self.process.stdout.readline() == b"ready\n", self.process.stderr.read()

    def go(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def end(self):
        _, errors = self.process.communicate()
        assert self.process.returncode == 0, errors.decode()

    def outlived(self):
        """Wait until what a killed writer had started has ended too."""
        for _ in range(600):
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        pytest.fail("git lives on")

    def kill(self, *, group):
        if group and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def start():
    """Start writers that no failing test leaves behind."""
    started = []

    def call(*arguments, **options):
        started.append(Writer(*arguments, **options))
        return started[-1]

    yield call
    for writer in started:
        if writer.process.returncode is None:
            writer.kill(group=True)


def race(writers):
    for writer in writers:
        writer.ready()
    for writer in writers:
        writer.go()
    for writer in writers:
        writer.end()


@pytest.mark.parametrize("setting", ["ref", "branch:kept", "folder"])
def test_writers_that_meet_all_survive(start, kit, origin, tmp_path, setting):
    """Eight clones save eight commits while four more save one commit."""
    clones = []
    for number in range(12):
        clones.append(tmp_path / f"clone{number}")
        kit.git(tmp_path, "clone", "-q", f"file://{origin}", str(clones[-1]))
    setting = str(tmp_path / "kept") if setting == "folder" else setting
    commits = [kit.commit(number) for number in range(1, 9)] + [kit.commit(99)] * 4
    race(
        [
            start(setting, clone, commit, f"text {clone.name}")
            for clone, commit in zip(clones, commits, strict=True)
        ]
    )
    kit.git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", str(tmp_path / "reader"))
    store = open_store(setting, Git(tmp_path / "reader"), tmp_path, "m")
    found = store.baselines()
    assert sorted(entry.commit for entry in found) == sorted(set(commits))
    for entry in found:
        text = store.read(entry)["evidence/compare.json"].removesuffix(b" 0")
        assert store.read_rows(entry) == text * 10_000
    assert everything(kit, setting, origin) == len(set(commits))


@pytest.mark.parametrize("setting", ["ref", "branch:kept"])
def test_models_of_one_commit_that_meet_all_survive(start, kit, origin, tmp_path, setting):
    """As the legs of the matrix in docs/monorepo.md, each in a clone of its own."""
    names = ["churn", "income", "price", "spam"]
    for name in names:
        kit.git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", str(tmp_path / name))
    race([start(setting, tmp_path / name, kit.commit(1), name, name=name) for name in names])
    kit.git(tmp_path, "clone", "-q", f"file://{origin}", str(tmp_path / "reader"))
    for name in names:
        store = open_store(setting, Git(tmp_path / "reader"), tmp_path, name)
        (entry,) = store.baselines()
        assert store.read(entry)["evidence/compare.json"] == f"{name} 0".encode()


def everything(kit, setting, root):
    """Count the baselines that are really there, hidden duplicates included."""
    if setting == "ref":
        return len(kit.git(root, "for-each-ref", "refs/mlgate/**/evidence").splitlines())
    if setting == "branch:kept":
        return len(kit.git(root, "ls-tree", "kept:m").splitlines())
    return len(list(os.scandir(f"{setting}/m")))


@pytest.mark.parametrize("setting", ["ref", "branch:kept", "folder"])
def test_writers_in_one_clone_without_a_remote_all_survive(start, kit, work, tmp_path, setting):
    setting = str(tmp_path / "kept") if setting == "folder" else setting
    commits = [kit.commit(1), kit.commit(2), kit.commit(3), kit.commit(3)]
    race([start(setting, work, commit, str(n)) for n, commit in enumerate(commits)])
    store = open_store(setting, Git(work), tmp_path, "m")
    assert sorted(entry.commit for entry in store.baselines()) == sorted(set(commits))
    assert everything(kit, setting, work) == 3


@pytest.mark.parametrize("setting", ["ref", "branch:kept", "folder"])
def test_killed_at_any_moment_the_store_stays_readable(start, kit, work, tmp_path, setting):
    """mlgate and its git are killed together: the worst case.

    For the branch mlgate alone is: a killed git leaves the lock of a branch for its owner to
    remove, and says so.
    """
    setting = str(tmp_path / "kept") if setting == "folder" else setting
    store = open_store(setting, Git(work), tmp_path, "m")
    store.save(kit.commit(1), kit.files("first"), kit.now, push=False)
    chance = random.Random(1)
    writer = start(setting, work, kit.commit(2), "second", times=1000)
    for number in range(8):
        following = start(setting, work, kit.commit(2), "second", times=1000)
        writer.ready()
        writer.go()
        if number % 2:  # Every other one replaces what it has saved already.
            writer.process.stdout.readline()
        time.sleep(chance.uniform(0, 0.2))
        writer.kill(group=setting != "branch:kept")
        check_readable(store, kit)
        writer = following
    writer.kill(group=True)
    assert len(store.baselines()) == 2, "no save ever came through: the test kills too early"
    for number in (2, 3):
        store.save(kit.commit(number), kit.files("after"), kit.later(9999), push=False)
    found = {
        entry.commit: store.read(entry)["evidence/compare.json"] for entry in store.baselines()
    }
    assert found == {kit.commit(1): b"first", kit.commit(2): b"after", kit.commit(3): b"after"}


@pytest.mark.parametrize("setting", ["ref", "branch:kept"])
def test_killed_while_it_pushes_the_remote_stays_readable(
    start, kit, work, origin, tmp_path, setting
):
    """mlgate alone is killed, as a runner that is lost; the remote's own processes live on."""
    store = open_store(setting, Git(work), tmp_path, "m")
    store.save(kit.commit(1), kit.files("first"), kit.now, push=True)
    chance = random.Random(2)
    writer = start(setting, work, kit.commit(2), "second", times=1000)
    for _ in range(3):
        following = start(setting, work, kit.commit(2), "second", times=1000)
        writer.ready()
        writer.go()
        time.sleep(chance.uniform(0.05, 0.3))
        writer.kill(group=False)
        writer.outlived()
        check_readable(store, kit)
        writer = following
    writer.kill(group=True)
    store.save(kit.commit(2), kit.files("last"), kit.later(999), push=True)
    found = {entry.commit: entry for entry in store.baselines()}
    assert store.read(found[kit.commit(2)])["evidence/compare.json"] == b"last"
    assert everything(kit, setting, origin) == 2


def check_readable(store, kit):
    found = store.baselines()
    assert kit.commit(1) in {entry.commit for entry in found}
    assert found == newest(found)
    for entry in found:
        content = store.read(entry)
        assert set(content) >= {"verdict.json", "evidence/compare.json"}
        if entry.commit == kit.commit(2):
            assert store.read_rows(entry) == b"second" * 10_000
