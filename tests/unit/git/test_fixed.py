"""What a repository's own settings, refs and files cannot make git do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mlgate.git import ClosedError, Git, GitError, Login
from mlgate.inputs import git_facts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.git.conftest import Repo


def spy(repo: Repo) -> tuple[str, Path]:
    """Return a command that leaves a trace, and the trace."""
    trace = repo.path.parent / "trace"
    return f"sh -c 'env > {trace}; cat'", trace


@pytest.mark.parametrize("part", ["clean", "process"])
def test_filters_of_the_repository_are_not_run(repo: Repo, part: str) -> None:
    command, trace = spy(repo)
    repo.commit("model.bin", "x")
    (repo.path / ".gitattributes").write_text("*.bin filter=mine\n")
    repo.do("config", f"filter.mine.{part}", command)
    repo.do("config", "filter.mine.required", "true")
    (repo.path / "model.bin").write_text("y")
    assert git_facts.facts(repo.git, "main").changed == ("model.bin",)
    assert not trace.exists()


def test_a_filter_that_an_included_file_names_is_not_run(repo: Repo) -> None:
    command, trace = spy(repo)
    repo.commit("model.bin", "x")
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "attributes").write_text("*.bin filter=a.b\n")
    included = repo.path.parent / "included"
    repo.do("config", "--file", str(included), "filter.a.b.clean", command)
    repo.do("config", "include.path", str(included))
    (repo.path / "model.bin").write_text("y")
    assert repo.git.status()
    assert not trace.exists()


def test_filters_of_the_user_are_run(repo: Repo) -> None:
    command, trace = spy(repo)
    repo.commit("model.bin", "x")
    (repo.path / ".gitattributes").write_text("*.bin filter=mine\n")
    repo.do("config", "--global", "filter.mine.clean", command)
    (repo.path / "model.bin").write_text("y")
    repo.git.status()
    assert trace.exists()


def test_replaced_and_grafted_commits_are_not_believed(repo: Repo) -> None:
    first, second = repo.commit(), repo.commit()
    repo.do("replace", second, first)
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "grafts").write_text(f"{second}\n")
    assert git_facts.parents(repo.git, second) == (first,)
    assert repo.git.text("rev-list", second).split() == [second, first]


def test_no_other_program_is_a_remote(repo: Repo) -> None:
    command, trace = spy(repo)
    repo.do("remote", "add", "origin", f"ext::{command}")
    repo.do("config", "protocol.ext.allow", "always")
    with pytest.raises(GitError, match="transport 'ext' not allowed"):
        repo.git.remote_refs()
    assert not trace.exists()


def test_variables_of_git_lead_nowhere_else(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit = repo.commit()
    monkeypatch.setenv("GIT_SHALLOW_FILE", str(tmp_path / "shallow"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_ATTR_SOURCE", "nothing")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "ext")
    assert repo.git.commit_of("HEAD") == commit


def test_a_closed_repository_is_asked_nothing(repo: Repo) -> None:
    repo.commit()
    git = repo.git
    git.close()
    assert git.top == repo.path
    with pytest.raises(ClosedError, match="is not run"):
        git.text("rev-parse", "HEAD")
    with pytest.raises(ClosedError):
        git.has("HEAD")


def test_a_repository_apart_has_the_remote_as_it_was(repo: Repo, tmp_path: Path) -> None:
    repo.commit()
    clone = repo.clone(tmp_path / "clone")
    git = clone.git
    git.close()
    command, trace = spy(repo)
    clone.do("config", "remote.origin.url", "nowhere")
    clone.do("config", "--global", "core.sshCommand", command)
    clone.do("config", "--global", "url.nowhere.insteadOf", repo.url)
    apart = git.apart(tmp_path / "apart.git")
    assert set(apart.remote_refs("refs/heads/*").values()) == {repo.do("rev-parse", "HEAD")}
    assert not trace.exists()


def test_where_there_is_a_token_git_gets_no_other(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, trace = spy(repo)
    monkeypatch.setenv("WANDB_API_KEY", "a-key-of-a-tracker")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pw@127.0.0.1:9")
    repo.commit("model.bin", "x")
    (repo.path / ".gitattributes").write_text("*.bin filter=mine\n")
    repo.do("config", "--global", "filter.mine.clean", command)
    (repo.path / "model.bin").write_text("y")
    Git(repo.path, Login("https://github.com", "a-token-of-a-job")).status()
    seen = trace.read_text()
    assert "a-key-of-a-tracker" not in seen
    assert "a-token-of-a-job" not in seen
    assert "HTTPS_PROXY" in seen
    assert os.environ["HOME"] in seen
