"""`mlgate serve`, by real requests on loopback: answers, bad input, counters, log, drain."""

from __future__ import annotations

import datetime as dt
import functools
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlgate.errors import UsageError
from mlgate.serving.client import EndpointError, ModelClient, request_body
from mlgate.serving.models import ServedModel, load
from mlgate.serving.request_log import RequestLog
from mlgate.serving.server import MAX_BODY, InferenceServer, ServerOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FUNCTION = """\
import pathlib
import time
import numpy as np

def double(inputs):
    x = inputs["x"]
    if x.size and x[0, 0] == 13:
        raise RuntimeError("thirteen")
    if x.size and x[0, 0] == 14:
        return {"y": np.array([np.nan])}
    if x.size and x[0, 0] == 15:
        pathlib.Path("entered").touch()
        time.sleep(0.4)
    return {"y": 2 * x, "count": np.array([len(x)])}

double.inputs = [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]

def echo(inputs):
    return inputs
"""
GOOD = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2.5]}


def onnx_model(path: Path) -> Path:
    """Write z = x W, its softmax p, and its greatest column."""
    from onnx import TensorProto, helper

    weights = np.array([[1, -1], [0.5, 2], [-1, 0]], np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["z"]),
        helper.make_node("Softmax", ["z"], ["p"], axis=1),
        helper.make_node("ArgMax", ["z"], ["label"], axis=1, keepdims=0),
    ]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
        helper.make_tensor_value_info("p", TensorProto.FLOAT, ["N", 2]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])]
    weight = helper.make_tensor("W", TensorProto.FLOAT, weights.shape, weights.ravel().tolist())
    graph = helper.make_graph(nodes, "toy", inputs, outputs, [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


@contextmanager
def serving(model: str, folder: Path, **options: Any) -> Iterator[InferenceServer]:
    options = {"port": 0, "drain": 0.0, **options}
    server = InferenceServer(load(model, folder, None, 1), ServerOptions(**options), lambda _: None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def address(server: InferenceServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module of a name that no other test imports."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "served_functions.py").write_text(FUNCTION)
    yield tmp_path
    sys.modules.pop("served_functions", None)


@pytest.fixture
def server(folder: Path) -> Iterator[InferenceServer]:
    with serving("served_functions:double", folder) as server:
        yield server


def ask(server: InferenceServer, method: str, path: str, body: bytes | None = None):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(method, path, body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


def post(server: InferenceServer, content: object) -> tuple[int, dict[str, Any]]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    status, answer = ask(server, "POST", "/v2/models/double/infer", body)
    return status, json.loads(answer)


class TestOnnx:
    def test_it_answers_as_the_model_does(self, tmp_path):
        onnx_model(tmp_path / "toy.onnx")
        with serving("toy.onnx", tmp_path) as server:
            client = ModelClient(address(server), "toy")
            metadata = client.metadata()
            assert metadata.platform == "mlgate_onnx"
            assert [(spec.name, spec.datatype, spec.shape) for spec in metadata.inputs] == [
                ("x", "FP32", (-1, 3))
            ]
            rows = np.array([[1, 2, 3], [0, 0, 1]], np.float32)
            answer = client.infer(request_body({"x": rows}))
            client.close()
        assert answer["label"].tolist() == [1, 1]
        assert answer["label"].dtype == np.int64
        assert answer["p"].sum(axis=1) == pytest.approx([1, 1])

    @pytest.mark.parametrize("content", [b"", b"no model"])
    def test_what_is_no_model_is_refused(self, tmp_path, content):
        (tmp_path / "bad.onnx").write_bytes(content)
        with pytest.raises(UsageError, match=r"bad\.onnx is no ONNX model"):
            load("bad.onnx", tmp_path, None, 1)

    def test_so_is_what_is_not_there(self, tmp_path):
        with pytest.raises(UsageError, match=r"gone\.onnx cannot be read: No such file"):
            load("gone.onnx", tmp_path, None, 1)


@pytest.mark.parametrize("name", ["nowhere:double", "served_functions:nothing"])
def test_a_function_that_cannot_be_imported_is_refused(folder, name):
    with pytest.raises(UsageError, match="cannot be served"):
        load(name, folder, None, 1)


def test_health_metadata_and_a_model_without_a_description(folder):
    with serving("served_functions:echo", folder) as server:
        for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/echo/ready", "/v2"):
            assert ask(server, "GET", path)[0] == 200
        status, content = ask(server, "GET", "/v2/models/other")
        assert (status, json.loads(content)["error"]) == (
            404,
            "there is no /v2/models/other; the model is /v2/models/echo",
        )
        texts = np.array([["a", "ü"]], object)
        client = ModelClient(address(server), "echo")
        assert client.metadata().inputs == ()
        assert client.infer(request_body({"words": texts}))["words"].tolist() == [["a", "ü"]]
        client.close()


def test_an_id_comes_back_and_outputs_can_be_chosen(server):
    request = {"id": "7", "inputs": [GOOD], "outputs": [{"name": "count"}]}
    assert post(server, request) == (
        200,
        {
            "model_name": "double",
            "model_version": server.model.version,
            "id": "7",
            "outputs": [{"name": "count", "datatype": "INT64", "shape": [1], "data": [1]}],
        },
    )
    assert post(server, {"inputs": [GOOD]})[1]["id"]


BAD = [
    (b"{", "the body is no JSON"),
    (b'{"inputs": NaN}', "NaN is no number of JSON"),
    ([1], "no JSON object"),
    ({}, "inputs is no list of tensors"),
    ({"inputs": []}, "inputs is no list of tensors"),
    ({"inputs": [GOOD], "id": 7}, "id is no text"),
    ({"inputs": [GOOD], "outputs": ["y"]}, "outputs is no list of names"),
    ({"inputs": [GOOD], "outputs": [{"name": "z"}]}, "no output 'z'"),
    ({"inputs": [{**GOOD, "name": None}]}, "a tensor without a name"),
    ({"inputs": [GOOD, GOOD]}, "'x' twice"),
    ({"inputs": [{**GOOD, "name": "y"}]}, "lacks the input 'x'; the model takes x"),
    ({"inputs": [GOOD, {**GOOD, "name": "y"}]}, "has an input 'y'; the model takes x"),
    ({"inputs": [{**GOOD, "datatype": "FP64"}]}, "x is FP64, and the model takes FP32"),
    ({"inputs": [{**GOOD, "datatype": "FLOAT"}]}, "data type 'FLOAT'; there are BOOL,"),
    ({"inputs": [{**GOOD, "shape": [2]}]}, r"shape [2], and the model takes [-1, 2]"),
    ({"inputs": [{**GOOD, "shape": [2, 1]}]}, r"shape [2, 1], and the model takes [-1, 2]"),
    ({"inputs": [{**GOOD, "shape": [2, 2]}]}, "x has 2 values, and its shape is [2, 2]"),
    ({"inputs": [{**GOOD, "shape": [-1, 2]}]}, "x has no shape"),
    ({"inputs": [{**GOOD, "data": None}]}, "x has no data"),
    ({"inputs": [{**GOOD, "data": [[1], [1, 2]]}]}, "lists of different lengths"),
    ({"inputs": [{**GOOD, "data": ["a", "b"]}]}, "x holds values that are no FP32"),
    ({"inputs": [{**GOOD, "data": [True, False]}]}, "x holds values that are no FP32"),
    ({"inputs": [{**GOOD, "data": [1, None]}]}, "x holds values that are no FP32"),
    ({"inputs": [{**GOOD, "data": [1, 1e39]}]}, "x holds values that are no FP32"),
    ({"inputs": [{**GOOD, "datatype": "INT8", "data": [1, 300]}]}, "no INT8"),
    ({"inputs": [{**GOOD, "datatype": "INT8", "data": [1, 1.5]}]}, "no INT8"),
    ({"inputs": [{**GOOD, "datatype": "INT64", "data": [1, 2**70]}]}, "no INT64"),
    ({"inputs": [{**GOOD, "datatype": "BYTES", "data": ["a", 1]}]}, "no BYTES"),
]


@pytest.mark.parametrize(("content", "reason"), BAD)
def test_bad_input_is_answered_with_400_and_the_reason(server, content, reason):
    status, answer = post(server, content)
    assert status == 400
    assert reason in answer["error"]


def test_a_body_without_a_length_or_too_long_is_not_read(server):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request("POST", "/v2/models/double/infer", iter([b"{}"]), encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()
    connection.putrequest("POST", "/v2/models/double/infer")
    connection.putheader("Content-Length", str(MAX_BODY + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /v2/health/live HTTP/1.1\r\nContent-Length: 40", 200),
        ("POST /v2/models/double/infer HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 40", 411),
        (
            "POST /v2/models/double/infer HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked",
            411,
        ),
        ("POST /v2/models/double/infer HTTP/1.1\r\nContent-Length: -1", 411),
        ("POST /elsewhere HTTP/1.1\r\nContent-Length: 40", 404),
    ],
)
def test_a_body_is_never_taken_for_the_next_request(server, head, status):
    with socket.create_connection(server.server_address[:2], timeout=10) as connection:
        connection.sendall(f"{head}\r\n\r\nGET /v2/health/ready HTTP/1.1\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.count(b"HTTP/1.1") == 1


def test_a_model_that_fails_or_answers_nan_is_500_and_counted(server):
    for number, reason in ((13, "RuntimeError: thirteen"), (14, "y holds NaN")):
        status, answer = post(server, {"inputs": [{**GOOD, "data": [number, 0]}]})
        assert status == 500
        assert reason in answer["error"]
    post(server, {"inputs": [GOOD]})
    post(server, b"{")
    lines = ask(server, "GET", "/metrics")[1].decode().splitlines()
    labels = f'model="double",version="{server.model.version}"'
    assert f'mlgate_requests_total{{code="200",{labels}}} 1.0' in lines
    assert f'mlgate_requests_total{{code="400",{labels}}} 1.0' in lines
    assert f"mlgate_errors_total{{{labels}}} 2.0" in lines
    assert f"mlgate_request_seconds_count{{{labels}}} 4.0" in lines


def test_requests_are_logged_with_ids_and_old_files_go(folder, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    today = dt.datetime.now(dt.UTC).date()
    old, recent = (logs / f"requests-{today - dt.timedelta(days=days)}.jsonl" for days in (9, 7))
    for path in (old, recent, logs / "requests-notes.jsonl"):
        path.write_text("")
    log = RequestLog(logs, keep_days=7)
    with serving("served_functions:double", folder, log=log, log_answers=True) as server:
        post(server, {"id": "a", "inputs": [GOOD]})
        post(server, {"id": "b", "inputs": [{**GOOD, "data": [13, 0]}]})
    assert not old.exists()
    assert recent.exists()
    text = "".join(path.read_text() for path in logs.glob("requests-2*.jsonl"))
    first, second = map(json.loads, text.splitlines())
    assert (first["id"], first["status"], first["outputs"][0]["data"]) == ("a", 200, [2.0, 5.0])
    assert (second["id"], second["status"], second["version"]) == ("b", 500, server.model.version)
    assert "outputs" not in second
    assert abs(first["time"] - time.time()) < 60
    assert first["seconds"] > 0


def test_the_client_refuses_what_does_not_answer_as_the_model(server):
    def refused(client, words):
        with pytest.raises(EndpointError, match=words):
            client.metadata()
        client.close()

    refused(ModelClient(address(server), "other"), "is answered with 404: .*no /v2/models/other")
    refused(ModelClient(f"{address(server)}/elsewhere", "double"), "404")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        refused(ModelClient(f"http://127.0.0.1:{port}", "double", timeout=0.1), "timed out")
    refused(ModelClient(f"http://127.0.0.1:{port}", "double"), "refused")
    client = ModelClient(address(server), "double")
    with pytest.raises(EndpointError, match=r"500: .*y holds NaN"):
        client.infer(request_body({"x": np.array([[14, 0]], np.float32)}))
    client.close()


class TestDrain:
    """A server that is stopped while requests are under way, and more come."""

    def test_it_answers_all_and_says_that_it_is_not_ready(self, folder):
        release, entered = threading.Event(), threading.Semaphore(0)

        def held(inputs):
            entered.release()
            assert release.wait(30)
            return inputs

        model = ServedModel("held", "1", (), (), held)
        server = InferenceServer(model, ServerOptions(port=0), lambda _: None)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        body = json.dumps({"inputs": [GOOD]}).encode()
        kept = http.client.HTTPConnection(*server.server_address[:2], timeout=30)
        kept.request("GET", "/v2/health/ready")
        assert kept.getresponse().read() == b'{"ready": true}'
        with ThreadPoolExecutor(24) as pool:
            infer = functools.partial(ask, server, "POST", "/v2/models/held/infer", body)
            answers = [pool.submit(infer) for _ in range(8)]

            def while_draining(_: float) -> None:
                answers.extend(pool.submit(infer) for _ in range(16))
                for _ in range(24):
                    assert entered.acquire(timeout=30)
                kept.request("GET", "/v2/health/ready")
                response = kept.getresponse()
                assert (response.status, response.getheader("Connection")) == (503, "close")
                threading.Timer(0.1, release.set).start()

            server.stop(while_draining)
            assert [answer.result()[0] for answer in answers] == [200] * 24
        thread.join()
        kept.close()
        with pytest.raises(ConnectionRefusedError):
            ask(server, "GET", "/v2/health/live")

    def test_sigterm_ends_the_command_with_0_once_all_is_answered(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "mlgate", "serve", "served_functions:double"]
        process = subprocess.Popen(
            [*command, "--port", str(port), "--drain", "0"],
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None
            assert "double" in process.stderr.readline()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            slow = json.dumps({"inputs": [{**GOOD, "data": [15, 1]}]})
            connection.request("POST", "/v2/models/double/infer", slow)
            until = time.monotonic() + 30
            while not (folder / "entered").exists():
                assert time.monotonic() < until
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert connection.getresponse().status == 200
            connection.close()
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
