from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlgate.ci.github_actions import facts
from mlgate.model.run_stamp import RunStamp

ENV = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_RUN_ID": "99",
}
HEAD = {"sha": "h" * 40, "ref": "feature", "repo": {"full_name": "fork/r"}}
PULL = {"number": 7, "head": HEAD, "base": {"ref": "main", "sha": "b" * 40}}


def test_a_pull_request_is_marked_on_its_head_not_on_the_merge_commit():
    run = facts(ENV, {"action": "synchronize", "before": "c" * 40, "pull_request": PULL})
    assert (run.commit, run.before, run.pull_request) == ("h" * 40, "c" * 40, 7)
    assert run.head_repository == "fork/r"
    assert run.stamp == RunStamp(99, 3)
    assert run.url == "https://github.com/o/r/actions/runs/99"


def test_a_deleted_fork_has_no_repository():
    run = facts(ENV, {"pull_request": {**PULL, "head": {**HEAD, "repo": None}}})
    assert run.head_repository is None


def test_a_merge_group_is_marked_on_its_head():
    group = {"head_sha": "q" * 40, "base_ref": "refs/heads/main"}
    run = facts(ENV, {"merge_group": group})
    assert (run.commit, run.base_branch, run.pull_request) == ("q" * 40, "main", None)


def test_a_new_branch_has_no_commit_before():
    run = facts({**ENV, "GITHUB_REF": "refs/heads/x"}, {"before": "0" * 40})
    assert (run.commit, run.before, run.head_branch) == ("a" * 40, None, "x")


def test_a_workflow_run_is_ordered_as_the_run_that_it_tells_of():
    run = {
        "id": 5, "run_number": 4, "run_attempt": 2, "head_sha": "w" * 40,
        "head_branch": "feature", "head_repository": {"full_name": "fork/r"},
    }  # fmt: skip
    run = facts(ENV, {"workflow_run": run})
    assert (run.stamp, run.commit, run.measured_by) == (RunStamp(5, 2), "w" * 40, RunStamp(5, 2))


def test_a_comment_on_a_pull_request_is_on_both():
    run = facts(ENV, {"issue": {"number": 3, "pull_request": {"url": "x"}}})
    assert (run.issue, run.pull_request) == (3, 3)
    assert facts(ENV, {"issue": {"number": 3}}).pull_request is None


def test_another_server_is_honoured():
    run = facts({**ENV, "GITHUB_SERVER_URL": "https://x.ghe.com/"}, {})
    assert run.url == "https://x.ghe.com/o/r/actions/runs/99"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["pull_request", "head", "base", "repo", "workflow_run", "issue", "sha", "number",
             "merge_group", "before", "repository", "full_name", "id", "ref"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(
    ["pull_request", "workflow_run", "merge_group", "issue", "before", "repository", "action"]),
    JSON, max_size=5))  # fmt: skip
def test_no_payload_breaks_it(payload):
    run = facts(ENV, payload)
    assert run.pull_request is None or isinstance(run.pull_request, int)
    assert run.head_repository is None or isinstance(run.head_repository, str)


def test_an_edit_says_whether_the_base_changed():
    def changed(**payload):
        return facts(ENV, {"pull_request": PULL, **payload}).base_changed

    assert changed(action="synchronize") is None
    assert changed(action="edited", changes={"title": {"from": "x"}}) is False
    assert changed(action="edited", changes={"base": {"ref": {"from": "x"}}}) is True
    assert changed(action="edited") is True


def test_the_default_branch_and_the_workflows_file_are_known():
    ref = "o/r/.github/workflows/x.yml@refs/pull/7/merge"
    run = facts({**ENV, "GITHUB_WORKFLOW_REF": ref}, {"repository": {"default_branch": "trunk"}})
    assert (run.default_branch, run.workflow) == ("trunk", ".github/workflows/x.yml")
    required = {**ENV, "GITHUB_WORKFLOW_REF": "o/policy/.github/workflows/x.yml@main"}
    assert facts(required, {}).workflow is None
