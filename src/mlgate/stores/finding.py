"""Which baseline this run is compared with: pure, over a store's baselines and git's answers.

What is found is a `BaselineRef`, as evidence names it; its commit is the stored baseline's.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Protocol

from mlgate.model.evidence import Absent, BaselineRef
from mlgate.model.project import DOCS
from mlgate.stores.stored_baseline import weekly
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mlgate.stores.stored_baseline import StoredBaseline

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


def ref_to(
    baseline: StoredBaseline,
    distance: int = 0,
    *,
    tag: str | None = None,
    note: str | None = None,
    verdict: str | None = None,
) -> BaselineRef:
    """Return a stored baseline as evidence names it; `paired` means that its rows are kept."""
    return BaselineRef(
        commit=baseline.commit,
        tag=tag,
        created=f"{baseline.created:%Y-%m-%dT%H:%M:%SZ}",
        verdict=verdict,
        distance=distance,
        paired=baseline.rows is not None,
        note=note,
    )


def main_baseline(
    baselines: Sequence[StoredBaseline], commits: Iterable[str], branch: str, where: str = ""
) -> BaselineRef | Absent:
    """Return the baseline of the first of these commits that has one.

    Parameters
    ----------
    baselines
        All baselines of the model.
    commits
        The merge-base (on `branch` itself: the first parent) and its first-parent ancestors;
        read no further than needed, and not at all while there is no baseline.
    branch
        The base branch, for the texts.
    where
        The same as git names it, with what a reader should know of it: `origin/main (…)`.
    """
    if not baselines:
        return none_yet(branch)
    by_commit = {baseline.commit: baseline for baseline in baselines}
    first = None
    for distance, commit in enumerate(commits):
        first = first or commit
        if commit in by_commit:
            note = _distance_note(first, commit, distance, branch) if distance else None
            return ref_to(by_commit[commit], distance, note=note)
    return _missing(first, baselines, branch, where or branch)


def none_yet(branch: str) -> Absent:
    """Explain that no baseline was ever saved, and what saves one."""
    reason = (
        f"no baseline yet: one is created when `mlgate run` and `mlgate baseline save --push` "
        f"have run on {branch}"
    )
    return Absent(kind="none_yet", reason=reason)


def own_only(commit: str, branch: str) -> Absent:
    """Explain that the only baseline is the one of this very commit."""
    reason = (
        f"no baseline to compare with yet: the only one is of this very commit ({short_sha(commit)}). "
        f"Branches, and the next commits of {branch}, are compared with it"
    )
    return Absent(kind="none_yet", reason=reason)


def before_own(ref: BaselineRef) -> BaselineRef:
    """Note that a commit which has a baseline is compared with an earlier one's."""
    steps = "the commit" if ref.distance == 0 else f"{ref.distance + 1:,} commits"
    note = f"This commit has a baseline; it is compared with that of {short_sha(ref.commit)}, {steps} before it."
    return ref.model_copy(update={"note": note})


def lost(branch: str, trace: str) -> Absent:
    """Explain that a baseline was kept once and is gone, and what makes one again."""
    hint = (
        f"run the workflow of {branch} again, or `mlgate run` and `mlgate baseline save --push` on "
        f"{branch}"
    )
    return Absent(kind="missing", reason=f"the baselines of {branch} are gone ({trace})", hint=hint)


def lost_of(commit: str, date: str, branch: str, tag: str | None = None) -> Absent:
    """Explain that the baseline of a commit was kept and is gone, while others are there."""
    which = f"of the release {tag} ({short_sha(commit)})" if tag else f"of {short_sha(commit)}"
    reason = f"the baseline {which}, kept on {date[:10]}, is gone"
    hint = (
        f"run the workflow of {branch} again for that commit, or update this branch from {branch} "
        "once its workflow has run"
    )
    return Absent(kind="missing", reason=reason, hint=hint)


def _distance_note(first: str, commit: str, distance: int, branch: str) -> str:
    steps = "one commit" if distance == 1 else f"{distance:,} commits"
    return f"{branch} has no baseline at {short_sha(first)}: compared with {short_sha(commit)}, {steps} before it."


def _missing(
    first: str | None, baselines: Sequence[StoredBaseline], branch: str, where: str
) -> Absent:
    here = f"{short_sha(first)} and its ancestors" if first else "this commit's ancestors"
    reason = (
        f"none of {here} has a baseline on {where}; the newest of {len(baselines):,} is of "
        f"{short_sha(baselines[0].commit)}"
    )
    hint = (
        f"update this branch from {branch}, or run `mlgate run` and `mlgate baseline save --push` "
        "at that commit"
    )
    return Absent(kind="missing", reason=reason, hint=hint)


def _any(_baseline: StoredBaseline) -> bool:
    return True


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
    serves
        Whether a baseline's rows may serve: of the same test set as this run's, and within the
        limits against its own predecessor when it was made.
    """

    setting: str
    tags: Sequence[TagLike]
    verdict_of: Callable[[StoredBaseline], str | None]
    is_ancestor: Callable[[str], bool]
    now: dt.datetime
    own: str | None = None
    window: dt.timedelta = WINDOW
    serves: Callable[[StoredBaseline], bool] = _any

    def usable(self, baseline: StoredBaseline) -> bool:
        """Whether a baseline may be the anchor; asks for the cheaper answer first."""
        return (
            baseline.commit != self.own
            and self.is_ancestor(baseline.commit)
            and self.verdict_of(baseline) not in NEVER
            and self.serves(baseline)
        )


def anchor_baseline(
    baselines: Sequence[StoredBaseline], how: Anchors, branch: str
) -> BaselineRef | Absent:
    """Return the anchor: the last release, or else where the model stood 90 days ago.

    The newest tag that matches, is an ancestor, and whose commit has a baseline that did not
    fail. Without one, the oldest such baseline of the last 90 days, where within a week of it
    one whose rows are kept is preferred; where those days are empty, the newest before them.
    """
    if how.setting == NONE:
        return OFF
    if not baselines:
        return none_yet(branch)
    if is_commit(how.setting):
        return _pinned(baselines, how)
    for baseline, tag in tagged(baselines, how.tags, how.setting):
        if how.usable(baseline):
            return ref_to(baseline, tag=tag)
    return _oldest(baselines, how) or Absent(kind="none_yet", reason=_NO_ANCHOR)


_NO_ANCHOR: Final = (
    "no anchor yet: no release and no earlier baseline among this commit's ancestors that did "
    "not fail"
)


def tagged(
    baselines: Sequence[StoredBaseline], tags: Iterable[TagLike], setting: str
) -> Iterator[tuple[StoredBaseline, str]]:
    """Return the baselines of tags that the setting names, with the tag, newest tag first.

    A tag of unknown date counts as made when its baseline was saved.
    """
    pattern = "*" if setting == LATEST_TAG else setting
    by_commit = {baseline.commit: baseline for baseline in baselines}
    matching = [
        (tag.created or by_commit[tag.commit].created, tag)
        for tag in tags
        if tag.commit in by_commit and fnmatchcase(tag.name, pattern)
    ]
    for _, tag in sorted(matching, key=lambda pair: pair[0], reverse=True):
        yield by_commit[tag.commit], tag.name


def releases_before(
    ref: BaselineRef | None,
    baselines: Iterable[StoredBaseline],
    tags: Iterable[TagLike],
    setting: str,
) -> Iterator[TagLike]:
    """Yield the tags that the setting names, newest first to the anchor's, that have no baseline."""
    if setting == NONE or is_commit(setting):
        return
    pattern = "*" if setting == LATEST_TAG else setting
    commits = {baseline.commit for baseline in baselines}
    for tag in tags:
        if ref is not None and tag.name == ref.tag:
            return
        if fnmatchcase(tag.name, pattern) and tag.commit not in commits:
            yield tag


_OTHER_ROWS: Final = (
    "baseline.anchor names {}, whose test set is another one, or broke predictions.rows when it was "
    "saved"
)


def _pinned(baselines: Sequence[StoredBaseline], how: Anchors) -> BaselineRef | Absent:
    commit = how.setting
    fitting = [baseline for baseline in baselines if baseline.commit.startswith(commit)]
    if len(fitting) == 1 and not how.serves(fitting[0]):
        hint = f"name a later commit ({DOCS}/changing.md)"
        return Absent(kind="missing", reason=_OTHER_ROWS.format(commit), hint=hint)
    if len(fitting) == 1:
        return ref_to(fitting[0])
    if fitting:
        reason = f"baseline.anchor {commit} fits {len(fitting)} commits"
        return Absent(kind="missing", reason=reason, hint="write more digits of it")
    hint = (
        "run `mlgate run` and `mlgate baseline save --push` at that commit, or change the setting"
    )
    reason = f"baseline.anchor names {commit}, which has no baseline"
    return Absent(kind="missing", reason=reason, hint=hint)


def _oldest(baselines: Sequence[StoredBaseline], how: Anchors) -> BaselineRef | None:
    """Return the oldest usable baseline of the window, else the newest before it."""
    by_age = sorted(baselines, key=lambda baseline: baseline.created)
    days = f"the last {how.window.days} days"
    window = [baseline for baseline in by_age if baseline.created >= how.now - how.window]
    before = [baseline for baseline in by_age if baseline.created < how.now - how.window]
    first = weekly(baselines)
    near = [
        baseline
        for baseline in window
        if (baseline.rows or baseline.commit in first)
        and baseline.created <= window[0].created + STEP
    ]
    near.sort(key=lambda baseline: baseline.rows is None)
    oldest = next((baseline for baseline in (*near, *window) if how.usable(baseline)), None)
    if oldest is not None:
        return ref_to(oldest, note=_age_note(oldest, f"the oldest baseline of {days}"))
    last = next((baseline for baseline in reversed(before) if how.usable(baseline)), None)
    if last is None:
        return None
    return ref_to(last, note=_age_note(last, f"the newest baseline before {days}"))


def _age_note(baseline: StoredBaseline, what: str) -> str:
    return (
        f"No release has a baseline: the anchor, with which many small losses are caught, is {what},"
        f" {short_sha(baseline.commit)} of {baseline.created:%Y-%m-%d}."
    )
