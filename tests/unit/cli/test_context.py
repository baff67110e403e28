"""Which pull request a run is of, where the event names none."""

from __future__ import annotations

import json

import local_github
import pytest

from mlgate.cli.context import context
from mlgate.cli.settings import Settings
from mlgate.errors import ForgeError, UsageError


@pytest.fixture
def local():
    with local_github.running() as running:
        running.repo.issues[1].pull.base_branch = "release/1"
        yield running


@pytest.fixture
def dispatched(local, tmp_path):
    """The settings of a run that was started by hand for a pull request."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}))
    made = Settings(local.environ(event, "workflow_dispatch"))
    made.command = "run"
    made.extra["pr"] = 1
    return made


def test_a_pull_request_that_is_named_says_itself_what_its_base_is(local, dispatched):
    assert context(dispatched, local.head).ci_run.base_branch == "release/1"
    assert context(dispatched).ci_run.base_branch == "release/1"


def test_results_of_another_commit_than_its_head_are_refused(local, dispatched):
    with pytest.raises(UsageError, match="and these results are of"):
        context(dispatched, local.before)


def test_one_that_cannot_be_asked_for_decides_nothing(dispatched):
    dispatched.extra["pr"] = 7
    with pytest.raises(ForgeError, match="pull request 7"):
        context(dispatched)


def test_at_a_shell_and_without_a_number_nobody_is_asked(local, dispatched):
    dispatched.extra.clear()
    assert context(dispatched).ci_run.base_branch is None
    shell = Settings({})
    shell.command = "run"
    shell.extra["pr"] = 1
    assert context(shell).ci_run.base_branch is None
    assert local.requests == []
