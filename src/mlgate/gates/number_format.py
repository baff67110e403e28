"""Numbers in sentences: as many digits as the interval supports, units named."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mlgate.model.evidence import Interval
    from mlgate.model.policy import RuleKind

Kind = Literal["points", "percent", "number"]
"""`points`: differences of shares, times 100; `percent`: of the baseline's value."""

End = Literal["lower", "upper"]
SUFFIX: dict[Kind, str] = {"points": " points", "percent": " %", "number": ""}
MAX_DECIMALS = 6


def _decimals(width: float | None, value: float) -> int:
    """Return the decimals that the interval supports, by the rule of `report.numbers`.

    Without an interval: the value's own, up to four significant digits.
    """
    if width is not None and width > 0:
        exponent = math.floor(math.log10(width / 2))
        decimals = 1 - exponent if width / 2 < 3.55 * 10.0**exponent else -exponent
    else:
        significant = 3 - math.floor(math.log10(abs(value))) if value else 0
        decimals = min(significant, _own_decimals(value))
    return min(max(decimals, 0), MAX_DECIMALS)


def _own_decimals(value: float) -> int:
    text = f"{value:.{MAX_DECIMALS}f}".rstrip("0")
    return len(text.partition(".")[2])


def width(interval: Interval) -> float | None:
    """Return upper − lower, or None where a bound is undefined."""
    lower, upper = interval
    return None if lower is None or upper is None else upper - lower


class Scale:
    """Writes the numbers of one rule alike.

    Parameters
    ----------
    kind
        The unit in which they are written.
    spread
        Upper − lower of the interval that decides, in the metric's own unit; None without one.
    """

    def __init__(self, kind: Kind, spread: float | None) -> None:
        self.kind = kind
        self.factor = 1.0 if kind == "number" else 100.0
        self.spread = None if spread is None else spread * self.factor

    def number(self, value: float, beside: float | None = None, end: End | None = None) -> str:
        """Write a value; with more digits where it would read like the limit `beside` it.

        A bound that a sentence states is rounded so that the sentence stays true: the `lower`
        end of what is possible down, the `upper` one up.
        """
        value = value * self.factor
        decimals = _decimals(self.spread, value)
        text = _rounded(value, decimals, end)
        while decimals < MAX_DECIMALS and self._misleads(float(text), value, beside):
            decimals += 1
            text = _rounded(value, decimals, end)
        return _plain(text)

    def _misleads(self, rounded: float, value: float, beside: float | None) -> bool:
        """Whether a rounded value lies on the limit, or beyond it, and the value does not."""
        if beside is None:
            return False
        limit = round(beside * self.factor, 9)
        if math.isclose(value, limit, abs_tol=1e-9):
            return False
        return rounded == limit or (rounded < limit) != (value < limit)

    def amount(self, value: float, beside: float | None = None, end: End | None = None) -> str:
        """Write a value with its unit."""
        return self.unit(self.number(value, beside, end))

    def unit(self, number: str) -> str:
        """Put the unit behind a written number."""
        return (
            f"{number} point"
            if (self.kind, number) == ("points", "1")
            else number + SUFFIX[self.kind]
        )

    def limit(self, value: float, like: float) -> str:
        """Write a limit as it was given, with at least the digits of the number `like`."""
        value *= self.factor
        decimals = max(_own_decimals(value), _decimals(self.spread, like * self.factor))
        return _plain(f"{value:.{min(decimals, MAX_DECIMALS)}f}")


def _rounded(value: float, decimals: int, end: End | None) -> str:
    if end is not None:
        # Binary noise must not lift 0.3 to 0.4.
        steps = round(value * 10**decimals, 6)
        value = (math.floor(steps) if end == "lower" else math.ceil(steps)) / 10**decimals
    return f"{value:.{decimals}f}"


def _plain(text: str) -> str:
    """Write a minus sign, and none on a zero."""
    if float(text) == 0:
        return text.lstrip("-")
    return text.replace("-", "−")


def per_cent(share: float) -> str:
    """Write a share as a percentage: 0.95 → `95 %`."""
    return f"{share * 100:.6g} %"


def rows(count: int) -> str:
    """Round to two significant digits, with thousands: 31,417 → `31,000`."""
    digits = max(len(str(count)) - 2, 0)
    return f"{round(count, -digits):,}"


def rule_text(kind: RuleKind, limit: float, reference: str, *, relative: bool = False) -> str:
    """Write a rule as a reader sees it: `≥ 0.8`, `≤ 2 % worse than main`."""
    amount = per_cent(limit) if relative else f"{limit:.6g}".replace("-", "−")
    if kind == "min":
        return f"≥ {amount}"
    if kind in ("max", "max_share"):
        return f"≤ {amount}"
    if kind == "min_improvement":
        return f"≥ {amount} better than {reference}"
    return f"≤ {amount} worse than {reference}"
