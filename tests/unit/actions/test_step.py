"""The shell part: it finds a Python that suits, or says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STEP = Path(__file__).parents[3] / "actions" / "runner" / "step.sh"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH that has what the script needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "sh"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run(tools: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a step whose inputs are wrong, which Python says at once."""
    environ = {"PATH": str(tools), "MLGATE_INPUTS": '{"train": "maybe"}'} | environ
    return subprocess.run(
        [tools / "sh", STEP, "run"], env=environ, capture_output=True, text=True, check=False
    )


REACHED = "::error title=mlgate::the input train is 'maybe'; it must be true or false\n"


def test_a_python_that_is_too_old_is_passed_over(tools: Path) -> None:
    script(tools / "python3", "exit 1")  # what a check of the version gives
    script(tools / "python3.12", f'exec "{sys.executable}" "$@"')
    assert run(tools).stdout == REACHED


def test_the_runners_tool_cache_is_looked_into(tools: Path, tmp_path: Path) -> None:
    python = tmp_path / "tools" / "Python" / "3.12.4" / "x64" / "bin" / "python3"
    script(python, f'exec "{sys.executable}" "$@"')
    script(tools / "python3", "exit 1")
    found = run(tools, RUNNER_TOOL_CACHE=str(tmp_path / "tools"))
    assert found.stdout == REACHED
    assert found.returncode == 2


def test_a_python_that_is_named_is_taken_or_refused(tools: Path, tmp_path: Path) -> None:
    script(tmp_path / "my python", f'exec "{sys.executable}" "$@"')
    assert run(tools, MLGATE_PYTHON=str(tmp_path / "my python")).stdout == REACHED
    refused = run(tools, MLGATE_PYTHON="/usr/bin/false")
    assert refused.returncode == 2
    assert refused.stdout.startswith("::error title=mlgate::MLGATE_PYTHON=/usr/bin/false is no")


def test_variables_for_the_users_python_do_no_harm(tools: Path, tmp_path: Path) -> None:
    script(tools / "python3", f'exec "{sys.executable}" "$@"')
    for name in ("json", "environment", "inputs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    assert run(tools, PYTHONPATH=str(tmp_path), PYTHONHOME=os.devnull).stdout == REACHED
