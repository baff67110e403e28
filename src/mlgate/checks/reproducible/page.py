"""The report's part on trainings that were run again: how each compares, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.reproducible.evidence import ReproducibleEvidence
from mlgate.checks.reproducible.outcomes import outcome
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Table
from mlgate.text import number_format as numbers
from mlgate.text.short import short_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.lineage import Difference
    from mlgate.report.check_page import PageContext

WEIGHT: Final = 30
_MOST: Final = 20


def folds(evidence: ReproducibleEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none where nothing was trained."""
    repetitions = evidence.repetitions
    if not repetitions:
        return
    trainings = Table(
        "Trainings",
        (Column("training", right=True), Column("compared with what was kept")),
        tuple((Cell(f"{n}"), Cell(outcome(each))) for n, each in enumerate(repetitions, 1)),
    )
    content = [trainings]
    differing = {(fact.cause, fact.name): fact for each in repetitions for fact in each.differences}
    if differing:
        content.append(_differences(list(differing.values())[:_MOST]))
    identical = sum(each.identical for each in repetitions)
    title = f"{identical} of {numbers.plural(len(repetitions), 'training')} identical"
    yield Fold("reproducible", "Trained again", title, tuple(content), WEIGHT)


def _differences(facts: list[Difference]) -> Table:
    columns = (Column("what differs"), Column(""), Column("kept"), Column("again"))
    rows = tuple(
        (
            Cell(fact.cause),
            Cell(fact.name),
            Cell(_shown(fact, fact.old)),
            Cell(_shown(fact, fact.new)),
        )
        for fact in facts
    )
    return Table("Differences", columns, rows)


def _shown(fact: Difference, value: str | None) -> str:
    if value is None:
        return "none"
    return short_digest(value) if fact.of_files else value


PAGE: Final = CheckPage(ReproducibleEvidence, folds=folds)
