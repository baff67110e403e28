"""Whose rows are kept: pure. Evidence is kept for ever; it is small, and it is the history."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING, Final

from mlgate.baselines.find import WINDOW, TagLike, is_commit, tagged
from mlgate.baselines.store import weekly

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mlgate.baselines.store import Entry

NEWEST: Final = 20
TAGS: Final = 5
"""Releases whose rows are kept: branches that began before the last one need an older one."""


def rows_to_drop(
    entries: Sequence[Entry],
    anchors: Collection[str],
    now: dt.datetime,
    newest: int = NEWEST,
    days: int = WINDOW.days,
) -> tuple[Entry, ...]:
    """Give the entries whose rows are no longer needed.

    Kept are the rows of the `newest` entries, of `anchors`, and of the oldest entry of the
    last `days`. So that this oldest one always has rows when time moves on, those of the
    first entry of each week within these days are kept as well (about `days` / 7).

    Parameters
    ----------
    entries
        All baselines of the model, in any order.
    anchors
        Commits that are chosen as anchors.
    """
    by_age = sorted(entries, key=lambda entry: (entry.created, entry.commit))
    window = [entry for entry in by_age if entry.created >= now - dt.timedelta(days=days)]
    kept = {entry.commit for entry in (*by_age[max(len(by_age) - newest, 0) :], *window[:1])}
    kept |= weekly(window) | set(anchors)
    return tuple(entry for entry in by_age if entry.rows and entry.commit not in kept)


def anchor_commits(
    entries: Sequence[Entry], tags: Iterable[TagLike], setting: str
) -> frozenset[str]:
    """Give the commits whose baselines are or may become anchors under a setting.

    For tags the newest five with a baseline; for a commit that one.
    """
    if is_commit(setting):
        return frozenset(entry.commit for entry in entries if entry.commit.startswith(setting))
    return frozenset(found.entry.commit for found in islice(tagged(entries, tags, setting), TAGS))
