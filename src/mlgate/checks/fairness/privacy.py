"""Which groups a public report must hide, so that no small one can be recovered.

Primary: a group in which some label × prediction, of this model or of one it is compared with,
holds 1 to N − 1 rows (in a regression: a group of fewer than N rows). Secondary: what is shown adds
up. A column's groups make the whole, an intersection's make a column's group, in every
direction; so groups are hidden, the smallest first, until no sum minus its shown parts is as
small, and no primary group follows from everything shown by sums and differences (is in the
span of their indicators over the finest cells; Cox 1980, Journal of the American Statistical
Association 75:377).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.fairness.frame import Division, Frame
    from mlgate.checks.fairness.gaps import Sides
    from mlgate.model.slice_search import SearchResult

    Flags = NDArray[np.bool_]
    Counts = NDArray[np.int64]

FEW: Final = "fewer than {} rows of one label and prediction"
COMPLEMENT: Final = "hidden so that another group cannot be recovered"
MOST: Final = 50_000
"""Groups × finest cells up to which sums are examined; beyond, groupings are hidden whole."""

Hidden = dict[str, dict[str, str]]
"""By grouping and group, the reason."""


def hidden(sides_by_grouping: Mapping[str, Sides], below: int | None) -> Hidden:
    """Return the groups to hide of every grouping, each with the reason."""
    if below is None:
        return {name: {} for name in sides_by_grouping}
    table = _Table.of(sides_by_grouping, below)
    if table.members.size > MOST:
        _whole(table)
    else:
        _complete(table)
    return {
        name: {
            label: FEW.format(below) if table.primary[index] else COMPLEMENT
            for index, label in enumerate(sides.candidate.labels, table.starts[name])
            if table.hidden[index]
        }
        for name, sides in sides_by_grouping.items()
    }


@dataclass(frozen=True, slots=True)
class _Table:
    """All groups of all groupings over the finest cells (what all columns together make).

    Attributes
    ----------
    members
        Whether a cell belongs to a group, shape (g, k).
    counts
        Rows of each cell by label and prediction, shape (k, c).
    primary, hidden
        Shape (g,); `hidden` is filled in place.
    starts
        The first group of each grouping; `grouping` is that of each group, shape (g,).
    used
        The columns that make each grouping.
    """

    members: Flags
    counts: Counts
    primary: Flags
    hidden: Flags
    starts: dict[str, int]
    grouping: NDArray[np.intp]
    used: tuple[frozenset[str], ...]
    below: int

    @classmethod
    def of(cls, sides_by_grouping: Mapping[str, Sides], below: int) -> _Table:
        import numpy as np

        divisions = [sides.candidate for sides in sides_by_grouping.values()]
        frame = divisions[0].frame
        cell, first = _finest(frame)
        members = [
            division.grouped.group[first] == np.arange(len(division))[:, None]
            for division in divisions
        ]
        sizes = [len(division) for division in divisions]
        starts = np.cumsum([0, *sizes])[:-1].tolist()
        primary = np.concatenate([_primary(sides, below) for sides in sides_by_grouping.values()])
        return cls(
            np.concatenate(members),
            _rows_by_outcome(frame, cell, len(first)),
            primary,
            primary.copy(),
            dict(zip(sides_by_grouping, starts, strict=True)),
            np.repeat(np.arange(len(sizes)), sizes),
            tuple(frozenset(division.used) for division in divisions),
            below,
        )

    @property
    def sizes(self) -> Counts:
        """Rows of each group."""
        import numpy as np

        return np.asarray(self.members @ self.counts.sum(axis=1))

    def small(self, cells: Flags) -> bool:
        """Whether these cells together have too few rows of some outcome to be shown."""
        return bool(_few(self.counts[cells].sum(axis=0), self.below).any())


def _few(counts: NDArray[Any], below: int) -> Flags:
    import numpy as np

    return np.asarray((counts > 0) & (counts < below))


def _finest(frame: Frame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the finest cell of each counted cell, and one counted cell of each finest."""
    import numpy as np

    from mlgate.stats import groups

    cell = groups.by(frame.by_column, range(len(frame.columns))).group
    return cell, np.unique(cell, return_index=True)[1]


def _rows_by_outcome(frame: Frame, cell: NDArray[np.intp], cells: int) -> Counts:
    import numpy as np

    outcome, many = _outcomes(frame, frame.candidate.classes)
    counts = np.bincount(cell * many + outcome, frame.by_column.counts, minlength=cells * many)
    return counts.astype(np.int64).reshape(cells, many)


def _outcomes(frame: Frame, classes: tuple[str, ...], side: int = 1) -> tuple[NDArray[Any], int]:
    """Return each counted cell's label × prediction (of side 1 new, 2 old) and how many there are."""
    import numpy as np

    if frame.candidate.task == "regression":
        return np.zeros(len(frame.by_column.counts), dtype=np.intp), 1
    codes = frame.cells.codes[len(frame.columns) :]
    return codes[0] * len(classes) + codes[side], len(classes) ** 2


def _primary(sides: Sides, below: int) -> Flags:
    """Return the groups with few rows of some outcome, on any side of any comparison."""
    import numpy as np

    primary = _few_of(sides.candidate, below, 1)
    for division in sides.against.values():
        few = {
            label
            for side in (1, 2)
            for label, flag in zip(division.labels, _few_of(division, below, side), strict=True)
            if flag
        }
        primary = primary | np.array(
            [label in few for label in sides.candidate.labels], dtype=np.bool_
        )
    return primary


def _few_of(division: Division, below: int, side: int) -> Flags:
    import numpy as np

    frame = division.frame
    outcome, many = _outcomes(frame, frame.candidate.classes, side)
    index = division.grouped.group * many + outcome
    counts = np.bincount(index, frame.by_column.counts, minlength=len(division) * many)
    return np.asarray(_few(counts, below).reshape(len(division), many).any(axis=1))


def _whole(table: _Table) -> None:
    """Hide every group of each grouping that has one to hide: nothing adds up to it."""
    import numpy as np

    table.hidden[:] = np.isin(table.grouping, table.grouping[table.primary])


def _complete(table: _Table) -> None:
    """Hide more groups until none that must be hidden follows from others."""
    lines = list(_lines(table))
    while True:
        before = table.hidden.sum()
        for whole, parts in lines:
            _close(table, whole, parts)
        if table.hidden.sum() == before and not _solve(table):
            return


def _lines(table: _Table) -> Iterator[tuple[int | None, NDArray[np.intp]]]:
    """Yield what adds up: groups and the one that they make (None: all rows)."""
    import numpy as np

    for fine, used in enumerate(table.used):
        parts = np.flatnonzero(table.grouping == fine)
        yield None, parts
        for coarse, columns in enumerate(table.used):
            if coarse != fine and columns <= used:
                for whole in np.flatnonzero(table.grouping == coarse).tolist():
                    inside = (table.members[parts] & table.members[whole]).any(axis=1)
                    yield whole, parts[inside]


def _close(table: _Table, whole: int | None, parts: NDArray[np.intp]) -> None:
    """Hide more parts of a shown whole, or the whole, until its remainder reveals nothing."""
    import numpy as np

    while whole is None or not table.hidden[whole]:
        concealed, shown = parts[table.hidden[parts]], parts[~table.hidden[parts]]
        alone = len(concealed) == 1 and table.primary[concealed[0]]
        left_over = np.asarray(table.members[concealed].any(axis=0))
        if not alone and not table.small(left_over):
            return
        if len(shown):
            table.hidden[shown[np.argmin(table.sizes[shown])]] = True
        elif whole is not None:
            table.hidden[whole] = True
        else:
            return


def _solve(table: _Table) -> bool:
    """Hide one group if a primary one is a combination of shown ones; return whether it was."""
    import numpy as np

    shown = np.flatnonzero(~table.hidden)
    equations = np.vstack([np.ones(table.members.shape[1]), table.members[shown]]).T
    unknowns = table.members[table.primary].T.astype(np.float64)
    if unknowns.shape[1] == 0 or len(shown) == 0:
        return False
    weights = np.linalg.lstsq(equations, unknowns, rcond=None)[0]
    solved = np.flatnonzero(np.abs(equations @ weights - unknowns).max(axis=0) < 1e-6)
    if len(solved) == 0:
        return False
    used = shown[np.abs(weights[1:, solved[0]]) > 1e-6]
    if len(used) == 0:
        return False
    table.hidden[used[np.argmin(table.sizes[used])]] = True
    return True


def without_hidden(search: SearchResult | None, divided: Iterable[Sides]) -> SearchResult | None:
    """Where groups are hidden, list only those that are shown elsewhere."""
    if search is None:
        return None
    shown = {group for sides in divided for group in _shown_groups(sides)}
    worse = tuple(part for part in search.worse if frozenset(part.levels.items()) in shown)
    return search.model_copy(update={"worse": worse, "not_told": len(search.worse) - len(worse)})


def _shown_groups(sides: Sides) -> Iterator[frozenset[tuple[str, str]]]:
    """Yield the columns and levels of each group that is shown."""
    candidate = sides.candidate
    columns = [(name, candidate.frame.columns[name].levels) for name in candidate.used]
    for label, codes in zip(candidate.labels, candidate.grouped.codes.tolist(), strict=True):
        if label not in sides.hidden:
            levels = zip(columns, codes, strict=True)
            yield frozenset((name, of[code]) for (name, of), code in levels)
