"""A report as GitHub-flavoured Markdown: what a comment, a step summary and report.md hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mlgate.model.project import DOCS
from mlgate.report import build, gates, sparklines
from mlgate.report.document import (
    GROUPS,
    ICON,
    Block,
    Code,
    Figure,
    Link,
    Paragraph,
    Strong,
    Table,
    Text,
    Trend,
    sentence,
)
from mlgate.run_dir import HTML
from mlgate.text import escape
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlgate.report.document import Bar, Cell, Column, Content, Fold, NoteLine, Report

BAR: Final = 21
"""Characters of a text bar."""
MERMAID: Final = 3
"""GitHub draws more, but slowly."""
NAMED: Final = 2
"""Parts of a fold that its title names."""
_HOW: Final = (Link("how to read this", f"{DOCS}/report.md"),)
_PAGE: Final = re.compile(rf"{re.escape(DOCS)}/([a-z-]+\.md(?:#[a-z-]+)?)")
"""Addresses of our own pages, which alone become links."""


@dataclass(frozen=True, slots=True)
class ImageUrls:
    """Where a plot can be seen by whoever reads the comment."""

    light: str
    dark: str


@dataclass(slots=True)
class _Charts:
    """How Mermaid and pictures may be used in one text."""

    images: Mapping[str, ImageUrls]
    mermaid: int
    prefix: str = ""
    bars: bool = True

    def urls(self, figure: Figure) -> ImageUrls | None:
        """Return where a figure can be seen."""
        return self.images.get(self.prefix + figure.name)


def render(
    reports: Sequence[Report],
    images: Mapping[str, ImageUrls] | None = None,
    *,
    mermaid: bool = True,
    facts: Sequence[Text] = (),
) -> str:
    """Return one report, or several after an overview.

    Parameters
    ----------
    reports
        In the order in which they are shown: see `build.combine`.
    images
        Addresses of the plots by `build.plot_name`; without them tables and text bars say the same.
    mermaid
        Whether charts may be drawn where there is no image.
    facts
        Further facts for the line of numbers: which attempt this is, links.
    """
    charts = _Charts(images or {}, MERMAID if mermaid else 0)
    if len(reports) == 1:
        (only,) = reports
        report = replace(only, status=(*only.status, *facts))
        return _join(_report(report, charts, "###"))
    parts = [*_overview(reports), " · ".join(text(fact) for fact in facts)]
    for index, report in enumerate(reports):
        charts.prefix = build.plot_name(index, len(reports), "")
        parts += _report(report, charts, "####")
    return _join(parts)


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _overview(reports: Sequence[Report]) -> list[str]:
    table = [["", "model", "verdict"]]
    table += [
        [ICON[report.icon], escape.inline(report.name), text(sentence(report.headline))]
        for report in reports
    ]
    return [f"### {escape.inline(summary(reports))}", _pipes(table, "lll")]


def summary(reports: Sequence[Report]) -> str:
    """Return how many of several models are blocked."""
    blocked = sum(report.blocked for report in reports)
    models = numbers.plural(len(reports), "model")
    return f"{blocked} of {models} blocked" if blocked else f"{models}, none blocked"


def _report(report: Report, charts: _Charts, heading: str) -> list[str]:
    picture = _picture(report.picture, charts) if report.picture else ""
    charts.bars = not picture
    notes = (*report.lines, *report.advice)
    return [
        f"{heading} {ICON[report.icon]} {text(sentence(report.headline))}",
        " · ".join(text(part) for part in report.status),
        table(gates.table(report.gates, report.columns), drawn=charts.bars),
        _list(notes) if len(notes) > 1 else "".join(map(_line, notes)),
        *(_content(part, charts) for part in report.shown),
        picture,
        *(_fold(parts, charts) for parts in _grouped(report)),
        f"<sub>{' · '.join(text(part) for part in (*report.footer, _HOW))}</sub>",
    ]


def _grouped(report: Report) -> Iterator[list[Fold]]:
    """Return the parts of each fold."""
    for group in GROUPS:
        parts = [fold for fold in report.folds if fold.group == group and fold.shown]
        if parts:
            yield parts


def text(parts: Text) -> str:
    """Return a sentence with its names and stressed words."""
    return "".join(map(_piece, parts))


def _piece(part: str | Code | Strong | Link) -> str:
    if isinstance(part, Code):
        return escape.code(part.text)
    if isinstance(part, Strong):
        return f"**{escape.inline(part.text)}**"
    if isinstance(part, Link):
        return f"[{escape.inline(part.text)}]({escape.url(part.url)})"
    return _prose(part)


def _prose(part: str) -> str:
    """Escape a piece of a sentence, with links to our own pages."""
    return "".join(
        f"[docs/{piece}]({DOCS}/{piece})" if i % 2 else _spaced(piece)
        for i, piece in enumerate(_PAGE.split(part))
    )


def _spaced(part: str) -> str:
    """Escape a piece of a sentence, keeping the spaces at its ends."""
    before = " " if part[:1].isspace() else ""
    after = " " if part[-1:].isspace() and part.strip() else ""
    return f"{before}{escape.inline(part)}{after}"


def _line(line: NoteLine) -> str:
    icon = f"{ICON[line.status]} " if line.status else ""
    return f"{icon}{text(line.text)}"


def _list(lines: Iterable[NoteLine]) -> str:
    return "\n".join(f"- {_line(line)}" for line in lines)


def _fold(parts: Sequence[Fold], charts: _Charts) -> str:
    """Return one fold; each part has its finding either in the title or above it."""
    titles = [f"<b>{escape.html(part.title)}</b>: {escape.html(part.finding)}" for part in parts]
    inner = []
    for index, part in enumerate(parts):
        if len(parts) > 1:
            finding = f": {escape.inline(part.finding)}" if index >= NAMED else ""
            inner.append(f"**{escape.inline(part.title)}**{finding}")
        inner += [_content(content, charts, beside=part.shown) for content in part.shown]
    title = " · ".join(titles[:NAMED])
    return _join([f"<details><summary>{title}</summary>", *inner, "</details>"]).rstrip("\n")


def _content(part: Content, charts: _Charts, beside: Sequence[Content] = ()) -> str:
    if isinstance(part, Paragraph):
        return text(part.text)
    if isinstance(part, Block):
        return escape.block(part.text, part.language)
    if isinstance(part, Table):
        return table(part, drawn=charts.bars and not _pictured(beside, charts))
    if isinstance(part, Figure):
        return _picture(part, charts)
    return _trend(part, charts, beside)


def _picture(figure: Figure, charts: _Charts) -> str:
    urls = charts.urls(figure)
    if urls is None:
        return ""
    light, dark, alt = map(escape.html, (urls.light, urls.dark, figure.alt))
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="{alt}" src="{light}" width="400"></picture>'
    )


def _pictured(beside: Sequence[Content], charts: _Charts) -> bool:
    """Whether a picture among these parts can be seen."""
    return any(isinstance(part, Figure) and charts.urls(part) for part in beside)


def _trend(trend: Trend, charts: _Charts, beside: Sequence[Content]) -> str:
    """Return a Mermaid line chart, unless a picture beside it shows the same."""
    if _pictured(beside, charts) or charts.mermaid == 0:
        return ""
    charts.mermaid -= 1
    labels = ", ".join(f'"{_mermaid(label)}"' for label in trend.labels)
    low, high = min(trend.values), max(trend.values)
    room = (high - low or abs(high) or 1.0) / 4
    lines = [
        "xychart-beta",
        f'  title "{_mermaid(trend.title)}"',
        f"  x-axis [{labels}]",
        f"  y-axis {low - room:.6g} --> {high + room:.6g}",
        f"  line [{', '.join(f'{value:.6g}' for value in trend.values)}]",
    ]
    return escape.block("\n".join(lines), "mermaid")


def _mermaid(label: str) -> str:
    """Keep what a quoted label may hold."""
    kept = (char if char.isalnum() or char in " ,._-/+" else "_" for char in escape.one_line(label))
    return "".join(kept)[:40]


def table(part: Table, *, drawn: bool = True) -> str:
    """Return a table under its caption; unless `drawn`, without what pictures show as well."""
    if not part.rows or part.brief == 0:
        return ""
    drawings = {i for row in part.rows for i, cell in enumerate(row) if cell.bar or cell.shape}
    kept = [i for i in range(len(part.columns)) if drawn or i not in drawings]
    head = [escape.inline(part.columns[i].title) for i in kept]
    body = [[_cell(row[i]) for i in kept] for row in part.rows[: part.brief]]
    align = "".join(_align(part.columns[i]) for i in kept)
    caption = f"{escape.inline(part.caption)}:\n\n" if part.caption else ""
    left = len(part.rows) - len(body)
    more = f"\n\n{numbers.plural(left, 'more row')} in {HTML}." if left else ""
    return f"{caption}{_pipes([head, *body], align)}{more}"


def _align(column: Column) -> str:
    return "r" if column.right else "l"


def _cell(cell: Cell) -> str:
    if cell.bar is not None:
        return f"`{text_bar(cell.bar)}`"
    if cell.shape is not None:
        return f"`{sparklines.text(cell.shape)}`"
    return escape.code(cell.text) if cell.code else escape.inline(cell.text)


def text_bar(bar: Bar) -> str:
    """Draw an interval in characters: `··┊··├─●─┤···│···`."""
    extent = bar.extent()
    if extent is None:
        return "·" * BAR
    low, high = extent

    def place(x: float) -> int:
        return min(max(round((x - low) / (high - low) * (BAR - 1)), 0), BAR - 1)

    track = ["·"] * BAR
    if bar.low is not None and bar.high is not None:
        first, last = place(bar.low), place(bar.high)
        track[first : last + 1] = ["─"] * (last + 1 - first)
        track[first], track[last] = "├", "┤"
    for mark, at in (("│", bar.zero), ("┊", bar.limit), ("●", bar.point)):
        if at is not None:
            track[place(at)] = mark
    return "".join(track)


def _pipes(rows: Sequence[Sequence[str]], align: str) -> str:
    """Write an aligned pipe table; the cells are escaped already.

    tabulate would strip and measure what the escaping put in (zero-width marks), and knows
    no cell that must stay as it is.
    """
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(align))]
    rule = [
        "-" * (width - 1) + ":" if side == "r" else "-" * width
        for width, side in zip(widths, align, strict=True)
    ]
    lines = [rows[0], rule, *rows[1:]]
    return "\n".join(f"| {' | '.join(_padded(line, widths, align))} |" for line in lines)


def _padded(cells: Sequence[str], widths: Sequence[int], align: str) -> list[str]:
    return [
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(cells, widths, align, strict=True)
    ]
