"""What a report says, before it is Markdown or HTML: both renderers read this and nothing else.

All text here is plain and untrusted; each renderer escapes it in its own way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol, get_args

if TYPE_CHECKING:
    from mlgate.model.verdict import RunOutcome
    from mlgate.report.plots.inks import Page

Status = Literal["pass", "fail", "warn", "none"]
"""`none`: nothing was decided (untested, not applicable)."""

_QUOTED: Final = re.compile(r"`([^`\n]+)`")
ICON: Final[dict[Status, str]] = {"pass": "✅", "fail": "❌", "warn": "⚠️", "none": "➖"}


@dataclass(frozen=True, slots=True)
class Code:
    """A name, commit or command within a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A stressed word within a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the forge's, such as the run's, or of our documentation: never from data."""

    text: str
    url: str


Text = tuple[str | Code | Strong | Link, ...]


def sentence(text: str) -> Text:
    """Return a sentence of ours in which names and commands stand between backticks.

    >>> sentence("run `mlgate run` again")
    ('run ', Code(text='mlgate run'), ' again')
    """
    *pairs, last = _QUOTED.split(text)
    parts = [Code(part) if at % 2 else part for at, part in enumerate((*pairs, last))]
    return tuple(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval to be drawn on a line: right is better, whatever the metric's direction.

    `limit` is the edge of the rule, `zero` the place of "no change", None where there is
    none; a bound that is None is not defined.
    """

    point: float | None
    low: float | None
    high: float | None
    limit: float | None = None
    zero: float | None = None

    def extent(self) -> tuple[float, float] | None:
        """Return the ends of the axis, with a tenth of room on both sides; None without numbers."""
        places = [
            x for x in (self.point, self.low, self.high, self.limit, self.zero) if x is not None
        ]
        if not places:
            return None
        low, high = min(places), max(places)
        room = (high - low or abs(high) or 1.0) / 10
        return low - room, high + room


@dataclass(frozen=True, slots=True)
class Shape:
    """Two distributions over the same bins, drawn small: shares of rows, reference first.

    `apart`: the bins are levels, in no order.
    """

    reference: tuple[float, ...]
    current: tuple[float, ...]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `sort` is what a sortable table orders by where that is not the text."""

    text: str
    sort: float | None = None
    code: bool = False
    bar: Bar | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; numbers are set flush right."""

    title: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, which Markdown shows as a line above it.

    Where `brief` is given, Markdown shows so many rows, and how many more there are.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    brief: int | None = None

    def keep(self, *columns: int) -> Table:
        """Return it with these columns alone."""
        return replace(
            self,
            columns=tuple(self.columns[i] for i in columns),
            rows=tuple(tuple(row[i] for i in columns) for row in self.rows),
        )


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    text: Text


@dataclass(frozen=True, slots=True)
class Block:
    """Preformatted text: a log, commands, lines of YAML."""

    text: str
    language: str = ""


class Drawing(Protocol):
    """What a figure shows, in numbers and labels; it knows how it is laid out."""

    def lay(self) -> Page:
        """Lay the drawing out."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot; a table beside it always says the same."""

    name: str
    title: str
    alt: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over earlier runs, for a Mermaid chart; HTML shows the figure instead."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]


Content = Table | Paragraph | Block | Figure | Trend
Group = Literal["metrics", "columns", "groups", "run"]
"""Which fold of a comment a part belongs to, in this order."""
GROUPS: Final[tuple[Group, ...]] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of report.html, and of the comment's fold of its `group`; `finding` is in the title.

    `short` is what Markdown shows of it: by default everything; empty where only report.html
    has it. Parts of low `weight` are left out first where space is short.
    """

    key: str
    title: str
    finding: str
    content: tuple[Content, ...]
    weight: int
    group: Group = "metrics"
    short: tuple[Content, ...] | None = None

    @property
    def shown(self) -> tuple[Content, ...]:
        """What Markdown shows."""
        return self.content if self.short is None else self.short


@dataclass(frozen=True, slots=True)
class GateRow:
    """One rule of one gate. `brief` rows stand in the first fold of a comment."""

    status: Status
    word: str
    gate: str
    id: str
    value: str
    baseline: str
    change: str
    rule: str
    reason: str
    smallest: str
    brief: bool
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One plain line under the table."""

    status: Status | None
    text: Text


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report shows of one run.

    Attributes
    ----------
    outcome, blocked
        The verdict; together they order several reports.
    status
        Facts of one line: which commits, how many rows, how long.
    columns
        Heads of the gate table's columns for this commit, the baseline and the change.
    lines
        What a reviewer should know beside the gates.
    advice
        Reasons that the table of gates does not show, then the one thing to do next.
    shown
        Shown openly: the end of a failed training's log.
    picture
        The one figure that a comment shows openly.
    footer
        Where the rules stand and what the numbers are.
    left_out, more
        What `fit` left out of it, and how many further reports.
    """

    name: str
    outcome: RunOutcome
    blocked: bool
    icon: Status
    headline: str
    status: tuple[Text, ...]
    columns: tuple[str, str, str]
    gates: tuple[GateRow, ...]
    lines: tuple[NoteLine, ...]
    advice: tuple[NoteLine, ...]
    shown: tuple[Content, ...]
    folds: tuple[Fold, ...]
    footer: tuple[Text, ...]
    picture: Figure | None = None
    left_out: tuple[str, ...] = ()
    more: int = 0

    def figures(self) -> tuple[Figure, ...]:
        """Return all figures, in the order of the report."""
        return tuple(
            part for fold in self.folds for part in fold.content if isinstance(part, Figure)
        )

    def pictures(self) -> tuple[Figure, ...]:
        """Return the figures that Markdown shows."""
        shown = (part for fold in self.folds for part in fold.shown if isinstance(part, Figure))
        return (*([self.picture] if self.picture else []), *shown)
