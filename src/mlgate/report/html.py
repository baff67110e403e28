"""A report as one self-contained HTML file: nothing is loaded, and no script is needed to read it."""

from __future__ import annotations

import base64
import functools
import hashlib
import struct
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.report import build, markdown, sparklines
from mlgate.report.document import Code, Figure, Link, Strong, Trend, sentence
from mlgate.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import jinja2

    from mlgate.report.document import Bar, Content, Fold, Report, Status
    from mlgate.report.plots import Plot

TEMPLATES: Final = Path(__file__).parent / "templates"
SYMBOL: Final[dict[Status, str]] = {"pass": "✓", "fail": "✗", "warn": "!", "none": "–"}
SCALE: Final = 2
"""Pixels of a plot to one pixel on the page."""
BAR: Final = 160


@dataclass(frozen=True, slots=True)
class _Section:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One report on the page; its ids, plot names and labels of regions are its own."""

    id: str
    prefix: str
    where: str
    report: Report
    folds: tuple[Fold, ...]
    sections: tuple[_Section, ...]


@dataclass(frozen=True, slots=True)
class _Embedded:
    light: str
    dark: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A bar's marks in pixels, and whether it lies on one side."""

    tone: str
    point: float | None
    low: float | None
    high: float | None
    limit: float | None
    zero: float | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring figures stand side by side."""

    kind: str
    parts: tuple[Content, ...]


def render(reports: Sequence[Report], plots: Mapping[str, Plot] | None = None) -> str:
    """Return one page.

    Parameters
    ----------
    reports
        In the order in which they are shown: see `build.combine`.
    plots
        By `build.plot_name`; a figure without its plot is left out, the table beside it stays.
    """
    several = len(reports) > 1
    style, script = (template_file(name) for name in ("report.css", "report.js"))
    title = markdown.summary(reports) if several else reports[0].name
    return page(
        f"{title}: model report",
        template_file("report.html"),
        title=title,
        parts=tuple(_parts(reports)),
        several=several,
        plots={name: _embed(plot) for name, plot in (plots or {}).items()},
        symbol=SYMBOL,
        draw_bar=_draw_bar,
        draw_shape=sparklines.draw,
        style=style,
        script=script,
        h1="h2" if several else "h1",
        h2="h3" if several else "h2",
        h3="h4" if several else "h3",
    )


def page(name: str, body: str, *, style: str, script: str, **values: Any) -> str:
    """Return a whole page; nothing but this style and this script may run in it.

    Parameters
    ----------
    name
        What the browser's window is called.
    body
        The template of what is in `<body>`.
    values
        What that template names; texts are escaped.
    """
    return _template(template_file("page.html")).render(
        name=name,
        body=markup(_template(body).render(**values)),
        style=markup(style),
        script=markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _parts(reports: Sequence[Report]) -> Iterator[_Part]:
    for index, report in enumerate(reports):
        anchor = f"report-{index + 1}"
        folds = tuple(fold for fold in report.folds if fold.content)
        sections = [_Section(f"{anchor}-verdict", "Verdict")]
        if report.gates:
            sections.append(_Section(f"{anchor}-gates", "Gates"))
        if report.shown:
            sections.append(_Section(f"{anchor}-output", "Training output"))
        sections += [_Section(f"{anchor}-{fold.key}", fold.title) for fold in folds]
        yield _Part(
            id=anchor,
            prefix=build.plot_name(index, len(reports), ""),
            where=f"{report.name}, {index + 1}: " if len(reports) > 1 else "",
            report=report,
            folds=folds,
            sections=tuple(sections),
        )


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    made = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
        optimized=False,
    )
    made.tests["code"] = lambda part: isinstance(part, Code)
    made.tests["strong"] = lambda part: isinstance(part, Strong)
    made.tests["link"] = lambda part: isinstance(part, Link)
    made.tests["kind"] = lambda part, name: type(part).__name__ == name
    made.filters["grouped"] = _grouped
    made.filters["parts"] = sentence
    return made


@functools.cache
def _template(text: str) -> jinja2.Template:
    return _environment().from_string(text)


def _visible(value: Any) -> Any:
    """Take out what cannot be seen from every text that is not markup of ours."""
    return escape.visible(value) if type(value) is str else value


def _grouped(content: Iterable[Content]) -> Iterator[_Group]:
    shown = (part for part in content if not isinstance(part, Trend))
    for figures, parts in groupby(shown, key=lambda part: isinstance(part, Figure)):
        yield _Group("figures" if figures else "rest", tuple(parts))


@functools.cache
def template_file(name: str) -> str:
    """Return a file of `templates/`."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def markup(text: str) -> Any:
    """Return text of our own that a template takes as it is."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  (our own style sheet and script)


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


def _embed(plot: Plot) -> _Embedded:
    # A PNG begins with 16 bytes of signature and chunk head, then width and height.
    width, height = struct.unpack(">II", plot.light[16:24])
    light, dark = (_data(image) for image in (plot.light, plot.dark))
    return _Embedded(light, dark, width // SCALE, height // SCALE)


def _data(image: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


def _draw_bar(bar: Bar) -> _Drawn | None:
    """Return a bar's marks in pixels; None where it has no numbers."""
    extent = bar.extent()
    if extent is None:
        return None
    left, right = extent

    def place(x: float | None) -> float | None:
        return None if x is None else round((x - left) / (right - left) * BAR, 1)

    whole = bar.low is not None and bar.high is not None
    return _Drawn(
        tone=_tone(bar),
        point=place(bar.point),
        low=place(bar.low) if whole else None,
        high=place(bar.high) if whole else None,
        limit=place(bar.limit),
        zero=place(bar.zero),
    )


def _tone(bar: Bar) -> str:
    """Return on which side of "no change" (else of the rule's edge) the interval lies."""
    edge = bar.zero if bar.zero is not None else bar.limit
    if edge is None:
        return "open"
    if bar.high is not None and bar.high < edge:
        return "worse"
    if bar.low is not None and bar.low > edge:
        return "better"
    return "open"
