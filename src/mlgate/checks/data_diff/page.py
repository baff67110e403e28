"""The report's part on the training data: what became of rows and columns since main's model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.data_diff.evidence import DataDiffEvidence
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.report.table_diff import sentences, table
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.evidence import Measurement
    from mlgate.report.check_page import PageContext

WEIGHT: Final = 62
_NAMED: Final = 10
_ROWS: Final = {
    "rows_added": "rows added",
    "rows_removed": "rows removed",
    "rows_changed": "rows of both changed",
}


def folds(evidence: DataDiffEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none where the check could not measure."""
    absent = evidence.absent.get("main")
    if absent is not None:
        text = Paragraph((f"Not compared: {absent.reason}.",))
        yield Fold("data-diff", "Training data", "not compared", (text,), WEIGHT, "columns")
    elif evidence.diff is not None:
        old, new = evidence.diff.old, evidence.diff.new
        where = f"{new}, compared with {old}. " if old != new else f"{new}. "
        words = Paragraph((where + " ".join(sentences(evidence.diff)),))
        content = (words, table(evidence.diff, "Columns"))
        yield Fold("data-diff", "Training data", _finding(evidence), content, WEIGHT, "columns")
    elif evidence.rows is not None:
        content = (Paragraph((_words(evidence),)), _estimates(evidence))
        yield Fold("data-diff", "Training data", _finding(evidence), content, WEIGHT, "columns")


def _finding(evidence: DataDiffEvidence) -> str:
    """Return what changed, in a few words."""
    shares = (
        f"{_percent(evidence.metrics[name])} {what}"
        for name, what in _ROWS.items()
        if name in evidence.metrics and evidence.metrics[name].value
    )
    counts = (
        f"{numbers.plural(round(value), 'column')} {what}"
        for what in ("added", "removed", "retyped")
        if (value := evidence.metrics[f"columns_{what}"].value)
    )
    return "; ".join([*shares, *counts]) or "no difference"


def _percent(share: Measurement) -> str:
    return f"{100 * (share.value or 0):.2g} %"


def _words(evidence: DataDiffEvidence) -> str:
    assert evidence.rows is not None
    old, new = map(numbers.count, evidence.rows)
    listed = [
        f"{len(names):,} {'of another type' if state == 'retyped' else state} ({first_of(names, _NAMED)})"
        for state, names in evidence.columns.items()
        if names
    ]
    sampled = "" if evidence.sampled is None else f", {evidence.sampled:,} rows of both"
    return (
        f"{evidence.path}, compared with the sample that main's baseline kept{sampled}: {old} → {new} rows. "
        f"Columns: {', '.join(listed) or 'none added, removed or of another type'}."
    )


def _estimates(evidence: DataDiffEvidence) -> Table:
    level = numbers.level(evidence.confidence)
    heads = (
        Column(""),
        Column("estimate", right=True),
        Column("standard error", right=True),
        Column(f"{level} interval", right=True),
    )
    rows = tuple(
        (
            Cell(what),
            Cell(_percent(measurement), sort=measurement.value),
            Cell(f"{100 * evidence.errors[name]:.2g} %", sort=evidence.errors[name]),
            Cell(_interval(measurement)),
        )
        for name, what in _ROWS.items()
        if (measurement := evidence.metrics[name]).value is not None
    )
    return Table("Rows, estimated from the sample", heads, rows)


def _interval(measurement: Measurement) -> str:
    low, high = ((bound or 0.0) * 100 for bound in measurement.interval)
    return f"[{low:.2g}, {high:.2g}] %"


PAGE: Final = CheckPage(
    DataDiffEvidence,
    folds=folds,
    next_step=("look at what became of the training data, and restore them or change the rule",),
)
