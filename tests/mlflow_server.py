"""A real MLflow server (SQLite, loopback), which `.venv-mlflow` holds: one start for all tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

VENV = Path(__file__).parents[1] / ".venv-mlflow"
NEEDS = "mlflow==3.17.2"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(folder):
    """Start a server of its own in a folder; its address."""
    if not (VENV / "bin" / "mlflow").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(VENV / "bin" / "pip"), "install", "--quiet", NEEDS], check=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        str(VENV / "bin" / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port),
        "--backend-store-uri", f"sqlite:///{folder / 'm.db'}", "--artifacts-destination", str(folder),
        "--workers", "1",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        for _ in range(600):
            try:
                if requests.get(f"{url}/health", timeout=1).ok:
                    break
            except requests.RequestException:
                time.sleep(0.5)
            assert process.poll() is None, (folder / "log").read_text()
        else:
            pytest.fail((folder / "log").read_text())
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its workers too
        process.wait()
