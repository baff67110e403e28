"""The trend on the main branch, carried from baseline to baseline.

Each saved compare.json holds the points of its predecessors: the last thirty, and beyond them
one a week and the newest releases. A run therefore reads one baseline, not thirty, and knows
without git that the commits of these points are its ancestors: a clone that is one commit
deep need not fetch months of history to learn whether an anchor is one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import HistoryPoint
from mlgate.stores.finding import STEP, WINDOW, TagLike, ref_to
from mlgate.stores.stored_baseline import week

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mlgate.model.evidence import BaselineRef, CompareEvidence
    from mlgate.stores.baseline_files import BaselineFiles
    from mlgate.stores.stored_baseline import StoredBaseline

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
    """Return the history that follows on a baseline, oldest first.

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
    """Return a baseline's history and its own point, with the tags known now."""
    names = {tag.commit: tag.name for tag in reversed(list(tags))}
    own = HistoryPoint(
        commit=ref.commit or evidence.commit or "",
        created=ref.created or evidence.created,
        verdict=verdict,
        metrics={name: measured.value for name, measured in evidence.metrics.items()},
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


def history_after(
    files: BaselineFiles, tags: Iterable[TagLike] = (), last: int = LAST
) -> tuple[HistoryPoint, ...]:
    """Return the history that ends with a baseline; empty where it has no compare evidence."""
    if files.compare is None:
        return ()
    return extended_history(files.compare, files.outcome, ref_to(files.baseline), tags, last)


def known_ancestors(files: BaselineFiles) -> frozenset[str]:
    """Return commits of which a baseline's evidence shows that they are its ancestors.

    They are those of its history and of the baselines that it was itself compared with.
    """
    evidence = files.compare
    if evidence is None:
        return frozenset({files.baseline.commit})
    used = [ref.commit for ref in evidence.baselines.values() if ref.commit]
    return frozenset({files.baseline.commit, *used, *(point.commit for point in evidence.history)})


def history(
    load: Callable[[StoredBaseline], BaselineFiles],
    baselines: Sequence[StoredBaseline],
    tags: Iterable[TagLike] = (),
    last: int = LAST,
) -> tuple[HistoryPoint, ...]:
    """Return every point of the trend that ends with the newest baseline, oldest first.

    Reads one baseline for every 30 points or so.

    Parameters
    ----------
    load
        Reads one baseline.
    baselines
        All baselines, newest first.
    last
        At most so many points.
    """
    tags = tuple(tags)
    by_commit = {baseline.commit: baseline for baseline in baselines}
    points: tuple[HistoryPoint, ...] = ()
    following = baselines[0] if baselines else None
    while following is not None and len(points) < last:
        earlier = history_after(load(following), tags)[-LAST:]  # What is older has gaps.
        points = (*earlier, *points[1:]) if earlier else points
        following = by_commit.get(points[0].commit) if len(earlier) > 1 else None
    return points[-last:]
