"""`handover: evidence`: no row leaves the job that trains, and the other one judges its numbers."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.pipeline.handover.jobs import clone, evidence, handed_over, judged

from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.pipeline.conftest import Repository

KEY = "handover: evidence\n"


@pytest.fixture
def numbers(repository: Repository) -> Repository:
    """Main with a baseline that has rows, and the choice of numbers alone."""
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", text + KEY)
    repository.commit("Hand over evidence")
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


def members(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as packed:
        return set(packed.namelist())


def lie(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the numbers in a handover."""
    with zipfile.ZipFile(path) as packed:
        outer = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(io.BytesIO(outer["evidence.zip"])) as packed:
        inner = {name: packed.read(name) for name in packed.namelist()}
    change(inner)
    outer["evidence.zip"] = zipped(inner)
    path.write_bytes(zipped(outer))


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def edited(**fields: Any) -> Callable[[dict[str, bytes]], None]:
    """Return what changes fields of the comparison."""

    def change(files: dict[str, bytes]) -> None:
        name = "evidence/compare.json"
        files[name] = json.dumps(json.loads(files[name]) | fields).encode()

    return change


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.89, "pass"), (0.85, "fail")])
def test_two_jobs_judge_what_one_judges_and_no_row_leaves(
    numbers: Repository, accuracy: float, verdict: str
) -> None:
    numbers.quality(accuracy)
    path = handed_over(numbers)
    assert members(path) == {"record.json", "author.json", "train.log", "evidence.zip"}
    two, one = judged(numbers, path), clone(numbers, "single").run()
    assert two.verdict.verdict == one.verdict.verdict == verdict
    assert two.code == one.code
    assert evidence(two.dir, "compare") == evidence(one.dir, "compare")
    assert not two.dir.rows.exists()
    assert "beside the author's code" in (two.dir.path / "report.md").read_text()


@pytest.mark.parametrize("on_main", [False, True])
def test_only_the_branch_that_judges_chooses(repository: Repository, on_main: bool) -> None:
    files = (repository.root / "mlgate.yaml").read_text()
    main, mine = (files + KEY, files) if on_main else (files, files + KEY)
    repository.write("mlgate.yaml", main)
    repository.commit("Main's choice")
    repository.branch("feature")
    repository.write("mlgate.yaml", mine)
    repository.commit("This branch's choice")
    path = handed_over(repository)
    assert ("evidence.zip" in members(path)) is on_main
    assert judged(repository, path).verdict.verdict == "untested"


def test_numbers_in_the_place_of_files_are_refused(numbers: Repository) -> None:
    numbers.quality(0.89)
    path = handed_over(numbers)
    text = (numbers.root / "mlgate.yaml").read_text()
    numbers.git("checkout", "--quiet", "main")
    numbers.write("mlgate.yaml", text.replace(KEY, ""))
    numbers.commit("Hand over files again")
    numbers.git("checkout", "--quiet", "feature")
    refused = judged(numbers, path)
    assert (refused.verdict.verdict, refused.code) == ("error", ExitCode.USAGE)
    assert "numbers in the place of files" in (refused.dir.path / "report.md").read_text()


def test_files_in_the_place_of_numbers_are_refused(based: Repository) -> None:
    based.quality(0.89)
    path = handed_over(based)
    based.git("checkout", "--quiet", "main")
    based.write("mlgate.yaml", (based.root / "mlgate.yaml").read_text() + KEY)
    based.commit("Hand over evidence")
    based.git("checkout", "--quiet", "feature")
    assert judged(based, path).verdict.verdict == "error"


@pytest.mark.parametrize(
    "change",
    [
        edited(absent={"main": {"kind": "none_yet", "reason": "this is the first run"}}, baselines={}),
        edited(absent={"main": {"kind": "test_set", "reason": "another set"}}, baselines={}),
        edited(policy_digest="a" * 64),
        edited(confidence=0.5),
        edited(metrics={}),
        edited(confusion=[[1]], classes=["0", "1"], n=10**9),
        lambda files: files.pop("evidence/compare.json"),
        lambda files: files.update({"run.json": files["run.json"].replace(b'"commit": "', b'"commit": "0')}),
        lambda files: files.update({"evidence/latency.json": files["evidence/compare.json"]}),
        lambda files: files.update({"evidence/compare.json": b"[" * 100_000}),
    ],
    ids=[
        "no baseline yet", "another test set", "another policy", "another confidence", "no metrics",
        "contradictory", "no comparison", "another commit", "another check", "nested",
    ],
)  # fmt: skip
def test_lies_around_honest_numbers_block(
    numbers: Repository, change: Callable[[dict[str, bytes]], None]
) -> None:
    numbers.quality(0.6)
    path = handed_over(numbers)
    lie(path, change)
    result = judged(numbers, path)
    assert result.verdict.blocked
    assert result.code


def test_a_training_that_fails_is_reported(numbers: Repository) -> None:
    numbers.quality(0.9, extra=', "fail": true')
    path = handed_over(numbers)
    assert members(path) == {"record.json", "author.json", "train.log"}
    result = judged(numbers, path)
    assert (result.code, result.verdict.verdict) == (ExitCode.BLOCKED, "fail")


def test_a_policy_of_the_branch_judges_its_own_numbers_as_well(numbers: Repository) -> None:
    text = (numbers.root / "mlgate.yaml").read_text()
    numbers.write("mlgate.yaml", text.replace("gates:\n", "gates:\n  f1: {min: 0.99}\n"))
    numbers.commit("Ask for more")
    result = judged(numbers, handed_over(numbers))
    assert {gate.id: gate.verdict for gate in result.verdict.gates}["f1.min"] == "fail"


def test_without_rows_main_keeps_evidence(numbers: Repository) -> None:
    numbers.git("checkout", "--quiet", "main")
    numbers.quality(0.9)
    result = judged(numbers, handed_over(numbers))
    kept = result.dir.saved_files(rows=True)
    assert "evidence/compare.json" in kept
    assert "rows.parquet" not in kept
