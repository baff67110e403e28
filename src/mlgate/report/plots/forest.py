"""Forest plot: the change of every metric with its interval and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report.plots.inks import (
    BETTER,
    GRID,
    INK,
    LIMIT,
    PAPER,
    QUIET,
    WORSE,
    Box,
    Mark,
    Page,
    Stroke,
    Text,
)
from mlgate.report.plots.panel import Panel
from mlgate.report.plots.style import SIZE, SMALL, WIDTH, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.report.figures import Forest, MetricChange
    from mlgate.report.plots.inks import Ink

ROW: Final = 0.5
HEAD: Final = 0.32
FOOT: Final = 0.30
MOST: Final = 12
EDGE: Final = 1.08
"""Rows reach from −1 to 1, with a little room."""


def draw(data: Forest) -> Page:
    """Draw each metric on a scale of its own, around a common line of no change."""
    changes = data.changes[:MOST]
    height = HEAD + ROW * len(changes) + FOOT
    box = Box(0.12, FOOT, WIDTH - 0.12, height - HEAD)
    panel = Panel(box, (-EDGE, EDGE), (len(changes), 0))
    rows = [ink for index, change in enumerate(changes) for ink in _row(panel, change, index)]
    return Page(height, (*rows, *_words(data, height)))


def _row(panel: Panel, change: MetricChange, index: int) -> Iterator[Ink]:
    y, top = index + 0.72, index + 0.28
    colour = WORSE if change.worse else BETTER if change.better else INK
    yield Text(panel.at(-EDGE, top), plain(change.title, 24), INK, SIZE)
    yield Text(panel.at(EDGE, top), plain(change.text, 60), colour, SIZE, "right")
    yield panel.line(((-1, y), (1, y)), Stroke(GRID, 0.8))
    yield panel.line(((0, y - 0.24), (0, y + 0.24)), Stroke(QUIET, 0.9))
    numbers = [change.point, change.low, change.high, change.limit]
    scale = max((abs(x) for x in numbers if x is not None), default=0.0) or 1.0
    if change.limit is not None:
        edge = change.limit / scale
        yield panel.line(((edge, y - 0.2), (edge, y + 0.2)), Stroke(LIMIT, 1.6, (2, 1)))
    low = -scale if change.low is None else change.low
    high = scale if change.high is None else change.high
    bar = Stroke(colour, 2.6, flush=True)
    yield panel.line(((low / scale, y), (high / scale, y)), bar)
    fill = colour if change.worse or change.better else PAPER
    yield panel.marks([(change.point / scale, y)], Mark("circle", 6, colour, fill, 1.6))


def _words(data: Forest, height: float) -> Iterator[Ink]:
    y = height - 0.16
    worse = f"← worse than {plain(data.reference, 16)}"
    yield Text((0.03 * WIDTH, y), worse, QUIET, SIZE)
    yield Text((0.97 * WIDTH, y), "better →", QUIET, SIZE, "right")
    words = "each row on its own scale"
    if any(change.limit is not None for change in data.changes):
        words += "; dashed: allowed"
    yield Text((WIDTH / 2, 0.14), words, QUIET, SMALL, "centre")
