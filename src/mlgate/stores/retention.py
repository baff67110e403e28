"""Whose rows are kept: pure. Evidence is kept for ever; it is small, and it is the history."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING, Final

from mlgate.stores.finding import WINDOW, TagLike, is_commit, tagged
from mlgate.stores.stored_baseline import weekly

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mlgate.stores.stored_baseline import StoredBaseline

NEWEST: Final = 20
TAGS: Final = 5
"""Releases whose rows are kept: branches that began before the last one need an older one."""


def rows_to_drop(
    baselines: Sequence[StoredBaseline],
    anchors: Collection[str],
    now: dt.datetime,
    newest: int = NEWEST,
    days: int = WINDOW.days,
) -> tuple[StoredBaseline, ...]:
    """Return the baselines whose rows are no longer needed.

    Kept are the rows of the `newest` baselines, of `anchors`, and of the oldest baseline of the
    last `days`. So that this oldest one always has rows when time moves on, those of the
    first baseline of each week within these days are kept as well (about `days` / 7).

    Parameters
    ----------
    baselines
        All baselines of the model, in any order.
    anchors
        Commits that are chosen as anchors.
    """
    by_age = sorted(baselines, key=lambda baseline: (baseline.created, baseline.commit))
    window = [baseline for baseline in by_age if baseline.created >= now - dt.timedelta(days=days)]
    kept = {baseline.commit for baseline in (*by_age[max(len(by_age) - newest, 0) :], *window[:1])}
    kept |= weekly(window) | set(anchors)
    return tuple(baseline for baseline in by_age if baseline.rows and baseline.commit not in kept)


def anchor_commits(
    baselines: Sequence[StoredBaseline], tags: Iterable[TagLike], setting: str
) -> frozenset[str]:
    """Return the commits whose baselines are or may become anchors under a setting.

    For tags the newest five with a baseline; for a commit that one.
    """
    if is_commit(setting):
        return frozenset(
            baseline.commit for baseline in baselines if baseline.commit.startswith(setting)
        )
    releases = islice(tagged(baselines, tags, setting), TAGS)
    return frozenset(baseline.commit for baseline, _ in releases)
