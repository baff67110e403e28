"""What the pictures of both models show: numbers and labels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.model.evidence import CalibrationBin, CostByThreshold, Curve
    from mlgate.model.metrics import Unit
    from mlgate.report.plots.inks import Page


@dataclass(frozen=True, slots=True)
class RocCurves:
    """ROC curves by side, the candidate's last so that it lies on top."""

    curves: tuple[tuple[str, Curve], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.compare import plot

        return plot.roc(self)


@dataclass(frozen=True, slots=True)
class CalibrationCurves:
    """Observed rate against mean score by side; `level` is that of the Wilson intervals."""

    sides: tuple[tuple[str, tuple[CalibrationBin, ...]], ...]
    level: float

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.compare import plot

        return plot.calibration(self)


@dataclass(frozen=True, slots=True)
class CostCurves:
    """Mean cost of a row by threshold, by side, the candidate's last."""

    sides: tuple[tuple[str, CostByThreshold], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.compare import plot

        return plot.costs(self)


@dataclass(frozen=True, slots=True)
class ConfusionMatrices:
    """Counts by label (row) and prediction (column), by side, the baseline's first."""

    classes: tuple[str, ...]
    sides: tuple[tuple[str, tuple[tuple[int, ...], ...]], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.compare import plot

        return plot.confusion(self)


@dataclass(frozen=True, slots=True)
class Residuals:
    """Quantiles of prediction − label at 0, 1, …, 100 per cent, by side."""

    sides: tuple[tuple[str, tuple[float, ...]], ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.compare import plot

        return plot.residuals(self)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One metric over the runs of main, this run last; `anchors` are positions with their tag.

    `places` is the number of decimals that this run's interval supports.
    """

    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    anchors: tuple[tuple[int, str], ...]
    unit: Unit
    places: int


@dataclass(frozen=True, slots=True)
class History:
    """At most a few metrics, one small plot each."""

    metrics: tuple[Trajectory, ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        from mlgate.checks.compare import plot

        return plot.history(self)
