"""Make the pictures of docs/statistics.md, light and dark: `make pictures`, or run this file.

Every number drawn comes from the functions that decide, or from the calibration table; the
picture of chance is an exact calculation, not a sketch.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import figure_style as style

from mlgate.gates.regions import Effect, not_worse
from mlgate.stats.power import rows_needed
from mlgate.stats.proportions import newcombe, tango

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

IMAGES = Path(__file__).with_name("images")
TABLE = Path(__file__).parents[1] / "benchmarks/results/calibration.md"
HEIGHT = 2.3
COLOURS = {"pass": style.BETTER, "fail": style.WORSE, "inconclusive": style.QUIET}


def coin() -> Figure:
    """P(measured change) of two equally good models: 2,000 rows, 4 % differ."""
    import numpy as np
    from scipy.stats import binom

    n, differ = 2_000, 0.04
    chance = np.zeros(121)
    for total in range(n + 1):
        weight = binom.pmf(total, n, differ)
        if weight > 1e-12:
            net = 2 * np.arange(total + 1) - total
            near = abs(net) <= 60
            np.add.at(
                chance, net[near] + 60, weight * binom.pmf(np.arange(total + 1)[near], total, 0.5)
            )
    change = np.arange(-60, 61) / n
    fig = style.figure(HEIGHT)
    ax = style.axes(fig, (0.15, 0.5, style.WIDTH - 0.15, HEIGHT - 0.38))
    colours = [style.WORSE if x < 0 else style.BETTER for x in change]
    ax.bar(100 * change, chance, width=0.05, color=colours, linewidth=0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlim(-1.75, 1.75)
    ax.set_xlabel("measured change of accuracy, points", fontsize=style.SIZE, color=style.QUIET)
    blocked = float(chance[change < 0].sum())
    top = 1 - 0.2 / HEIGHT
    fig.text(
        0.04, top, f"blocked: {100 * blocked:.0f} %", color=style.WORSE, fontsize=style.SIZE + 1
    )
    fig.text(0.96, top, f"passed: {100 - 100 * blocked:.0f} %", color=style.BETTER, fontsize=style.SIZE + 1, ha="right")  # fmt: skip
    return fig


def pairing() -> Figure:
    """Draw the interval of "no change" on 2,000 rows: unpaired, and paired."""
    n, right = 2_000, 1_720
    apart = newcombe((right, n), (right, n))
    lines = [("unpaired", apart.lower, apart.upper)]
    for differ in (0.2, 0.05, 0.02):
        half = round(n * differ / 2)
        found = tango(half, half, n)
        lines.append((f"paired, {100 * differ:.0f} % differ", found.lower, found.upper))
    fig = style.figure(HEIGHT)
    ax = style.axes(fig, (1.3, 0.5, style.WIDTH - 0.95, HEIGHT - 0.1))
    for y, (_, low, high) in enumerate(lines):
        assert low is not None
        assert high is not None
        _example(ax, y, (0.0, low, high), at=2.0)
    _margin(ax, -1.0, len(lines))
    ax.set_yticks(range(len(lines)), [name for name, _, _ in lines], color=style.INK)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_xlim(-1.95, 1.95)
    ax.set_xlabel("change, points (dashed: allowed loss)", fontsize=style.SIZE, color=style.QUIET)
    return fig


def regions() -> Figure:
    """Examples of all answers of `max_regression: 0.01`, as the gate gives them."""
    examples = [
        ("better", 0.006, 0.004),
        ("the same, shown", 0.0, 0.006),
        ("worse, but within", -0.005, 0.003),
        ("too few rows", -0.002, 0.014),
        ("worse, how far?", -0.008, 0.005),
        ("worse, beyond", -0.014, 0.006),
    ]
    height = HEIGHT + 0.4
    fig = style.figure(height)
    ax = style.axes(fig, (1.25, 0.5, style.WIDTH - 0.95, height - 0.1))
    for y, (_, point, half) in enumerate(examples):
        _example(ax, y, (point, point - half, point + half), at=1.75)
    _margin(ax, -1.0, len(examples))
    ax.set_yticks(range(len(examples)), [name for name, _, _ in examples], color=style.INK)
    ax.set_ylim(len(examples) - 0.5, -0.5)
    ax.set_xlim(-2.3, 1.6)
    ax.set_xlabel("change, points (dashed: allowed loss)", fontsize=style.SIZE, color=style.QUIET)
    return fig


def rows() -> Figure:
    """Rows needed against the margin, by the share of rows that differ; power .99."""
    margins = [0.002 * 1.05**k for k in range(66)]
    fig = style.figure(HEIGHT + 0.2)
    ax = style.axes(fig, (0.85, 0.5, style.WIDTH - 0.8, HEIGHT + 0.1))
    shades = {0.2: style.WORSE, 0.05: style.CANDIDATE, 0.01: style.BETTER}
    for differ, colour in shades.items():
        some = [m for m in margins if m <= 0.05]
        needed = [rows_needed(differ, m, power=0.99) or 0 for m in some]
        ax.plot([100 * m for m in some], needed, color=colour, lw=1.8)
        ax.text(5.3, needed[-1], f"{100 * differ:.0f} % differ", color=colour, fontsize=style.SIZE, va="center")  # fmt: skip
    told = rows_needed(0.05, 0.01, power=0.99)
    assert told is not None
    ax.plot([1], [told], "o", ms=6, color=style.CANDIDATE)
    ax.plot([0.2, 1], [told, told], color=style.CANDIDATE, lw=1, ls=(0, (1, 2)), zorder=0)
    ax.text(0.215, told * 0.55, f"{told:,}", color=style.CANDIDATE, fontsize=style.SMALL)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set_xlim(0.2, 5)
    ax.set_ylim(50, 1e6)
    ax.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
    ax.set_yticks([100, 1e3, 1e4, 1e5, 1e6], ["100", "1,000", "10,000", "100,000", "10⁶"])
    ax.grid(color=style.GRID, lw=0.6)
    style.label(ax, "allowed loss, points", "rows needed")
    return fig


def coverage() -> Figure:
    """How often 95 % intervals hold the truth: the usual ones, and those used here."""
    page = TABLE.read_text(encoding="utf-8")
    lines = [
        ("5 % of 30 rows", "wilson-value-plain-percentile-rate-0.05-30", "wilson-value-rate-rate-0.05-30"),
        ("20 users", "groups-change-plain-mean-20-clusters-correlation-0.3-1000", "groups-change-mean-20-clusters-correlation-0.3-1000"),
        ("5 seeds a side", "groups-change-plain-seeds-5-seeds-a-side-1000", "groups-change-accuracy-5-seeds-a-side-1000"),
        ("15 splits", "groups-change-plain-splits-15-splits-a-tenth-to-test-500", "groups-change-accuracy-15-splits-a-tenth-to-test-500"),
    ]  # fmt: skip
    fig = style.figure(HEIGHT)
    ax = style.axes(fig, (1.15, 0.5, style.WIDTH - 0.15, HEIGHT - 0.35))
    for y, (_, usual, ours) in enumerate(lines):
        low, high = _holds(page, usual), _holds(page, ours)
        ax.plot([low, high], [y, y], color=style.GRID, lw=2, zorder=0)
        ax.plot([low], [y], "o", ms=7, color=style.WORSE, label="usual" if y == 0 else None)
        ax.plot([high], [y], "D", ms=6, color=style.BETTER, label="mlgate" if y == 0 else None)
    ends = [-0.5, len(lines) - 0.5]
    ax.plot([0.95, 0.95], ends, color=style.LIMIT, lw=1.6, ls=(0, (2, 1)), zorder=0)
    ax.set_yticks(range(len(lines)), [name for name, _, _ in lines], color=style.INK)
    ax.set_ylim(*ends[::-1])
    ax.set_xlim(0.3, 1.0)
    ax.set_xticks([0.4, 0.6, 0.8, 0.95], ["40 %", "60 %", "80 %", "95 %"])
    ax.set_xlabel("samples whose 95 % interval holds the truth", fontsize=style.SIZE, color=style.QUIET)  # fmt: skip
    style.legend(ax, loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=2)
    return fig


def _holds(page: str, anchor: str) -> float:
    """Read the share of 95 % intervals that hold the truth from a line of the table."""
    header = [line for line in page[: page.index(f'<a id="{anchor}">')].splitlines() if "95 % holds" in line][-1]  # fmt: skip
    column = [cell.strip() for cell in header.split("|")].index("95 % holds")
    found = re.search(rf'^.*<a id="{re.escape(anchor)}"></a>.*$', page, re.MULTILINE)
    assert found is not None
    return float(found.group(0).split("|")[column].strip(" *✗"))


def _region(point: float, low: float, high: float, margin: float) -> str:
    gain = Effect(point, low, high)
    return not_worse(gain.plus(margin), gain)


def _example(ax: Axes, y: float, change: tuple[float, float, float], at: float) -> None:
    """Draw point and bounds with the gate's answer, in words and in colour."""
    point, low, high = (100 * number for number in change)
    answer = _region(*change, 0.01)
    colour = COLOURS[answer]
    ax.plot([low, high], [y, y], color=colour, lw=2.6, solid_capstyle="butt")
    ax.plot([point], [y], "o", ms=6, color=colour)
    word = "undecided" if answer == "inconclusive" else answer
    ax.text(at, y, word, color=colour, fontsize=style.SIZE, va="center")


def _margin(ax: Axes, at: float, count: int) -> None:
    ax.plot([at, at], [-0.5, count - 0.5], color=style.LIMIT, lw=1.6, ls=(0, (2, 1)), zorder=0)
    ax.plot([0, 0], [-0.5, count - 0.5], color=style.GRID, lw=0.9, zorder=0)


def main() -> None:
    """Write every picture in both themes."""
    for name, drawn in PICTURES.items():
        for theme, png in both(drawn()).items():
            (IMAGES / f"statistics-{name}-{theme}.png").write_bytes(png)


def both(fig: Figure) -> dict[str, bytes]:
    """Give a figure in the light theme and in the dark one."""
    light = style.png(fig)
    style.darken(fig)
    return {"light": light, "dark": style.png(fig)}


PICTURES = {
    "coin": coin,
    "pairing": pairing,
    "regions": regions,
    "rows": rows,
    "coverage": coverage,
}


if __name__ == "__main__":
    main()
