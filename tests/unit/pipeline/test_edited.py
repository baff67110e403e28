"""When the outcome of an earlier run stands."""

from __future__ import annotations

import dataclasses
import datetime as dt

import local_github
import pytest

from mlgate.demo.github.world import LocalRun
from mlgate.errors import ExitCode
from mlgate.pipeline.judging.edited import Head, last_outcome

WORKFLOW = ".github/workflows/mlgate.yml"


@pytest.fixture
def local():
    with local_github.running() as running:
        running.repo.issues[1].pull.head_repository = local_github.NAME
        yield running


def ran(local, run, conclusion="success", **fields):
    """Let GitHub know a run of the pull request's head."""
    when = dt.datetime(2026, 11, 20, 12, run, tzinfo=dt.UTC)
    made = LocalRun(
        run, run, 1, "pull_request", WORKFLOW, "mlgate", local.head, "feature", local_github.NAME,
        when, conclusion=conclusion,
    )  # fmt: skip
    local.repo.runs[run] = dataclasses.replace(made, **fields)


def outcome(local):
    head = Head(900, WORKFLOW, 1, local.head, "feature", local_github.NAME)
    last = last_outcome(local.forge(), head)
    return None if last is None else (last.run.id, last.code)


def test_the_last_run_counts(local):
    assert outcome(local) is None
    ran(local, 1)
    assert outcome(local) == (1, ExitCode.OK)
    ran(local, 2, "failure")
    assert outcome(local) == (2, ExitCode.BLOCKED)


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "timed_out", "neutral", None])
def test_a_run_that_did_not_judge_counts_for_nothing_and_hides_those_before(local, conclusion):
    ran(local, 1)
    ran(local, 2, conclusion)
    assert outcome(local) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"path": ".github/workflows/other.yml"},
        {"event": "push"},
        {"head_sha": "f" * 40},
        {"head_branch": "other"},
        {"head_repository": "mallory/model"},
    ],
)
def test_runs_of_something_else_do_not_count(local, fields):
    ran(local, 1, **fields)
    assert outcome(local) is None


def test_its_own_run_does_not_count(local):
    ran(local, 1, id=900)
    assert outcome(local) is None


@pytest.mark.parametrize("event", ["base_ref_changed", "ready_for_review", "convert_to_draft"])
def test_a_run_for_an_earlier_base_or_of_a_draft_does_not_count(event, local):
    ran(local, 1)
    local.repo.issues[1].pull.events.append(
        (event, dt.datetime(2026, 11, 20, 12, 2, tzinfo=dt.UTC))
    )
    assert outcome(local) is None
    ran(local, 3, "failure")
    assert outcome(local) == (3, ExitCode.BLOCKED)


def test_nothing_stands_while_a_run_is_under_way(local):
    ran(local, 1)
    ran(local, 2, None, status="queued")
    assert outcome(local) is None


def test_runs_of_a_second_pull_request_of_the_branch_cannot_be_told_apart(local):
    ran(local, 1)
    second = local.repo.pull("Again", [local.head], head_repository=local_github.NAME)
    second.state = "closed"
    assert outcome(local) is None
