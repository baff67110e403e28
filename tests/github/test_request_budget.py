"""Forty models and twenty pull requests in an hour: what of it GitHub counts.

A job's token has 1,000 requests an hour and a repository, half of which are for others, and as many
points of GraphQL, which count apart.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from local_github import NAME, TOKEN, running

from mlgate.checks import evidence_types
from mlgate.demo.github.world import LocalRun, LocalStatus
from mlgate.errors import MissingPermissionError
from mlgate.model.run_stamp import RunStamp
from mlgate.pipeline.judging.edited import Head, last_outcome
from mlgate.pipeline.publishing import content
from mlgate.pipeline.publishing.destination import Destination
from mlgate.pipeline.publishing.post import post
from mlgate.run_dir import RunDir

SAMPLE = Path(__file__).parents[1] / "unit" / "report" / "samples" / "blocked"
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
AN_HOUR, PULLS = 500, 20
MODELS, GRAPHQL = 40, 1000
EDITED = 3


def runs_of(folder, sha, models):
    """Run directories of blocked models, each with annotations."""
    for number in range(models):
        made = Path(shutil.copytree(SAMPLE, folder / sha / str(number)))
        for file in made.rglob("*.json"):
            file.write_text(file.read_text().replace(COMMIT, sha))
        run_dir = RunDir(made, evidence_types())
        run_dir.write_run(run_dir.read_run().model_copy(update={"name": f"model-{number}"}))
        yield run_dir


def counted(local, folder, sha, run, models, **more):
    """Publish as a job does; return how many requests GitHub counted."""
    local.repo.runs[run] = LocalRun(
        run, run, 1, "pull_request", "x.yml", "x", sha, "feature", NAME, local.world.now()
    )
    dirs = list(runs_of(folder, sha, models))
    shown = content.read(dirs[0], dirs if models > 1 else ())
    where = Destination(key="models", sha=sha, pull=1, stamp=RunStamp(run), private=False, **more)
    times = local.server.service.used[TOKEN].times
    before = len(times)
    assert not post(local.forge(), where, shown).missing
    return len(times) - before


@pytest.mark.parametrize(
    ("models", "only", "most"),
    [(40, ("comment",), 5), (40, (), 16), (10, (), 20), (1, (), 8)],
    ids=["40, the comment alone", "40", "10", "1"],
)
def test_twenty_pull_requests_take_less_than_half_of_an_hours_requests(
    models, only, most, tmp_path
):
    assert most * PULLS < AN_HOUR
    with running(validate=False) as local:
        first = counted(local, tmp_path, local.before, 10, models, only=only)
        local.clock.now += 60
        second = counted(local, tmp_path, local.head, 11, models, only=only, before=local.before)
    assert max(first, second) <= most


def test_an_edited_title_takes_three_requests_in_each_job():
    with running() as local:
        local.repo.issues[1].pull.head_repository = NAME
        local.repo.runs[1] = LocalRun(
            1, 1, 1, "pull_request", "x.yml", "x", local.head, "feature", NAME, local.world.now(),
            conclusion="success",
        )  # fmt: skip
        head = Head(900, "x.yml", 1, local.head, "feature", NAME)
        asked = len(local.requests)
        assert last_outcome(local.forge(), head) is not None
        assert len(local.requests) - asked == EDITED
    # Of one pull request whose forty models have two jobs each, and a last one that publishes.
    assert (2 * MODELS + 1) * EDITED < AN_HOUR


def test_more_models_than_ten_share_one_check_run_and_all_are_annotated(tmp_path):
    with running() as local:
        counted(local, tmp_path, local.head, 10, 11, only=())
        (check,) = local.repo.checks.values()
        assert (check.name, check.conclusion) == ("mlgate: models", "failure")
        titles = {remark["title"].partition(":")[0] for remark in check.annotations}
        assert titles == {f"model-{number}" for number in range(11)}
        # Once more, and it is the same one.
        counted(local, tmp_path / "again", local.head, 11, 11, only=(), look_back=True)
        assert len(local.repo.checks) == 1


def test_ten_models_have_a_check_run_each_that_is_found_with_one_request(tmp_path):
    with running() as local:
        counted(local, tmp_path, local.head, 10, 10, only=())
        asked = len(local.requests)
        counted(local, tmp_path / "again", local.head, 11, 10, only=(), look_back=True)
        listed = [one for one in local.requests[asked:] if one.endswith("{ref}/check-runs")]
        assert (len(local.repo.checks), len(listed)) == (10, 1)


def test_where_nothing_is_kept_each_model_asks_once_and_not_by_rest():
    with running() as local:
        shas = [local.before, local.head, *(f"{n:040x}" for n in range(98))]
        local.repo.statuses.append(
            LocalStatus(
                1, "bot", local.before, "mlgate/a: kept", "success", "kept", None, local.world.now()
            )
        )
        statuses = local.forge().statuses
        before = len(local.requests)
        assert statuses.newest(shas, "mlgate/a: kept") == {local.before: "kept"}
        assert statuses.newest(shas, "mlgate/b: kept") == {}
        assert local.requests[before:] == ["POST /graphql"] * 2
    assert MODELS * PULLS < GRAPHQL


def test_who_may_not_read_statuses_is_told_which_permission_is_missing():
    with running() as local:
        statuses = local.forge().statuses
        local.world.actions_token(TOKEN, contents="read")
        with pytest.raises(MissingPermissionError) as refused:
            statuses.newest([local.head], "mlgate/a")
        assert (str(refused.value.permission), refused.value.certain) == ("statuses: read", True)
        local.world.actions_token(TOKEN)
        local.world.repositories["octo/other"] = local.world.repositories.pop(NAME)
        with pytest.raises(MissingPermissionError) as refused:
            statuses.newest([local.head], "mlgate/a")
        assert not refused.value.certain
