"""From run directories to the files of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.files import write_atomic
from mlgate.report import build, html, load, markdown, plots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlgate.report.check_page import Pages
    from mlgate.report.document import Figure, Report
    from mlgate.run_dir import RunDir


def write(target: RunDir, sources: Sequence[RunDir] = (), *, pages: Pages) -> tuple[Path, ...]:
    """Write report.md, report.html and plots/ into `target`.

    Parameters
    ----------
    sources
        The run directories that are shown; by default `target` itself. Several become one
        report, the worst first.
    pages
        What each check adds to the report.

    Returns
    -------
    tuple of Path
        report.md, report.html, then the plots.

    Raises
    ------
    DataError
        When a run directory lacks a file or holds a damaged one; nothing is written then.
    """
    return save(target, draw([load.load(source) for source in sources or (target,)], pages))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A report, or several in one, the worst first: Markdown, page and plots."""

    reports: tuple[Report, ...]
    plots: tuple[plots.Plot, ...]
    markdown: str
    html: str


def draw(loaded: Sequence[load.LoadedRun], pages: Pages) -> Drawn:
    """Build the reports of runs and render them; nothing is written."""
    reports = build.combine(
        build.build(run.run, run.verdict, run.evidence, pages) for run in loaded
    )
    drawing = all(run.run.plots != "none" for run in loaded)
    painted = tuple(plots.paint(figure) for figure in figures(reports)) if drawing else ()
    page = html.render(reports, {plot.name: plot for plot in painted})
    return Drawn(reports, painted, markdown.render(reports, mermaid=drawing), page)


def save(target: RunDir, drawn: Drawn) -> tuple[Path, ...]:
    """Write a report's files; return their paths."""
    files = [plots.write(plot, target.plots) for plot in drawn.plots]
    written = tuple(path for file in files for path in (file.light, file.dark))
    _remove_others(target.plots, written)
    write_atomic(target.html, drawn.html)
    write_atomic(target.markdown, drawn.markdown)
    return (target.markdown, target.html, *written)


def figures(reports: Sequence[Report]) -> Iterator[Figure]:
    """Return the figures of all reports, under names that are unique among them."""
    from dataclasses import replace

    for index, report in enumerate(reports):
        for figure in report.figures():
            yield replace(figure, name=build.plot_name(index, len(reports), figure.name))


def _remove_others(folder: Path, written: tuple[Path, ...]) -> None:
    """Remove plots of an earlier report that this one does not have."""
    for file in folder.glob("*.png"):
        if file not in written:
            file.unlink()
