"""The locks hold files for every Python and machine that the actions promise to work on.

What they install here is proven by every other test of this folder; this asks the index alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from actions.runner.environment import options_for_uv, parse_settings, settings_for_uv

pytestmark = pytest.mark.act

LOCKS = Path(__file__).parents[2] / "requirements"
ACTIONS = ("light", "run", "full", "attest", "uv")
"""Installed by the actions, from wheels alone."""
OURS = ("build", "demo", "dev", "pip")
LINUX = "x86_64-manylinux_2_28"


@pytest.fixture(scope="session")
def uv(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installer, as the actions bootstrap it."""
    folder = tmp_path_factory.mktemp("uv")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
    command += ["--find-links", str(wheels), "--target", str(folder), "--require-hashes"]
    subprocess.run([*command, "-r", str(LOCKS / "uv.txt")], check=True)
    return folder / "bin" / "uv"


def resolved(uv: Path, lock: str, python: str, platform: str, *options: str) -> None:
    """Let uv find a file of the lock for each package, and install none."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    settings = parse_settings(listed.stdout)
    done = subprocess.run(
        [uv, "pip", "install", "--dry-run", "--quiet", "--python", sys.executable,
         "--target", uv.parent / "nothing", "--python-version", python,
         "--python-platform", platform, "--require-hashes", *options, *options_for_uv(settings),
         "-r", LOCKS / f"{lock}.txt"],
        env={**os.environ, **settings_for_uv(settings), "UV_CACHE_DIR": str(uv.parent / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_every_lock_resolves_on_linux(uv: Path, python: str) -> None:
    for lock in ACTIONS:
        resolved(uv, lock, python, LINUX, "--only-binary", ":all:")
    for lock in OURS:
        resolved(uv, lock, python, LINUX)


@pytest.mark.parametrize("platform", ["aarch64-manylinux_2_28", "aarch64-apple-darwin"])
def test_the_locks_of_the_actions_resolve_on_arm_and_macos(uv: Path, platform: str) -> None:
    for python in ("3.11", "3.14"):
        for lock in ACTIONS:
            resolved(uv, lock, python, platform, "--only-binary", ":all:")
