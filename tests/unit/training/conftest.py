"""What the tests of this room share."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlgate import training
from mlgate.model.inputs import Stamp
from mlgate.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.model.evidence import TrainEvidence

STAMP = Stamp(tool="1.2.3", commit="c0ffee", created="2027-01-02T03:04:05Z", policy_digest="p")


@pytest.fixture
def env() -> dict[str, str]:
    """An environment whose `python` is the one that runs the tests."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def request_for(tmp_path: Path, env: dict[str, str]) -> Callable[..., training.TrainRequest]:
    """Makes requests that run in a fresh folder; packages are not listed unless asked for."""

    def make(command: str | None, **changes: Any) -> training.TrainRequest:
        fields: dict[str, Any] = {
            "command": command,
            "cwd": tmp_path,
            "env": env,
            "log": tmp_path / ".mlgate" / "logs" / "train.log",
            "stamp": STAMP,
            "grace": 0.5,
            "python": "no-such-python",
        }
        return training.TrainRequest(**fields | changes)

    return make


@pytest.fixture
def train(
    request_for: Callable[..., training.TrainRequest], console: io.StringIO
) -> Callable[..., TrainEvidence]:
    """Runs a command and gives the evidence."""

    def run(command: str | None, **changes: Any) -> TrainEvidence:
        request = request_for(command, **changes)
        return training.train(request, console=console, progress=Silent())

    return run
