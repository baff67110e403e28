"""Check runs: only the app that made one may change it."""

from __future__ import annotations

import pytest

from mlgate.demo.github.world import Token
from mlgate.forges.data import CheckReport
from mlgate.model.run_stamp import RunStamp


@pytest.fixture
def app(local_github):
    local_github.world.tokens["ghs_app"] = Token("my-app[bot]", "my-app")
    return local_github.forge("ghs_app")


def report(run, comment=None):
    return CheckReport("mlgate: model", "title", f"run {run}", stamp=RunStamp(run), comment=comment)


def test_of_another_app_is_left_alone(local_github, app):
    """As when a workflow changes from GITHUB_TOKEN to an App, and runs again on a commit."""
    local_github.forge().checks.put(local_github.head, report(1))
    for run in (2, 3):
        app.checks.put(local_github.head, report(run))
    told = {one.app: one.summary for one in local_github.repo.checks.values()}
    assert told == {"github-actions": "run 1", "my-app": "run 3"}


def test_of_another_app_remembers_a_comment_all_the_same(local_github, app):
    local_github.forge().checks.put(local_github.before, report(1, comment=77))
    found = app.checks.remembered([local_github.before], "mlgate: model")
    assert found is not None
    assert found.comment == 77
