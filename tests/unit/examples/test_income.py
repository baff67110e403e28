"""The example's data is what its README says, and its patches apply."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

INCOME = Path(__file__).parents[3] / "examples" / "income"
PATCHES = ("improve", "regress", "undecided")


def test_all_rows_of_the_data_are_there() -> None:
    table = pq.read_table(INCOME / "data" / "adult.parquet")
    assert len(table) == 48_842
    assert table["id"].to_pylist() == list(range(48_842))
    labels = table["income"].to_pylist()
    assert (labels.count("<=50K"), labels.count(">50K")) == (37_155, 11_687)
    unknown = {name: table[name].null_count for name in table.column_names}
    assert {name: count for name, count in unknown.items() if count} == {
        "workclass": 2_799,
        "occupation": 2_809,
        "native-country": 857,
    }
    assert (INCOME / "data" / "adult.parquet").stat().st_size < 500_000


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("income") / "main"
    shutil.copytree(INCOME, folder, ignore=shutil.ignore_patterns("out", "model.joblib", ".mlgate"))
    train(folder)
    return folder


def train(folder: Path) -> None:
    subprocess.run([sys.executable, "-W", "error", "train.py"], cwd=folder, check=True)


def columns(folder: Path) -> dict[str, list[object]]:
    return pq.read_table(folder / "out" / "predictions.parquet").to_pydict()


def test_training_writes_what_the_configuration_reads(main: Path) -> None:
    rows = columns(main)
    assert list(rows) == ["id", "income", "predicted", "probability"]
    assert len(rows["id"]) == len(set(rows["id"])) == 12_210
    assert set(rows["predicted"]) == {"<=50K", ">50K"}
    assert (main / "model.joblib").is_file()
    assert (main / "out" / "metrics.json").is_file()


@pytest.mark.parametrize("patch", PATCHES)
def test_a_patch_applies_and_changes_the_training_only(
    main: Path, tmp_path: Path, patch: str
) -> None:
    shutil.copytree(main, tmp_path, dirs_exist_ok=True)
    file = INCOME / "pull_requests" / f"{patch}.patch"
    stat = ["git", "apply", "--numstat", str(file)]
    changed = subprocess.run(stat, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert [line.split("\t")[2] for line in changed.splitlines()] == ["train.py"]
    subprocess.run(["git", "apply", str(file)], cwd=tmp_path, check=True)
    train(tmp_path)
    before, after = columns(main), columns(tmp_path)
    assert (after["id"], after["income"]) == (before["id"], before["income"])
    changed_rows = sum(a != b for a, b in zip(after["predicted"], before["predicted"], strict=True))
    assert changed_rows > 200


def test_training_again_gives_the_same_predictions(main: Path, tmp_path: Path) -> None:
    shutil.copytree(main, tmp_path, dirs_exist_ok=True)
    train(tmp_path)
    assert columns(tmp_path) == columns(main)
