"""Which baseline is the right one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from dataclasses import dataclass

import pytest

from mlgate.model.evidence import Absent
from mlgate.stores.finding import Anchors, anchor_baseline, main_baseline, ref_to
from mlgate.stores.stored_baseline import weekly


@dataclass(frozen=True)
class Tag:
    name: str
    commit: str
    created: dt.datetime | None = None


@pytest.fixture
def entries(kit):
    """One baseline a day for ten days; number 9 is the newest, from today."""
    return tuple(kit.stored(n, kit.later(n - 9)) for n in range(9, -1, -1))


@pytest.fixture
def how(kit):
    """Build the choice of an anchor in which everything is an ancestor and passed."""

    def build(setting="latest-tag", tags=(), *, failed=(), foreign=(), own=None):
        verdicts = {kit.commit(n): verdict for n, verdict in dict(failed).items()}
        strangers = {kit.commit(n) for n in foreign}
        return Anchors(
            setting,
            tags,
            lambda entry: verdicts.get(entry.commit, "pass"),
            lambda commit: commit not in strangers,
            kit.now,
            own if own is None else kit.commit(own),
        )

    return build


def test_the_wanted_commits_own_baseline_needs_no_note(entries, kit):
    ref = main_baseline(entries, [kit.commit(4), kit.commit(3)], "main")
    assert ref == ref_to(entries[5])
    assert (ref.commit, ref.distance) == (kit.commit(4), 0)
    assert (ref.created, ref.paired, ref.note) == ("2026-02-24T12:00:00Z", True, None)


def test_else_the_nearest_ancestor_serves_and_is_told(entries, kit):
    wanted = [kit.commit(100), kit.commit(101), kit.commit(7), kit.commit(6)]
    found = main_baseline(entries, wanted, "main")
    assert (found.commit, found.distance) == (kit.commit(7), 2)
    assert found.note == (
        "main has no baseline at 0000000: compared with 0000000, 2 commits before it."
    )
    assert "one commit before it" in main_baseline(entries, wanted[1:], "main").note


def test_ancestors_are_read_no_further_than_needed(entries, kit):
    def endless():
        for number in itertools.count(8):
            assert number <= 9, "read too far"
            yield kit.commit(number if number < 9 else 3)

    assert main_baseline(entries, endless(), "main").distance == 0
    untouched = iter(pytest.fail("read without need") for _ in range(1))
    assert main_baseline((), untouched, "main").kind == "none_yet"


def test_nothing_anywhere_is_none_yet_nothing_for_any_ancestor_is_missing(entries, kit):
    none = main_baseline((), [kit.commit(1)], "main")
    assert (none.kind, "no baseline yet" in none.reason) == ("none_yet", True)
    for wanted in ([kit.commit(100)], []):
        missing = main_baseline(entries, wanted, "main")
        assert missing.kind == "missing"
        assert "update this branch from main" in missing.hint
        assert "mlgate baseline save" in missing.hint


def test_a_baseline_without_rows_is_not_paired(kit):
    entry = kit.stored(1, kit.now, rows=None)
    assert not main_baseline((entry,), [entry.commit], "main").paired


def test_the_newest_tag_with_a_baseline_is_the_anchor(entries, kit, how):
    tags = [
        Tag("v4", kit.commit(100), kit.later(-1)),
        Tag("v3", kit.commit(6), kit.later(-2)),
        Tag("v2", kit.commit(2), kit.later(-5)),
    ]
    found = anchor_baseline(entries, how(tags=tags), "main")
    assert (found.commit, found.tag, found.note) == (kit.commit(6), "v3", None)
    assert found.tag == "v3"


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        ({"failed": {6: "fail"}}, "v2"),
        ({"failed": {6: "error"}}, "v2"),
        ({"failed": {6: "inconclusive"}}, "v3"),
        ({"foreign": [6]}, "v2"),
        ({"own": 6}, "v2"),
    ],
)
def test_an_anchor_is_an_ancestor_that_did_not_fail(entries, kit, how, refused, expected):
    tags = [Tag("v3", kit.commit(6), kit.later(-2)), Tag("v2", kit.commit(2), kit.later(-5))]
    assert anchor_baseline(entries, how(tags=tags, **refused), "main").tag == expected


def test_a_pattern_chooses_among_tags(entries, kit, how):
    tags = [Tag("nightly-3", kit.commit(6), kit.now), Tag("v2", kit.commit(2), kit.later(-5))]
    assert anchor_baseline(entries, how("v*", tags), "main").tag == "v2"
    assert anchor_baseline(entries, how("nightly-3", tags), "main").tag == "nightly-3"
    assert anchor_baseline(entries, how("V*", tags), "main").tag is None


def test_tags_of_unknown_date_are_ordered_by_their_baselines(entries, kit, how):
    tags = [Tag("v9", kit.commit(2)), Tag("v10", kit.commit(6))]
    assert anchor_baseline(entries, how(tags=tags), "main").tag == "v10"


def test_without_a_release_the_oldest_of_ninety_days_is_the_anchor(kit, how):
    ages = (200, 95, 89, 80, 1)
    entries = tuple(kit.stored(n, kit.later(-age)) for n, age in enumerate(ages))
    found = anchor_baseline(entries, how(), "main")
    assert found.commit == entries[2].commit
    assert "oldest baseline of the last 90 days" in found.note
    found = anchor_baseline(entries, how(failed={2: "fail"}, foreign=[3]), "main")
    assert found.commit == entries[4].commit


def test_rows_nearby_are_preferred_to_an_older_baseline_without(kit, how):
    old, near, far = (
        kit.stored(1, kit.later(-89), rows=None),
        kit.stored(2, kit.later(-84)),
        kit.stored(3, kit.later(-1)),
    )
    assert anchor_baseline((old, near, far), how(), "main").commit == near.commit
    assert anchor_baseline((old, near, far), how(foreign=[2]), "main").commit == old.commit
    assert anchor_baseline((old, far), how(), "main").commit == old.commit


def test_the_first_of_a_week_is_asked_for_first_because_its_ancestry_is_known(kit, how):
    """The history carries one point a week: others cost a deepening in a shallow clone."""
    entries = tuple(kit.stored(n, kit.later(-n / 4), rows=None) for n in range(400))
    asked = []

    def is_ancestor(commit):
        asked.append(commit)
        return True

    choice = dataclasses.replace(how(), is_ancestor=is_ancestor)
    found = anchor_baseline(entries, choice, "main")
    assert asked == [found.commit]
    assert found.commit in weekly(entries)
    assert kit.later(-90) <= dt.datetime.fromisoformat(found.created) <= kit.later(-83)


def test_a_quiet_project_keeps_its_newest_older_baseline_as_anchor(kit, how):
    entries = tuple(kit.stored(n, kit.later(-age)) for n, age in enumerate((300, 200, 100)))
    found = anchor_baseline(entries, how(failed={2: "fail"}), "main")
    assert found.commit == entries[1].commit
    assert "newest baseline before the last 90 days" in found.note


def test_no_anchor_is_untested_a_missing_pinned_one_is_an_error(entries, kit, how):
    assert anchor_baseline(entries, how("none"), "main").kind == "off"
    assert anchor_baseline((), how(), "main").kind == "none_yet"
    assert anchor_baseline(entries, how(foreign=range(10)), "main").kind == "none_yet"
    missing = anchor_baseline(entries, how("abcdef0"), "main")
    assert isinstance(missing, Absent)
    assert (missing.kind, "abcdef0" in missing.reason) == ("missing", True)
    assert anchor_baseline(entries, how("0000000"), "main").kind == "missing"


def test_a_pinned_commit_is_the_anchor_whatever_its_verdict(entries, kit, how):
    found = anchor_baseline(entries, how(kit.commit(3), failed={3: "fail"}), "main")
    assert found.commit == kit.commit(3)


def test_a_baseline_whose_rows_do_not_serve_is_never_the_anchor(entries, kit, how):
    """It broke the limits against its predecessor, or is of another test set."""
    first = anchor_baseline(entries, how(), "main").commit
    choice = dataclasses.replace(how(), serves=lambda entry: entry.commit != first)
    assert anchor_baseline(entries, choice, "main").commit != first
    tags = (Tag("v1", entries[0].commit, None), Tag("v0", entries[1].commit, None))
    choice = dataclasses.replace(how(tags=tags), serves=lambda entry: entry != entries[0])
    assert anchor_baseline(entries, choice, "main").tag == "v0"
    choice = dataclasses.replace(how(kit.commit(3)), serves=lambda _: False)
    pinned = anchor_baseline(entries, choice, "main")
    assert (pinned.kind, "name a later commit" in pinned.hint) == ("missing", True)
