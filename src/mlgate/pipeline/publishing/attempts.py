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
_WORD: Final = re.compile(r"(\d{1,18})\.(\d{1,9})=(pass|fail|warn|none)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run, as the icon of its report says."""

    stamp: RunStamp
    status: Status


def of(reports: tuple[Report, ...], stamp: RunStamp) -> Outcome:
    """Return the outcome of this run: the worst of its reports."""
    return Outcome(stamp, max((report.icon for report in reports), key=_ORDER.__getitem__))


def read(body: str) -> tuple[Outcome, ...]:
    """Return the outcomes that a comment carries; none where it carries nothing of that form."""
    line = _LINE.search(body[:5000])
    words = line.group(1).split() if line else []
    matches = [match for match in map(_WORD.fullmatch, words) if match]
    return tuple(
        Outcome(RunStamp(int(run), int(attempt)), cast("Status", status))
        for run, attempt, status in (match.groups() for match in matches)
    )


def earlier(outcomes: tuple[Outcome, ...], this: Outcome) -> tuple[Outcome, ...]:
    """Return those before this run, each once, oldest first."""
    unique = {outcome.stamp: outcome for outcome in outcomes if outcome.stamp < this.stamp}
    return tuple(unique[stamp] for stamp in sorted(unique))[-KEPT:]


def line(outcomes: tuple[Outcome, ...]) -> str:
    """Write the line that carries them."""
    words = (
        f"{outcome.stamp.run}.{outcome.stamp.attempt}={outcome.status}"
        for outcome in outcomes[-KEPT:]
    )
    return f"<!-- mlgate:past {' '.join(words)} -->"


def describe(before: tuple[Outcome, ...]) -> tuple[Text, ...]:
    """Describe which attempt this is and how the earlier ones ended; nothing of the first."""
    if not before:
        return ()
    icons = " ".join(ICON[outcome.status] for outcome in before[-SHOWN:])
    more = "… " if len(before) > SHOWN else ""
    return ((f"attempt {len(before) + 1} (earlier: {more}{icons})",),)
