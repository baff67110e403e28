"""Metrics over the last runs of main: one small plot each, anchors marked, this run last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.report import numbers
from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import History, Trajectory

ROW = 1.15
FOOT = 0.36


def draw(data: History) -> Figure:
    """Draw one row a metric, all over the same runs."""
    height = ROW * len(data.metrics) + FOOT
    fig = style.figure(height)
    for index, found in enumerate(data.metrics):
        bottom = height - ROW * (index + 1) + 0.08
        ax = style.axes(fig, (0.56, bottom, style.WIDTH - 0.28, bottom + ROW - 0.36))
        _metric(ax, found)
    fig.text(0.5, 0.15 / height, "runs of main, then this one (◆); dashed: anchor",
             fontsize=style.SMALL, color=style.QUIET, ha="center", va="center")  # fmt: skip
    return fig


def _metric(ax: Axes, found: Trajectory) -> None:
    known = [(i, value) for i, value in enumerate(found.values) if value is not None]
    last = len(found.values) - 1
    x, y = [i for i, _ in known], [value for _, value in known]
    ax.set_title(style.plain(found.title), fontsize=style.SIZE, color=style.INK, loc="left", pad=6)
    for place, tag in found.anchors:
        ax.axvline(place, color=style.LIMIT, lw=1.2, ls=(0, (2, 1)), zorder=1)
        ax.annotate(style.plain(tag, 14), (place, 1), xycoords=("data", "axes fraction"),
                    xytext=(0, 3), textcoords="offset points", color=style.LIMIT,
                    fontsize=style.SMALL, ha="center")  # fmt: skip
    ax.plot(x, y, color=style.BASELINE, lw=1.4, marker="o", ms=3.4, zorder=3)
    if x and x[-1] == last:
        ax.plot([last], [y[-1]], "D", color=style.CANDIDATE, ms=6, zorder=4)
    ax.set_xlim(-0.5, last + 0.5)
    ax.set_xticks([])
    _ticks(ax, y, found)


def _ticks(ax: Axes, y: list[float], found: Trajectory) -> None:
    low, high = min(y), max(y)
    room = (high - low or abs(high) or 1.0) * 0.2
    ax.set_ylim(low - room, high + room)
    marks = [low, high] if high > low else [low]
    ax.set_yticks(marks, [numbers.number(mark, found.places, found.unit) for mark in marks])
    ax.grid(axis="y", color=style.GRID, lw=0.6)
