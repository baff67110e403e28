"""One comment a key on each place: found by marker and author, updated in place.

The first line of each comment is its marker, an HTML comment that readers do not see::

    <!-- mlgate:comment key="gate / train" run="123" attempt="1" -->

It stands first because a text that ends in an open code fence would show it. Only comments by
our own author count: anybody can quote a marker, and our token may edit anybody's comment. A marker
of a newer run counts if somebody vouches for that run (`newer`): else it is that of nobody, and is
replaced. Where that cannot be known, it counts if it was written since we wrote ourselves.

The forge has no compare-and-swap for comments, so writers that meet converge instead: after
each write everything with our marker is read back; the newest stamp's text goes into the
comment with the lowest id, which is the one that is kept; the others are deleted once it holds a
text at least as new as theirs. That goes on until two reads in a row, `Patience.settle` seconds
apart, agree. What remains: a writer that was held up, between its last read and its write, for
longer than a newer run needed for its write and for both of its reads. Then the older text
stands until the next run mends it.
"""

from __future__ import annotations

import datetime as dt
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.errors import ForgeError, UsageError
from mlgate.forges.data import Posted
from mlgate.forges.newer import everybody
from mlgate.model.run_stamp import RunStamp

if TYPE_CHECKING:
    from mlgate.forges.data import Comment, Place, PostOutcome
    from mlgate.forges.newer import Vouch
    from mlgate.forges.patience import Patience
    from mlgate.forges.protocols import Comments

LIMIT: Final = 65_536
"""Characters of a comment, its marker included."""
ROUNDS: Final = 20
"""Corrections after which writers that keep disturbing one another are an error."""
_NOBODY: Final = RunStamp(-1)
_LOOK_BACK: Final = dt.timedelta(minutes=10)
_MARKER: Final = re.compile(
    r'<!-- mlgate:comment key="([^"<>]*)" run="(\d{1,18})" attempt="(\d{1,9})" -->'
)


@dataclass(frozen=True, slots=True)
class FoundComment:
    """What `find` gave, and when: it is read again before it is replaced much later."""

    comment: Comment | None
    at: float


def room(key: str, stamp: RunStamp) -> int:
    """Return how many characters a comment's text may have."""
    return LIMIT - len(marker(key, stamp)) - 1


def marker(key: str, stamp: RunStamp) -> str:
    """Return the first line of a comment; a key cannot end the HTML comment."""
    return (
        f'<!-- mlgate:comment key="{_quoted(key)}" run="{stamp.run}" attempt="{stamp.attempt}" -->'
    )


def _quoted(key: str) -> str:
    return urllib.parse.quote(key, safe=" /().,:[]=@")


def read_marker(body: str) -> tuple[str, RunStamp] | None:
    """Return key and stamp of a comment's first line."""
    match = _MARKER.match(body)
    if match is None:
        return None
    key, run, attempt = match.groups()
    return urllib.parse.unquote(key), RunStamp(int(run), int(attempt))


def find(
    comments: Comments, place: Place, key: str, patience: Patience, remembered: int | None = None
) -> FoundComment:
    """Return the comment of a key, the one with the lowest id.

    `remembered` is an id to try first, such as a check run remembers: it is believed only if
    author, key and place are right. Else all comments are read, by pages of 100, up to the
    first that is ours.
    """
    at = patience.clock()
    if remembered is not None:
        comment = comments.get(place, remembered)
        if comment is not None and _ours(comments, place, key, comment):
            return FoundComment(comment, at)
    every = (comment for comment in comments.all(place) if _ours(comments, place, key, comment))
    return FoundComment(next(every, None), at)


def post(  # noqa: PLR0913  (all but two by name)
    comments: Comments,
    place: Place,
    *,
    key: str,
    text: str,
    stamp: RunStamp,
    patience: Patience,
    earlier: FoundComment | None = None,
    vouch: Vouch = everybody,
) -> Posted:
    """Make `text` the comment of a key, unless a newer run's stands there.

    Parameters
    ----------
    text
        Markdown, posted as it is after the marker's line.
    earlier
        What `find` returned; without it the comment is looked for.
    vouch
        Asked about runs that claim to be newer.

    Raises
    ------
    UsageError
        When the text is longer than `room`.
    ForgeError
        Also when other writers keep disturbing this one for `ROUNDS` corrections.
    """
    body = f"{marker(key, stamp)}\n{text}"
    if len(body) > LIMIT:
        msg = f"the comment has {len(text):,} characters; it may have {room(key, stamp):,}"
        raise UsageError(msg)
    earlier = earlier or find(comments, place, key, patience)
    if earlier.comment is not None and patience.clock() - earlier.at > patience.settle:
        earlier = find(comments, place, key, patience, earlier.comment.id)
    return _Writer(comments, place, key, stamp, patience, vouch).post(body, earlier.comment)


def trusted_text(earlier: FoundComment | None, stamp: RunStamp, vouch: Vouch) -> str:
    """Return the text that an earlier run left, or a newer one that is vouched for."""
    body = earlier.comment.body if earlier is not None and earlier.comment is not None else ""
    written = _stamp_of(body)
    return body if written <= stamp or vouch(written) else ""


def _ours(comments: Comments, place: Place, key: str, comment: Comment) -> bool:
    marked = read_marker(comment.body)
    return (
        marked is not None
        and marked[0] == key
        and comments.ours(comment.author)
        and (comment.place is None or comment.place.id == place.id)
    )


def _stamp_of(body: str) -> RunStamp:
    marked = read_marker(body)
    return _NOBODY if marked is None else marked[1]


@dataclass(slots=True)
class _Writer:
    """One publisher, and what it wrote: by id, when the forge says that it took it."""

    comments: Comments
    place: Place
    key: str
    stamp: RunStamp
    patience: Patience
    vouch: Vouch
    wrote: dict[int, dt.datetime] = field(default_factory=dict)

    def post(self, body: str, earlier: Comment | None) -> Posted:
        if earlier is not None and self._newer(earlier):
            return Posted(earlier.id, earlier.url, "superseded")
        if earlier is not None and earlier.body == body:
            return Posted(earlier.id, earlier.url, "unchanged")
        written = None if earlier is None else self._edit(earlier.id, body)
        outcome: PostOutcome = "created" if written is None else "updated"
        written = written or self._create(body)
        kept = self._settle(written, thorough=outcome == "created")
        return Posted(kept.id, kept.url, "superseded" if self._newer(kept) else outcome)

    def _settle(self, newest: Comment, *, thorough: bool) -> Comment:
        """Read and correct until two reads agree: see the module's docstring.

        `thorough` reads all comments the first time: the list that `find` read may have been
        stale and have hidden an old one.
        """
        agreed: Comment | None = None
        for round_ in range(ROUNDS):
            seen = self._look(None if thorough and round_ == 0 else newest.updated_at - _LOOK_BACK)
            keep = min(seen, key=lambda comment: comment.id, default=None)
            if keep is None and round_ % 3 == 2:  # deleted by somebody, not just slow to appear
                newest = self._create(newest.body)
            newest = max([*([keep] if keep else []), *seen, newest], key=self._stamp)
            if keep is None or self._stale(keep) or self._correct(keep, newest, seen):
                agreed = None
            elif agreed is not None and (agreed.id, agreed.body) == (keep.id, keep.body):
                return keep
            else:
                agreed = keep
            self.patience.sleep(self.patience.settle)
        raise ForgeError(
            f"the comment {self.key!r} keeps changing while it is written",
            hint="give each job a key of its own",
        )

    def _look(self, since: dt.datetime | None) -> list[Comment]:
        """Return all comments of the key; those that we wrote also where the list lags."""
        listed = {
            comment.id: comment
            for comment in self.comments.all(self.place, since)
            if _ours(self.comments, self.place, self.key, comment)
        }
        missing = [self.comments.get(self.place, id_) for id_ in self.wrote.keys() - listed.keys()]
        return [*listed.values(), *(comment for comment in missing if comment is not None)]

    def _correct(self, keep: Comment, newest: Comment, seen: list[Comment]) -> bool:
        """Put the newest text where it belongs; only then delete what is too many."""
        if self._stamp(keep) < self._stamp(newest):
            self._edit(keep.id, newest.body)
            return True
        extra = [comment.id for comment in seen if comment.id != keep.id]
        for id_ in extra:
            self.comments.delete(self.place, id_)
            self.wrote.pop(id_, None)
        return bool(extra)

    def _stale(self, comment: Comment) -> bool:
        """Whether a read is older than what we wrote ourselves."""
        wrote = self.wrote.get(comment.id)
        return wrote is not None and comment.updated_at < wrote

    def _newer(self, comment: Comment) -> bool:
        return self._stamp(comment) > self.stamp

    def _stamp(self, comment: Comment) -> RunStamp:
        """Return whose text a comment holds; nobody's where a newer run is not believed."""
        stamp = _stamp_of(comment.body)
        if stamp <= self.stamp:
            return stamp
        vouched = self.vouch(stamp)
        if vouched is None:
            vouched = any(comment.updated_at >= wrote for wrote in self.wrote.values())
        return stamp if vouched else _NOBODY

    def _edit(self, id_: int, body: str) -> Comment | None:
        stamp = _stamp_of(body)
        done = self.comments.edit(
            self.place, id_, body, unless=lambda now: self._stamp(now) > stamp
        )
        return self._remember(done) if done is not None else None

    def _create(self, body: str) -> Comment:
        first_line = body.partition("\n")[0]
        return self._remember(self.comments.create(self.place, body, first_line))

    def _remember(self, comment: Comment) -> Comment:
        self.wrote[comment.id] = comment.updated_at
        return comment
