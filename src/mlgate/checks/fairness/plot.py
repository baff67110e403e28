"""Rates, ROC curves and calibration by group."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

from mlgate.report.plots import curves
from mlgate.report.plots.inks import (
    BASELINE,
    BETTER,
    CANDIDATE,
    INK,
    LIMIT,
    QUIET,
    WORSE,
    Box,
    Colour,
    Mark,
    Page,
    Shape,
    Stroke,
    Text,
)
from mlgate.report.plots.panel import RULE, Entry, Panel, legend, ticks
from mlgate.report.plots.style import POINTS, SIZE, SMALL, WIDTH, plain
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.fairness.figures import (
        GroupCalibration,
        GroupPanel,
        GroupRates,
        GroupRoc,
        GroupRow,
    )
    from mlgate.report.plots.inks import Ink

ROW: Final = 0.27
HEAD: Final = 0.36
FOOT: Final = 0.34
LABELS: Final = 1.32
"""Inches for the groups' names."""
NUMBERS: Final = 0.62
"""Inches for their sizes."""
SQUARE: Final = 3.5
LOOKS: Final[tuple[tuple[Colour, tuple[float, ...], Shape], ...]] = (
    (CANDIDATE, (), "circle"),
    (WORSE, (5, 1.5), "square"),
    (BETTER, (1, 1), "triangle"),
    (LIMIT, (6, 1.5, 1, 1.5), "diamond"),
    (INK, (), "wedge"),
    (BASELINE, (3, 1), "plus"),
)
"""Groups differ in colour, dashes and marks."""


def rates(data: GroupRates) -> Page:
    """Draw each rate as a panel: a dot and its interval by group, main's as a hollow square."""
    heights = [HEAD + ROW * len(panel.rows) + FOOT for panel in data.panels]
    total = sum(heights) + 0.26
    inks: list[Ink] = [Text((WIDTH / 2, 0.13), _words(data), QUIET, SMALL, "centre")]
    top = total
    for rate, height in zip(data.panels, heights, strict=True):
        inks += _panel(rate, Box(LABELS, top - height + FOOT, WIDTH - NUMBERS, top - HEAD))
        top -= height
    return Page(total, tuple(inks))


def _words(data: GroupRates) -> str:
    rows = [row for panel in data.panels for row in panel.rows]
    words = f"● this model, {data.level} CI"
    if any(row.main is not None for row in rows):
        words += f"   □ {plain(data.reference, 16)}"
    if any(row.small for row in rows):
        words += "   grey: too few"
    return words


def _panel(rate: GroupPanel, box: Box) -> Iterator[Ink]:
    head = box.top + HEAD - 0.2
    yield Text((0.03 * WIDTH, head), rate.title, INK, SIZE, bold=True)
    yield Text((0.985 * WIDTH, head), rate.of, QUIET, SMALL, "right")
    panel = Panel(box, _extent(rate), (len(rate.rows) - 0.5, -0.5))
    yield from _scale(panel, rate)
    longest = max(len(row.label) for row in rate.rows)
    for index, row in enumerate(rate.rows):
        colour, size = QUIET if row.small else INK, SIZE if longest <= 15 else 7.4
        yield from panel.y_ticks([(index, plain(row.label, 20))], colour, size)
        yield from _row(panel, row, index)


def _extent(rate: GroupPanel) -> tuple[float, float]:
    """Show what there is, with a little room; a share never leaves 0 to 1."""
    values = [
        x for row in rate.rows for x in (row.value, row.low, row.high, row.main) if x is not None
    ]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = (high - low or 0.1) * 0.07
    low, high = low - room, high + room
    return (max(low, -0.02), min(high, 1.02)) if rate.unit == "share" else (low, high)


def _scale(panel: Panel, rate: GroupPanel) -> Iterator[Ink]:
    marks = ticks(panel.x, 4, (1, 2, 5, 10))
    step = min((b - a for a, b in itertools.pairwise(marks)), default=0.1)
    places = max(math.ceil(-math.log10(step) - 1e-9), 0)
    yield from (panel.upright(mark, RULE) for mark in marks)
    yield panel.frame()
    yield from panel.x_ticks((mark, numbers.number(mark, places, rate.unit)) for mark in marks)


def _row(panel: Panel, row: GroupRow, y: int) -> Iterator[Ink]:
    colour: Colour = BASELINE if row.small else CANDIDATE
    if row.low is not None and row.high is not None:
        interval = Stroke(colour, 2.2, flush=True)
        yield panel.line(((row.low, y), (row.high, y)), interval)
    if row.value is not None:
        yield panel.marks([(row.value, y)], Mark("circle", 5.5, colour, colour))
    if row.main is not None:
        yield panel.marks([(row.main, y)], Mark("square", 5.5, INK, None, 1.1))
    place = panel.box.right + NUMBERS - 5 / POINTS, panel.at(0, y)[1]
    yield Text(place, numbers.count(row.n), QUIET, SMALL, "right")


def roc(data: GroupRoc) -> Page:
    """Draw the true against the false positive rate by group."""
    panel, inks = curves.square(SQUARE, "false positive rate", "true positive rate")
    entries = []
    for (name, curve), (colour, dash, _) in zip(data.curves, LOOKS, strict=False):
        look = Stroke(colour, 1.8, dash)
        inks.append(curves.curve(panel, curve, look))
        entries.append(Entry(plain(name, 24), look))
    return Page(SQUARE, (*inks, *legend(panel.box, entries, right=True)))


def calibration(data: GroupCalibration) -> Page:
    """Draw the observed rate against the mean score by group, whiskers for its interval."""
    panel, inks = curves.square(SQUARE, "mean score", "observed rate")
    entries = []
    for (name, bins), (colour, dash, shape) in zip(data.groups, LOOKS, strict=False):
        look, mark = Stroke(colour, 1.4, dash), Mark(shape, 4, colour, colour)
        inks += curves.rates(panel, bins, look, mark, 1.1)
        entries.append(Entry(plain(name, 24), look, mark))
    return Page(SQUARE, (*inks, *legend(panel.box, entries, right=False)))
