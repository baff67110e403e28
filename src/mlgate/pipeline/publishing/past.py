"""Which attempt this is: earlier outcomes, carried along in the comment itself.

A pull request's jobs may not write to the ledger of evaluations, so the comment remembers them on a
line that nobody sees: `<!-- mlgate:past 12.1=fail 13.1=pass -->`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from mlgate.model.run_stamp import RunStamp
from mlgate.report.document import ICON

if TYPE_CHECKING:
    from mlgate.report.document import Report, Status, Text

KEPT: Final = 50
SHOWN: Final = 5
_ORDER: Final[dict[Status, int]] = {"none": 0, "pass": 1, "warn": 2, "fail": 3}
_LINE: Final = re.compile(r"^<!-- mlgate:past ([0-9a-z.= ]{0,4000}) -->$", re.MULTILINE)
_ONE: Final = re.compile(r"(\d{1,18})\.(\d{1,9})=(pass|fail|warn|none)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run, as the icon of its report says."""

    stamp: RunStamp
    status: Status


def of(reports: tuple[Report, ...], stamp: RunStamp) -> Outcome:
    """Give the outcome of this run: the worst of its reports."""
    return Outcome(stamp, max((one.icon for one in reports), key=_ORDER.__getitem__))


def read(body: str) -> tuple[Outcome, ...]:
    """Give the outcomes that a comment carries; none where it carries nothing of that form."""
    found = _LINE.search(body[:5000])
    words = found.group(1).split() if found else []
    matches = [match for match in map(_ONE.fullmatch, words) if match]
    return tuple(
        Outcome(RunStamp(int(run), int(attempt)), cast("Status", status))
        for run, attempt, status in (match.groups() for match in matches)
    )


def earlier(known: tuple[Outcome, ...], this: Outcome) -> tuple[Outcome, ...]:
    """Give those before this run, each once, oldest first."""
    unique = {one.stamp: one for one in known if one.stamp < this.stamp}
    return tuple(unique[stamp] for stamp in sorted(unique))[-KEPT:]


def line(outcomes: tuple[Outcome, ...]) -> str:
    """Write the line that carries them."""
    words = (f"{one.stamp.run}.{one.stamp.attempt}={one.status}" for one in outcomes[-KEPT:])
    return f"<!-- mlgate:past {' '.join(words)} -->"


def told(before: tuple[Outcome, ...]) -> tuple[Text, ...]:
    """Say which attempt this is and how the earlier ones ended; nothing of the first."""
    if not before:
        return ()
    icons = " ".join(ICON[one.status] for one in before[-SHOWN:])
    more = "… " if len(before) > SHOWN else ""
    return ((f"attempt {len(before) + 1} (earlier: {more}{icons})",),)
