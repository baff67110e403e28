"""Plots for the report, each in a light and a dark theme. Only this package draws pixels.

A drawing (numbers) lays itself out as a page (inks at places), and a page is painted in each theme:

    document.Drawing ── forest, a check's plot ──► inks.Page ── painter ──► PNG, light and dark
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.report.document import Figure


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot as PNG, in both themes."""

    name: str
    alt: str
    light: bytes
    dark: bytes


@dataclass(frozen=True, slots=True)
class PlotFile:
    """Where a plot was written."""

    name: str
    alt: str
    light: Path
    dark: Path


def paint(figure: Figure) -> Plot:
    """Lay a figure out once, and paint it in both themes."""
    from mlgate.report.plots import painter

    page = figure.drawing.lay()
    painted = painter.layers(page)
    light, dark = (painter.png(page, painted, theme) for theme in ("light", "dark"))
    return Plot(figure.name, figure.alt, light, dark)


def write(plot: Plot, folder: Path) -> PlotFile:
    """Write one plot's two files."""
    light, dark = (folder / f"{plot.name}-{theme}.png" for theme in ("light", "dark"))
    write_atomic(light, plot.light)
    write_atomic(dark, plot.dark)
    return PlotFile(plot.name, plot.alt, light, dark)
