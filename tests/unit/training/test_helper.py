"""Another command of the user's beside the training."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

from mlgate.training import help_out

if TYPE_CHECKING:
    from pathlib import Path

ENV = {"PATH": os.environ["PATH"]}


def test_its_output_is_streamed_and_logged(tmp_path: Path) -> None:
    console, log = io.StringIO(), tmp_path / "logs" / "baseline.log"
    assert help_out("echo hello", tmp_path, ENV, log, console=console) is None
    assert console.getvalue() == "$ echo hello\nhello\n" == log.read_text()


def test_how_it_failed_is_one_sentence(tmp_path: Path) -> None:
    ended = help_out("exit 7", tmp_path, ENV, tmp_path / "log", console=io.StringIO())
    assert ended is not None
    assert (ended.cause, ended.hint) == ("it ended with exit code 7", None)


def test_a_signal_ends_all_of_it_and_takes_its_usual_way(tmp_path: Path) -> None:
    script = (
        "import io, os, pathlib\n"
        "from mlgate.training import help_out\n"
        "command = 'setsid sleep 300 & echo $! > pid; touch ready; sleep 300'\n"
        "here = pathlib.Path.cwd()\n"
        "help_out(command, here, dict(os.environ), here / 'log', console=io.StringIO())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)
    while not (tmp_path / "ready").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == -signal.SIGTERM
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
