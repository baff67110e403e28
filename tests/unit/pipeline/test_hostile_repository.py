"""Repositories as they occur and as somebody might make them: what judges stays what should."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError, UsageError
from mlgate.pipeline import full_run, prepare, save_baseline

from .conftest import CONFIG, Repository

if TYPE_CHECKING:
    from pathlib import Path

LOOSE = CONFIG.replace("min: 0.8, max_regression: 0.02", "min: 0.1, max_regression: 0.5")


def _move(repository: Repository, path: str) -> Repository:
    """Give the repository with its configuration elsewhere, on main."""
    target = repository.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    repository.git("mv", "mlgate.yaml", path)
    repository.commit("move")
    config = repository.root / path
    return Repository(repository.root, replace(repository.context, config=config))


def test_a_configuration_of_another_name_is_judged_by_its_own_file_of_the_base(
    repository: Repository,
) -> None:
    named = _move(repository, "gate.yaml")
    named.branch("feature")
    named.write("gate.yaml", LOOSE)
    named.commit("loosen")
    run = prepare.prepare(named.context).run
    assert run.policy_changed
    assert [judge.source for judge in run.judges] == ["main", "this branch"]


@pytest.mark.parametrize("target", ["policy.yaml", "conf/gate.yaml"])
def test_a_configuration_that_is_a_link_is_refused(repository: Repository, target: str) -> None:
    (repository.root / "conf").mkdir()
    repository.git("mv", "mlgate.yaml", target)
    (repository.root / "mlgate.yaml").symlink_to(target)
    repository.commit("link")
    with pytest.raises(UsageError, match="is a link or a submodule, which is not followed"):
        prepare.prepare(repository.context)


def test_rules_are_told_by_their_place_below_the_repositorys_top(repository: Repository) -> None:
    inner = repository.root / "models" / "a b"
    shutil.copytree(repository.root, inner, ignore=shutil.ignore_patterns(".git"))
    repository.commit("nest")
    run = prepare.prepare(replace(repository.context, cwd=inner)).run
    assert run.judges[0].file == "models/a b/mlgate.yaml"
    assert run.reproduce[-1] == "mlgate run --config 'models/a b/mlgate.yaml'"


def test_a_base_branch_that_does_not_exist_is_a_warning(repository: Repository) -> None:
    repository.git("branch", "--move", "trunk")
    (note,) = prepare.prepare(repository.context).run.notes
    assert note.level == "warning"
    assert note.text.startswith("There is no branch main")


def test_a_base_policy_that_is_not_valid_is_a_warning(repository: Repository) -> None:
    repository.write("mlgate.yaml", "gates: [\n")
    repository.commit("break")
    repository.branch("feature")
    repository.write("mlgate.yaml", CONFIG)
    repository.commit("mend")
    (note,) = prepare.prepare(repository.context).run.notes
    assert (note.level, "is not valid" in note.text) == ("warning", True)


def test_work_trees_of_one_repository_share_its_name(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("mlgate.yaml", CONFIG.replace("name: toy\n", ""))
    repository.commit("no name")
    repository.git("worktree", "add", "--quiet", str(tmp_path / "elsewhere"), "-b", "other")
    beside = replace(repository.context, cwd=tmp_path / "elsewhere")
    names = {prepare.prepare(one).run.name for one in (repository.context, beside)}
    assert names == {"repo"}


def test_half_a_file_that_a_killed_run_left_is_no_foreign_file(based: Repository) -> None:
    based.write(".mlgate/.report.html.x1y2z3", "half")
    assert based.run().code == 0
    based.write(".mlgate/.netrc", "mine")
    with pytest.raises(DataError, match=r"not mlgate's: \.netrc"):
        based.run()


def test_a_pipe_in_the_place_of_predictions_is_not_waited_for(based: Repository) -> None:
    based.commit(train_py="pass")
    (based.root / "train.py").write_text(
        "import os\nos.makedirs('out', exist_ok=True)\n"
        "os.path.exists('out/predictions.csv') and os.remove('out/predictions.csv')\n"
        "os.mkfifo('out/predictions.csv')\n"
    )
    based.commit("pipe")
    result = based.run()
    assert result.code == 2
    assert "no regular file" in result.verdict.headline


def test_what_helps_reaches_the_report_when_nothing_could_be_measured(based: Repository) -> None:
    based.write("train.py", "open('out/predictions.csv', 'w').close()\n")
    based.commit("empty")
    result = based.run()
    assert result.code == 2
    assert result.verdict.headline == (
        "Model gate: blocked — out/predictions.csv is empty; "
        "2 gates cannot be judged. Did the training fail before it wrote its predictions?"
    )
    report = (based.root / ".mlgate" / "report.md").read_text()
    assert "Did the training fail before it wrote its predictions?" in report
    assert error_kind(based) == "input"


def test_a_missing_secret_is_another_kind_of_error(based: Repository) -> None:
    based.write(
        "mlgate.yaml", CONFIG.replace("out/predictions.csv", "'${env:BUCKET}/predictions.csv'")
    )
    based.commit("elsewhere")
    based.run()
    assert error_kind(based, "evidence/2") == "unreadable"


def error_kind(repository: Repository, folder: str = "evidence") -> str:
    text = (repository.root / ".mlgate" / folder / "compare.json").read_text()
    return json.loads(text)["error_kind"]


CONFIGURED = """\
log.showSignature=true core.fsmonitor=false diff.external=false color.ui=always status.branch=true
format.pretty=raw core.quotePath=false column.ui=always diff.renames=copies commit.gpgSign=false
"""


def test_the_users_git_configuration_changes_nothing(based: Repository) -> None:
    based.quality(0.90, ', "again": 1')
    for option in CONFIGURED.split():
        based.git("config", *option.split("="))
    assert based.run().verdict.verdict == "pass"
    assert save_baseline.save(based.context, push=False).baseline is not None


# `baseline.run` and `baseline.predictions`


def _against(repository: Repository, baseline: str) -> full_run.FullRunResult:
    """Give a run on main that is compared with a named baseline."""
    repository.write("mlgate.yaml", f"{CONFIG}baseline: {{{baseline}}}\n")
    repository.commit("baseline")
    return repository.run()


def test_a_command_writes_the_baseline(repository: Repository) -> None:
    repository.run()
    shutil.copy(repository.root / "out" / "predictions.csv", repository.root / "champion.csv")
    result = _against(repository, 'run: "echo scoring; cp champion.csv $MLGATE_BASELINE_OUT"')
    gates = {gate.id: gate.verdict for gate in result.verdict.gates}
    assert gates["accuracy.max_regression"] == "pass"
    assert result.dir.log.with_name("baseline.log").read_text().endswith("scoring\n")


@pytest.mark.parametrize(
    ("command", "said"), [("exit 3", "exit code 3"), ("true", "although it ended well")]
)
def test_a_command_that_writes_no_baseline_is_told(
    repository: Repository, command: str, said: str
) -> None:
    result = _against(repository, f"run: {json.dumps(command)}")
    assert result.code == 2
    assert said in result.verdict.headline


def test_the_command_of_a_baseline_gets_no_secret_of_ci(repository: Repository) -> None:
    environ = {**repository.context.environ, "GITHUB_TOKEN": "ghs_0123456789"}
    safe = replace(repository.context, environ=environ)
    Repository(repository.root, safe).run()
    shutil.copy(repository.root / "out" / "predictions.csv", repository.root / "champion.csv")
    command = 'run: "test -z \\"$GITHUB_TOKEN\\" && cp champion.csv $MLGATE_BASELINE_OUT"'
    assert _against(Repository(repository.root, safe), command).code == 0


def test_only_an_absolute_path_of_a_baseline_leaves_the_repository(
    repository: Repository, tmp_path: Path
) -> None:
    repository.run()
    shutil.copy(repository.root / "out" / "predictions.csv", tmp_path / "old.csv")
    result = _against(repository, "predictions: ../old.csv")
    assert result.code == 2
    assert "baseline.predictions: ../old.csv leads to" in result.verdict.headline
    assert (
        _against(repository, f"predictions: {json.dumps(os.fspath(tmp_path / 'old.csv'))}").code
        == 0
    )
