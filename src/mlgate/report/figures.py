"""What each plot draws: numbers and labels only, so that the report knows no drawing library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.model.evidence import CalibrationBin, Curve
    from mlgate.model.metrics import Unit


@dataclass(frozen=True, slots=True)
class Change:
    """One metric's change, turned so that more is better; `text` says it in numbers.

    `limit` is the allowance (negative, as a gain), None without a rule.
    """

    title: str
    text: str
    point: float
    low: float | None
    high: float | None
    limit: float | None
    worse: bool
    better: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """Changes of all metrics, each on a scale of its own around a common "no change"."""

    changes: tuple[Change, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class Roc:
    """ROC curves by side, the candidate's last so that it lies on top."""

    curves: tuple[tuple[str, Curve], ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Observed rate against mean score by side; `level` is that of the Wilson intervals."""

    sides: tuple[tuple[str, tuple[CalibrationBin, ...]], ...]
    level: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by label (row) and prediction (column), by side, the baseline's first."""

    classes: tuple[str, ...]
    sides: tuple[tuple[str, tuple[tuple[int, ...], ...]], ...]


@dataclass(frozen=True, slots=True)
class Residuals:
    """Quantiles of prediction − label at 0, 1, …, 100 per cent, by side."""

    sides: tuple[tuple[str, tuple[float, ...]], ...]


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


@dataclass(frozen=True, slots=True)
class GroupRoc:
    """ROC curves by group."""

    curves: tuple[tuple[str, Curve], ...]


@dataclass(frozen=True, slots=True)
class GroupCalibration:
    """Observed rate against mean score by group."""

    groups: tuple[tuple[str, tuple[CalibrationBin, ...]], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One column's two distributions: shares of rows by bin (`edges` between them) or level."""

    title: str
    said: str
    edges: tuple[float, ...]
    levels: tuple[str, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Panels:
    """Small multiples, the column that moved most first."""

    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class MissingRates:
    """Share of missing values by column: (name, reference, current)."""

    rows: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class LossSpan:
    """The mean loss of the rows between two times, with its bounds."""

    start: float
    end: float
    loss: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LossTime:
    """The loss over time. `begin` and `end` are the first and last time as text.

    `ceiling` is the most that the baseline's loss can be, `raised` the time at which it was
    known that the loss had risen above it.
    """

    title: str
    windows: tuple[LossSpan, ...]
    stretches: tuple[LossSpan, ...]
    ceiling: float | None
    raised: float | None
    begin: str
    end: str


Drawing = (
    Forest
    | Roc
    | Calibration
    | Confusion
    | Residuals
    | History
    | GroupRates
    | GroupRoc
    | GroupCalibration
    | Panels
    | MissingRates
    | LossTime
)
