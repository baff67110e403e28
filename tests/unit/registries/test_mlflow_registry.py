"""Versions and aliases on a real MLflow server (SQLite, loopback), which `.venv-mlflow` holds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from mlgate.registries.mlflow import MlflowRegistry
from mlgate.registries.registry import RegistryError

pytestmark = pytest.mark.system
VENV = Path(__file__).parents[3] / ".venv-mlflow"
NEEDS = "mlflow==3.17.2"
FACTS = {"commit": "a" * 40, "sha256": "b" * 64, "verdict": "pass"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server of its own."""
    if not (VENV / "bin" / "mlflow").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(VENV / "bin" / "pip"), "install", "--quiet", NEEDS], check=True)
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
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


@pytest.fixture
def registry(server, request):
    return MlflowRegistry(server, f"model-{request.node.name}", {}, "s3://bucket/model")


def test_a_model_that_is_not_there_has_no_versions_and_no_aliases(registry):
    assert registry.versions() == ()
    assert registry.aliases() == {}


def test_versions_keep_their_commit_and_digest_and_aliases_move(registry):
    first = registry.register("a" * 40, None, FACTS)
    second = registry.register("c" * 40, None, {**FACTS, "commit": "c" * 40})
    assert [(v.name, v.commit) for v in registry.versions()] == [("1", "a" * 40), ("2", "c" * 40)]
    assert registry.versions()[0].sha256 == "b" * 64
    assert registry.assign("prod", first, None, FACTS).endswith("@prod")
    before = registry.aliases()["prod"]
    assert (before.version, before.commit) == (first, "a" * 40)
    registry.assign("prod", second, before, {"verdict": "pass"})
    assert registry.aliases()["prod"].version == second


def test_an_alias_that_moved_meanwhile_is_left_alone(registry):
    first = registry.register("a" * 40, None, FACTS)
    second = registry.register("c" * 40, None, FACTS)
    registry.assign("prod", first, None, {})
    seen = registry.aliases()["prod"]
    registry.assign("prod", second, seen, {})
    with pytest.raises(RegistryError, match="names version 2 by now"):
        registry.assign("prod", first, seen, {})
    assert registry.aliases()["prod"].version.name == "2"


def test_what_the_server_refuses_and_a_server_that_is_away_are_errors(registry):
    with pytest.raises(RegistryError, match="numbers versions itself"):
        registry.register("a" * 40, "v1.0.0", FACTS)
    made = registry.register("a" * 40, None, FACTS)
    with pytest.raises(RegistryError, match="MLflow refuses"):
        registry.assign("not/a/name", made, None, {})
    away = MlflowRegistry(f"http://127.0.0.1:{free_port()}", "m", {})
    with pytest.raises(RegistryError, match="does not answer"):
        away.versions()
