"""The report's part on performance expected without labels, and on what that cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.estimate.evidence import AUDIT, EstimateEvidence
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.evidence import Measurement
    from mlgate.report.check_page import PageContext

WEIGHT: Final = 50


def folds(evidence: EstimateEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none where the check could not measure."""
    if not evidence.metrics:
        return
    table = Table(
        f"Expected on {evidence.path}",
        (Column("metric"), Column("expected", right=True), Column("interval")),
        tuple(_row(name, measured) for name, measured in evidence.metrics.items()),
    )
    content = (table, Paragraph((_words(evidence),)))
    yield Fold("estimate", "Expected without labels", _title(evidence), content, WEIGHT)


def _row(name: str, measured: Measurement) -> tuple[Cell, ...]:
    places = numbers.decimals(measured.interval, measured.value or 0.0)
    return (
        Cell(name, code=True),
        Cell(
            numbers.NONE
            if measured.value is None
            else numbers.number(measured.value, places, measured.unit),
            sort=measured.value,
        ),
        Cell(numbers.interval(measured.interval, places, measured.unit) or numbers.NONE),
    )


def _title(evidence: EstimateEvidence) -> str:
    name, measured = next(iter(evidence.metrics.items()))
    if measured.insufficient is not None:
        return measured.insufficient
    if measured.value is None:
        return f"{name} is not defined"
    places = numbers.decimals(measured.interval, measured.value)
    bounds = numbers.interval(measured.interval, places, measured.unit)
    return f"{name} about {numbers.number(measured.value, places, measured.unit)} {bounds}"


def _words(evidence: EstimateEvidence) -> str:
    labelled, unlabelled = (numbers.count(n) for n in evidence.n)
    audit = ""
    if evidence.audit is not None:
        width = f"{evidence.audit * 100:.2g}"
        audit = f" {AUDIT} rows drawn at random and labelled would give the accuracy to ± {width} points."
    return (
        f"{unlabelled} rows without labels, estimated from {labelled} labelled rows with such scores."
        " This is a warning, never a proof: it reflects a shift of the data, but not that the same"
        f" inputs now have other labels (concept drift).{audit}"
    )


PAGE: Final = CheckPage(
    EstimateEvidence,
    folds=folds,
    next_step=("label some of these rows, drawn at random, and measure the model on them",),
)
