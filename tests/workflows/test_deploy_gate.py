"""The deployment gate: what main's run of a commit allows, and the key that refuses the rest."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sigstore_authority import Authority
from tests.contract.pages import ROOT, Page, commands
from tests.workflows.hub import APP, TOKEN
from tests.workflows.project import CONFIG, TRAIN
from tests.workflows.snippets import block, followed, swapped

if TYPE_CHECKING:
    from typing import Any

    from tests.workflows.act import Act, Outcome
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
MODEL = 'open("model.joblib", "w").write(f"a model that is wrong on {WRONG}")\n'
ARTIFACTS = CONFIG.replace(
    "train: {run: python3 train.py}", "train: {run: python3 train.py, artifacts: [model.joblib]}"
)
CALLER = """\
name: deploy
on:
  workflow_dispatch:
    inputs: {commit: {type: string}, run: {type: string}}
permissions: {}
jobs:
  gate:
    uses: mlgate/mlgate/.github/workflows/model-deploy-gate.yml@v0
    permissions: {contents: read, actions: read, checks: read, attestations: read, deployments: write}
    with: {model: model.joblib, run-id: "${{ inputs.run }}", commit: "${{ inputs.commit }}"}
  deploy:
    name: deploy
    needs: gate
    runs-on: ubuntu-latest
    steps:
      - env: {SHA256: "${{ needs.gate.outputs.sha256 }}"}
        run: echo "deploying $SHA256" >> "$GITHUB_STEP_SUMMARY"
"""
ATTESTED = CALLER.replace(
    "with: {",
    "with: {require-attestation: true, signer-workflow: .github/workflows/mlgate.yml,"
    " signer-ref: refs/heads/release, trusted-root: root.json, ",
)
FILE = ".github/workflows/deploy.yml"
RUN = "7"
DEPLOYING = "docs/deploying.md"


@pytest.fixture
def model(act: Act, project: Project, hub: Hub) -> Project:
    """Main with a model that its run uploaded, and the results kept."""
    project.write(".gitignore", "predictions.csv\nmodel.joblib\n")
    project.write("deploy.sh", 'echo "deployed $(cat "$1")" >> "$GITHUB_STEP_SUMMARY"\n')
    project.path.joinpath("deploy.sh").chmod(0o755)
    train(act, project, 100)
    hub.allow(
        contents="read", actions="read", checks="read", attestations="read", deployments="write"
    )
    return project


def train(act: Act, project: Project, wrong: int, config: str = ARTIFACTS) -> str:
    """Let main's run train a model, keep its results and upload it; give the commit."""
    project.commit(f"Train {wrong}", config=config, train=TRAIN.format(wrong=wrong) + MODEL)
    project.push("main")
    project.git("fetch", "--quiet")
    commit = project.keep()
    upload(act, project.path.joinpath("model.joblib").read_bytes())
    return commit


def upload(act: Act, content: bytes) -> None:
    folder = act.folder / "artifacts" / RUN / "model"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("model.joblib").write_bytes(content)


def deploy(act: Act, project: Project, workflow: str, number: int = 1) -> Outcome:
    inputs = {"commit": project.head, "run": RUN}
    return act.run(project.path, "workflow_dispatch", workflow, inputs=inputs, number=number)


def refusals(outcome: Outcome) -> list[str]:
    """The keys that refused, as the run's page lists them."""
    errors = [one for one in outcome.annotations if one.where.get("title") == "mlgate verify"]
    return [one.message.partition(": ")[0] for one in errors]


def states(deployment: Any) -> list[str]:
    return [one.state for one in deployment.statuses]


def test_the_model_of_a_commit_is_deployed_or_refused(act: Act, model: Project, hub: Hub) -> None:
    workflow = model.add_workflow("deploy-gate.yml", "deploy.yml")
    commit = train(act, model, 90)
    good = deploy(act, model, workflow)
    assert good.code == 0, good.text
    assert "deployed a model that is wrong on 90" in good.summary
    assert "may be deployed" in good.summary
    (made,) = hub.deployments
    assert (made.sha, made.environment) == (commit, "production-gate")
    assert states(made) == ["in_progress", "success"]
    assert made.statuses[-1].log_url.endswith("/octo/model/actions/runs/1")

    # Another file than the one that this commit's run made; fetched as on Enterprise Server.
    upload(act, b"another model")
    text = model.path.joinpath(workflow).read_text(encoding="utf-8")
    fetch = block("docs/enterprise-server.md", "gh run download")
    model.write(workflow, swapped(text, "actions/download-artifact@", fetch))
    other = deploy(act, model, workflow, number=2)
    assert other.code == 1
    assert "deployed a model" not in other.summary
    assert any(one.message.startswith("train.artifacts: ") for one in other.annotations)
    assert "train.artifacts" in other.summary
    assert states(hub.deployments[-1]) == ["in_progress", "failure"]
    assert hub.deployments[-1].statuses[-1].description.startswith("train.artifacts: ")

    # A commit whose run has not been kept: there is nothing to decide from.
    model.commit("Later")
    model.push("main")
    missing = deploy(act, model, workflow, number=3)
    assert missing.code == 1
    assert "baseline.store" in missing.text
    assert states(hub.deployments[-1]) == ["in_progress", "error"]


def test_an_attestation_that_is_asked_for_must_be_there(
    act: Act, project: Project, hub: Hub
) -> None:
    """docs/deploying.md from the store's branch to the attestation, each step as the page shows it.

    Not shown: that an App's token may push where a ruleset lets nobody else, since the remote is
    a folder; and that GitHub gives the run an identity and Sigstore signs, which an authority of
    the tests does.
    """
    upload, attest, verify = (
        block(DEPLOYING, one)
        for one in (
            "{name: model, path: model.joblib",
            "actions/attest@",
            "signer-workflow: .github/workflows/mlgate.yml   #",
        )
    )
    main = followed(block(DEPLOYING, "- id: app"), "uses: mlgate/mlgate@v0", upload + attest)
    keep = project.put_workflow("mlgate.yml", main)
    workflow = project.add_workflow("deploy-gate.yml", "deploy.yml")
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    project.write("deploy.sh", 'echo "deployed $(cat "$1")" >> "$GITHUB_STEP_SUMMARY"\n')
    project.path.joinpath("deploy.sh").chmod(0o755)
    project.write(".gitignore", "predictions.csv\nmodel.joblib\n")
    asked = block(DEPLOYING, "artifacts: [model.joblib]") + block(DEPLOYING, "store: ")
    config = CONFIG.replace("train: {run: python3 train.py}\n", asked)
    project.commit("Train", config=config, train=TRAIN.format(wrong=100) + MODEL)
    for words in (("run",), ("baseline", "save", "--push")):
        project.mlgate(*words)

    # Main's run keeps its results with the App's token, uploads the model and has it signed.
    commit = project.commit("Train better", train=TRAIN.format(wrong=90) + MODEL)
    project.push("main")
    kept = replace(act, programs=("python",)).run(
        project.path, "push", keep, number=int(RUN),
        variables={"STORE_APP": APP["client-id"]}, secrets={"STORE_KEY": APP["private-key"]},
    )  # fmt: skip
    assert kept.code == 0, kept.text
    assert commit in project.git("ls-tree", "-r", "--name-only", "mlgate-baselines", bare=True)
    (signed,) = (act.folder / "attested").iterdir()
    digest = hashlib.sha256(b"a model that is wrong on 90").hexdigest()
    assert signed.name == digest

    hub.allow(
        contents="read", actions="read", checks="read", attestations="read", deployments="write"
    )
    authority = Authority()
    project.write("root.json", authority.root)
    repository = f"{hub.env['GITHUB_SERVER_URL']}/octo/model"

    def attested_by(name: str) -> None:
        signer = f"{repository}/.github/workflows/{name}@refs/heads/main"
        bundle = authority.attest(digest, repository, signer, commit)
        hub.local.repo.attestations.setdefault(f"sha256:{digest}", []).append(bundle)

    uncommented = text.replace("# require", "trusted-root: root.json\n          require")
    project.write(workflow, uncommented.replace("# signer-workflow", "signer-workflow"))
    none = deploy(act, project, workflow)
    assert (none.code, refusals(none)) == (1, ["--require-attestation"]), none.text
    assert "it has no attestation" in none.text

    root = "    trusted-root: root.json\n"
    project.write(workflow, swapped(text, "actions/verify@v0", verify + root))
    attested_by("somebody.yml")  # of this file, but anybody with a workflow can make one
    other = deploy(act, project, workflow, number=2)
    assert (other.code, refusals(other)) == (1, ["--require-attestation"])
    assert "mlgate.yml@refs/heads/main" in other.text

    attested_by("mlgate.yml")
    good = deploy(act, project, workflow, number=3)
    assert good.code == 0, good.text
    assert "deployed a model that is wrong on 90" in good.summary

    # And by hand, as the page has it in a sentence.
    project.write("model.joblib", "a model that is wrong on 90")
    (by_hand,) = (one for one in Page(ROOT / DEPLOYING).code() if "--signer-workflow" in one)
    (words,) = commands(by_hand)
    variables = {**hub.env, "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "octo/model"}
    told = project.mlgate(*words, "--trusted-root", "root.json", **variables)
    assert "model.joblib may be deployed" in told


def test_the_reusable_gate(act: Act, model: Project, hub: Hub) -> None:
    model.write(FILE, CALLER)
    train(act, model, 90)
    good = deploy(act, model, FILE)
    assert good.code == 0, good.text
    digest = hashlib.sha256(b"a model that is wrong on 90").hexdigest()
    assert f"deploying {digest}" in good.summary

    # Main is what main is: a model that broke its rules is kept there, and not deployed.
    train(act, model, 300)
    bad = deploy(act, model, FILE, number=2)
    assert bad.code == 1
    assert bad.jobs["deploy-gate"] == "failure"
    assert "deploying" not in bad.summary
    assert "policy.deploy.accept" in bad.summary
    assert "accuracy" in bad.summary

    train(act, model, 91, ARTIFACTS + "policy: {deploy: {max_age: 1s}}\n")
    old = deploy(act, model, FILE, number=3)
    assert old.code == 1
    assert "policy.deploy.max_age" in old.summary
    assert [states(one)[-1] for one in hub.deployments] == ["success", "failure", "failure"]


def test_the_reusable_gate_asks_for_an_attestation_on_the_ref_that_is_named(
    act: Act, model: Project, hub: Hub
) -> None:
    authority = Authority()
    model.write(FILE, ATTESTED)
    model.write("root.json", authority.root)
    commit = train(act, model, 90)
    digest = hashlib.sha256(b"a model that is wrong on 90").hexdigest()
    repository = f"{hub.env['GITHUB_SERVER_URL']}/octo/model"
    for number, ref in enumerate(("refs/heads/main", "refs/heads/release"), start=1):
        signer = f"{repository}/.github/workflows/mlgate.yml@{ref}"
        bundle = authority.attest(digest, repository, signer, commit, ref)
        hub.local.repo.attestations[f"sha256:{digest}"] = [bundle]
        outcome = deploy(act, model, FILE, number=number)
        allowed = ref == "refs/heads/release"
        assert (outcome.code == 0) == allowed, outcome.text
        assert (f"deploying {digest}" in outcome.summary) == allowed
        assert refusals(outcome) == ([] if allowed else ["--require-attestation"])
