"""The client of the protocol asks a real MLServer (loopback), which `.venv-mlserver` holds."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from mlgate.serving.client import EndpointError, ModelClient, request_body
from mlgate.serving.load import arrivals, play

pytestmark = pytest.mark.system
VENV = Path(__file__).parents[3] / ".venv-mlserver"
NEEDS = "mlserver==1.7.1"
RUNTIME = """\
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse

class Churn(MLModel):
    async def predict(self, payload):
        x = NumpyCodec.decode_input(payload.inputs[0])
        score = 1 / (1 + np.exp(x[:, 1] - x[:, 0]))
        outputs = [
            NumpyCodec.encode_output("label", (score >= 0.5).astype(np.int64)),
            NumpyCodec.encode_output("p", np.stack([1 - score, score], axis=1)),
        ]
        return InferenceResponse(model_name=self.name, outputs=outputs)
"""
MODEL = {
    "name": "churn",
    "implementation": "runtime.Churn",
    "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a server of its own."""
    if not (VENV / "bin" / "mlserver").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(VENV / "bin" / "pip"), "install", "--quiet", NEEDS], check=True)
    folder = tmp_path_factory.mktemp("mlserver")
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        ports = [each.getsockname()[1] for each in sockets]
    settings = dict(zip(("http_port", "grpc_port", "metrics_port"), ports, strict=True))
    settings |= {"host": "127.0.0.1", "parallel_workers": 0, "debug": False}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(MODEL))
    (folder / "runtime.py").write_text(RUNTIME)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(VENV / "bin" / "mlserver"), "start", "."],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{ports[0]}"
    client = ModelClient(url, "churn")
    try:
        for _ in range(600):
            if client.is_ready("/v2/models/churn/ready"):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        else:
            pytest.fail((folder / "log").read_text())
        yield url
    finally:
        client.close()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_it_answers_our_client(address):
    client = ModelClient(address, "churn")
    assert [(each.name, each.shape) for each in client.metadata().inputs] == [("x", (-1, 2))]
    answer = client.infer(request_body({"x": np.array([[1.0, 2.0], [3.0, 0.0]])}))
    assert answer["label"].ravel().tolist() == [0, 1]
    assert answer["p"][0, 1] == pytest.approx(1 / (1 + np.e))
    with pytest.raises(EndpointError, match="422"):
        client.infer(b"{")
    client.close()


def test_another_models_name_is_refused(address):
    client = ModelClient(address, "other")
    with pytest.raises(EndpointError, match="404"):
        client.metadata()
    client.close()


def test_under_load_no_request_fails(address):
    body = request_body({"x": np.array([[1.0, 2.0]])})
    timed = play(address, "churn", [body], arrivals(50, 100, 17), timeout=10)
    assert [each.failure for each in timed] == [None] * 100
