"""Which baseline this run is compared with: pure, over a store's entries and git's answers."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Protocol

from mlgate.baselines.store import weekly
from mlgate.model.evidence import Absent, BaselineRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mlgate.baselines.store import Entry

WINDOW: Final = dt.timedelta(days=90)
"""Without a release, the anchor is the oldest baseline that is not older than this."""
STEP: Final = dt.timedelta(days=7)
"""Retention keeps the rows of one baseline a week, and the history its point."""
LATEST_TAG: Final = "latest-tag"
NONE: Final = "none"
OFF: Final = Absent(kind="off", reason="baseline.anchor is none")
NEVER: Final = frozenset({"fail", "error"})
"""Verdicts that the anchor never moves to."""


def is_commit(setting: str) -> bool:
    """Whether `baseline.anchor` names a commit, not a pattern of tags."""
    return re.fullmatch(r"[0-9a-f]{7,64}", setting) is not None


class TagLike(Protocol):
    """A tag; `created` is None where only the remote knows it."""

    @property
    def name(self) -> str: ...
    @property
    def commit(self) -> str: ...
    @property
    def created(self) -> dt.datetime | None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A baseline, and how it relates to the wanted one."""

    entry: Entry
    distance: int = 0
    tag: str | None = None
    note: str | None = None

    def ref(self, *, branch: str | None = None, verdict: str | None = None) -> BaselineRef:
        """Give it as evidence names it; `paired` says whether its rows are kept."""
        return BaselineRef(
            commit=self.entry.commit,
            branch=branch,
            tag=self.tag,
            created=f"{self.entry.created:%Y-%m-%dT%H:%M:%SZ}",
            verdict=verdict,
            distance=self.distance,
            paired=self.entry.rows is not None,
            note=self.note,
        )


def main_baseline(entries: Sequence[Entry], wanted: Iterable[str], branch: str) -> Found | Absent:
    """Give the baseline of the first wanted commit that has one.

    Parameters
    ----------
    entries
        All baselines of the model.
    wanted
        The merge-base (on `branch` itself: the first parent) and its first-parent ancestors;
        read no further than needed, and not at all while there is no baseline.
    branch
        The base branch, for the texts.
    """
    if not entries:
        return none_yet(branch)
    by_commit = {entry.commit: entry for entry in entries}
    first = None
    for distance, commit in enumerate(wanted):
        first = first or commit
        if commit in by_commit:
            note = _distance_note(first, commit, distance, branch) if distance else None
            return Found(by_commit[commit], distance, note=note)
    return Absent(kind="missing", reason=_missing(first, len(entries), branch))


def none_yet(branch: str) -> Absent:
    """Say that nothing was ever kept, and how a baseline comes to be."""
    reason = (
        f"no baseline yet: one comes to be when `mlgate run` and `mlgate baseline save --push` "
        f"have run on {branch}"
    )
    return Absent(kind="none_yet", reason=reason)


def _distance_note(first: str, commit: str, distance: int, branch: str) -> str:
    steps = "one commit" if distance == 1 else f"{distance:,} commits"
    return (
        f"{branch} has no baseline at {first[:7]}: compared with {commit[:7]}, {steps} before it."
    )


def _missing(first: str | None, count: int, branch: str) -> str:
    here = f"{first[:7]} or any of its ancestors" if first else "any ancestor of this commit"
    return (
        f"there are baselines ({count:,}), but none of {here} on {branch}: update this branch "
        f"from {branch}, or run `mlgate run` and `mlgate baseline save --push` at that commit"
    )


@dataclass(frozen=True, slots=True)
class Anchors:
    """How the anchor is chosen.

    Attributes
    ----------
    setting
        `latest-tag`, a pattern of tags, a commit (7 hex digits or more) or `none`.
    tags
        All tags, newest first.
    verdict_of
        Reads the verdict that a baseline was saved with.
    is_ancestor
        Whether this run's commit descends from a commit.
    now
        The time of this run.
    own
        This run's own commit, never its own anchor.
    window
        How far back "the oldest baseline" looks (`baseline.retention.days`).
    """

    setting: str
    tags: Sequence[TagLike]
    verdict_of: Callable[[Entry], str | None]
    is_ancestor: Callable[[str], bool]
    now: dt.datetime
    own: str | None = None
    window: dt.timedelta = WINDOW

    def usable(self, entry: Entry) -> bool:
        """Whether an entry may be the anchor; asks for the cheaper answer first."""
        return (
            entry.commit != self.own
            and self.is_ancestor(entry.commit)
            and self.verdict_of(entry) not in NEVER
        )


def anchor_baseline(entries: Sequence[Entry], how: Anchors, branch: str) -> Found | Absent:
    """Give the anchor: the last release, or else where the model stood 90 days ago.

    The newest tag that matches, is an ancestor, and whose commit has a baseline that did not
    fail. Without one, the oldest such baseline of the last 90 days, where within a week of it
    one whose rows are kept is preferred; where those days are empty, the newest before them.
    """
    if how.setting == NONE:
        return OFF
    if not entries:
        return none_yet(branch)
    if is_commit(how.setting):
        return _pinned(entries, how.setting)
    found = next(
        (found for found in tagged(entries, how.tags, how.setting) if how.usable(found.entry)), None
    )
    return found or _oldest(entries, how) or Absent(kind="none_yet", reason=_NO_ANCHOR)


_NO_ANCHOR: Final = (
    "no anchor yet: no release and no earlier baseline among this commit's ancestors that did "
    "not fail"
)


def tagged(entries: Sequence[Entry], tags: Iterable[TagLike], setting: str) -> Iterator[Found]:
    """Give the baselines of tags that the setting names, newest tag first.

    A tag of unknown date counts as made when its baseline was saved.
    """
    pattern = "*" if setting == LATEST_TAG else setting
    by_commit = {entry.commit: entry for entry in entries}
    matching = [
        (tag.created or by_commit[tag.commit].created, tag)
        for tag in tags
        if tag.commit in by_commit and fnmatchcase(tag.name, pattern)
    ]
    for _, tag in sorted(matching, key=lambda pair: pair[0], reverse=True):
        yield Found(by_commit[tag.commit], tag=tag.name)


def _pinned(entries: Sequence[Entry], commit: str) -> Found | Absent:
    found = [entry for entry in entries if entry.commit.startswith(commit)]
    if len(found) == 1:
        return Found(found[0])
    if found:
        return Absent(kind="missing", reason=f"baseline.anchor {commit} fits {len(found)} commits")
    reason = (
        f"baseline.anchor names {commit}, which has no baseline: run `mlgate run` and "
        "`mlgate baseline save --push` at that commit, or change the setting"
    )
    return Absent(kind="missing", reason=reason)


def _oldest(entries: Sequence[Entry], how: Anchors) -> Found | None:
    """Give the oldest usable entry of the window, else the newest before it."""
    by_age = sorted(entries, key=lambda entry: entry.created)
    days = f"the last {how.window.days} days"
    window = [entry for entry in by_age if entry.created >= how.now - how.window]
    before = [entry for entry in by_age if entry.created < how.now - how.window]
    first = weekly(entries)
    near = [
        entry
        for entry in window
        if (entry.rows or entry.commit in first) and entry.created <= window[0].created + STEP
    ]
    near.sort(key=lambda entry: entry.rows is None)
    oldest = next((entry for entry in (*near, *window) if how.usable(entry)), None)
    if oldest is not None:
        return Found(oldest, note=_age_note(oldest, f"the oldest baseline of {days}"))
    last = next((entry for entry in reversed(before) if how.usable(entry)), None)
    if last is None:
        return None
    return Found(last, note=_age_note(last, f"the newest baseline before {days}"))


def _age_note(entry: Entry, what: str) -> str:
    return f"No release has a baseline: the anchor is {what}, {entry.commit[:7]} of {entry.created:%Y-%m-%d}."
