"""Jobs whose event, variables or folders are not what they should be: never a bug of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlgate.cli import COMMANDS
from mlgate.errors import ExitCode

from .test_publish import call, job

__all__ = ["call", "job"]  # pytest finds them here

WHOLE = object()
"""Stands for the event as GitHub writes it."""


def pull(**more):
    return json.dumps({"pull_request": more})


UNKNOWN = {
    "absent": None,
    "empty": b"",
    "cut short": b'{"action": "synchronize", "pull_request": {"num',
    "a list": b"[1, 2]",
    "a text": b'"pull_request"',
    "null": b"null",
    "an empty object": b"{}",
    "not JSON": b"<html>",
    "not UTF-8": b'{"action": "caf\xe9"}',
    "UTF-16": '{"action": "x"}'.encode("utf-16"),
    "nested too deeply": b'{"a":' * 100_000,
    "a number of 5,000 digits": b'{"number": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"pull_request": {"head": {}}, "pull_request": {"head": {}}}',
    "a pull request that is a list": pull().replace("{}", "[7]").encode(),
    "a head that is a text": pull(number=1, head="main").encode(),
    "a commit that is a number": pull(number=1, head={"sha": 7}).encode(),
    "a commit that is an option": pull(number=1, head={"sha": "--upload-pack=/bin/sh" + "x" * 19}).encode(),
    "a commit of zeros": pull(number=1, head={"sha": "0" * 40}).encode(),
    "no head": pull(number=1).encode(),
}  # fmt: skip


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_event_that_names_no_commit_is_reported_once_and_nothing_is_posted(
    what, job, call, tmp_path, local_github
):
    environ = job("blocked")
    Path(environ["GITHUB_EVENT_PATH"]).unlink()
    if UNKNOWN[what] is not None:
        Path(environ["GITHUB_EVENT_PATH"]).write_bytes(UNKNOWN[what])
    code, _, err = call(environ, "publish")
    assert code == ExitCode.USAGE
    assert err.count("this run names no commit") == 1
    assert not local_github.bodies()
    assert not local_github.repo.statuses


def test_an_event_of_more_than_is_believed_is_not_read(
    job, call, tmp_path, local_github, monkeypatch
):
    monkeypatch.setattr("mlgate.ci.github_actions.LARGEST_EVENT", 100)
    code, _, err = call(job("blocked"), "publish")
    assert (code, local_github.bodies()) == (ExitCode.USAGE, [])
    assert "more than 100 bytes" in err


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_an_event_that_is_no_file_is_not_waited_for(kind, job, call, tmp_path):
    path = tmp_path / "odd"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    code, _, err = call(
        job("blocked", GITHUB_EVENT_PATH="") | {"GITHUB_EVENT_PATH": str(path)}, "publish"
    )
    assert code == ExitCode.USAGE
    assert "it is not a file" in err


ODD_FIELDS = {
    "an id beyond 2^53": {"number": 1, "id": 2**53 + 1},
    "an id beyond 64 bits": {"number": 1, "id": 2**70},
    "a draft of words": {"draft": "maybe"},
    "a branch of half a pair": {"head": {"ref": "\ud800", "repo": {"full_name": "\udfff/x"}}},
    "a branch of other lines": {"head": {"ref": "a\nb\u2028c", "repo": None}},
    "a repository that is a list": {"head": {"repo": [1]}},
    "a number beyond 64 bits": {"number": 2**70},
    "a number below zero": {"number": -1},
    "a number that is true": {"number": True},
    "a number in quotes": {"number": "1"},
}


@pytest.mark.parametrize("what", ODD_FIELDS)
def test_an_event_that_names_the_commit_is_enough(what, job, call, local_github):
    environ, payload = job("blocked"), local_github.payload()
    odd = ODD_FIELDS[what]
    payload["pull_request"] |= odd | {"head": payload["pull_request"]["head"] | odd.get("head", {})}
    Path(environ["GITHUB_EVENT_PATH"]).write_text(json.dumps(payload))
    code, _, err = call(environ, "publish")
    assert code == 0, err
    assert [status.state for status in local_github.repo.statuses] == ["failure"]


ODD_VARIABLES = [
    ("GITHUB_RUN_ID", "9" * 30), ("GITHUB_RUN_ID", "9" * 5000), ("GITHUB_RUN_ID", "-1"),
    ("GITHUB_RUN_ID", "1e5"), ("GITHUB_RUN_ID", "١٢"), ("GITHUB_RUN_ID", "9007199254740993"),
    ("GITHUB_RUN_ATTEMPT", "9" * 12), ("GITHUB_RUN_ATTEMPT", "x"), ("GITHUB_SHA", "x"),
    ("GITHUB_ACTOR", "caf\udce9"), ("GITHUB_REF", "refs/heads/caf\udce9"), ("GITHUB_BASE_REF", "\udce9"),
    ("GITHUB_TOKEN", "ghs_a\nb"), ("GITHUB_TOKEN", "ghs_…"), ("GITHUB_TOKEN", " "),
    ("GITHUB_REPOSITORY", "octo/model\n"), ("GITHUB_REPOSITORY", "octo/mo del"), ("GITHUB_REPOSITORY", "\udce9/x"),
    ("GITHUB_API_URL", "ftp://x"), ("GITHUB_API_URL", "http://"), ("GITHUB_API_URL", "http://[::1"),
    ("GITHUB_API_URL", "http://127.0.0.1:99999"), ("GITHUB_API_URL", "http://127.0.0.1:1"),
    ("GITHUB_API_URL", "http://..a"), ("GITHUB_API_URL", "x"), ("GITHUB_API_URL", "http://user:word@127.0.0.1:1"),
    ("GITHUB_SERVER_URL", "::"), ("GITHUB_SERVER_URL", "caf\udce9"),
    ("GITHUB_STEP_SUMMARY", "/"), ("GITHUB_STEP_SUMMARY", "/nonexistent/x"), ("GITHUB_STEP_SUMMARY", "\udce9\n"),
    ("GITHUB_OUTPUT", "/"), ("GITHUB_OUTPUT", "/nonexistent/x"), ("GITHUB_EVENT_NAME", "caf\udce9"),
    ("HTTP_PROXY", "rubbish"), ("HTTP_PROXY", "http://"), ("HTTP_PROXY", "socks5://127.0.0.1:9"),
    ("HTTP_PROXY", "http://a:b@:c"), ("HTTP_PROXY", "://"), ("NO_PROXY", "\udce9,,[::1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ODD_VARIABLES)
def test_no_variable_is_a_bug(name, value, job, call):
    code, _, err = call(job("blocked") | {name: value}, "publish")
    assert code in (ExitCode.OK, ExitCode.USAGE, ExitCode.FORGE), err
    assert "this is a bug" not in err


def mlgate(folder, *arguments, environ=os.environ):
    return subprocess.run(
        [sys.executable, "-m", "mlgate", *arguments],
        cwd=folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


REQUIRED = {
    "baseline": ["history"],
    "config": ["check"],
    "verify": ["HEAD"],
    "compare": ["a", "b", "--label", "y"],
    "profile": ["x"],
    "comment": ["x.md", "--key", "k"],
    "diff": ["a", "b"],
    "whence": ["x"],
    "model": ["check"],
    "ledger": ["export"],
    "lineage": ["show"],
}


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "demo"])
def test_a_folder_that_was_deleted_is_called_that(command, tmp_path):
    (tmp_path / "gone").mkdir()
    script = (
        "import os, sys; os.rmdir(os.getcwd()); from mlgate.cli import main;"
        f"sys.exit(main({[command, *REQUIRED.get(command, [])]!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path / "gone", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert "this is a bug" not in done.stderr


@pytest.mark.parametrize("home", [None, "", "/nonexistent", "relative", "/dev/null"])
@pytest.mark.parametrize("command", ["run", "publish", "init"])
def test_no_home_is_no_bug(home, command, tmp_path):
    environ = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = mlgate(tmp_path, command, environ=environ | ({} if home is None else {"HOME": home}))
    assert done.returncode in (ExitCode.OK, ExitCode.USAGE), done.stderr
    assert "this is a bug" not in done.stderr


def test_outputs_that_cannot_be_written_are_reported_once_and_the_rest_is_done(
    job, call, local_github
):
    code, _, err = call(job("blocked") | {"GITHUB_OUTPUT": "/nonexistent/x"}, "publish")
    assert (code, len(local_github.bodies())) == (0, 1)
    assert err.count("outputs of this step cannot be written") == 1


@pytest.mark.parametrize(
    "change",
    [
        "shutil.rmtree(os.getcwd())",
        "shutil.rmtree('.git')",
        "shutil.rmtree('.mlgate')",
        "shutil.rmtree('.mlgate'); open('.mlgate', 'w').close()",
        "shutil.rmtree('.mlgate'); os.symlink('/nonexistent', '.mlgate')",
        "shutil.rmtree('.mlgate'); os.symlink('.mlgate', '.mlgate')",
    ],
)
def test_a_training_that_takes_folders_away_is_no_bug(change, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "train.py").write_text(f"import os, shutil\n{change}\n")
    (folder / "p.csv").write_text("id,l,y\n" + "".join(f"{n},{n % 2},{n % 2}\n" for n in range(50)))
    (folder / "mlgate.yaml").write_text(
        "version: 1\nname: toy\ntask: binary\ntrain: {run: python train.py}\n"
        "predictions: {path: p.csv, id: id, label: l, prediction: y}\ngates: {accuracy: {min: 0.1}}\n"
    )
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for arguments in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    done = mlgate(folder, "run")
    assert done.returncode in (ExitCode.OK, ExitCode.BLOCKED, ExitCode.USAGE), done.stderr
    assert "this is a bug" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str) -> None:
    """docs/other-ci.md says how it is installed."""
    program = Path(sys.executable).with_name("mlgate")
    environ = {**os.environ, "_MLGATE_COMPLETE": f"{shell}_source"}
    done = subprocess.run([program], env=environ, capture_output=True, text=True, check=True)
    assert "_MLGATE_COMPLETE" in done.stdout
    page = (Path(__file__).parents[3] / "docs" / "other-ci.md").read_text()
    assert f"_MLGATE_COMPLETE={shell}_source mlgate" in page
