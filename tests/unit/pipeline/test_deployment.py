"""The record of a decision: a deployment on a GitHub, whose failures decide nothing."""

from __future__ import annotations

import pytest
from local_github import NAME, TOKEN, Local

from mlgate.errors import DataError
from mlgate.forges.data import CheckReport
from mlgate.model.run_stamp import RunStamp
from mlgate.pipeline.deployment import DeploymentOptions, recorded
from mlgate.rollout.decision import Decision, Refusal

RUN = "https://github.example/octo/model/actions/runs/9"
REFUSED = Refusal(key="policy.deploy.max_age", reason="the run is 31 days old", hint="run it again")


def decision(*refusals: Refusal) -> Decision:
    return Decision(
        model="model.joblib", sha256="a" * 64, name="income", commit="c" * 40, verdict="pass",
        headline="Model gate: passed", measured="2026-11-21T12:00:00Z", source="the store",
        refusals=refusals,
    )  # fmt: skip


def wish(local: Local, **more: str) -> DeploymentOptions:
    return DeploymentOptions("production-gate", local.head, {"run": 9, "attempt": 1}, RUN, **more)


def said(local: Local) -> list[tuple[str, str, str]]:
    (made,) = local.repo.deployments.values()
    assert (made.sha, made.environment) == (local.head, "production-gate")
    return [(one.state, one.description, one.log_url) for one in made.statuses]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_decision_is_a_deployment_with_its_statuses(local_github: Local, allowed: bool) -> None:
    made = decision(*([] if allowed else [REFUSED]))
    warnings: list[str] = []
    found, number = recorded(
        local_github.forge(), wish(local_github), lambda: made, warnings.append
    )
    assert found is made
    assert list(local_github.repo.deployments) == [number]
    begun, ended = said(local_github)
    assert begun == ("in_progress", "The model is verified", RUN)
    words = "model.joblib may be deployed: verdict pass"
    refused = "policy.deploy.max_age: the run is 31 days old"
    assert ended == (("success", words, RUN) if allowed else ("failure", refused, RUN))
    assert warnings == []


def test_the_log_is_the_commits_report_where_there_is_one(local_github: Local) -> None:
    forge = local_github.forge()
    report = CheckReport("mlgate: income", "passed", "text", "success", stamp=RunStamp(1))
    check = forge.checks.put(local_github.head, report)
    recorded(forge, wish(local_github), decision, print)
    assert said(local_github)[-1][2] == check.url
    given = wish(local_github, report_url="https://example.org/report.html")
    _, number = recorded(forge, given, decision, print)
    assert number is not None
    statuses = local_github.repo.deployments[number].statuses
    assert statuses[-1].log_url == "https://example.org/report.html"


def test_what_cannot_be_decided_ends_as_an_error(local_github: Local) -> None:
    def decide() -> Decision:
        raise DataError("commit abc has no baseline in the store (baseline.store: ref)")

    with pytest.raises(DataError):
        recorded(local_github.forge(), wish(local_github), decide, print)
    state, text, log_url = said(local_github)[-1]
    assert (state, log_url) == ("error", RUN)
    assert "baseline.store" in text


def test_without_the_permission_it_is_decided_all_the_same(local_github: Local) -> None:
    local_github.world.actions_token(TOKEN, contents="read")
    warnings: list[str] = []
    found, number = recorded(
        local_github.forge(), wish(local_github), lambda: decision(REFUSED), warnings.append
    )
    assert not found.allowed
    assert number is None
    (warning,) = warnings
    assert "deployments: write" in warning
    assert NAME not in warning
