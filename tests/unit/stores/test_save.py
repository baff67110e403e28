"""What is kept of a run, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest

from mlgate.errors import DataError, UsageError
from mlgate.git import Git
from mlgate.model.evidence import Evidence
from mlgate.stores.kinds.folder import FolderStore
from mlgate.stores.kinds.ref import RefStore
from mlgate.stores.save import Keeping, save


@pytest.fixture
def keep(kit, tmp_path):
    """Save a run directory into a folder store."""

    def call(run_dir, head, changed=(), how=None, now=None):
        store = FolderStore(tmp_path / "kept", "m")
        return save(store, run_dir, head, changed, how or Keeping(), now or kit.now, push=True)

    return call


def test_verdict_run_evidence_and_rows_are_kept_and_nothing_else(kit, tmp_path, keep):
    run = kit.run(tmp_path / "run", kit.commit(1), "fail")
    run.log.parent.mkdir()
    run.log.write_text("secret words of the training")
    run.changed.write_bytes(b"stays here")
    (run.path / "report.md").write_text("x")
    run.write_evidence(kit.compare(kit.commit(1)), "evidence/2")
    saved = keep(run, kit.commit(1))
    place = tmp_path / "kept" / "m" / saved.baseline.key
    assert sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()) == [
        "evidence/2/compare.json",
        "evidence/compare.json",
        "rows.parquet",
        "run.json",
        "verdict.json",
    ]
    assert (place / "verdict.json").read_bytes() == (run.path / "verdict.json").read_bytes()


def test_keep_evidence_keeps_no_rows(kit, tmp_path, keep):
    run = kit.run(tmp_path / "run", kit.commit(1))
    assert keep(run, kit.commit(1), how=Keeping(rows=False)).baseline.rows is None


@pytest.mark.parametrize(
    ("facts", "head", "changed", "message"),
    [
        ({"commit": 1}, 2, (), "the run is of commit 0000000, but 0000000 is checked out"),
        ({"commit": 1}, None, (), "there is no commit"),
        ({"commit": None}, 1, (), "there is no commit"),
        ({"commit": 1, "dirty": True}, 1, (), "was made with changes"),
        ({"commit": 1}, 1, ("a", "b"), "not committed: a, b"),
        ({"commit": 1}, 1, tuple("abcde"), "not committed: a, b, c and 2 more"),
    ],
)
def test_what_belongs_to_no_commit_is_refused(kit, tmp_path, keep, facts, head, changed, message):
    def commit(number):
        return None if number is None else kit.commit(number)

    run = kit.run(tmp_path / "run", commit(facts.pop("commit")), **facts)
    with pytest.raises(UsageError, match=message) as caught:
        keep(run, commit(head), changed)
    assert caught.value.hint
    assert not (tmp_path / "kept").exists()


def test_without_a_verdict_there_is_nothing_to_keep(kit, tmp_path, keep):
    run = kit.run(tmp_path / "run", kit.commit(1))
    (run.path / "verdict.json").unlink()
    with pytest.raises(DataError, match=r"has no verdict\.json"):
        keep(run, kit.commit(1))


def test_a_run_that_measured_nothing_is_refused(kit, tmp_path, keep):
    run = kit.run(tmp_path / "run", kit.commit(1), "error")
    run.write_evidence(
        Evidence(check="compare", tool="0", commit=None, created="x", error="no file")
    )
    with pytest.raises(DataError, match="no measurement"):
        keep(run, kit.commit(1))


def test_a_run_that_was_not_applicable_is_left_out_without_an_error(kit, tmp_path, keep):
    run = kit.run(tmp_path / "run", kit.commit(1), not_applicable="no changed file matches")
    saved = keep(run, kit.commit(1))
    assert (saved.baseline, saved.reason) == (None, "nothing was measured: no changed file matches")


@pytest.mark.parametrize("kind", ["folder", "ref"])
def test_saving_drops_rows_that_are_no_longer_needed(kit, tmp_path, origin, work, kind):
    store = FolderStore(tmp_path / "kept", "m") if kind == "folder" else RefStore(Git(work), "m")
    how = Keeping(newest=2)
    dropped = []
    for number in range(5):
        run = kit.run(tmp_path / f"run{number}", kit.commit(number))
        now = kit.later(number / 100)
        saved = save(store, run, kit.commit(number), (), how, now, push=True)
        dropped.append(saved.dropped)
    assert dropped == [0, 0, 0, 1, 1]
    assert [entry.rows is not None for entry in store.baselines()] == [
        True,
        True,
        False,
        False,
        True,
    ]

    @dataclasses.dataclass
    class Tag:
        name = "v1"
        commit = kit.commit(3)
        created = None

    how = dataclasses.replace(how, tags=[Tag()])
    run = kit.run(tmp_path / "last", kit.commit(9))
    assert save(store, run, kit.commit(9), (), how, kit.later(1), push=True).dropped == 0
