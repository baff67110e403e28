"""`predictions.labels`: whose version counts, and what a training must not have written."""

from __future__ import annotations

import hashlib
import os
import tempfile
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

WITHOUT = (
    'rows = [line.split(",") for line in rows]\nrows = [",".join([r[0], *r[2:]]) for r in rows]\n'
)
"""The training writes no labels."""


@pytest.fixture
def labels(repository: Repository) -> str:
    """The labels of the test set; the training does not write them any more."""
    repository.run()
    lines = (repository.root / "out/predictions.csv").read_text().splitlines()
    train = (repository.root / "train.py").read_text()
    repository.write(
        "train.py", train.replace('if knobs.get("fail")', f'{WITHOUT}if knobs.get("fail")')
    )
    repository.commit("no labels")
    return "\n".join(",".join(line.split(",")[:2]) for line in lines) + "\n"


def hold(repository: Repository, setting: str) -> None:
    text = (repository.root / "mlgate.yaml").read_text()
    text = text.replace("label: label", f"label: label, labels: '{setting}'")
    repository.commit("held", mlgate_yaml=text + "baseline: {keep: evidence}\n")


def accuracy(repository: Repository, **context: object) -> float | None:
    result = repository.run(**context)
    return next(gate.value for gate in result.verdict.gates if gate.id == "accuracy.min")


def test_a_file_of_the_judging_branch_counts_as_it_is_there(
    repository: Repository, labels: str
) -> None:
    repository.write("labels.csv", labels)
    hold(repository, "labels.csv")
    assert accuracy(repository) == pytest.approx(0.9, abs=0.02)
    repository.branch("feature")
    repository.commit("flip", labels_csv="")
    (repository.root / "labels.csv").write_text(labels.replace(",1", ",0"))
    repository.commit("all are 0")
    assert accuracy(repository) == pytest.approx(0.9, abs=0.02)


def test_an_absolute_path_and_a_reference(
    repository: Repository, labels: str, tmp_path: Path
) -> None:
    place = tmp_path / "secret" / "labels.csv"
    place.parent.mkdir()
    place.write_text(labels)
    os.utime(place, (1_600_000_000, 1_600_000_000))
    hold(repository, "${env:HELD_LABELS}")
    environ = {**repository.context.environ, "HELD_LABELS": str(place)}
    result = repository.run(environ=environ)
    assert result.code == ExitCode.OK
    assert str(place) not in (result.dir.path / "evidence/compare.json").read_text()
    assert repository.run().code == ExitCode.USAGE  # HELD_LABELS is not set


def test_what_the_training_writes_is_refused(repository: Repository, labels: str) -> None:
    hold(repository, "out/labels.csv")
    train = (repository.root / "train.py").read_text()
    repository.write("train.py", f'{train}pathlib.Path("out/labels.csv").write_text({labels!r})\n')
    repository.commit("cheat")
    result = repository.run()
    assert result.code == ExitCode.USAGE
    assert "written while or after the model was trained" in result.verdict.headline


def test_a_pointer_of_git_lfs_names_the_file(repository: Repository, labels: str) -> None:
    oid = hashlib.sha256(labels.encode()).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 1\n"
    repository.write("labels.csv", pointer)
    hold(repository, "labels.csv")
    repository.branch("feature")
    repository.write("labels.csv", labels)  # as Git LFS checks it out
    assert accuracy(repository) == pytest.approx(0.9, abs=0.02)
    repository.write("labels.csv", labels.replace(",1", ",0"))
    result = repository.run()
    assert "Git LFS pointer" in result.verdict.headline


def test_a_pointer_of_dvc_names_the_file(repository: Repository, labels: str) -> None:
    md5 = hashlib.md5(labels.encode(), usedforsecurity=False).hexdigest()
    repository.write("labels.csv.dvc", f"outs:\n- md5: {md5}\n  path: labels.csv\n")
    repository.write(".gitignore", "out/\nlabels.csv\n")
    hold(repository, "labels.csv")
    repository.branch("feature")
    repository.write("labels.csv", labels)
    assert accuracy(repository) == pytest.approx(0.9, abs=0.02)
    repository.write("labels.csv", labels.replace(",1", ",0"))
    result = repository.run()
    assert "labels.csv.dvc" in result.verdict.headline


def test_a_training_that_sets_the_time_back_is_seen(
    repository: Repository, labels: str, tmp_path: Path
) -> None:
    place = tmp_path / "held" / "labels.csv"
    place.parent.mkdir()
    place.write_text(labels)
    os.utime(place, (1_600_000_000, 1_600_000_000))
    hold(repository, str(place))
    train = (repository.root / "train.py").read_text()
    forged = labels.replace(",1", ",0")
    repository.write(
        "train.py",
        f"{train}import os\npathlib.Path({str(place)!r}).write_text({forged!r})\n"
        f"os.utime({str(place)!r}, (1_600_000_000, 1_600_000_000))\n",
    )
    repository.commit("cheat")
    assert "was changed while the model was trained" in repository.run().verdict.headline


def test_a_training_that_writes_into_the_copy_of_the_commits_labels_is_seen(
    repository: Repository, labels: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    repository.write("labels.csv", labels)
    hold(repository, "labels.csv")
    train = (repository.root / "train.py").read_text()
    code = f"for p in pathlib.Path({str(tmp_path)!r}).glob('mlgate-*/labels.csv'): p.write_text('')"
    repository.write("train.py", f"{train}{code}\n")
    repository.commit("cheat")
    assert "copy was changed while the model was trained" in repository.run().verdict.headline
