"""One grouping in the report: its groups with their rates, as a plot and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.fairness.figures import (
    GroupCalibration,
    GroupPanel,
    GroupRates,
    GroupRoc,
    GroupRow,
)
from mlgate.checks.fairness.metrics import RATES
from mlgate.report.document import Cell, Column, Figure, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from mlgate.checks.fairness.evidence import FairnessEvidence, Group, Grouping
    from mlgate.model.evidence import CalibrationBin
    from mlgate.report.document import Content
    from mlgate.report.gates import Names

BRIEF: Final = 12
"""Rows of a table of groups in Markdown."""
MOST: Final = 8
"""Groups in a plot."""
_COLUMNS: Final = {
    "binary": ("base_rate", "selection_rate", "accuracy", "tpr", "fpr", "precision", "roc_auc"),
    "multiclass": ("accuracy", "recall_macro", "precision_macro"),
    "regression": ("mean_error", "mae", "rmse"),
}
_PLOTTED: Final = {
    "binary": ("selection_rate", "tpr", "fpr"),
    "multiclass": ("accuracy", "recall_macro"),
    "regression": ("mean_error", "mae"),
}


def rates(
    name: str,
    grouping: Grouping,
    evidence: FairnessEvidence,
    names: Names,
) -> Iterator[Content]:
    """Return the plot and the table of one column's groups."""
    shown = _shown(grouping)
    if shown:
        yield _plot(name, grouping, shown, evidence, names)
    yield table(grouping, evidence)


def curves(name: str, grouping: Grouping) -> Iterator[Content]:
    """Return ROC and calibration by group, where they were measured."""
    rocs = tuple((label, group.roc) for label, group in grouping.groups.items() if group.roc)
    if len(rocs) > 1:
        alt = f"ROC curves by {name}: {', '.join(label for label, _ in rocs)}"
        yield Figure(f"roc-{_slug(name)}", f"ROC by {name}", alt, GroupRoc(rocs))
    bins = tuple(
        (label, group.calibration)
        for label, group in grouping.groups.items()
        if group.calibration and len(group.calibration) > 1
    )
    if len(bins) > 1:
        alt = f"Calibration by {name}: {', '.join(map(_calibrated, bins))}"
        drawing = GroupCalibration(bins)
        yield Figure(f"calibration-{_slug(name)}", f"Calibration by {name}", alt, drawing)


def _calibrated(group: tuple[str, tuple[CalibrationBin, ...]]) -> str:
    """Describe how far scores and rates of a group lie apart."""
    label, bins = group
    worst = max(bins, key=lambda item: abs(item.score - item.rate))
    return f"{label} at worst {worst.rate:.2f} observed at a mean score of {worst.score:.2f}"


def _slug(name: str) -> str:
    return "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in name.lower())


def _shown(grouping: Grouping) -> list[tuple[str, Group]]:
    """Return the largest groups that are shown, in their own order."""
    counted = [(label, group) for label, group in grouping.groups.items() if group.n is not None]
    largest = sorted(counted, key=lambda item: -(item[1].n or 0))[:MOST]
    return [item for item in counted if item in largest]


def _plot(
    name: str,
    grouping: Grouping,
    shown: Sequence[tuple[str, Group]],
    evidence: FairnessEvidence,
    names: Names,
) -> Figure:
    panels = tuple(
        _panel(rate, shown) for rate in _PLOTTED[evidence.task or "binary"] if _has(rate, shown)
    )
    values = "; ".join(
        f"{panel.title}: "
        + ", ".join(f"{row.label} {row.text}" for row in panel.rows if row.value is not None)
        for panel in panels
    )
    more = len(grouping.groups) - len(shown)
    rest = f" ({more} more in the table)" if more > 0 else ""
    return Figure(
        name=f"fairness-{_slug(name)}",
        title=f"Rates by {name}",
        alt=f"Rates by {name} with their intervals{rest}. {values}",
        drawing=GroupRates(panels, numbers.level(evidence.confidence), names.main),
    )


def _has(rate: str, groups: Sequence[tuple[str, Group]]) -> bool:
    return any(group.rate(rate) is not None for _, group in groups)


def _panel(rate: str, groups: Sequence[tuple[str, Group]]) -> GroupPanel:
    about = RATES[rate]
    rows = tuple(_row(rate, label, group) for label, group in groups)
    return GroupPanel(about.title, about.of, about.unit, rows)


def _row(rate: str, label: str, group: Group) -> GroupRow:
    low, high = group.intervals.get(rate, (None, None))
    main = group.main.get(rate)
    return GroupRow(
        label=label,
        text=_text(rate, group),
        value=group.rate(rate),
        low=low,
        high=high,
        n=group.of.get(rate, 0),
        main=main.baseline if main else None,
        small=rate in group.small,
    )


def _text(rate: str, group: Group) -> str:
    value = group.rate(rate)
    bounds = group.intervals.get(rate, (None, None))
    places = numbers.decimals(bounds, value)
    return numbers.number(value, places, RATES[rate].unit)


def table(
    grouping: Grouping,
    evidence: FairnessEvidence,
    brief: int | None = None,
    only: Collection[str] = RATES,
) -> Table:
    """Return one row a group; rates that rest on too few rows are in brackets."""
    groups = [(label, group) for label, group in grouping.groups.items()]
    listed = _COLUMNS[evidence.task or "binary"]
    rates = [rate for rate in listed if rate in only and _has(rate, groups)]
    level = numbers.level(evidence.confidence)
    within = f" within {grouping.control}" if grouping.control else ""
    return Table(
        f"Rates by {' × '.join(grouping.columns)}{within} (each with its {level} CI)",
        (
            Column("group"),
            Column("rows", right=True),
            *(Column(RATES[rate].title, right=True) for rate in rates),
        ),
        tuple(_group_row(label, group, rates) for label, group in groups),
        brief=brief,
    )


def _group_row(label: str, group: Group, rates: Sequence[str]) -> tuple[Cell, ...]:
    if group.suppressed is not None:
        return (Cell(label), Cell("hidden"), *(Cell(numbers.NONE) for _ in rates))
    return (
        Cell(label),
        Cell(numbers.count(group.n or 0), sort=group.n),
        *(Cell(_with_interval(rate, group), sort=group.rate(rate)) for rate in rates),
    )


def _with_interval(rate: str, group: Group) -> str:
    value = group.rate(rate)
    if value is None:
        return numbers.NONE
    bounds = group.intervals.get(rate, (None, None))
    places = numbers.decimals(bounds, value)
    interval = numbers.interval(bounds, places, RATES[rate].unit)
    text = f"{_text(rate, group)} {interval}".strip()
    return f"({text})" if rate in group.small else text
