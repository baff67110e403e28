"""Gates on gaps that cannot pass: groups so small that even equal ones would not show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.stats.equal_groups import best_bound, rows_for
from mlgate.text import number_format

if TYPE_CHECKING:
    from mlgate.model.evidence import Measurement


def hopeless(measurement: Measurement, limit: float, confidence: float) -> str | None:
    """Return why a `max` or `min` on a gap cannot pass, whatever the model does to these groups.

    None where it can, and for what is no gap between shares.
    """
    equal = measurement.equal_groups
    if equal is None:
        return None
    first, second = equal.rows.items()
    sizes = first[1], second[1]
    bound = best_bound(equal.kind, equal.rate, sizes, confidence)
    if bound <= limit if equal.kind == "difference" else bound >= limit:
        return None
    needed = rows_for(equal.kind, equal.rate, sizes, limit, confidence)
    side = "upper" if equal.kind == "difference" else "lower"
    places = number_format.decimals((bound, bound), bound, (limit,))
    groups = " and ".join(
        f"{name} has {n:,}" for name, n in (first, second) if not needed or n < needed
    )
    end = "no number of rows is enough" if needed is None else f"each needs about {needed:,}"
    return (
        f"cannot pass with groups of this size: without any gap its {side} bound would be "
        f"{number_format.number(bound, places)}; of the rows that count, {groups}, and {end}"
    )
