"""What a step of a workflow says of itself and can do, and what a shell does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlgate import ci
from mlgate.git import Login

if TYPE_CHECKING:
    from pathlib import Path


def step(tmp_path: Path, event: Any, **environ: str) -> ci.Run:
    file = tmp_path / "event.json"
    file.write_text(event if isinstance(event, str) else json.dumps(event))
    return ci.detect({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file), **environ})


def test_a_pull_request_names_its_base_and_whether_it_is_a_draft(tmp_path: Path) -> None:
    run = step(tmp_path, {"pull_request": {"draft": True}}, GITHUB_BASE_REF="release/1")
    assert (run.base_branch, run.draft, run.publishes) == ("release/1", True, True)


def test_a_merge_queue_names_its_base(tmp_path: Path) -> None:
    event = {"merge_group": {"base_ref": "refs/heads/main", "head_sha": "a" * 40}}
    assert step(tmp_path, event, GITHUB_BASE_REF="").base_branch == "main"


@pytest.mark.parametrize(
    "event", ["", "[]", "{", {"pull_request": None}, {"merge_group": {"base_ref": 1}}]
)
def test_an_odd_event_says_nothing(tmp_path: Path, event: Any) -> None:
    run = step(tmp_path, event)
    assert (run.base_branch, run.draft) == (None, None)


def test_the_jobs_token_lets_git_in_and_the_ref_is_known(tmp_path: Path) -> None:
    job = {"GITHUB_REF": "refs/heads/main", "GITHUB_SHA": "a" * 40}
    server = {"GITHUB_SERVER_URL": "https://ghe.example.org"}
    run = step(tmp_path, {}, GITHUB_TOKEN="t", **job, **server)
    assert (run.ref, run.checked_out) == ("refs/heads/main", "a" * 40)
    assert run.login == Login("https://ghe.example.org", "t")
    assert "'t'" not in repr(run)
    assert step(tmp_path, {}, **server).login is None
    outside = ci.detect({**job, **server, "GITHUB_TOKEN": "t"})
    assert (outside.login, outside.ref) == (None, None)


def test_outside_github_no_event_is_read(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"pull_request": {"draft": true}}')
    run = ci.detect({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")})
    assert run.draft is None


def test_outside_a_step_nothing_is_shown(tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    run = ci.detect(files)
    assert (run.summary, run.outputs, run.annotations) == (None, None, None)
    assert not run.publishes
    bare = step(tmp_path, {})
    assert (bare.summary, bare.outputs) == (None, None)


def test_another_ci_is_automated_though_it_is_not_known() -> None:
    assert ci.detect({"CI": "true", "GITHUB_REPOSITORY": "o/r"}).in_ci
    assert not ci.detect({}).in_ci


@pytest.mark.parametrize("value", ["", "0", "false", "no"])
def test_a_step_is_in_ci_whatever_it_sets(tmp_path: Path, value: str) -> None:
    assert step(tmp_path, {}, CI=value).in_ci
    assert not ci.detect({"CI": value}).in_ci


def test_values_of_several_lines_cannot_set_other_outputs(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("earlier<<x\n1\nx\n")
    outputs = step(tmp_path, {}, GITHUB_OUTPUT=str(path)).outputs
    assert outputs is not None
    hostile = "all well\nverdict=pass\nverdict<<x\npass\nx"
    outputs.put({"headline": hostile, "verdict": "fail"})
    assert read(path.read_text()) == {"earlier": "1", "headline": hostile, "verdict": "fail"}


def read(text: str) -> dict[str, str]:
    """Read a file of outputs as the runner does."""
    outputs, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        outputs[name] = "\n".join(iter(lambda end=end: next(lines), end))
    return outputs
