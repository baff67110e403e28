"""Which plots a comment shows, and from where.

Mermaid and text bars work everywhere. PNGs come from a branch of the repository, so only those
who may see it see them: on a public one that is everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mlgate.report import build
from mlgate.report.markdown import ImageUrls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.run import Plots
    from mlgate.report.document import Report
    from mlgate.run_dir import RunDir

Pngs = Literal["must", "may", "no"]
"""`must`: asked for, so that it is told when they cannot be shown; `may`: where it can be done."""
_STRICTEST: Final[tuple[Plots, ...]] = ("none", "mermaid", "auto", "branch")
_THEMES: Final = ("light", "dark")
LARGEST: Final = 1_000_000
"""Bytes of one picture."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a comment may show plots."""

    pngs: Pngs
    mermaid: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """How one text shows plots: pictures by name, and whether Mermaid stands in for others."""

    images: Mapping[str, ImageUrls] = field(default_factory=dict)
    mermaid: bool = True


def policy(asked: Sequence[Plots], *, private: bool | None) -> Policy:
    """Give how plots may be shown; of several models' wishes the strictest counts."""
    strictest = min(asked, key=_STRICTEST.index)
    if strictest == "branch":
        return Policy("must", mermaid=True)
    pngs: Pngs = "may" if strictest == "auto" and private is False else "no"
    return Policy(pngs, mermaid=strictest != "none")


def asks_for_visibility(asked: Sequence[Plots]) -> bool:
    """Whether it matters if the repository is private."""
    return min(asked, key=_STRICTEST.index) == "auto"


def files(run_dir: RunDir, reports: Sequence[Report]) -> dict[str, bytes]:
    """Give the plots of a report that `mlgate report` drew, by `<name>-<theme>.png`."""
    names = [
        f"{build.plot_name(index, len(reports), figure.name)}-{theme}.png"
        for index, report in enumerate(reports)
        for figure in report.figures()
        for theme in _THEMES
    ]
    paths = {name: run_dir.plots / name for name in names}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and path.stat().st_size <= LARGEST
    }


def addresses(urls: Mapping[str, str]) -> dict[str, ImageUrls]:
    """Give the addresses of the plots that can be seen in both themes, by name."""
    names = [file.removesuffix("-light.png") for file in urls if file.endswith("-light.png")]
    return {
        name: ImageUrls(urls[f"{name}-light.png"], urls[f"{name}-dark.png"])
        for name in names
        if f"{name}-dark.png" in urls
    }


def of_one(shown: Shown, index: int, count: int) -> Shown:
    """Give one report's plots out of those of several, under its own names."""
    prefix = build.plot_name(index, count, "")
    own = {
        name.removeprefix(prefix): found
        for name, found in shown.images.items()
        if name.startswith(prefix)
    }
    return Shown(own, shown.mermaid)
