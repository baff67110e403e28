"""Tests again for rows in groups: p-values by dealing out groups, not rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.drift.evidence import ColumnDrift
    from mlgate.checks.drift.summary import DriftSide
    from mlgate.stats.blocks import Groups, Permuted

    Cells = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class GroupedSides:
    """Both sides with the group of each row."""

    reference: DriftSide
    current: DriftSide
    groups: Groups

    @property
    def counts(self) -> tuple[int, int]:
        """The number of groups on each side, after many small ones were put together."""
        return self.groups.split, self.groups.count - self.groups.split


def group(reference: DriftSide, current: DriftSide, column: str) -> GroupedSides:
    """Read which group each row is in."""
    from mlgate.stats.blocks import Groups

    codes = (side.table.coded(column).codes for side in (reference, current))
    return GroupedSides(reference, current, Groups.of(*codes))


def again(column: ColumnDrift, name: str, sides: GroupedSides) -> ColumnDrift:
    """Return a compared column with p-values that hold for grouped rows.

    Unseen levels are listed, not tested: a new group brings levels of its own.
    """
    if column.change is not None or column.kind is None or not all(column.n):
        return column
    fields: dict[str, Any] = {"unseen_p": None, "method": "permutation of groups"}
    ordered = column.ks_p is not None
    cells, empty = (_numbers if ordered else _levels)(sides, name, column)
    if column.null_p is not None:
        nulls = _permuted(sides, empty, ordered=False)
        fields["null_p"] = nulls.p_value if nulls is not None else None
    tested = _permuted(sides, cells, ordered=ordered)
    fields["inflation"] = None if tested is None else tested.inflation
    fields["ks_p" if ordered else "chi2_p"] = None if tested is None else tested.p_value
    if column.kind == "text":
        fields["chi2_p"] = None
    return column.model_copy(update=fields)


def _permuted(sides: GroupedSides, cells: Cells, *, ordered: bool) -> Permuted | None:
    import numpy as np

    from mlgate.stats.blocks import permute

    weights = None
    if sides.reference.weights is not None and sides.current.weights is not None:
        weights = np.concatenate([sides.reference.weights, sides.current.weights])
    count = int(cells.max(initial=-1)) + 1
    if count < 1:
        return None
    table = sides.groups.table(cells, count, weights)
    return permute(table, sides.groups.split, "ordered" if ordered else "unordered")


def _numbers(sides: GroupedSides, name: str, column: ColumnDrift) -> tuple[Cells, Cells]:
    import numpy as np

    from mlgate.stats.blocks import ordered_cells

    if column.kind == "text":
        parts = [side.table.texts(name)[0] for side in (sides.reference, sides.current)]
    else:
        parts = [side.table.numbers(name) for side in (sides.reference, sides.current)]
    cells = ordered_cells(np.concatenate(parts))
    return cells, (cells < 0).astype(np.intp)


def _levels(sides: GroupedSides, name: str, column: ColumnDrift) -> tuple[Cells, Cells]:
    """Return the pooled cell of each row."""
    import numpy as np

    from mlgate.stats.counts import pooling

    del column
    first, second = (side.table.coded(name) for side in (sides.reference, sides.current))
    place = {level: code for code, level in enumerate(first.levels)}
    remap = np.array([*(place.setdefault(level, len(place)) for level in second.levels), -1])
    codes = np.concatenate([first.codes.astype(np.intp), remap[second.codes]])
    sizes = len(first.codes)
    p, q = (
        np.bincount(part[part >= 0], minlength=len(place)).astype(np.float64)
        for part in (codes[:sizes], codes[sizes:])
    )
    cells = np.append(pooling(p, q), -1)[codes]
    return cells, (codes < 0).astype(np.intp)
