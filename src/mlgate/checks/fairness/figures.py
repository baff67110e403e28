"""What the pictures of groups show: numbers and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.model.evidence import CalibrationBin, Curve
    from mlgate.model.metrics import Unit
    from mlgate.report.plots.inks import Page


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group's rate: `text` is its value, `n` what it rests on, `main` the baseline's."""

    label: str
    text: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    main: float | None
    small: bool


@dataclass(frozen=True, slots=True)
class GroupPanel:
    """One rate of all groups; `of` says what n counts."""

    title: str
    of: str
    unit: Unit
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class GroupRates:
    """Rates by group, one panel a rate; groups that are too small are grey."""

    panels: tuple[GroupPanel, ...]
    level: str
    reference: str

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.fairness import plot

        return plot.rates(self)


@dataclass(frozen=True, slots=True)
class GroupRoc:
    """ROC curves by group."""

    curves: tuple[tuple[str, Curve], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.fairness import plot

        return plot.roc(self)


@dataclass(frozen=True, slots=True)
class GroupCalibration:
    """Observed rate against mean score by group."""

    groups: tuple[tuple[str, tuple[CalibrationBin, ...]], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.fairness import plot

        return plot.calibration(self)
