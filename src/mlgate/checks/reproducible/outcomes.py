"""How trainings compare with what was kept, in words and without numbers from test labels."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.checks.reproducible.evidence import Repetition

_FILES: Final = {
    True: "the same predictions in other files",
    False: "other predictions",
    None: "other files, whose rows are not compared",
}


def outcomes(repetitions: Sequence[Repetition]) -> Iterator[str]:
    """Yield a line for each training."""
    for number, each in enumerate(repetitions, 1):
        yield f"training {number}: {outcome(each)}"


def outcome(repetition: Repetition) -> str:
    """Return how a training compares with what was kept, and what differs first."""
    if repetition.identical:
        return "identical: all files have the digests that were kept"
    same = _FILES[repetition.same_predictions]
    groups = [
        (cause, [fact.name for fact in facts])
        for cause, facts in groupby(repetition.differences, lambda fact: fact.cause)
        if cause != "results"
    ]
    if not groups:
        return f"{same}, and nothing that was recorded differs: is the training seeded?"
    cause, names = groups[0]
    return f"{same}; what differs first: {cause} ({first_of(names, 3)})"
