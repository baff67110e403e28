"""How numbers are written, in sentences and tables: never more digits than the interval supports."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final, Literal

Bounds = tuple[float | None, float | None]
"""An interval; None where a bound is not defined."""
Unit = Literal["share", "number"]
"""Shares lie between 0 and 1, and are written as `.842`."""
Kind = Literal["points", "percent", "number"]
"""`points`: differences of shares, times 100; `percent`: of the baseline's value."""
End = Literal["lower", "upper"]

NONE: Final = "–"
MINUS: Final = "−"
NBSP: Final = "\u00a0"
"""Keeps an interval on one line."""
MAX_DECIMALS: Final = 6
_BINARY: Final = ("KiB", "MiB", "GiB", "TiB")


def decimals(interval: Bounds, value: float | None = None) -> int:
    """Return the decimals that an interval supports; negative ones round to tens, hundreds, ….

    The rule of the Particle Data Group (Review of Particle Physics, introduction, section 5.3)
    on the half width: its digits 100–354 keep two places, 355–949 one, 950–999 round up to
    1000 and keep two. Without an interval: three significant digits of the value, none of a plain 0.
    """
    lower, upper = interval
    half = (upper - lower) / 2 if lower is not None and upper is not None else 0.0
    if half > 0:
        return min(_places(half), MAX_DECIMALS)
    if value == 0:
        return 0
    if value is not None:
        return min(max(2 - math.floor(math.log10(abs(value))), 0), MAX_DECIMALS)
    return 3


def _places(half: float) -> int:
    exponent = math.floor(math.log10(half))
    digits = half / 10.0**exponent
    if digits < 3.55:
        return 1 - exponent
    return -exponent


def apart(places: int, values: tuple[float | None, ...], edges: tuple[float | None, ...]) -> int:
    """Return more decimals where a value would read like an edge that it does not lie on."""
    while places < MAX_DECIMALS and any(
        value is not None
        and edge is not None
        and not math.isclose(value, edge, abs_tol=1e-12)
        and round(value, places) == round(edge, places)
        for value in values
        for edge in edges
    ):
        places += 1
    return places


def number(value: float | None, places: int, unit: Unit = "number", *, signed: bool = False) -> str:
    """Write a number: shares as `.842`, others with thousands, `signed` with + or −."""
    if value is None:
        return NONE
    rounded = round(value, places)
    text = f"{abs(rounded):,.{max(places, 0)}f}"
    if float(text.replace(",", "")) == 0 and value != 0 and places >= MAX_DECIMALS:
        text = f"{abs(value):.2g}"
    if unit == "share" and text.startswith("0."):
        text = text[1:]
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text


def interval(
    bounds: Bounds, places: int, unit: Unit = "number", *, signed: bool = False, suffix: str = ""
) -> str:
    """Write `[lower, upper]`; empty where neither bound is defined."""
    if bounds == (None, None):
        return ""
    low, high = (
        NONE if end is None else number(end, places, unit, signed=signed) + suffix for end in bounds
    )
    return f"[{low},{NBSP}{high}]".replace(" ", NBSP)


def limit(value: float, places: int, unit: Unit = "number") -> str:
    """Write a limit as it was given, with at least `places` decimals."""
    own = len(f"{value:.{MAX_DECIMALS}f}".rstrip("0").partition(".")[2])
    return number(value, max(own, places, 0), unit)


def count(value: int) -> str:
    """12435 → `12,435`."""
    return f"{value:,}"


def rows(value: int) -> str:
    """Round to two significant digits: 31417 → `31,000`."""
    return f"{round(value, min(2 - len(str(value)), 0)):,}"


def plural(value: int, singular: str, many: str | None = None) -> str:
    """1 → `1 row`, 12435 → `12,435 rows`."""
    return f"{count(value)} {singular if value == 1 else many or singular + 's'}"


def per_cent(share: float) -> str:
    """0.9 → `90 %`."""
    return f"{share * 100:.6g} %"


def points(share: float, places: int) -> str:
    """0.019 → `1.9 points`."""
    text = number(share * 100, max(places - 2, 0))
    return f"{text} point" if text == "1" else f"{text} points"


def duration(seconds: float) -> str:
    """192.3 → `3 min 12 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def memory(size: float) -> str:
    """1288490189 → `1.2 GiB`."""
    if size < 1024:
        return f"{size:.0f} B"
    power = min(int(math.log(size, 1024) + 1e-4), len(_BINARY))
    size /= 1024**power
    return f"{size:.{1 if size < 99.95 else 0}f} {_BINARY[power - 1]}"


def time(stamp: str) -> str:
    """`2026-11-21T04:38:36Z` → `2026-11-21 04:38 UTC`; anything else stays as it is."""
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def level(confidence: float) -> str:
    """Return the two-sided level of two one-sided bounds: 0.95 → `90 %`."""
    return per_cent(2 * confidence - 1)


def width(interval: Bounds) -> float | None:
    """Return upper − lower, or None where a bound is undefined."""
    lower, upper = interval
    return None if lower is None or upper is None else upper - lower


SUFFIX: Final[dict[Kind, str]] = {"points": " points", "percent": " %", "number": ""}


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


def _decimals(width: float | None, value: float) -> int:
    """Return the decimals that the interval supports.

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
