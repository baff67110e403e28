"""The report's part on what the training did: cases that are wrong, and what the model leans on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.expect.evidence import ExpectEvidence
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 55
_MOST: Final = 15


def folds(evidence: ExpectEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the folds; none where the check could not measure."""
    done = evidence.metrics
    if done:
        columns = (Column("what"), Column("this commit", right=True), Column("main", right=True))
        rows = tuple(
            (Cell(metric.title), Cell(_number(metric.value)), Cell(_number(_main(evidence, name))))
            for name, metric in done.items()
            if metric.value is not None
        )
        content: list[Content] = [Table("Facts", columns, rows)]
        if evidence.wrong:
            content.append(_wrong(evidence))
        cases = done.get("cases")
        title = (
            f"{cases.value:.0%} of {cases.n:,} known cases are right"
            if cases is not None and cases.value is not None
            else numbers.plural(len(rows), "fact")
        )
        yield Fold("expect", "Expectations", title, tuple(content), WEIGHT)
    if evidence.importance:
        first = next(iter(evidence.importance))
        yield Fold(
            "importance",
            "Importance",
            f"the model leans most on {first}",
            (_importance(evidence),),
            WEIGHT + 1,
        )


def _main(evidence: ExpectEvidence, name: str) -> float | None:
    against = evidence.metrics[name].against.get("main")
    return None if against is None else against.baseline


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _wrong(evidence: ExpectEvidence) -> Table:
    columns = (Column("case"), Column("expected"), Column("this model"))
    rows = tuple(
        (
            Cell(each.id),
            Cell(each.expected),
            Cell("no answer" if each.given is None else each.given),
        )
        for each in evidence.wrong
    )
    return Table("Cases that are wrong", columns, rows)


def _importance(evidence: ExpectEvidence) -> Table:
    """Return the inputs that either model leans on most."""
    new, old = evidence.importance, evidence.main_importance
    names = sorted(
        new.keys() | old.keys(), key=lambda name: -max(new.get(name, 0), old.get(name, 0))
    )
    columns = [Column("input"), Column("share", right=True)]
    columns += [Column("main", right=True), Column("change", right=True)] if old else []
    rows = []
    for name in names[:_MOST]:
        share, main = new.get(name, 0.0), old.get(name, 0.0)
        cells = [Cell(name), Cell(f"{share:.1%}")]
        rows.append(
            (*cells, Cell(f"{main:.1%}"), Cell(f"{100 * (share - main):+.1f} points"))
            if old
            else tuple(cells)
        )
    return Table("Importance", tuple(columns), tuple(rows))


PAGE: Final = CheckPage(ExpectEvidence, folds=folds)
