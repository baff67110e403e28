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
NUMBERS: Final = ("ks", "ks_p", "method", "scale", "wasserstein", "tv", "shift", "psi", "psi_critical", "js", "kl")  # fmt: skip
LEVELS: Final = ("chi2_p", "tv", "tv_chance", "cramers_v", "cells", "psi", "psi_critical", "js", "kl", "unseen", "unseen_chance", "unseen_p")  # fmt: skip


def compare(
    kind: Kind, reference: Summary, current: Summary, *, profile: bool = False
) -> ColumnDrift:
    """Compare the reference's and the current column, both of one kind.

    Of a profile the distribution is known at its steps only, and is compared there.
    """
    fields: dict[str, Any] = {
        "kind": kind,
        "n": (reference.rows, current.rows),
        "null_rate": (reference.null_rate, current.null_rate),
        "null_p": _null_p(reference, current),
        "infinite": (reference.infinite, current.infinite),
    }
    if reference.rows and current.rows and reference.effective and current.effective:
        if reference.numbers is not None and current.numbers is not None:
            fields |= _numbers(reference, current, grid=profile)
        if kind == "text":
            fields |= _words(reference, current)
        elif kind in ("categorical", "boolean"):
            fields |= _levels(reference, current)
    return ColumnDrift(**fields)


def _null_p(reference: Summary, current: Summary) -> float | None:
    """Test the rates of missing values; weights count by their effective number of rows."""

    def rate(side: Summary) -> tuple[float, float]:
        rows = side.rows + side.nulls
        scale = side.effective / side.rows if side.rows else 1.0
        return side.null_rate * rows * scale, rows * scale

    return counts.rate_p_value(rate(reference), rate(current))


def _numbers(reference: Summary, current: Summary, *, grid: bool) -> dict[str, Any]:
    assert reference.numbers is not None
    assert current.numbers is not None
    compared = on_grid(reference.numbers, current.numbers) if grid else current.numbers
    distances = drift_numbers.compare(reference.numbers, compared)
    drawn = Histogram(
        edges=tuple(distances.edges.tolist()),
        reference=_rounded(distances.old.tolist()),
        current=_rounded(distances.new.tolist()),
    )
    return {name: getattr(distances, name) for name in NUMBERS} | {"histogram": drawn}


def _words(reference: Summary, current: Summary) -> dict[str, Any]:
    """Compare vocabularies. A row has several words, so that rows are what counts."""
    if not reference.levels or not current.levels:
        return {}
    sizes = (float(reference.looked), float(current.looked))
    distances = drift_levels.compare(
        *drift_levels.aligned(reference, current), sizes=sizes, unseen=False
    )
    return {name: getattr(distances, name) for name in ("chi2_p", "tv", "tv_chance", "cramers_v")}


def _levels(reference: Summary, current: Summary) -> dict[str, Any]:
    whole = not reference.pooled
    p, q = drift_levels.aligned(reference, current)
    distances = drift_levels.compare(
        p, q, sizes=(reference.effective, current.effective), unseen=whole
    )
    result = {name: getattr(distances, name) for name in LEVELS}
    result |= {"histogram": _bars(reference.levels, current.levels), "method": "χ²"}
    if whole:
        missing = [level for level in current.levels if level not in reference.levels]
        missing.sort(key=lambda level: (-current.levels[level], level))
        result["unseen_levels"] = tuple(missing[:EXAMPLES])
    return result


def _bars(reference: Mapping[str, float], current: Mapping[str, float]) -> Histogram:
    """Return the shares of the commonest levels, and of all others together."""
    totals = [sum(side.values()) or 1.0 for side in (reference, current)]
    names = dict.fromkeys((*reference, *current))
    most = {
        name: max(reference.get(name, 0) / totals[0], current.get(name, 0) / totals[1])
        for name in names
    }
    shown = sorted(names, key=lambda name: (-most[name], name))[:SHOWN]
    sides = []
    for levels, total in zip((reference, current), totals, strict=True):
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
