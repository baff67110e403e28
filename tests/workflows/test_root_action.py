"""The root action, as the ten lines of the README use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workflows.act import Act
    from tests.workflows.project import Project

pytestmark = pytest.mark.act

WORKFLOW = """\
name: ci
on: {pull_request: {}, push: {branches: [main]}, merge_group: {}}
permissions: {}
jobs:
  model:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: mlgate/mlgate@v0
        id: gate
        with: {publish: "false"}
      - if: ${{ !cancelled() }}
        run: |
          echo "PATH=$PATH"
          echo "PYTHONPATH=${PYTHONPATH-unset}"
          command -v mlgate || echo "no mlgate on PATH"
"""
FILE = ".github/workflows/ci.yml"


@pytest.fixture
def on_main(act: Act, project: Project) -> Project:
    """The project after a push to main: its baseline is kept."""
    project.write(FILE, WORKFLOW)
    project.commit("Add the workflow")
    project.push("main")
    outcome = act.run(project.path, "push", FILE)
    assert outcome.code == 0, outcome.text
    assert outcome.outputs("gate")["verdict"] == "untested"
    assert project.baselines == {project.head}
    return project


def test_a_good_and_a_bad_pull_request(act: Act, on_main: Project) -> None:
    on_main.branch("better", wrong=80)
    good = act.run(on_main.path, "pull_request", FILE, on_main.pull_request())
    assert good.code == 0, good.text
    assert good.outputs("gate")["verdict"] == "pass"
    assert good.outputs("gate")["blocked"] == "false"
    assert "no mlgate on PATH" in good.text
    assert "PYTHONPATH=unset" in good.text

    on_main.branch("worse", wrong=150)
    bad = act.run(on_main.path, "pull_request", FILE, on_main.pull_request())
    assert bad.code == 1
    assert bad.jobs == {"model": "failure"}
    found = bad.outputs("gate")
    assert found["verdict"] == "fail"
    assert found["blocked"] == "true"
    assert "accuracy is worse than main" in found["headline"]
    assert found["html-path"].endswith("/.mlgate/report.html")
    assert len(on_main.baselines) == 1
