"""What every store promises, and what each does in its own way."""

from __future__ import annotations

import dataclasses
import stat

import pytest

from mlgate.checks import evidence_types
from mlgate.errors import DataError, StoreError
from mlgate.git import Git
from mlgate.stores.baseline_files import load
from mlgate.stores.kinds.branch import BranchStore
from mlgate.stores.kinds.folder import FolderStore
from mlgate.stores.kinds.ref import ROOT, RefStore


def test_an_empty_store_has_no_entries(store):
    assert store.baselines() == ()


def test_what_is_saved_can_be_read(store, kit):
    rows = bytes(range(256)) * 1000
    saved = store.save(kit.commit(1), kit.files("ünï\r\n\0", rows), kit.now, push=True)
    (entry,) = store.baselines()
    assert (entry.key, entry.commit, entry.created) == (saved.key, kit.commit(1), kit.now)
    expected = kit.files("ünï\r\n\0", None)
    for one in (entry, saved):
        assert store.read(one) == expected
        assert store.read_rows(one) == rows


def test_entries_come_newest_first_and_know_whether_they_have_rows(store, kit):
    for number in (2, 1, 3):
        rows = None if number == 2 else b"PAR1"
        store.save(kit.commit(number), kit.files(rows=rows), kit.later(number), push=True)
    found = store.baselines()
    assert [entry.commit for entry in found] == [kit.commit(n) for n in (3, 2, 1)]
    assert [entry.rows is not None for entry in found] == [True, False, True]
    assert store.read_rows(found[1]) is None


@pytest.mark.parametrize("days", [1, 0, -1])
def test_a_run_of_the_same_commit_again_replaces_the_earlier_one(store, kit, days):
    """Whatever the clocks say, the one that was saved last stays, and it alone."""
    store.save(kit.commit(1), kit.files("old"), kit.now, push=True)
    store.save(kit.commit(2), kit.files("other"), kit.now, push=True)
    store.save(kit.commit(1), kit.files("new", None), kit.later(days), push=True)
    found = {entry.commit: entry for entry in store.baselines()}
    assert len(found) == 2
    assert store.read(found[kit.commit(1)])["evidence/compare.json"] == b"new"
    assert found[kit.commit(1)].rows is None
    assert store.read(found[kit.commit(2)])["evidence/compare.json"] == b"other"


def test_an_entry_that_was_replaced_since_it_was_listed_is_read_in_its_new_form(store, kit):
    store.save(kit.commit(1), kit.files("old"), kit.now, push=True)
    (listed,) = store.baselines()
    if isinstance(store, RefStore):  # Nothing of it is in this clone, as in CI.
        listed = type(listed)(listed.commit, listed.created, "0" * 40, "0" * 40)
    store.save(kit.commit(1), kit.files("new", None), kit.later(1), push=True)
    assert store.read(listed)["evidence/compare.json"] in (b"new", b"old")
    store.read_rows(listed)


def test_dropping_rows_keeps_the_evidence(store, kit):
    for number in range(4):
        store.save(kit.commit(number), kit.files(str(number)), kit.later(number), push=True)
    chosen = [
        entry for entry in store.baselines() if entry.commit in (kit.commit(0), kit.commit(2))
    ]
    store.drop_rows(chosen, push=True)
    store.drop_rows(chosen, push=True)  # Another process may have been faster.
    store.drop_rows([], push=True)
    assert [entry.rows is not None for entry in store.baselines()] == [True, False, True, False]
    for entry in store.baselines():
        assert store.read(entry)["evidence/compare.json"] == str(int(entry.commit, 16)).encode()
        assert store.read_rows(entry) == (b"PAR1" if entry.rows else None)
    for entry in chosen:
        assert store.read_rows(entry) in (None, b"PAR1")


def test_models_do_not_see_each_others_baselines(store, kit):
    store.save(kit.commit(1), kit.files("mine"), kit.now, push=True)
    for name in ("m2", "m%2fx", "+m"):
        other = dataclasses.replace(store, slug=name)
        assert other.baselines() == ()
        other.save(kit.commit(2), kit.files("theirs"), kit.now, push=True)
    assert [entry.commit for entry in store.baselines()] == [kit.commit(1)]


def test_loading_parses_and_names_what_is_damaged(store, kit):
    commit = kit.commit(1)
    good = {
        "verdict.json": kit.verdict(commit, "fail").to_json().encode(),
        "evidence/compare.json": kit.compare(commit).to_json().encode(),
        "evidence/2/compare.json": b"another policy's, not parsed",
    }
    store.save(commit, good, kit.now, push=True)
    kept = load(store, store.baselines()[0], evidence_types())
    assert kept.verdict.verdict == "fail"
    assert kept.evidence == {"compare": kit.compare(commit)}
    store.save(commit, {**good, "verdict.json": b'{"schema": 2}'}, kit.later(1), push=True)
    with pytest.raises(StoreError, match="damaged or of another version"):
        load(store, store.baselines()[0], evidence_types())


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "evidence/../../x", "."])
def test_a_file_cannot_leave_the_baselines_folder(store, kit, name):
    with pytest.raises(DataError):
        store.save(kit.commit(1), {name: b"x"}, kit.now, push=True)


def test_nothing_of_the_users_changes(store, kit, work):
    (work / "file").write_text("not committed")
    (work / "new").write_text("unknown")
    (work / ".git" / "hooks").mkdir(exist_ok=True)
    for name in ("pre-push", "reference-transaction", "post-commit"):
        hook = work / ".git" / "hooks" / name
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    kit.git(work, "status")
    kept = ("config", "index", "HEAD")
    before = [(work / ".git" / name).read_bytes() for name in kept]
    status = kit.git(work, "status", "--porcelain", "-b")
    for number in range(3):
        store.save(kit.commit(number), kit.files(), kit.later(number), push=True)
        store.save(kit.commit(number), kit.files(), kit.later(number), push=False)
    store.drop_rows(store.baselines()[:1], push=True)
    store.read(store.baselines()[0])
    assert [(work / ".git" / name).read_bytes() for name in kept] == before
    assert kit.git(work, "status", "--porcelain", "-b") == status
    assert not (work / ".git" / "shallow").exists()


# Git stores


def fresh_clone(kit, origin, path, *options):
    kit.git(path.parent, "clone", "-q", *options, f"file://{origin}", str(path))
    return Git(path)


@pytest.mark.parametrize("kind", ["refs", "branch"])
@pytest.mark.parametrize("options", [(), ("--depth=1",)])
def test_another_clone_reads_what_was_pushed(kit, work, origin, tmp_path, kind, options):
    def store_of(git):
        return RefStore(git, "m") if kind == "refs" else BranchStore(git, "m", "kept")

    for number in range(3):
        store_of(Git(work)).save(
            kit.commit(number), kit.files(str(number)), kit.later(number), push=True
        )
    git = fresh_clone(kit, origin, tmp_path / "clone", *options, "--single-branch")
    shallow = git.text("rev-parse", "--is-shallow-repository")
    config = (git.root / ".git" / "config").read_bytes()
    found = store_of(git).baselines()
    assert len(found) == 3
    for number, entry in enumerate(reversed(found)):
        assert store_of(git).read(entry)["evidence/compare.json"] == str(number).encode()
        assert store_of(git).read_rows(entry) == b"PAR1"
    assert git.text("rev-parse", "--is-shallow-repository") == shallow
    assert (git.root / ".git" / "config").read_bytes() == config
    assert git.local_refs("refs/mlgate") == {}
    store_of(git).save(kit.commit(9), kit.files("9"), kit.later(9), push=True)
    assert len(store_of(Git(work)).baselines()) == 4


@pytest.mark.parametrize("kind", ["refs", "branch"])
def test_without_a_push_it_is_kept_here_until_it_is_pushed(kit, work, origin, tmp_path, kind):
    def store_of(git):
        return RefStore(git, "m") if kind == "refs" else BranchStore(git, "m", "kept")

    mine, theirs = store_of(Git(work)), store_of(fresh_clone(kit, origin, tmp_path / "clone"))
    theirs.save(kit.commit(1), kit.files("theirs"), kit.now, push=True)
    mine.save(kit.commit(2), kit.files("mine"), kit.later(1), push=False)
    mine.save(kit.commit(1), kit.files("again"), kit.later(1), push=False)
    assert {entry.commit for entry in mine.baselines()} == {kit.commit(1), kit.commit(2)}
    found = {entry.commit: mine.read(entry)["evidence/compare.json"] for entry in mine.baselines()}
    assert found == {kit.commit(1): b"again", kit.commit(2): b"mine"}
    assert [entry.commit for entry in theirs.baselines()] == [kit.commit(1)]
    mine.save(kit.commit(2), kit.files("pushed"), kit.later(2), push=True)
    theirs = store_of(fresh_clone(kit, origin, tmp_path / "another"))
    assert {entry.commit for entry in theirs.baselines()} == {kit.commit(1), kit.commit(2)}
    if kind == "refs":  # What is on the remote is not kept twice.
        assert all(kit.commit(2) not in ref for ref in Git(work).local_refs(ROOT))


@pytest.mark.parametrize("kind", ["refs", "branch"])
def test_an_unreachable_remote_is_a_store_error(kit, work, tmp_path, kind, monkeypatch):
    monkeypatch.setattr("mlgate.stores.git_objects.pause", lambda attempt: None)
    store = RefStore(Git(work), "m") if kind == "refs" else BranchStore(Git(work), "m", "kept")
    store.save(kit.commit(1), kit.files(), kit.now, push=False)
    kit.git(work, "remote", "add", "origin", f"file://{tmp_path}/gone.git")
    store = type(store)(Git(work), *[getattr(store, name) for name in store.__slots__[1:]])
    with pytest.raises(StoreError, match=r"cannot be read: git ls-remote failed") as caught:
        store.baselines()
    assert caught.value.hint
    with pytest.raises(StoreError, match="cannot be written"):
        store.save(kit.commit(2), kit.files(), kit.now, push=True)


@pytest.mark.parametrize("kind", ["refs", "branch"])
def test_a_remote_that_refuses_is_told_in_its_words_at_once(kit, work, origin, kind, monkeypatch):
    waits = []
    monkeypatch.setattr("mlgate.stores.git_objects.pause", waits.append)
    hook = origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no baselines here' >&2\nexit 1\n")
    hook.chmod(0o755)
    store = RefStore(Git(work), "m") if kind == "refs" else BranchStore(Git(work), "m", "kept")
    with pytest.raises(StoreError, match=r"no baselines here.*pre-receive hook declined"):
        store.save(kit.commit(1), kit.files(), kit.now, push=True)
    assert waits == []


@pytest.mark.parametrize("kind", ["refs", "branch"])
def test_rows_that_hosting_refuses_are_refused_before_anything_is_written(kit, work, kind):
    store = (
        RefStore(Git(work), "m", max_rows=3) if kind == "refs"
        else BranchStore(Git(work), "m", "kept", max_rows=3)
    )  # fmt: skip
    with pytest.raises(StoreError, match="refuses files above") as caught:
        store.save(kit.commit(1), kit.files(), kit.now, push=True)
    assert "baseline.store" in caught.value.hint
    assert "baseline.keep: evidence" in caught.value.hint
    assert store.baselines() == ()
    store.save(kit.commit(1), kit.files(rows=b"123"), kit.now, push=True)


def test_refs_are_parentless_and_one_file_set_each(kit, work, origin):
    store = RefStore(Git(work), "m")
    store.save(kit.commit(1), kit.files(), kit.now, push=True)
    base = f"refs/mlgate/baselines/m/20260301T120000Z-{kit.commit(1)}"
    assert kit.git(origin, "for-each-ref", "--format=%(refname)", "refs/mlgate").split() == [
        f"{base}/evidence",
        f"{base}/rows",
    ]
    listed = kit.git(origin, "ls-tree", "-r", "--name-only", f"{base}/evidence").split()
    assert listed == ["evidence/compare.json", "run.json", "verdict.json"]
    assert kit.git(origin, "ls-tree", "-r", "--name-only", f"{base}/rows") == "rows.parquet"
    assert kit.git(origin, "rev-list", "--count", f"{base}/evidence", f"{base}/rows") == "2"
    assert kit.git(origin, "fsck", "--strict") == ""
    assert kit.git(work, "for-each-ref", "refs/mlgate") == ""


def test_a_remote_without_atomic_pushes_will_do(kit, work, origin):
    kit.git(origin, "config", "receive.advertiseAtomic", "false")
    store = RefStore(Git(work), "m")
    for text in ("old", "new"):
        store.save(kit.commit(1), kit.files(text), kit.now, push=True)
    (entry,) = store.baselines()
    assert store.read(entry)["evidence/compare.json"] == b"new"


def test_rows_without_evidence_and_foreign_refs_are_no_baselines(kit, work):
    head = kit.git(work, "rev-parse", "HEAD")
    for name in (f"20260301T120000Z-{head}/rows", "readme/evidence", "x"):
        kit.git(work, "update-ref", f"{ROOT}/m/{name}", head)
    assert RefStore(Git(work), "m").baselines() == ()


def test_a_branch_grows_by_one_commit_a_save_and_starts_without_parent(kit, work, origin):
    store = BranchStore(Git(work), "m", "kept")
    for number in range(3):
        store.save(kit.commit(number), kit.files(), kit.later(number), push=True)
    assert kit.git(origin, "rev-list", "--count", "kept") == "3"
    assert kit.git(origin, "merge-base", "--all", "kept", "kept~2")
    assert kit.git(origin, "log", "-1", "--format=%an %at", "kept") == (
        f"mlgate {int(kit.later(2).timestamp())}"
    )


def test_a_branch_that_holds_something_else_is_refused(kit, work, origin):
    store = BranchStore(Git(work), "m", "main")
    with pytest.raises(StoreError, match="holds other files: file"):
        store.save(kit.commit(1), kit.files(), kit.now, push=True)
    assert kit.git(origin, "rev-list", "--count", "main") == "1"


# The folder store


def test_a_folder_holds_plain_files_that_others_may_read(kit, tmp_path):
    store = FolderStore(tmp_path / "a" / "b", "m")
    store.save(kit.commit(1), kit.files(), kit.now, push=False)
    place = tmp_path / "a" / "b" / "m" / f"20260301T120000Z-{kit.commit(1)}"
    names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
    assert names == ["evidence/compare.json", "rows.parquet", "run.json", "verdict.json"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
    assert [p.name for p in place.parent.iterdir()] == [place.name]


def test_what_a_killed_process_left_behind_goes_after_a_day(kit, tmp_path):
    import os

    store = FolderStore(tmp_path, "m")
    for name, old in ((".unfinished-old", True), (".unfinished-new", False)):
        (tmp_path / "m" / name).mkdir(parents=True)
        if old:
            os.utime(tmp_path / "m" / name, (1, 1))
    store.save(kit.commit(1), kit.files(), kit.now, push=True)
    left = {p.name for p in (tmp_path / "m").iterdir()}
    assert ".unfinished-new" in left
    assert ".unfinished-old" not in left
    assert len(store.baselines()) == 1


def test_a_folder_that_cannot_be_used_is_a_store_error(kit, tmp_path):
    (tmp_path / "file").write_text("x")
    store = FolderStore(tmp_path / "file", "m")
    with pytest.raises(StoreError, match="cannot be read"):
        store.baselines()
    with pytest.raises(StoreError, match="cannot be written"):
        store.save(kit.commit(1), kit.files(), kit.now, push=True)
