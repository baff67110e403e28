"""`baseline.run` of the judging branch: what it finds, and that the training changes none of it."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

OLD = "import os, pathlib\npathlib.Path(os.environ['MLGATE_BASELINE_OUT']).write_text(open('kept.csv').read())\n"


@pytest.fixture
def compared(repository: Repository) -> Repository:
    """Main's command copies a file that git ignores, which a step before put there."""
    repository.run()
    rows = (repository.root / "out/predictions.csv").read_text()
    repository.write(".gitignore", "out/\nkept.csv\n")
    repository.write("kept.csv", rows)
    repository.write("old.py", OLD)
    text = (repository.root / "mlgate.yaml").read_text()
    repository.commit("compare", mlgate_yaml=text + "baseline: {run: python old.py}\n")
    repository.branch("feature")
    return repository


def _leave(repository: Repository, code: str) -> None:
    train = (repository.root / "train.py").read_text()
    repository.write("train.py", f"{train}{code}\n")
    repository.commit("leave files")


def test_a_data_file_that_git_ignores_is_there(compared: Repository) -> None:
    _leave(compared, "")
    result = compared.run()
    assert result.verdict.verdict == "pass", result.verdict.headline
    assert "old.py" in result.dir.baseline_log.read_text()


def test_what_the_training_does_to_it_comes_too_late(compared: Repository) -> None:
    _leave(compared, "pathlib.Path('kept.csv').write_text('')")
    assert compared.run().verdict.verdict == "pass"


def test_what_it_wrote_is_the_same_after_the_training(
    compared: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = f"for p in pathlib.Path({str(tmp_path)!r}).glob('mlgate-baseline-*/*'): p.write_text('')"
    _leave(compared, code)
    assert "what baseline.run wrote was changed" in compared.run().verdict.headline


def test_its_failure_says_that_it_runs_before_the_training(compared: Repository) -> None:
    (compared.root / "kept.csv").unlink()
    _leave(compared, "pathlib.Path('kept.csv').write_text('')")
    verdict = compared.run().verdict
    assert "baseline.run wrote no predictions" in verdict.headline
    assert all("runs before the training" in (gate.hint or "") for gate in verdict.gates)
