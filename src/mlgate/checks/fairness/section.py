"""`fairness:` which groups are compared, and how; checks of the gates on them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.checks.fairness.metrics import (
    ALIASES,
    FOUR_FIFTHS,
    FOUR_FIFTHS_LIMIT,
    GAPS,
    RATES,
    canonical,
)
from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.errors import nearest
from mlgate.model.attributes import AttributeSpec
from mlgate.model.base import Frozen
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.checks.fairness.metrics import GapMetric, Rate
    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config
    from mlgate.config.tree import Path
    from mlgate.model.policy import Gate, Target

Text = Annotated[str, StringConstraints(min_length=1)]
Columns = Text | Annotated[tuple[Text, ...], Field(min_length=1)]
MOST: Final = 8
"""The greatest number of sensitive columns; eight have 28 pairs."""

_F: Final = "fairness"
_SIGNS: Final = "[]*|=:"
"""Characters with a meaning in the names of gates."""


class AttributeSection(Frozen):
    """A column whose values form groups."""

    column: Text | None = None
    """Column, or DuckDB expression over columns, such as `left(zip, 2)`. Default: the name."""
    bins: Annotated[int, Field(ge=2, le=20)] | None = None
    """Cut numbers at their quantiles into this many groups."""
    edges: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """Cut numbers at these values; each group holds its lower edge."""
    path: Text | None = None
    """Another file that holds the column; its rows are found by id."""
    id: Columns | None = None
    """The columns of that file that hold the predictions' ids. Default: those of the same names."""

    def spec(self, name: str) -> AttributeSpec:
        """Return it as `Inputs` reads it."""
        return AttributeSpec(
            column=self.column or name,
            key=f"fairness.{name}",
            bins=self.bins,
            edges=self.edges,
            path=self.path,
            id=(self.id,) if isinstance(self.id, str) else tuple(self.id or ()),
        )


class FairnessSection(Frozen):
    """Rates by group, and the gaps between groups."""

    sensitive: (
        Annotated[tuple[Text, ...], Field(min_length=1)]
        | Annotated[dict[Text, AttributeSection], Field(min_length=1)]
    )
    """Columns whose groups are compared: a list, or {name: how to read it}."""
    intersections: bool | tuple[Text, ...] = True
    """Whether groups of several columns together are listed: every pair and all at once, or those named, such as `sex*race`."""
    control: tuple[Text, ...] | dict[Text, AttributeSection] = ()
    """Columns within whose levels the gaps are measured as well: `sex|region` is the gap of sex within each region."""
    search: tuple[Text, ...] | dict[Text, AttributeSection] = ()
    """Columns to search for parts of the test set that got worse than main: each level and each pair of levels, corrected for the search."""
    reference_group: Text | dict[Text, Text] | None = None
    """Compare every group with this one, {column: group}. Default: every pair of groups."""
    minimum: Annotated[int, Field(ge=1)] = 30
    """Rows that a rate needs (a true positive rate: positives) for its group to be compared."""
    missing: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of rows without a value above which gates on the column stay undecided."""
    suppress_below: Annotated[int, Field(ge=2)] | None = None
    """Show nothing about groups with 1 to N − 1 rows of one label and prediction, for reports that strangers read."""

    def attributes(self) -> dict[str, AttributeSection]:
        """Return the columns that form groups by name, the sensitive ones first."""
        return {**named(self.sensitive), **named(self.control)}

    def searched(self) -> dict[str, AttributeSection]:
        """Return the columns to search; those that form groups are read as configured there."""
        return {
            **named(self.search),
            **{k: v for k, v in self.attributes().items() if k in self.search},
        }

    def reference_of(self, column: str) -> str | None:
        """Return the group that a sensitive column's other groups are compared with."""
        if isinstance(self.reference_group, dict):
            return self.reference_group.get(column)
        return self.reference_group

    def groupings(self) -> tuple[GroupColumns, ...]:
        """Return every measured division of the rows into groups, in the report's order."""
        columns = tuple(named(self.sensitive))
        several = [GroupColumns(columns=names) for names in self._intersections(columns)]
        within = [
            GroupColumns(columns=(column,), control=control)
            for control in named(self.control)
            for column in columns
        ]
        return (*(GroupColumns(columns=(column,)) for column in columns), *several, *within)

    def _intersections(self, columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        if isinstance(self.intersections, tuple):
            return tuple(tuple(split(names)) for names in self.intersections)
        if not self.intersections or len(columns) < 2:
            return ()
        pairs = tuple(itertools.combinations(columns, 2))
        return pairs if len(columns) == 2 else (*pairs, columns)


class GroupColumns(Frozen):
    """One division of the rows into groups."""

    columns: tuple[str, ...]
    control: str | None = None

    @property
    def name(self) -> str:
        """`sex`, `sex*race`, or `sex|region` within a control column."""
        joined = "*".join(self.columns)
        return joined if self.control is None else f"{joined}|{self.control}"


def named(columns: tuple[str, ...] | dict[str, AttributeSection]) -> dict[str, AttributeSection]:
    """Return columns by name, in whichever form they are written."""
    if isinstance(columns, dict):
        return columns
    return {column: AttributeSection() for column in columns}


def split(intersection: str) -> list[str]:
    """Return the columns of `sex*race`."""
    return [part.strip() for part in intersection.split("*")]


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    section = config.section(FairnessSection)
    if section is None:
        return
    for key in ("sensitive", "control", "search"):
        yield from _columns(key, section)
    yield from _intersections(section)
    yield from _reference(section)
    yield from _shown(config, section)


def _shown(config: Config, section: FairnessSection) -> Iterator[KeyProblem]:
    """Check that no other section lists the groups that are suppressed."""
    if section.suppress_below is None:
        return
    for other in config.checks.values():
        for path, column in other.listed_levels(config).items():
            if column in section.attributes():
                message = (
                    f"would show every group of {column!r}, which fairness.suppress_below hides"
                )
                yield KeyProblem(path, message, "remove one of the two", at_value=True)


def _columns(key: str, section: FairnessSection) -> Iterator[KeyProblem]:
    columns = getattr(section, key)
    names = list(columns)
    if key == "sensitive" and len(names) > MOST:
        message = f"at most {MOST} columns are compared, got {len(names)}"
        yield KeyProblem((_F, key), message, at_value=True)
    for index, name in enumerate(names):
        path: Path = (_F, key, name if isinstance(columns, dict) else index)
        signs = [sign for sign in _SIGNS if sign in name]
        if signs:
            hint = f"name it: {{{key}: {{name: {{column: '{name}'}}}}}}"
            yield KeyProblem(path, f"{signs[0]!r} is not allowed in a name", hint, at_value=True)
        if name in names[:index]:
            yield KeyProblem(path, f"{name!r} is named twice", at_value=True)
        if key == "control" and name in named(section.sensitive):
            yield KeyProblem(path, f"{name!r} is also a sensitive column", at_value=True)
    if isinstance(columns, dict):
        for name, attribute in columns.items():
            yield from _attribute((_F, key, name), attribute)


def _attribute(path: Path, attribute: AttributeSection) -> Iterator[KeyProblem]:
    if attribute.bins is not None and attribute.edges is not None:
        message = "cannot be combined with edges"
        yield KeyProblem((*path, "bins"), message, "remove one of the two")
    edges = attribute.edges or ()
    if any(high <= low for low, high in itertools.pairwise(edges)):
        yield KeyProblem(
            (*path, "edges"), "must be in ascending order, without repeats", at_value=True
        )
    if attribute.id is not None and attribute.path is None:
        message = "applies to another file, and path names none"
        yield KeyProblem((*path, "id"), message, "the predictions' own id is predictions.id")


def _intersections(section: FairnessSection) -> Iterator[KeyProblem]:
    if isinstance(section.intersections, bool):
        return
    columns = list(named(section.sensitive))
    for index, intersection in enumerate(section.intersections):
        path = (_F, "intersections", index)
        parts = split(intersection)
        if len(parts) < 2 or len(set(parts)) < len(parts):
            message = (
                f"expected several columns such as {'*'.join(columns[:2])}, got {intersection!r}"
            )
            yield KeyProblem(path, message, at_value=True)
        for part in parts:
            if part not in columns:
                yield KeyProblem(path, *_unknown("sensitive column", part, columns), at_value=True)


def _reference(section: FairnessSection) -> Iterator[KeyProblem]:
    columns = list(named(section.sensitive))
    reference = section.reference_group
    if isinstance(reference, str) and len(columns) > 1:
        hint = f"write {{{columns[0]}: {reference}}}"
        message = f"which of {', '.join(columns)} has this group?"
        yield KeyProblem((_F, "reference_group"), message, hint, at_value=True)
    for name in reference if isinstance(reference, dict) else ():
        if name not in columns:
            path = (_F, "reference_group", name)
            yield KeyProblem(path, *_unknown("sensitive column", name, columns))


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check a gate: its metric, its rules, and the groups in its brackets."""
    metric = GAPS.get(gate.name) or RATES.get(gate.name)
    if metric is None:
        close = nearest(gate.name, {*GAPS, *RATES, *ALIASES})
        names = ", ".join(name for name in GAPS if "_ratio" not in name)
        hint = f"did you mean fairness.{close}?" if close else f"known: {names}, …"
        yield KeyProblem(gate.path, f"there is no fairness metric {gate.name!r}", hint)
        return
    yield from _rules(gate.path, metric, gate.rules)
    if gate.config is None:
        return
    section = gate.config.section(FairnessSection)
    if section is None:
        return
    yield from _level(gate.path, metric, gate.target.level, section, ((_F,),))
    yield from _task(gate.path, metric, gate.config)


def gate_rules(target: Target, rules: Gate) -> Gate:
    """Return a gate's rules; the four-fifths rule has a limit by default."""
    if target.name == f"{_F}.{FOUR_FIFTHS}" and rules.min is None:
        return rules.model_copy(update={"min": FOUR_FIFTHS_LIMIT})
    return rules


def _rules(path: Path, metric: GapMetric | Rate, rules: Gate) -> Iterator[KeyProblem]:
    given = {kind for kind in type(rules).model_fields if getattr(rules, kind) is not None}
    kinds = given - {"on_fail", "on_inconclusive"}
    if not kinds and metric.name != FOUR_FIFTHS:
        yield KeyProblem(path, "has no rule", "give it min, max or max_regression", reads=(path,))
    if "max_share" in kinds:
        yield KeyProblem((*path, "max_share"), "is only for drift", "min, max or max_regression")
    wrong = {"lower": "min", "higher": "max"}.get(metric.direction or "")
    if metric.name in GAPS and wrong in kinds:
        right = "max" if wrong == "min" else "min"
        what = "small" if wrong == "min" else "near 1"
        message = f"{metric.title} should be {what}"
        yield KeyProblem((*path, wrong), message, f"write {right}")
    for kind in ("min", "max"):
        value = getattr(rules, kind)
        if value is not None and metric.unit == "share" and not 0 <= value <= 1:
            message = f"{metric.title} is between 0 and 1, got {value:g}"
            hint = f"write {value / 100:g} for {value:g} points" if 1 < value <= 100 else None
            yield KeyProblem((*path, kind), message, hint, at_value=True)
    relative = kinds & {"max_regression", "max_regression_anchor", "min_improvement"}
    if metric.direction is None:
        for kind in sorted(relative):
            message = f"neither a higher nor a lower {metric.title} is better"
            yield KeyProblem((*path, kind), message, "gate the difference between groups")


def _level(
    path: Path,
    metric: GapMetric | Rate,
    level: str | None,
    section: FairnessSection,
    reads: tuple[Path, ...],
) -> Iterator[KeyProblem]:
    groupings = [grouping.name for grouping in section.groupings()]
    example = f"fairness.{metric.name}[{groupings[0]}]"
    if level is None:
        name = example if metric.name in GAPS else f"{example[:-1]}=GROUP]"
        yield KeyProblem(path, "does not name a column", f"write {name}", reads=reads)
        return
    if metric.name in GAPS:
        grouping = level.partition(":")[0]
    else:
        grouping, equals, _ = level.partition("=")
        if not equals:
            hint = f"{example[:-1]}=GROUP]; gaps between groups are {one_of(_gaps_of(metric))}"
            yield KeyProblem(path, f"{metric.title} is a rate of one group", hint, reads=reads)
            return
    if grouping not in groupings:
        yield KeyProblem(path, *_unknown("grouping", grouping, groupings), reads=reads)


def _gaps_of(rate: GapMetric | Rate) -> list[str]:
    names = [gap.name for gap in GAPS.values() if gap.parts == (rate.name,)]
    return [f"fairness.{name}" for name in names] or ["fairness.demographic_parity_difference"]


def _task(path: Path, metric: GapMetric | Rate, config: Config) -> Iterator[KeyProblem]:
    predictions = config.predictions
    if config.task is not None and config.task not in metric.tasks:
        defined = ", ".join(gap.name for gap in GAPS.values() if config.task in gap.tasks)
        message = f"{metric.title} is not defined for the task {config.task}"
        yield KeyProblem(path, message, f"available: {defined}", reads=(("task",),))
    elif metric.needs_score and predictions is not None and predictions.score is None:
        message = f"{metric.title} needs scores, but predictions.score is not set"
        yield KeyProblem(path, message, "name the column with the probability")


def _unknown(what: str, name: str, valid: Iterable[str]) -> tuple[str, str]:
    names = list(valid)
    close = nearest(name, names)
    hint = f"did you mean {close}?" if close else f"available: {', '.join(names)}"
    return f"there is no {what} {name!r}", hint


def row_columns(config: Config) -> Iterator[AttributeSpec]:
    """Return the columns that form groups."""
    section = config.section(FairnessSection)
    for name, attribute in () if section is None else section.attributes().items():
        yield attribute.spec(name)


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the files that hold columns of the rows' groups."""
    section = config.section(FairnessSection)
    if section is None:
        return
    for columns in (section.sensitive, section.control, section.search):
        for attribute in columns.values() if isinstance(columns, dict) else ():
            if attribute.path is not None:
                yield NamedPath(attribute.path, written=False)


SECTION: Final = CheckSection(
    key="fairness",
    model=FairnessSection,
    description="Rates by group, and the gaps between groups.",
    example="fairness: {sensitive: [sex]}",
    required={("sensitive",): ("the columns whose groups are compared", ["?"])},
    needs_labels=True,
    problems=problems,
    gate_problems=gate_problems,
    has_levels=True,
    canonical=canonical,
    gate_rules=gate_rules,
    paths=paths,
    row_columns=row_columns,
)
