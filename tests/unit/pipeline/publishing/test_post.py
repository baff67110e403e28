"""Posting to the local GitHub: one comment, one check run, whatever fails."""

from __future__ import annotations

import re

import pytest
from faults import FAULTS, Strike

from mlgate.errors import MissingPermissionError
from mlgate.pipeline.publishing.content import read
from mlgate.pipeline.publishing.post import post

COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"


def checks(local):
    return {one.name: one for one in local.repo.checks.values()}


def test_a_blocked_run_is_one_comment_one_check_run_and_one_status(local_github, run_dir, aimed):
    content = read(run_dir("blocked", local_github.head))
    done = post(local_github.forge(), aimed(local_github), content)
    assert {one.part: one.outcome for one in done.parts} == {
        "comment": "created",
        "check": "posted",
        "status": "posted",
    }
    (body,) = local_github.bodies()
    assert "### ❌ Model gate: blocked — accuracy is worse than main" in body
    assert f"[run]({local_github.server.url}/octo/model/actions/runs/9)" in body
    check = checks(local_github)["mlgate: income"]
    assert (check.sha, check.conclusion) == (local_github.head, "failure")
    assert {one["annotation_level"] for one in check.annotations} == {"failure", "warning"}
    (status,) = local_github.repo.statuses
    assert (status.context, status.state) == ("mlgate/income", "failure")
    assert not done.missing


def test_the_next_run_updates_them_in_eight_requests_and_says_which_attempt(
    local_github, run_dir, aimed
):
    blocked = read(run_dir("blocked", local_github.before, draw=True))
    earlier = aimed(local_github, sha=local_github.before, before=None)
    post(local_github.forge(), earlier, blocked)
    for _ in range(300):
        local_github.repo.comment(1, "+1")
    local_github.clock.now += 86_400
    asked = len(local_github.requests)
    passing = read(run_dir("passing", local_github.head))
    done = post(local_github.forge(), aimed(local_github, run=10), passing)
    assert not done.missing
    assert len(local_github.requests[asked:]) <= 8, local_github.requests[asked:]
    first, *others = local_github.bodies()
    assert "### ✅" in first
    assert "attempt 2 (earlier: ❌)" in first
    assert set(others) == {"+1"}


def test_a_third_attempt_knows_both_and_a_rerun_counts_too(local_github, run_dir, aimed):
    for run, attempt, name in ((9, 1, "blocked"), (10, 1, "undecided"), (10, 2, "passing")):
        content = read(run_dir(name, local_github.head))
        post(local_github.forge(), aimed(local_github, run, attempt), content)
    assert "attempt 3 (earlier: ❌ ⚠️)" in local_github.bodies()[0]
    assert len(local_github.repo.checks) == 1


def test_an_older_run_that_finishes_late_overwrites_nothing(local_github, run_dir, aimed):
    post(local_github.forge(), aimed(local_github, 10), read(run_dir("passing", local_github.head)))
    late = read(run_dir("blocked", local_github.head))
    done = post(local_github.forge(), aimed(local_github, 9), late)
    assert [one.outcome for one in done.parts] == ["superseded", "superseded", "superseded"]
    assert "### ✅" in local_github.bodies()[0]
    assert checks(local_github)["mlgate: income"].conclusion == "success"
    assert [one.state for one in local_github.repo.statuses] == ["success"]


def test_pictures_are_shown_in_public_and_written_once(local_github, run_dir, aimed):
    content = read(run_dir("blocked", local_github.head, draw=True))
    assert len(content.plots) == 4, "only what a comment shows, in both themes"
    post(local_github.forge(), aimed(local_github), content)
    body = local_github.bodies()[0]
    assert body.count("<picture>") == 2
    assert re.search(r'src="http://127\.0\.0\.1:\d+/octo/model/blob/[0-9a-f]{40}/', body)
    assert "```mermaid" not in body
    asked = len(local_github.requests)
    post(local_github.forge(), aimed(local_github, 10), content)
    assert not any("git/blobs" in one for one in local_github.requests[asked:])


@pytest.mark.parametrize(
    ("plots", "private", "pictures", "mermaid"),
    [
        ("auto", True, False, True),
        ("auto", False, True, False),
        ("branch", True, True, False),
        ("mermaid", False, False, True),
        ("none", False, False, False),
    ],
)
def test_how_plots_are_shown_is_the_configurations_word(
    plots, private, pictures, mermaid, local_github, run_dir, aimed
):
    drawn = run_dir("passing", local_github.head, draw=True, plots=plots)
    content = read(drawn)
    post(local_github.forge(), aimed(local_github, private=private), content)
    body = local_github.bodies()[0]
    assert ("<picture>" in body) == pictures
    assert ("```mermaid" in body) == mermaid


def test_an_unknown_visibility_is_asked_for(local_github, run_dir, aimed):
    local_github.repo.private = True
    content = read(run_dir("blocked", local_github.head, draw=True))
    post(local_github.forge(), aimed(local_github, private=None), content)
    assert "GET /repos/{owner}/{repo}" in local_github.requests
    assert "<picture>" not in local_github.bodies()[0]


def test_a_read_only_token_posts_nothing_and_names_every_permission(local_github, run_dir, aimed):
    local_github.world.actions_token("ghs_read", contents="read", pull_requests="read")
    content = read(run_dir("blocked", local_github.head, draw=True))
    done = post(local_github.forge("ghs_read"), aimed(local_github), content)
    problems = {one.part: one.problem for one in done.missing}
    assert all(isinstance(one, MissingPermissionError) for one in problems.values())
    assert {part: str(one.permission) for part, one in problems.items()} == {
        "comment": "pull-requests: write",
        "check": "checks: write",
        "status": "statuses: write",
    }
    assert not done.failed
    assert local_github.bodies() == []


def test_without_the_check_permission_the_comment_still_stands_and_is_found_again(
    local_github, run_dir, aimed
):
    local_github.world.actions_token("ghs_comments", pull_requests="write")
    content = read(run_dir("passing", local_github.head))
    for run in (9, 10):
        done = post(local_github.forge("ghs_comments"), aimed(local_github, run), content)
        assert {one.part for one in done.missing} == {"check", "status"}
    assert len(local_github.bodies()) == 1


def test_pictures_that_were_asked_for_and_cannot_be_written_are_told(local_github, run_dir, aimed):
    local_github.world.actions_token("ghs_no_contents", pull_requests="write", checks="write")
    for plots, missing in (("auto", {"status"}), ("branch", {"pictures", "status"})):
        asked = read(run_dir("blocked", local_github.head, draw=True, plots=plots))
        done = post(local_github.forge("ghs_no_contents"), aimed(local_github), asked)
        assert {one.part for one in done.missing} == missing


def test_a_forge_that_is_down_is_told_and_not_waited_for_for_ever(local_github, run_dir, aimed):
    local_github.server.intervene = lambda seen, carry_out: FAULTS["503"](seen, carry_out, None)
    content = read(run_dir("blocked", local_github.head))
    done = post(local_github.forge(), aimed(local_github), content)
    assert {one.part for one in done.missing} == {"comment", "check", "status"}
    assert done.failed
    assert sum(local_github.clock.waits) <= 300


@pytest.mark.parametrize("name", list(FAULTS))
def test_one_fault_in_the_comments_way_loses_nothing(name, local_github, run_dir, aimed):
    strike = Strike("POST", COMMENTS, FAULTS[name], local_github.clock)
    local_github.server.intervene = strike
    content = read(run_dir("passing", local_github.head))
    done = post(local_github.forge(timeout=1.0), aimed(local_github), content)
    assert strike.struck == 1
    assert not done.missing
    assert len(local_github.bodies()) == 1


def test_no_pull_request_leaves_check_and_status(local_github, run_dir, aimed):
    content = read(run_dir("passing", local_github.head))
    done = post(local_github.forge(), aimed(local_github, pull=None), content)
    assert [one.part for one in done.parts] == ["check", "status"]


def test_a_pushed_branch_finds_its_pull_request(local_github, run_dir, aimed):
    content = read(run_dir("passing", local_github.head))
    target = aimed(local_github, pull=None, branch=("octo/model", "feature"))
    assert post(local_github.forge(), target, content).url("comment")
    assert len(local_github.bodies()) == 1


def test_only_what_is_asked_for_is_posted(local_github, run_dir, aimed):
    content = read(run_dir("passing", local_github.head))
    done = post(local_github.forge(), aimed(local_github, only=("comment",)), content)
    assert [one.part for one in done.parts] == ["comment"]
    assert not local_github.repo.checks


def test_several_models_are_one_comment_and_a_check_run_each(local_github, run_dir, aimed):
    dirs = [run_dir("passing", local_github.head), run_dir("blocked", local_github.head, name="b")]
    content = read(dirs[0], dirs)
    done = post(local_github.forge(), aimed(local_github, key="octo/model"), content)
    assert not done.missing
    (body,) = local_github.bodies()
    assert "1 of 2 models blocked" in body
    found = {name: one.conclusion for name, one in checks(local_github).items()}
    assert found == {"mlgate: b": "failure", "mlgate: income": "success"}
    assert len(local_github.repo.statuses) == 1


def test_nothing_that_is_told_holds_the_token(local_github, run_dir, aimed):
    local_github.server.intervene = lambda seen, carry_out: FAULTS["503"](seen, carry_out, None)
    content = read(run_dir("blocked", local_github.head))
    done = post(local_github.forge(), aimed(local_github), content)
    assert "ghs_" not in repr(done) + "".join(str(one.problem) for one in done.parts)
