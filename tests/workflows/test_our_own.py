"""Our own CI and release: what runs on every pull request of this repository."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.workflows.act import ACTIONS, ROOT, copy_of_the_suite
from tests.workflows.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflows.act import Act

pytestmark = pytest.mark.act
CI, RELEASE = ".github/workflows/ci.yml", ".github/workflows/release.yml"
PYTHON = ("python", "python3")


@pytest.fixture
def ourselves(tmp_path: Path) -> Project:
    """This repository, as somebody's clone of it."""
    remote, path = tmp_path / "remote.git", tmp_path / "mlgate"
    project = Project(path, remote)
    more = ("examples/", "pyproject.toml", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md")
    copy_of_the_suite(path, (*ACTIONS, *more))
    remote.mkdir()
    project.git("init", "--quiet", "--bare", "-b", "main", bare=True)
    project.git("init", "--quiet", "-b", "main")
    project.git("remote", "add", "origin", str(remote))
    project.commit("Everything")
    project.push("main")
    project.git("fetch", "--quiet")
    return project


def test_our_gate_judges_our_example(act: Act, ourselves: Project) -> None:
    act = replace(act, programs=PYTHON)
    kept = act.run(ourselves.path, "push", CI, job="income")
    assert kept.code == 0, kept.text
    assert ourselves.baselines == {ourselves.head}
    ourselves.git("checkout", "--quiet", "-b", "worse")
    patch = ROOT / "examples/income/pull_requests/regress.patch"
    ourselves.git("apply", "--directory", "examples/income", str(patch))
    ourselves.commit("Leave out what matters")
    judged = act.run(
        ourselves.path, "pull_request", CI, ourselves.pull_request(), job="income", number=2
    )
    assert judged.code == 1
    assert "accuracy is worse than main" in judged.text
    assert (act.folder / "artifacts/2/mlgate-report/report.html").exists()


def test_a_tag_that_is_not_the_version_is_no_release(act: Act, ourselves: Project) -> None:
    ourselves.git("tag", "v9.9.9")
    payload = {"ref": "refs/tags/v9.9.9"}
    outcome = act.run(ourselves.path, "push", RELEASE, payload, job="build")
    assert outcome.code == 1
    assert "make test" not in outcome.text
