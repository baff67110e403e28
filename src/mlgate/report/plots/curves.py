"""ROC, calibration and residual quantiles of both models, the candidate's on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlgate.report import numbers
from mlgate.report.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mlgate.report.figures import Calibration, Residuals, Roc

SQUARE = 3.3
RECT = (0.52, 0.46, style.WIDTH - 0.14, SQUARE - 0.1)


def _line(index: int, count: int) -> dict[str, Any]:
    """The last side is the candidate's: solid and strong; the baseline's is dashed."""
    if index == count - 1:
        return {"color": style.CANDIDATE, "lw": 2.0, "zorder": 4}
    return {"color": style.BASELINE, "lw": 1.8, "ls": (0, (4, 1.5)), "zorder": 3}


def _diagonal(ax: Axes) -> None:
    ax.plot([0, 1], [0, 1], color=style.GRID, lw=1, zorder=1)


def roc(data: Roc) -> Figure:
    """Draw the true against the false positive rate."""
    fig = style.figure(SQUARE)
    ax = style.axes(fig, RECT)
    style.share_ticks(ax)
    _diagonal(ax)
    for index, (name, curve) in enumerate(data.curves):
        ax.plot(curve.x, curve.y, label=style.plain(name, 24), **_line(index, len(data.curves)))
    style.label(ax, "false positive rate", "true positive rate")
    style.legend(ax, loc="lower right")
    return fig


def calibration(data: Calibration) -> Figure:
    """Draw the observed rate against the mean score, with whiskers for the rate's interval."""
    fig = style.figure(SQUARE)
    ax = style.axes(fig, RECT)
    style.share_ticks(ax)
    _diagonal(ax)
    for index, (name, bins) in enumerate(data.sides):
        look = _line(index, len(data.sides))
        x = [one.score for one in bins]
        y = [one.rate for one in bins]
        low = [one.rate if one.interval[0] is None else one.interval[0] for one in bins]
        high = [one.rate if one.interval[1] is None else one.interval[1] for one in bins]
        ax.plot(x, y, marker="o" if index else "s", ms=4, label=style.plain(name, 24), **look)
        ax.vlines(x, low, high, colors=look["color"], lw=1.2, zorder=look["zorder"])
    style.label(ax, "mean score", f"observed rate ({numbers.per_cent(data.level)} CI)")
    style.legend(ax, loc="upper left")
    return fig


def residuals(data: Residuals) -> Figure:
    """Draw the quantiles of prediction − label; 0 to 1 and 99 to 100 per cent are left out."""
    fig = style.figure(2.8)
    spread = max(abs(values[99] - values[1]) for _, values in data.sides)
    places = numbers.decimals((0.0, spread / 10)) if spread else 1
    texts = [numbers.number(v, places) for _, values in data.sides for v in (values[1], values[99])]
    left = 0.42 + 0.065 * max(map(len, texts))
    ax = style.axes(fig, (left, 0.46, style.WIDTH - 0.26, 2.7))
    levels = range(1, 100)
    ax.plot([0, 100], [0, 0], color=style.GRID, lw=1, zorder=1)
    for index, (name, values) in enumerate(data.sides):
        look = _line(index, len(data.sides))
        ax.plot(levels, values[1:100], label=style.plain(name, 24), **look)
    ax.set_xlim(0, 100)
    ax.set_xticks((0, 25, 50, 75, 100), ("0 %", "25 %", "50 %", "75 %", "100 %"))
    ax.locator_params(axis="y", nbins=5)
    ax.yaxis.set_major_formatter(lambda value, _: numbers.number(value, places))
    style.label(ax, "share of rows", "prediction − label")
    style.legend(ax, loc="upper left")
    return fig
