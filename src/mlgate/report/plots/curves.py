"""Curves in a square of two shares: ROC, and observed rates against mean scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report.plots.inks import GRID, Box, Stroke
from mlgate.report.plots.panel import SHARES, Panel, names
from mlgate.report.plots.style import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.model.evidence import CalibrationBin, Curve
    from mlgate.report.plots.inks import Ink, Mark

DIAGONAL: Final = ((0.0, 0.0), (1.0, 1.0))
THIN: Final = Stroke(GRID, 1)


def square(height: float, x: str, y: str) -> tuple[Panel, list[Ink]]:
    """Return a panel of two shares, with its axes and its diagonal."""
    panel = Panel(Box(0.52, 0.46, WIDTH - 0.14, height - 0.1), (0, 1), (0, 1))
    texts = names(panel.box, x, y, [text for _, text in SHARES])
    inks: list[Ink] = [panel.line(DIAGONAL, THIN), panel.frame(), *panel.x_ticks(SHARES)]
    return panel, [*inks, *panel.y_ticks(SHARES), *texts]


def curve(panel: Panel, points: Curve, stroke: Stroke) -> Ink:
    """Draw one ROC curve."""
    return panel.line(zip(points.x, points.y, strict=True), stroke)


def rates(
    panel: Panel, bins: Sequence[CalibrationBin], stroke: Stroke, mark: Mark, whisker: float
) -> Iterator[Ink]:
    """Draw observed rates against mean scores, with whiskers for the rates' intervals."""
    points = [(item.score, item.rate) for item in bins]
    yield panel.line(points, stroke)
    yield panel.marks(points, mark)
    for item in bins:
        low, high = (item.rate if end is None else end for end in item.interval)
        upright = Stroke(stroke.colour, whisker, flush=True)
        yield panel.line(((item.score, low), (item.score, high)), upright)
