"""Plots for the report, each in a light and a dark theme. Only this package knows matplotlib.

A drawing (numbers) is laid out as a page (inks at places), and a page is painted in each theme:

    figures.Drawing ── forest, curves, … ──► inks.Page ── painter ──► PNG, light and dark
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlgate.files import write_atomic
from mlgate.report import figures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.report.document import Figure
    from mlgate.report.plots.inks import Page


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


def paint(found: Figure) -> Plot:
    """Lay one figure out once, and paint it in both themes."""
    from mlgate.report.plots import painter

    page = lay(found.drawing)
    return Plot(found.name, found.alt, painter.png(page, "light"), painter.png(page, "dark"))


def lay(drawing: figures.Drawing) -> Page:
    """Say where the inks of a drawing lie."""
    from mlgate.checks.concept import plot as concept
    from mlgate.checks.drift import plot as drift
    from mlgate.checks.fairness import plot as fairness
    from mlgate.report.plots import confusion, curves, forest, history

    drawers: dict[type, Callable[[Any], Page]] = {
        figures.Forest: forest.draw,
        figures.Roc: curves.roc,
        figures.Calibration: curves.calibration,
        figures.Residuals: curves.residuals,
        figures.Confusion: confusion.draw,
        figures.History: history.draw,
        figures.GroupRates: fairness.rates,
        figures.GroupRoc: fairness.roc,
        figures.GroupCalibration: fairness.calibration,
        figures.Panels: drift.panels,
        figures.MissingRates: drift.missing,
        figures.LossTime: concept.draw,
    }
    return drawers[type(drawing)](drawing)


def write(plot: Plot, folder: Path) -> PlotFile:
    """Write one plot's two files."""
    light, dark = (folder / f"{plot.name}-{theme}.png" for theme in ("light", "dark"))
    write_atomic(light, plot.light)
    write_atomic(dark, plot.dark)
    return PlotFile(plot.name, plot.alt, light, dark)
