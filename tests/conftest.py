"""Settings that all tests share."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings
from leaks import output_is_searched, pytest_runtest_makereport, search_files

__all__ = ["output_is_searched", "pytest_runtest_makereport"]  # pytest finds them here

settings.register_profile("mlgate", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("mlgate")

# Git's own tests do without it as well: repositories of a second need survive no power cut.
os.environ["GIT_TEST_FSYNC"] = "0"

# `nohup` and a shell's background jobs start their children deaf to these, and those hand it on.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_is_learnt():
    """Forget the secrets that a test let the process know."""
    from mlgate import outgoing
    from mlgate.redaction import NOTHING

    with outgoing.redacting(NOTHING):
        yield


@pytest.fixture(autouse=True)
def nothing_is_guarded(monkeypatch):
    """Keep `installation.guard` out of this process: its hook stays as long as the process does.

    From then on no file of this installation can be read that changes, such as a cached bytecode of
    another worker's or a source of which a failure shows a line, and the worker ends. Tests of it
    run mlgate in a process of its own.
    """
    from mlgate import installation

    monkeypatch.setattr(installation, "guard", lambda: None)


@pytest.fixture
def local_github(request):
    """A GitHub of our own on loopback, held against GitHub's published description."""
    import local_github

    own = "tmp_path" in request.fixturenames
    folder = request.getfixturevalue("tmp_path") if own else None
    with local_github.running() as running:
        yield running
    if folder is not None:
        search_files(folder)


@pytest.fixture(scope="session")
def s3():
    """The environment of a client of moto's server, which has the bucket `kept`."""
    from moto.server import ThreadedMotoServer
    from pyarrow import fs

    from mlgate.config.s3 import options

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environ = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }
    fs.S3FileSystem(**options(environ), allow_bucket_creation=True).create_dir("kept")
    yield environ
    server.stop()


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory):
    """The address of a real MLflow server; only for system tests, it takes long to start."""
    from tests.mlflow_server import running

    with running(tmp_path_factory.mktemp("mlflow")) as url:
        yield url
