"""Confusion matrices side by side, and their difference.

Right cells are shaded by their share of the label's rows, wrong ones by that over the largest
such share, so that the commonest confusion stands out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.report import numbers
from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import Confusion

    Matrix = tuple[tuple[int, ...], ...]

WRITTEN = 7
"""More classes than these: the cells are too small for numbers."""
ABREAST = 3
"""More classes than these: one matrix below the other."""
GAP = 0.16
FAINTEST, STRONGEST = 0.05, 0.55


def draw(data: Confusion) -> Figure:
    """Draw rows by label and columns by prediction, shaded by the share of the label's rows."""
    left = 0.30 + 0.058 * min(max(map(len, data.classes)), 14) + 0.15
    abreast = len(data.classes) <= ABREAST
    count = len(data.sides)
    across, down = (count, 1) if abreast else (1, count)
    side = min((style.WIDTH - left - 0.08 - GAP * (across - 1)) / across, 2.7)
    crowded = _crowded(data.classes)
    bottom, step = 0.52 + (0.36 if crowded else 0), side + 0.36
    height = bottom + side + 0.30 + (down - 1) * step
    fig = style.figure(height)
    for index, (name, matrix) in enumerate(data.sides):
        start = left + (index * (side + GAP) if abreast else 0)
        base = bottom if abreast else bottom + (count - 1 - index) * step
        ax = style.axes(fig, (start, base, start + side, base + side))
        before = data.sides[0][1] if index else None
        _matrix(ax, matrix, before)
        last = abreast or index == count - 1
        _names(ax, data.classes, named=index == 0 or not abreast, below=last)
        ax.set_title(style.plain(name, 24), fontsize=style.SIZE, color=style.INK, pad=5)
    fig.text((left + (across * (side + GAP) - GAP) / 2) / style.WIDTH, 0.12 / height, "predicted",
             fontsize=style.SIZE, color=style.QUIET, ha="center", va="center")  # fmt: skip
    fig.text(0.12 / style.WIDTH, (bottom + (side + (down - 1) * step) / 2) / height, "label", fontsize=style.SIZE,
             color=style.QUIET, rotation=90, ha="center", va="center")  # fmt: skip
    return fig


def _matrix(ax: Axes, matrix: Matrix, before: Matrix | None) -> None:
    size = len(matrix)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlim(0, size)
    ax.set_ylim(size, 0)
    worst = _largest_error(matrix)
    for i, row in enumerate(matrix):
        total = sum(row) or 1
        for j, count in enumerate(row):
            share = count / total
            _cell(ax, (i, j), share if i == j else share / worst)
            if size <= WRITTEN:
                change = count - before[i][j] if before is not None and size <= ABREAST else None
                _number(ax, (i, j), count, change, size)


def _largest_error(matrix: Matrix) -> float:
    """Give the largest share of a label's rows that are taken for one other: the darkest tint."""
    shares = (
        count / (sum(row) or 1)
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if i != j
    )
    return max(shares, default=0.0) or 1.0


def _cell(ax: Axes, place: tuple[int, int], share: float) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    i, j = place
    ink = style.CANDIDATE if i == j else style.WORSE
    alpha = FAINTEST + (STRONGEST - FAINTEST) * share
    ax.add_patch(
        Rectangle((j, i), 1, 1, facecolor=to_rgba(ink, alpha), edgecolor=style.PAPER, lw=1.5)
    )


def _number(ax: Axes, place: tuple[int, int], count: int, change: int | None, size: int) -> None:
    i, j = place
    font = style.SIZE if size <= 4 else style.SIZE - 1.5
    lift = 0.0 if change is None else 0.13
    ax.text(j + 0.5, i + 0.5 - lift, numbers.count(count), color=style.INK, fontsize=font,
            ha="center", va="center")  # fmt: skip
    if change is not None:
        text = numbers.number(change, 0, signed=True) if change else "±0"
        ax.text(j + 0.5, i + 0.5 + 0.17, text, color=style.INK, fontsize=font - 1, ha="center",
                va="center")  # fmt: skip


def _crowded(classes: tuple[str, ...]) -> bool:
    """Whether the names need a slant to stand side by side."""
    return len(classes) * min(max(map(len, classes)), 14) > 22


def _names(ax: Axes, classes: tuple[str, ...], *, named: bool, below: bool) -> None:
    short = [style.plain(name, 14) for name in classes]
    places = [i + 0.5 for i in range(len(classes))]
    crowded = _crowded(classes)
    under = short if below else [""] * len(short)
    ax.set_xticks(places, under, rotation=35 if crowded else 0, ha="right" if crowded else "center")
    ax.set_yticks(places, short if named else [""] * len(short))
