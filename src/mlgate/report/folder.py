"""From run directories to the files of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.files import write_atomic
from mlgate.report import build, html, load, markdown, plots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlgate.report.check_page import Pages
    from mlgate.report.document import Figure, Report
    from mlgate.run_dir import RunDir

PLOTS = "plots"


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
    loaded = [load.load(run_dir) for run_dir in sources or (target,)]
    reports = build.combine(
        build.build(source.run, source.verdict, source.evidence, pages) for source in loaded
    )
    drawing = all(source.run.plots != "none" for source in loaded)
    painted = [plots.paint(figure) for figure in figures(reports)] if drawing else []
    page = html.render(reports, {plot.name: plot for plot in painted})
    text = markdown.render(reports, mermaid=drawing)
    files = [plots.write(plot, target.path / PLOTS) for plot in painted]
    written = tuple(path for file in files for path in (file.light, file.dark))
    _remove_others(target.path / PLOTS, written)
    write_atomic(target.path / "report.html", page)
    write_atomic(target.path / "report.md", text)
    return (target.path / "report.md", target.path / "report.html", *written)


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
