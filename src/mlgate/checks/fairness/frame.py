"""Rows with their attributes: counted once, divided into groups as often as asked.

A `Frame` is one side's rows, or both sides' of a comparison. A `Division` is its rows in the
groups of one column, of several, or of a column within a control column.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from mlgate.checks.fairness.evidence import MISSING
from mlgate.model.attributes import MISSING as NO_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.fairness.section import GroupColumns
    from mlgate.model.attributes import Attribute
    from mlgate.model.rows import PairedRows, Rows
    from mlgate.stats.group_units import Design
    from mlgate.stats.groups import Cells, Grouped

    Codes = NDArray[np.int32]

T = TypeVar("T")
TIMES: Final = " × "
"""Joins the levels of an intersection."""
WITHIN: Final = " | "
"""Stands between a group and the level of the control column that it lies within."""


@dataclass(frozen=True, slots=True)
class GroupColumn:
    """An attribute in which a missing value is the last level."""

    levels: tuple[str, ...]
    codes: Codes

    @classmethod
    def of(cls, attribute: Attribute) -> GroupColumn:
        """Return the column with a level for missing values."""
        import numpy as np

        codes = attribute.codes
        if (codes == NO_VALUE).any():
            codes = np.where(codes == NO_VALUE, np.int32(len(attribute.levels)), codes)
        return cls((*attribute.levels, MISSING), codes)


@dataclass(frozen=True)
class Frame:
    """One side's rows, or both sides' in one order, with their attributes."""

    candidate: Rows
    baseline: Rows | None
    columns: Mapping[str, GroupColumn]
    _memory: dict[object, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def paired(cls, paired: PairedRows, columns: Mapping[str, GroupColumn]) -> Frame:
        """Take the attributes of the rows that both sides have."""
        index = paired.index
        taken = columns
        if index is not None:
            taken = {
                k: GroupColumn(column.levels, column.codes[index]) for k, column in columns.items()
            }
        return cls(paired.candidate, paired.baseline, taken)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `make`, called once."""
        if key not in self._memory:
            self._memory[key] = make()
        return cast("T", self._memory[key])

    @property
    def clusters(self) -> NDArray[Any] | None:
        """What rows belong to; where an id has several rows (repetitions), the id."""
        return self.candidate.item if self.candidate.cluster is None else self.candidate.cluster

    @property
    def units(self) -> str:
        """Whether rows are weighted or in clusters, in the words that name methods."""
        weighted = ", weighted" if self.candidate.weight is not None else ""
        return weighted + (", by cluster" if self.clusters is not None else "")

    @cached_property
    def cells(self) -> Cells:
        """Rows counted by every column, label and prediction at once (classification)."""
        from mlgate.stats import groups

        classes = len(self.candidate.classes)
        columns = [(column.codes, len(column.levels)) for column in self.columns.values()]
        columns += [(self.candidate.y_true, classes), (self.candidate.y_pred, classes)]
        if self.baseline is not None:
            columns.append((self.baseline.y_pred, classes))
        return groups.count(columns)

    @cached_property
    def by_column(self) -> Cells:
        """Rows counted by every column, whatever they predict."""
        from mlgate.stats import groups

        if self.candidate.task != "regression":
            return self.cells
        return groups.count(
            [(column.codes, len(column.levels)) for column in self.columns.values()]
        )

    def divide(self, grouping: GroupColumns, reference: str | None) -> Division:
        """Divide the rows into groups."""
        from mlgate.stats import groups

        names = list(self.columns)
        used = (*grouping.columns, grouping.control) if grouping.control else grouping.columns
        grouped = groups.by(self.by_column, [names.index(name) for name in used])
        return Division(self, grouping, used, grouped, reference)


@dataclass(frozen=True)
class Division:
    """A frame's rows in groups.

    Attributes
    ----------
    used
        The columns that make a group: the sensitive ones, then the control column.
    reference
        The group that all others are compared with.
    """

    frame: Frame
    grouping: GroupColumns
    used: tuple[str, ...]
    grouped: Grouped
    reference: str | None

    def __len__(self) -> int:
        """The number of groups that have rows."""
        return len(self.grouped.codes)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Each group's name."""
        return tuple(self._label(codes) for codes in self.grouped.codes.tolist())

    def _label(self, codes: list[int]) -> str:
        levels = [
            self.frame.columns[name].levels[code]
            for name, code in zip(self.used, codes, strict=True)
        ]
        many = len(self.grouping.columns)
        return WITHIN.join([TIMES.join(levels[:many]), *levels[many:]])

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """Each row's group, shape (n,)."""
        from mlgate.stats import groups

        columns = [self.frame.columns[name] for name in self.used]
        return groups.assign(
            [(column.codes, len(column.levels)) for column in columns], self.grouped
        )

    @cached_property
    def design(self) -> Design:
        """The rows with their weights and clusters."""
        from mlgate.stats.group_units import Design

        frame = self.frame
        return Design(self.rows, len(self), frame.candidate.weight, frame.clusters)

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Rows of each group, shape (G,)."""
        import numpy as np

        counts = np.bincount(
            self.grouped.group, weights=self.frame.by_column.counts, minlength=len(self)
        )
        return counts.astype(np.float64)

    @cached_property
    def missing(self) -> float:
        """Share of the rows that lack a value of any column."""
        lacks = [i for i, name in enumerate(self.labels) if self.lacks(name)]
        return float(self.sizes[lacks].sum() / self.sizes.sum())

    def lacks(self, label: str) -> bool:
        """Whether a group is of rows without a value of some column."""
        return MISSING in label.replace(WITHIN, TIMES).split(TIMES)

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """The pairs of groups that are asked for, shape (G, G)."""
        import numpy as np

        count = len(self)
        pairs = np.ones((count, count), dtype=np.bool_)
        if self.grouping.control is not None:
            level = self.grouped.codes[:, -1]
            pairs &= level[:, None] == level[None, :]
        if self.reference is not None:
            names = [label.partition(WITHIN)[0] for label in self.labels]
            is_reference = np.array([name == self.reference for name in names])
            pairs &= is_reference[:, None] | is_reference[None, :]
        return pairs
