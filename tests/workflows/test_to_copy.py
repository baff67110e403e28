"""Every file in workflows/ runs, and does what its comments say."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from tests.contract.pages import commands
from tests.workflows.act import ROOT
from tests.workflows.hub import TOKEN
from tests.workflows.project import CONFIG, TRAIN
from tests.workflows.snippets import block

if TYPE_CHECKING:
    from tests.workflows.act import Act, Outcome
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
ELSEWHERE = "import os\nos.makedirs('out', exist_ok=True)\n" + TRAIN.replace(
    '"predictions.csv"', '"out/predictions.csv"'
)


def keep_main(act: Act, project: Project, workflow: str) -> None:
    """Let a workflow run on main, so that there is a baseline."""
    outcome = act.run(project.path, "push", workflow, number=99)
    assert outcome.code == 0, outcome.text
    assert project.baselines == {project.head}


def judged(act: Act, project: Project, workflow: str, wrong: int) -> Outcome:
    """Let a workflow judge a pull request."""
    project.branch(f"try-{wrong}", wrong=wrong)
    return act.run(project.path, "pull_request", workflow, project.pull_request(), number=wrong)


def test_pull_request(act: Act, project: Project, hub: Hub) -> None:
    workflow = project.add_workflow("pull-request.yml")
    keep_main(act, project, workflow)
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    project.branch("try", wrong=90)
    hub.push(project.head)
    good = act.run(project.path, "pull_request", workflow, project.pull_request())
    assert (good.code, good.jobs) == (0, {"train": "success", "mlgate": "success"}), good.text
    assert (act.folder / "artifacts/1/mlgate-report/report.html").exists()
    assert "### ✅ Model gate: passed" in good.summary
    (comment,) = hub.comments
    assert "### ✅ Model gate: passed" in comment
    assert (hub.checks[-1].sha, hub.checks[-1].conclusion) == (project.head, "success")

    # A second push: the same comment, a check run on the new commit, an annotation of the rule.
    # It uploads and downloads as on Enterprise Server.
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    page = (ROOT / "docs/enterprise-server.md").read_text(encoding="utf-8")
    (download,) = re.findall(r"`(\w{40} # v3-node20)`", page)
    (upload,) = re.findall(r"upload-artifact@(\w{40} # v3\S*)", page)
    older = re.sub(r"(download-artifact)@.*", rf"\1@{download}", text)
    project.write(workflow, re.sub(r"(upload-artifact)@.*", rf"\1@{upload}", older))
    project.commit("Try harder", train=TRAIN.format(wrong=200))
    hub.push(project.head)
    bad = act.run(project.path, "pull_request", workflow, project.pull_request(), number=2)
    assert (bad.code, bad.jobs) == (1, {"train": "success", "mlgate": "failure"})
    assert (act.folder / "artifacts/2/mlgate-report/report.html").exists()
    (comment,) = hub.comments
    assert "### ❌ Model gate: blocked" in comment
    assert "### ❌ Model gate: blocked" in bad.summary
    check = hub.checks[-1]
    assert (check.sha, check.conclusion) == (project.head, "failure")
    assert {one["path"] for one in check.annotations} == {"mlgate.yaml"}
    assert (hub.statuses[-1].sha, hub.statuses[-1].state) == (project.head, "failure")
    assert hub.env["GITHUB_API_URL"] not in comment


def test_without_permissions_the_gate_still_gates_and_says_what_is_missing(
    act: Act, project: Project, hub: Hub
) -> None:
    workflow = project.add_workflow("pull-request.yml")
    keep_main(act, project, workflow)
    hub.allow(contents="read")
    for wrong, code in ((90, 0), (200, 1)):
        project.branch(f"try-{wrong}", wrong=wrong)
        hub.push(project.head)
        outcome = act.run(
            project.path, "pull_request", workflow, project.pull_request(), number=wrong
        )
        assert outcome.code == code, outcome.text
        assert "Model gate" in outcome.summary
        warned = [one.message for one in outcome.annotations if one.level == "warning"]
        assert any("pull-requests: write" in message for message in warned), warned
    assert hub.comments == []
    assert any(one.where.get("file") == "mlgate.yaml" for one in outcome.annotations)


def test_a_training_that_fails_is_reported(act: Act, project: Project) -> None:
    workflow = project.add_workflow("pull-request.yml")
    project.git("checkout", "--quiet", "-B", "broken")
    project.commit("Break it", train="raise SystemExit('no such column: age')\n")
    outcome = act.run(project.path, "pull_request", workflow, project.pull_request())
    assert outcome.code == 1
    assert "no such column: age" in outcome.text
    assert (act.folder / "artifacts/1/mlgate-report/report.html").exists()


def test_a_job_that_hands_nothing_over_is_reported(act: Act, project: Project, hub: Hub) -> None:
    """Its packages cannot be installed, so that it does not come to train."""
    workflow = project.add_workflow("pull-request.yml")
    project.git("checkout", "--quiet", "-B", "broken")
    project.write("requirements.txt", "no-such-package\n")
    project.commit("Need more")
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    hub.push(project.head)
    outcome = act.run(project.path, "pull_request", workflow, project.pull_request())
    assert outcome.jobs == {"train": "failure", "mlgate": "failure"}
    (comment,) = hub.comments
    assert "the job that trains did not upload one" in comment
    assert (hub.statuses[-1].sha, hub.statuses[-1].state) == (project.head, "error")


def test_drafts_and_changes_of_words_pass_unjudged_until_they_are_more(
    act: Act, project: Project, hub: Hub
) -> None:
    workflow = project.add_workflow("pull-request.yml")
    project.commit("Judge code", config=f'{CONFIG}when: {{paths: ["**/*.py"], drafts: false}}\n')
    project.push("main")
    project.keep()
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")

    def opened(number: int, *, draft: bool = False) -> Outcome:
        hub.push(project.head)
        payload = project.pull_request(draft=draft)
        return act.run(project.path, "pull_request", workflow, payload, number=number)

    project.git("checkout", "--quiet", "-B", "words")
    project.write("README", "words")
    project.commit("Write words")
    words = opened(2)
    assert (words.code, words.jobs) == (0, {"train": "success", "mlgate": "success"}), words.text
    assert hub.checks[-1].conclusion == "skipped"
    assert (hub.statuses[-1].sha, hub.statuses[-1].state) == (project.head, "success")

    project.branch("draft", wrong=200)
    draft = opened(3, draft=True)
    assert (draft.code, hub.checks[-1].conclusion) == (0, "cancelled"), draft.text
    ready = opened(4)
    assert (ready.code, hub.checks[-1].conclusion) == (1, "failure"), ready.text
    assert (hub.statuses[-1].sha, hub.statuses[-1].state) == (project.head, "failure")


def test_baseline_is_kept_though_main_is_bad(act: Act, project: Project, hub: Hub) -> None:
    workflow = project.add_workflow("baseline.yml")
    project.commit("Worse than the rules allow", train=TRAIN.format(wrong=300))
    project.push("main")
    hub.know(project.path)
    hub.allow(contents="write", statuses="write")
    outcome = act.run(project.path, "push", workflow)
    assert outcome.code == 1
    assert project.baselines == {project.head}
    # Its commit remembers that, should the store ever be lost.
    (status,) = hub.statuses
    assert (status.sha, status.state) == (project.head, "failure")
    assert status.description.startswith("kept — ")
    # Started by hand on another branch it keeps nothing.
    project.git("checkout", "--quiet", "-b", "other")
    project.commit("Elsewhere", train=TRAIN.format(wrong=100))
    other = act.run(project.path, "workflow_dispatch", workflow, number=2)
    assert other.code == 0, other.text
    assert "no baseline kept: this is no run of main" in other.text
    assert len(project.baselines) == 1


def test_merge_queue_judges_what_main_will_be_and_keeps_nothing(
    act: Act, project: Project, hub: Hub
) -> None:
    workflow = project.add_workflow("merge-queue.yml")
    project.keep()
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    project.git("checkout", "--quiet", "-B", "gh-readonly-queue/main/pr-1-abc")
    project.commit("Merge pull request #1", train=TRAIN.format(wrong=200))
    group = {
        "base_ref": "refs/heads/main",
        "base_sha": project.git("rev-parse", "origin/main"),
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-1-abc",
        "head_sha": project.head,
    }
    payload = {"action": "checks_requested", "merge_group": group}
    outcome = act.run(project.path, "merge_group", workflow, payload)
    assert (outcome.code, outcome.jobs) == (1, {"train": "success", "mlgate": "failure"})
    assert "accuracy is worse than main" in outcome.text
    assert (hub.checks[-1].sha, hub.checks[-1].conclusion) == (project.head, "failure")
    assert (hub.statuses[-1].sha, hub.statuses[-1].state) == (project.head, "failure")
    assert hub.comments == []
    assert len(project.baselines) == 1


def test_organisation_adds_a_policy_that_the_repository_cannot_loosen(
    act: Act, project: Project
) -> None:
    workflow = project.add_workflow("organisation.yml")
    policy = type(project)(
        project.path.parent / "policy", act.folder / "repositories/octo/mlgate-policy.git"
    )
    policy.path.mkdir()
    policy.remote.mkdir(parents=True)
    policy.git("init", "--quiet", "--bare", "-b", "main", bare=True)
    policy.git("init", "--quiet", "-b", "main")
    policy.git("remote", "add", "origin", str(policy.remote))
    policy.write("policy.yaml", block("docs/organisation.md", "fairness.demographic_parity"))
    policy.commit("Demand fairness")
    policy.push("main")
    outcome = judged(act, project, workflow, wrong=100)
    assert outcome.code == 1, outcome.text
    # This repository does not measure it, so it is blocked until it does.
    assert "fairness.demographic_parity_difference[sex] was not measured" in outcome.text

    # A stricter rule than the repository's blocks what that one would let pass.
    policy.write("policy.yaml", "version: 1\ngates: {accuracy: {min: 0.95}}\n")
    policy.commit("Demand more")
    policy.push("main")
    worse = judged(act, project, workflow, wrong=101)
    assert worse.code == 1, worse.text
    assert "wanted: ≥ 0.950" in worse.text
    better = judged(act, project, workflow, wrong=30)
    assert better.code == 0, better.text


def test_dvc_trains_by_its_pipeline(act: Act, project: Project) -> None:
    stage = "stages:\n  train: {cmd: python3 train.py, deps: [train.py], outs: [predictions.csv]}\n"
    project.write("dvc.yaml", stage)
    project.write(".dvc/config", "[core]\n    no_scm = false\n    analytics = false\n")
    project.commit("Use DVC", config=CONFIG.replace("train: {run: python3 train.py}\n", ""))
    project.push("main")
    workflow = project.add_workflow("dvc.yml")
    known(act, project)
    outcome = judged(replace(act, programs=("dvc", "python")), project, workflow, wrong=100)
    assert outcome.code == 0, outcome.text
    assert "dvc repro" in outcome.text


def test_dvc_asks_for_remotes_on_main(act: Act, project: Project) -> None:
    workflow = project.add_workflow("dvc.yml")
    known(act, project)
    project.git("checkout", "--quiet", "-B", "try")
    project.write(".dvc/config", "[core]\n    analytics = false\n")
    project.commit("Use DVC")
    outcome = act.run(project.path, "pull_request", workflow, project.pull_request(), job="train")
    assert outcome.code == 1
    (problem,) = [one.message for one in outcome.annotations if one.level == "error"]
    assert problem == "the default branch has no folder .dvc: merge one first"


def test_dvc_is_installed_as_it_is_tested() -> None:
    """DVC 3.63.0, for one, does not start with today's releases of what it needs."""
    (installed,) = re.findall(r"dvc\[s3\]==(\S+)'", (ROOT / "workflows/dvc.yml").read_text())
    assert installed == version("dvc")


def known(act: Act, project: Project) -> None:
    """Let a checkout of another commit than the event's find the repository."""
    repositories = act.folder / "repositories/octo"
    repositories.mkdir(parents=True)
    (repositories / "model.git").symlink_to(project.remote)


def trained_elsewhere(
    act: Act, project: Project, hub: Hub, commit: str, *also: str, pr: int = 1
) -> Outcome:
    """Train the commit that is checked out, pack its results, and let the workflow judge them."""
    workflow = ".github/workflows/external-training.yml"
    subprocess.run(["python3", "train.py"], cwd=project.path, check=True, capture_output=True)
    results = act.folder / "results"
    results.mkdir(exist_ok=True)
    archive = ["tar", "-cf", results / f"{commit}.tar", "predictions.csv", *also]
    subprocess.run(archive, cwd=project.path, check=True)
    project.git("checkout", "--quiet", "--force", "main")
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    return act.run(
        project.path, "workflow_dispatch", workflow,
        inputs={"commit": commit, "pr": str(pr)}, variables={"RESULTS_URL": results.as_uri()},
    )  # fmt: skip


UNTRAINED = CONFIG.replace("train: {run: python3 train.py}\n", "")


def test_external_training_judges_the_results_of_a_commit(
    act: Act, project: Project, hub: Hub
) -> None:
    project.keep()
    workflow = project.add_workflow("external-training.yml")
    project.git("checkout", "--quiet", "-B", "try", "origin/main")
    commit = project.commit("Try", config=UNTRAINED, train=TRAIN.format(wrong=90))
    project.push("try")
    known(act, project)
    hub.push(commit)
    outcome = trained_elsewhere(act, project, hub, commit)
    assert outcome.code == 0, outcome.text
    assert "better than main" in outcome.text
    # What the pull request waits for, by the name that the workflow's first lines tell.
    (status,) = hub.statuses
    assert (status.sha, status.context, status.state) == (commit, "mlgate/model", "success")
    assert "`mlgate/NAME`" in (project.path / workflow).read_text(encoding="utf-8")
    assert len(hub.comments) == 1
    assert len(project.baselines) == 1

    # A newer head: results of the earlier one are not its.
    hub.push(project.branch("newer", wrong=100))
    late = act.run(
        project.path, "workflow_dispatch", workflow, number=2,
        inputs={"commit": commit, "pr": "1"},
        variables={"RESULTS_URL": (act.folder / "results").as_uri()},
    )  # fmt: skip
    assert late.code == 1
    assert "and these results are of" in late.text


def test_an_archive_of_results_brings_no_clone_and_no_rules(
    act: Act, project: Project, hub: Hub
) -> None:
    """Its main would be the branch's own commit, and its mlgate.yaml the one that judges."""
    project.keep()
    project.add_workflow("external-training.yml")
    project.git("checkout", "--quiet", "-B", "try", "origin/main")
    loose = UNTRAINED.replace("min: 0.8, max_regression: 0.02", "min: 0.1")
    commit = project.commit("Try", config=loose, train=TRAIN.format(wrong=300))
    project.push("try")
    known(act, project)
    hub.push(commit)
    project.git("update-ref", "refs/remotes/origin/main", commit)
    names = (".git/refs/remotes/origin/main", "mlgate.yaml")
    outcome = trained_elsewhere(act, project, hub, commit, *names)
    assert outcome.code == 1, outcome.text
    (status,) = hub.statuses
    assert (status.sha, status.state) == (commit, "failure"), status.description
    assert "(wanted: ≥ 0.800)" in status.description  # main's minimum


@pytest.mark.parametrize("link", ["out", "out/deep"])
def test_results_are_not_copied_through_a_link_of_the_commit(
    link: str, act: Act, project: Project, hub: Hub
) -> None:
    """Else the commit would choose where its results go: into .git, or another folder of the runner."""
    name = "out/deep/predictions.csv"
    text = project.path.joinpath(project.add_workflow("external-training.yml")).read_text("utf-8")
    changed = text.replace("for name in predictions.csv;", f"for name in {name};")
    assert changed != text
    project.put_workflow("external-training.yml", changed)
    project.git("checkout", "--quiet", "-B", "try")
    elsewhere = act.folder / "elsewhere"
    elsewhere.joinpath("deep").mkdir(parents=True)
    project.path.joinpath(link).parent.mkdir(exist_ok=True)
    project.path.joinpath(link).symlink_to(elsewhere)
    commit = project.commit("Lead elsewhere", config=UNTRAINED)
    project.push("try")
    known(act, project)
    hub.push(commit)
    outcome = trained_elsewhere(act, project, hub, commit, "--transform=s,^,out/deep/,")
    assert outcome.code == 1
    assert f"{name} leads through a link of this commit" in outcome.text
    assert [path.name for path in elsewhere.rglob("*")] == ["deep"]


def test_self_hosted_gpu_trains_in_one_job_and_judges_in_another(
    act: Act, project: Project, hub: Hub
) -> None:
    project.write(".gitignore", "out/\n")
    project.commit(
        "Write into a folder",
        config=CONFIG.replace("predictions.csv", "out/predictions.csv"),
        train=ELSEWHERE.format(wrong=100),
    )
    project.push("main")
    project.keep()
    workflow = project.add_workflow("self-hosted-gpu.yml")
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    project.git("checkout", "--quiet", "-b", "try")
    for wrong, code in ((90, 0), (200, 1)):
        project.commit(f"Try {wrong}", train=ELSEWHERE.format(wrong=wrong))
        hub.push(project.head)
        outcome = act.run(
            project.path, "pull_request", workflow, project.pull_request(), number=wrong
        )
        assert outcome.code == code, outcome.text
        assert outcome.jobs == {"train": "success", "mlgate": "success" if not code else "failure"}
        (comment,) = hub.comments
        assert "trained in" in comment

    project.commit("Break it", train="raise SystemExit('no GPU')\n")
    hub.push(project.head)
    broken = act.run(project.path, "pull_request", workflow, project.pull_request(), number=1000)
    assert broken.jobs == {"train": "failure", "mlgate": "failure"}
    assert "training failed" in hub.comments[0], broken.text


def test_a_fork_is_judged_without_a_secret_and_told_by_a_trusted_stage(
    act: Act, project: Project, hub: Hub
) -> None:
    hub.local.repo.commit("main", "The rules", {"mlgate.yaml": CONFIG.encode()})
    project.keep()
    compute = project.add_workflow("fork-safe.yml", "mlgate.yml")
    publish = project.add_workflow("fork-safe-publish.yml")
    for number, wrong, word in ((501, 90, "passed"), (502, 200, "blocked")):
        hub.allow(contents="read")
        project.branch(f"try-{wrong}", wrong=wrong)
        head = project.head
        hub.push(head)
        first = act.run(
            project.path, "pull_request", compute, project.pull_request(), number=number
        )
        assert first.code == (word == "blocked"), first.text
        uploaded = act.folder / "artifacts" / str(number)
        assert [path.name for path in uploaded.rglob("*.*")] == ["mlgate-bundle.zip"]

        hub.allow(
            actions="read",
            contents="write",
            pull_requests="write",
            checks="write",
            statuses="write",
        )
        project.git("checkout", "--quiet", "main")
        event = hub.finished(number, head, uploaded, fork="mallory/model")
        second = act.run(project.path, "workflow_run", publish, event, number=number + 100)
        assert second.code == 0, second.text
        assert second.jobs["published"] == "success"
        (comment,) = hub.comments
        assert f"Model gate: {word}" in comment
        assert hub.checks[-1].sha == head
    # Each evaluation has left a line that no pull request can write.
    assert len(project.ledger) == 3  # main's own, and these

    # By hand, as the page shows it for a stage two that failed.
    (words,) = commands(block("docs/forks.md", "publish --from-run"))
    hub.finished(int(words[2]), head, uploaded, fork="mallory/model")
    by_hand = {**hub.env, "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "octo/model"}
    told = project.mlgate(*words, **by_hand)
    assert "updated: " in told

    # A run of a workflow that only has the name is refused, and the last job tells so.
    event = hub.finished(503, head, uploaded, "mallory/model", ".github/workflows/mine.yml")
    refused = act.run(project.path, "workflow_run", publish, event, number=700)
    assert refused.code == 1
    assert refused.jobs == {"publish": "failure", "published": "failure"}
    assert ".github/workflows/mine.yml" in refused.text
    # One of another fork at the same commit is of no open pull request: nothing to tell.
    event = hub.finished(504, head, uploaded, "eve/model")
    hub.local.repo.issues[1].pull.head_repository = "mallory/model"
    late = act.run(project.path, "workflow_run", publish, event, number=701)
    assert late.code == 0, late.text
    assert "run 504 is out of date" in late.text
    assert len(hub.comments) == 1
