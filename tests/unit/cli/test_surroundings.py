"""What is read from the environment of a GitHub job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlgate.cli.settings import Settings
from mlgate.cli.surroundings import context
from mlgate.git import Login

if TYPE_CHECKING:
    from pathlib import Path


def surroundings(tmp_path: Path, event: Any, **environ: str) -> Any:
    file = tmp_path / "event.json"
    file.write_text(event if isinstance(event, str) else json.dumps(event))
    github = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file), **environ}
    return context(Settings(environ=github))


def test_a_pull_request_names_its_base_and_whether_it_is_a_draft(tmp_path: Path) -> None:
    found = surroundings(tmp_path, {"pull_request": {"draft": True}}, GITHUB_BASE_REF="release/1")
    assert (found.base_branch, found.draft, found.github) == ("release/1", True, True)


def test_a_merge_queue_names_its_base(tmp_path: Path) -> None:
    event = {"merge_group": {"base_ref": "refs/heads/main", "head_sha": "a" * 40}}
    assert surroundings(tmp_path, event, GITHUB_BASE_REF="").base_branch == "main"


@pytest.mark.parametrize(
    "event", ["", "[]", "{", {"pull_request": None}, {"merge_group": {"base_ref": 1}}]
)
def test_an_odd_event_says_nothing(tmp_path: Path, event: Any) -> None:
    found = surroundings(tmp_path, event)
    assert (found.base_branch, found.draft) == (None, None)


def test_the_jobs_token_lets_git_in_and_the_ref_is_known(tmp_path: Path) -> None:
    job = {"GITHUB_REF": "refs/heads/main", "GITHUB_SHA": "a" * 40}
    server = {"GITHUB_SERVER_URL": "https://ghe.example.org"}
    found = surroundings(tmp_path, {}, GITHUB_TOKEN="t", **job, **server)
    assert found.ref == ("refs/heads/main", "a" * 40)
    assert found.login == Login("https://ghe.example.org", "t")
    assert surroundings(tmp_path, {}, **server).login is None
    assert context(Settings(environ={**job, **server, "GITHUB_TOKEN": "t"})).login is None


def test_outside_github_no_event_is_read(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"pull_request": {"draft": true}}')
    found = context(Settings(environ={"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}))
    assert found.draft is None
