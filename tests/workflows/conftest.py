"""One environment for all runs: the first step installs it, as the first step of a job does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.workflows import project as projects
from tests.workflows.act import Act

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflows.project import Project


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "mlgate-home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def act(tmp_path: Path, home: Path) -> Act:
    folder = tmp_path / "runner"
    folder.mkdir()
    return Act(folder, home)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)
