"""The trend on the main branch, carried from baseline to baseline.

Each saved compare.json holds the points of its predecessors: the last thirty, and beyond them
one a week and the newest releases. A run therefore reads one baseline, not thirty, and knows
without git that the commits of these points are its ancestors: a clone that is one commit
deep need not fetch months of history to learn whether an anchor is one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from mlgate.baselines.find import STEP, WINDOW, Found, TagLike
from mlgate.baselines.store import load, week
from mlgate.model.evidence import BaselineRef, CompareEvidence, HistoryPoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlgate.baselines.store import Entry, Kept, Store

LAST: Final = 30
"""Points that a run carries on, besides the sparse older ones."""
RELEASES: Final = 5
"""Newest points with a tag that are carried on."""


def extended_history(
    evidence: CompareEvidence,
    verdict: str | None,
    ref: BaselineRef,
    tags: Iterable[TagLike] = (),
    last: int = LAST,
) -> tuple[HistoryPoint, ...]:
    """Give the history that follows on a baseline, oldest first.

    The last `last` points; before them the first point of each week of the last 90 days (and
    a week more) and of each of the newest five releases.

    Parameters
    ----------
    evidence
        The baseline's own compare evidence.
    verdict
        The verdict it was saved with.
    ref
        Which baseline it is.
    tags
        All tags, newest first: releases are often tagged after their baseline was saved.
    """
    points = _points(evidence, verdict, ref, tags)
    older, recent = points[:-last], points[-last:]
    return (*_sparse(older, since=_time(points[-1]) - WINDOW - STEP), *recent)


def _points(
    evidence: CompareEvidence, verdict: str | None, ref: BaselineRef, tags: Iterable[TagLike]
) -> list[HistoryPoint]:
    """Give a baseline's history and its own point, with the tags known now."""
    names = {tag.commit: tag.name for tag in reversed(list(tags))}
    own = HistoryPoint(
        commit=ref.commit or evidence.commit or "",
        created=ref.created or evidence.created,
        verdict=verdict,
        metrics={name: one.value for name, one in evidence.metrics.items()},
    )
    points = [*(point for point in evidence.history if point.commit != own.commit), own]
    return [
        point.model_copy(update={"tag": names[point.commit]}) if point.commit in names else point
        for point in points
    ]


def _sparse(points: Sequence[HistoryPoint], since: dt.datetime) -> list[HistoryPoint]:
    released = [point.commit for point in points if point.tag][-RELEASES:]
    first: dict[int, str] = {}
    for point in points:
        if (created := _time(point)) >= since:
            first.setdefault(week(created), point.commit)
    kept = {*released, *first.values()}
    return [point for point in points if point.commit in kept]


def _time(point: HistoryPoint) -> dt.datetime:
    return dt.datetime.fromisoformat(point.created)


def kept_history(
    kept: Kept, tags: Iterable[TagLike] = (), last: int = LAST
) -> tuple[HistoryPoint, ...]:
    """Give the history that ends with a baseline; empty where it has no compare evidence."""
    evidence = kept.evidence.get("compare")
    if not isinstance(evidence, CompareEvidence):
        return ()
    verdict = kept.verdict.verdict if kept.verdict else None
    return extended_history(evidence, verdict, Found(kept.entry).ref(), tags, last)


def known_ancestors(kept: Kept) -> frozenset[str]:
    """Give commits of which a baseline's evidence shows that they are its ancestors.

    They are those of its history and of the baselines that it was itself compared with.
    """
    evidence = kept.evidence.get("compare")
    if not isinstance(evidence, CompareEvidence):
        return frozenset({kept.entry.commit})
    used = [ref.commit for ref in evidence.baselines.values() if ref.commit]
    return frozenset({kept.entry.commit, *used, *(point.commit for point in evidence.history)})


def history(
    store: Store, entries: Sequence[Entry], tags: Iterable[TagLike] = (), last: int = LAST
) -> tuple[HistoryPoint, ...]:
    """Give every point of the trend that ends with the newest baseline, oldest first.

    Reads one baseline for every 30 points or so.

    Parameters
    ----------
    entries
        All baselines, newest first.
    last
        At most so many points.
    """
    tags = tuple(tags)
    by_commit = {entry.commit: entry for entry in entries}
    points: tuple[HistoryPoint, ...] = ()
    following = entries[0] if entries else None
    while following is not None and len(points) < last:
        earlier = kept_history(load(store, following), tags)[-LAST:]  # What is older has gaps.
        points = (*earlier, *points[1:]) if earlier else points
        following = by_commit.get(points[0].commit) if len(earlier) > 1 else None
    return points[-last:]
