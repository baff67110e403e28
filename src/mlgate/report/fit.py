"""A report within a size limit: whole parts are left out, the least important first, and named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate.report import markdown
from mlgate.report.document import Block, NoteLine
from mlgate.run_dir import HTML
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mlgate.report.document import Content, Report, Text
    from mlgate.report.markdown import ImageUrls

GATES = 30
LINES = 10
LOG = 20


def octets(text: str) -> int:
    """Count the bytes of UTF-8."""
    return len(text.encode())


def fit(
    reports: Sequence[Report],
    limit: int,
    images: Mapping[str, ImageUrls] | None = None,
    *,
    whole: str = HTML,
    mermaid: bool = True,
    facts: Sequence[Text] = (),
    size: Callable[[str], int] = octets,
) -> str:
    """Return Markdown of at most `limit` bytes of UTF-8, or of what `size` counts.

    Parameters
    ----------
    whole
        Where the whole report is, in words; named if something is left out.

    Raises
    ------
    ValueError
        When not even the headlines fit.
    """
    for tried in _shorter(tuple(reports), whole):
        text = markdown.render(tried, images, mermaid=mermaid, facts=facts)
        if size(text) <= limit:
            return text
    msg = f"{len(reports)} reports do not fit into {limit}"
    raise ValueError(msg)


def _shorter(reports: tuple[Report, ...], whole: str) -> Iterator[tuple[Report, ...]]:
    """Return ever shorter reports: without folds one by one, few rows, bare verdicts, fewer models."""
    yield reports
    weights = sorted({fold.weight for report in reports for fold in report.folds})
    for weight in weights:
        reports = tuple(_without_folds(report, weight) for report in reports)
        yield tuple(_with_left_out(report, whole) for report in reports)
    for shorten in (_few, _bare):
        reports = tuple(map(shorten, reports))
        yield tuple(_with_left_out(report, whole) for report in reports)
    while len(reports) > 1:
        reports = _half(reports)
        yield tuple(_with_left_out(report, whole) for report in reports)


def _half(reports: tuple[Report, ...]) -> tuple[Report, ...]:
    """Keep the first half, the worst ones; the last of them says how many are left out."""
    kept = reports[: len(reports) // 2]
    before = sum(report.more for report in reports)
    last = replace(kept[-1], more=before + len(reports) - len(kept))
    return (*kept[:-1], last)


def _with_left_out(report: Report, whole: str) -> Report:
    """Add the line that says what was left out."""
    left_out = (*report.left_out, *_more(report.more, "model"))
    if not left_out:
        return report
    text = f"Left out for length: {', '.join(left_out)}. The whole report is in {whole}."
    return replace(report, lines=(*report.lines, NoteLine(None, (text,))))


def _without_folds(report: Report, weight: int) -> Report:
    dropped = tuple(fold.title for fold in report.folds if fold.weight <= weight and fold.shown)
    kept = tuple(fold for fold in report.folds if fold.weight > weight)
    return replace(report, folds=kept, left_out=(*report.left_out, *dropped))


def _few(report: Report) -> Report:
    """Keep the worst rows of the gate table, the first lines, and the very end of a log."""
    listed = [row for row in report.gates if not row.brief]
    rest = [row for row in report.gates if row.brief]
    left = _more(len(listed) - GATES, "rule") + _more(len(report.lines) - LINES, "line")
    left += _more(len(report.advice) - LINES, "explanation")
    return replace(
        report,
        gates=(*listed[:GATES], *rest),
        lines=report.lines[:LINES],
        advice=report.advice[:LINES],
        shown=tuple(map(_end, report.shown)),
        left_out=(*report.left_out, *left),
    )


def _more(count: int, what: str) -> tuple[str, ...]:
    return (numbers.plural(count, f"more {what}"),) if count > 0 else ()


def _end(part: Content) -> Content:
    if not isinstance(part, Block) or part.language != "text":
        return part
    lines = [line[:200] for line in part.text.splitlines()]
    return replace(part, text="\n".join(lines[-LOG:]))


def _bare(report: Report) -> Report:
    """Keep headline and status."""
    return replace(
        report,
        headline=report.headline[:300],
        gates=(),
        lines=(),
        advice=(),
        shown=(),
        left_out=("everything but the verdict",),
    )
