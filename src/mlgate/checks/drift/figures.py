"""What the pictures of drift show: numbers and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.report.plots.inks import Page


@dataclass(frozen=True, slots=True)
class ColumnPanel:
    """One column's two distributions: shares of rows by bin (`edges` between them) or level."""

    title: str
    subtitle: str
    edges: tuple[float, ...]
    levels: tuple[str, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ColumnPanels:
    """Small multiples, the column that moved most first."""

    panels: tuple[ColumnPanel, ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.drift import plot

        return plot.panels(self)


@dataclass(frozen=True, slots=True)
class MissingRates:
    """Share of missing values by column: (name, reference, current)."""

    rows: tuple[tuple[str, float, float], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.drift import plot

        return plot.missing(self)
