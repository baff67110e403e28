"""`slices:` parts of the test set that are judged by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import ConfigDict, Field, StringConstraints

from mlgate.config.problems import KeyProblem
from mlgate.errors import nearest
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.schema import Config

Text = Annotated[str, StringConstraints(min_length=1)]
_FORBIDDEN: Final = frozenset("[]=")


class SlicesSection(Frozen):
    """Named parts of the test set, `name: DuckDB expression`; and columns whose every level is one."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Text]

    by: tuple[Text, ...] = ()
    """Columns of the predictions: every level is a slice. `accuracy[region]` gates all of them, `accuracy[region=North]` one."""

    minimum: Annotated[int, Field(ge=1)] = 30
    """Levels of `by` with fewer rows are listed, and gates leave them out; parts with fewer are not searched."""

    search: tuple[Text, ...] = ()
    """Columns of the predictions over which parts that got worse than main are looked for: each level and each pair of levels with `minimum` rows, corrected for the search. It informs, and gates nothing."""

    @property
    def named(self) -> dict[str, str]:
        """The expressions, by the slices' names."""
        return dict(self.__pydantic_extra__)


def findings(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest."""
    slices = config.slices
    if slices is None:
        return
    if config.predictions is None:
        yield KeyProblem(("slices",), "needs predictions, and none are given")
    for name in (*slices.named, *slices.by):
        if _FORBIDDEN & set(name):
            message = f"the name {name!r} holds one of [ ] ="
            yield KeyProblem(("slices", name), message, "gates write slices in brackets")
    for index, column in enumerate(slices.by):
        if column in slices.named:
            message = f"{column!r} is a slice's name as well"
            yield KeyProblem(("slices", "by", index), message, at_value=True)


def gate_findings(
    path: tuple[str | int, ...], name: str, level: str, config: Config | None
) -> Iterator[KeyProblem]:
    """Check that a gate names a slice that there is, of a metric that can be sliced."""
    if config is None:
        return
    slices = config.slices
    known = (*slices.named, *slices.by) if slices is not None else ()
    column = level.partition("=")[0]
    if level not in known and not (slices and "=" in level and column in slices.by):
        close = nearest(level, known)
        there = f"slices: {', '.join(known)}" if known else f"write slices: {{{column}: …}}"
        yield KeyProblem(
            path, f"there is no slice {level!r}", f"did you mean {close}?" if close else there
        )
    elif config.predictions is not None and name in config.metrics.custom:
        yield KeyProblem(path, f"{name} is a function of your own, which is not measured by slice")
