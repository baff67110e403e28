"""The report's part on concept drift: the loss over time, and when it changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from mlgate.checks.concept.evidence import ConceptEvidence
from mlgate.checks.concept.figures import LossSpan, LossTime
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Figure, Fold, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.concept.evidence import Stretch
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 60
ROWS: Final = 12
_LOSSES: Final = {
    "error": "Error rate",
    "brier": "Brier score",
    "absolute": "Absolute error",
}
_KINDS: Final = {
    "none": "no change located",
    "sudden": "sudden change",
    "gradual": "gradual change",
    "recurring": "recurring change",
    "unlocated": "changes not located",
}
_PATTERNS: Final = {
    "none": "no change was located",
    "sudden": "a sudden change, at {when}",
    "gradual": "a gradual change, noticeable from {when} on",
    "recurring": "a recurring change: it came and went, from {when} on",
    "unlocated": "changes were not located: pip install 'mlgate[concept]'",
}


_BOUND: Final = (
    "The lower bound holds however often one looks (a bet against every ceiling); the place of a"
    " change is an estimate that decides nothing."
)


def folds(evidence: ConceptEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none where the check could not measure."""
    if not evidence.windows:
        return
    content: list[Content] = [_figure(evidence)]
    if len(evidence.stretches) > 1:
        content.append(_table("Between the changes", evidence.stretches, evidence))
    words = Paragraph((_words(evidence),))
    whole = (*content, _table("Over time", evidence.windows, evidence), words, Paragraph((_BOUND,)))
    yield Fold(
        "concept", "Loss over time", _title(evidence), whole, WEIGHT, "columns", (*content, words)
    )


def _figure(evidence: ConceptEvidence) -> Figure:
    first, last = evidence.windows[0], evidence.windows[-1]
    begin, end = _time(first.start, evidence), _time(last.end, evidence)
    ceiling = (
        "" if evidence.ceiling is None else f" The baseline's is at most {evidence.ceiling:.3g}."
    )
    loss = evidence.loss or "loss"
    return Figure(
        name="concept",
        title="The loss over time",
        alt=(
            f"Mean loss from {begin} to {end}: {first.loss:.3g} in the first window, "
            f"{last.loss:.3g} in the last; {_pattern(evidence)}.{ceiling}"
        ),
        drawing=LossTime(
            title=f"{_LOSSES.get(loss, loss)}: {_KINDS[evidence.pattern]}",
            windows=tuple(map(_span, evidence.windows)),
            stretches=tuple(map(_span, evidence.stretches)),
            ceiling=evidence.ceiling,
            raised=evidence.raised_at,
            begin=begin,
            end=end,
        ),
    )


def _span(stretch: Stretch) -> LossSpan:
    return LossSpan(stretch.start, stretch.end, stretch.loss, *stretch.interval)


def _title(evidence: ConceptEvidence) -> str:
    last = evidence.stretches[-1]
    places = numbers.decimals(last.interval, last.loss)
    now = numbers.number(last.loss, places, "share")
    if evidence.raised_at is not None:
        return f"risen to {now}, known at {_time(evidence.raised_at, evidence)}"
    return f"{now}, {_pattern(evidence)}"


def _pattern(evidence: ConceptEvidence) -> str:
    changed = evidence.stretches[1].start if len(evidence.stretches) > 1 else None
    when = "" if changed is None else _time(changed, evidence)
    return _PATTERNS[evidence.pattern].format(when=when)


def _table(title: str, stretches: tuple[Stretch, ...], evidence: ConceptEvidence) -> Table:
    return Table(
        title,
        (
            Column("from"),
            Column("to"),
            Column("rows", right=True),
            Column("loss", right=True),
        ),
        tuple(_row(stretch, evidence) for stretch in stretches),
        brief=ROWS,
    )


def _row(stretch: Stretch, evidence: ConceptEvidence) -> tuple[Cell, ...]:
    places = numbers.decimals(stretch.interval, stretch.loss)
    bounds = numbers.interval(stretch.interval, places, "share")
    return (
        Cell(_time(stretch.start, evidence), sort=stretch.start),
        Cell(_time(stretch.end, evidence), sort=stretch.end),
        Cell(numbers.count(stretch.n), sort=stretch.n),
        Cell(
            f"{numbers.number(stretch.loss, places, 'share')} {bounds}".strip(), sort=stretch.loss
        ),
    )


def _time(value: float, evidence: ConceptEvidence) -> str:
    if not evidence.dates:
        return f"{value:g}"
    return dt.datetime.fromtimestamp(value, dt.UTC).strftime("%Y-%m-%d %H:%M")


def _words(evidence: ConceptEvidence) -> str:
    parts = [f"{numbers.count(evidence.n)} rows in the order of their time; {_pattern(evidence)}."]
    if evidence.ceiling is not None:
        places = 4
        parts.append(
            f"The baseline's own loss is at most {numbers.number(evidence.ceiling, places, 'share')}"
            + (
                f"; that it was exceeded was known at {_time(evidence.raised_at, evidence)}."
                if evidence.raised_at is not None
                else ", and nothing shows that it was exceeded."
            )
        )
    return " ".join(parts)


PAGE: Final = CheckPage(ConceptEvidence, folds=folds)
