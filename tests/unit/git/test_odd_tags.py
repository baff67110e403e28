"""Tags that anybody who may push can make: none of them stops a run, and none of them counts."""

from __future__ import annotations

import subprocess

import pytest

from mlgate.git import Git
from mlgate.inputs import git_facts

MISSING = "0123456789" * 4
DATES = {
    "none": None,
    "year-9999": "253370764800",
    "year-10000": "253402300801",
    "beyond-time_t": "99999999999999999999999",
    "unsigned": "18446744073709551615",
    "negative": "-5",
    "years-before-christ": "-99999999999",
    "words": "yesterday",
    "empty": "",
}


@pytest.fixture
def good(repo):
    """One commit with one good tag, v1.0."""
    commit = repo.commit(at=1_600_000_000)
    repo.do("tag", "v1.0", commit)
    return commit


def tag_object(repo, target, kind="commit", tagger="tagger t <t@e> 1600000000 +0000\n"):
    text = f"object {target}\ntype {kind}\ntag v\n{tagger}\nx\n"
    made = subprocess.run(
        ["git", "hash-object", "-t", "tag", "-w", "--stdin", "--literally"],
        cwd=repo.path, input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    return made.stdout.decode().strip()


def names(repo):
    return [tag.name for tag in git_facts.tags(Git(repo.path))]


@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
def test_a_tag_without_a_date_that_can_be_does_not_count(repo, good, date):
    tagger = "" if date is None else f"tagger t <t@e> {date} +0000\n"
    repo.do("update-ref", "refs/tags/v2.0", tag_object(repo, good, tagger=tagger))
    assert names(repo) == ["v1.0"]


@pytest.mark.parametrize("what", ["HEAD^{tree}", "HEAD:file"], ids=["tree", "blob"])
def test_a_tag_of_something_else_does_not_count(repo, good, what):
    (repo.path / "file").write_text("x")
    repo.do("add", "file")
    repo.commit(at=1_600_000_001)
    repo.do("tag", "v2.0", what)
    repo.do("tag", "-a", "-m", "x", "v2.1", what)
    assert names(repo) == ["v1.0"]


def test_a_tag_of_a_tag_does_not_count_or_is_its_commits(repo, good):
    inner = tag_object(repo, good)
    repo.do("update-ref", "refs/tags/v2.0", tag_object(repo, inner, "tag"))
    assert {tag.commit for tag in git_facts.tags(Git(repo.path))} == {good}


@pytest.mark.parametrize("content", [MISSING, "rubbish", "", "0" * 40, "ref: refs/tags/none"])
def test_a_ref_that_leads_nowhere_does_not_count(repo, good, content):
    (repo.path / ".git/refs/tags/v2.0").write_text(f"{content}\n")
    assert names(repo) == ["v1.0"]


def test_a_tag_whose_commit_is_missing_does_not_count(repo, good):
    repo.do("update-ref", "refs/tags/v2.0", tag_object(repo, MISSING))
    assert names(repo) == ["v1.0"]


def test_where_only_such_tags_are_there_is_none(repo):
    commit = repo.commit(at=1_600_000_000)
    repo.do("update-ref", "refs/tags/v2.0", tag_object(repo, commit, tagger=""))
    assert names(repo) == []


@pytest.mark.parametrize("name", ["v2\u2028x", "v2\x85x", "v2;`$(x)", "v2-ü", "-x", "@{u", "v2 "])
def test_an_odd_name_breaks_no_other(repo, good, name):
    try:
        repo.do("update-ref", f"refs/tags/{name}", good)
    except subprocess.CalledProcessError:
        pytest.skip("git itself takes no such name")
    assert sorted(names(repo)) == sorted(["v1.0", name])


@pytest.mark.parametrize("remote", [False, True], ids=["clone", "remote"])
def test_a_name_that_is_not_utf_8_does_not_count(repo, origin, good, tmp_path, remote):
    subprocess.run(
        [b"git", b"update-ref", b"refs/tags/caf\xe9", good.encode()], cwd=repo.path, check=True
    )
    repo.do("push", "-q", "--tags", "origin")
    clone = origin.clone(tmp_path / "clone", "--no-tags") if remote else repo
    assert names(clone) == ["v1.0"]


def test_a_name_with_a_line_separator_is_read_from_the_remote_too(repo, origin, good, tmp_path):
    repo.do("tag", "v2\u2028x", good)
    repo.do("push", "-q", "--tags", "origin")
    assert sorted(names(origin.clone(tmp_path / "clone", "--no-tags"))) == ["v1.0", "v2\u2028x"]


@pytest.mark.parametrize("date", ["abc", "99999999999999999999999", "253402300801"])
def test_a_commit_of_no_readable_date_can_be_looked_for(repo, origin, tmp_path, date):
    commits = [repo.commit(at=1_600_000_000 + 86_400 * at) for at in range(3)]
    tree = repo.do("rev-parse", "HEAD^{tree}")
    text = f"tree {tree}\nparent {commits[2]}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> {date} +0000\n\nx\n"
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=repo.path, input=text.encode(), capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    repo.do("push", "-q", "origin", f"{made}:refs/heads/main")
    clone = origin.clone(tmp_path / "clone", "--depth=1")
    assert git_facts.is_ancestor(clone.git, commits[0], made)
    assert not git_facts.is_ancestor(clone.git, made, commits[0])
