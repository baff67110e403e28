"""Rates, ROC curves and calibration by group."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final

from mlgate.report import numbers
from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import (
        GroupCalibration,
        GroupPanel,
        GroupRates,
        GroupRoc,
        GroupRow,
    )

ROW: Final = 0.27
HEAD: Final = 0.36
FOOT: Final = 0.34
LABELS: Final = 1.32
"""Inches for the groups' names."""
NUMBERS: Final = 0.62
"""Inches for their sizes."""
SQUARE: Final = 3.5
COLOURS: Final = (
    style.CANDIDATE,
    style.WORSE,
    style.BETTER,
    style.LIMIT,
    style.INK,
    style.BASELINE,
)
DASHES: Final[tuple[Any, ...]] = (
    "-",
    (0, (5, 1.5)),
    (0, (1, 1)),
    (0, (6, 1.5, 1, 1.5)),
    "-",
    (0, (3, 1)),
)
MARKS: Final = ("o", "s", "^", "D", "v", "P")


def rates(data: GroupRates) -> Figure:
    """Draw each rate as a panel: a dot and its interval by group, main's as a hollow square."""
    heights = [HEAD + ROW * len(panel.rows) + FOOT for panel in data.panels]
    total = sum(heights) + 0.26
    fig = style.figure(total)
    top = total
    for panel, height in zip(data.panels, heights, strict=True):
        rect = (LABELS, top - height + FOOT, style.WIDTH - NUMBERS, top - HEAD)
        _panel(fig, style.axes(fig, rect), panel, (top - 0.2) / total)
        top -= height
    compared = any(row.main is not None for panel in data.panels for row in panel.rows)
    words = f"● this model, {data.level} CI"
    if compared:
        words += f"   □ {style.plain(data.reference, 16)}"
    if any(row.small for panel in data.panels for row in panel.rows):
        words += "   grey: too few"
    fig.text(0.5, 0.13 / total, words, color=style.QUIET, fontsize=style.SMALL, ha="center",
             va="center")  # fmt: skip
    return fig


def _panel(fig: Figure, ax: Axes, panel: GroupPanel, y: float) -> None:
    fig.text(0.03, y, panel.title, color=style.INK, fontsize=style.SIZE, va="center",
             weight="bold")  # fmt: skip
    fig.text(0.985, y, panel.of, color=style.QUIET, fontsize=style.SMALL, va="center",
             ha="right")  # fmt: skip
    ax.set_ylim(len(panel.rows) - 0.5, -0.5)
    ax.set_yticks(range(len(panel.rows)), [style.plain(row.label, 20) for row in panel.rows])
    longest = max(len(row.label) for row in panel.rows)
    for text, row in zip(ax.get_yticklabels(), panel.rows, strict=True):
        text.set_color(style.QUIET if row.small else style.INK)
        text.set_fontsize(style.SIZE if longest <= 15 else 7.4)
    _scale(ax, panel)
    ax.grid(axis="x", color=style.GRID, lw=0.6)
    for index, row in enumerate(panel.rows):
        _row(ax, row, index)
        ax.annotate(numbers.count(row.n), (1, index), xycoords=("axes fraction", "data"),
                    xytext=(NUMBERS * 72 - 5, 0), textcoords="offset points", ha="right", va="center",
                    color=style.QUIET, fontsize=style.SMALL, annotation_clip=False)  # fmt: skip


def _scale(ax: Axes, panel: GroupPanel) -> None:
    """Show what there is, with a little room; a share never leaves 0 to 1."""
    found = [
        x for row in panel.rows for x in (row.value, row.low, row.high, row.main) if x is not None
    ]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    room = (high - low or 0.1) * 0.07
    low, high = low - room, high + room
    if panel.unit == "share":
        low, high = max(low, -0.02), min(high, 1.02)
    ax.set_xlim(low, high)
    ax.locator_params(axis="x", nbins=4, steps=[1, 2, 5, 10])
    ticks = [x for x in ax.get_xticks() if low <= x <= high]
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=0.1)
    places = math.ceil(-math.log10(step) - 1e-9)
    ax.xaxis.set_major_formatter(lambda x, _: numbers.number(x, max(places, 0), panel.unit))


def _row(ax: Axes, row: GroupRow, y: int) -> None:
    colour = style.BASELINE if row.small else style.CANDIDATE
    if row.low is not None and row.high is not None:
        ax.plot([row.low, row.high], [y, y], color=colour, lw=2.2, solid_capstyle="butt", zorder=2)
    if row.main is not None:
        ax.plot([row.main], [y], "s", ms=5.5, mec=style.INK, mew=1.1, mfc="none", zorder=4)
    if row.value is not None:
        ax.plot([row.value], [y], "o", ms=5.5, color=colour, zorder=3)


def roc(data: GroupRoc) -> Figure:
    """Draw the true against the false positive rate by group."""
    fig = style.figure(SQUARE)
    ax = style.axes(fig, (0.52, 0.46, style.WIDTH - 0.14, SQUARE - 0.1))
    style.share_ticks(ax)
    ax.plot([0, 1], [0, 1], color=style.GRID, lw=1, zorder=1)
    for index, (name, curve) in enumerate(data.curves):
        ax.plot(curve.x, curve.y, label=style.plain(name, 24), lw=1.8, color=COLOURS[index],
                ls=DASHES[index])  # fmt: skip
    style.label(ax, "false positive rate", "true positive rate")
    style.legend(ax, loc="lower right")
    return fig


def calibration(data: GroupCalibration) -> Figure:
    """Draw the observed rate against the mean score by group, whiskers for its interval."""
    fig = style.figure(SQUARE)
    ax = style.axes(fig, (0.52, 0.46, style.WIDTH - 0.14, SQUARE - 0.1))
    style.share_ticks(ax)
    ax.plot([0, 1], [0, 1], color=style.GRID, lw=1, zorder=1)
    for index, (name, bins) in enumerate(data.groups):
        x, y = [one.score for one in bins], [one.rate for one in bins]
        low = [one.rate if one.interval[0] is None else one.interval[0] for one in bins]
        high = [one.rate if one.interval[1] is None else one.interval[1] for one in bins]
        colour = COLOURS[index]
        ax.plot(x, y, marker=MARKS[index], ms=4, lw=1.4, color=colour, ls=DASHES[index],
                label=style.plain(name, 24))  # fmt: skip
        ax.vlines(x, low, high, colors=colour, lw=1.1)
    style.label(ax, "mean score", "observed rate")
    style.legend(ax, loc="upper left")
    return fig
