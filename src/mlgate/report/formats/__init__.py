"""Reports for programs: one file each, found by its name; nothing is registered.

A module here ends with `FORMAT`: the name of its file, and how it is rendered from what run
directories hold, of one model or of several.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from mlgate.files import write_atomic
from mlgate.report import load
from mlgate.run_dir import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mlgate.report.load import LoadedRun
    from mlgate.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A file's name, and its text for some runs."""

    file: str
    render: Callable[[Sequence[LoadedRun]], str]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> ReportFormat:
    """Import a format; `name` must be among `names()`."""
    return cast("ReportFormat", importlib.import_module(f"{__name__}.{name}").FORMAT)


def write(target: RunDir, sources: Sequence[RunDir], formats: Sequence[str]) -> tuple[Path, ...]:
    """Write reports in some formats into `target`; parameters and errors as of `folder.write`."""
    loaded = [load.load(source) for source in sources or (target,)]
    rendered = {form.file: form.render(loaded) for form in map(find, dict.fromkeys(formats))}
    for name, text in rendered.items():
        write_atomic(target.path / FORMATS / name, text)
    return tuple(target.path / FORMATS / name for name in rendered)
