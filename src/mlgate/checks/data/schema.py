"""The columns that there should be, and what they should hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.checks.data.evidence import DataFinding
from mlgate.model.data_rules import DataRuleResult
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.data.evidence import ColumnFacts
    from mlgate.model.table import Stored

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """How the columns differ from those that there should be: as a rule, and one by one."""

    result: DataRuleResult
    findings: tuple[DataFinding, ...]


def of(columns: Mapping[str, ColumnFacts]) -> dict[str, Stored]:
    """Return the schema of a table: what each column holds."""
    return {name: facts.holds for name, facts in columns.items()}


def compare(expected: Mapping[str, Stored], columns: Mapping[str, ColumnFacts]) -> SchemaChange:
    """Compare; an extra column is reported but breaks nothing, since models ignore it."""
    findings = tuple(_differences(expected, columns))
    broken = [change for change in findings if change.kind != "extra"]
    names = [f"{change.column} {change.kind}" for change in broken]
    result = DataRuleResult(
        text="the columns are as expected",
        broken=len(broken),
        of=len(expected),
        problem=first_of(names, _SHOWN) if names else None,
    )
    return SchemaChange(result, findings)


def _differences(
    expected: Mapping[str, Stored], columns: Mapping[str, ColumnFacts]
) -> Iterator[DataFinding]:
    for name, holds in expected.items():
        if name not in columns:
            yield DataFinding(kind="missing", column=name, detail=f"should hold {holds}")
        elif not _fits(holds, columns[name].holds):
            detail = f"holds {columns[name].holds}, should hold {holds}"
            yield DataFinding(kind="retyped", column=name, detail=detail)
    for name in columns:
        if expected and name not in expected:
            yield DataFinding(kind="extra", column=name, detail=f"holds {columns[name].holds}")


def _fits(expected: Stored, stored: Stored) -> bool:
    """Whole numbers are numbers, and a column without any value may hold anything."""
    return (
        stored in (expected, "null")
        or expected == "null"
        or (expected, stored) == ("float", "integer")
    )
