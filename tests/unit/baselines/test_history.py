"""The trend, carried from baseline to baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mlgate.baselines.folder import FolderStore
from mlgate.baselines.history import extended_history, history
from mlgate.model.evidence import BaselineRef, HistoryPoint

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class Tag:
    name: str
    commit: str
    created: dt.datetime | None = None


def point(kit, number):
    return HistoryPoint(
        commit=kit.commit(number), created="x", verdict="pass", metrics={"accuracy": number / 100}
    )


def test_the_baselines_own_point_comes_last(kit):
    evidence = kit.compare(kit.commit(5), 0.9, (point(kit, 3), point(kit, 4)))
    ref = BaselineRef(commit=kit.commit(5), created="2026-03-02T00:00:00Z")
    made = extended_history(evidence, "fail", ref)
    assert [one.commit for one in made] == [kit.commit(n) for n in (3, 4, 5)]
    assert (made[-1].verdict, made[-1].created) == ("fail", "2026-03-02T00:00:00Z")
    assert made[-1].metrics == {"accuracy": 0.9}


def test_only_the_last_points_are_carried_on(kit):
    evidence = kit.compare(kit.commit(99), 0.9, tuple(point(kit, n) for n in range(40)))
    made = extended_history(evidence, "pass", BaselineRef(commit=kit.commit(99)), last=30)
    assert len(made) == 30
    assert made[0].commit == kit.commit(11)


def test_a_tag_made_later_is_shown_and_the_newest_of_two(kit):
    evidence = kit.compare(kit.commit(5), 0.9, (point(kit, 3),))
    tags = [Tag("v2", kit.commit(3)), Tag("v1", kit.commit(3)), Tag("v3", kit.commit(5))]
    made = extended_history(evidence, "pass", BaselineRef(commit=kit.commit(5)), tags)
    assert [one.tag for one in made] == ["v2", "v3"]


class Counting(FolderStore):
    """Counts reads."""

    reads = 0

    def read(self, entry):
        type(self).reads += 1
        return super().read(entry)


@pytest.mark.parametrize(("last", "reads"), [(1, 1), (30, 1), (31, 1), (70, 3), (200, 5)])
def test_the_trend_reads_one_baseline_for_thirty_points(kit, tmp_path, last, reads):
    store = Counting(tmp_path, "m")
    carried: tuple[HistoryPoint, ...] = ()
    for number in range(100):
        evidence = kit.compare(kit.commit(number), number / 100, carried)
        files = {
            "verdict.json": kit.verdict(kit.commit(number)).to_json().encode(),
            "evidence/compare.json": evidence.to_json().encode(),
        }
        entry = store.save(kit.commit(number), files, kit.later(number), push=False)
        ref = BaselineRef(commit=entry.commit)
        carried = extended_history(evidence, "pass", ref)
    Counting.reads = 0
    made = history(store, store.entries(), last=last)
    assert [one.commit for one in made] == [kit.commit(n) for n in range(100)][-last:]
    assert [one.metrics["accuracy"] for one in made] == [n / 100 for n in range(100)][-last:]
    assert Counting.reads == reads


def test_without_baselines_there_is_no_trend(tmp_path):
    assert history(FolderStore(tmp_path, "m"), ()) == ()


def test_a_baseline_without_compare_evidence_ends_the_trend(kit, tmp_path):
    store = FolderStore(tmp_path, "m")
    store.save(
        kit.commit(1),
        {"verdict.json": kit.verdict(kit.commit(1)).to_json().encode()},
        kit.now,
        push=False,
    )
    assert history(store, store.entries()) == ()
