"""A change that is shown in steps, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from mlgate.text.number_format import Unit


def describe_steps(steps: int, margin: float, unit: Unit, *, relative: bool = False) -> str:
    """Return `better by at least 1 point`: a step is at least half of the rule's margin."""
    if steps == 0:
        return "no difference shown"
    word = "better" if steps > 0 else "worse"
    least = abs(steps * margin) / 2
    if least == 0:
        return f"{word} by {numbers.plural(abs(steps), 'step')}"
    of_shares: Unit = "points" if unit == "share" else unit
    shown: Unit = "percent" if relative else of_shares
    return f"{word} by at least {numbers.with_unit(numbers.limit(least, 0, shown), shown)}"
