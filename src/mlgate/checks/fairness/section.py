"""`fairness:` which groups are compared, and what is asked of them."""

from __future__ import annotations

import itertools
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.model.base import Frozen

Text = Annotated[str, StringConstraints(min_length=1)]
Columns = Text | Annotated[tuple[Text, ...], Field(min_length=1)]
MOST: Final = 8
"""The most sensitive columns; their intersections are 36."""


class Attribute(Frozen):
    """A column that makes groups."""

    column: Text | None = None
    """Column, or DuckDB expression over columns, such as `left(zip, 2)`. Default: the name."""
    bins: Annotated[int, Field(ge=2, le=20)] | None = None
    """Cut numbers at their quantiles into so many groups."""
    edges: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """Cut numbers at these values; each group holds its lower edge."""
    path: Text | None = None
    """Another file that holds the column; its rows are found by id."""
    id: Columns | None = None
    """The columns of that file that hold the predictions' ids. Default: of the same names."""


class FairnessSection(Frozen):
    """Rates by group, and the gaps between groups."""

    sensitive: (
        Annotated[tuple[Text, ...], Field(min_length=1)]
        | Annotated[dict[Text, Attribute], Field(min_length=1)]
    )
    """Columns whose groups are compared: a list, or {name: how to read it}."""
    intersections: bool | tuple[Text, ...] = True
    """Whether groups of several columns together are listed: every pair and all at once, or those named, such as `sex*race`."""
    control: tuple[Text, ...] | dict[Text, Attribute] = ()
    """Columns within whose levels the gaps are measured again: `sex|region` is the gap of sex within each region."""
    search: tuple[Text, ...] | dict[Text, Attribute] = ()
    """Columns over which the parts of the test set that got worse than main are looked for: each level and each pair of levels, corrected for the search."""
    reference_group: Text | dict[Text, Text] | None = None
    """Compare every group with this one, {column: group}. Default: every pair of groups."""
    minimum: Annotated[int, Field(ge=1)] = 30
    """Rows that a rate must rest on (a true positive rate: positives) for its group to be compared."""
    missing: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of rows without a value beyond which gates on the column are undecided."""
    suppress_below: Annotated[int, Field(ge=2)] | None = None
    """Tell nothing of groups with 1 to N − 1 rows of one label and prediction, for reports that strangers read."""

    def attributes(self) -> dict[str, Attribute]:
        """Give the columns of groups by name, the sensitive ones first."""
        return {**named(self.sensitive), **named(self.control)}

    def searched(self) -> dict[str, Attribute]:
        """Give the columns that are searched; those of groups are read as these are."""
        return {
            **named(self.search),
            **{k: v for k, v in self.attributes().items() if k in self.search},
        }

    def reference_of(self, column: str) -> str | None:
        """Give the group that a sensitive column's others are compared with."""
        if isinstance(self.reference_group, dict):
            return self.reference_group.get(column)
        return self.reference_group

    def groupings(self) -> tuple[Asked, ...]:
        """Give every division of the rows into groups that is measured, in the report's order."""
        columns = tuple(named(self.sensitive))
        several = [Asked(columns=one) for one in self._intersections(columns)]
        within = [
            Asked(columns=(column,), control=control)
            for control in named(self.control)
            for column in columns
        ]
        return (*(Asked(columns=(one,)) for one in columns), *several, *within)

    def _intersections(self, columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        if isinstance(self.intersections, tuple):
            return tuple(tuple(split(one)) for one in self.intersections)
        if not self.intersections or len(columns) < 2:
            return ()
        pairs = tuple(itertools.combinations(columns, 2))
        return pairs if len(columns) == 2 else (*pairs, columns)


class Asked(Frozen):
    """One division of the rows into groups."""

    columns: tuple[str, ...]
    control: str | None = None

    @property
    def name(self) -> str:
        """`sex`, `sex*race`, or `sex|region` within a control column."""
        joined = "*".join(self.columns)
        return joined if self.control is None else f"{joined}|{self.control}"


def named(columns: tuple[str, ...] | dict[str, Attribute]) -> dict[str, Attribute]:
    """Give columns by name, whichever way they are written."""
    if isinstance(columns, dict):
        return columns
    return {column: Attribute() for column in columns}


def split(intersection: str) -> list[str]:
    """Give the columns of `sex*race`."""
    return [part.strip() for part in intersection.split("*")]
