"""What a server answers that is no MLflow server, or a broken one: an error that says so, never a crash."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlgate import outgoing
from mlgate.redaction import NOTHING
from mlgate.registries.mlflow import MlflowRegistry
from mlgate.registries.mlflow_runs import MlflowRun, MlflowRuns
from mlgate.registries.registry import RegistryError

ENDLESS = json.dumps({"model_versions": [], "next_page_token": "more"})


@pytest.fixture
def server():
    """A server that gives one answer to everything, which a test sets."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(server.code)
            self.send_header("Content-Length", str(len(server.text)))
            self.end_headers()
            self.wfile.write(server.text.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.code, server.text = 200, ""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def registry(server):
    return MlflowRegistry(f"http://127.0.0.1:{server.server_port}", "m", {}, "s3://bucket/m")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "in another form"),
        ('{"model_versions": 3}', "in another form"),
        ('{"model_versions": [{"version": "newest"}]}', "in another form"),
        ('{"model_versions": [{"version": "1", "tags": [{"key": 1}]}]}', "in another form"),
        ("<html>", "does not answer"),
        (ENDLESS, "lists more than"),
    ],
)
def test_answers_of_another_form_are_errors(server, registry, text, why):
    server.text = text
    with pytest.raises(RegistryError, match=why):
        registry.versions()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "in another form"),
        ('{"run": {"info": {}}}', "in another form"),
        ("{}", "in another form"),
        ("<html>", "in another form"),
    ],
)
def test_runs_of_another_form_are_errors(server, text, why):
    server.text = text
    with pytest.raises(RegistryError, match=why):
        MlflowRuns(f"http://127.0.0.1:{server.server_port}", {}).get("r1")


def test_files_that_the_server_does_not_hand_out_name_the_setting():
    run = MlflowRun("r1", "0", "FINISHED", None, "s3://bucket/r1", {}, {})
    with pytest.raises(RegistryError, match="does not hand them out") as raised:
        MlflowRuns("http://127.0.0.1:1", {}).fetch(run, "p.csv", print)
    assert "--artifacts-destination" in str(raised.value.hint)


def test_a_version_that_was_made_and_is_not_shown_is_an_error(server, registry):
    server.text = "{}"
    with pytest.raises(RegistryError, match="in another form"):
        registry.register("a" * 40, None, {})


def test_a_secret_is_redacted_before_a_refusal_is_cut(server, registry):
    server.code, server.text = 403, json.dumps({"message": "." * 295 + "secret-secret"})
    with (
        outgoing.redacting(NOTHING.knowing({"TOKEN": "secret-secret"})),
        pytest.raises(RegistryError) as raised,
    ):
        registry.versions()
    assert "secre" not in str(raised.value)
