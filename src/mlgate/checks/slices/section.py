"""`slices:` parts of the test set that are judged by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from mlgate.config.check_section import CheckSection
from mlgate.config.problems import KeyProblem
from mlgate.errors import nearest
from mlgate.model.attributes import AttributeSpec
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config
    from mlgate.config.tree import Path

Text = Annotated[str, StringConstraints(min_length=1)]
_FORBIDDEN: Final = frozenset("[]=")


def _expression(value: object) -> object:
    """Refuse a list: it is meant as columns."""
    if isinstance(value, list | tuple):
        raise ValueError("expected an expression (columns go under slices.by)")  # noqa: TRY004
    return value


class SlicesSection(Frozen):
    """Named parts of the test set, as `name: DuckDB expression`; and columns whose levels are each one."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Text, BeforeValidator(_expression)]]

    by: tuple[Text, ...] = ()
    """Columns of the predictions: every level is a slice. A gate on `accuracy[region]` covers all of them, one on `accuracy[region=North]` a single one."""

    minimum: Annotated[int, Field(ge=1)] = 30
    """Levels of `by` with fewer rows are listed, but not gated; parts with fewer are not searched."""

    search: tuple[Text, ...] = ()
    """Columns of the predictions to search for parts that got worse than main: each level and each pair of levels with `minimum` rows, corrected for the search. The result informs and is not gated."""

    @property
    def named(self) -> dict[str, str]:
        """The expressions, by the slices' names."""
        return dict(self.__pydantic_extra__)


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    slices = config.section(SlicesSection)
    if slices is None:
        return
    for name in (*slices.named, *slices.by):
        if _FORBIDDEN & set(name):
            message = f"the name {name!r} contains one of [ ] ="
            yield KeyProblem(("slices", name), message, "gates write slices in brackets")
    for index, column in enumerate(slices.by):
        if column in slices.named:
            message = f"{column!r} is also the name of a slice"
            yield KeyProblem(("slices", "by", index), message, at_value=True)
    if config.task == "scores" and slices.search:
        message = "looks for a worse accuracy or MAE, which the task scores does not have"
        yield KeyProblem(("slices", "search"), message, "use slices.by", reads=(("task",),))


def level_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check that a gate names an existing slice, and a metric that can be measured by slice."""
    config, level = gate.config, gate.target.level
    if config is None or level is None:
        return
    slices = config.section(SlicesSection)
    names = (*slices.named, *slices.by) if slices is not None else ()
    column = level.partition("=")[0]
    if level not in names and not (slices and "=" in level and column in slices.by):
        close = nearest(level, names)
        listed = f"slices: {', '.join(names)}" if names else f"write slices: {{{column}: …}}"
        hint = f"did you mean {close}?" if close else listed
        yield KeyProblem(gate.path, f"there is no slice {level!r}", hint)
    elif config.predictions is not None and gate.target.name in config.metrics.custom:
        message = f"{gate.target.name} is a custom function, and these are not measured by slice"
        yield KeyProblem(gate.path, message)


def row_columns(config: Config) -> Iterator[AttributeSpec]:
    """Return what decides which rows are in a slice that gates may name."""
    slices = config.section(SlicesSection)
    if slices is None:
        return
    for name, text in slices.named.items():
        yield AttributeSpec(text, f"slices.{name}")
    for column in slices.by:
        yield AttributeSpec(column, "slices.by")


def listed_levels(config: Config) -> Mapping[Path, str]:
    """Return the columns whose every level is a slice."""
    slices = config.section(SlicesSection)
    columns = () if slices is None else slices.by
    return {("slices", "by", index): column for index, column in enumerate(columns)}


SECTION: Final = CheckSection(
    key="slices",
    model=SlicesSection,
    description="Parts of the test set that are judged by themselves.",
    problems=problems,
    prefixed=False,
    level_problems=level_problems,
    listed_levels=listed_levels,
    row_columns=row_columns,
)
