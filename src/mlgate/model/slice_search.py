"""What a search for parts of the test set that got worse returns; `slices` and `fairness` have it."""

from __future__ import annotations

from mlgate.model.base import Frozen, Prose


class WorsePart(Frozen):
    """A part of the test set that got worse than on main.

    Attributes
    ----------
    levels
        The columns and levels that make it: one or two.
    ranges
        Those of the columns whose levels are ranges of numbers, such as `< 25`.
    change
        Of its accuracy, or minus that of its MAE: below 0 is worse.
    p_value, adjusted
        One-sided, before and after Holm's correction for the search.
    """

    levels: dict[str, str]
    ranges: tuple[str, ...] = ()
    n: int
    change: float
    p_value: float
    adjusted: float


class SearchResult(Frozen):
    """The result of a search over `columns` among `tested` slices, or why there was none."""

    columns: tuple[str, ...]
    tested: int = 0
    worse: tuple[WorsePart, ...] = ()
    why_not: Prose | None = None
    not_told: int = 0
    """Slices that got worse, about which nothing may be shown."""
