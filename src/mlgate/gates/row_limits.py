"""Whether the rows of a test set differ from a baseline's by more than a policy allows."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.model.project import DOCS
from mlgate.text import number_format as numbers
from mlgate.text.lists import all_of, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import RowCounts, Unmatched
    from mlgate.model.policy import RowLimits

_ANNOUNCE: Final = f"announce a new test set on the branch that judges first ({DOCS}/changing.md)"
_SAME: Final = "compare files that have the same rows, with the same labels"
WAY_OUT: Final = f"compare on the same rows and labels, or {_ANNOUNCE}"
AS_OFTEN: Final = f"run each id as often as {{}} does, or {_ANNOUNCE}"
JUDGED: Final = f"let a human label this commit's answers on the rows that {{}} has labels of ({DOCS}/judges.md)"
REDRAWN: Final = (
    "most ids are others: was the split redrawn, for example with another random_state? "
)

COLUMNS: Final = (
    "let the training write these columns as {} has them, or change them under new names "
    f"({DOCS}/changing.md)"
)
NEW: Final = f"merge {{}} into this branch, or run it there again ({DOCS}/changing.md)"

MOST: Final = 3
"""Columns that are named."""

ROW_NUMBERS: Final = "its ids look like row numbers (rows that share an id have unrelated labels)"


UNMATCHED: Final[Mapping[Unmatched, str]] = MappingProxyType(
    {
        "no_id": "the predictions have no id column (predictions.id)",
        "no_rows": "the baseline keeps no rows",
        "no_key": "the secret that hashed the baseline's ids (baseline.id_key) is not known here",
    }
)
"""Why rows cannot be matched."""
_MATCH: Final[Mapping[Unmatched, str]] = MappingProxyType(
    {
        "no_id": "compare on the same rows and labels in the same order, name their ids in predictions.id",
        "no_rows": "compare on the same rows and labels, keep the rows of baselines (baseline.keep)",
        "no_key": "compare on the same rows and labels, set that secret",
    }
)


class OtherRows(NamedTuple):
    """Which limits are exceeded, and what to do."""

    reason: str
    hint: str


def problem(
    counts: RowCounts, limits: RowLimits, reference: str, *, configured: bool = True
) -> OtherRows | None:
    """Explain which limits are exceeded, and what to do; None where none is.

    Parameters
    ----------
    reference
        What the baseline is called: the branch, or the anchor.
    configured
        Whether mlgate.yaml says the limits; else two files are compared, and nothing is announced.
    """
    if counts.unmatched is not None:
        return _unmatched(counts.unmatched, limits, reference, configured=configured)
    parts, columns = list(_exceeded(counts, limits)), list(_columns(counts, limits))
    if counts.ids == "row_numbers":
        parts.insert(0, ROW_NUMBERS)
    if counts.new_columns:
        named = first_of(counts.new_columns, MOST)
        reason = f"{reference}'s baseline was measured without {named}"
        return OtherRows(reason, NEW.format(reference))
    if not parts and not columns:
        return None
    reason = f"the test set is not {reference}'s: {all_of([*parts, *columns])}"
    if not configured:
        return OtherRows(reason, _SAME)
    if not parts:
        return OtherRows(reason, COLUMNS.format(reference))
    return OtherRows(reason, _way_out(counts, limits, reference))


def _way_out(counts: RowCounts, limits: RowLimits, reference: str) -> str:
    if counts.unjudged > limits.missing * counts.of:
        return JUDGED.format(reference)
    if counts.repeated:
        return AS_OFTEN.format(reference)
    return REDRAWN + WAY_OUT[0].upper() + WAY_OUT[1:] if _redrawn(counts) else WAY_OUT


def _redrawn(counts: RowCounts) -> bool:
    """Whether most rows are others, and about as many: as after another draw of a split."""
    most = counts.missing > counts.of / 2
    return most and counts.paired > 0 and abs(counts.added - counts.missing) <= counts.of / 10


def _unmatched(
    why: Unmatched, limits: RowLimits, reference: str, *, configured: bool
) -> OtherRows | None:
    """Refuse other rows or labels of which nobody can say how many they are, unless all may differ."""
    if min(limits.missing, limits.added, limits.relabelled) >= 1:
        return None
    reason = (
        f"the test set is not {reference}'s: rows or labels differ, and how many is not known, "
        f"since {UNMATCHED[why]}"
    )
    if not configured:
        return OtherRows(reason, _SAME)
    return OtherRows(reason, f"{_MATCH[why]}, or {_ANNOUNCE}")


def _exceeded(counts: RowCounts, limits: RowLimits) -> Iterator[str]:
    """Yield each limit that is exceeded, with the numbers."""
    of, relabelled = numbers.count(counts.of), counts.relabelled or 0
    if counts.missing > limits.missing * counts.of:
        missing = f"{numbers.count(counts.missing)} of {of} rows are missing"
        if counts.unlabelled:
            missing += f", {numbers.count(counts.unlabelled)} of them only their label"
        yield f"{missing} ({_allowed(limits.missing)})"
    if counts.added > limits.added * counts.of:
        added = f"{numbers.count(counts.added)} rows were added to {of}"
        yield f"{added} ({_allowed(limits.added)})"
    if counts.unjudged > limits.missing * counts.of:
        unjudged = f"{numbers.plural(counts.unjudged, 'row')} that a human labelled there"
        yield f"{unjudged} {'has' if counts.unjudged == 1 else 'have'} no human label here"
    if counts.repeated:
        repeated = numbers.plural(counts.repeated, "further repetition")
        yield f"its ids have {repeated}, which only their order in the file numbers"
    if relabelled > limits.relabelled * counts.of:
        least = "" if counts.relabelled_exact else "at least "
        changed = f"{least}{numbers.count(relabelled)} of {of} rows have another label"
        yield f"{changed} ({_allowed(limits.relabelled)})"


def _columns(counts: RowCounts, limits: RowLimits) -> Iterator[str]:
    """Yield the columns of which too many values changed, in one text with the first of them."""
    allowed = limits.columns * counts.of
    many = {name: count for name, count in counts.columns.items() if count > allowed}
    if many:
        worst = sorted(many, key=lambda name: -many[name])
        named = all_of(worst) if len(worst) <= MOST else first_of(worst, MOST)
        rows = f"{numbers.count(many[worst[0]])} of {numbers.count(counts.of)} rows"
        text = f"{rows} have another value of {named} ({_allowed(limits.columns)})"
        every = many[worst[0]] == counts.of
        yield (
            f"{text}, as where one side has numbers and the other text (1 and 01)"
            if every
            else text
        )


def _allowed(share: float) -> str:
    return f"allowed: {numbers.per_cent(share)}"
