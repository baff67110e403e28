"""`mlgate baseline`: save, show and history, in a real repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from mlgate.cli import main
from mlgate.errors import ExitCode
from mlgate.pipeline.init.writing import signed

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
version: 1
name: Toy
task: binary
predictions: {path: out.csv, id: id, label: label, prediction: predicted}
metrics: {files: [metrics.json]}
gates:
  accuracy: {min: 0.5}
"""


class Project:
    """A repository whose predictions and metrics are tracked; right in `share` of its rows."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def results(self, share: float) -> None:
        rows = [f"r{n},{n % 2},{n % 2 if n < 200 * share else 1 - n % 2}" for n in range(200)]
        (self.root / "out.csv").write_text("\n".join(["id,label,predicted", *rows]))
        (self.root / "metrics.json").write_text(json.dumps({"loss": 1 - share}))

    def commit(self, share: float) -> str:
        self.results(share)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def judge(self) -> None:
        assert main(["check"]) == ExitCode.OK
        main(["gate"])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = S\n\temail = s@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "repo"
    root.mkdir()
    monkeypatch.chdir(root)
    made = Project(root)
    made.git("init", "-q")
    (root / "mlgate.yaml").write_text(CONFIG)
    made.commit(0.9)
    return made


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = ExitCode.OK) -> str:
    capsys.readouterr()
    assert main(["baseline", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out if code == ExitCode.OK else captured.err


def test_a_pushed_baseline_says_where_it_is(project, capsys, tmp_path):
    remote = tmp_path / "remote.git"
    project.git("init", "-q", "--bare", str(remote))
    project.git("remote", "add", "upstream", str(remote))
    project.judge()
    assert told(capsys, "save", "--push").endswith(" as its baseline, and pushed it to upstream\n")


def test_files_that_only_this_work_tree_has_are_named(project, capsys):
    def errors() -> str:
        project.judge()
        capsys.readouterr()
        assert main(["baseline", "save"]) == ExitCode.OK
        return capsys.readouterr().err

    assert "not committed" not in errors()
    workflow = project.root / ".github/workflows/mlgate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\n")
    warning = (
        "mlgate: .github/workflows/mlgate.yml is not committed: GitHub will not run it "
        "→ `git add .github/workflows/mlgate.yml`, and commit\n"
    )
    assert errors().count(warning) == 1
    project.git("rm", "-q", "--cached", "mlgate.yaml")
    project.git("commit", "-q", "-m", "mlgate.yaml is not tracked")
    assert ".github/workflows/mlgate.yml and mlgate.yaml are not committed" in errors()


def test_a_line_that_init_left_to_fill_in_is_named(project, capsys):
    def errors() -> str:
        project.judge()
        capsys.readouterr()
        assert main(["baseline", "save"]) == ExitCode.OK
        return capsys.readouterr().err

    left = "      - run: true   # CHANGE: install what the training needs\n"
    workflow = project.root / ".github/workflows/mlgate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(signed(f"jobs:\n{left}"))
    assert (
        ".github/workflows/mlgate.yml:3 is still to be filled in, and the mark CHANGE to be removed: "
        "install what the training needs"
    ) in errors()
    assert main(["config", "check"]) == ExitCode.OK
    assert "mlgate.yml:3 is still to be filled in" in capsys.readouterr().out
    workflow.write_text(left)  # of somebody else, who may mark what they like
    assert "filled in" not in errors()


def test_a_baseline_is_kept_shown_and_listed(project, capsys):
    assert "no baseline yet" in told(capsys, "show")
    assert told(capsys, "history") == "no baseline yet\n"
    project.judge()
    first = project.git("rev-parse", "HEAD")
    kept = f"kept evidence and rows of {first[:7]} as its baseline"
    assert told(capsys, "save").startswith(f"{kept}, in this clone only (for everybody: `mlgate ")
    second = project.commit(0.8)
    project.git("tag", "v1")
    project.judge()
    time.sleep(1 - time.time() % 1)  # saved in another second: their order in the store
    told(capsys, "save")

    shown = told(capsys, "show", "v1")
    assert shown.startswith(f"baseline: {second[:7]}, pass, saved 20")
    assert "with rows" in shown
    assert "  accuracy 0.8\n" in shown

    compared = json.loads(told(capsys, "show", "--format", "json"))
    assert compared["main"]["commit"] == first
    assert compared["main"]["rows"] is True
    assert compared["anchor"]["commit"] == first

    lines = told(capsys, "history").splitlines()
    assert lines[0].split() == ["saved", "commit", "tag", "verdict", "accuracy", "loss"]
    assert [line.split()[1] for line in lines[1:]] == [first[:7], second[:7]]
    assert lines[2].split()[2:] == ["v1", "pass", "0.8", "0.2"]
    points = json.loads(told(capsys, "history", "--last", "1", "--format", "json"))
    assert [(point["commit"], point["tag"]) for point in points] == [(second, "v1")]


def test_a_commit_without_a_baseline_is_a_usage_error(project, capsys):
    assert "is no commit that has a baseline" in told(capsys, "show", "HEAD", code=ExitCode.USAGE)


def test_what_the_training_writes_may_differ_other_files_may_not(project, capsys):
    project.judge()
    project.results(0.7)
    told(capsys, "save")
    (project.root / "mlgate.yaml").write_text(CONFIG + "\n")
    assert "not committed: mlgate.yaml" in told(capsys, "save", code=ExitCode.USAGE)


def test_pushing_is_the_default_in_ci_only(project, capsys, tmp_path, monkeypatch):
    project.git("init", "-q", "--bare", str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    project.git("push", "-q", "origin", "main")
    project.judge()

    def pushed() -> bool:
        return bool(project.git("ls-remote", "origin", "refs/mlgate/*"))

    told(capsys, "save")
    assert not pushed()
    monkeypatch.setenv("CI", "true")
    told(capsys, "save", "--no-push")
    assert not pushed()
    told(capsys, "save")
    assert pushed()


def test_a_store_that_cannot_be_reached_ends_with_three(project, capsys, tmp_path):
    project.judge()
    project.git("remote", "add", "origin", str(tmp_path / "gone.git"))
    project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    project.git("tag", "v1")
    for arguments in (["save", "--push"], ["show"], ["history"]):
        assert "baseline store" in told(capsys, *arguments, code=ExitCode.FORGE)


def test_it_can_be_left_to_runs_of_the_branch(project, capsys, monkeypatch):
    project.judge()
    project.git("checkout", "-q", "-b", "feature")
    assert told(capsys, "save", "--if-on-branch") == "no baseline kept: this is no run of main\n"
    project.git("checkout", "-q", "main")
    assert told(capsys, "save", "--if-on-branch").startswith("kept evidence")

    # A workflow that runs on main but has a pull request's head checked out is no run of main.
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    monkeypatch.setenv("GITHUB_SHA", "0" * 40)
    assert "no run of main" in told(capsys, "save", "--if-on-branch")
    monkeypatch.setenv("GITHUB_SHA", project.git("rev-parse", "HEAD"))
    assert told(capsys, "save", "--if-on-branch").startswith("kept evidence")


def test_a_second_run_of_a_first_commit_is_a_first_run_again(project, capsys):
    project.judge()
    told(capsys, "save")
    assert "main: no baseline to compare with yet" in told(capsys, "show")


def test_a_run_that_measured_nothing_is_left_out_where_that_is_asked_for(project, capsys):
    project.judge()
    (project.root / ".mlgate/evidence/compare.json").unlink()
    assert "no measurement" in told(capsys, "save", code=ExitCode.USAGE)
    assert told(capsys, "save", "--if-on-branch") == "no baseline kept: nothing was measured\n"


def test_a_test_set_is_announced_by_a_line_that_mlgate_yaml_takes(project, capsys):
    assert main(["run"]) == 0
    capsys.readouterr()
    line = told(capsys, "digest", "spring").strip()
    assert re.fullmatch(r"test_set: \{name: spring, digest: sha256:[0-9a-f]{64}\}", line)
    path = project.root / "mlgate.yaml"
    path.write_text(re.sub(r"predictions: \{", f"predictions: {{{line}, ", path.read_text()))
    assert main(["config", "check"]) == 0
