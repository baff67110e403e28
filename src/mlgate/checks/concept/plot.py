"""The loss over time: windows with their bounds, the stretches between changes, the ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report.plots import letters
from mlgate.report.plots.inks import (
    BASELINE,
    CANDIDATE,
    LIMIT,
    WORSE,
    Box,
    Colour,
    Mark,
    Page,
    Stroke,
    Text,
)
from mlgate.report.plots.panel import RULE, Panel, ticks
from mlgate.report.plots.style import SMALL, WIDTH
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.concept.figures import LossSpan, LossTime
    from mlgate.report.plots.inks import Ink

HEIGHT: Final = 2.25
BOX: Final = Box(0.56, 0.52, WIDTH - 0.16, HEIGHT - 0.36)
TICKS: Final = 6


def losses(data: LossTime) -> Page:
    """Draw windows as points with bounds, stretches as steps; a dashed line is a change."""
    first, last = data.windows[0].start, data.windows[-1].end
    room = (last - first or 1.0) * 0.02
    low, high = _extent(data)
    pad = (high - low or abs(high) or 1.0) * 0.08
    panel = Panel(BOX, (first - room, last + room), (max(0.0, low - pad), high + pad))
    inks = (*_frame(panel, data), *_bounds(panel, data), *_losses(panel, data), *_legend(data))
    return Page(HEIGHT, inks)


def _frame(panel: Panel, data: LossTime) -> Iterator[Ink]:
    low, high = _extent(data)
    marks = [tick for tick in ticks(panel.y, TICKS) if low <= tick <= high][:TICKS]
    places = 2 if high - low > 0.05 else 3
    yield panel.title(data.title)
    yield from (panel.level(mark, RULE) for mark in marks)
    yield panel.frame()
    yield from panel.y_ticks((mark, numbers.number(mark, places, "share")) for mark in marks)
    first, last = data.windows[0].start, data.windows[-1].end
    yield from panel.x_ends((first, data.begin), (last, data.end))


def _bounds(panel: Panel, data: LossTime) -> Iterator[Ink]:
    """Draw what lies across the whole panel."""
    for stretch in data.stretches[1:]:
        yield panel.upright(stretch.start, Stroke(CANDIDATE, 1.0, (2, 2)))
    if data.ceiling is not None:
        yield panel.level(data.ceiling, Stroke(LIMIT, 1.2, (5, 2)))
    if data.raised is not None:
        yield panel.upright(data.raised, Stroke(WORSE, 1.4))


def _losses(panel: Panel, data: LossTime) -> Iterator[Ink]:
    middles = [((span.start + span.end) / 2, span) for span in data.windows]
    for x, span in middles:
        if span.low is not None and span.high is not None:
            yield panel.line(((x, span.low), (x, span.high)), Stroke(BASELINE, 1.0))
    points = [(x, span.loss) for x, span in middles]
    yield panel.marks(points, Mark("circle", 2.6, BASELINE, BASELINE))
    for span in data.stretches:
        yield panel.line(((span.start, span.loss), (span.end, span.loss)), Stroke(CANDIDATE, 2.0))


def _extent(data: LossTime) -> tuple[float, float]:
    def ends(span: LossSpan) -> list[float]:
        return [x for x in (span.loss, span.low, span.high) if x is not None]

    shown = [x for span in data.windows for x in ends(span)]
    shown += [] if data.ceiling is None else [data.ceiling]
    return min(shown), max(shown)


def _legend(data: LossTime) -> Iterator[Ink]:
    """Name what is drawn, in words and in its colour: colour is never the only sign."""
    entries: list[tuple[str, Colour]] = [("● windows", BASELINE), ("━ between changes", CANDIDATE)]
    if data.ceiling is not None:
        entries.append(("╍ baseline at most", LIMIT))
    if data.raised is not None:
        entries.append(("│ rise known", WORSE))
    size = SMALL - 0.6
    place = 0.14
    for text, colour in entries:
        yield Text((place, 0.14), text, colour, size)
        place += letters.width(text, size) + 0.12
