"""`mlgate verify` on real repositories: what may be deployed, and which key refuses the rest."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sigstore_authority import Authority

from mlgate.errors import DataError, StoreError, UsageError
from mlgate.model.lineage import ExternalRun
from mlgate.pipeline import save_baseline
from mlgate.pipeline.verify import Demand, verify

if TYPE_CHECKING:
    # The fixture's type lives in a conftest, which cannot be imported by name.
    from conftest import Repository
    from mlgate.rollout.decision import Decision

CONFIG = """\
version: 1
name: toy
task: binary
train: {run: "python train.py && cp quality.json out/model.json", artifacts: [out/model.json]}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted, score: score}
gates:
  accuracy: {min: LIMIT}
"""


@pytest.fixture
def deployed(repository: Repository) -> Repository:
    """Main with an artifact, its run kept."""
    return released(repository)


def released(repository: Repository, limit: float = 0.8, extra: str = "") -> Repository:
    repository.write("mlgate.yaml", CONFIG.replace("LIMIT", str(limit)) + extra)
    repository.commit("config")
    repository.run()
    repository.save()
    return repository


def decide(repository: Repository, **kwargs: object) -> Decision:
    days = dt.timedelta(days=float(kwargs.pop("days", 0)))  # type: ignore[arg-type]
    context = replace(repository.context, now=repository.context.now + days)
    return verify(context, Path("out/model.json"), **kwargs)  # type: ignore[arg-type]


def keys(decision: Decision) -> list[str]:
    return [one.key for one in decision.refusals]


def test_the_model_of_a_passing_run_may_be_deployed(deployed: Repository) -> None:
    found = decide(deployed)
    assert found.allowed
    assert found.verdict == "pass"
    assert found.commit == deployed.git("rev-parse", "HEAD")
    assert "store (ref)" in found.source


def test_another_model_is_refused(deployed: Repository) -> None:
    deployed.write("out/model.json", "{}")
    found = decide(deployed)
    assert keys(found) == ["train.artifacts"]
    assert "out/model.json" in found.refusals[0].reason


def test_an_old_run_is_refused(deployed: Repository) -> None:
    assert decide(deployed, days=29).allowed
    found = decide(deployed, days=31)
    assert keys(found) == ["policy.deploy.max_age"]
    assert "31 days" in found.refusals[0].reason


def test_a_run_of_the_future_is_refused(deployed: Repository) -> None:
    assert decide(deployed, days=-0.04).allowed
    found = decide(deployed, days=-3)
    assert keys(found) == ["policy.deploy.max_age"]
    assert "clock" in found.refusals[0].reason


@pytest.mark.parametrize("accepted", [True, False])
def test_results_of_a_tracking_server_have_to_be_accepted(
    repository: Repository, accepted: bool
) -> None:
    external = ExternalRun(kind="mlflow", id="r1", url="https://mlflow.example.com/#/runs/r1")
    section = f"policy: {{deploy: {{external: {str(accepted).lower()}}}}}\n"
    repository.write("mlgate.yaml", CONFIG.replace("LIMIT", "0.8") + section)
    repository.commit("config")
    folder = repository.run().dir
    folder.write_run(folder.read_run().model_copy(update={"external": external}))
    repository.save()
    refused = [] if accepted else ["policy.deploy.external"]
    assert keys(decide(repository)) == refused


def test_a_failed_gate_is_refused_and_named(repository: Repository) -> None:
    found = decide(released(repository, limit=0.95))
    assert keys(found) == ["policy.deploy.accept"]
    assert "accuracy.min" in found.refusals[0].hint


@pytest.mark.parametrize(("accept", "allowed"), [("", True), ("accept: [pass]", False)])
def test_a_waived_gate(repository: Repository, accept: str, allowed: bool) -> None:
    waiver = (
        f"policy: {{deploy: {{{accept}}}}}\n"
        "waivers: [{gate: accuracy.min, reason: known, until: 2026-12-01}]\n"
    )
    released(repository, limit=0.95, extra=waiver)
    assert decide(repository).allowed is allowed
    # After its last day a waiver no longer counts, also for what was judged before.
    assert keys(decide(repository, days=15)) == ["policy.deploy.accept"]


def test_an_undecided_gate_needs_to_be_accepted(repository: Repository) -> None:
    released(repository, limit=0.9)
    assert keys(decide(repository)) == ["policy.deploy.accept"]


def test_an_undecided_gate_may_be_accepted(repository: Repository) -> None:
    extra = "policy: {deploy: {accept: [pass, inconclusive]}}\n"
    assert decide(released(repository, limit=0.9, extra=extra)).allowed


class Bundles:
    """What GitHub holds about a file: attestations of others, or none."""

    def __init__(self, *bundles: bytes) -> None:
        self.bundles, self.asked = bundles, ""

    def of(self, sha256: str) -> tuple[bytes, ...]:
        self.asked = sha256
        return self.bundles


def test_an_attestation_may_be_required(deployed: Repository) -> None:
    bundles = Bundles()
    demand = Demand(bundles, "o/r", "https://github.com", ".github/workflows/m.yml")
    found = decide(deployed, demand=demand)
    assert keys(found) == ["--require-attestation"]
    assert "it has no attestation" in found.refusals[0].reason
    assert bundles.asked == found.sha256


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"sha256": "a" * 64}, False),
        ({"repository": "https://github.com/o/fork"}, False),
        ({"workflow": "https://github.com/o/r/.github/workflows/x.yml@refs/heads/main"}, False),
        ({"commit": "b" * 40}, False),
        ({"ref": "refs/heads/feature"}, False),
    ],
    ids=lambda value: "-".join(value) or "the-very-one" if isinstance(value, dict) else None,
)
def test_an_attestation_is_of_this_file_workflow_ref_and_commit(
    deployed: Repository, changed: dict[str, str], allowed: bool
) -> None:
    authority = Authority()
    root = deployed.root.parent / "root.json"
    root.write_text(authority.root)
    said = {
        "sha256": decide(deployed).sha256,
        "repository": "https://github.com/o/r",
        "workflow": "https://github.com/o/r/.github/workflows/m.yml@refs/heads/main",
        "commit": deployed.git("rev-parse", "HEAD"),
    }
    bundle = json.dumps(authority.attest(**(said | changed))).encode()
    demand = Demand(
        Bundles(bundle), "o/r", "https://github.com", ".github/workflows/m.yml", trusted_root=root
    )
    found = decide(deployed, demand=demand)
    assert keys(found) == ([] if allowed else ["--require-attestation"])


def test_a_commit_that_nobody_merged_is_refused(deployed: Repository) -> None:
    """Its baseline was kept by hand."""
    deployed.branch("feature")
    deployed.quality(0.95)
    deployed.run()
    deployed.save()
    found = decide(deployed)
    assert keys(found) == ["baseline.branch"]
    assert "is not on main" in found.refusals[0].reason
    deployed.git("checkout", "--quiet", "main")
    deployed.git("merge", "--quiet", "--ff-only", "feature")
    assert decide(deployed).allowed


def test_the_branch_is_the_remotes_and_a_shallow_clone_fetches_what_it_needs(
    repository: Repository,
) -> None:
    remote = repository.root.parent / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    repository.git("remote", "add", "origin", str(remote))
    repository.git("push", "--quiet", "origin", "main")
    released(repository)
    kept = repository.git("rev-parse", "HEAD")
    repository.git("push", "--quiet", "origin", "HEAD:feature")
    save_baseline.save(repository.context, push=True)
    # This clone's own main has the commit, the remote's has not.
    assert keys(decide(repository)) == ["baseline.branch"]

    for number in range(3):
        repository.commit(f"later {number}")
    repository.git("push", "--quiet", "origin", "main")
    clone = repository.root.parent / "clone"
    command = ["git", "clone", "--quiet", "--depth=1", "-b", "main", remote.as_uri(), str(clone)]
    subprocess.run(command, check=True)
    shutil.copytree(repository.root / "out", clone / "out")
    shallow = replace(repository, root=clone, context=replace(repository.context, cwd=clone))
    assert decide(shallow, commit=kept).allowed


def test_a_looser_policy_in_the_work_tree_changes_nothing(repository: Repository) -> None:
    released(repository, limit=0.95)
    repository.write("mlgate.yaml", CONFIG.replace("LIMIT", "0.1"))
    assert keys(decide(repository)) == ["policy.deploy.accept"]


def test_a_run_under_another_policy_is_refused(deployed: Repository) -> None:
    """As if a pull request's run, judged by its base, had been put into the store."""
    folder = deployed.root / ".mlgate"
    run = json.loads((folder / "run.json").read_text())
    run["judges"][0]["digest"] = "sha256:0"
    (folder / "run.json").write_text(json.dumps(run))
    assert keys(decide(deployed, evidence=folder)) == ["policy"]


def test_an_organisations_policy_counts_too(deployed: Repository) -> None:
    (deployed.root / "org.yaml").write_text("version: 1\ngates: {accuracy: {min: 0.95}}\n")
    context = replace(deployed.context, policies=(Path("org.yaml"),))
    found = verify(context, Path("out/model.json"))
    assert keys(found) == ["policy.deploy.accept"]


def test_a_training_that_recorded_nothing(repository: Repository) -> None:
    repository.run()
    repository.save()
    repository.write("out/model.json", "{}")
    found = decide(repository)
    assert keys(found)[-1] == "train.artifacts"
    assert "recorded no artifact" in found.refusals[-1].reason


def test_a_commit_without_a_baseline(deployed: Repository) -> None:
    deployed.commit("later", note="x")
    with pytest.raises(DataError, match="has no baseline"):
        decide(deployed)
    assert decide(deployed, commit="HEAD~1").allowed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"commit": "HEAD~9"}, "HEAD~9"), ({"evidence": Path("nowhere")}, "not a run directory")],
)
def test_what_is_not_there(deployed: Repository, arguments: dict[str, object], told: str) -> None:
    with pytest.raises((UsageError, DataError, StoreError), match=told):
        decide(deployed, **arguments)


def test_a_model_that_is_not_there(deployed: Repository) -> None:
    with pytest.raises(UsageError, match=r"there is no out/nothing.bin"):
        verify(deployed.context, Path("out/nothing.bin"))


def test_damaged_evidence_is_no_pass(deployed: Repository) -> None:
    copy = deployed.root / "copy"
    shutil.copytree(deployed.root / ".mlgate", copy)
    (copy / "evidence" / "compare.json").write_text("{}")
    with pytest.raises(StoreError, match=r"evidence/compare.json .* is damaged"):
        decide(deployed, evidence=copy)


def test_evidence_of_another_commit_is_no_pass(deployed: Repository) -> None:
    copy = deployed.root.parent / "copy"
    shutil.copytree(deployed.root / ".mlgate", copy)
    deployed.commit("later", note="x")
    with pytest.raises(DataError, match="not of"):
        decide(deployed, evidence=copy)


@pytest.mark.parametrize("store", ["ref", "branch:kept"])
def test_with_a_remote_only_what_is_there_counts(repository: Repository, store: str) -> None:
    """A training of the same user could have written this clone's own refs."""
    remote = repository.root.parent / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    repository.git("remote", "add", "origin", str(remote))
    released(repository, extra=f"baseline: {{store: '{store}'}}\n")
    with pytest.raises(DataError, match="has no baseline"):
        decide(repository)
    repository.git("push", "--quiet", "origin", "main")
    save_baseline.save(repository.context, push=True)
    assert decide(repository).allowed
