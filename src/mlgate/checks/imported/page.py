"""The report's part on results of other tools: what they decided, and what they measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.imported.evidence import ImportedEvidence
from mlgate.model.imported import BROKEN
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.imported import Imported, ImportedTest
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 55
ROWS: Final = 10
"""Rows of each table in Markdown, beside the tests that failed."""
_WORDS: Final = {
    "fail": "failed",
    "error": "broke",
    "warn": "warns",
    "skipped": "did not run",
    "pass": "passed",
}


def folds(evidence: ImportedEvidence, _: PageContext) -> Iterator[Fold]:
    """Return one fold a file; none where the check could not measure."""
    for name, imported in evidence.files.items():
        tests: tuple[Content, ...] = (_tests(imported),) if imported.tests else ()
        measured: tuple[Content, ...] = (_numbers(name, imported),) if imported.numbers else ()
        words = Paragraph((_words(imported, masked=evidence.masked),))
        yield Fold(
            f"imported-{name}",
            f"{imported.tool}: {name}",
            _title(imported),
            (*tests, *measured, words),
            WEIGHT,
            "columns",
            (*(tests or measured), words),
        )


def _title(imported: Imported) -> str:
    if not imported.tests:
        return f"{numbers.plural(len(imported.numbers), 'number')}, no tests"
    broken, warned = imported.counted(*BROKEN), imported.counted("warn")
    total = numbers.plural(imported.ran, "test")
    parts = [f"{broken} of {total} failed" if broken else f"none of {total} failed"]
    if warned:
        parts.append(f"{warned} {'warns' if warned == 1 else 'warn'}")
    if imported.ran < len(imported.tests):
        parts.append(f"{len(imported.tests) - imported.ran} did not run")
    return ", ".join(parts)


def _tests(imported: Imported) -> Table:
    order = list(_WORDS)
    ranked = sorted(imported.tests, key=lambda test: order.index(test.status))
    worth = sum(test.status != "pass" for test in imported.tests)
    return Table(
        f"{imported.tool}'s own tests",
        (Column("test"), Column("outcome"), Column("in its words")),
        tuple(map(_test, ranked)),
        brief=worth,
    )


def _test(test: ImportedTest) -> tuple[Cell, ...]:
    return Cell(test.name), Cell(_WORDS[test.status]), Cell(test.detail or numbers.NONE)


def _numbers(name: str, imported: Imported) -> Table:
    return Table(
        "What it measured",
        (Column("name in gates"), Column("value", right=True)),
        tuple(
            (Cell(f"imported.{name}.{key}", code=True), _value(value))
            for key, value in imported.numbers.items()
        ),
        brief=ROWS,
    )


def _value(value: float | None) -> Cell:
    return Cell(numbers.NONE if value is None else f"{value:.4g}", sort=value)


def _words(imported: Imported, *, masked: bool) -> str:
    version = f" {imported.version}" if imported.version else ""
    made = f", made {imported.created[:16]}" if imported.created else ""
    hidden = " The tests' own descriptions are masked (data.mask)." if masked else ""
    return (
        f"Imported from {imported.path} ({imported.tool}{version}{made}), by its own tests and thresholds; "
        "nothing was measured again. A number without the rows behind it has no interval: a rule "
        f"on one can be broken, and is otherwise untested.{hidden}"
    )


PAGE: Final = CheckPage(
    ImportedEvidence,
    folds=folds,
    next_step=("look at the tests that failed, in the other tool's own report",),
)
