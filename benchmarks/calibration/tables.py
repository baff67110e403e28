"""The page: Markdown tables of lines, with the targets on top and the misses explained below."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from benchmarks.calibration.explained import explain
from benchmarks.calibration.line import Band, Cell, Line, Rate, short
from benchmarks.calibration.targets import MANY, NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.calibration.families import Family
    from benchmarks.calibration.judging import Case, Shares
    from benchmarks.calibration.targets import Targets

SHARED = ("metric", "rows", "n")
BOUNDS = ("95 % holds", "90 % holds", "too high", "too low")
GATES = ("passes a loss of the margin", "passes no change", "blocks no change", "blocks half", "blocks twice")  # fmt: skip
HEADERS = {
    "change": (*SHARED, "margin", *BOUNDS, *GATES, "refused", "repetitions"),
    "value": (*SHARED, *BOUNDS, "refused", "repetitions"),
}
SERIES = {
    "mcnemar": ("", "mid-p McNemar", "exact McNemar"),
    "many": ("", "uncorrected", "Holm", "Benjamini–Hochberg"),
    "drift": ("", "any p ≤ .05", "listed", "gate"),
    "levels": ("", "equal shares", "shares as 1/k"),
    "hard": ("", "passes", "t, DeLong or delta"),
    "worst": ("", "fails", "fails with one row far out"),
    "steps": ("", "passes"),
    "domain": ("", ".5 above", ".5 below"),
    "concept": ("", "measured"),
    "fairness": ("", "point", "bound", "gate"),
    "gaps": ("", "measured"),
    "groupsizes": ("", "mean", "least"),
    "rules": ("", "measured"),
    "wear": ("", "bound held", "gained", "at most", "certified"),
    "relabelled": ("", "this commit's labels alone", "the worse of both"),
    "active": (
        "",
        "any run passes a loss of the margin",
        "first look passes no change",
        "any run passes no change",
        "share of the rows labelled",
    ),
    "rollout": (
        "",
        "rolled back, 1 %",
        "×1.5 after",
        "×2 after",
        "×4 after",
        "rolled back, .2 %",
        "×2 after (.2 %)",
        "×4 after (.2 %)",
        "×2 from look 500 (.2 %)",
    ),
    "rolloutlatency": (
        "",
        "rolled back",
        "all 5 % slower",
        "all 20 % slower",
        "2 % of requests 5× slower",
        "the same from look 500",
    ),
    "rolloutpromotion": ("", "promoted at the margin", "promoted after, where equal"),
    "rolloutbursts": ("", "rolled back", "×2 after", "×3 after"),
    "planned": ("", "passes no change", "by the variance alone"),
    "numbered": ("", "false alarm", "missed: drawn anew", "missed: a row lost", "cannot tell"),
}
MISS = "✗"


def line(case: Case, shares: Shares, targets: Targets) -> Line:
    """Give a case's line; what begins with "plain" has no target."""
    # Where a method refuses, its gate stays undecided whatever the bounds.
    silent = case.metric.startswith("plain") or shares.refused > 0.5
    wanted = NONE if silent else targets
    count = shares.effective
    bounds: list[Cell] = [
        Rate.share(shares.cover95, count, wanted.cover95),
        Rate.share(shares.cover90, count, wanted.cover90),
        Rate.share(shares.above, count, wanted.tail),
        Rate.share(shares.below, count, wanted.tail),
    ]
    first: tuple[Cell, ...] = (case.label or case.metric, case.data, f"{case.n:,}")
    refused = short(shares.refused) if shares.refused else ""
    last: tuple[Cell, ...] = (refused, "exact" if math.isinf(count) else f"{case.repetitions:,}")
    if case.kind == "value":
        return Line(case.name, (*first, *bounds, *last))
    able = shares.refused < 0.01 and case.n >= MANY
    fixed = case.margin is not None
    no = Band()
    gates: list[Cell] = [
        _of(shares.passed, 1.0, count, wanted.type_one),
        _of(shares.passed, 0.0, count, wanted.power if able and not fixed else no),
        _of(shares.failed, 0.0, count, wanted.blocked if not fixed else no),
        _of(shares.failed, 0.5, count, wanted.half if able and not fixed else no),
        _of(shares.failed, 2.0, count, wanted.twice if able and not fixed else no),
    ]
    assert shares.margin is not None
    return Line(case.name, (*first, f"{shares.margin:.2g}", *bounds, *gates, *last))


def _of(found: dict[float, float], times: float, count: float, band: Band) -> Cell:
    return Rate.share(found[times], count, band) if times in found else None


def misses(family: Family, lines: Iterable[Line]) -> list[tuple[Line, str, Rate]]:
    """Give every rate outside its band, with its column."""
    headers = header(family)
    return [
        (one, column, cell)
        for one in lines
        for column, cell in zip(headers, one.cells, strict=True)
        if isinstance(cell, Rate) and cell.missed
    ]


def header(family: Family) -> tuple[str, ...]:
    """Give the names of a family's columns."""
    return SERIES[family.key] if family.columns == "series" else HEADERS[family.columns]


def render(family: Family, lines: Sequence[Line]) -> str:
    """Give one table as Markdown, its anchor being the family's key."""
    headers = header(family)
    if family.columns == "series":
        headers = (*headers, "target")
    found = [_row(family, one) for one in lines]
    top = _targets(family, headers, lines)
    rows = [*([top] if top else []), *found]
    align = ["---" if k < (2 if family.columns != "series" else 1) else "---:" for k in range(len(headers))]  # fmt: skip
    text = [f'## <a id="{family.key}"></a>{family.title}', family.words]
    text.append("\n".join(f"| {' | '.join(row)} |" for row in [headers, align, *rows]))
    text += _below(family, lines)
    return "\n\n".join(text)


def anchor(family: Family, one: Line) -> str:
    """Name a line so that other pages can link to it."""
    return re.sub(r"[^a-z0-9.]+", "-", f"{family.key} {one.name}".lower()).strip("-")


def _row(family: Family, one: Line) -> list[str]:
    cells = [_text(cell) for cell in one.cells]
    cells[0] = f'<a id="{anchor(family, one)}"></a>{cells[0]}'
    if family.columns == "series":
        bands = [str(c.band) for c in one.cells if isinstance(c, Rate) and str(c.band)]
        cells.append(bands[0] if bands else "")
    return cells


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    return f"**{short(cell.value)}** {MISS}" if cell.missed else short(cell.value)


def _targets(family: Family, headers: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """Return the targets; none above a column of which no line is asked for one."""
    if family.columns == "series":
        return []
    wanted = family.targets
    gates = (wanted.type_one, wanted.power, wanted.blocked, wanted.half, wanted.twice)
    bands = [wanted.cover95, wanted.cover90, wanted.tail, wanted.tail]
    if family.columns == "change":
        bands += gates
    start = len(headers) - len(bands) - 2
    cells = [[one.cells[start + k] for one in lines] for k in range(len(bands))]
    asked = [any(isinstance(c, Rate) and str(c.band) for c in column) for column in cells]
    told = [str(band) if some else "" for band, some in zip(bands, asked, strict=True)]
    return ["*target*", *[""] * (start - 1), *told, "", ""]


def _below(family: Family, lines: Sequence[Line]) -> list[str]:
    """Say of every miss why it is one."""
    told: dict[str, list[str]] = {}
    for one, column, cell in misses(family, lines):
        where = f"{one.cells[0]}, {one.cells[1]}, n {one.cells[2]}" if family.columns != "series" else one.name  # fmt: skip
        words = explain(family.key, one.name, column)
        told.setdefault(words, []).append(f"{where}: “{column}” {short(cell.value)}")
    return [f"{MISS} {words} ({'; '.join(places)})" for words, places in told.items()]
