"""One environment for all runs: the first step installs it, as the first step of a job does."""

from __future__ import annotations

import compileall
import fcntl
import hashlib
import os
import py_compile
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.workflows import project as projects
from tests.workflows.act import ROOT, Act, copy_of_the_suite
from tests.workflows.hub import Hub

if TYPE_CHECKING:
    from local_github import Local
    from tests.workflows.project import Project


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of_the_suite(tmp_path_factory.mktemp("suite"))
    # A runner fetches it once a job, act anew for each step: nothing is compiled each time.
    how = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder / "src", quiet=1, invalidation_mode=how)
    return folder


@pytest.fixture(scope="session")
def wheels(pytestconfig: pytest.Config) -> Path:
    """Everything that the actions install, fetched from the index once and kept for later runs.

    By the commands of docs/self-hosted.md for runners without network.
    """
    page = (ROOT / "docs/self-hosted.md").read_text(encoding="utf-8")
    commands = re.findall(r"pip download -d wheelhouse(?: -r \S+\.txt)+", page)
    locks = [ROOT / one for command in commands for one in command.split() if one.endswith(".txt")]
    assert len(locks) == 3
    key = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks) + sys.version.encode())
    folder = Path(pytestconfig.cache.mkdir("wheels")) / key.hexdigest()[:16]
    with folder.with_suffix(".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not folder.exists():
            for old in folder.parent.glob("*"):  # of other locks
                shutil.rmtree(old, ignore_errors=True)
            part = folder.with_suffix(".part")
            for command in commands:
                words = command.replace("wheelhouse", str(part)).split()
                subprocess.run([sys.executable, "-m", *words, "--quiet"], cwd=ROOT, check=True)
            part.rename(folder)
    return folder


@pytest.fixture
def act(tmp_path: Path, shared: Path, suite: Path, hub: Hub, wheels: Path) -> Act:
    folder, home = tmp_path / "runner", shared / "mlgate-home"
    for one in (folder, home):
        one.mkdir(exist_ok=True)
    return Act(folder, home, suite, hub, wheels)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)


@pytest.fixture
def hub(local_github: Local) -> Hub:
    """With a token that may read, as a fork's or Dependabot's."""
    hub = Hub(local_github)
    hub.allow(contents="read")
    return hub
