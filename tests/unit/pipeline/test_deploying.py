"""`mlgate deploy` on a real repository: servers on loopback that are right, wrong, slow, or not there."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlgate import ci
from mlgate.checks.deploy.evidence import DeployEvidence
from mlgate.errors import ConfigError, DataError, UsageError
from mlgate.pipeline import gate_and_report
from mlgate.pipeline.deploying.deploy import FOLDER, DeployOptions, deploy
from mlgate.pipeline.prepare import open_run_dir
from mlgate.serving.models import ServedModel
from mlgate.serving.server import InferenceServer, ServerOptions
from mlgate.serving.tensors import TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Repository
    from mlgate.pipeline.deploying.deploy import Deployed

TRAIN = """\
import math, pathlib, random
rng = random.Random(3)
rows, known = ["id,label,predicted,score"], ["id,a,b,predicted,score"]
for i in range(400):
    a, b = rng.gauss(0, 2), rng.gauss(0, 2)
    score = 1 / (1 + math.exp(b - a))
    rows.append(f"r{i},{int(rng.random() < score)},{int(score >= 0.5)},{score!r}")
    if i < 30:
        known.append(f"r{i},{a!r},{b!r},{int(score >= 0.5)},{score!r}")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/predictions.csv").write_text("\\n".join(rows) + "\\n")
pathlib.Path("known.csv").write_text("\\n".join(known) + "\\n")
pathlib.Path("out/model.txt").write_text("a - b")
"""
CONFIG = """\
version: 1
name: toy
task: binary
train: {run: "python train.py", artifacts: [out/model.txt]}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted, score: score}
deploy:
  server: {timeout: 30s, start_within: 60s}
  preflight: {memory: 1MiB, disk: 1MiB}
  known_inputs: {path: known.csv, prediction: label, score: "p[1]"}
gates:
  accuracy: {min: 0.5}
"""
LOAD = "  load: {rate: 400, duration: 1s}\n"
MODULE = """\
import numpy as np

def right(inputs):
    score = 1 / (1 + np.exp(inputs["x"][:, 1] - inputs["x"][:, 0]))
    return {"label": (score >= 0.5).astype(np.int64), "p": np.stack([1 - score, score], axis=1)}

calls = []

def failing(inputs):
    calls.append(1)
    if len(calls) > 30 and len(calls) % 3 == 0:
        raise RuntimeError("now and then")
    return right(inputs)

right.inputs = failing.inputs = [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}]
"""
SPEC = (TensorSpec("x", "FP64", (-1, 2)),)


def right(inputs: Any) -> dict[str, Any]:
    x = inputs["x"]
    score = 1 / (1 + np.exp(x[:, 1] - x[:, 0]))
    return {"label": (score >= 0.5).astype(np.int64), "p": np.stack([1 - score, score], axis=1)}


@contextmanager
def serving(predict: Callable[[Any], Any] = right, port: int = 0, **model: Any) -> Iterator[str]:
    served = ServedModel(**{"name": "model", "version": "1", "inputs": SPEC, "outputs": (), "predict": predict, **model})  # fmt: skip
    options = ServerOptions(port=port, drain=0.0)
    server = InferenceServer(served, options, lambda _: None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.stop()
        thread.join()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("template") / "repo"


@pytest.fixture
def released(repository: Repository, template: Path) -> Repository:
    """Main with a model of two numbers, its run kept: made once, and copied."""
    if template.exists():
        shutil.rmtree(repository.root)
        shutil.copytree(template, repository.root)
        return repository
    repository.write("train.py", TRAIN)
    repository.write("served.py", MODULE)
    repository.write("mlgate.yaml", CONFIG)
    subprocess.run([sys.executable, "train.py"], cwd=repository.root, check=True)
    repository.commit("model")
    repository.run()
    repository.save()
    shutil.copytree(repository.root, template)
    return repository


def configure(repository: Repository, old: str, new: str) -> None:
    path = repository.root / "mlgate.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    repository.commit("settings")


def deployed(repository: Repository, at: str | None = None, **context: Any) -> Deployed:
    options = DeployOptions(Path("out/model.txt"), evidence=repository.root / ".mlgate", at=at)
    evidence_of = repository.git("rev-list", "-1", "HEAD", "--", "train.py")
    options = replace(options, commit=evidence_of)
    return deploy(replace(repository.context, **context), options)


def gates(result: Deployed) -> dict[str, str]:
    assert result.verdict is not None
    return {gate.id: gate.verdict for gate in result.verdict.gates}


def evidence(repository: Repository) -> DeployEvidence:
    made = open_run_dir(repository.root / FOLDER).read_evidence()["deploy"]
    assert isinstance(made, DeployEvidence)
    return made


def test_the_tested_model_passes_and_a_copy_of_the_folder_says_so_too(released):
    with serving() as address:
        result = deployed(released, address)
    assert gates(result) == {"deploy.preflight.max": "pass", "deploy.known_inputs.max": "pass"}
    assert (result.verdict.verdict, result.verdict.blocked) == ("pass", False)
    assert result.address == address
    copy = released.root / "copy"
    shutil.copytree(released.root / FOLDER, copy)
    (copy / "verdict.json").unlink()
    again = gate_and_report.gate(open_run_dir(copy), released.context.now.date())
    assert again.verdict == "pass"


def test_the_answers_can_be_in_the_table(released):
    configure(released, "{path: known.csv,", "{path: known.csv, answers: file,")
    with serving() as address:
        assert deployed(released, address).verdict.verdict == "pass"


def test_every_row_that_is_answered_otherwise_is_counted_and_shown(released):
    def nearly(inputs):
        answer = right(inputs)
        flipped = inputs["x"][0, 0] > 2
        return {**answer, "label": 1 - answer["label"]} if flipped else answer

    with serving(nearly) as address:
        result = deployed(released, address)
    assert gates(result)["deploy.known_inputs.max"] == "fail"
    assert result.verdict.blocked
    made = evidence(released)
    flipped = [row.split(",") for row in (released.root / "known.csv").read_text().splitlines()[1:]]
    expected = [row[0] for row in flipped if float(row[1]) > 2]
    assert [(each.row, each.output) for each in made.differing] == [
        (row, "label") for row in expected
    ]
    assert made.metrics["known_inputs"].value == len(expected)
    report = (released.root / FOLDER / "report.md").read_text()
    assert f"| {expected[0]} " in report
    assert f"on {len(expected)} of 30 rows ({', '.join(expected[:3])}" in report


def test_a_score_may_differ_by_the_tolerance_and_no_more(released):
    def shifted(by):
        return lambda inputs: {**right(inputs), "p": right(inputs)["p"] + by}

    for by, outcome in ((5e-7, "pass"), (2e-6, "fail")):
        with serving(shifted(by)) as address:
            assert gates(deployed(released, address))["deploy.known_inputs.max"] == outcome


def nan(inputs):
    return {"label": right(inputs)["label"], "p": np.full((1, 2), np.nan)}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"predict": nan}, "known input r0: .* NaN"),
        ({"predict": lambda _: {}}, "outputs is no list of tensors"),
        ({"predict": lambda _: {"other": np.ones(1)}}, "no output 'label', but other"),
        ({"predict": lambda _: {"label": np.ones(3), "p": np.ones(2)}}, "label is of 3 values"),
        ({"predict": lambda _: 1 / 0}, "500"),
        ({"name": "other"}, "404: .*no /v2/models/model"),
        ({"platform": "mlgate_onnx", "version": "abc"}, "serves the file abc, and .* was verified"),
    ],
)
def test_an_endpoint_that_is_not_the_model_is_an_error(released, model, words):
    with serving(**model) as address:
        result = deployed(released, address)
    assert set(gates(result).values()) == {"error"}
    assert result.verdict.blocked
    made = evidence(released)
    assert made.error is not None
    assert re.search(words, made.error)


def test_so_is_one_that_answers_nothing_or_is_not_there(released):
    configure(released, "timeout: 30s", "timeout: 1s")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert set(gates(deployed(released, f"http://127.0.0.1:{port}")).values()) == {"error"}
        assert "timed out" in str(evidence(released).error)
    assert set(gates(deployed(released, f"http://127.0.0.1:{port}")).values()) == {"error"}


def test_known_inputs_that_were_not_tested_are_refused(released):
    known = released.root / "known.csv"
    known.write_text(known.read_text() + "new,1,2,0,0.3\n")
    with serving() as address, pytest.raises(DataError, match=r"1 known inputs are no rows .*new"):
        deployed(released, address)


def test_without_a_way_to_make_requests_it_says_what_to_write(released):
    spec = (TensorSpec("x", "FP64", (-1, 3)),)
    with serving(inputs=spec) as address, pytest.raises(DataError, match="has 2 features"):
        deployed(released, address)
    configure(released, "{path: known.csv,", "{path: known.csv, inputs: {x: [a, b]},")
    with serving(inputs=()) as address:
        assert deployed(released, address).verdict.verdict == "pass"


class TestLoad:
    """Errors and latency, of requests that do not wait for one another."""

    @pytest.fixture
    def loaded(self, released: Repository) -> Repository:
        configure(released, "gates:\n", LOAD + "gates:\n  deploy.errors: {max: 0.05}\n")
        return released

    def test_requests_that_fail_are_counted_and_judged(self, loaded):
        calls = []

        def failing(inputs):
            calls.append(1)
            if len(calls) > 30 and len(calls) % 5 == 0:
                raise RuntimeError("now and then")
            return right(inputs)

        with serving(failing) as address:
            result = deployed(loaded, address)
        assert gates(result)["deploy.errors.max"] == "fail"
        version = evidence(loaded).versions["new"]
        assert (version.requests, version.failed) == (400, 80)
        assert "now and then" in next(iter(version.failures))

    def test_a_version_that_fails_beside_the_running_one_is_refused_and_stopped(self, loaded):
        ports = free_ports(2)
        run = "python -m mlgate serve served:failing --name model --drain 0 --port {port}"
        server = f"server: {{ports: {ports}, run: {run!r}, timeout: 30s}}"
        configure(loaded, "server: {timeout: 30s, start_within: 60s}", server)
        with serving(port=ports[0]):
            result = deployed(loaded)
        assert gates(result)["deploy.errors.max"] == "fail"
        made = evidence(loaded)
        assert made.versions["running"].requests == made.versions["new"].requests == 400
        assert (made.versions["running"].failed, made.metrics["errors"].n) == (0, 400)
        assert made.metrics["latency_ratio.p50"].interval != (None, None)
        assert is_free(ports[1])

    def test_the_first_version_has_nothing_to_be_compared_with(self, loaded):
        configure(loaded, "accuracy:", "deploy.latency_ratio.p99: {max: 2}\n  accuracy:")
        with serving() as address:
            result = deployed(loaded, address)
        assert gates(result)["deploy.latency_ratio.p99.max"] == "untested"
        assert not result.verdict.blocked

    def test_a_load_that_no_gate_judges_is_no_configuration(self, released):
        configure(released, "gates:\n", LOAD + "gates:\n")
        with pytest.raises(ConfigError, match="errors that no gate judges"):
            deployed(released, "http://127.0.0.1:1")


class TestLocal:
    """A server of its own, started on the port that is free."""

    def local(self, repository: Repository, run: str, within: str = "60s") -> list[int]:
        ports = free_ports(2)
        server = f"server: {{ports: {ports}, run: {run!r}, start_within: {within}}}"
        configure(repository, "server: {timeout: 30s, start_within: 60s}", server)
        return ports

    @pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_it_runs_on_without_traffic_until_it_is_stopped(self, released):
        run = "python -m mlgate serve served:right --name model --drain 0 --port {port}"
        ports = self.local(released, run)
        with ExitStack() as stack:
            stack.enter_context(serving(port=ports[0]))
            result = deployed(released)
            stack.callback(subprocess.run, ["kill", str(result.pid)], check=True)
            again = deployed(released)
            assert gates(again) == {"deploy.preflight.max": "fail"}  # both ports are taken
            assert not is_free(ports[1])
        assert result.verdict.verdict == "pass"
        assert result.address == f"http://127.0.0.1:{ports[1]}"
        wait_until(lambda: is_free(ports[1]))

    @pytest.mark.parametrize(
        ("run", "within", "words"),
        [
            ("nowhere --port {port}", "60s", "nowhere: No such file"),
            ("sh -c 'echo no model; exit 3'", "60s", "ended while it started: no model"),
            ("sleep 60", "1s", "not ready after 1 seconds"),
        ],
    )
    def test_a_server_that_does_not_start_is_an_error(self, released, run, within, words):
        self.local(released, run, within)
        assert set(gates(deployed(released)).values()) == {"error"}
        assert words in str(evidence(released).error)

    def test_where_no_port_is_free_nothing_is_started(self, released):
        ports = self.local(released, "touch started")
        with ExitStack() as stack:
            for port in ports:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            result = deployed(released)
        assert gates(result) == {"deploy.preflight.max": "fail"}
        assert result.problems[0].startswith("none of the ports")
        assert not (released.root / "started").exists()


def test_a_program_of_the_users_starts_and_stops(released):
    configure(released, "deploy:\n", 'deploy:\n  target: "command:sh target.sh"\n')
    with serving() as address:
        script = f'echo "$@" >> calls\ntest $1 != start || echo "up\n{address}"\n'
        (released.root / "target.sh").write_text(script)
        result = deployed(released)
        assert (result.verdict.verdict, result.address) == ("pass", address)
        calls = (released.root / "calls").read_text().split("\n")
        assert calls[:2] == [
            "running",
            f"start {released.root}/out/model.txt {result.decision.sha256}",
        ]
        (released.root / "target.sh").write_text(script.replace(address, "nowhere"))
        assert set(gates(deployed(released)).values()) == {"error"}
        assert "prints no address" in str(evidence(released).error)
        assert (released.root / "calls").read_text().endswith("stop\n")


def test_manifests_are_written_for_a_cluster_and_what_runs_there_is_judged(released):
    cluster = "target: kserve\n  cluster: {name: churn, storage: 's3://m/{sha256}'}\n"
    configure(released, "deploy:\n", f"deploy:\n  {cluster}")
    result = deployed(released)
    assert result.verdict is None
    assert f"storageUri: s3://m/{result.decision.sha256}" in result.manifests.read_text()
    with serving() as address:
        assert deployed(released, address).verdict.verdict == "pass"


def test_a_model_that_may_not_be_deployed_is_not_even_started(released):
    (released.root / "out/model.txt").write_text("b - a")
    result = deployed(released, "http://127.0.0.1:1")
    assert not result.decision.allowed
    assert result.verdict is None
    assert not (released.root / FOLDER).exists()


def test_a_pull_request_deploys_nothing(released):
    pull = ci.Run(in_ci=True, event="pull_request", base_branch="main")
    with pytest.raises(UsageError, match="deployed from the default branch"):
        deployed(released, "http://127.0.0.1:1", ci_run=pull)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in sockets]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
