"""Compares one column's two summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.drift.evidence import ColumnDrift, Histogram
from mlgate.stats import counts, drift_levels, drift_numbers
from mlgate.stats.ecdf import on_grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.profile import Kind
    from mlgate.stats.summary import Summary

SHOWN: Final = 11
"""Levels that are drawn by name; the rest is one bar."""
EXAMPLES: Final = 5
DIGITS: Final = 6
OTHER: Final = "(other)"
NUMBERS: Final = ("ks", "ks_p", "method", "scale", "wasserstein", "tv", "shift", "psi", "psi_critical", "js")  # fmt: skip
LEVELS: Final = ("chi2_p", "tv", "tv_chance", "cramers_v", "cells", "psi", "psi_critical", "js", "unseen", "unseen_chance", "unseen_p")  # fmt: skip


def compare(kind: Kind, old: Summary, new: Summary, *, profile: bool = False) -> ColumnDrift:
    """Compare the reference's and the current column, both of one kind.

    Of a profile the distribution is known at its steps only, and is compared there.
    """
    fields: dict[str, Any] = {
        "kind": kind,
        "n": (old.rows, new.rows),
        "null_rate": (old.null_rate, new.null_rate),
        "null_p": _null_p(old, new),
        "infinite": (old.infinite, new.infinite),
    }
    if old.rows and new.rows and old.effective and new.effective:
        if old.numbers is not None and new.numbers is not None:
            fields |= _numbers(old, new, grid=profile)
        if kind == "text":
            fields |= _words(old, new)
        elif kind in ("categorical", "boolean"):
            fields |= _levels(old, new)
    return ColumnDrift(**fields)


def _null_p(old: Summary, new: Summary) -> float | None:
    """Test the rates of missing values; weights count by their effective number of rows."""

    def rate(side: Summary) -> tuple[float, float]:
        rows = side.rows + side.nulls
        scale = side.effective / side.rows if side.rows else 1.0
        return side.null_rate * rows * scale, rows * scale

    return counts.rate_p_value(rate(old), rate(new))


def _numbers(old: Summary, new: Summary, *, grid: bool) -> dict[str, Any]:
    assert old.numbers is not None
    assert new.numbers is not None
    current = on_grid(old.numbers, new.numbers) if grid else new.numbers
    distances = drift_numbers.compare(old.numbers, current)
    drawn = Histogram(
        edges=tuple(distances.edges.tolist()),
        reference=_rounded(distances.old.tolist()),
        current=_rounded(distances.new.tolist()),
    )
    return {name: getattr(distances, name) for name in NUMBERS} | {"histogram": drawn}


def _words(old: Summary, new: Summary) -> dict[str, Any]:
    """Compare vocabularies. A row has several words, so that rows are what counts."""
    if not old.levels or not new.levels:
        return {}
    sizes = (float(old.looked), float(new.looked))
    distances = drift_levels.compare(*drift_levels.aligned(old, new), sizes=sizes, unseen=False)
    return {name: getattr(distances, name) for name in ("chi2_p", "tv", "tv_chance", "cramers_v")}


def _levels(old: Summary, new: Summary) -> dict[str, Any]:
    whole = not old.pooled
    p, q = drift_levels.aligned(old, new)
    distances = drift_levels.compare(p, q, sizes=(old.effective, new.effective), unseen=whole)
    result = {name: getattr(distances, name) for name in LEVELS}
    result |= {"histogram": _bars(old.levels, new.levels), "method": "χ²"}
    if whole:
        missing = [level for level in new.levels if level not in old.levels]
        missing.sort(key=lambda level: (-new.levels[level], level))
        result["unseen_levels"] = tuple(missing[:EXAMPLES])
    return result


def _bars(old: Mapping[str, float], new: Mapping[str, float]) -> Histogram:
    """Return the shares of the commonest levels, and of all others together."""
    totals = [sum(side.values()) or 1.0 for side in (old, new)]
    names = dict.fromkeys((*old, *new))
    most = {name: max(old.get(name, 0) / totals[0], new.get(name, 0) / totals[1]) for name in names}
    shown = sorted(names, key=lambda name: (-most[name], name))[:SHOWN]
    sides = []
    for levels, total in zip((old, new), totals, strict=True):
        shares = [levels.get(name, 0) / total for name in shown]
        rest = [max(0.0, 1 - sum(shares))] if len(names) > SHOWN else []
        sides.append(_rounded([*shares, *rest]))
    if len(names) > SHOWN:
        shown.append(OTHER)
    return Histogram(levels=tuple(shown), reference=sides[0], current=sides[1])


def _rounded(shares: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(share, DIGITS) for share in shares)


def detectable(column: ColumnDrift, level: float, power: float) -> float | None:
    """Return the smallest main effect that so many rows would have shown.

    Parameters
    ----------
    level
        Of one test, among all that were made.
    """
    if not all(column.n):
        return None
    n, m = (rows / (column.inflation or 1.0) for rows in column.n)
    if column.ks_p is not None and column.wasserstein is not None:
        return drift_numbers.detectable(n, m, level, power)
    if column.chi2_p is None:
        return None
    return drift_levels.detectable(column.cells or 2, n, m, level, power)
