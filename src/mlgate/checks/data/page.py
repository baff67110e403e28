"""The report's part on the data: rules that are broken, and what looks wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.data.evidence import DataEvidence
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.data.evidence import DataFinding
    from mlgate.model.data_rules import DataRuleResult, Example
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 65
ROWS: Final = 5
"""Oddities in Markdown, where only the rules that are broken are listed."""
_WORDS: Final = {
    "missing": "missing column",
    "extra": "new column",
    "retyped": "column of another type",
    "range": "values outside the reference's range",
    "levels": "values that the reference lacks",
    "nulls": "more missing values",
    "constant": "constant column",
    "near_unique": "column that identifies rows",
    "duplicates": "duplicate rows",
    "leakage": "rows that the model was trained on",
    "conflicts": "equal rows with other labels",
    "one_class": "one class only",
    "imbalance": "a rare class",
    "backwards": "times out of order",
    "future": "times in the future",
    "stale": "times before the reference's",
    "repeated_ids": "ids that repeat",
    "infinite": "infinite values",
}


def folds(evidence: DataEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none where the check could not measure."""
    if not evidence.columns:
        return
    content: list[Content] = []
    if evidence.rules:
        content.append(_rules(evidence))
    if evidence.findings:
        content.append(_findings(evidence))
    content.append(Paragraph((_words(evidence),)))
    yield Fold("data", "Data", _title(evidence), tuple(content), WEIGHT, "columns")


def _title(evidence: DataEvidence) -> str:
    broken = sum(not rule.holds for rule in evidence.rules.values())
    parts = []
    if evidence.rules:
        total = len(evidence.rules)
        parts.append(
            f"{broken} of {numbers.plural(total, 'rule')} broken"
            if broken
            else f"all {numbers.plural(total, 'rule')} hold"
            if total > 1
            else "its rule holds"
        )
    if evidence.findings:
        kinds = list(dict.fromkeys(_WORDS[finding.kind] for finding in evidence.findings))
        parts.append(first_of(kinds, 2))
    return "; ".join(parts) or f"{numbers.count(evidence.rows)} rows, nothing odd"


def _rules(evidence: DataEvidence) -> Table:
    ranked = sorted(evidence.rules.items(), key=lambda item: item[1].holds)
    broken = sum(not rule.holds for rule in evidence.rules.values())
    return Table(
        "Rules",
        (
            Column("rule"),
            Column("what must hold"),
            Column("holds"),
            Column("broken by", right=True),
            Column("allowed", right=True),
            Column("example"),
        ),
        tuple(_rule(name, rule) for name, rule in ranked),
        brief=broken,
    )


def _rule(name: str, rule: DataRuleResult) -> tuple[Cell, ...]:
    rows = "column" if name == "schema" else "row"
    by = rule.problem or (
        f"{numbers.count(rule.broken)} of {numbers.plural(rule.of, rows)}"
        if rule.broken
        else numbers.NONE
    )
    return (
        Cell(name, code=True),
        Cell(rule.text),
        Cell("yes" if rule.holds else "no"),
        Cell(by, sort=rule.share),
        Cell(f"{rule.allowed:.3g}" if rule.allowed else numbers.NONE, sort=rule.allowed),
        Cell(_example(rule.example)),
    )


def _findings(evidence: DataEvidence) -> Table:
    ranked = sorted(
        evidence.findings, key=lambda finding: -(finding.count / finding.of if finding.of else 1.0)
    )
    return Table(
        "Oddities that no rule covers",
        (
            Column("what"),
            Column("column"),
            Column("rows", right=True),
            Column("in words"),
            Column("example"),
        ),
        tuple(map(_finding, ranked)),
        brief=ROWS,
    )


def _finding(finding: DataFinding) -> tuple[Cell, ...]:
    return (
        Cell(_WORDS[finding.kind]),
        Cell(finding.column, code=True) if finding.column else Cell(numbers.NONE),
        Cell(numbers.count(finding.count) if finding.of else numbers.NONE, sort=finding.count),
        Cell(finding.detail),
        Cell(_example(finding.example)),
    )


def _example(example: Example | None) -> str:
    if example is None:
        return numbers.NONE
    where = f"row {numbers.count(example.row)}" if example.row else ""
    return ": ".join(part for part in (where, example.value) if part) or numbers.NONE


def _words(evidence: DataEvidence) -> str:
    against = f", compared with {evidence.reference}" if evidence.reference else ""
    masked = " Values are masked (data.mask)." if evidence.masked else ""
    return (
        f"{numbers.count(evidence.rows)} rows and {numbers.plural(len(evidence.columns), 'column')} "
        f"of {evidence.path}{against}. Rules are counted on exactly these rows; nothing is "
        f"estimated.{masked}"
    )


PAGE: Final = CheckPage(
    DataEvidence,
    folds=folds,
    next_step=("look at the rows that the report names, and fix them or the rule",),
)
