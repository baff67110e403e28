"""The wrapper: its answers, its errors, and what it leaves alone."""

from __future__ import annotations

import os
import stat

import pytest

from mlgate.errors import UsageError
from mlgate.git import Git, GitError, masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fatal: https://user:ghp_secret@host/x.git", "fatal: https://***@host/x.git"),
        ("https://x-access-token:ghs_1@host/a", "https://***@host/a"),
        ("https://ghp_only@host/a", "https://***@host/a"),
        ("ssh://git@host/a", "ssh://***@host/a"),
        ("unable to look up me:pw@host (port 9418)", "unable to look up ***@host (port 9418)"),
        ("Authorization: basic QUJD", "Authorization: basic ***"),
        ("https://host/a?private_token=abc&x=1", "https://host/a?private_token=***&x=1"),
        ("git@github.com:owner/repo.git", "git@github.com:owner/repo.git"),
        ("plain https://host/a/b", "plain https://host/a/b"),
    ],
)
def test_credentials_are_masked(text, expected):
    assert masked(text) == expected


def test_an_error_carries_gits_words_but_no_token(repo):
    repo.commit()
    repo.do("remote", "add", "origin", "https://bot:s3cret@localhost:1/nowhere.git")
    with pytest.raises(GitError, match="git ls-remote failed: fatal: unable to access") as caught:
        repo.git.remote_refs("refs/heads/*")
    assert "s3cret" not in str(caught.value) + caught.value.reason


def test_a_folder_outside_any_repository_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="is not in a git repository"):
        Git(tmp_path).top  # noqa: B018


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder .*gone"):
        Git(tmp_path / "gone").top  # noqa: B018


def test_without_git_the_message_says_so(repo, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is not installed"):
        repo.git.top  # noqa: B018


def test_a_repository_of_another_user_gets_the_way_out(repo, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match="belongs to another user") as caught:
        repo.git.top  # noqa: B018
    assert f"--add safe.directory {repo.path}" in (caught.value.hint or "")


def test_top_is_found_from_a_folder_in_worktrees_and_bare_repositories(repo, origin, tmp_path):
    repo.commit("a/b/file")
    repo.do("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    assert Git(repo.path / "a" / "b").top == repo.path
    assert Git(tmp_path / "tree" / "a").top == tmp_path / "tree"
    assert origin.git.top == origin.path


def test_variables_of_a_git_hook_do_not_lead_elsewhere(repo, origin, monkeypatch):
    commit = repo.commit()
    monkeypatch.setenv("GIT_DIR", str(origin.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(origin.path / "index"))
    assert repo.git.commit_of("HEAD") == commit


def test_the_remote_is_the_branchs_own_then_origin_then_the_only_one(repo):
    repo.commit()
    assert repo.git.remote is None
    repo.do("remote", "add", "fork", "https://host/fork")
    assert repo.git.remote == "fork"
    repo.do("remote", "add", "other", "https://host/other")
    assert repo.git.remote is None
    repo.do("remote", "add", "origin", "https://host/origin")
    assert repo.git.remote == "origin"
    repo.do("config", "branch.main.remote", "other")
    assert repo.git.remote == "other"


def test_a_git_that_hangs_is_ended(repo):
    repo.do("remote", "add", "origin", str(repo.path))
    repo.do("config", "remote.origin.uploadpack", "sleep 3; git-upload-pack")
    with pytest.raises(GitError, match=r"git ls-remote did not end within 0 s"):
        repo.git.run("ls-remote", "origin", timeout=0.2)


def test_no_hook_runs_and_nothing_of_the_users_changes(repo, origin):
    commit = repo.commit()
    repo.do("push", "-q", "origin", "main")
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\ntouch {repo.path}/hook-ran\nexit 1\n")
        hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    (repo.path / "file").write_text("not committed")
    (repo.path / "new").write_text("not known")
    os.utime(repo.path / "file", (1, 1))
    before = repo.state()
    repo.git.text("push", "-q", "origin", f"{commit}:refs/mlgate/test")
    repo.git.text("update-ref", "refs/mlgate/test", commit)
    repo.git.fetch(["refs/mlgate/test"])
    repo.git.text("status", "--porcelain")
    assert repo.state() == before
    assert not (repo.path / "hook-ran").exists()
    assert not (repo.path / ".git" / "FETCH_HEAD").exists()


def test_fetching_without_a_remote_says_so(repo):
    repo.commit()
    with pytest.raises(GitError, match="no remote"):
        repo.git.fetch(["refs/heads/main"])
