"""Drift: each column's two distributions in a small panel, and shares of missing values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import MissingRates, Panel, Panels

ABREAST = 2
PANEL = 0.92
"""Height of what is drawn, in inches."""
HEAD, BETWEEN, FOOT, TOP = 0.36, 0.26, 0.1, 0.26
LEVELS = 5
ROW = 0.36


def panels(data: Panels) -> Figure:
    """Draw two panels abreast: reference as a grey area, current as a blue line."""
    rows = -(-len(data.panels) // ABREAST)
    abreast = min(ABREAST, len(data.panels))
    height = TOP + rows * (HEAD + PANEL + BETWEEN) + FOOT
    fig = style.figure(height)
    width = (style.WIDTH - 0.12 * (abreast + 1)) / abreast
    for index, one in enumerate(data.panels):
        row, column = divmod(index, abreast)
        left = 0.12 + column * (width + 0.12)
        top = height - TOP - row * (HEAD + PANEL + BETWEEN)
        indent = 0.72 if one.levels else 0.0
        base = top - HEAD - PANEL
        ax = style.axes(fig, (left + indent, base, left + width - 0.04, top - HEAD))
        (_levels if one.levels else _numbers)(ax, one)
        _head(fig, one, left, top, height)
    _legend(fig, height)
    return fig


def _head(fig: Figure, one: Panel, left: float, top: float, height: float) -> None:
    x = left / style.WIDTH
    fig.text(x, (top - 0.09) / height, style.plain(one.title, 24), fontsize=style.SIZE,
             color=style.INK, va="center", weight="bold")  # fmt: skip
    fig.text(x, (top - 0.25) / height, style.plain(one.said, 34), fontsize=style.SMALL,
             color=style.QUIET, va="center")  # fmt: skip


def _legend(fig: Figure, height: float) -> None:
    from matplotlib.patches import Rectangle

    y = 1 - 0.13 / height
    for x, colour, words in (
        (0.03, style.BASELINE, "reference"),
        (0.32, style.CANDIDATE, "current"),
    ):
        size = (0.1 / style.WIDTH, 0.1 / height)
        alpha = 0.45 if colour == style.BASELINE else 1.0
        fig.add_artist(Rectangle((x, y - size[1] / 2), *size, color=colour, alpha=alpha, lw=0))
        fig.text(x + 0.04, y, words, fontsize=style.SIZE, color=style.INK, va="center")


def _numbers(ax: Axes, one: Panel) -> None:
    """Draw histograms; the outer, open bins are as wide as the others."""
    edges = list(one.edges)
    gap = edges[1] - edges[0] if len(edges) > 1 else 1.0
    ends = [edges[0] - gap, *edges, edges[-1] + gap]
    ax.stairs(one.reference, ends, fill=True, color=style.BASELINE, alpha=0.45, lw=0)
    ax.stairs(one.current, ends, color=style.CANDIDATE, lw=1.5)
    ax.set_xlim(ends[0], ends[-1])
    ax.set_ylim(0, max(*one.reference, *one.current) * 1.05 or 1.0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    _ticks(ax, edges)


def _ticks(ax: Axes, edges: list[float]) -> None:
    """Mark both ends, flush with them, so that neighbours never meet."""
    marks = [edges[0], edges[-1]] if len(edges) > 1 else edges
    ax.set_xticks(marks, [_short(mark) for mark in marks])
    labels = ax.get_xticklabels()
    if len(labels) > 1:
        labels[0].set_horizontalalignment("left")
        labels[-1].set_horizontalalignment("right")


def _short(value: float) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if unit <= abs(value) < 1e12:
            return f"{value / (1e3 if name == 'k' else unit):.3g}{name}".replace("-", "−")
    text = f"{value:.4g}" if 1e3 <= abs(value) < 1e4 else f"{value:.3g}"
    return text.replace("e+0", "e").replace("e+", "e").replace("-", "−")


def _levels(ax: Axes, one: Panel) -> None:
    """Draw pairs of bars of the levels that changed most."""
    order = sorted(range(len(one.levels)), key=lambda i: -abs(one.current[i] - one.reference[i]))[
        :LEVELS
    ]
    top = max(max(one.reference[i], one.current[i]) for i in order) or 1.0
    for place, index in enumerate(order):
        ax.barh(place - 0.2, one.reference[index], 0.36, color=style.BASELINE, alpha=0.45, lw=0)
        ax.barh(place + 0.2, one.current[index], 0.36, color=style.CANDIDATE, lw=0)
    ax.set_yticks(range(len(order)), [style.plain(one.levels[i], 12) for i in order])
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlim(0, top * 1.05)
    ax.set_xticks([0, top], ["0", f"{top * 100:.2g} %"])
    ax.get_xticklabels()[0].set_horizontalalignment("left")
    ax.get_xticklabels()[-1].set_horizontalalignment("right")


def missing(data: MissingRates) -> Figure:
    """Draw a pair of bars a column."""
    height = TOP + ROW * len(data.rows) + 0.3
    fig = style.figure(height)
    ax = style.axes(fig, (1.35, 0.3, style.WIDTH - 0.2, height - TOP))
    for place, (_, old, new) in enumerate(data.rows):
        ax.barh(place - 0.2, old, 0.36, color=style.BASELINE, alpha=0.45, lw=0)
        ax.barh(place + 0.2, new, 0.36, color=style.CANDIDATE, lw=0)
    names = [style.plain(name, 20) for name, _, _ in data.rows]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    top = max(max(old, new) for _, old, new in data.rows) or 1.0
    ax.set_xlim(0, top * 1.05)
    ax.set_xticks([0, top / 2, top], [f"{x * 100:.2g} %" for x in (0, top / 2, top)])
    _legend(fig, height)
    return fig
