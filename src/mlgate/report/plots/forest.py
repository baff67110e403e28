"""Forest plot: the change of every metric with its interval and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import Change, Forest

ROW = 0.5
HEAD = 0.32
FOOT = 0.30
MOST = 12


def draw(data: Forest) -> Figure:
    """Draw each metric on a scale of its own, around a common line of no change."""
    changes = data.changes[:MOST]
    height = HEAD + ROW * len(changes) + FOOT
    fig = style.figure(height)
    ax = style.axes(fig, (0.12, FOOT, style.WIDTH - 0.12, height - HEAD))
    ax.set_axis_off()
    ax.set_xlim(-1.08, 1.08)
    ax.set_ylim(len(changes), 0)
    for index, change in enumerate(changes):
        _row(ax, change, index)
    _words(fig, data, height)
    return fig


def _row(ax: Axes, change: Change, index: int) -> None:
    found = [change.point, change.low, change.high, change.limit]
    scale = max((abs(x) for x in found if x is not None), default=0.0) or 1.0
    y, top = index + 0.72, index + 0.28
    colour = style.WORSE if change.worse else style.BETTER if change.better else style.INK
    ax.text(-1.08, top, style.plain(change.title, 24), color=style.INK, fontsize=style.SIZE,
            va="center")  # fmt: skip
    ax.text(1.08, top, style.plain(change.text, 60), color=colour, fontsize=style.SIZE, va="center", ha="right")  # fmt: skip
    ax.plot([-1, 1], [y, y], color=style.GRID, lw=0.8, zorder=0)
    ax.plot([0, 0], [y - 0.24, y + 0.24], color=style.QUIET, lw=0.9, zorder=1)
    if change.limit is not None:
        edge = change.limit / scale
        ax.plot([edge, edge], [y - 0.2, y + 0.2], color=style.LIMIT, lw=1.6, ls=(0, (2, 1)))
    low = -scale if change.low is None else change.low
    high = scale if change.high is None else change.high
    ax.plot([low / scale, high / scale], [y, y], color=colour, lw=2.6, solid_capstyle="butt")
    decided = change.worse or change.better
    ax.plot([change.point / scale], [y], "o", ms=6, mec=colour, mew=1.6,
            mfc=colour if decided else style.PAPER)  # fmt: skip


def _words(fig: Figure, data: Forest, height: float) -> None:
    y = 1 - 0.16 / height
    reference = style.plain(data.reference, 16)
    fig.text(0.03, y, f"← worse than {reference}", color=style.QUIET, fontsize=style.SIZE,
             va="center")  # fmt: skip
    fig.text(0.97, y, "better →", color=style.QUIET, fontsize=style.SIZE, va="center",
             ha="right")  # fmt: skip
    words = "each row on its own scale"
    if any(change.limit is not None for change in data.changes):
        words += "; dashed: allowed"
    fig.text(0.5, 0.14 / height, words, color=style.QUIET, fontsize=style.SMALL, va="center",
             ha="center")  # fmt: skip
