"""What a store of baselines can do, and how a baseline is named in it.

A baseline is the evidence of one commit of one model, and (until retention drops them) the
rows that pairing needs. Its key is `<time of saving>-<commit>`: `20260131T095959Z-9f8e…`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from mlgate.errors import DataError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.verdict import Verdict

ROWS: Final = "rows.parquet"
MAX_ROWS: Final = 95 * 2**20
"""Bytes of one file in a git store: hosting services refuse files of 100 MB."""

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_KEY: Final = re.compile(
    r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{40}|[0-9a-f]{64})", re.ASCII
)
_WEEK: Final = 7 * 24 * 3600
_MAX_SLUG: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
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


class Store(Protocol):
    """Keeps the baselines of one model.

    Every method raises `StoreError` when the store cannot be read or written. Several
    processes may use one store at the same time, and any of them may be killed at any moment.
    """

    def entries(self) -> tuple[Entry, ...]:
        """Give all baselines, newest first, one a commit."""

    def read(self, entry: Entry) -> Mapping[str, bytes]:
        """Give the files of a baseline but its rows, by their paths in the run directory."""

    def read_rows(self, entry: Entry) -> bytes | None:
        """Give rows.parquet; None where it is not kept."""

    def save(
        self, commit: str, files: Mapping[str, bytes], now: dt.datetime, *, push: bool
    ) -> Entry:
        """Keep a baseline (`files` may hold rows.parquet); an earlier one of the commit goes.

        With `push` it is on the remote, where there is one, when this returns; without, it
        is kept in this clone only. A folder knows no difference.
        """

    def drop_rows(self, entries: Iterable[Entry], *, push: bool) -> None:
        """Drop the rows of some baselines; their evidence stays."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A baseline's content, parsed. `verdict` is None where it was saved without one."""

    entry: Entry
    verdict: Verdict | None
    evidence: Mapping[str, Evidence]


def load(store: Store, entry: Entry) -> Kept:
    """Read and parse a baseline.

    Raises
    ------
    StoreError
        When it cannot be read, or was written by a version that this one does not understand.
    """
    from pydantic import ValidationError

    from mlgate.model.kinds import parse_evidence
    from mlgate.model.verdict import Verdict

    files = store.read(entry)
    try:
        evidence = {
            check: parse_evidence(check, text)
            for path, text in files.items()
            if (check := _check(path)) is not None
        }
        verdict = Verdict.from_json(files["verdict.json"]) if "verdict.json" in files else None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        msg = f"the baseline of {entry.commit[:7]} is damaged or of another version: {where}"
        raise StoreError(
            f"{msg}: {first['msg']}", hint="save it anew: `mlgate baseline save` at that commit"
        ) from None
    return Kept(entry, verdict, evidence)


def _check(path: str) -> str | None:
    folder, _, name = path.rpartition("/")
    return name.removesuffix(".json") if folder == "evidence" else None


def slug(name: str) -> str:
    """Give a model's name as part of a ref or a file name; no two names share one.

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
    """Give the key of a baseline saved at a time."""
    return f"{created.astimezone(dt.UTC).strftime(_STAMP)}-{commit}"


def parse_key(text: str) -> tuple[str, dt.datetime] | None:
    """Give commit and time of a key; None for anything else."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    # `strptime` takes ten times as long, which shows when there are thousands of keys.
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        return match[7], dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None


def week(when: dt.datetime) -> int:
    """Number the weeks: whole ones since 1970, so that they do not move with the clock."""
    return int(when.timestamp() // _WEEK)


def weekly(entries: Iterable[Entry]) -> frozenset[str]:
    """Give the commits whose entries are the first of their week."""
    first: dict[int, Entry] = {}
    for entry in sorted(entries, key=_age):
        first.setdefault(week(entry.created), entry)
    return frozenset(entry.commit for entry in first.values())


def entry_of(name: str, evidence: str | None, rows: str | None) -> Entry | None:
    """Give the entry of a key; None without evidence, which is what makes a baseline."""
    parsed = parse_key(name)
    return None if parsed is None or evidence is None else Entry(*parsed, evidence, rows)


def newest(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give the newest entry of every commit, newest first."""
    best: dict[str, Entry] = {}
    for entry in sorted(entries, key=_age):
        best[entry.commit] = entry
    return tuple(sorted(best.values(), key=_age, reverse=True))


def _age(entry: Entry) -> tuple[dt.datetime, str, str]:
    """Order entries by time, and those of one second the same way everywhere."""
    return entry.created, entry.commit, entry.evidence


def replacement(store: Store, entry: Entry) -> Entry:
    """Give the entry that took the place of one that has gone since it was listed.

    Raises
    ------
    StoreError
        When there is none.
    """
    for other in store.entries():
        if other.commit == entry.commit and other != entry:
            return other
    msg = f"the baseline of {entry.commit[:7]}, saved {entry.created:%Y-%m-%d %H:%M} UTC, cannot be read"
    raise StoreError(msg, hint="save it anew: `mlgate baseline save` at that commit")


def time_for(commit: str, now: dt.datetime, taken: Iterable[str]) -> dt.datetime:
    """Give the time to save under: now, or a second after the commit's latest key.

    So the entry saved last is the newest, whatever the clocks of two machines say.
    """
    earlier = [parsed[1] for one in taken if (parsed := parse_key(one)) and parsed[0] == commit]
    second = dt.timedelta(seconds=1)
    created = now.astimezone(dt.UTC).replace(microsecond=0)
    return max([created, *(when + second for when in earlier)])


def refuse_large_rows(files: Mapping[str, bytes], limit: int) -> None:
    """Raise `StoreError` for rows that git hosting would refuse, naming the ways out."""
    size = len(files.get(ROWS, b""))
    if size > limit:
        msg = f"{ROWS} has {size / 2**20:.0f} MiB, and git hosting refuses files above {limit / 2**20:.0f} MiB"
        hint = (
            "in mlgate.yaml, keep baselines in a folder (baseline.store: /path/that/lasts), "
            "or keep no rows (baseline.keep: evidence; comparisons are then unpaired)"
        )
        raise StoreError(msg, hint=hint)


def check_names(files: Iterable[str]) -> None:
    """Raise `DataError` for a path that must not be written below a store."""
    for name in files:
        if name.startswith("/") or not all(part.strip(".") for part in name.split("/")):
            raise DataError(f"{name!r} is not the name of a file in a run directory")
