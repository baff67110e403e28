"""`data:` the table that the model is about to see, and what must hold for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.config.scalars import Duration, Label
from mlgate.config.tables import DataTables, TableSetting
from mlgate.model.base import Frozen
from mlgate.model.table import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config

Text = Annotated[str, StringConstraints(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Function = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.-]*$")]

OF_COLUMN: Final = (
    "type", "min", "max", "values", "pattern", "nulls", "unique", "increasing", "within",
)  # fmt: skip
OF_TABLE: Final = (
    "rows", "expression", "duplicates", "leakage", "conflicts", "pandera", "great_expectations",
)  # fmt: skip


class BoundsSection(Frozen):
    """A least and a greatest number."""

    min: Annotated[int, Field(ge=0)] | None = None
    """At least this many."""
    max: Annotated[int, Field(ge=0)] | None = None
    """At most this many."""


class RuleSection(Frozen):
    """One rule: what must hold for a column, or for the table."""

    name: Name | None = None
    """What gates call it (`data.NAME`). Default: the column and the rule's key, such as `age.min`."""
    column: Text | None = None
    """The column that the rule applies to."""
    type: Stored | None = None
    """The type that the column must have."""
    min: float | None = None
    """No value below this. For dates: seconds since 1970."""
    max: float | None = None
    """No value above this."""
    values: Annotated[tuple[Label, ...], Field(min_length=1)] | None = None
    """No value but these."""
    pattern: Text | None = None
    """Every value matches this regular expression as a whole."""
    nulls: Share | None = None
    """At most this share of missing values."""
    unique: bool = False
    """No value occurs twice."""
    increasing: bool = False
    """The value never decreases from row to row, as with times."""
    within: Duration | None = None
    """The newest date is at most this old when the run begins, and no date is more than a day ahead of it: such rows break the rule, and do not count as the newest."""
    expression: Text | None = None
    """A DuckDB expression over the columns that is true for every row, such as `start <= stop`."""
    rows: BoundsSection | None = None
    """How many rows there are."""
    duplicates: Share | None = None
    """At most this share of rows that equal an earlier row."""
    leakage: Share | None = None
    """At most this share of rows that are in `data.reference` too: the model has seen them."""
    conflicts: Share | None = None
    """At most this share of rows with a label that contradicts an equal row's."""
    pandera: Function | None = None
    """A Pandera schema, `module:Schema`, run in your Python (`metrics.python`)."""
    great_expectations: Text | None = None
    """The file of a Great Expectations suite (JSON), run in your Python (`metrics.python`)."""
    share: Share = 0.0
    """Share of rows that may break the rule."""


class DataSection(Frozen):
    """The data that the model is about to see, and what must hold for them."""

    path: Text
    """CSV, Parquet, JSON lines or Arrow: a file, a glob, an `s3://…` or `postgres://…` address. An absolute path may leave the repository. `${env:NAME}` is replaced."""
    schema_: Text | None = Field(None, alias="schema")
    """A file that lists the columns and their types; `mlgate profile DATA --schema FILE` writes it. Default: the columns of the reference."""
    reference: Text | None = None
    """The data that the model was trained on, to compare with. Default: `drift.reference`."""
    ignore: tuple[Text, ...] = ()
    """Columns that are ignored when rows are compared, such as ids."""
    mask: bool = False
    """Whether examples of values are left out of reports. Without this key they are where `path` or `reference` is outside of the repository."""
    rules: tuple[RuleSection, ...] = ()
    """What must hold."""


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the rules, and the section against the rest of the file."""
    data = config.section(DataSection)
    if data is None:
        return
    named: dict[str, int] = {}
    for index, rule in enumerate(data.rules):
        path = ("data", "rules", index)
        yield from _rule(path, rule, config)
        if rule.name is not None and named.setdefault(rule.name, index) != index:
            yield KeyProblem((*path, "name"), f"{rule.name!r} is the name of another rule too")


def _rule(path: tuple[str | int, ...], rule: RuleSection, config: Config) -> Iterator[KeyProblem]:
    given = rule.model_fields_set
    of_column = [key for key in OF_COLUMN if key in given]
    of_table = [key for key in OF_TABLE if key in given]
    if not of_column and not of_table:
        yield KeyProblem(
            path, "has no condition", f"add one of {', '.join((*OF_COLUMN, *OF_TABLE))}"
        )
    if of_column and rule.column is None:
        message = f"{of_column[0]} needs a column"
        yield KeyProblem((*path, of_column[0]), message, "add column: NAME")
    if of_table and (of_column or rule.column is not None or len(of_table) > 1):
        message = f"{of_table[0]} cannot be combined with other conditions"
        yield KeyProblem((*path, of_table[0]), message, "write two rules")
    if rule.min is not None and rule.max is not None and rule.min > rule.max:
        message = f"no value is at least {rule.min:g} and at most {rule.max:g}"
        yield KeyProblem((*path, "max"), message, at_value=True)
    if rule.pattern is not None:
        try:
            re.compile(rule.pattern)
        except re.error as error:
            message = f"is not a valid regular expression: {error}"
            yield KeyProblem((*path, "pattern"), message, at_value=True)
    yield from _needs(path, rule, config)


def _needs(path: tuple[str | int, ...], rule: RuleSection, config: Config) -> Iterator[KeyProblem]:
    if rule.leakage is not None and config.tables().reference is None:
        message = "needs the data that the model was trained on"
        yield KeyProblem((*path, "leakage"), message, "give data.reference")
    labelled = config.predictions is not None and config.predictions.label is not None
    if rule.conflicts is not None and not labelled:
        yield KeyProblem((*path, "conflicts"), "needs a label", "give predictions.label")


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on data."""
    yield from _gate_name(gate)
    yield from gate.only("max_share" if gate.target.name == "data" else "max")


def _gate_name(gate: GateEntry) -> Iterator[KeyProblem]:
    data = None if gate.config is None else gate.config.section(DataSection)
    if data is None:
        return
    names = {"data", "schema", *named(data)}
    if gate.name not in names:
        listed = ", ".join(name if name == "data" else f"data.{name}" for name in sorted(names))
        yield KeyProblem(
            gate.path, f"there is no rule data.{gate.name}", f"gates on data: {listed}"
        )


def is_judged(config: Config) -> bool:
    """Whether the table itself is judged: a path alone is only there for other checks to read."""
    gated = any(name.partition(".")[0] == "data" for name in config.gates)
    return gated and config.section(DataSection) is not None


def named(data: DataSection) -> dict[str, tuple[RuleSection, str]]:
    """Return each rule's conditions, as (rule, key), by the names that gates use.

    The rule's own name, else `column.key`, else the key; a repeated name gets a number.
    """
    conditions: dict[str, tuple[RuleSection, str]] = {}
    for rule in data.rules:
        keys = [key for key in (*OF_COLUMN, *OF_TABLE) if key in rule.model_fields_set]
        for key in keys:
            name = _name(rule, key, several=len(keys) > 1)
            count = sum(other == name or other.startswith(f"{name}-") for other in conditions)
            conditions[f"{name}-{count + 1}" if count else name] = (rule, key)
    return conditions


def _name(rule: RuleSection, key: str, *, several: bool) -> str:
    if rule.name is not None:
        return f"{rule.name}.{key}" if several else rule.name
    return key if rule.column is None else f"{rule.column}.{key}"


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the table, and what it is compared with."""
    data = config.section(DataSection)
    if data is None:
        return
    yield NamedPath(data.path, data=True)
    for path in filter(None, (data.reference, data.schema_)):
        yield NamedPath(path, written=False)


def runs_code(config: Config) -> bool:
    """Whether a rule is a suite of the user's."""
    data = config.section(DataSection)
    return data is not None and any(
        rule.pandera is not None or rule.great_expectations is not None for rule in data.rules
    )


def tables(config: Config) -> DataTables:
    """Return the tables that the section names."""
    data = config.section(DataSection)
    if data is None:
        return DataTables()
    reference = data.reference
    return DataTables(
        current=TableSetting(data.path, "data.path"),
        reference=None if reference is None else TableSetting(reference, "data.reference"),
        schema=data.schema_,
        masked=data.mask,
    )


SECTION: Final = CheckSection(
    key="data",
    model=DataSection,
    description="The table that the model is about to see.",
    example="data: {path: data/new.parquet}",
    required={("path",): ("the table that the model is about to see", "?")},
    references=("path", "reference"),
    needs_no_predictions="data",
    is_judged=is_judged,
    problems=problems,
    gate_problems=gate_problems,
    paths=paths,
    runs_code=runs_code,
    tables=tables,
)
