"""docs/kinds.md: each tool's lines give a right first verdict on a file that the tool wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.pages import ROOT, Page

from mlgate.cli import main

if TYPE_CHECKING:
    from pathlib import Path

FILES = ROOT / "tests/unit/readers/files"
BLOCKS = {
    block.text.partition("from: ")[2].strip('"').partition(",")[0].partition(":")[0]: block.text
    for block in Page(ROOT / "docs/kinds.md").blocks()
    if block.language == "yaml" and block.text.startswith("version:")
}
WRITTEN = {
    "inspect": ("words.eval", "logs/words.eval", "match"),
    "promptfoo": ("promptfoo.json", "out/results.json", "score"),
    "lm_eval": (
        "samples_sums_2026-11-28T17-39-51.123456.jsonl",
        "out/model/samples_sums_2026-11-28T17-39-51.123456.jsonl",
        "acc",
    ),
    "deepeval": ("deepeval.json", ".deepeval/.latest_test_run.json", "mine"),
    "mlflow": ("mlflow.json", "evaluation.json", "right"),
    "json": ("promptfoo.json", "out/results.json", "gradingResult.score"),
}

FAILED = {
    "promptfoo": "2 of 24 samples failed",
    "deepeval": "1 of 10 samples failed",
    "mlflow": "1 of 4 samples failed",
    "json": "a missing value",
}
"""What is said of the files that hold samples that failed."""


def test_every_tool_has_its_lines() -> None:
    from mlgate import readers

    assert BLOCKS.keys() == WRITTEN.keys() == readers.READERS.keys()


@pytest.mark.parametrize("tool", WRITTEN)
def test_a_first_verdict(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target, metric = WRITTEN[tool]
    assert len(BLOCKS[tool].splitlines()) < 15
    monkeypatch.chdir(tmp_path)
    (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FILES / source, target)
    (tmp_path / "mlgate.yaml").write_text(BLOCKS[tool] + "report: {plots: none}\n")
    for command in (
        ["git", "init", "--quiet", "--initial-branch", "main"],
        ["git", "add", "--all"],
        [
            "git",
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.org",
            "commit",
            "-qm",
            "Begin",
        ],
    ):
        subprocess.run(command, check=True)
    assert main(["config", "check"]) == 0
    evidence = measured(tmp_path)
    if tool in FAILED:
        assert FAILED[tool] in evidence["error"]
        errors = BLOCKS[tool].replace("from:", "errors: {as: wrong}, from:")
        (tmp_path / "mlgate.yaml").write_text(errors + "report: {plots: none}\n")
        evidence = measured(tmp_path)
    if tool == "json":
        assert "nothing says what the worst number of a row is" in evidence["error"]
        return
    assert evidence["metrics"][metric]["value"] is not None
    assert list(evidence["written_by"]) == list(evidence["inputs"]) == [target]
    notes = " ".join(note["text"] for note in evidence["notes"])
    assert f"Rows come from {target}, written by" in notes
    assert ("failed here (predictions.errors)" in notes) == (tool in FAILED)


def measured(root: Path) -> dict[str, Any]:
    """Judge what is there; return the evidence."""
    main(["run", "--no-train"])
    evidence: dict[str, Any] = json.loads((root / ".mlgate/evidence/compare.json").read_text())
    return evidence
