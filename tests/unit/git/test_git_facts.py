"""Facts about a run, in full and shallow clones, against what plain git says."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from mlgate.errors import UsageError
from mlgate.git import Git, GitError
from mlgate.inputs import git_facts
from mlgate.inputs.git_facts import baseline_commits, facts, first_parents


@pytest.fixture
def history(repo, origin):
    """Thirty commits on main (pushed), a branch `topic` of three from the 20th."""
    commits = [repo.commit(at=1_600_000_000 + 86_400 * i) for i in range(30)]
    repo.do("push", "-q", "origin", "main")
    repo.do("checkout", "-q", "-b", "topic", commits[19])
    topic = [repo.commit("topic", at=1_700_000_000 + i) for i in range(3)]
    repo.do("push", "-q", "origin", "topic")
    return commits, topic


def test_on_a_branch_the_merge_base_is_wanted_first(repo, history):
    commits, topic = history
    found = facts(repo.git, "main")
    assert (found.commit, found.branch, found.parent) == (topic[2], "topic", topic[1])
    assert (found.base_ref, found.base_commit) == ("refs/remotes/origin/main", commits[29])
    assert (found.merge_base, found.on_base, found.dirty) == (commits[19], False, False)
    assert found.tree == repo.do("rev-parse", "HEAD^{tree}")
    assert list(baseline_commits(repo.git, found)) == commits[19::-1]


def test_on_the_base_branch_itself_the_parent_is_wanted_first(repo, history):
    commits, _ = history
    repo.do("checkout", "-q", "main")
    found = facts(repo.git, "main")
    assert found.on_base
    assert list(baseline_commits(repo.git, found)) == commits[28::-1]


def test_changes_on_the_base_branch_are_compared_with_its_own_commit(repo, history):
    commits, _ = history
    repo.do("checkout", "-q", "main")
    (repo.path / "file").write_text("changed")
    found = facts(repo.git, "main")
    assert (found.dirty, found.changed) == (True, ("file",))
    assert next(baseline_commits(repo.git, found)) == commits[29]


def test_a_detached_commit_of_the_base_branch_is_on_it(repo, history):
    commits, _ = history
    repo.do("checkout", "-q", "--detach", commits[10])
    found = facts(repo.git, "main")
    assert (found.branch, found.on_base) == (None, True)
    assert next(baseline_commits(repo.git, found)) == commits[9]


def test_another_commit_can_be_asked_for(repo, history):
    commits, topic = history
    repo.do("checkout", "-q", "main")
    (repo.path / "file").write_text("changed")
    found = facts(repo.git, "main", commit=topic[1][:10])
    assert (found.commit, found.merge_base, found.on_base) == (topic[1], commits[19], False)
    assert not found.dirty


def test_the_remotes_base_branch_counts_more_than_the_local_one(repo, history):
    commits, _ = history
    repo.do("branch", "-f", "main", commits[3])
    assert facts(repo.git, "main").base_commit == commits[29]


def test_before_the_first_commit_there_are_no_facts(repo):
    found = facts(repo.git, "main")
    assert (found.commit, found.tree, found.merge_base, found.parent) == (None,) * 4
    assert found.on_base
    assert not list(baseline_commits(repo.git, found))


def test_without_a_base_branch_ancestors_of_the_commit_are_wanted(repo):
    repo.do("checkout", "-q", "-b", "trunk")
    first, second = repo.commit(), repo.commit()
    found = facts(repo.git, "main")
    assert (found.base_ref, found.base_commit) == (None, None)
    assert list(baseline_commits(repo.git, found)) == [first]
    assert found.commit == second


def test_unrelated_histories_have_nothing_in_common(repo, history):
    repo.do("checkout", "-q", "--orphan", "island")
    repo.commit("other")
    found = facts(repo.git, "main")
    assert found.merge_base is None
    assert not list(baseline_commits(repo.git, found))


def test_outside_a_repository_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        facts(Git(tmp_path), "main")


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        (lambda repo: (repo.path / "new").write_text("x"), False),
        (lambda repo: (repo.path / "file").touch(), False),
        (lambda repo: (repo.path / "file").unlink(), True),
        (lambda repo: repo.do("mv", "file", "ünïcode näme"), True),
    ],
)
def test_only_tracked_content_makes_dirty(repo, change, dirty):
    repo.commit()
    change(repo)
    index = (repo.path / ".git" / "index").read_bytes()
    assert facts(repo.git, "main").dirty is dirty
    assert (repo.path / ".git" / "index").read_bytes() == index


def test_the_remotes_address_is_given_without_credentials(repo):
    repo.commit()
    repo.do("remote", "add", "origin", "https://bot:s3cret@localhost:1/team/income.git")
    assert facts(repo.git, "main", local=True).remote_url == "https://localhost:1/team/income.git"


def test_an_unreachable_remote_is_an_error_where_the_base_branch_must_be_fetched(repo, tmp_path):
    repo.do("checkout", "-q", "-b", "topic")
    repo.commit()
    repo.do("remote", "add", "origin", f"file://{tmp_path}/gone.git")
    with pytest.raises(GitError, match="does not appear to be a git repository"):
        facts(repo.git, "main")


# Shallow clones: what CI checks out.


def test_a_shallow_clone_of_a_pull_request_finds_the_merge_base(repo, origin, history, tmp_path):
    commits, topic = history
    clone = origin.clone(tmp_path / "clone", "--depth=1", "--branch=topic", "--single-branch")
    before = clone.state()
    found = facts(clone.git, "main")
    assert found.shallow
    assert (found.commit, found.base_commit) == (topic[2], commits[29])
    assert found.merge_base == commits[19]
    assert list(baseline_commits(clone.git, found)) == commits[19::-1]
    after = clone.state()
    assert {k: v for k, v in after.items() if k != "shallow"} == {
        k: v for k, v in before.items() if k != "shallow"
    }


def test_githubs_merge_commit_is_compared_with_the_base_tip(repo, origin, history, tmp_path):
    """HEAD is a merge of the base's tip (first parent) and the branch, checked out alone."""
    commits, topic = history
    repo.do("checkout", "-q", "--detach", commits[29])
    repo.do("merge", "-q", "--no-ff", "-m", "Merge topic", topic[2])
    merge = repo.do("rev-parse", "HEAD")
    repo.do("push", "-q", "origin", f"{merge}:refs/pull/1/merge")
    clone = origin.clone(tmp_path / "clone", "--depth=1", "--no-checkout")
    clone.do("fetch", "-q", "--depth=1", "origin", "+refs/pull/1/merge:refs/remotes/pull/1/merge")
    clone.do("checkout", "-q", "--detach", "refs/remotes/pull/1/merge")
    clone.do("update-ref", "-d", "refs/remotes/origin/main")
    clone.do("update-ref", "-d", "refs/heads/main")
    found = facts(clone.git, "main")
    assert (found.commit, found.merge_base, found.on_base) == (merge, commits[29], False)
    assert list(itertools.islice(baseline_commits(clone.git, found), 5)) == commits[29:24:-1]

    repo.do("checkout", "-q", "main")
    repo.commit()
    repo.do("push", "-q", "origin", "main")
    clone.do("fetch", "-q", "origin", "main")
    moved = facts(clone.git, "main")
    assert moved.base_commit != commits[29]
    assert moved.merge_base == commits[29]


@pytest.mark.parametrize("length", [1, 2, 51, 52, 200])
def test_first_parents_deepen_until_the_end(repo, origin, tmp_path, monkeypatch, length):
    commands = [
        f"commit refs/heads/main\ncommitter A <a@b> {1_600_000_000 + i} +0000\ndata 1\nx\n"
        for i in range(length)
    ]
    import subprocess

    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=origin.path,
        input="\n".join(commands).encode(),
        check=True,
    )
    clone = origin.clone(tmp_path / "clone", "--depth=1")
    expected = origin.do("rev-list", "main").split()
    assert list(first_parents(clone.git, expected[0])) == expected
    again = origin.clone(tmp_path / "again", "--depth=1")
    assert list(first_parents(again.git, expected[0], limit=40)) == expected[:40]
    # Read no further than needed: the first commit costs no fetch.
    third = origin.clone(tmp_path / "third", "--depth=1")
    assert next(first_parents(third.git, expected[0])) == expected[0]
    assert third.do("rev-list", "--count", "HEAD") == "1"


def test_first_parents_follow_the_first_parent(repo, history):
    commits, _ = history
    repo.do("checkout", "-q", "main")
    repo.do("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    merge = repo.do("rev-parse", "HEAD")
    assert list(first_parents(repo.git, merge))[1:] == commits[::-1]


def test_a_full_clone_stays_full(repo, origin, history, tmp_path):
    commits, _ = history
    clone = origin.clone(tmp_path / "clone", "--single-branch", "--branch=topic")
    found = facts(clone.git, "main")
    assert found.merge_base == commits[19]
    assert not found.shallow
    assert not (clone.path / ".git" / "shallow").exists()


@pytest.mark.parametrize("depth", [None, 1])
def test_is_ancestor_also_where_history_is_cut(repo, origin, history, tmp_path, depth):
    commits, topic = history
    options = [] if depth is None else [f"--depth={depth}"]
    clone = origin.clone(tmp_path / "clone", *options, "--branch=topic", "--single-branch")
    assert git_facts.is_ancestor(clone.git, topic[2], topic[2])
    assert git_facts.is_ancestor(clone.git, commits[5], topic[2])
    assert not git_facts.is_ancestor(clone.git, commits[25], topic[2])


def test_a_younger_commit_elsewhere_does_not_fetch_all_history(repo, origin, tmp_path):
    for i in range(120):
        repo.commit(at=1_600_000_000 + 86_400 * i)
    repo.do("checkout", "-q", "-b", "release", "main~10")
    other = repo.commit("release", at=1_600_000_000 + 86_400 * 119)
    repo.do("push", "-q", "origin", "main", "release")
    clone = origin.clone(tmp_path / "clone", "--depth=1", "--single-branch", "--branch=main")
    head = clone.do("rev-parse", "HEAD")
    assert not git_facts.is_ancestor(clone.git, other, head)
    assert int(clone.do("rev-list", "--count", "HEAD")) < 100


def test_files_at_a_commit(repo, history):
    commits, _ = history
    assert git_facts.file_at(repo.git, commits[2], "file") == b"xxx"
    assert git_facts.file_at(repo.git, commits[2], "topic") is None
    repo.commit("folder/ünïcode", "text")
    assert git_facts.file_at(repo.git, "HEAD", "folder/ünïcode") == b"text"
    assert git_facts.file_at(repo.git, "HEAD", "folder") is None


@pytest.mark.parametrize("name", ["a blob 3", "a missing", "missing", "7", "a\nb"])
def test_a_files_name_is_not_taken_for_gits_words(repo, name):
    first = repo.commit("other", "x")
    assert git_facts.file_at(repo.git, first, name) is None
    repo.commit(name, "text\n")
    assert git_facts.file_at(repo.git, "HEAD", name) == b"text\n"


def test_links_are_followed_within_the_commit(repo):
    repo.commit("file", "text")
    for name, target in {"link": "file", "gone": "nowhere", "loop": "loop", "out": "../x"}.items():
        (repo.path / name).symlink_to(target)
        repo.do("add", name)
    repo.do("commit", "-qm", "links")
    names = ("link", "gone", "loop", "out", "file/below")
    found = [git_facts.file_at(repo.git, "HEAD", name) for name in names]
    assert found == [b"text", None, None, None, None]


def test_where_a_run_stands_takes_eight_calls_of_git(repo, origin, history, tmp_path, monkeypatch):
    clone = origin.clone(tmp_path / "clone")
    traces = tmp_path / "traces"
    traces.mkdir()
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(traces))
    found = facts(clone.git, "main")
    assert found.commit is not None
    assert len(list(traces.iterdir())) <= 8


def test_changed_paths_name_both_ends_of_a_move(repo):
    first = repo.commit("old näme", "a long enough text\n" * 20)
    repo.do("mv", "old näme", "new")
    second = repo.commit("other")
    changes = git_facts.changes(repo.git, first, second)
    assert set(changes.files) == {"old näme", "new", "other"}
    assert len(changes) == 3


def test_a_mode_and_a_pointer_to_a_submodule_are_changes(repo):
    first = repo.commit("script")
    repo.do("update-index", "--chmod=+x", "script")
    repo.do("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},lib")
    repo.do("commit", "--quiet", "-m", "second")
    changes = git_facts.changes(repo.git, first, "HEAD")
    assert (changes.files, changes.submodules) == (("script",), ("lib",))
    for commit in ("HEAD", None):
        tracked = git_facts.tracked(repo.git, commit)
        assert (tracked.files, tracked.submodules) == (("script",), ("lib",))


def test_changed_paths_fetch_the_parent_in_a_shallow_clone(repo, origin, history, tmp_path):
    commits, _ = history
    clone = origin.clone(tmp_path / "clone", "--depth=1")
    found = facts(clone.git, "main")
    assert found.parent == commits[28]
    assert git_facts.changes(clone.git, found.parent, found.commit).files == ("file",)


def test_tags_are_commits_newest_first(repo, history):
    commits, _ = history
    when = {"GIT_COMMITTER_DATE": "1650000000 +0000"}
    repo.do("tag", "-a", "-m", "x", "v1.0", commits[3], env=when)
    repo.do("tag", "light", commits[20])
    repo.do("tag", "tree", f"{commits[3]}^{{tree}}")
    found = git_facts.tags(repo.git)
    assert [(tag.name, tag.commit) for tag in found] == [
        ("v1.0", commits[3]),
        ("light", commits[20]),
    ]
    assert found[0].created == dt.datetime.fromtimestamp(1_650_000_000, dt.UTC)


def test_tags_come_from_the_remote_where_the_clone_has_none(repo, origin, history, tmp_path):
    commits, _ = history
    repo.do("tag", "-a", "-m", "x", "v1.0", commits[3])
    repo.do("tag", "v0.9", commits[1])
    repo.do("push", "-q", "--tags", "origin")
    clone = origin.clone(tmp_path / "clone", "--depth=1", "--no-tags")
    found = {(tag.name, tag.commit, tag.created) for tag in git_facts.tags(clone.git)}
    assert found == {("v1.0", commits[3], None), ("v0.9", commits[1], None)}
    assert clone.do("tag") == ""


def test_a_commit_that_is_nowhere_is_an_error(repo, history):
    with pytest.raises(GitError):
        git_facts.ensure(repo.git, "0123456789" * 4)


def test_this_clones_main_serves_where_it_is_ahead_and_nobody_else_wrote_it(repo, history):
    commits, _ = history
    repo.do("checkout", "-q", "main")
    mine = [repo.commit(), repo.commit()]
    repo.do("checkout", "-q", "-b", "pr")
    repo.commit("other")
    found = facts(repo.git, "main", local=True)
    assert (found.base_ref, found.base_commit) == ("refs/heads/main", mine[1])
    assert (found.base_ahead, found.base_behind, found.merge_base) == (2, 0, mine[1])
    assert git_facts.branch_commit(repo.git, "main", local=True) == mine[1]
    in_ci = facts(repo.git, "main")
    assert (in_ci.base_name, in_ci.merge_base) == ("origin/main", commits[29])
    assert git_facts.branch_commit(repo.git, "main") == commits[29]


def test_this_clones_main_does_not_serve_where_the_remotes_has_other_commits(repo, history):
    commits, _ = history
    repo.do("branch", "-q", "--force", "main", commits[28])
    repo.do("checkout", "-q", "main")
    repo.commit("mine")
    found = facts(repo.git, "main", local=True)
    assert (found.base_name, found.base_commit) == ("origin/main", commits[29])
    assert (found.base_ahead, found.base_behind) == (1, 1)
