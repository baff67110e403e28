"""What is published: runs, built into reports, the worst first; and which plots a comment shows.

Mermaid and text bars work everywhere. PNGs come from a branch of the repository, so only those
who may see it see them: on a public one that is everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mlgate import checks
from mlgate.report import build
from mlgate.report.load import load
from mlgate.report.markdown import ImageUrls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.model.run import Plots
    from mlgate.report.document import Report
    from mlgate.report.folder import Drawn
    from mlgate.report.load import LoadedRun
    from mlgate.run_dir import RunDir

Pngs = Literal["must", "may", "no"]
"""`must`: set, so that it is reported when they cannot be shown; `may`: where it can be done."""
_STRICTEST: Final[tuple[Plots, ...]] = ("none", "mermaid", "auto", "branch")
_THEMES: Final = ("light", "dark")
LARGEST: Final = 1_000_000
"""Bytes of one picture."""


@dataclass(frozen=True, slots=True)
class Content:
    """Runs with their reports, in one order, and the plots that were drawn of them."""

    loaded: tuple[LoadedRun, ...]
    reports: tuple[Report, ...]
    plots: Mapping[str, bytes] = field(default_factory=dict)


def read(target: RunDir, sources: Sequence[RunDir] = ()) -> Content:
    """Read one run directory, or several whose report and plots lie in `target`.

    Raises
    ------
    DataError
        When a file is missing, damaged or of another version.
    """
    pages = checks.pages()
    runs = [load(source) for source in sources or (target,)]
    pairs = [(run, build.build(run.run, run.verdict, run.evidence, pages)) for run in runs]
    pairs.sort(key=lambda pair: build.rank(pair[1]))
    reports = tuple(report for _, report in pairs)
    return Content(tuple(run for run, _ in pairs), reports, _read_plots(target, reports))


def of_drawn(run: LoadedRun, drawn: Drawn) -> Content:
    """Return the content of one run whose report was drawn just now."""
    files = {
        f"{plot.name}-{theme}.png": picture
        for plot in drawn.plots
        for theme, picture in zip(_THEMES, (plot.light, plot.dark), strict=True)
    }
    shown = {name: files[name] for name in _plot_names(drawn.reports) if name in files}
    plots = {name: picture for name, picture in shown.items() if len(picture) <= LARGEST}
    return Content((run,), drawn.reports, plots)


def _read_plots(run_dir: RunDir, reports: Sequence[Report]) -> dict[str, bytes]:
    """Read the plots that comments show, as `mlgate report` drew them: `<name>-<theme>.png`."""
    paths = {name: run_dir.plots / name for name in _plot_names(reports)}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and path.stat().st_size <= LARGEST
    }


def _plot_names(reports: Sequence[Report]) -> Iterable[str]:
    for index, report in enumerate(reports):
        for figure in report.pictures():
            name = build.plot_name(index, len(reports), figure.name)
            yield from (f"{name}-{theme}.png" for theme in _THEMES)


@dataclass(frozen=True, slots=True)
class PlotPolicy:
    """How a comment may show plots."""

    pngs: Pngs
    mermaid: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """How one text shows plots: pictures by name, and whether Mermaid replaces the others."""

    images: Mapping[str, ImageUrls] = field(default_factory=dict)
    mermaid: bool = True


def plot_policy(settings: Sequence[Plots], *, private: bool | None) -> PlotPolicy:
    """Return how plots may be shown; of several models' settings the strictest counts."""
    strictest = min(settings, key=_STRICTEST.index)
    if strictest == "branch":
        return PlotPolicy("must", mermaid=True)
    pngs: Pngs = "may" if strictest == "auto" and private is False else "no"
    return PlotPolicy(pngs, mermaid=strictest != "none")


def asks_for_visibility(settings: Sequence[Plots]) -> bool:
    """Whether it matters if the repository is private."""
    return min(settings, key=_STRICTEST.index) == "auto"


def addresses(urls: Mapping[str, str]) -> dict[str, ImageUrls]:
    """Return the addresses of the plots that can be seen in both themes, by name."""
    names = [file.removesuffix("-light.png") for file in urls if file.endswith("-light.png")]
    return {
        name: ImageUrls(urls[f"{name}-light.png"], urls[f"{name}-dark.png"])
        for name in names
        if f"{name}-dark.png" in urls
    }


def of_one(shown: Shown, index: int, count: int) -> Shown:
    """Return one report's plots out of those of several, under its own names."""
    prefix = build.plot_name(index, count, "")
    own = {
        name.removeprefix(prefix): urls
        for name, urls in shown.images.items()
        if name.startswith(prefix)
    }
    return Shown(own, shown.mermaid)
