"""The report's part on slices: which parts of the test set are worse, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.slices.evidence import SlicesEvidence
from mlgate.report import slice_search
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.report.gates import edges
from mlgate.report.metrics import change_text
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.model.evidence import Comparison, Measurement
    from mlgate.model.verdict import RuleResult
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content
    from mlgate.report.gates import Names

    SliceRow = tuple[str, str, Measurement, Comparison | None]
    """(metric, slice, measurement, comparison with main)"""

WEIGHT: Final = 75
ROWS: Final = 5


def folds(evidence: SlicesEvidence, context: PageContext) -> Iterator[Fold]:
    """Return the fold; none where the check could not measure."""
    names = context.names
    searched = tuple(slice_search.content(evidence, names))
    ranked = sorted(_rows(evidence), key=_order)
    ranked_parts: tuple[Content, ...] = ()
    if ranked:
        ranked_parts = (_table(ranked, context), Paragraph((_words(evidence),)))
    if ranked_parts or searched:
        title = _title(evidence, ranked, names) if ranked else _searched(evidence)
        yield Fold("slices", "Slices", title, (*ranked_parts, *searched), WEIGHT, "groups")


def _searched(evidence: SlicesEvidence) -> str:
    """Title a search alone."""
    search = evidence.search
    if search is None or search.why_not is not None:
        return "not searched"
    slices = numbers.plural(search.tested, "slice")
    return f"of {slices} searched {len(search.worse) or 'none'} got worse"


def _rows(evidence: SlicesEvidence) -> Iterator[SliceRow]:
    for key, measured in evidence.metrics.items():
        metric, _, name = key.removesuffix("]").partition("[")
        yield metric, name, measured, measured.against.get("main")


def _order(row: SliceRow) -> tuple[bool, float]:
    """Order by how far below main, in standard errors; what was not compared comes last."""
    _, _, measured, comparison = row
    gain = _gain(measured, comparison)
    if gain is None or comparison is None or comparison.change is None:
        return True, 0.0
    low, high = comparison.interval
    width = (high - low) if low is not None and high is not None and high > low else 1.0
    return False, gain / width


def _gain(measured: Measurement, comparison: Comparison | None) -> float | None:
    if comparison is None or comparison.change is None:
        return None
    return -comparison.change if measured.direction == "lower" else comparison.change


def _title(evidence: SlicesEvidence, ranked: list[SliceRow], names: Names) -> str:
    count = numbers.plural(len(evidence.slices), "slice")
    metric, name, measured, comparison = ranked[0]
    gain = _gain(measured, comparison)
    if comparison is None or gain is None:
        return f"{count}, not compared"
    if gain >= 0:
        return f"none of {count} measured worse than {names.main}"
    change = change_text(measured, comparison)
    return f"of {count} the worst is {metric} of {_slice(name)}, {change}"


def _table(ranked: list[SliceRow], context: PageContext) -> Table:
    names = context.names
    return Table(
        "Worst change first",
        (
            Column("slice"),
            Column("metric"),
            Column("rows", right=True),
            Column("this commit", right=True),
            Column(names.main, right=True),
            Column("change", right=True),
        ),
        tuple(_row(row, context.gates) for row in ranked),
        brief=ROWS,
    )


def _row(row: SliceRow, gates: Sequence[RuleResult]) -> tuple[Cell, ...]:
    metric, name, measured, comparison = row
    key = ("slices", f"{metric}[{name}]")
    places = numbers.decimals(measured.interval, measured.value, edges(gates, key, None))
    ranked_parts = numbers.number(measured.value, places, measured.unit)
    base = change = numbers.NONE
    if comparison is not None and comparison.change is not None:
        base = numbers.number(comparison.baseline, places, measured.unit)
        change = change_text(measured, comparison, edges(gates, key, "main"))
    return (
        Cell(_slice(name)),
        Cell(metric),
        Cell(numbers.count(measured.n or 0), sort=measured.n),
        Cell(ranked_parts, sort=measured.value),
        Cell(base, sort=None if comparison is None else comparison.baseline),
        Cell(change, sort=_gain(measured, comparison)),
    )


def _slice(name: str) -> str:
    column, equals, level = name.partition("=")
    return f"{column} {level}" if equals else name


def _words(evidence: SlicesEvidence) -> str:
    named = [
        f"{name}: {about.what}" for name, about in evidence.slices.items() if about.column is None
    ]
    meanings = f" {'; '.join(named)}." if named else ""
    return (
        f"{numbers.plural(len(evidence.metrics), 'number')} over "
        f"{numbers.plural(len(evidence.slices), 'slice')} of {numbers.count(evidence.of)} rows: with "
        "that many, some look worse by chance. A gate on slices fails only where the loss is "
        f"significant after Holm's correction for all gates on slices.{meanings}"
    )


PAGE: Final = CheckPage(SlicesEvidence, folds=folds)
