"""What a training must have done, in whole runs: as main's policy asks, whatever a branch changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import CONFIG, TRAIN

if TYPE_CHECKING:
    from .conftest import Repository

EXPECT = (
    CONFIG.replace('train.py"}', 'train.py", artifacts: [out/model.json]}')
    + "  expect.cases: {min: 1}\n  expect.model_size: {max_regression: 50%}\n"
    "expect:\n  load: {out/model.json: 'loader:load'}\n"
    "  cases: {path: cases.csv, predictions: out/cases.csv}\n"
    "  importance: {path: out/importance.csv}\n"
)
WRITES = (
    TRAIN + 'pathlib.Path("out/model.json").write_text(json.dumps(knobs.get("model", [])))\n'
    'pathlib.Path("out/cases.csv").write_text("id,prediction\\nx," + knobs.get("x", "7") + "\\n")\n'
    'pathlib.Path("out/importance.csv").write_text("feature,importance\\na,3\\nb,1\\n")\n'
)
LOADER = (
    "import json\ndef load(path):\n    assert isinstance(json.load(open(path)), list), 'no list'\n"
)


@pytest.fixture
def expecting(repository: Repository) -> Repository:
    """Main with a baseline, on a new branch."""
    repository.write("loader.py", LOADER)
    repository.write("cases.csv", "id,expected\nx,7\n")
    repository.write("train.py", WRITES)
    repository.commit("expect", mlgate_yaml=EXPECT)
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


def test_a_training_that_does_as_before_passes(expecting: Repository) -> None:
    expecting.commit("same")
    result = expecting.run()
    assert result.verdict.verdict == "pass", result.verdict.headline
    evidence = result.dir.evidence_of("expect")
    assert evidence is not None
    assert evidence.metrics["importance_shift"].value == 0
    report = result.dir.markdown.read_text()
    assert "100% of 1 known cases are right" in report
    assert "the model leans most on a" in report


def test_an_artifact_that_does_not_load_fails_the_training(expecting: Repository) -> None:
    expecting.quality(0.9, ', "model": {"a": 1}')
    result = expecting.run()
    assert result.verdict.verdict == "fail"
    assert "training failed" in result.verdict.headline
    assert "no list" in result.dir.log.read_text()


def test_a_branch_cannot_change_the_known_answers_or_what_must_load(expecting: Repository) -> None:
    expecting.write("cases.csv", "id,expected\nx,8\n")
    expecting.commit(
        "no load", mlgate_yaml=EXPECT.replace("load: {out/model.json: 'loader:load'}", "load: {}")
    )
    expecting.quality(0.9, ', "x": "8", "model": [1, 2, 3, 4]')
    gates = expecting.gates()
    assert gates["expect.cases.min"] == "fail"
    assert gates["expect.model_size.max_regression"] == "fail"
    assert "loader" in expecting.run().dir.evidence_of("train").command  # type: ignore[union-attr]
