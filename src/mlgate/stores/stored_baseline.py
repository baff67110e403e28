"""How a baseline is named in a store: the key of one commit's baseline of one model.

A baseline is the evidence of one commit of one model, and (until retention drops them) the
rows that pairing needs. Its key is `<time of saving>-<commit>`: `20260131T095959Z-9f8e…`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mlgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_YEARS: Final = (1970, 9998)
_KEY: Final = re.compile(
    r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{40}|[0-9a-f]{64})", re.ASCII
)
_WEEK: Final = 7 * 24 * 3600
_MAX_SLUG: Final = 200


@dataclass(frozen=True, slots=True)
class StoredBaseline:
    """One baseline in a store.

    `created` is when it was saved (UTC, whole seconds). `evidence` and `rows` say where the
    store keeps them (its own business); `rows` is None where no rows are kept.
    """

    commit: str
    created: dt.datetime
    evidence: str
    rows: str | None = None

    @property
    def key(self) -> str:
        """What the store calls it; keys sort by time."""
        return key(self.commit, self.created)


def slug(name: str) -> str:
    """Return a model's name as part of a ref or a file name; no two names share one.

    Small letters, digits, `-` and `_` stay; a capital becomes `+` and the small letter (file
    systems may not tell them apart); every other byte of its UTF-8 becomes `%xx`.

    Raises
    ------
    UsageError
        When the name is empty or the result too long for a file name.
    """
    quoted = quote(name, safe="").replace(".", "%2E").replace("~", "%7E")
    parts = re.split(r"(%[0-9A-F]{2})", quoted)
    text = "".join(
        part.lower() if part[:1] == "%" else re.sub(r"[A-Z]", lambda m: f"+{m[0].lower()}", part)
        for part in parts
    )
    if not 0 < len(text) <= _MAX_SLUG:
        msg = f"the name {name!r} cannot key baselines: it must have 1 to {_MAX_SLUG} characters"
        raise UsageError(msg, hint="set `name` in mlgate.yaml")
    return text


def key(commit: str, created: dt.datetime) -> str:
    """Return the key of a baseline saved at a time."""
    return f"{created.astimezone(dt.UTC).strftime(_STAMP)}-{commit}"


def parse_key(text: str) -> tuple[str, dt.datetime] | None:
    """Return commit and time of a key; None for anything else."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    # `strptime` takes ten times as long, which shows when there are thousands of keys.
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if not _YEARS[0] <= year <= _YEARS[1]:  # a week before or after must be a date as well
        return None
    try:
        return match[7], dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None


def week(when: dt.datetime) -> int:
    """Number the weeks: whole ones since 1970, so that they do not move with the clock."""
    return int(when.timestamp() // _WEEK)


def weekly(baselines: Iterable[StoredBaseline]) -> frozenset[str]:
    """Return the commits whose baselines are the first of their week."""
    first: dict[int, StoredBaseline] = {}
    for baseline in sorted(baselines, key=_age):
        first.setdefault(week(baseline.created), baseline)
    return frozenset(baseline.commit for baseline in first.values())


def from_key(name: str, evidence: str | None, rows: str | None) -> StoredBaseline | None:
    """Return the baseline of a key; None without evidence, which is what makes a baseline."""
    parsed = parse_key(name)
    return None if parsed is None or evidence is None else StoredBaseline(*parsed, evidence, rows)


def newest(baselines: Iterable[StoredBaseline]) -> tuple[StoredBaseline, ...]:
    """Return the newest baseline of every commit, newest first."""
    best: dict[str, StoredBaseline] = {}
    for baseline in sorted(baselines, key=_age):
        best[baseline.commit] = baseline
    return tuple(sorted(best.values(), key=_age, reverse=True))


def _age(baseline: StoredBaseline) -> tuple[dt.datetime, str, str]:
    """Order baselines by time, and those of one second the same way everywhere."""
    return baseline.created, baseline.commit, baseline.evidence


def time_for(commit: str, now: dt.datetime, taken: Iterable[str]) -> dt.datetime:
    """Return the time to save under: now, or a second after the commit's latest key.

    So the baseline saved last is the newest, whatever the clocks of two machines say.
    """
    earlier = [parsed[1] for text in taken if (parsed := parse_key(text)) and parsed[0] == commit]
    second = dt.timedelta(seconds=1)
    created = now.astimezone(dt.UTC).replace(microsecond=0)
    return max([created, *(when + second for when in earlier)])
