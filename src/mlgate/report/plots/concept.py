"""The loss over time: windows with their bounds, the stretches between changes, the ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.report import numbers
from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import LossSpan, LossTime

HEIGHT = 2.25


def draw(data: LossTime) -> Figure:
    """Draw windows as points with bounds, stretches as steps; a dashed line is a change."""
    fig = style.figure(HEIGHT)
    ax = style.axes(fig, (0.56, 0.52, style.WIDTH - 0.16, HEIGHT - 0.36))
    for one in data.windows:
        middle = (one.start + one.end) / 2
        if one.low is not None and one.high is not None:
            ax.plot([middle] * 2, [one.low, one.high], color=style.BASELINE, lw=1.0, zorder=2)
        ax.plot([middle], [one.loss], "o", color=style.BASELINE, ms=2.6, zorder=3)
    for one in data.stretches:
        ax.plot([one.start, one.end], [one.loss] * 2, color=style.CANDIDATE, lw=2.0, zorder=4)
    for one in data.stretches[1:]:
        ax.axvline(one.start, color=style.CANDIDATE, lw=1.0, ls=(0, (2, 2)), zorder=1)
    if data.ceiling is not None:
        ax.axhline(data.ceiling, color=style.LIMIT, lw=1.2, ls=(0, (5, 2)), zorder=1)
    if data.raised is not None:
        ax.axvline(data.raised, color=style.WORSE, lw=1.4, zorder=1)
    _frame(ax, data)
    _legend(fig, data)
    return fig


def _frame(ax: Axes, data: LossTime) -> None:
    first, last = data.windows[0], data.windows[-1]
    room = (last.end - first.start or 1.0) * 0.02
    ax.set_xlim(first.start - room, last.end + room)
    low, high = _extent(data)
    pad = (high - low or abs(high) or 1.0) * 0.08
    ax.set_ylim(max(0.0, low - pad), high + pad)
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high][:6]
    places = 2 if high - low > 0.05 else 3
    ax.set_yticks(ticks, [numbers.number(float(tick), places, "share") for tick in ticks])
    ax.grid(axis="y", color=style.GRID, lw=0.6)
    ax.set_xticks([first.start, last.end], [data.begin, data.end])
    left, right = ax.get_xticklabels()
    left.set_horizontalalignment("left")
    right.set_horizontalalignment("right")
    ax.set_title(data.title, fontsize=style.SIZE, color=style.INK, loc="left", pad=6)


def _extent(data: LossTime) -> tuple[float, float]:
    def ends(one: LossSpan) -> list[float]:
        return [x for x in (one.loss, one.low, one.high) if x is not None]

    found = [x for one in data.windows for x in ends(one)]
    found += [] if data.ceiling is None else [data.ceiling]
    return min(found), max(found)


def _legend(fig: Figure, data: LossTime) -> None:
    """Say in words and in their colours what is drawn: colour is never the only sign."""
    said = [("● windows", style.BASELINE), ("━ between changes", style.CANDIDATE)]
    if data.ceiling is not None:
        said.append(("╍ baseline at most", style.LIMIT))
    if data.raised is not None:
        said.append(("│ rise known", style.WORSE))
    place = 0.14
    for text, colour in said:
        fig.text(place / style.WIDTH, 0.14 / HEIGHT, text, fontsize=style.SMALL - 0.6,
                 color=colour, va="center")  # fmt: skip
        place += 0.052 * len(text) + 0.2
