"""Names: slugs, keys, and which of several entries of a commit counts."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.errors import UsageError
from mlgate.git import Git
from mlgate.stores import open_store
from mlgate.stores.kinds.branch import BranchStore
from mlgate.stores.kinds.folder import FolderStore
from mlgate.stores.kinds.ref import RefStore
from mlgate.stores.stored_baseline import StoredBaseline, key, newest, parse_key, slug, time_for

TIMES = st.datetimes(
    min_value=dt.datetime(1970, 1, 2),  # noqa: DTZ001
    max_value=dt.datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("income", "income"),
        ("Income-v2", "+income-v2"),
        ("team/income", "team%2fincome"),
        ("my model", "my%20model"),
        ("a.lock", "a%2elock"),
        ("größe", "gr%c3%b6%c3%9fe"),
        ("100%", "100%25"),
        ("a+b", "a%2bb"),
    ],
)
def test_slugs_can_be_read(name, expected):
    assert slug(name) == expected


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_two_names_never_share_a_slug_even_where_case_is_ignored(one, other):
    try:
        slugs = slug(one).casefold(), slug(other).casefold()
    except (UsageError, UnicodeEncodeError):
        return
    assert (slugs[0] == slugs[1]) == (one == other)


@given(st.text(min_size=1, max_size=20))
def test_every_slug_is_one_part_of_a_valid_ref(name):
    try:
        made = slug(name)
    except (UsageError, UnicodeEncodeError):
        return
    assert re.fullmatch(r"[a-z0-9_%+-]+", made)


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_names_that_cannot_be_a_file_name_are_refused(name):
    with pytest.raises(UsageError, match="cannot key baselines"):
        slug(name)


@given(TIMES)
def test_keys_can_be_read_back(when):
    commit = "ab" * 20
    assert parse_key(key(commit, when)) == (commit, when.replace(microsecond=0))


@pytest.mark.parametrize("text", ["", "x", "20260101T000000Z-abc", "20261301T000000Z-" + "a" * 40])
def test_other_names_are_no_keys(text):
    assert parse_key(text) is None


def test_keys_sort_by_time_and_taken_seconds_are_passed_over(kit):
    taken = [key("a" * 40, kit.now), key("a" * 40, kit.now + dt.timedelta(seconds=1))]
    made = time_for("a" * 40, kit.now, taken)
    assert made == kit.now + dt.timedelta(seconds=2)
    assert sorted([key("a" * 40, made), *taken]) == [*taken, key("a" * 40, made)]
    assert time_for("b" * 40, kit.now, taken) == kit.now
    assert time_for("a" * 40, kit.later(-9), taken) == made


def test_of_a_commit_the_newest_entry_counts(kit):
    old, new = kit.stored(1, kit.now), kit.stored(1, kit.later(1))
    other = kit.stored(2, kit.later(0.5))
    assert newest([new, old, other]) == (new, other)


def test_the_setting_chooses_the_store(work, tmp_path):
    git = Git(work)
    assert open_store("ref", git, tmp_path, "m") == RefStore(git, "m")
    assert open_store("branch:kept/here", git, tmp_path, "M") == BranchStore(git, "+m", "kept/here")
    assert open_store("kept", git, tmp_path, "m") == FolderStore(tmp_path / "kept", "m")
    assert open_store("/kept", git, tmp_path, "m").path.as_posix() == "/kept"
    assert not open_store("~/kept", git, tmp_path, "m").path.as_posix().startswith("~")


@pytest.mark.parametrize("branch", ["", "a..b", "a b", "x.lock"])
def test_a_branch_must_have_a_valid_name(work, tmp_path, branch):
    with pytest.raises(UsageError, match="is not the name of a branch"):
        open_store(f"branch:{branch}", Git(work), tmp_path, "m")


def test_an_entry_knows_its_key(kit):
    assert StoredBaseline("a" * 40, kit.now, "x").key == "20260301T120000Z-" + "a" * 40
