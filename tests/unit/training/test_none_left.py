"""No process that began in the meantime is left."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlgate.training import none_left

DAEMON = """
import os, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="adopts orphans on Linux only")


def test_a_process_that_left_its_parent_and_session_is_ended(tmp_path: Path) -> None:
    earlier = subprocess.Popen(["sleep", "60"])
    try:
        with none_left():
            subprocess.run([sys.executable, "-c", DAEMON, tmp_path / "pid"], check=True)
            deadline = time.monotonic() + 10
            while not (text := _read(tmp_path / "pid")) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert Path(f"/proc/{text}").exists()
        assert not Path(f"/proc/{text}").exists()
        assert earlier.poll() is None
    finally:
        earlier.kill()
        earlier.wait()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
