"""The reusable workflows, called from another repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.workflows.project import CONFIG
from tests.workflows.snippets import block

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflows.act import Act
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act

FILE = ".github/workflows/model.yml"
SHELL = r'"echo \"installed: $((40 + 2))\""'
INSTALL = "pip install -r requirements.txt"
AFTER = """\
  after:
    name: after
    needs: model
    runs-on: ubuntu-latest
    steps:
      - env: {VERDICT: "${{ needs.model.outputs.verdict }}"}
        run: echo "told the caller $VERDICT" >> "$GITHUB_STEP_SUMMARY"
"""


def caller() -> str:
    """Give the workflow that the README shows, with a command that is hard to quote."""
    shown = block("README.md", "model-ci.yml@v0")
    assert "ready_for_review" in shown  # else a draft that becomes ready is not judged
    assert INSTALL in shown
    return f"{shown.replace(INSTALL, SHELL)}{AFTER}"


def test_model_ci(act: Act, project: Project) -> None:
    project.write(FILE, caller())
    project.commit("Add the workflow")
    project.push("main")
    kept = act.run(project.path, "push", FILE)
    assert kept.code == 0, kept.text
    assert "installed: 42" in kept.text
    assert "told the caller untested" in kept.summary, kept.text
    assert kept.jobs == {
        "train": "success", "keep": "success", "mlgate": "success", "after": "success"
    }  # fmt: skip
    assert project.baselines == {project.head}

    project.branch("worse", wrong=200)
    bad = act.run(project.path, "pull_request", FILE, project.pull_request(), number=2)
    assert bad.code == 1
    assert bad.jobs == {"train": "success", "judge": "failure", "mlgate": "failure"}
    assert (act.folder / "artifacts/2/mlgate-report/report.html").exists()
    assert len(project.baselines) == 1

    group = {"merge_group": {"base_ref": "refs/heads/main", "head_sha": project.head}}
    queued = act.run(project.path, "merge_group", FILE, group, number=3)
    assert queued.code == 1
    assert queued.jobs == {"train": "success", "judge": "failure", "mlgate": "failure"}


TELLER = """\
name: tell
on:
  workflow_run: {workflows: [compute], types: [completed]}
permissions: {}
jobs:
  tell:
    uses: mlgate/mlgate/.github/workflows/model-publish.yml@v0
    permissions: {actions: read, contents: write, pull-requests: write, checks: write, statuses: write}
    with: {workflow: .github/workflows/compute.yml, artifact: numbers, policy: policy.yaml}
  after:
    name: after
    needs: tell
    runs-on: ubuntu-latest
    steps:
      - env: {TOLD: "${{ needs.tell.outputs.verdict }} at ${{ needs.tell.outputs.comment-url }}"}
        run: echo "told $TOLD" >> "$GITHUB_STEP_SUMMARY"
"""


def bundle(project: Project, target: Path) -> None:
    """Run and pack, as a pull request's own workflow does."""
    target.mkdir(parents=True)
    project.mlgate("run")
    project.mlgate("bundle", "--output", str(target / "mlgate-bundle.zip"))


def test_model_publish(act: Act, project: Project, hub: Hub) -> None:
    hub.local.repo.commit("main", "The rules", {"mlgate.yaml": CONFIG.encode()})
    file = ".github/workflows/tell.yml"
    project.write(file, TELLER)
    project.write("policy.yaml", "version: 1\ngates: {accuracy: {min: 0.95}}\n")
    project.commit("Add the workflow, and the organisation's rules")
    project.push("main")
    # A pull request that loosens its own rules: those of main judge it.
    project.branch("worse", wrong=300)
    project.commit("Loosen", config=CONFIG.replace("min: 0.8", "min: 0.1"))
    head = project.head
    hub.push(head)
    bundle(project, act.folder / "bundles/numbers")
    project.git("checkout", "--quiet", "main")
    hub.allow(
        actions="read", contents="write", pull_requests="write", checks="write", statuses="write"
    )
    event = hub.finished(
        20, head, act.folder / "bundles", "mallory/model", ".github/workflows/compute.yml"
    )
    told = act.run(project.path, "workflow_run", file, event, number=21)
    assert told.code == 0, told.text
    (comment,) = hub.comments
    assert "Model gate: blocked" in comment
    assert "≥ .800" in comment  # main's rule, not the pull request's
    assert "≥ .950" in comment  # the organisation's
    assert "told fail at " in told.summary
    assert "#issuecomment-" in told.summary
    assert (hub.checks[-1].sha, hub.checks[-1].conclusion) == (head, "failure")

    # With a token that may not post, the numbers are judged all the same, and the run fails.
    hub.allow(actions="read", contents="read", pull_requests="read")
    refused = act.run(project.path, "workflow_run", file, event, number=22)
    assert refused.code == 1
    assert refused.jobs["published"] == "failure"
    assert "checks: write" in refused.summary
