"""Logs of an evaluation tool: both jobs read the same, against a baseline that holds a failed sample."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.pipeline.handover.jobs import clone, evidence, handed_over, judged

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Repository

FILES = Path(__file__).parents[2] / "readers/files"
CONFIG = """\
version: 1
name: toy
train: {run: "mkdir -p logs && cp kept/*.eval logs/"}
predictions: {from: inspect, path: logs/*.eval, errors: {as: HANDLING}}
metrics: {rows: {num: {direction: higher, range: [0, 1]}}}
gates:
  num: {max_regression: 0.9}
"""


@pytest.mark.parametrize(("handling", "what"), [("wrong", "counted as wrong as well"), ("drop", "left out on both sides")])  # fmt: skip
def test_two_jobs_read_logs_as_one_does(repository: Repository, handling: str, what: str) -> None:
    kept = repository.root / "kept"
    kept.mkdir()
    shutil.copyfile(FILES / "sums.eval", kept / "a.eval")
    repository.write(".gitignore", "logs/\n")
    repository.write("mlgate.yaml", CONFIG.replace("HANDLING", handling))
    repository.commit("An evaluation, with a sample that failed")
    repository.run()
    repository.save()
    repository.branch("feature")
    shutil.copyfile(FILES / "sums_later.eval", kept / "a.eval")
    repository.commit("Another, where none failed")
    two = judged(repository, handed_over(repository))
    measured: dict[str, Any] = evidence(two.dir, "compare")
    assert measured == evidence(clone(repository, "single").run().dir, "compare")
    assert measured["written_by"] == {"logs/a.eval": "inspect_ai 0.3.285"}
    rows = measured["rows"]
    assert (rows["paired"], rows["failed"], rows["baseline_failed"]) == (10, 0, 1)
    notes = " ".join(note["text"] for note in measured["notes"])
    assert (
        f"Failed samples among the 10 rows that main has as well: 0 here, counted as wrong; 1 there, {what}"
        in notes
    )
