"""The reusable workflows, called from another repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workflows.act import Act
    from tests.workflows.project import Project

pytestmark = pytest.mark.act

FILE = ".github/workflows/model.yml"
CALLER = """\
name: model
on: {pull_request: {}, push: {branches: [main]}, merge_group: {}}
permissions: {}
jobs:
  model:
    uses: mlgate/mlgate/.github/workflows/model-ci.yml@v1
    permissions: {contents: write, pull-requests: write, checks: write, statuses: write}
    with: {install: "echo \\"installed: $((40 + 2))\\""}
  after:
    name: after
    needs: model
    runs-on: ubuntu-latest
    steps:
      - env: {VERDICT: "${{ needs.model.outputs.verdict }}"}
        run: echo "told the caller $VERDICT"
"""


def test_model_ci(act: Act, project: Project) -> None:
    project.write(FILE, CALLER)
    project.commit("Add the workflow")
    project.push("main")
    kept = act.run(project.path, "push", FILE)
    assert kept.code == 0, kept.text
    assert "installed: 42" in kept.text
    assert "told the caller untested" in kept.text, kept.text
    assert "judge and keep: skipped success" in kept.text
    assert project.baselines == {project.head}

    project.branch("worse", wrong=200)
    bad = act.run(project.path, "pull_request", FILE, project.pull_request(), number=2)
    assert bad.code == 1
    assert "judge and keep: failure skipped" in bad.text
    assert bad.jobs["mlgate"] == "failure"
    assert "told the caller" not in bad.text
    assert (act.folder / "artifacts/2/mlgate-report/report.html").exists()
    assert len(project.baselines) == 1

    group = {"merge_group": {"base_ref": "refs/heads/main", "head_sha": project.head}}
    queued = act.run(project.path, "merge_group", FILE, group, number=3)
    assert queued.code == 1
    assert "judge and keep: failure skipped" in queued.text
