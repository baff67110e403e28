"""The command line, called in this process or as a program."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from mlgate.cli import main

from .played_github import impatient

if TYPE_CHECKING:
    from collections.abc import Mapping

GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TEST_FSYNC": "0",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.invalid",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.invalid",
}
_BIN = Path(sys.executable).parent
SYSTEM = {
    "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
    "VIRTUAL_ENV": sys.prefix,
    "HOME": os.environ.get("HOME", "/"),
    "LANG": "C.UTF-8",
    **GIT,
}
"""What every job has."""


@dataclass(frozen=True)
class Ended:
    """An exit code, and everything that was printed."""

    code: int
    console: str


def mlgate(
    folder: Path, environ: Mapping[str, str], *arguments: str, own_process: bool = False
) -> Ended:
    """Run a command in a folder, with this environment and no other."""
    environ = {**SYSTEM, **environ}
    if own_process:
        return _program(folder, environ, arguments)
    console = io.StringIO()
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(console),
        contextlib.redirect_stderr(console),
        impatient(),
    ):
        code = main(arguments)
    return Ended(int(code), console.getvalue())


def _program(folder: Path, environ: Mapping[str, str], arguments: tuple[str, ...]) -> Ended:
    done = subprocess.run(
        [_BIN / "mlgate", *arguments],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        errors="replace",
    )
    return Ended(done.returncode, done.stdout)
