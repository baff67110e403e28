"""A box of the page with a scale on each side, in house style: two axes, no box, few ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.report.plots import letters
from mlgate.report.plots.inks import (
    GRID,
    INK,
    QUIET,
    Area,
    Box,
    Colour,
    Line,
    Mark,
    Marks,
    Place,
    Stroke,
    Text,
)
from mlgate.report.plots.style import POINTS, SIZE, SMALL, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.report.plots.inks import Across, Ink

Scale = tuple[float, float]
"""What lies at the left and the right end, or at the bottom and the top."""
Tick = tuple[float, str]

SHARES: Final[tuple[Tick, ...]] = ((0, "0"), (0.25, ""), (0.5, ".5"), (0.75, ""), (1, "1"))
FRAME: Final = Stroke(GRID, 0.8)
RULE: Final = Stroke(GRID, 0.6)
PAD: Final = 4 / POINTS
"""Between the box and its ticks' texts."""
EDGE: Final = 0.03
"""Paper that stays free at the page's left."""
TITLE_PAD: Final = 6 / POINTS
_HAIR: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Panel:
    """Maps data to places."""

    box: Box
    x: Scale
    y: Scale

    def at(self, x: float, y: float) -> Place:
        """Return the place of a point."""
        box = self.box
        return _between(box.left, box.right, x, self.x), _between(box.bottom, box.top, y, self.y)

    def line(self, points: Iterable[tuple[float, float]], stroke: Stroke) -> Line:
        """Join points; nothing is drawn outside of the box."""
        return Line(tuple(self.at(*point) for point in points), stroke, self.box)

    def marks(self, points: Iterable[tuple[float, float]], mark: Mark) -> Marks:
        """Mark points."""
        return Marks(tuple(self.at(*point) for point in points), mark)

    def upright(self, x: float, stroke: Stroke) -> Line:
        """Draw a line from the bottom to the top."""
        return self.line(((x, self.y[0]), (x, self.y[1])), stroke)

    def level(self, y: float, stroke: Stroke) -> Line:
        """Draw a line from the left to the right."""
        return self.line(((self.x[0], y), (self.x[1], y)), stroke)

    def bar(self, x: Scale, y: Scale, colour: Colour, alpha: float = 1.0) -> Area:
        """Fill a rectangle."""
        corners = ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]))
        return Area(tuple(self.at(*corner) for corner in corners), colour, alpha)

    def frame(self, *, left: bool = True) -> Line:
        """Draw the axes."""
        box = self.box
        top = ((box.left, box.top),) if left else ()
        return Line((*top, (box.left, box.bottom), (box.right, box.bottom)), FRAME)

    def x_ticks(self, ticks: Iterable[Tick]) -> Iterator[Text]:
        """Write below the box what lies where."""
        for x, text in ticks:
            yield self._below(x, text)

    def x_ends(self, first: Tick, last: Tick) -> Iterator[Text]:
        """Write both ends flush with their places, so that neighbours never meet."""
        yield self._below(first[0], first[1], "left")
        yield self._below(last[0], last[1], "right")

    def y_ticks(
        self,
        ticks: Iterable[Tick],
        colour: Colour = QUIET,
        size: float = SMALL,
        left: float = EDGE,
    ) -> Iterator[Text]:
        """Write to the left of the box what lies where, from `left` on."""
        right = self.box.left - PAD
        for y, text in ticks:
            place = right, self.at(self.x[0], y)[1]
            short = letters.fitting(text, size, right - left)
            yield Text(place, short, colour, size, "right", "capitals")

    def title(self, text: str) -> Text:
        """Write above the box, flush with its left side."""
        place = self.box.left, self.box.top + TITLE_PAD
        return Text(place, text, INK, SIZE, down="baseline")

    def _below(self, x: float, text: str, across: Across = "centre") -> Text:
        place = self.at(x, self.y[0])[0], self.box.bottom - PAD
        return Text(place, text, QUIET, SMALL, across, "top")


def _between(low: float, high: float, value: float, scale: Scale) -> float:
    first, last = scale
    return low + (high - low) * (value - first) / ((last - first) or 1.0)


def names(box: Box, x: str, y: str, y_ticks: Sequence[str]) -> Iterator[Text]:
    """Name both axes, beyond the ticks' texts."""
    below = box.bottom - PAD - (SMALL + 3) / POINTS
    yield Text(((box.left + box.right) / 2, below), plain(x), QUIET, SIZE, "centre", "top")
    widest = max((letters.width(text, SMALL) for text in y_ticks), default=0.0)
    beside = box.left - PAD - widest - 4 / POINTS
    middle = (box.bottom + box.top) / 2
    yield Text((beside, middle), plain(y), QUIET, SIZE, "centre", "bottom", angle=90)


def ticks(scale: Scale, most: int, steps: Sequence[float] = (1, 2, 2.5, 5, 10)) -> list[float]:
    """Return at most `most` + 1 round numbers within a scale, as far apart as `steps` allow."""
    low, high = scale
    if not low < high:
        return [low]
    apart = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(apart))
    step = next(step * unit for step in steps if step * unit >= apart * (1 - _HAIR))
    first, last = math.ceil(low / step - _HAIR), math.floor(high / step + _HAIR)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a legend."""

    text: str
    stroke: Stroke
    mark: Mark | None = None


HANDLE: Final = 1.6 * SIZE / POINTS
"""Length of a legend's line."""
GAP: Final = 0.8 * SIZE / POINTS
STEP: Final = 1.5 * SIZE / POINTS
MARGIN: Final = 0.9 * SIZE / POINTS


def legend(box: Box, entries: Sequence[Entry], *, right: bool) -> Iterator[Ink]:
    """Name what is drawn: at the lower right, or else at the upper left."""
    left = box.left + MARGIN
    y = box.top - MARGIN - letters.ASCENT * SIZE / POINTS
    if right:
        widest = max(letters.width(entry.text, SIZE) for entry in entries)
        left = box.right - MARGIN - widest - GAP - HANDLE
        y = box.bottom + MARGIN + letters.DESCENT * SIZE / POINTS + STEP * (len(entries) - 1)
    for entry in entries:
        yield from _entry(entry, left, y)
        y -= STEP


def _entry(entry: Entry, x: float, y: float) -> Iterator[Ink]:
    middle = y + 0.35 * SIZE / POINTS
    yield Line(((x, middle), (x + HANDLE, middle)), entry.stroke)
    if entry.mark is not None:
        yield Marks(((x + HANDLE / 2, middle),), entry.mark)
    yield Text((x + HANDLE + GAP, y), entry.text, INK, SIZE, down="baseline")
