"""Which claims of a newer run are believed."""

from __future__ import annotations

import pytest

from mlgate.demo.github.world import LocalRun
from mlgate.forges import sticky
from mlgate.forges.data import CheckReport, Place
from mlgate.forges.newer import NewerRuns
from mlgate.model.run_stamp import RunStamp

BOT = "github-actions[bot]"
NO_RUNS = "ghs_may_not_read_runs"


@pytest.fixture
def local(local_github):
    local_github.world.actions_token(NO_RUNS, pull_requests="write", checks="write")
    return local_github


def run(local, number, *, sha=None, branch="feature", repository="octo/model", attempt=1):
    local.repo.runs[number] = LocalRun(
        number, number, attempt, "pull_request", "x.yml", "x", sha or local.head, branch,
        repository, local.world.now(),
    )  # fmt: skip


def vouch(local, stamp, *, place=True, token=None, sha=None):
    forge = local.forge() if token is None else local.forge(token)
    where = Place.pull(1) if place else None
    return NewerRuns(forge, where, sha or local.head).vouch(stamp)


def test_a_run_that_is_not_there_is_none(local):
    assert vouch(local, RunStamp(10**17)) is False


def test_nor_is_an_attempt_that_was_not_begun(local):
    run(local, 5)
    assert vouch(local, RunStamp(5, 2)) is False
    assert vouch(local, RunStamp(5, 1)) is True


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ({}, True),
        ({"sha": "c" * 40}, True),  # a later commit of the same branch
        ({"sha": "c" * 40, "branch": "another"}, None),
        ({"sha": "c" * 40, "repository": "mallory/model"}, None),
        ({"branch": "another"}, True),  # this very commit
    ],
)
def test_a_run_is_of_this_change_by_its_commit_or_branch(local, where, answer):
    run(local, 5, **where)
    assert vouch(local, RunStamp(5)) is answer


def test_without_a_pull_request_it_must_be_of_the_commit(local):
    run(local, 5)
    run(local, 6, sha="c" * 40)
    assert vouch(local, RunStamp(5), place=False) is True
    assert vouch(local, RunStamp(6), place=False) is None


def test_where_runs_cannot_be_read_a_newer_commit_speaks_for_it(local):
    assert vouch(local, RunStamp(5), token=NO_RUNS, sha=local.before) is True
    assert vouch(local, RunStamp(5), token=NO_RUNS) is None


def test_each_is_asked_about_once(local):
    newer = NewerRuns(local.forge(), Place.pull(1), local.head)
    for _ in range(3):
        newer.vouch(RunStamp(5))
    assert len(local.requests) == 1


def post(local, text, number, **more):
    forge = local.forge(NO_RUNS)
    return sticky.post(
        forge.comments, Place.pull(1), key="gate", text=text, stamp=RunStamp(number),
        patience=forge.patience, **more,
    )  # fmt: skip


def forged(local, number=10**17):
    marker = sticky.marker("gate", RunStamp(number))
    return local.repo.comment(1, f"{marker}\nAll is well.", BOT)


def test_what_cannot_be_known_and_was_there_before_is_replaced(local):
    first, second = forged(local), forged(local, 10**16)
    local.clock.now += 60
    assert post(local, "blocked", 5, vouch=lambda stamp: None).outcome == "updated"
    (body,) = local.bodies()
    assert body.endswith("\nblocked")
    assert first.id < second.id


def test_what_cannot_be_known_and_is_written_meanwhile_is_left_so_that_no_two_fight(local):
    written = []

    def meanwhile(seen, carry_out):
        answer = carry_out()
        if seen.verb == "POST" and not written:
            written.append(local.repo.on(1)[0])
            written[0].body = f"{sticky.marker('gate', RunStamp(7))}\nrun 7"
        return answer

    local.server.intervene = meanwhile
    assert post(local, "run 5", 5, vouch=lambda stamp: None).outcome == "superseded"
    assert local.bodies()[0].endswith("\nrun 7")


def test_what_is_denied_is_replaced_also_when_it_is_written_meanwhile(local):
    def meanwhile(seen, carry_out):
        answer = carry_out()
        if seen.verb == "POST" and len(local.repo.on(1)) == 1:
            forged(local)
        return answer

    local.server.intervene = meanwhile
    assert post(local, "blocked", 5, vouch=lambda stamp: False).outcome == "created"
    assert [body.partition("\n")[2] for body in local.bodies()] == ["blocked"]


@pytest.mark.parametrize(
    ("answer", "kept"), [(True, "success"), (None, "success"), (False, "failure")]
)
def test_a_check_run_of_a_run_that_is_denied_is_replaced(local, answer, kept):
    """Only who may write check runs can lie there, so doubt is not enough."""
    forge = local.forge()
    newer = CheckReport("n", "t", "s", conclusion="success", stamp=RunStamp(9))
    forge.checks.put(local.head, newer)
    ours = CheckReport("n", "t", "s", conclusion="failure", stamp=RunStamp(5))
    forge.checks.put(local.head, ours, None, lambda stamp: answer)
    assert [check.conclusion for check in local.repo.checks.values()] == [kept]
