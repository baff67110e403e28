"""A training that rewrites tracked files is no obstacle to a baseline; edits by hand are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlgate.errors import UsageError
from mlgate.pipeline import full_run
from mlgate.pipeline.training.tracked_outputs import judges

from .conftest import CONFIG, TRAIN

if TYPE_CHECKING:
    from .conftest import Repository

WRITES = TRAIN + 'pathlib.Path("metrics.txt").write_text(f"accuracy {knobs[\'accuracy\']}\\n")\n'


@pytest.fixture
def tracked(repository: Repository) -> Repository:
    """Return a repository whose training rewrites the tracked metrics.txt."""
    repository.write("train.py", WRITES)
    repository.write("metrics.txt", "accuracy unknown\n")
    repository.commit("track the metrics")
    return repository


def test_a_baseline_is_kept_and_the_report_names_the_files(tracked: Repository) -> None:
    result = tracked.run()
    assert result.dir.read_run().rewritten.keys() == {"metrics.txt"}
    assert "git rm --cached metrics.txt" in (result.dir.path / "report.html").read_text()
    tracked.save()


def test_a_second_run_and_one_without_training_are_the_commits_too(tracked: Repository) -> None:
    tracked.run()
    for train_first in (True, False, True):
        result = full_run.run(tracked.context, train_first=train_first)
        assert not result.dir.read_run().dirty
        tracked.save()


def test_an_edit_of_what_the_training_wrote_counts(tracked: Repository) -> None:
    tracked.run()
    tracked.write("metrics.txt", "accuracy 1.0\n")
    with pytest.raises(UsageError, match=r"not committed: metrics\.txt"):
        tracked.save()
    assert full_run.run(tracked.context, train_first=False).dir.read_run().dirty


def test_an_edit_before_the_training_counts(tracked: Repository) -> None:
    tracked.write("quality.json", '{"accuracy": 0.95}')
    assert tracked.run().dir.read_run().dirty
    with pytest.raises(UsageError, match="changes that are not committed"):
        tracked.save()


@pytest.mark.parametrize("name", ["mlgate.yaml", "reference.csv", "train.py", ".gitattributes"])
def test_a_file_that_judges_is_no_output(tracked: Repository, name: str) -> None:
    reference = "drift: {reference: reference.csv, current: out/predictions.csv}\n"
    tracked.write("mlgate.yaml", CONFIG + reference)
    tracked.write("reference.csv", "score\n" + "0.5\n" * 400)
    tracked.write(".gitattributes", "\n")
    tracked.write("train.py", WRITES + f'open("{name}", "a").write("\\n")\n')
    tracked.commit("a training that edits what judges it")
    result = tracked.run()
    assert result.dir.read_run().rewritten.keys() == {"metrics.txt"}
    assert f"The training changed {name}" in (result.dir.path / "report.html").read_text()
    with pytest.raises(UsageError, match=f"not committed: {name}"):
        tracked.save()


def test_deleted_files_are_written_too(tracked: Repository) -> None:
    tracked.write("train.py", WRITES.replace('.write_text(f"accuracy', '.unlink() or (f"accuracy'))
    tracked.commit("delete it")
    assert tracked.run().dir.read_run().rewritten == {"metrics.txt": "deleted"}
    tracked.save()


@pytest.mark.parametrize(
    ("name", "judging"),
    [
        ("sub/mlgate.yaml", True), ("data/ref.parquet", True), ("data/parts/0.parquet", True),
        ("metrics.json", False), ("report.ipynb", False), ("src/model.py", True),
        (".github/workflows/a.yml", True), ("labels-2.csv", True), ("data.csv", False),
    ],
)  # fmt: skip
def test_what_judges(name: str, judging: bool) -> None:
    assert judges(name, ("data/ref.parquet", "data/parts", "labels-*.csv")) is judging
