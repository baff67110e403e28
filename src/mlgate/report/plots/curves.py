"""ROC, calibration and residual quantiles of both models, the candidate's on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report import numbers
from mlgate.report.plots.inks import BASELINE, CANDIDATE, GRID, Box, Mark, Page, Stroke
from mlgate.report.plots.panel import SHARES, Entry, Panel, legend, names, ticks
from mlgate.report.plots.style import WIDTH, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.model.evidence import CalibrationBin, Curve
    from mlgate.report.figures import Calibration, Residuals, Roc
    from mlgate.report.plots.inks import Ink

SQUARE: Final = 3.3
DIAGONAL: Final = ((0.0, 0.0), (1.0, 1.0))
THIN: Final = Stroke(GRID, 1)
X_SHARES: Final = ((0, "0 %"), (25, "25 %"), (50, "50 %"), (75, "75 %"), (100, "100 %"))


def _look(index: int, count: int) -> Stroke:
    """The last side is the candidate's: solid and strong; the baseline's is dashed."""
    if index == count - 1:
        return Stroke(CANDIDATE, 2.0)
    return Stroke(BASELINE, 1.8, (4, 1.5))


def _entries(sides: Sequence[tuple[str, object]]) -> list[Entry]:
    return [Entry(plain(name, 24), _look(i, len(sides))) for i, (name, _) in enumerate(sides)]


def square(height: float, x: str, y: str) -> tuple[Panel, list[Ink]]:
    """Give a panel of two shares, with its axes and its diagonal."""
    panel = Panel(Box(0.52, 0.46, WIDTH - 0.14, height - 0.1), (0, 1), (0, 1))
    texts = names(panel.box, x, y, [text for _, text in SHARES])
    inks: list[Ink] = [panel.line(DIAGONAL, THIN), panel.frame(), *panel.x_ticks(SHARES)]
    return panel, [*inks, *panel.y_ticks(SHARES), *texts]


def curve(panel: Panel, found: Curve, stroke: Stroke) -> Ink:
    """Draw one ROC curve."""
    return panel.line(zip(found.x, found.y, strict=True), stroke)


def rates(
    panel: Panel, bins: Sequence[CalibrationBin], stroke: Stroke, mark: Mark, whisker: float
) -> Iterator[Ink]:
    """Draw observed rates against mean scores, with whiskers for the rates' intervals."""
    points = [(one.score, one.rate) for one in bins]
    yield panel.line(points, stroke)
    yield panel.marks(points, mark)
    for one in bins:
        low, high = (one.rate if end is None else end for end in one.interval)
        upright = Stroke(stroke.colour, whisker, flush=True)
        yield panel.line(((one.score, low), (one.score, high)), upright)


def roc(data: Roc) -> Page:
    """Draw the true against the false positive rate."""
    panel, inks = square(SQUARE, "false positive rate", "true positive rate")
    entries = _entries(data.curves)
    for entry, (_, found) in zip(entries, data.curves, strict=True):
        inks.append(curve(panel, found, entry.stroke))
    return Page(SQUARE, (*inks, *legend(panel.box, entries, right=True)))


def calibration(data: Calibration) -> Page:
    """Draw the observed rate against the mean score, with whiskers for the rate's interval."""
    level = numbers.per_cent(data.level)
    panel, inks = square(SQUARE, "mean score", f"observed rate ({level} CI)")
    entries = []
    for index, (name, bins) in enumerate(data.sides):
        look = _look(index, len(data.sides))
        mark = Mark("circle" if index else "square", 4, look.colour, look.colour)
        inks += rates(panel, bins, look, mark, 1.2)
        entries.append(Entry(plain(name, 24), look, mark))
    return Page(SQUARE, (*inks, *legend(panel.box, entries, right=False)))


def residuals(data: Residuals) -> Page:
    """Draw the quantiles of prediction − label; 0 to 1 and 99 to 100 per cent are left out."""
    spread = max(abs(values[99] - values[1]) for _, values in data.sides)
    places = numbers.decimals((0.0, spread / 10)) if spread else 1
    texts = [numbers.number(v, places) for _, values in data.sides for v in (values[1], values[99])]
    left = 0.42 + 0.065 * max(map(len, texts))
    panel = Panel(Box(left, 0.46, WIDTH - 0.26, 2.7), (0, 100), _around(data))
    marks = [(tick, numbers.number(tick, places)) for tick in ticks(panel.y, 5)]
    words = names(panel.box, "share of rows", "prediction − label", [text for _, text in marks])
    inks: list[Ink] = [
        panel.level(0, THIN),
        panel.frame(),
        *panel.x_ticks(X_SHARES),
        *panel.y_ticks(marks),
    ]
    entries = _entries(data.sides)
    for entry, (_, values) in zip(entries, data.sides, strict=True):
        inks.append(panel.line(zip(range(1, 100), values[1:100], strict=True), entry.stroke))
    return Page(2.8, (*inks, *words, *legend(panel.box, entries, right=False)))


def _around(data: Residuals) -> tuple[float, float]:
    """Give what is drawn and 0, with a little room."""
    found = [0.0, *(value for _, values in data.sides for value in values[1:100])]
    low, high = min(found), max(found)
    room = (high - low) * 0.05 or 1.0
    return low - room, high + room
