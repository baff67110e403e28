"""What is told: run directories, read and built into reports, the worst first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlgate import checks
from mlgate.pipeline.publishing import pictures
from mlgate.report import build
from mlgate.report.load import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.report.document import Report
    from mlgate.report.load import LoadedRun
    from mlgate.run_dir import RunDir


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
    found = [load(one) for one in sources or (target,)]
    pairs = [(one, build.build(one.run, one.verdict, one.evidence, pages)) for one in found]
    pairs.sort(key=lambda pair: build.rank(pair[1]))
    reports = tuple(report for _, report in pairs)
    return Content(tuple(one for one, _ in pairs), reports, pictures.files(target, reports))
