"""`init` on repositories of several shapes: what it writes is right, and it overwrites nothing."""

from __future__ import annotations

import csv
import json
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from mlgate import config
from mlgate.checks import sections
from mlgate.inputs import paths, predictions
from mlgate.pipeline.init.scaffold import init

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Row = dict[str, Any]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_jsonl(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def binary(n: int, low: object = "<=50K", high: object = ">50K") -> list[Row]:
    rng = random.Random(1)
    rows = []
    for i in range(n):
        positive = rng.random() < 0.3
        score = min(max(rng.gauss(0.7 if positive else 0.3, 0.15), 0.0), 1.0)
        rows.append(
            {"id": f"r{i}", "income": high if positive else low, "predicted": high if score >= 0.5 else low,
             "probability": score, "sex": rng.choice("FM"), "age": rng.randrange(17, 90)}
        )  # fmt: skip
    return rows


def loaded(root: Path) -> config.Config:
    return config.load(root / "mlgate.yaml", sections()).config


def readable(root: Path) -> int:
    """Give the number of rows that are read as the written file says."""
    found = loaded(root)
    assert found.predictions is not None
    assert found.task is not None
    return len(predictions.load(found.predictions, found.task, root, fresh=paths.ANY).rows)


@pytest.mark.parametrize(
    ("write", "name"),
    [(write_csv, "p.csv"), (write_jsonl, "p.jsonl"), (write_parquet, "p.parquet")],
)
@pytest.mark.parametrize("labels", [("<=50K", ">50K"), (0, 1), (False, True)])
def test_binary(
    repository: Path,
    write: Callable[[Path, Sequence[Row]], None],
    name: str,
    labels: tuple[object, object],
) -> None:
    write(repository / "out" / f"predictions_{name}", binary(600, *labels))
    done = init(repository)
    assert done.written == ("mlgate.yaml", ".github/workflows/mlgate.yml")
    found = loaded(repository)
    assert found.task == "binary"
    assert found.predictions is not None
    told = found.predictions.model_dump()
    assert {key: told[key] for key in ("id", "label", "prediction", "score")} == {
        "id": "id", "label": "income", "prediction": "predicted", "score": "probability",
    }  # fmt: skip
    assert told["positive_label"] == str(labels[1]).replace("True", "true")
    assert readable(repository) == 600
    assert f"out/predictions_{name}: 600 rows, binary" in done.notes


def test_the_positive_label_is_the_one_with_the_higher_scores(repository: Path) -> None:
    write_csv(repository / "predictions.csv", binary(200, low="good", high="bad"))
    init(repository)
    found = loaded(repository).predictions
    assert found is not None
    assert found.positive_label == "bad"


def test_multiclass_with_a_column_for_each_class(repository: Path) -> None:
    rng = random.Random(2)
    rows = []
    for i in range(300):
        y = rng.choice("abc")
        parts = [rng.random() + (2 if c == y else 0) for c in "abc"]
        shares = {f"proba_{c}": part / sum(parts) for c, part in zip("abc", parts, strict=True)}
        rows.append({"sample_id": i, "y_true": y, "y_pred": rng.choice("abc"), **shares})
    write_csv(repository / "reports" / "test_predictions.csv", rows)
    init(repository)
    found = loaded(repository)
    assert found.task == "multiclass"
    assert found.predictions is not None
    assert found.predictions.score == {c: f"proba_{c}" for c in "abc"}
    assert found.predictions.id == "sample_id"
    assert "f1_macro" in found.metrics.use
    assert readable(repository) == 300


def test_regression(repository: Path) -> None:
    rng = random.Random(3)
    rows = [
        {"Actual": (y := rng.gauss(10, 3)), "Prediction": y + rng.gauss(0, 1)} for _ in range(900)
    ]
    write_parquet(repository / "preds.parquet", rows)
    init(repository)
    found = loaded(repository)
    assert found.task == "regression"
    margin = found.gates["mae"].max_regression
    assert margin is not None
    assert margin.relative
    assert 0.01 <= margin.value <= 0.05
    assert readable(repository) == 900


def test_scores_that_are_no_probabilities_are_left_out(repository: Path) -> None:
    rows = [{**row, "probability": row["probability"] * 9 - 4} for row in binary(200)]
    write_csv(repository / "predictions.csv", rows)
    init(repository)
    found = loaded(repository)
    assert found.predictions is not None
    assert found.predictions.score is None
    assert "roc_auc" not in found.metrics.use


def test_what_cannot_be_read_as_it_is_is_said(repository: Path) -> None:
    rows = [{"label": row.pop("income"), **row} for row in binary(200)]
    rows[7]["predicted"] = "maybe"
    write_csv(repository / "predictions.csv", rows)
    done = init(repository)
    assert loaded(repository).task == "binary"
    assert any("cannot be used as it is" in note and "maybe" in note for note in done.notes)


def test_columns_that_are_not_recognised(repository: Path) -> None:
    write_csv(repository / "predictions.csv", [{"a": i, "b": i % 2} for i in range(20)])
    done = init(repository)
    text = (repository / "mlgate.yaml").read_text()
    assert "# Columns of this file: a, b" in text
    assert "label: label   # CHANGE" in text
    assert any("its columns were not recognised" in note for note in done.notes)


def test_a_table_that_is_understood_is_preferred(repository: Path) -> None:
    (repository / "predictions.parquet").write_bytes(b"no parquet")
    write_csv(repository / "pred_a.csv", [{"a": i, "b": i % 2} for i in range(20)])
    write_csv(repository / "deep" / "er" / "scores.csv", binary(50))
    init(repository)
    found = loaded(repository).predictions
    assert found is not None
    assert found.path == "deep/er/scores.csv"


def test_environments_and_hidden_folders_are_not_searched(repository: Path) -> None:
    for folder in (".cache", "node_modules", "tests", "my-env"):
        write_csv(repository / folder / "predictions.csv", binary(50))
    (repository / "my-env" / "pyvenv.cfg").touch()
    assert any("no file of predictions" in note for note in init(repository).notes)


def test_an_empty_repository_gets_a_template(repository: Path) -> None:
    done = init(repository)
    assert loaded(repository).gates
    assert any("fill in the lines marked CHANGE" in note for note in done.notes)
    assert any("no training command was found" in note for note in done.notes)


def test_numbers_only(repository: Path) -> None:
    (repository / "metrics.json").write_text('{"accuracy": 0.9, "val": {"log_loss": 0.3}}')
    done = init(repository)
    found = loaded(repository)
    assert found.metrics.files == ("metrics.json",)
    assert list(found.gates) == ["accuracy"]
    assert any("gates stay untested" in note for note in done.notes)


def test_a_dvc_pipeline(repository: Path) -> None:
    (repository / "dvc.yaml").write_text(
        "stages:\n  fit:\n    cmd: python fit.py\n    metrics:\n      - eval/s.json: {cache: false}\n"
    )
    (repository / "eval").mkdir()
    (repository / "eval" / "s.json").write_text('{"perplexity": 3.5}')
    (repository / "train.py").touch()
    init(repository)
    found = loaded(repository)
    assert found.train.run is None
    assert found.metrics.files == ("eval/s.json",)
    assert found.metrics.direction == {"perplexity": "lower"}


@pytest.mark.parametrize(
    ("files", "run", "install"),
    [
        (["train.py", "requirements.txt"], "python train.py", "pip install -r requirements.txt"),
        (["src/train.py", "uv.lock"], "uv run python src/train.py", "pipx install uv && uv sync"),
        (["scripts/train.sh"], "bash scripts/train.sh", "true   # CHANGE"),
        (["old/train.py", "train_model.py"], "python old/train.py", "true"),
    ],
)
def test_training_scripts(repository: Path, files: list[str], run: str, install: str) -> None:
    for name in files:
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).touch()
    init(repository)
    assert loaded(repository).train.run == run
    flow = (repository / ".github/workflows/mlgate.yml").read_text()
    assert f"- run: {install}" in flow


def test_the_workflow_is_one(repository: Path) -> None:
    (repository / ".python-version").write_text("3.13.1\n")
    init(repository)
    text = (repository / ".github/workflows/mlgate.yml").read_text()
    flow = YAML(typ="safe").load(text)
    assert set(flow["on"]) == {"pull_request", "push"}
    assert flow["permissions"] == {}
    for name, contents in {"mlgate": "read", "baseline": "write"}.items():
        assert flow["jobs"][name]["permissions"]["contents"] == contents
        assert flow["jobs"][name]["steps"][1]["with"] == {"python-version": "3.13"}


def test_nothing_is_overwritten(repository: Path) -> None:
    (repository / "mlgate.yaml").write_text("mine")
    done = init(repository)
    assert (done.written, done.kept) == ((".github/workflows/mlgate.yml",), ("mlgate.yaml",))
    assert (repository / "mlgate.yaml").read_text() == "mine"
    before = (repository / ".github/workflows/mlgate.yml").read_bytes()
    again = init(repository)
    assert again.written == again.notes == ()
    assert (repository / ".github/workflows/mlgate.yml").read_bytes() == before


def test_the_main_branch(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "x")
    git(repository, "branch", "-m", "trunk")
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(repository.parent, "clone", "-q", str(repository), str(clone))
    git(clone, "switch", "-q", "-c", "main")
    init(clone)
    assert loaded(clone).baseline.branch == "trunk"


def test_a_folder_of_a_repository(repository: Path) -> None:
    folder = repository / "models" / "churn"
    write_csv(folder / "predictions.csv", binary(50))
    done = init(folder)
    assert done.written == (
        "models/churn/mlgate.yaml",
        ".github/workflows/mlgate-models-churn.yml",
    )
    assert "config: models/churn/mlgate.yaml" in (repository / done.written[1]).read_text()
    assert readable(folder) == 50


def test_another_forge_gets_no_workflow_for_github(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "https://gitlab.example.org/a/b.git")
    done = init(repository)
    assert done.written == ("mlgate.yaml",)
    assert "the remote is not GitHub: no workflow was written" in done.notes


def test_outside_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = init(tmp_path)
    assert loaded(tmp_path).gates
    assert any("git init" in note for note in done.notes)
