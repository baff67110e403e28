"""Turns what is known of a column into a profile of it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.model.profile import ColumnProfile
from mlgate.stats.ecdf import Ecdf
from mlgate.stats.summary import Summary

if TYPE_CHECKING:
    from mlgate.model.profile import Kind
    from mlgate.model.table import Stored

STEPS: Final = 1_000
"""Quantiles that are kept of a column of numbers."""
FEWEST: Final = 10
"""No quantile and no level stands for fewer rows."""
WORDS: Final = 1_000
"""Words that are kept of a column of text."""
DIGITS: Final = 9


def profiled(kind: Kind | None, stored: Stored, summary: Summary) -> ColumnProfile:
    """Return what a later comparison needs, and nothing that few rows make up."""
    steps, mass = ((), ()) if summary.numbers is None else _steps(summary.numbers, summary.rows)
    levels = {name: x for name, x in summary.levels.items() if x >= FEWEST}
    if kind == "text":
        common = sorted(levels, key=lambda word: (-levels[word], word))[:WORDS]
        levels = {word: levels[word] for word in common}
    return ColumnProfile(
        kind=kind,
        stored=stored,
        rows=summary.rows,
        nulls=summary.nulls,
        effective=summary.effective,
        null_rate=summary.null_rate,
        steps=steps,
        mass=mass,
        levels=levels,
        pooled=sum(summary.levels.values()) - sum(levels.values()),
        infinite=summary.infinite,
        looked=summary.looked,
    )


def _steps(numbers: Ecdf, rows: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return quantiles between the ends, not at them: the largest value belongs to somebody."""
    import numpy as np

    count = max(2, min(STEPS, rows // FEWEST))
    values = np.unique([numbers.quantile(k / count) for k in range(1, count)])
    values = values[np.isfinite(values)]
    return tuple(values.tolist()), tuple(np.round(numbers.below(values), DIGITS).tolist())


def summary(column: ColumnProfile) -> Summary:
    """Return the column as a comparison takes it."""
    return Summary(
        rows=column.rows,
        nulls=column.nulls,
        effective=column.effective,
        null_rate=column.null_rate,
        numbers=_numbers(column) if column.rows and column.kind in _NUMBERS else None,
        levels=column.levels,
        pooled=column.pooled,
        infinite=column.infinite,
        looked=column.looked,
    )


_NUMBERS: Final = ("numeric", "datetime", "text")


def _numbers(column: ColumnProfile) -> Ecdf:
    import numpy as np

    steps = column.steps or (0.0,)
    # What lies above the last step is one step farther: how far, a profile does not say.
    above = 2 * steps[-1] - steps[-2] if len(steps) > 1 else steps[-1] + 1.0
    mass = column.mass or (0.0,)
    return Ecdf(np.array([*steps, above]), np.array([*mass, 1.0]), column.effective)
