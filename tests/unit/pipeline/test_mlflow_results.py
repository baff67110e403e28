"""Results that a run on a real MLflow server logged: judged as this commit's, and marked as made elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mlgate.errors import StoreError, UsageError
from mlgate.pipeline import full_run

from .conftest import CONFIG

if TYPE_CHECKING:
    from mlgate.pipeline.full_run import FullRunResult

    from .conftest import Repository

pytestmark = pytest.mark.system
EXPECTED = (
    CONFIG.replace('run: "python train.py"', 'run: "false", artifacts: [out/model.bin]')
    + "  quality: {min: 0.5}\nmetrics: {files: [mlflow.json], direction: {quality: higher}}\n"
)


class Server:
    """What a training does by MLflow's client, by REST."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/api/2.0/mlflow/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def run(
        self,
        commit: str,
        files: dict[str, bytes],
        *,
        status: str = "FINISHED",
        tag: str = "mlgate.commit",
    ) -> str:
        tags = [{"key": tag, "value": commit}]
        made = self.post("runs/create", experiment_id="0", start_time=1, tags=tags)["run"]["info"]
        root = made["artifact_uri"].removeprefix("mlflow-artifacts:/")
        for path, content in files.items():
            where = f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{root}/{path}"
            requests.put(where, data=content, timeout=30).raise_for_status()
        self.post(
            "runs/log-batch",
            run_id=made["run_id"],
            metrics=[{"key": "quality", "value": 0.8, "timestamp": 1, "step": 0}],
            params=[{"key": "lr", "value": "0.1"}],
        )
        self.post("runs/update", run_id=made["run_id"], status=status, end_time=2)
        return str(made["run_id"])

    def tags(self, run_id: str) -> dict[str, str]:
        query = {"run_id": run_id}
        answer = requests.get(f"{self.url}/api/2.0/mlflow/runs/get", query, timeout=30).json()
        return {tag["key"]: tag["value"] for tag in answer["run"]["data"]["tags"]}


@pytest.fixture
def server(mlflow_server: str) -> Server:
    return Server(mlflow_server)


@pytest.fixture
def tracked(repository: Repository, server: Server) -> Repository:
    """Main, whose training runs elsewhere and logs to MLflow."""
    environ = {**repository.context.environ, "MLFLOW_TRACKING_URI": server.url}
    here = replace(repository, context=replace(repository.context, environ=environ))
    here.run()
    (here.root / "predictions.csv").write_bytes((here.root / "out/predictions.csv").read_bytes())
    here.write(".gitignore", "out/\npredictions.csv\nmlflow.json\n")
    here.commit("elsewhere", mlgate_yaml=EXPECTED)
    return here


def _files(repository: Repository) -> dict[str, bytes]:
    rows = (repository.root / "predictions.csv").read_bytes()
    return {"out/predictions.csv": rows, "out/model.bin": b"model", "other/notes.txt": b"no"}


def _judge(repository: Repository, run_id: str = "") -> FullRunResult:
    return full_run.run(repository.context, mlflow_run=run_id)


def test_the_newest_run_of_a_commit_is_judged_and_told_the_verdict(
    tracked: Repository, server: Server
) -> None:
    head = tracked.git("rev-parse", "HEAD")
    run_id = server.run(head, _files(tracked), tag="mlflow.source.git.commit")
    result = _judge(tracked)
    assert result.verdict.verdict == "untested", result.verdict.headline
    record = result.dir.read_run()
    assert record.elsewhere
    assert record.external is not None
    assert record.external.id == run_id
    training = result.dir.evidence_of("train")
    assert training is not None
    assert training.parameters == {"lr": "0.1"}  # type: ignore[attr-defined]
    assert [each.path for each in training.artifacts] == ["out/model.bin"]  # type: ignore[attr-defined]
    assert result.dir.read_evidence()["compare"].metrics["quality"].value == 0.8
    assert not (tracked.root / "other").exists()
    assert f"results of run {run_id} on the MLflow server" in result.dir.markdown.read_text()
    tags = server.tags(run_id)
    assert (tags["mlgate.verdict"], tags["mlgate.blocked"]) == ("untested", "false")
    assert tags["mlgate.headline"] == result.verdict.headline


def test_a_run_without_the_files_is_unusable_input(tracked: Repository, server: Server) -> None:
    run_id = server.run(tracked.git("rev-parse", "HEAD"), {"out/model.bin": b"model"})
    result = _judge(tracked, run_id)  # what an earlier training left here does not count
    assert (result.verdict.verdict, result.code) == ("error", 2)
    assert "has no file out/predictions.csv" in result.verdict.headline
    assert server.tags(run_id)["mlgate.verdict"] == "error"


def test_runs_that_are_not_of_this_commit_are_refused(tracked: Repository, server: Server) -> None:
    other = server.run("c" * 40, _files(tracked))
    with pytest.raises(UsageError, match="is of commit ccccccc, and this is"):
        _judge(tracked, other)
    with pytest.raises(StoreError, match="no finished run on the MLflow server"):
        _judge(tracked)
    going = server.run(tracked.git("rev-parse", "HEAD"), {}, status="FAILED")
    with pytest.raises(UsageError, match="has not ended well: FAILED"):
        _judge(tracked, going)
    with pytest.raises(StoreError, match="MLflow refuses runs/get"):
        _judge(tracked, "nonsense")
    with pytest.raises(UsageError, match="names no server"):
        full_run.run(replace(tracked.context, environ={}), mlflow_run="")
