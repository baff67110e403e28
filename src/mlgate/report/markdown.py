"""A report as GitHub-flavoured Markdown: what a comment, a step summary and report.md hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mlgate.report import build, sparklines
from mlgate.report.document import (
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
)
from mlgate.run_dir import HTML
from mlgate.text import escape
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.report.document import Bar, Cell, Column, Content, Fold, GateRow, NoteLine, Report

BAR: Final = 21
"""Characters of a text bar."""
MERMAID: Final = 3
"""GitHub draws more, but slowly."""


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
        [ICON[report.icon], escape.inline(report.name), escape.inline(report.headline)]
        for report in reports
    ]
    return [f"### {escape.inline(summary(reports))}", _pipes(table, "lll")]


def summary(reports: Sequence[Report]) -> str:
    """Return how many of several models are blocked."""
    blocked = sum(report.blocked for report in reports)
    models = numbers.plural(len(reports), "model")
    return f"{blocked} of {models} blocked" if blocked else f"{models}, none blocked"


def _report(report: Report, charts: _Charts, heading: str) -> list[str]:
    return [
        f"{heading} {ICON[report.icon]} {escape.inline(report.headline)}",
        " · ".join(text(part) for part in report.status),
        gate_table(report),
        _list(report.lines) if len(report.lines) > 1 else "".join(map(_line, report.lines)),
        _list(report.advice),
        *(_content(part, charts) for part in report.shown),
        *(_fold(part, charts) for part in report.folds),
        f"<sub>{' · '.join(text(part) for part in report.footer)}</sub>",
    ]


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
    return _spaced(part)


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


def gate_table(report: Report) -> str:
    """Return the rules that are worth a line; those that need none share one."""
    shown = [row for row in report.gates if not row.brief]
    if not shown:
        return ""
    head = ["", "gate", *map(escape.inline, report.columns), "rule"]
    table = [head, *([ICON[row.status], *map(escape.inline, _cells(row))] for row in shown)]
    rest = Counter((row.status, row.word) for row in report.gates if row.brief)
    for (status, word), count in rest.items():
        suffix = "" if status == "pass" else f": {escape.inline(word)}"
        table.append([ICON[status], f"{count} more{suffix}", "", "", "", ""])
    return _pipes(table, "llrrll")


def _cells(row: GateRow) -> tuple[str, ...]:
    return row.gate, row.value, row.baseline, row.change, row.rule


def _fold(fold: Fold, charts: _Charts) -> str:
    inner = [_content(part, charts, beside=fold.content) for part in fold.content]
    title = f"<b>{escape.html(fold.title)}</b>: {escape.html(fold.finding)}"
    return _join([f"<details><summary>{title}</summary>", *inner, "</details>"]).rstrip("\n")


def _content(part: Content, charts: _Charts, beside: Sequence[Content] = ()) -> str:
    if isinstance(part, Paragraph):
        return text(part.text)
    if isinstance(part, Block):
        return escape.block(part.text, part.language)
    if isinstance(part, Table):
        return table(part)
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


def _trend(trend: Trend, charts: _Charts, beside: Sequence[Content]) -> str:
    """Return a Mermaid line chart, unless a picture beside it shows the same."""
    pictured = any(isinstance(part, Figure) and charts.urls(part) for part in beside)
    if pictured or charts.mermaid == 0:
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
    kept = (char if char.isalnum() or char in " ._-/+" else "_" for char in escape.one_line(label))
    return "".join(kept)[:40]


def table(part: Table) -> str:
    """Return a table under its caption."""
    if not part.rows:
        return ""
    bars = [any(row[i].bar or row[i].shape for row in part.rows) for i in range(len(part.columns))]
    kept = [i for i, column in enumerate(part.columns) if bars[i] or not _bar_column(part, i)]
    head = [escape.inline(part.columns[i].title) for i in kept]
    body = [[_cell(row[i]) for i in kept] for row in part.rows[: part.brief]]
    align = "".join(_align(part.columns[i]) for i in kept)
    left = len(part.rows) - len(body)
    more = f"\n\n{numbers.plural(left, 'more row')} in {HTML}." if left else ""
    return f"{escape.inline(part.caption)}:\n\n{_pipes([head, *body], align)}{more}"


def _bar_column(part: Table, index: int) -> bool:
    """Whether a column has neither text nor bars."""
    return all(not row[index].text for row in part.rows)


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
