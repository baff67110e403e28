"""One environment for all runs: the first step installs it, as the first step of a job does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.workflows import project as projects
from tests.workflows.act import Act, copy_of_the_suite
from tests.workflows.hub import Hub

if TYPE_CHECKING:
    from pathlib import Path

    from local_github import Local
    from tests.workflows.project import Project


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_suite(tmp_path_factory.mktemp("suite"))


@pytest.fixture
def act(tmp_path: Path, shared: Path, suite: Path) -> Act:
    folder, home = tmp_path / "runner", shared / "mlgate-home"
    for one in (folder, home):
        one.mkdir(exist_ok=True)
    return Act(folder, home, suite)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)


@pytest.fixture
def hub(local_github: Local) -> Hub:
    return Hub(local_github)
