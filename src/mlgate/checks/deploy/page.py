"""The report's part on a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.deploy.evidence import DeployEvidence
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.deploy.evidence import LoadedVersion
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 20
LEVELS: Final = ("p50", "p95", "p99")


def folds(evidence: DeployEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the folds: what stopped the start, known inputs, load."""
    if evidence.problems:
        paragraphs = tuple(Paragraph((f"{problem}.",)) for problem in evidence.problems)
        title = numbers.plural(len(evidence.problems), "problem")
        yield Fold("preflight", "Preflight", title, paragraphs, WEIGHT)
    if evidence.differing:
        columns = tuple(map(Column, ("row", "output", "the tested model", "this endpoint")))
        rows = tuple(
            tuple(map(Cell, (each.row, each.output, each.tested, each.answered)))
            for each in evidence.differing
        )
        title = f"the first answers that differ, of {evidence.rows:,}"
        table = Table("Known inputs", columns, rows)
        yield Fold("known-inputs", "Known inputs", title, (table,), WEIGHT)
    if evidence.versions:
        title = f"{evidence.rate:g} requests a second, whether or not the last is answered"
        yield Fold("load", "Load", title, tuple(_load(evidence)), WEIGHT)


def _load(evidence: DeployEvidence) -> Iterator[Content]:
    columns = (
        Column("version"),
        Column("requests", right=True),
        Column("failures", right=True),
        *(Column(f"{level} in ms", right=True) for level in LEVELS),
    )
    rows = tuple(_row(name, version) for name, version in evidence.versions.items())
    yield Table("Load", columns, rows)
    for name, version in evidence.versions.items():
        for reason, count in version.failures.items():
            yield Paragraph((f"{name}, {numbers.plural(count, 'request')}: {reason}.",))


def _row(name: str, version: LoadedVersion) -> tuple[Cell, ...]:
    latency = (f"{version.latency[level]:.3g}" for level in LEVELS)
    return tuple(map(Cell, (name, f"{version.requests:,}", f"{version.failed:,}", *latency)))


PAGE: Final = CheckPage(
    DeployEvidence,
    folds=folds,
    next_step=("nothing has traffic that had none before; fix what failed, and deploy again",),
    undecided="a longer deploy.load.duration decides",
    waivable=False,
)
