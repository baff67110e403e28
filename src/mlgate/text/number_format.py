"""How numbers are written, in sentences and tables: never more digits than the interval supports.

The decimals of numbers that belong together are chosen once, by `decimals`, from all of them and
from the limits that they are held against. They count in the metric's own unit, also where a
number is written in points or per cent, so that a sentence and a table show the same digits.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Bounds = tuple[float | None, float | None]
"""An interval; None where a bound is not defined."""
Unit = Literal["number", "share", "points", "percent"]
"""`share`: written as `.842`; `points` and `percent`: a share or a ratio, written times 100."""
End = Literal["lower", "upper"]
"""Of an interval. A lower bound is rounded down and an upper one up, so that both stay true."""

NONE: Final = "–"
MINUS: Final = "−"
NBSP: Final = "\u00a0"
"""Keeps an interval on one line."""
MAX_DECIMALS: Final = 6
_DIGITS: Final = 12
"""Significant digits, and decimals, beyond which a number is the noise of binary arithmetic."""
_SUFFIX: Final[dict[Unit, str]] = {"number": "", "share": "", "points": " points", "percent": " %"}
_ROUNDING: Final[dict[End | None, str]] = {
    "lower": ROUND_FLOOR,
    "upper": ROUND_CEILING,
    None: ROUND_HALF_UP,
}
_WIDE: Final = Context(prec=400)
"""Holds all digits of any float."""
_BINARY: Final = ("KiB", "MiB", "GiB", "TiB")


def decimals(bounds: Bounds, value: float | None = None, edges: Iterable[float] = ()) -> int:
    """Return the decimals that an interval supports; negative ones round to tens, hundreds, ….

    The rule of the Particle Data Group (Review of Particle Physics, introduction, section 5.3)
    on the half width: its digits 100–354 keep two places, 355–949 one, 950–999 round up to
    1000 and keep two. Without an interval: those of the value, up to four significant digits.

    Parameters
    ----------
    edges
        Limits. There are more decimals where a bound or the value would otherwise read as if it
        were on another side of one of them, or on the limit itself.
    """
    places = _supported(bounds, value)
    limits = [_exact(edge) for edge in edges]
    most = max([MAX_DECIMALS, *(_own(edge) + 2 for edge in limits)])
    while places < most and _misleads(places, bounds, value, limits):
        places += 1
    return places


def apart(places: int, first: float | None, second: float | None) -> int:
    """Return decimals that tell two numbers apart, at least `places`; those if they are equal."""
    if first is None or second is None or _exact(first) == _exact(second):
        return places
    while _round(first, places, None) == _round(second, places, None):
        places += 1
    return places


def differs(change: float | None, places: int) -> bool:
    """Whether a change is still one where it is written with so many decimals."""
    return change is not None and number(change, places) != number(0.0, places)


def _supported(bounds: Bounds, value: float | None) -> int:
    lower, upper = bounds
    half = (upper - lower) / 2 if lower is not None and upper is not None else 0.0
    if half > 0:
        return min(_places(float(f"{half:.{_DIGITS}g}")), MAX_DECIMALS)
    if value is None:
        return 3
    significant = 3 - math.floor(math.log10(abs(value))) if value else 0
    return min(max(significant, 0), _own(_exact(value)), MAX_DECIMALS)


def _places(half: float) -> int:
    exponent = math.floor(math.log10(half))
    digits = half / 10.0**exponent
    if digits < 3.55:
        return 1 - exponent
    return -exponent


def _own(value: Decimal) -> int:
    """Return the decimals that a number has."""
    return max(-int(value.normalize(_WIDE).as_tuple().exponent), 0)


def _misleads(places: int, bounds: Bounds, value: float | None, edges: list[Decimal]) -> bool:
    """Whether a number, once rounded, compares otherwise with an edge than it does itself."""
    lower, upper = bounds
    ends: list[tuple[float | None, End | None]] = [
        (value, None), (lower, "lower"), (upper, "upper")
    ]  # fmt: skip
    return any(
        _round(amount, places, end).compare(edge) != _exact(amount).compare(edge)
        for amount, end in ends
        if amount is not None
        for edge in edges
    )


def _exact(value: float) -> Decimal:
    """Return a number without the noise of binary arithmetic: 0.85 − 0.86 is −0.01."""
    return _quantize(Decimal(f"{value:.{_DIGITS}g}"), _DIGITS, ROUND_HALF_UP)


def _round(value: float, places: int, end: End | None) -> Decimal:
    return _quantize(_exact(value), places, _ROUNDING[end])


def _quantize(value: Decimal, places: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding, _WIDE)


def number(
    value: float | None,
    places: int,
    unit: Unit = "number",
    *,
    signed: bool = False,
    end: End | None = None,
) -> str:
    """Write a number: shares as `.842`, others with thousands, `signed` with + or −.

    Parameters
    ----------
    places
        The decimals before a number is turned into points or per cent.
    end
        Which end of an interval it is, if it is one.
    """
    if value is None:
        return NONE
    factor = 2 if unit in ("points", "percent") else 0
    rounded, exact = (x.scaleb(factor) for x in (_round(value, places, end), _exact(value)))
    text = f"{abs(rounded):,f}"
    if rounded == 0 and places >= MAX_DECIMALS and exact != 0:
        rounded, text = exact, f"{float(abs(exact)):.2g}"
    if unit == "share" and text.startswith("0."):
        text = text[1:]
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text


def with_unit(text: str, unit: Unit) -> str:
    """Put the unit behind a written number: `1 point`, `1.9 points`, `2 %`."""
    return f"{text} point" if (unit, text) == ("points", "1") else text + _SUFFIX[unit]


def interval(bounds: Bounds, places: int, unit: Unit = "number", *, signed: bool = False) -> str:
    """Write `[lower, upper]`, rounded outward; empty where neither bound is defined."""
    if bounds == (None, None):
        return ""
    ends: tuple[End, End] = ("lower", "upper")
    low, high = (
        NONE
        if bound is None
        else with_unit(number(bound, places, unit, signed=signed, end=end), unit)
        for bound, end in zip(bounds, ends, strict=True)
    )
    return f"[{low},{NBSP}{high}]".replace(" ", NBSP)


def limit(value: float, places: int, unit: Unit = "number") -> str:
    """Write a limit as it was given, with at least `places` decimals."""
    return number(value, max(_own(_exact(value)), places, 0), unit)


def count(value: int) -> str:
    """12435 → `12,435`."""
    return f"{value:,}"


def rows(value: int) -> str:
    """Round to two significant digits: 31417 → `31,000`."""
    return f"{round(value, min(2 - len(str(value)), 0)):,}"


def condition(against: str | None, power: float) -> str:
    """Return under which condition, and how surely, a number of rows decides a rule."""
    truth = "the value is as measured" if against is None else "nothing changed"
    return f"if {truth}, with {100 * power:.0f} % probability"


def counted(method: str | None) -> str:
    """Return what a method's `n` counts: rows, or the labels of humans that correct a judge."""
    of_judge = method is not None and ("prediction-powered" in method or "human labels" in method)
    return "labels" if of_judge else "rows"


def plural(value: int, singular: str, many: str | None = None) -> str:
    """1 → `1 row`, 12435 → `12,435 rows`."""
    return f"{count(value)} {singular if value == 1 else many or singular + 's'}"


def per_cent(share: float) -> str:
    """0.9 → `90 %`."""
    return f"{share * 100:.6g} %"


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
