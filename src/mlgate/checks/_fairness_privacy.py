"""Which groups a public report must not tell of, so that none can be recovered.

Primary: a group in which some label × prediction holds 1 to N − 1 rows (in a regression: a group
of fewer than N rows). Secondary: where a sum over groups is told (the whole, or a column's group
that an intersection divides), one hidden group would follow by subtraction; so every such sum
with hidden groups hides at least two, with at least N rows together, the smallest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks._fairness_frame import Division

    Flags = NDArray[np.bool_]

FEW: Final = "fewer than {} rows of one label and prediction"
COMPLEMENT: Final = "hidden so that another group cannot be recovered"


def hidden(division: Division, below: int | None) -> dict[str, str]:
    """Give the groups to hide, each with the reason."""
    import numpy as np

    if below is None:
        return {}
    primary = _primary(division, below)
    found = primary.copy()
    lines = [np.asarray(line) for line in _lines(division)]
    while True:
        before = found.sum()
        for line in lines:
            _complete(found, line, division.sizes, below)
        if found.sum() == before:
            break
    return {
        label: FEW.format(below) if primary[index] else COMPLEMENT
        for index, label in enumerate(division.labels)
        if found[index]
    }


def _primary(division: Division, below: int) -> Flags:
    import numpy as np

    frame = division.frame
    small = division.sizes < below
    if frame.new.task == "regression":
        return np.asarray(small)
    y, new, *_ = frame.cells.codes[len(frame.columns) :]
    classes = len(frame.new.classes)
    index = (division.grouped.group * classes + y) * classes + new
    size = len(division) * classes * classes
    counts = np.bincount(index, weights=frame.cells.counts, minlength=size)
    few = ((counts > 0) & (counts < below)).reshape(len(division), -1).any(axis=1)
    return np.asarray(small | few)


def _lines(division: Division) -> Iterator[NDArray[np.intp]]:
    """Give the groups that add up to something told: all, and those that share a level."""
    import numpy as np

    yield np.arange(len(division))
    codes = division.grouped.codes
    if codes.shape[1] > 1:
        for column in range(codes.shape[1]):
            for level in np.unique(codes[:, column]):
                yield np.flatnonzero(codes[:, column] == level)


def _complete(found: Flags, line: NDArray[np.intp], sizes: NDArray[np.float64], below: int) -> None:
    """Hide more groups of a line until none of them follows from the others."""
    import numpy as np

    while found[line].any() and not found[line].all():
        concealed = line[found[line]]
        if len(concealed) > 1 and sizes[concealed].sum() >= below:
            return
        shown = line[~found[line]]
        found[shown[np.argmin(sizes[shown])]] = True
