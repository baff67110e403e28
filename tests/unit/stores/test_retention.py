"""Whose rows are kept."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from mlgate.stores.finding import Anchors, anchor_baseline
from mlgate.stores.retention import anchor_commits, rows_to_drop
from mlgate.stores.stored_baseline import StoredBaseline

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def entries_of(ages: list[float]) -> tuple[StoredBaseline, ...]:
    return tuple(
        StoredBaseline(f"{n:040x}", NOW - dt.timedelta(days=age), "evidence", "rows")
        for n, age in enumerate(ages)
    )


def test_a_small_store_keeps_everything():
    assert rows_to_drop(entries_of([float(age) for age in range(20)]), (), NOW) == ()


def test_on_one_day_the_newest_twenty_and_the_oldest_stay():
    entries = entries_of([n / 1000 for n in range(50)])
    gone = rows_to_drop(entries, (), NOW)
    assert {entry.commit for entry in gone} == {entry.commit for entry in entries[20:49]}


def test_anchors_and_what_has_no_rows_are_left_alone():
    entries = entries_of([n / 1000 for n in range(50)])
    bare = StoredBaseline("f" * 40, NOW - dt.timedelta(days=0.03), "evidence", None)
    gone = rows_to_drop((*entries, bare), {entries[30].commit}, NOW)
    assert entries[30] not in gone
    assert bare not in gone


def test_a_setting_changes_how_many():
    entries = entries_of([float(age) for age in range(30)])
    kept = set(entries) - set(rows_to_drop(entries, (), NOW, newest=3, days=5))
    assert kept == {entries[0], entries[1], entries[2], *entries[5:6]} | weeks_first(entries, 5)


def weeks_first(entries, days):
    window = [e for e in entries if e.created >= NOW - dt.timedelta(days=days)]
    first = {}
    for entry in reversed(window):
        first.setdefault(int(entry.created.timestamp() // (7 * 86_400)), entry)
    return set(first.values())


@given(st.lists(st.floats(0, 400), max_size=80), st.integers(1, 25))
def test_the_laws_of_retention(ages, newest):
    entries = entries_of(ages)
    gone = rows_to_drop(entries, (), NOW, newest=newest)
    kept = [entry for entry in reversed(entries) if entry not in gone]
    by_age = sorted(entries, key=lambda entry: (entry.created, entry.commit))
    recent = [entry for entry in by_age if entry.created >= NOW - dt.timedelta(days=90)]
    assert set(by_age[-newest:]) <= set(kept)
    assert set(recent[:1]) <= set(kept)
    assert len(kept) <= newest + 1 + 14
    again = rows_to_drop(kept, (), NOW, newest=newest)
    assert again == (), "dropping once more drops nothing"


def test_over_months_of_daily_saves_the_anchor_always_has_rows():
    """The oldest baseline of 90 days moves on by one every day; rows must be there for it."""
    entries: list[StoredBaseline] = []
    start = NOW - dt.timedelta(days=250)
    for hours in range(0, 250 * 24, 12):
        now = start + dt.timedelta(hours=hours)
        entries.append(StoredBaseline(f"{hours:040x}", now, "evidence", "rows"))
        gone = set(rows_to_drop(entries, (), now))
        entries = [
            StoredBaseline(e.commit, e.created, "evidence") if e in gone else e for e in entries
        ]
        how = Anchors("latest-tag", (), lambda _: "pass", lambda _: True, now)
        anchor = anchor_baseline(entries, how, "main")
        age = now - dt.datetime.fromisoformat(anchor.created)
        assert anchor.paired
        assert age >= min(now - start, dt.timedelta(days=90) - dt.timedelta(days=7.5))
    assert sum(entry.rows is not None for entry in entries) <= 20 + 1 + 14


def test_anchors_are_the_newest_tags_with_a_baseline_or_the_pinned_commit():
    class Tag:
        def __init__(self, name, entry, age):
            self.name, self.commit = name, entry.commit
            self.created = NOW - dt.timedelta(days=age)

    entries = entries_of([float(age) for age in range(30)])
    tags = [Tag(f"v{n}", entries[n], n) for n in range(10)]
    chosen = anchor_commits(entries, tags, "latest-tag")
    assert chosen == {entry.commit for entry in entries[:5]}
    assert anchor_commits(entries, tags, "v7") == {entries[7].commit}
    assert anchor_commits(entries, tags, entries[9].commit) == {entries[9].commit}
    assert anchor_commits(entries, tags, "none") == frozenset()
