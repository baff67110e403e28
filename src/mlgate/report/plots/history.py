"""Metrics over the last runs of main: one small plot each, anchors marked, this run last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report import numbers
from mlgate.report.plots.inks import (
    BASELINE,
    CANDIDATE,
    LIMIT,
    QUIET,
    Box,
    Mark,
    Page,
    Stroke,
    Text,
)
from mlgate.report.plots.panel import RULE, Panel
from mlgate.report.plots.style import POINTS, SMALL, WIDTH, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.report.figures import History, Trajectory
    from mlgate.report.plots.inks import Ink

ROW: Final = 1.15
FOOT: Final = 0.36
WORDS: Final = "runs of main, then this one (◆); dashed: anchor"


def draw(data: History) -> Page:
    """Draw one row a metric, all over the same runs."""
    height = ROW * len(data.metrics) + FOOT
    inks: list[Ink] = [Text((WIDTH / 2, 0.15), WORDS, QUIET, SMALL, "centre")]
    for index, found in enumerate(data.metrics):
        bottom = height - ROW * (index + 1) + 0.08
        inks += _metric(found, Box(0.56, bottom, WIDTH - 0.28, bottom + ROW - 0.36))
    return Page(height, tuple(inks))


def _metric(found: Trajectory, box: Box) -> Iterator[Ink]:
    known = [(i, value) for i, value in enumerate(found.values) if value is not None]
    low, high = min(y for _, y in known), max(y for _, y in known)
    room = (high - low or abs(high) or 1.0) * 0.2
    last = len(found.values) - 1
    panel = Panel(box, (-0.5, last + 0.5), (low - room, high + room))
    marks = [low, high] if high > low else [low]
    yield panel.title(plain(found.title))
    yield from (panel.level(mark, RULE) for mark in marks)
    yield panel.frame()
    yield from panel.y_ticks(
        (mark, numbers.number(mark, found.places, found.unit)) for mark in marks
    )
    for place, tag in found.anchors:
        yield from _anchor(panel, place, plain(tag, 14))
    yield panel.line(known, Stroke(BASELINE, 1.4))
    yield panel.marks(known, Mark("circle", 3.4, BASELINE, BASELINE))
    if known[-1][0] == last:
        yield panel.marks(known[-1:], Mark("diamond", 6, CANDIDATE, CANDIDATE))


def _anchor(panel: Panel, x: int, tag: str) -> Iterator[Ink]:
    yield panel.upright(x, Stroke(LIMIT, 1.2, (2, 1)))
    above = panel.at(x, 0)[0], panel.box.top + 3 / POINTS
    yield Text(above, tag, LIMIT, SMALL, "centre", "baseline")
