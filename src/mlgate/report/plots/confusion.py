"""Confusion matrices side by side, and their difference.

Right cells are shaded by their share of the label's rows, wrong ones by that over the largest
such share, so that the commonest confusion stands out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mlgate.report import numbers
from mlgate.report.plots.inks import (
    CANDIDATE,
    INK,
    PAPER,
    QUIET,
    WORSE,
    Area,
    Box,
    Page,
    Stroke,
    Text,
)
from mlgate.report.plots.panel import PAD, Panel
from mlgate.report.plots.style import POINTS, SIZE, SMALL, WIDTH, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.report.figures import Confusion
    from mlgate.report.plots.inks import Ink

    Matrix = tuple[tuple[int, ...], ...]

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


def draw(data: Confusion) -> Page:
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
        inks += _around(panel, name)
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
    """Give the largest share of a label's rows that are taken for one other: the darkest tint."""
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


def _around(panel: Panel, name: str) -> Iterator[Text]:
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
