from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.errors import UsageError
from mlgate.forges.data import Stamp
from mlgate.forges.github.event import read

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
    event = read(ENV, {"action": "synchronize", "before": "c" * 40, "pull_request": PULL})
    assert (event.sha, event.before, event.pull_request) == ("h" * 40, "c" * 40, 7)
    assert (event.head_repository, event.fork) == ("fork/r", True)
    assert event.stamp == Stamp(99, 3)
    assert event.run_url == "https://github.com/o/r/actions/runs/99"


def test_a_deleted_fork_has_no_repository():
    event = read(ENV, {"pull_request": {**PULL, "head": {**HEAD, "repo": None}}})
    assert event.head_repository is None
    assert event.fork


def test_a_merge_group_is_marked_on_its_head():
    group = {"head_sha": "q" * 40, "base_ref": "refs/heads/main"}
    event = read(ENV, {"merge_group": group})
    assert (event.sha, event.base_branch, event.pull_request) == ("q" * 40, "main", None)


def test_a_new_branch_has_no_commit_before():
    event = read({**ENV, "GITHUB_REF": "refs/heads/x"}, {"before": "0" * 40})
    assert (event.sha, event.before, event.head_branch) == ("a" * 40, None, "x")


def test_a_workflow_run_is_ordered_as_the_run_that_it_tells_of():
    run = {
        "id": 5, "run_number": 4, "run_attempt": 2, "head_sha": "w" * 40,
        "head_branch": "feature", "head_repository": {"full_name": "fork/r"},
    }  # fmt: skip
    event = read(ENV, {"workflow_run": run})
    assert (event.stamp, event.sha, event.triggering_run) == (Stamp(5, 2), "w" * 40, 5)


def test_a_comment_on_a_pull_request_is_on_both():
    event = read(ENV, {"issue": {"number": 3, "pull_request": {"url": "x"}}})
    assert (event.issue, event.pull_request) == (3, 3)
    assert read(ENV, {"issue": {"number": 3}}).pull_request is None


def test_another_server_is_honoured():
    other = {"GITHUB_SERVER_URL": "https://x.ghe.com/", "GITHUB_API_URL": "https://api.x.ghe.com"}
    event = read({**ENV, **other}, {})
    assert (event.server_url, event.api_url) == ("https://x.ghe.com", "https://api.x.ghe.com")


@pytest.mark.parametrize("name", ["", "o", "o/r/x", "/r", "o/"])
def test_a_repository_that_is_none_is_a_usage_error(name):
    with pytest.raises(UsageError, match="owner/name"):
        read({**ENV, "GITHUB_REPOSITORY": name}, {})


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
    event = read(ENV, payload)
    assert event.pull_request is None or isinstance(event.pull_request, int)
    assert event.head_repository is None or isinstance(event.head_repository, str)
