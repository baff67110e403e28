"""Every action by itself, one step after the other, in a matrix; each leg has a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.workflows.project import TRAIN

if TYPE_CHECKING:
    from tests.workflows.act import Act
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
FILE = ".github/workflows/steps.yml"
WORKFLOW = """\
name: steps
on: {pull_request: {}, push: {branches: [main]}}
permissions: {}
jobs:
  steps:
    name: steps ${{ matrix.leg }}
    strategy: {fail-fast: false, matrix: {leg: [cpu, gpu]}}
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - {id: setup, uses: mlgate/mlgate/actions/setup@v0}
      - run: '"$MLGATE" --version'
        env: {MLGATE: "${{ steps.setup.outputs.mlgate }}"}
      - {id: train, uses: mlgate/mlgate/actions/train@v0}
      - {id: check, uses: mlgate/mlgate/actions/check@v0, with: {checks: compare}}
      - {id: gate, uses: mlgate/mlgate/actions/gate@v0}
      - {id: report, uses: mlgate/mlgate/actions/report@v0, if: "!cancelled()"}
      - id: publish
        if: ${{ !cancelled() }}
        uses: mlgate/mlgate/actions/publish@v0
        with: {key: "model (${{ matrix.leg }})", only: "comment\\ncheck"}
      - {id: bundle, uses: mlgate/mlgate/actions/bundle@v0, if: "!cancelled()"}
      - {id: baseline, uses: mlgate/mlgate/actions/baseline@v0, if: "!cancelled()"}
"""


@pytest.fixture
def on_main(project: Project) -> Project:
    project.write(FILE, WORKFLOW)
    project.commit("Add the workflow")
    project.push("main")
    project.git("fetch", "--quiet")
    return project


def test_the_steps_of_a_pull_request(act: Act, on_main: Project, hub: Hub) -> None:
    on_main.keep()
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    on_main.branch("try", wrong=90)
    hub.push(on_main.head)
    good = act.run(on_main.path, "pull_request", FILE, on_main.pull_request())
    assert good.code == 0, good.text
    assert "trained" in good.text
    found = {
        step: good.outputs(step)
        for step in ("setup", "train", "check", "gate", "report", "publish", "bundle", "baseline")
    }
    assert found["setup"]["mlgate"].endswith("/mlgate")
    assert found["train"]["status"] == "ok"
    assert found["train"]["log-path"].endswith("/logs/train.log")
    assert found["check"]["run-dir"].endswith("/.mlgate")
    assert (found["gate"]["verdict"], found["gate"]["blocked"]) == ("pass", "false")
    assert found["report"]["html-path"].endswith("/report.html")
    assert found["publish"]["published"] == "true"
    assert "#issuecomment-" in found["publish"]["comment-url"]
    assert found["bundle"]["bundle"].endswith("mlgate-bundle.zip")
    assert found["baseline"]["commit"] == ""
    assert "no run of main" in found["baseline"]["reason"]
    assert {one.name for one in hub.checks} == {"mlgate: model (cpu)", "mlgate: model (gpu)"}
    assert len(hub.comments) == 2
    assert hub.statuses == []

    # The second run updates what the first one wrote, leg by leg.
    on_main.commit("Try harder", train=TRAIN.format(wrong=200))
    hub.push(on_main.head)
    bad = act.run(on_main.path, "pull_request", FILE, on_main.pull_request(), number=2)
    assert bad.code == 1
    assert bad.outputs("gate")["verdict"] == "fail"
    assert len(hub.comments) == 2
    assert all("Model gate: blocked" in comment for comment in hub.comments)
    newest = [one for one in hub.checks if one.sha == on_main.head]
    assert [one.conclusion for one in newest] == ["failure", "failure"]


def test_the_steps_on_main_keep_a_baseline(act: Act, on_main: Project) -> None:
    outcome = act.run(on_main.path, "push", FILE)
    assert outcome.code == 0, outcome.text
    assert on_main.baselines == {on_main.head}
    assert outcome.outputs("baseline")["commit"] == on_main.head
