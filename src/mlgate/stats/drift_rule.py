"""Which columns drifted: significance over all tests together, and an effect that matters.

Pure Python: checks list with it and gates decide with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.stats.multiplicity import benjamini_hochberg, holm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Test = tuple[str, float, float, float]
    """(what was tested, p-value, effect, least effect that counts)"""


@dataclass(frozen=True, slots=True)
class Listed:
    """What is listed about one column.

    Attributes
    ----------
    drifted
        Some test of it is significant after Benjamini–Hochberg, with an effect that counts.
    certain
        The same after Holm, which bounds the chance of any false alarm.
    because
        The names of the tests that made it `drifted`, the strongest effect first.
    """

    drifted: bool
    certain: bool
    because: tuple[str, ...]


def listing(tests: Mapping[str, Sequence[Test]], level: float) -> dict[str, Listed]:
    """Judge all columns together.

    Parameters
    ----------
    tests
        By column; one without tests did not drift.
    level
        Of both corrections, over every test of every column.
    """
    flat = [(column, test) for column, some in tests.items() for test in some]
    p_values = [test[1] for _, test in flat]
    likely, sure = benjamini_hochberg(p_values), holm(p_values)
    hits: dict[str, list[tuple[float, str, bool]]] = {column: [] for column in tests}
    for (column, (name, _, effect, floor)), q, p in zip(flat, likely, sure, strict=True):
        if q <= level and effect >= floor:
            times = effect / floor if floor > 0 else float("inf")
            hits[column].append((times, name, p <= level))
    return {
        column: Listed(
            drifted=bool(names),
            certain=any(certain for _, _, certain in names),
            because=tuple(name for _, name, _ in sorted(names, key=lambda hit: -hit[0])),
        )
        for column, names in hits.items()
    }


def share(listed: Sequence[Listed]) -> tuple[float, float] | None:
    """Return the shares of columns that drifted for certain and that drifted; None of none."""
    if not listed:
        return None
    count = len(listed)
    certain = sum(column.certain for column in listed)
    return certain / count, sum(column.drifted for column in listed) / count
