"""Trained again in a work tree of its own: identical, the same predictions, near enough, or different."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlgate.checks.reproducible.outcomes import outcome
from mlgate.errors import DataError, UsageError
from mlgate.pipeline.reproduce import reproduce

from .conftest import CONFIG, TRAIN

if TYPE_CHECKING:
    from mlgate.pipeline.reproduce import Reproduced

    from .conftest import Repository

DATA = 'data = open("data/rows.csv").read()\nknobs = json.loads(here.read_text())\n'
"""The training reads a file that git ignores."""
STAMPED = 'pathlib.Path("out/log.txt").write_text(str(os.urandom(8)))\n'
UNSEEDED = TRAIN.replace("import json", "import os, json").replace(
    "random.Random(7)", "random.Random(os.urandom(8))"
)
"""Labels and scores are those of another training, ids the same."""
ONE_ROW = (
    'rows[5] = rows[5].rsplit(",", 1)[0] + "," + str(0.5 + int.from_bytes(os.urandom(4)) / 1e11)\n'
)


@pytest.fixture
def kept(repository: Repository) -> Repository:
    """Main with a baseline of its only commit."""
    repository.run()
    repository.save()
    return repository


def _keep(repository: Repository, config: str = CONFIG, train: str = TRAIN) -> None:
    repository.commit("keep", mlgate_yaml=config, **{"train.py": train})
    repository.run()
    repository.save()


def _again(
    repository: Repository, revision: str | None = None, times: int | None = None
) -> Reproduced:
    return reproduce(repository.context, revision, times)


def _outcomes(result: Reproduced) -> list[str]:
    assert result.evidence is not None
    return [outcome(each) for each in result.evidence.repetitions]


def test_a_seeded_training_is_identical_however_often_it_runs(kept: Repository) -> None:
    result = _again(kept, times=2)
    assert _outcomes(result) == ["identical: all files have the digests that were kept"] * 2
    assert result.verdict.verdict == "pass"
    assert result.evidence is not None
    assert result.evidence.metrics["accuracy"].interval == (0, 0)


def test_this_work_tree_and_its_results_stay_as_they_are(kept: Repository) -> None:
    kept.write("out/predictions.csv", "mine")
    before = kept.git("status", "--porcelain", "--ignored"), kept.git("worktree", "list")
    _again(kept)
    assert (kept.root / "out/predictions.csv").read_text() == "mine"
    after = kept.git("status", "--porcelain", "--ignored"), kept.git("worktree", "list")
    assert [text.replace("!! .mlgate-reproduce/\n", "") for text in after] == list(before)


def test_an_earlier_commit_is_trained_by_its_own_files(kept: Repository) -> None:
    first = kept.git("rev-parse", "HEAD")
    kept.quality(0.7)
    result = _again(kept, first)
    assert _outcomes(result) == ["identical: all files have the digests that were kept"]
    assert result.verdict.commit == first


def test_the_run_of_this_commit_is_what_is_kept_where_there_is_no_baseline(
    repository: Repository,
) -> None:
    repository.run()
    assert _again(repository).verdict.verdict == "pass"


def test_predictions_that_differ_without_a_reason_block(repository: Repository) -> None:
    _keep(
        repository,
        train=UNSEEDED.replace(
            'pathlib.Path("out").mkdir', f'{ONE_ROW}pathlib.Path("out").mkdir'
        ).replace("random.Random(os.urandom(8))", "random.Random(7)"),
    )
    result = _again(repository)
    assert _outcomes(result) == [
        "other predictions, and nothing that was recorded differs: is the training seeded?"
    ]
    assert result.verdict.blocked


@pytest.mark.parametrize(("limit", "holds"), [(0.2, True), (1e-9, False)])
def test_near_enough_is_decided_by_the_interval_of_the_change(
    repository: Repository, limit: float, *, holds: bool
) -> None:
    config = f"{CONFIG}  reproducible.log_loss: {{max: {limit}}}\n"
    noise = UNSEEDED.replace("random.Random(os.urandom(8))", "random.Random(7)").replace(
        "* noise)", "* noise + int.from_bytes(os.urandom(1)) * 1e-5)"
    )
    _keep(repository, config, noise)
    result = _again(repository, times=2)
    assert (result.verdict.verdict == "pass") is holds, result.verdict.headline
    assert result.evidence is not None
    low, high = result.evidence.metrics["log_loss"].interval
    assert low is not None
    assert high is not None
    assert 0 <= low <= result.evidence.metrics["log_loss"].value <= high < 0.2


def test_changed_data_are_what_differs_first(repository: Repository) -> None:
    repository.write(".gitignore", "out/\ndata/\n")
    repository.write("data/rows.csv", "1")
    config = CONFIG.replace('train.py"}', 'train.py", inputs: [data/rows.csv]}')
    train = TRAIN.replace("rng =", DATA + "knobs['accuracy'] -= len(data) / 50\nrng =")
    _keep(repository, config, train)
    assert "identical" in _outcomes(_again(repository))[0]
    repository.write("data/rows.csv", "123456")
    assert _outcomes(_again(repository)) == [
        "other predictions; what differs first: data (data/rows.csv)"
    ]


def test_what_train_setup_writes_is_there_for_the_training(repository: Repository) -> None:
    config = CONFIG.replace('train.py"}', 'train.py", setup: "echo 1 > rows.csv"}')
    repository.write(".gitignore", "out/\nrows.csv\n")
    repository.write("rows.csv", "2")
    train = TRAIN.replace("rng =", "knobs['rows'] = 900 + int(open('rows.csv').read())\nrng =")
    _keep(repository, config, train)
    result = _again(repository)
    assert _outcomes(result)[0].startswith("other predictions")
    assert result.verdict.verdict == "error"
    assert "1 of 902 rows are missing" in result.verdict.headline


def test_a_setup_that_fails_says_so(repository: Repository) -> None:
    _keep(repository, CONFIG.replace('train.py"}', 'train.py", setup: "echo no; exit 3"}'))
    with pytest.raises(DataError, match=r"train\.setup failed"):
        _again(repository)


def test_a_training_that_fails_this_time_blocks(repository: Repository) -> None:
    _keep(
        repository,
        train=TRAIN.replace("rng =", "open(os.environ['LIST'])\nrng =")
        .replace("import json", "import os, json")
        .replace("os.environ['LIST']", "os.environ.get('LIST', 'train.py')"),
    )
    repository.context.environ["LIST"] = "/gone"  # type: ignore[index]
    result = _again(repository)
    assert result.verdict.verdict == "fail"
    assert "training failed" in result.verdict.headline
    assert "No such file" in result.dir.log.read_text()


@pytest.mark.parametrize(
    ("revision", "message"),
    [(None, "nothing was kept of"), ("HEAD~9", "no commit that has a baseline")],
)
def test_without_anything_kept_there_is_nothing_to_compare(
    repository: Repository, revision: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        _again(repository, revision)


def test_a_sealed_test_set_is_not_used_up(repository: Repository) -> None:
    _keep(repository, CONFIG + "sealed: {uses: 5}\n")
    with pytest.raises(UsageError, match="sealed"):
        _again(repository)


def test_only_numbers_in_files_are_compared_by_their_digests(repository: Repository) -> None:
    config = (
        'version: 1\nname: toy\ntrain: {run: "python train.py", artifacts: [out/predictions.csv]}\n'
        "metrics: {files: [out/m.json], direction: {auc: higher}}\ngates: {auc: {min: 0.5}}\n"
    )
    _keep(repository, config, TRAIN + 'pathlib.Path("out/m.json").write_text(\'{"auc": 0.9}\')\n')
    result = _again(repository)
    assert result.verdict.verdict == "pass"
    assert "identical" in _outcomes(result)[0]


def test_seeds_run_the_training_once_for_each(repository: Repository) -> None:
    train = (
        TRAIN.replace("import json", "import os, json")
        .replace("random.Random(7)", "random.Random(int(os.environ['MLGATE_SEED']))")
        .replace('"id,label,predicted,score"', '"seed,id,label,predicted,score"')
        .replace('f"row{i},', "f\"{os.environ['MLGATE_SEED']},row{i},")
        .replace("label, luck", "label = random.Random(i).random() < 0.4\n    _, luck")
        .replace("rng.random() < 0.4, rng.random()", "0, rng.random()")
        .replace("out/predictions.csv", "out/p{}.csv")
        .replace('.csv")', '.csv".format(os.environ["MLGATE_SEED"]))')
    )
    config = CONFIG.replace('train.py"}', 'train.py", seeds: [3, 5]}').replace(
        "path: out/predictions.csv", 'path: "out/p*.csv", repeat: seed'
    )
    _keep(repository, config, train)
    evidence = repository.run().dir.read_evidence()
    assert evidence["train"].seeds["train.seeds"] == "3, 5"  # type: ignore[attr-defined]
    spread = evidence["compare"].metrics["accuracy"].spread
    assert spread is not None
    assert len(spread.values) == 2
    assert "identical" in _outcomes(_again(repository))[0]


def test_a_seed_that_fails_ends_the_training(repository: Repository) -> None:
    config = CONFIG.replace(
        '"python train.py"}', '"python train.py; test $MLGATE_SEED != 3", seeds: [3, 5]}'
    )
    repository.commit(
        "seeds", mlgate_yaml=config.replace("score: score", "score: score, repeat: predicted")
    )
    assert repository.run().verdict.verdict == "fail"
