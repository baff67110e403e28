"""Drift: each column's two distributions in a small panel, and shares of missing values."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from mlgate.report.plots.inks import BASELINE, CANDIDATE, INK, QUIET, Area, Box, Page, Stroke, Text
from mlgate.report.plots.panel import EDGE, Panel
from mlgate.report.plots.style import SIZE, SMALL, WIDTH, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.checks.drift import figures
    from mlgate.report.plots.inks import Ink

Row = tuple[str, float, float]
"""A name, its share in the reference and its current one."""

ABREAST: Final = 2
PANEL: Final = 0.92
"""Height of what is drawn, in inches."""
HEAD, BETWEEN, FOOT, TOP = 0.36, 0.26, 0.1, 0.26
LEVELS: Final = 5
INDENT: Final = 0.72
"""Inches for the levels' names."""
ROW: Final = 0.36
FAINT: Final = 0.45
"""How much of the reference's grey covers the paper."""


def panels(data: figures.ColumnPanels) -> Page:
    """Draw two panels abreast: reference as a grey area, current as a blue line."""
    rows = -(-len(data.panels) // ABREAST)
    abreast = min(ABREAST, len(data.panels))
    height = TOP + rows * (HEAD + PANEL + BETWEEN) + FOOT
    width = (WIDTH - 0.12 * (abreast + 1)) / abreast
    inks: list[Ink] = [*_legend(height)]
    for index, shown in enumerate(data.panels):
        row, column = divmod(index, abreast)
        left = 0.12 + column * (width + 0.12)
        top = height - TOP - row * (HEAD + PANEL + BETWEEN)
        indent = INDENT if shown.levels else 0.0
        box = Box(left + indent, top - HEAD - PANEL, left + width - 0.04, top - HEAD)
        inks += (_levels if shown.levels else _numbers)(box, shown)
        inks += _head(shown, left, top)
    return Page(height, tuple(inks))


def _head(shown: figures.ColumnPanel, left: float, top: float) -> Iterator[Text]:
    yield Text((left, top - 0.09), plain(shown.title, 24), INK, SIZE, bold=True)
    yield Text((left, top - 0.25), plain(shown.subtitle, 34), QUIET, SMALL)


def _legend(height: float) -> Iterator[Ink]:
    y = height - 0.13
    for x, colour, alpha, words in (
        (0.12, BASELINE, FAINT, "reference"),
        (1.28, CANDIDATE, 1.0, "current"),
    ):
        low, high, right = y - 0.05, y + 0.05, x + 0.1
        yield Area(((x, low), (right, low), (right, high), (x, high)), colour, alpha)
        yield Text((x + 0.16, y), words, INK, SIZE)


def _numbers(box: Box, shown: figures.ColumnPanel) -> Iterator[Ink]:
    """Draw histograms; the outer, open bins are as wide as the others."""
    edges = list(shown.edges)
    gap = edges[1] - edges[0] if len(edges) > 1 else 1.0
    ends = [edges[0] - gap, *edges, edges[-1] + gap]
    top = max(*shown.reference, *shown.current) * 1.05 or 1.0
    panel = Panel(box, (ends[0], ends[-1]), (0, top))
    area = tuple(panel.at(*corner) for corner in _stairs(ends, shown.reference))
    yield Area(area, BASELINE, FAINT)
    yield panel.line(_stairs(ends, shown.current), Stroke(CANDIDATE, 1.5, flush=True))
    yield panel.frame(left=False)
    texts = [(edge, _short(edge)) for edge in edges]
    yield from panel.x_ends(texts[0], texts[-1]) if len(texts) > 1 else panel.x_ticks(texts)


def _stairs(ends: Sequence[float], shares: Sequence[float]) -> list[tuple[float, float]]:
    bins = zip(pairwise(ends), shares, strict=True)
    steps = [(end, share) for both, share in bins for end in both]
    return [(ends[0], 0.0), *steps, (ends[-1], 0.0)]


def _short(value: float) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if unit <= abs(value) < 1e12:
            return f"{value / (1e3 if name == 'k' else unit):.3g}{name}".replace("-", "−")
    text = f"{value:.4g}" if 1e3 <= abs(value) < 1e4 else f"{value:.3g}"
    return text.replace("e+0", "e").replace("e+", "e").replace("-", "−")


def _levels(box: Box, shown: figures.ColumnPanel) -> Iterator[Ink]:
    """Draw pairs of bars of the levels that changed most."""
    order = sorted(
        range(len(shown.levels)), key=lambda i: -abs(shown.current[i] - shown.reference[i])
    )[:LEVELS]
    rows = [(plain(shown.levels[i], 12), shown.reference[i], shown.current[i]) for i in order]
    panel, top = _for_pairs(box, rows)
    yield from _pairs(panel, rows, box.left - INDENT - 0.08)
    yield from panel.x_ends((0, "0"), (top, _per_cent(top)))


def missing(data: figures.MissingRates) -> Page:
    """Draw a pair of bars a column."""
    height = TOP + ROW * len(data.rows) + 0.3
    rows = [(plain(name, 20), reference, current) for name, reference, current in data.rows]
    panel, top = _for_pairs(Box(1.35, 0.3, WIDTH - 0.2, height - TOP), rows)
    marks = panel.x_ticks((x, _per_cent(x)) for x in (0, top / 2, top))
    return Page(height, (*_legend(height), *_pairs(panel, rows, EDGE), *marks))


def _for_pairs(box: Box, rows: Sequence[Row]) -> tuple[Panel, float]:
    """Return a panel for pairs of bars, and the longest bar."""
    top = max(max(reference, current) for _, reference, current in rows) or 1.0
    return Panel(box, (0, top * 1.05), (len(rows) - 0.4, -0.6)), top


def _pairs(panel: Panel, rows: Sequence[Row], left: float) -> Iterator[Ink]:
    """Draw two bars a row, the reference's above the current one's; names start at `left`."""
    for y, (_, reference, current) in enumerate(rows):
        yield panel.bar((0, reference), (y - 0.38, y - 0.02), BASELINE, FAINT)
        yield panel.bar((0, current), (y + 0.02, y + 0.38), CANDIDATE)
    yield panel.frame()
    yield from panel.y_ticks(((y, name) for y, (name, _, _) in enumerate(rows)), left=left)


def _per_cent(share: float) -> str:
    return f"{share * 100:.2g} %"
