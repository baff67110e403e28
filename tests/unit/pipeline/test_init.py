"""`init` on repositories of several shapes: what it writes is right, and it overwrites nothing."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from mlgate import config
from mlgate.checks import sections
from mlgate.inputs import paths, predictions
from mlgate.model import few_rows
from mlgate.pipeline.init import workflow
from mlgate.pipeline.init.scaffold import InitOptions, init

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    assert done.written == ("mlgate.yaml", ".github/workflows/mlgate.yml", ".gitignore")
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


@pytest.mark.parametrize(("users", "cluster"), [(30, "user_id"), (12, None), (400, None)])
def test_rows_of_one_user_belong_together(
    repository: Path, users: int, cluster: str | None
) -> None:
    rows = [row | {"user_id": f"u{i % users}"} for i, row in enumerate(binary(600))]
    write_csv(repository / "predictions.csv", rows)
    init(repository)
    found = loaded(repository)
    assert found.predictions is not None
    assert found.predictions.cluster == cluster
    margin = found.gates["accuracy"].max_regression
    assert margin is not None
    assert margin.value == (0.05 if cluster else 0.03)
    assert readable(repository) == 600


def test_the_positive_label_is_the_one_with_the_higher_scores(repository: Path) -> None:
    write_csv(repository / "predictions.csv", binary(200, low="good", high="bad"))
    init(repository)
    found = loaded(repository).predictions
    assert found is not None
    assert found.positive_label == "bad"


@pytest.mark.parametrize(
    ("rows", "names"),
    [(2, ("key", "income", "predicted", "proba")), (200, ("id", "label", "prediction", "score"))],
)
def test_of_few_rows_and_of_its_own_lines_the_score_is_of_the_second_class(
    repository: Path, rows: int, names: tuple[str, ...]
) -> None:
    """However the scores lie: those of the first class are the higher ones here."""
    labels = ["stays", "churned"] * (rows // 2)
    table = [
        dict(zip(names, (f"c{i}", label, label, 0.4 if label == "stays" else 0.6), strict=True))
        for i, label in enumerate(labels)
    ]
    write_csv(repository / "predictions.csv", table)
    init(repository)
    text = (repository / "mlgate.yaml").read_text()
    assert "  positive_label: stays   # guess: the second class in order" in text


def test_so_few_rows_get_no_rule_against_main(repository: Path) -> None:
    for rows, told in ((10, True), (few_rows.FEWEST, False)):
        write_csv(repository / "out/predictions.csv", binary(rows))
        done = init(repository)
        gate = loaded(repository).gates["accuracy"]
        assert (gate.max_regression is None) == told
        said = f"with {rows} test rows nothing can be blocked"
        assert any(note.startswith(said) for note in done.notes) == told
        assert (f"# With {rows} test rows" in (repository / "mlgate.yaml").read_text()) == told


def test_a_column_of_0_and_1_is_no_score_where_another_holds_probabilities(
    repository: Path,
) -> None:
    rng = random.Random(3)
    rows = [
        {"id": f"x{i}", "y": i % 2, "s": 0.1 + 0.6 * (i % 2) + 0.2 * rng.random(), "p": i % 2}
        for i in range(200)
    ]
    write_csv(repository / "predictions.csv", rows)
    init(repository)
    assert loaded(repository).predictions.score == "s"


def test_multiclass_with_a_column_for_each_class(repository: Path) -> None:
    rng = random.Random(2)
    rows = []
    for i in range(300):
        y = rng.choice("abc")
        parts = [rng.random() + (2 if c == y else 0) for c in "abc"]
        shares = {f"proba_{c}": part / sum(parts) for c, part in zip("abc", parts, strict=True)}
        rows.append({"sample_id": 7 * i, "y_true": y, "y_pred": rng.choice("abc"), **shares})
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


def test_numbers_that_tools_note_of_their_runs_are_no_metrics(repository: Path) -> None:
    for name in ("mlruns/0/metrics.json", "reports/metrics.json"):
        (repository / name).parent.mkdir(parents=True)
        (repository / name).write_text(json.dumps({f"accuracy_{name[0]}": 0.9}))
    init(repository)
    assert "files: [reports/metrics.json]" in (repository / "mlgate.yaml").read_text()


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
    command, why = init(repository).next[0]
    assert (command, "reads what it writes" in why) == ("mlgate init --train", True)
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
    for name, contents in {"train": "read", "mlgate": "read", "baseline": "write"}.items():
        assert flow["jobs"][name]["permissions"]["contents"] == contents
    assert flow["jobs"]["baseline"]["permissions"]["statuses"] == "write"
    assert flow["jobs"]["train"]["steps"][1]["with"] == {"python-version": "3.13"}


@pytest.mark.parametrize(("python", "older"), [("3.8", True), ("3.10", True), ("3.11", False)])
def test_an_older_python_of_the_project_is_explained(
    repository: Path, python: str, older: bool
) -> None:
    (repository / ".python-version").write_text(python)
    init(repository)
    text = (repository / ".github/workflows/mlgate.yml").read_text()
    comment = "   # of the training; mlgate brings its own"
    assert f'with: {{python-version: "{python}"}}{comment if older else ""}\n' in text


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({".tool-versions": "nodejs 20\npython 3.13.1\n"}, '"3.13"}'),
        ({"Pipfile": "[requires]\npython_version = '3.11'\n"}, '"3.11"}'),
        ({"Dockerfile": "FROM docker.io/library/python:3.13-slim\n"}, '"3.13"}'),
        ({"runtime.txt": "python-3.12.4"}, '"3.12"}'),
        ({"setup.cfg": "[options]\npython_requires = <3.12\n"}, '"3.11"}'),
        ({}, '"3.12"}   # guess: no file names a version'),
    ],
)
def test_the_python_is_that_of_the_projects_files(
    repository: Path, files: dict[str, str], line: str
) -> None:
    for name, text in files.items():
        (repository / name).write_text(text)
    init(repository)
    written = (repository / ".github/workflows/mlgate.yml").read_text()
    assert f"with: {{python-version: {line}\n" in written


@pytest.mark.parametrize(
    ("code", "task", "gate"),
    [
        ("f1_score(a, b); accuracy_score(a, b)", "binary", "accuracy: {max_regression: 0.02}"),
        ("rows.map(f); f1_score(a, b)", "binary", "f1: {max_regression: 0.02}   # guess: train.py computes f1_score"),
        ("cross_val_score(m, X, scoring='roc_auc')", "binary", "roc_auc: {max_regression: 0.02}   # guess: train.py computes roc_auc"),
        ("f1_score(a, b, average='weighted')", "multiclass", "f1_weighted: {max_regression: 0.02}   # guess: train.py computes f1_score"),
        ("log_loss(a, b)", "binary", "log_loss: {max_regression: 2%}   # guess: train.py computes log_loss"),
        ("mean_squared_error(a, b)", "regression", "rmse: {max_regression: 2%}   # guess: train.py computes mean_squared_error"),
        ("r2_score(a, b)", "regression", "rmse: {max_regression: 2%}   # guess: train.py computes r2_score"),
        ("mean_squared_error(a, b); mean_absolute_error(a, b)", "regression", "mae: {max_regression: 2%}"),
    ],
)  # fmt: skip
def test_the_gate_is_on_what_the_project_computes(
    repository: Path, code: str, task: str, gate: str
) -> None:
    rng = random.Random(2)
    rows = binary(1000)
    if task == "multiclass":
        rows = [{"id": row["id"], "label": rng.choice("abc"), "prediction": "a"} for row in rows]
    elif task == "regression":
        rows = [
            {"id": row["id"], "label": rng.gauss(0, 1), "prediction": rng.gauss(0, 1)}
            for row in rows
        ]
    write_csv(repository / "out/predictions.csv", rows)
    (repository / "train.py").write_text(f"model.fit(X)\n{code}\n")
    init(repository)
    text = (repository / "mlgate.yaml").read_text()
    assert text[text.index("gates:") :].splitlines()[1].strip() == gate
    found = loaded(repository)
    assert not set(found.gates) & set(found.metrics.use)


def test_few_rows_are_told_of_cross_validation(repository: Path) -> None:
    for rows, told in ((100, True), (400, False)):
        write_csv(repository / "out/predictions.csv", binary(rows))
        assert any("cross_val_predict" in note for note in init(repository).notes) == told


def test_the_oldest_python_is_that_of_the_package() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    oldest = ".".join(map(str, workflow.OLDEST))
    assert pyproject["project"]["requires-python"].startswith(f">={oldest}")


def test_what_somebody_edited_is_left_and_its_difference_shown(repository: Path) -> None:
    path = repository / "mlgate.yaml"
    path.write_text("mine\n")
    done = init(repository)
    assert (done.written, done.kept) == (
        (".github/workflows/mlgate.yml", ".gitignore"),
        ("mlgate.yaml",),
    )
    assert path.read_text() == "mine\n"
    assert "-mine\n" in done.diffs["mlgate.yaml"]
    assert "+version: 1" in done.diffs["mlgate.yaml"]
    before = (repository / ".github/workflows/mlgate.yml").read_bytes()
    again = init(repository)
    assert again.written == again.notes == ()
    assert (repository / ".github/workflows/mlgate.yml").read_bytes() == before
    assert init(repository, InitOptions(force=True)).written == ("mlgate.yaml",)
    assert loaded(repository).gates


def test_what_nobody_edited_is_replaced(repository: Path) -> None:
    init(repository)
    template = (repository / "mlgate.yaml").read_text()
    assert "# CHANGE" in template
    write_csv(repository / "out" / "predictions.csv", binary(300))
    done = init(repository)
    assert done.written == ("mlgate.yaml", ".gitignore")
    assert "# CHANGE" not in (repository / "mlgate.yaml").read_text()
    (repository / "mlgate.yaml").write_text(template.replace("binary", "regression"))
    assert init(repository).kept == ("mlgate.yaml", ".github/workflows/mlgate.yml")


def test_a_dry_run_writes_nothing_and_shows_everything(repository: Path) -> None:
    init(repository)
    write_csv(repository / "out" / "predictions.csv", binary(300))
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    done = init(repository, InitOptions(dry_run=True))
    assert done.written == ("mlgate.yaml", ".gitignore")
    assert "+  label: income" in done.diffs["mlgate.yaml"]
    assert before == {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}


@pytest.mark.parametrize("first", [0, 1])
def test_a_row_number_is_no_id(repository: Path, first: int) -> None:
    rows = [{**row, "id": i + first} for i, row in enumerate(binary(200))]
    write_csv(repository / "out" / "predictions.csv", rows)
    done = init(repository)
    written = loaded(repository).predictions
    assert written is not None
    assert written.id is None
    assert "its key in the data, or its position there" in (repository / "mlgate.yaml").read_text()
    assert any("id counts the rows" in note for note in done.notes)


@pytest.mark.parametrize(
    ("label", "prediction", "task"),
    [
        (lambda i: 3 + i % 7, lambda i: 3.2 + i % 6, "regression"),
        (lambda i: i % 40, lambda i: i % 40 + 45, "regression"),
        (lambda i: i % 7, lambda i: i % 7, "multiclass"),
        (lambda i: i % 2, lambda i: (i % 2 + 0.5) / 2, "binary"),
    ],
)
def test_the_task_follows_from_what_the_columns_hold(
    repository: Path, label: Callable[[int], int], prediction: Callable[[int], float], task: str
) -> None:
    rows = [
        {"key": f"k{i}", "quality": label(i), "quality_pred": prediction(i)} for i in range(210)
    ]
    write_csv(repository / "preds.csv", rows)
    init(repository)
    assert loaded(repository).task == task
    assert readable(repository) == 210


@pytest.mark.parametrize(
    ("label", "prediction", "task"),
    [
        (lambda i: 3 + i % 7, lambda i: 3.2 + i % 6, "regression"),
        (lambda i: 1.5 * i, lambda i: 1.4 * i, "regression"),
        (lambda i: 100 + 7 * i, lambda i: 99 + 7 * i, "regression"),
        (lambda i: "abc"[i % 3], lambda i: "cab"[i % 3], "multiclass"),
        (lambda i: i % 2, lambda i: (i // 2) % 2, "binary"),
        (lambda i: i % 2, lambda i: (i % 2 + 0.5) / 2, "binary"),
    ],
)
def test_the_only_column_left_is_the_label(
    repository: Path, label: Callable[[int], object], prediction: Callable[[int], object], task: str
) -> None:
    rows = [{"id": f"k{i}", "quality": label(i), "predicted": prediction(i)} for i in range(210)]
    write_csv(repository / "preds.csv", rows)
    init(repository)
    written = loaded(repository)
    assert written.task == task
    assert written.predictions is not None
    assert written.predictions.label == "quality"
    assert "label: quality   # guess: the only " in (repository / "mlgate.yaml").read_text()
    assert readable(repository) == 210


@pytest.mark.parametrize(
    "rows",
    [
        [{"passenger": 892 + i, "predicted": 700 + 1.5 * i} for i in range(60)],  # an id, perhaps
        [{"id": f"k{i}", "confidence": i / 60, "predicted": i / 70 + 0.1} for i in range(60)],
        [{"id": f"k{i}", "age": 20 + i, "predicted": 1000 + 1.5 * i} for i in range(60)],
        [{"id": f"k{i}", "a": i / 2, "b": i / 3, "predicted": 1.5 * i} for i in range(60)],
    ],
)
def test_a_column_of_another_kind_is_no_label(repository: Path, rows: list[Row]) -> None:
    write_csv(repository / "preds.csv", rows)
    done = init(repository)
    assert "label: label   # CHANGE" in (repository / "mlgate.yaml").read_text()
    assert any("or name the columns id, label and prediction" in note for note in done.notes)


UNKNOWN: dict[str, list[Row]] = {
    "nothing": [],
    "no column": [{"a": i, "b": i % 2} for i in range(600)],
    "no label": [{"a": i, "b": f"x{i % 7}", "predicted": -i % 5} for i in range(600)],
    "fractions": [{"a": i / 2, "b": i % 7, "predicted": 7 * i + 0.5} for i in range(600)],
}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_filled_in_where_it_is_marked_is_valid(
    repository: Path, name: str, task: str
) -> None:
    """Follow the marks, and nothing else."""
    if UNKNOWN[name]:
        write_csv(repository / "out" / "predictions.csv", UNKNOWN[name])
    init(repository)
    path = repository / "mlgate.yaml"
    lines = []
    for line in path.read_text().splitlines():
        key, marked, what = line.partition("   # CHANGE")
        other = re.search(rf"(\[[^]]*\]|\w+: \{{[^}}]*\}}) for {task}", what)
        if marked and key.startswith("task:"):
            lines.append(f"task: {task}")
        elif marked and other:
            lines.append(f"  use: {other[1]}" if "use:" in key else f"  {other[1]}")
        else:
            lines.append(line)
    text = "\n".join(lines)
    filled = config.parse(text, "mlgate.yaml", sections()).config
    assert filled.task == (task if "# CHANGE: binary" in path.read_text() else "regression")
    assert ("mae" in filled.gates) == (filled.task == "regression")


def test_every_line_that_rests_on_a_guess_says_why(repository: Path) -> None:
    write_csv(repository / "out" / "predictions.csv", binary(300))
    (repository / "train.py").write_text("model.fit(X)")
    init(repository)
    lines = (repository / "mlgate.yaml").read_text().splitlines()
    guessed = {line.split(":")[0].strip() for line in lines if re.search(r"# guess: \w.{8}", line)}
    keys = {"task", "run", "path", "id", "label", "prediction", "score", "positive_label"}
    assert guessed >= keys


@pytest.mark.parametrize(
    ("files", "run", "install"),
    [
        ({"Makefile": "train: data\n\tpython fit.py\n"}, "make train", "true"),
        ({"justfile": "train:\n  python fit.py\n"}, "just train", "pipx install rust-just"),
        ({"tox.ini": "[testenv:train]\ncommands = x\n"}, "tox -e train", "pipx install tox"),
        ({"noxfile.py": "@nox.session\ndef train(s):\n  pass\n"}, "nox -s train", "pipx install nox"),
        ({"pyproject.toml": "[project]\nname='a'\n[project.scripts]\ntrain-it='a:b'"}, "train-it", "pip install ."),
        ({"pyproject.toml": "[tool.ruff]\n", "train.py": ".fit("}, "python train.py", "true"),
        ({"pyproject.toml": "[tool.uv]\n", "train.py": ".fit("}, "uv run python train.py", "pipx install uv"),
        ({"pyproject.toml": "[tool.poetry]\nname='a'\n", "Makefile": "train:\n\tpython x\n"},
         "poetry run make train", "pipx install poetry && poetry install --no-root"),
        ({"pyproject.toml": "[tool.poetry]\nname='a'\n", "Makefile": "train:\n\tpoetry run python x\n"},
         "make train", "pipx install poetry && poetry install --no-root"),
        ({"pyproject.toml": "[tool.hatch.envs.default.scripts]\ntrain='x'\n"}, "hatch run train", "pipx install hatch"),
        ({"Pipfile": "", "fit.py": ".fit("}, "pipenv run python fit.py", "pip install pipenv && pipenv install"),
        ({"environment.yml": "dependencies: [python=3.11]\n", "train.py": ""}, "python train.py", "$CONDA/bin/conda env update"),
        ({"serve.yml": "name: a\ndependencies: {x: 1}\n", "model_env.yml": "name: a\ndependencies: [python=3.9, pip]\n",
          "dev.yaml": "channels: [c]\ndependencies: [ruff]\n", "train.py": ""},
         "python train.py", "$CONDA/bin/conda env update --name base --file model_env.yml"),
        ({"deps/requirements.txt": "", "train.py": ""}, "python train.py", "pip install -r deps/requirements.txt"),
        ({"requirements-dev.txt": "", "train.py": ""}, "python train.py", "true"),
        ({"src/everything.py": "m = M()\nm = m.fit(x)\n"}, "python src/everything.py", "true"),
        ({".github/workflows/ci.yml": "jobs: {a: {steps: [{run: pip install numpy}, {run: python -m src.train --all}]}}"},
         "python -m src.train --all", "pip install numpy"),
        ({"MLproject": "entry_points: {main: {parameters: {a: {type: float, default: 0.5}, b: {default: 'x y'}, c: int},"
          " command: 'python train.py {a} --b {b}'}}", "train.py": ".fit("}, "python train.py 0.5 --b 'x y'", "true"),
        ({"MLproject": "entry_points: {main: {parameters: {a: float}, command: 'python train.py {a}'}}", "train.py": ".fit("},
         "python train.py", "true"),
        ({"README.md": "```sh\n$ python3 train.py \\\n    --depth 3\n```", "train.py": ".fit("}, "python train.py --depth 3", "true"),
        ({"README.md": "Run `python -m src.train`.", "src/train.py": ".fit("}, "python -m src.train", "true"),
        ({"README.md": "`python train.py` or\n\n    python train.py --depth 3", "train.py": ".fit("}, "python train.py", "true"),
        ({"README.md": "    python train.py --data <FILE>", "train.py": ".fit("}, "python train.py", "true"),
        ({"README.md": "    python train.py --help", "train.py": ".fit("}, "python train.py", "true"),
        ({"Makefile": "PY = python3\nall:\n\t@$(PY) train.py --all\n", "train.py": ".fit("}, "python train.py --all", "true"),
        ({"Dockerfile": "FROM x\nENTRYPOINT [\"python\", \"train.py\"]\nCMD [\"--epochs\", \"3\"]\n", "train.py": ".fit("},
         "python train.py --epochs 3", "true"),
        ({".github/workflows/ci.yml": "jobs: {a: {steps: [{env: {A: b}, run: python train.py --ci}]}}", "train.py": ".fit("},
         "python train.py --ci", "true"),
    ],
)  # fmt: skip
def test_what_each_reader_recognises(
    repository: Path, files: dict[str, str], run: str, install: str
) -> None:
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    command, why = init(repository).next[0]
    assert (command, "reads what it writes" in why) == ("mlgate init --train", True)
    assert loaded(repository).train.run == run
    assert f"- run: {install}" in (repository / ".github/workflows/mlgate.yml").read_text()


@pytest.mark.parametrize(
    ("files", "command", "source"),
    [
        (
            {"README.md": "    python train.py\n    python train.py --depth 3\n"},
            "python train.py --depth 3",
            "README.md",
        ),
        (
            {
                "MLproject": "entry_points: {main: {parameters: {a: float}, command: 'python train.py {a}'}}"
            },
            "python train.py {a}",
            "MLproject",
        ),
        (
            {
                "MLproject": "entry_points: {main: {command: python train.py 1}}",
                "README.md": "    python train.py 2",
            },
            "python train.py 2",
            "README.md",
        ),
    ],
)
def test_other_arguments_that_a_file_names_are_mentioned(
    repository: Path, files: dict[str, str], command: str, source: str
) -> None:
    for name, text in {"train.py": "m.fit(1)", **files}.items():
        (repository / name).write_text(text)
    notes = init(repository).notes
    assert any(note.startswith(f"{source} runs `{command}`") for note in notes)
    assert f"; {source} runs it with other arguments" in (repository / "mlgate.yaml").read_text()


def test_a_script_that_trains_nothing_is_noticed(repository: Path) -> None:
    (repository / "lib").mkdir()
    (repository / "lib" / "model.py").write_text("def go(m):\n    m.fit(1)\n")
    (repository / "train.py").write_text("print('no')\n")
    assert any("train.py fits no model" in note for note in init(repository).notes)
    (repository / "train.py").write_text("from lib import model\nmodel.go()\n")
    done = init(repository, InitOptions(force=True, dry_run=True))
    assert not any("fits no model" in note for note in done.notes)


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
        ".gitignore",
    )
    ignored = (repository / ".gitignore").read_text()
    assert ignored == "models/churn/.mlgate/\nmodels/churn/predictions.csv\n"
    assert "config: models/churn/mlgate.yaml" in (repository / done.written[1]).read_text()
    assert readable(folder) == 50


def test_another_forge_gets_no_workflow_for_github(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "https://gitlab.example.org/a/b.git")
    done = init(repository)
    assert done.written == ("mlgate.yaml", ".gitignore")
    assert any("the remote is not GitHub: no workflow was written" in note for note in done.notes)


def test_outside_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = init(tmp_path)
    assert loaded(tmp_path).gates
    assert any("git init" in note for note in done.notes)


def test_what_git_ignores_is_said_and_added_all_the_same(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n.*\n")
    git(repository, "add", "--force", ".gitignore")
    git(repository, "commit", "-qm", "a")
    done = init(repository)
    [note] = [note for note in done.notes if "git add -f" in note]
    assert note.startswith(".github/workflows/mlgate.yml is ignored by line 2 of .gitignore (`.*`)")
    commit = next(run for run, _ in done.next if "git commit" in run)
    who = "git config user.name a && git config user.email a@example.org && "
    subprocess.run(who + commit, shell=True, cwd=repository, check=True, capture_output=True)
    listed = subprocess.check_output(["git", "ls-files"], cwd=repository, text=True).split()
    assert listed == [".github/workflows/mlgate.yml", ".gitignore", "mlgate.yaml"]
    assert not any("git add -f" in note for note in init(repository).notes)  # they are committed


def test_gitignore_keeps_its_mode_and_no_line_of_an_earlier_path(repository: Path) -> None:
    ignored = repository / ".gitignore"
    ignored.write_text("old/\n")
    ignored.chmod(0o755)
    git(repository, "add", ".gitignore")
    git(repository, "commit", "-qm", "a")
    for folder in ("old", "first", "second"):
        write_csv(repository / folder / "predictions.csv", binary(600))
        init(repository)
        shutil.rmtree(repository / folder)
    assert ignored.read_text().split() == ["old/", ".mlgate/", "second/"]
    assert ignored.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["price_hat", "price_pred", "predicted_price"])
def test_a_prediction_that_is_called_after_its_label(repository: Path, name: str) -> None:
    rng = random.Random(3)
    rows = [
        {"uuid": f"h{i}", "price": (y := rng.gauss(10, 3)), name: y + rng.gauss(0, 1)}
        for i in range(900)
    ]
    write_parquet(repository / "preds.parquet", rows)
    init(repository)
    found = loaded(repository)
    assert found.task == "regression"
    assert found.predictions is not None
    assert (found.predictions.label, found.predictions.prediction) == ("price", name)
    assert readable(repository) == 900


def test_columns_of_two_such_pairs_are_not_recognised(repository: Path) -> None:
    row = {"price": 1.5, "price_hat": 1.0, "rent": 2.5, "rent_hat": 2.0}
    write_csv(
        repository / "preds.csv",
        [{key: value + i for key, value in row.items()} for i in range(20)],
    )
    assert any("were not recognised" in note for note in init(repository).notes)


def test_a_score_that_is_called_after_its_class(repository: Path) -> None:
    rows = binary(600, "no", "yes")
    rows = [
        {("p_yes" if key == "probability" else key): cell for key, cell in row.items()}
        for row in rows
    ]
    write_csv(repository / "predictions.csv", rows)
    init(repository)
    found = loaded(repository)
    assert found.predictions is not None
    assert found.predictions.score == "p_yes"
    assert "roc_auc" in found.metrics.use


LOGS = Path(__file__).parents[1] / "readers/files"


@pytest.mark.parametrize(
    ("source", "target", "pattern", "score"),
    [
        ("words.eval", "logs/2026-11-29T08-20-22-00-00_words_x.eval", "logs/*.eval", "match"),
        ("promptfoo.json", "out/results.json", "out/results.json", "exact"),
        ("deepeval.json", ".deepeval/.latest_test_run.json", None, "mine"),
        ("mlflow.json", "evaluation.json", None, "right"),
        (
            "samples_sums_2026-11-28T17-39-51.123456.jsonl",
            "out/m/samples_sums_2026-11-28T17-39-51.123456.jsonl",
            "out/**/samples_*.jsonl",
            "acc",
        ),
    ],
)
def test_what_an_evaluation_tool_wrote_is_recognised(
    source: str, target: str, pattern: str | None, score: str, tmp_path: Path
) -> None:
    (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LOGS / source, tmp_path / target)
    result = init(tmp_path)
    text = (tmp_path / "mlgate.yaml").read_text()
    loaded = config.parse(text, "mlgate.yaml", sections()).config
    assert loaded.task == "scores"
    assert loaded.predictions is not None
    assert loaded.predictions.path == (pattern or target)
    assert list(loaded.metrics.rows) == list(loaded.gates) == [score]
    assert any("samples, written by" in note for note in result.notes)
    fails = loaded.predictions.errors is not None and loaded.predictions.errors.handling == "wrong"
    assert fails == (source in ("promptfoo.json", "deepeval.json", "mlflow.json"))
    values = loaded.metrics.numbers()
    read = predictions.load(loaded.predictions, "scores", tmp_path, fresh=paths.ANY, values=values)
    assert read.ids is not None


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"src/train.py": "from src.data import load\nload().fit(1)\n"}, "python -m src.train"),
        ({"src/train.py": "from data import load\nload().fit(1)\n"}, "python src/train.py"),
        (
            {
                "src/models/train_model.py": "from src.trainer import Trainer\n",
                "main.py": "from src.trainer import Trainer\nTrainer().fit()\n",
            },
            "python main.py",
        ),
    ],
)
def test_a_script_is_run_as_its_imports_need_it(
    repository: Path, files: dict[str, str], run: str
) -> None:
    for name, text in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    command, why = init(repository).next[0]
    assert (command, "reads what it writes" in why) == ("mlgate init --train", True)
    assert loaded(repository).train.run == run
