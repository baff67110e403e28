"""The trend, carried from baseline to baseline."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mlgate.checks import evidence_types
from mlgate.checks.data.evidence import DataEvidence
from mlgate.model.evidence import BaselineRef, HistoryPoint
from mlgate.stores.baseline_files import BaselineFiles, load
from mlgate.stores.history import extended_history, history, known_ancestors
from mlgate.stores.kinds.folder import FolderStore

if TYPE_CHECKING:
    import datetime as dt


def loader(store):
    return lambda baseline: load(store, baseline, evidence_types())


@dataclass(frozen=True)
class Tag:
    name: str
    commit: str
    created: dt.datetime | None = None


def point(kit, number):
    return HistoryPoint(
        commit=kit.commit(number),
        created="2026-03-01T00:00:00Z",
        verdict="pass",
        metrics={"accuracy": number / 100},
    )


def test_the_baselines_own_point_comes_last(kit):
    evidence = kit.compare(kit.commit(5), 0.9, (point(kit, 3), point(kit, 4)))
    ref = BaselineRef(commit=kit.commit(5), created="2026-03-02T00:00:00Z")
    made = extended_history(evidence, "fail", ref)
    assert [one.commit for one in made] == [kit.commit(n) for n in (3, 4, 5)]
    assert (made[-1].verdict, made[-1].created) == ("fail", "2026-03-02T00:00:00Z")
    assert made[-1].metrics == {"accuracy": 0.9}


def test_beyond_the_last_points_one_a_week_and_releases_are_carried_on(kit):
    """300 daily points: 30 of the last days, 9 or 10 weeks before, five releases of six."""
    carried: tuple[HistoryPoint, ...] = ()
    tags = [Tag(f"v{n}", kit.commit(n)) for n in (60, 50, 40, 30, 20, 10)]
    for number in range(300):
        evidence = kit.compare(kit.commit(number), 0.9, carried)
        created = f"{kit.later(number):%Y-%m-%dT%H:%M:%SZ}"
        carried = extended_history(
            evidence, "pass", BaselineRef(commit=kit.commit(number), created=created), tags
        )
    commits = [int(point.commit, 16) for point in carried]
    assert commits == sorted(commits)
    assert commits[-30:] == list(range(270, 300))
    assert commits[:5] == [20, 30, 40, 50, 60]
    weeks = commits[5:-30]
    assert [b - a for a, b in itertools.pairwise(weeks)] == [7] * (len(weeks) - 1)
    assert 299 - weeks[0] >= 90
    assert 270 - weeks[-1] <= 7
    assert len(carried) <= 50


def test_what_a_baseline_knows_of_its_ancestors(kit):
    evidence = kit.compare(kit.commit(5), 0.9, (point(kit, 3), point(kit, 4)))
    anchor = BaselineRef(commit=kit.commit(1))
    evidence = evidence.model_copy(update={"baselines": {"anchor": anchor}})
    files = BaselineFiles(kit.stored(5, kit.now), None, {"compare": evidence})
    assert known_ancestors(files) == {kit.commit(n) for n in (1, 3, 4, 5)}
    assert known_ancestors(BaselineFiles(kit.stored(5, kit.now), None, {})) == {kit.commit(5)}


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


@pytest.mark.parametrize(("last", "reads"), [(1, 1), (30, 1), (31, 2), (70, 3), (200, 5)])
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
    made = history(loader(store), store.baselines(), last=last)
    assert [one.commit for one in made] == [kit.commit(n) for n in range(100)][-last:]
    assert [one.metrics["accuracy"] for one in made] == [n / 100 for n in range(100)][-last:]
    assert Counting.reads == reads


def test_without_baselines_there_is_no_trend(tmp_path):
    assert history(loader(FolderStore(tmp_path, "m")), ()) == ()


def test_a_baseline_without_compare_evidence_ends_the_trend(kit, tmp_path):
    store = FolderStore(tmp_path, "m")
    store.save(
        kit.commit(1),
        {
            "verdict.json": kit.verdict(kit.commit(1)).to_json().encode(),
            "evidence/data.json": DataEvidence(
                tool="0", commit=kit.commit(1), created="2026-11-21T14:02:00Z"
            )
            .to_json()
            .encode(),
        },
        kit.now,
        push=False,
    )
    assert history(loader(store), store.baselines()) == ()
