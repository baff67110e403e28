"""The Python API: data frames of every library, the command's numbers, verdicts, displays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import mlgate
from mlgate.cli import main
from mlgate.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

N = 600


def frame(shift: float, seed: int = 1) -> pd.DataFrame:
    labels = np.random.default_rng(0).integers(0, 2, N)
    noise = np.random.default_rng(seed).normal(0, 0.2, N)
    score = np.clip(0.5 + (labels - 0.5) * (0.4 + shift) + noise, 0.01, 0.99)
    grades = np.random.default_rng(seed).normal(5 + shift, 1, N)
    ids = np.arange(N)
    return pd.DataFrame({"id": ids, "user": ids // 5, "y": labels, "p": score, "grade": grades})


OLD, NEW = frame(0), frame(0.3, seed=2)
COLUMNS: dict[str, Any] = {"id": "id", "label": "y", "score": "p"}


def test_advice_names_arguments_not_keys_of_a_configuration() -> None:
    relabelled = NEW.assign(y=np.where(NEW.id % 5 == 0, 1 - NEW.y, NEW.y))
    compared = mlgate.compare(OLD, relabelled, **COLUMNS)
    with pytest.raises(mlgate.RequirementError) as caught:
        compared.require(accuracy=0.01)
    said = str(caught.value)
    assert "Compare files that have the same rows, with the same labels" in said
    assert "predictions." not in said
    assert "docs/" not in said
    with pytest.raises(DataError, match="ids do not overlap") as other:
        mlgate.compare(OLD, NEW.assign(id=NEW.id + N), **COLUMNS)
    assert "announced" not in str(other.value.hint)


class Interchange:
    """A table that has nothing but the data frame interchange protocol."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = pa.table(table)

    def __dataframe__(self, **options: Any) -> object:
        return self.table.__dataframe__(**options)


class ToArrow:
    """A table that has nothing but a method `to_arrow`."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def to_arrow(self) -> pa.Table:
        return pa.table(self.table)


def polars(table: pd.DataFrame) -> object:
    return pytest.importorskip("polars").from_pandas(table)


@pytest.mark.parametrize(
    "kind",
    [pa.table, lambda table: table.to_dict("list"), Interchange, ToArrow,
     pa.RecordBatch.from_pandas, polars],
    ids=["arrow", "mapping", "interchange", "to_arrow", "record batch", "polars"],
)  # fmt: skip
def test_every_kind_of_table_gives_the_same_numbers(kind: Callable[[pd.DataFrame], object]) -> None:
    plain = mlgate.compare(OLD, NEW, **COLUMNS).to_dict()
    other = mlgate.compare(kind(OLD), kind(NEW), **COLUMNS).to_dict()
    assert other["metrics"] == plain["metrics"]
    assert other["inputs"] == plain["inputs"]


def test_the_command_gives_the_same_numbers_as_the_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, table in (("old", OLD), ("new", NEW)):
        table.to_parquet(tmp_path / f"{name}.parquet")
    files = [str(tmp_path / f"{name}.parquet") for name in ("old", "new")]
    words = ["--id", "id", "--label", "y", "--score", "p", "--rows", "grade=higher"]
    assert main(["compare", *files, *words, "--cluster", "user", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    result = mlgate.compare(*files, **COLUMNS, rows={"grade": "higher"}, cluster="user")
    metrics = result.to_dict()["metrics"]
    assert told["metrics"] == metrics
    assert metrics["grade"]["against"]["main"]["method"].startswith("paired mean, by cluster")


LOGS = [str(Path(__file__).parent / "readers/files" / name) for name in ("sums.eval", "sums_later.eval")]  # fmt: skip


def test_logs_of_a_tool_and_failed_samples_as_the_command_takes_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--from", "inspect", "--rows", "match=higher,0,1", "--errors", "wrong"]
    assert main(["compare", *LOGS, *words, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = {"match": {"direction": "higher", "range": [0, 1]}}
    result = mlgate.compare(*LOGS, reader="inspect", rows=rows, errors="wrong")
    assert result.to_dict()["metrics"] == told["metrics"]
    assert result.evidence.rows is not None
    assert (result.evidence.rows.failed, result.evidence.rows.baseline_failed) == (0, 1)
    with pytest.raises(DataError, match="errors: 1 of 10 samples failed"):
        mlgate.compare(*LOGS, reader="inspect", rows=rows)


def test_labels_of_nested_json(tmp_path: Path) -> None:
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, wrong in zip(files, (3, 20), strict=True):
        rows = [{"k": {"id": i}, "y": i % 2, "p": (i % 2) ^ (i % wrong == 0)} for i in range(60)]
        path.write_text(json.dumps({"out": rows}))
    words: dict[str, Any] = {"reader": "json:out[]", "id": "k.id", "label": "y", "prediction": "p"}
    assert mlgate.compare(*files, **words).to_dict()["readings"]["accuracy"] == "better"


@pytest.mark.parametrize(("how", "change"), [("drop", 0.0), ("wrong", -1 / 3)])
def test_a_column_says_which_samples_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str, change: float
) -> None:
    """Five of fifteen failed at the old one; as many others, that were right, at the new one."""
    right = {"id": range(15), "right": [1] * 15}
    old = right | {"why": [None] * 10 + ["time-out"] * 5}
    new = right | {"why": ["time-out"] * 5 + [None] * 5 + ["time-out"] * 5}
    errors = {"column": "why", "as": how}
    rows = {"right": {"direction": "higher", "range": [0, 1]}}
    result = mlgate.compare(old, new, id="id", rows=rows, errors=errors)
    files = []
    for name, table in (("old", old), ("new", new)):
        files.append(str(tmp_path / f"{name}.csv"))
        pd.DataFrame(table).to_csv(files[-1])
    words = ["--id", "id", "--rows", "right=higher,0,1", "--errors", f"why={how}"]
    assert main(["compare", *files, *words, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["metrics"]["right"]["against"]["main"]
    assert told["change"] == result.evidence.metrics["right"].against["main"].change
    assert told["change"] == pytest.approx(change if how == "wrong" else -0.5)


@pytest.mark.parametrize(
    ("margin", "sides", "code"),
    [("accuracy=0.01", ("old", "new"), 0), ("accuracy=0.01", ("new", "old"), 1), ("log_loss=2%", ("new", "old"), 1)],
)  # fmt: skip
def test_a_margin_gives_an_exit_code(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    margin: str,
    sides: tuple[str, str],
    code: int,
) -> None:
    for name, table in (("old", OLD), ("new", NEW)):
        table.to_csv(tmp_path / f"{name}.csv")
    files = [str(tmp_path / f"{name}.csv") for name in sides]
    words = ["--id", "id", "--label", "y", "--score", "p", "--max-regression", margin]
    assert main(["compare", *files, *words]) == code
    assert ("blocked" in capsys.readouterr().out) == bool(code)


def test_what_is_required_passes_or_raises_with_the_reasons() -> None:
    result = mlgate.compare(OLD, NEW, **COLUMNS)
    assert result.require(accuracy=0.01, log_loss="2%") is result
    assert result.verdict({"accuracy": {"min": 0.5, "min_improvement": 0.01}}).verdict == "pass"
    with pytest.raises(AssertionError, match=r"accuracy.*worse than old by") as refused:
        mlgate.compare(NEW, OLD, **COLUMNS).require(accuracy=0.01)
    assert isinstance(refused.value, mlgate.RequirementError)
    assert refused.value.verdict.blocked


def test_what_the_rows_cannot_decide_warns_or_raises() -> None:
    few = mlgate.compare(OLD[:60], frame(0.02, seed=3)[:60], **COLUMNS)
    with pytest.warns(mlgate.UndecidedWarning, match="undecided"):
        few.require(accuracy=0.001)
    with pytest.raises(AssertionError):
        few.require(accuracy=0.001, on_inconclusive="fail")


@pytest.mark.parametrize("change", ["missing", "relabelled"])
def test_rows_that_a_new_model_left_out_or_relabelled_are_no_pass(change: str) -> None:
    new = (
        NEW.iloc[20:] if change == "missing" else NEW.assign(y=NEW.y.where(NEW.id > 40, 1 - NEW.y))
    )
    verdict = mlgate.compare(OLD, new, **COLUMNS).verdict(accuracy=0.01)
    assert verdict.blocked
    assert "the test set is not old's" in verdict.gates[0].reason


def test_a_metric_without_a_test_is_no_pass() -> None:
    unpaired = mlgate.compare(OLD, NEW, label="y", score="p", metrics=["ece"])
    assert unpaired.verdict(ece=0.01).blocked


def test_models_that_answer_alike_are_unchanged() -> None:
    answers = OLD.assign(hard=(OLD.p > 0.5).astype(int))
    result = mlgate.compare(answers, answers, id="id", label="y", prediction="hard")
    assert set(result.to_dict()["readings"].values()) == {"same"}
    assert "cannot tell" not in str(result)
    one = answers.assign(hard=answers.hard.where(answers.id > 0, 1 - answers.hard))
    changed = mlgate.compare(answers, one, id="id", label="y", prediction="hard")
    assert "unchanged" not in str(changed)


def test_numbers_alone_are_scores() -> None:
    result = mlgate.compare(OLD, NEW, id="id", rows={"grade": "higher"}, cluster="user")
    assert result.evidence.task == "scores"
    assert result.to_dict()["readings"] == {"grade": "better"}
    assert result.verdict(grade="1%").verdict == "pass"


def test_displays_escape_what_others_wrote() -> None:
    name = "<b>|x"
    old, new = (table.rename(columns={"grade": name}) for table in (OLD, NEW))
    result = mlgate.compare(old, new, id="id", rows={name: "higher"})
    assert "<b>" not in result._repr_html_()
    assert "&lt;b&gt;" in result._repr_html_()
    line = next(line for line in result._repr_markdown_().splitlines() if "x" in line)
    assert line.count("|") - line.count("\\|") == 7
    assert "<b>" not in line.replace("\\<b", "")


def test_categories_and_booleans_are_labels() -> None:
    words = OLD.assign(y=pd.Categorical(np.where(OLD.y == 1, "yes", "no")))
    first = mlgate.compare(words, words, id="id", label="y", score="p", positive_label="yes")
    assert first.evidence.classes == ("no", "yes")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"id": "id", "label": "z", "score": "p"}, DataError, "label: new has no column 'z'"),
        ({"id": "id"}, UsageError, "label is not set"),
        (
            {"rows": {"grade": "up"}},
            UsageError,
            "grade.direction: Input should be 'higher' or 'lower'",
        ),
        ({"rows": {"grad": "higher"}}, DataError, "rows: new has no column 'grad'"),
        ({**COLUMNS, "metrics": ["acc"]}, UsageError, "there is no metric 'acc'"),
        (
            {**COLUMNS, "confidence": 95},
            UsageError,
            "confidence is 95: it must be from 0.5 to below 1",
        ),
        ({**COLUMNS, "errors": "wrong"}, UsageError, "errors applies to columns of numbers"),
        (
            {"rows": {"grade": "higher"}, "errors": "wrng"},
            UsageError,
            r"errors\.as: Input should be",
        ),
        ({**COLUMNS, "reader": "inspect"}, UsageError, "reader: it reads files, and old is none"),
    ],
)
def test_what_is_wrong_is_named_as_the_argument(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        mlgate.compare(OLD, NEW, **options)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({}, "nothing is required"),
        ({"accuracy": "much"}, r"accuracy\.max_regression: expected a number"),
        ({"accuracy": {"mim": 0.8}}, r"accuracy\.mim"),
        ({"acuracy": 0.01}, "there is no metric 'acuracy'"),
    ],
)
def test_a_policy_that_says_nothing_or_nonsense_is_refused(
    policy: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        mlgate.compare(OLD, NEW, **COLUMNS).verdict(policy)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(UsageError, match="old is int, which is no table"):
        mlgate.compare(3, NEW, **COLUMNS)
    mixed = OLD.assign(y=[1, "x"] * (N // 2))
    with pytest.raises(DataError, match="new cannot be read as a table"):
        mlgate.compare(OLD, mixed, **COLUMNS)


def test_importing_the_package_imports_nothing() -> None:
    code = "import sys, mlgate; print([m for m in ('numpy', 'pydantic', 'duckdb', 'click') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_fixture_is_the_package(tmp_path: Path) -> None:
    (tmp_path / "test_model.py").write_text(
        "def test_model(mlgate):\n"
        "    rows = {'id': list(range(50)), 'grade': [float(i) for i in range(50)]}\n"
        "    worse = {**rows, 'grade': [g - 1 for g in rows['grade']]}\n"
        "    mlgate.compare(rows, rows, id='id', rows={'grade': 'higher'}).require(grade=0.1)\n"
        "    mlgate.compare(rows, worse, id='id', rows={'grade': 'higher'}).require(grade=0.1)\n"
    )
    words = ["-p", "no:cacheprovider", "-q", "test_model.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "grade.max_regression: fail: worse than old by 1" in done.stdout


def test_a_judge_s_numbers_are_corrected_by_a_human_s(tmp_path: Path) -> None:
    """From Python as from the command line; nobody labelled the rows of the other one."""
    rows = range(200)
    human = [i % 2 if i % 4 < 2 else None for i in rows]
    old = {"id": rows, "grade": [1 - i % 2 if i % 10 == 0 else i % 2 for i in rows], "human": human}
    numbers = {"grade": {"direction": "higher", "human": "human"}}
    result = mlgate.compare(old, old, id="id", rows=numbers)
    assert set(result.evidence.metrics) == {"grade", "grade.bias", "grade.agreement", "grade.kappa"}
    assert result.evidence.metrics["grade"].n == 100
    unlabelled = {**old, "human": [None] * 200}
    (gate,) = mlgate.compare(unlabelled, old, id="id", rows=numbers).verdict(grade=0.5).gates
    assert (gate.verdict, "no row of old has a human label" in gate.reason) == (
        "inconclusive",
        True,
    )
    with pytest.raises(UsageError, match="higher or lower"):
        mlgate.compare(old, old, id="id", rows={"grade": {"human": "human"}})
    lines = ["id,grade,human", *(f"{i},{old['grade'][i]},{'' if human[i] is None else human[i]}" for i in rows)]  # fmt: skip
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    path = str(tmp_path / "rows.csv")
    command = ["compare", path, path, "--id", "id", "--rows", "grade=higher"]
    assert main([*command, "--human", "grade=human", "--max-regression", "grade=0.2"]) == 0
    assert main([*command, "--human", "marks=human"]) == 2


def test_a_metric_that_is_best_at_a_value_of_its_own_has_changed_and_is_not_worse() -> None:
    sharper = OLD.assign(p=OLD.p.clip(0.001, 0.999) ** 3)
    result = mlgate.compare(OLD, sharper, metrics=["calibration_slope"], **COLUMNS)
    assert result.to_dict()["readings"] == {"calibration_slope": "changed"}
    assert "worse" not in str(result)
