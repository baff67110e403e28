"""Both models in pictures: ROC, calibration, confusion, residuals, and metrics over the last runs.

The candidate's curve is solid and on top, the baseline's dashed. Right cells of a confusion matrix
are shaded by their share of the label's rows, wrong ones by that over the largest such share, so
that the most common confusion stands out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mlgate.report.plots import curves
from mlgate.report.plots.curves import THIN
from mlgate.report.plots.inks import (
    BASELINE,
    CANDIDATE,
    INK,
    LIMIT,
    PAPER,
    QUIET,
    WORSE,
    Area,
    Box,
    Mark,
    Page,
    Stroke,
    Text,
)
from mlgate.report.plots.panel import PAD, RULE, SHARES, Entry, Panel, legend, names, ticks
from mlgate.report.plots.style import POINTS, SIZE, SMALL, WIDTH, plain
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.checks.compare.figures import (
        CalibrationCurves,
        ConfusionMatrices,
        CostCurves,
        History,
        Residuals,
        RocCurves,
        Trajectory,
    )
    from mlgate.report.plots.inks import Ink

    Matrix = tuple[tuple[int, ...], ...]

SQUARE: Final = 3.3
X_SHARES: Final = ((0, "0 %"), (25, "25 %"), (50, "50 %"), (75, "75 %"), (100, "100 %"))
WRITTEN: Final = 7
"""More classes than these: the cells are too small for numbers."""
ABREAST: Final = 3
"""More classes than these: one matrix below the other."""
GAP: Final = 0.16
FAINTEST, STRONGEST = 0.05, 0.55
LABEL: Final = 0.22
"""The word "label" ends left of it."""
BORDER: Final = Stroke(PAPER, 1.5)
LONGEST: Final = 14
SLANT: Final = 35
"""Degrees."""
RUNS_HEIGHT: Final = 1.15
RUNS_FOOT: Final = 0.36
RUNS_WORDS: Final = "runs of main, then this one (◆); dashed: anchor"


def _look(index: int, count: int) -> Stroke:
    """The last side is the candidate's: solid and strong; the baseline's is dashed."""
    if index == count - 1:
        return Stroke(CANDIDATE, 2.0)
    return Stroke(BASELINE, 1.8, (4, 1.5))


def _entries(sides: Sequence[tuple[str, object]]) -> list[Entry]:
    return [Entry(plain(name, 24), _look(i, len(sides))) for i, (name, _) in enumerate(sides)]


def roc(data: RocCurves) -> Page:
    """Draw the true against the false positive rate."""
    panel, inks = curves.square(SQUARE, "false positive rate", "true positive rate")
    entries = _entries(data.curves)
    for entry, (_, curve) in zip(entries, data.curves, strict=True):
        inks.append(curves.curve(panel, curve, entry.stroke))
    return Page(SQUARE, (*inks, *legend(panel.box, entries, right=True)))


def calibration(data: CalibrationCurves) -> Page:
    """Draw the observed rate against the mean score, with whiskers for the rate's interval."""
    level = numbers.per_cent(data.level)
    panel, inks = curves.square(SQUARE, "mean score", f"observed rate ({level} CI)")
    entries = []
    for index, (name, bins) in enumerate(data.sides):
        look = _look(index, len(data.sides))
        mark = Mark("circle" if index else "square", 4, look.colour, look.colour)
        inks += curves.rates(panel, bins, look, mark, 1.2)
        entries.append(Entry(plain(name, 24), look, mark))
    return Page(SQUARE, (*inks, *legend(panel.box, entries, right=False)))


def costs(data: CostCurves) -> Page:
    """Draw the mean cost of a row by threshold; squares mark the predictions as they are, circles the least cost."""
    shown = [y for _, side in data.sides for y in (*side.curve.y, side.cost)]
    low, high = min(0.0, *shown), max(shown)
    room = (high - low) * 0.05 or 1.0
    places = numbers.decimals((0.0, (high - low) / 10 or 1.0))
    left = 0.42 + 0.065 * len(numbers.number(high, places))
    panel = Panel(Box(left, 0.46, WIDTH - 0.26, 2.7), (0, 1), (low - room, high + room))
    marks = [(tick, numbers.number(tick, places)) for tick in ticks(panel.y, 5)]
    words = names(panel.box, "threshold", "mean cost of a row", [text for _, text in marks])
    inks: list[Ink] = [panel.frame(), *panel.x_ticks(SHARES), *panel.y_ticks(marks)]
    entries = _entries(data.sides)
    for entry, (_, side) in zip(entries, data.sides, strict=True):
        inks.append(curves.curve(panel, side.curve, entry.stroke))
        colour = entry.stroke.colour
        inks.append(panel.marks([(side.best, side.least)], Mark("circle", 5, PAPER, colour)))
        if side.threshold is not None:
            place = (side.threshold, side.cost)
            inks.append(panel.marks([place], Mark("square", 5, colour, colour)))
    return Page(2.8, (*inks, *words, *legend(panel.box, entries, right=True)))


def residuals(data: Residuals) -> Page:
    """Draw the quantiles of prediction − label; 0 to 1 and 99 to 100 per cent are left out."""
    spread = max(abs(values[99] - values[1]) for _, values in data.sides)
    places = numbers.decimals((0.0, spread / 10)) if spread else 1
    texts = [numbers.number(v, places) for _, values in data.sides for v in (values[1], values[99])]
    left = 0.42 + 0.065 * max(map(len, texts))
    panel = Panel(Box(left, 0.46, WIDTH - 0.26, 2.7), (0, 100), _extent(data))
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


def _extent(data: Residuals) -> tuple[float, float]:
    """Return what is drawn and 0, with a little room."""
    shown = [0.0, *(value for _, values in data.sides for value in values[1:100])]
    low, high = min(shown), max(shown)
    room = (high - low) * 0.05 or 1.0
    return low - room, high + room


def confusion(data: ConfusionMatrices) -> Page:
    """Draw rows by label and columns by prediction, shaded by the share of the label's rows."""
    left = 0.30 + 0.058 * min(max(map(len, data.classes)), LONGEST) + 0.15
    abreast = len(data.classes) <= ABREAST
    count = len(data.sides)
    across, down = (count, 1) if abreast else (1, count)
    side = min((WIDTH - left - 0.08 - GAP * (across - 1)) / across, 2.7)
    bottom, step = 0.52 + (0.36 if _crowded(data.classes) else 0), side + 0.36
    inks: list[Ink] = []
    for index, (name, matrix) in enumerate(data.sides):
        start = left + (index * (side + GAP) if abreast else 0)
        base = bottom if abreast else bottom + (count - 1 - index) * step
        size = len(matrix)
        panel = Panel(Box(start, base, start + side, base + side), (0, size), (size, 0))
        inks += _cells(panel, matrix, data.sides[0][1] if index else None)
        inks += _title(panel, name)
        inks += _labels(panel, data.classes) if index == 0 or not abreast else ()
        inks += _predictions(panel, data.classes) if abreast or index == count - 1 else ()
    centre = left + (across * (side + GAP) - GAP) / 2
    inks.append(Text((centre, 0.12), "predicted", QUIET, SIZE, "centre"))
    middle = bottom + (side + (down - 1) * step) / 2
    inks.append(Text((0.12, middle), "label", QUIET, SIZE, "centre", angle=90))
    return Page(bottom + side + 0.30 + (down - 1) * step, tuple(inks))


def _cells(panel: Panel, matrix: Matrix, before: Matrix | None) -> Iterator[Ink]:
    size = len(matrix)
    worst = _largest_error(matrix)
    for i, row in enumerate(matrix):
        total = sum(row) or 1
        for j, count in enumerate(row):
            share = count / total
            yield _cell(panel, (i, j), share if i == j else share / worst)
            if size <= WRITTEN:
                change = count - before[i][j] if before is not None and size <= ABREAST else None
                yield from _number(panel, (i, j), count, change)


def _largest_error(matrix: Matrix) -> float:
    """Return the largest share of a label's rows that are taken for one other: the darkest tint."""
    shares = (
        count / (sum(row) or 1)
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if i != j
    )
    return max(shares, default=0.0) or 1.0


def _cell(panel: Panel, place: tuple[int, int], share: float) -> Area:
    i, j = place
    corners = ((j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1))
    alpha = FAINTEST + (STRONGEST - FAINTEST) * share
    colour = CANDIDATE if i == j else WORSE
    return Area(tuple(panel.at(*corner) for corner in corners), colour, alpha, BORDER)


def _number(panel: Panel, place: tuple[int, int], count: int, change: int | None) -> Iterator[Text]:
    x, y = place[1] + 0.5, place[0] + 0.5
    font = SIZE if panel.x[1] <= 4 else SIZE - 1.5
    lift = 0.0 if change is None else 0.13
    yield Text(panel.at(x, y - lift), numbers.count(count), INK, font, "centre")
    if change is not None:
        text = numbers.number(change, 0, signed=True) if change else "±0"
        yield Text(panel.at(x, y + 0.17), text, INK, font - 1, "centre")


def _title(panel: Panel, name: str) -> Iterator[Text]:
    box = panel.box
    place = (box.left + box.right) / 2, box.top + 5 / POINTS
    yield Text(place, plain(name, 24), INK, SIZE, "centre", "baseline")


def _labels(panel: Panel, classes: tuple[str, ...]) -> Iterator[Text]:
    ticks = ((i + 0.5, plain(name, LONGEST)) for i, name in enumerate(classes))
    return panel.y_ticks(ticks, left=LABEL)


def _crowded(classes: tuple[str, ...]) -> bool:
    """Whether the names need a slant to stand side by side."""
    return len(classes) * min(max(map(len, classes)), LONGEST) > 22


def _predictions(panel: Panel, classes: tuple[str, ...]) -> Iterator[Text]:
    """Name the columns; a slanted name ends below its column's middle."""
    short = [(j + 0.5, plain(name, LONGEST)) for j, name in enumerate(classes)]
    if not _crowded(classes):
        yield from panel.x_ticks(short)
        return
    back = SMALL / POINTS * math.sin(math.radians(SLANT))
    for x, name in short:
        place = panel.at(x, 0)[0] - back, panel.box.bottom - PAD
        yield Text(place, name, QUIET, SMALL, "right", "top", angle=SLANT)


def history(data: History) -> Page:
    """Draw one row a metric, all over the same runs."""
    height = RUNS_HEIGHT * len(data.metrics) + RUNS_FOOT
    inks: list[Ink] = [Text((WIDTH / 2, 0.15), RUNS_WORDS, QUIET, SMALL, "centre")]
    for index, metric in enumerate(data.metrics):
        bottom = height - RUNS_HEIGHT * (index + 1) + 0.08
        inks += _metric(metric, Box(0.56, bottom, WIDTH - 0.28, bottom + RUNS_HEIGHT - 0.36))
    return Page(height, tuple(inks))


def _metric(metric: Trajectory, box: Box) -> Iterator[Ink]:
    points = [(i, value) for i, value in enumerate(metric.values) if value is not None]
    low, high = min(y for _, y in points), max(y for _, y in points)
    room = (high - low or abs(high) or 1.0) * 0.2
    last = len(metric.values) - 1
    panel = Panel(box, (-0.5, last + 0.5), (low - room, high + room))
    marks = [low, high] if high > low else [low]
    yield panel.title(plain(metric.title))
    yield from (panel.level(mark, RULE) for mark in marks)
    yield panel.frame()
    yield from panel.y_ticks(
        (mark, numbers.number(mark, metric.places, metric.unit)) for mark in marks
    )
    for place, tag in metric.anchors:
        yield from _anchor(panel, place, plain(tag, 14))
    yield panel.line(points, Stroke(BASELINE, 1.4))
    yield panel.marks(points, Mark("circle", 3.4, BASELINE, BASELINE))
    if points[-1][0] == last:
        yield panel.marks(points[-1:], Mark("diamond", 6, CANDIDATE, CANDIDATE))


def _anchor(panel: Panel, x: int, tag: str) -> Iterator[Ink]:
    yield panel.upright(x, Stroke(LIMIT, 1.2, (2, 1)))
    above = panel.at(x, 0)[0], panel.box.top + 3 / POINTS
    yield Text(above, tag, LIMIT, SMALL, "centre", "baseline")
