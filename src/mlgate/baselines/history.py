"""The trend on the main branch, carried from baseline to baseline.

Each saved compare.json holds the points of its predecessors. A run therefore reads one
baseline, not thirty: the history is that baseline's own history and its own point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import BaselineRef, CompareEvidence, HistoryPoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlgate.baselines.find import TagLike
    from mlgate.baselines.store import Entry, Kept, Store

LAST: Final = 30
"""Points that a run carries on."""


def extended_history(
    evidence: CompareEvidence,
    verdict: str | None,
    ref: BaselineRef,
    tags: Iterable[TagLike] = (),
    last: int = LAST,
) -> tuple[HistoryPoint, ...]:
    """Give the history that follows on a baseline, oldest first, at most `last` points.

    Parameters
    ----------
    evidence
        The baseline's own compare evidence.
    verdict
        The verdict it was saved with.
    ref
        Which baseline it is.
    tags
        All tags: releases are often tagged after their baseline was saved.
    """
    names = {tag.commit: tag.name for tag in reversed(list(tags))}
    own = HistoryPoint(
        commit=ref.commit or evidence.commit or "",
        created=ref.created or evidence.created,
        verdict=verdict,
        metrics={name: one.value for name, one in evidence.metrics.items()},
    )
    earlier = [point for point in evidence.history if point.commit != own.commit]
    points = [*earlier, own][-last:]
    return tuple(
        point.model_copy(update={"tag": names.get(point.commit, point.tag)}) for point in points
    )


def kept_history(
    kept: Kept, tags: Iterable[TagLike] = (), last: int = LAST
) -> tuple[HistoryPoint, ...]:
    """Give the history that ends with a baseline; empty where it has no compare evidence."""
    from mlgate.baselines.find import Found

    evidence = kept.evidence.get("compare")
    if not isinstance(evidence, CompareEvidence):
        return ()
    verdict = kept.verdict.verdict if kept.verdict else None
    return extended_history(evidence, verdict, Found(kept.entry).ref(), tags, last)


def history(
    store: Store, entries: Sequence[Entry], tags: Iterable[TagLike] = (), last: int = LAST
) -> tuple[HistoryPoint, ...]:
    """Give the trend that ends with the newest baseline, oldest first.

    Reads one baseline for every 30 points or so.

    Parameters
    ----------
    entries
        All baselines, newest first.
    """
    from mlgate.baselines.store import load

    tags = tuple(tags)
    by_commit = {entry.commit: entry for entry in entries}
    points: tuple[HistoryPoint, ...] = ()
    following = entries[0] if entries else None
    while following is not None and len(points) < last:
        earlier = kept_history(load(store, following), tags, last)
        points = (*earlier, *points[1:]) if earlier else points
        following = by_commit.get(points[0].commit) if len(earlier) > 1 else None
    return points[-last:]
