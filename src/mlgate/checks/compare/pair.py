"""The rows that are compared: one side, or both sides of the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.rows import Rows

T = TypeVar("T")
Which = Literal["new", "old"]
"""Which side of a pair: the candidate's or the baseline's."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The candidate's rows and, where there is one, the baseline's: the same rows in one order.

    `seed` starts every resampling, `confidence` is that of each one-sided bound.
    """

    new: Rows
    old: Rows | None
    seed: Callable[[str], int]
    confidence: float
    _memory: dict[object, Any] = field(default_factory=dict, repr=False)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `make`, called once for this pair."""
        if key not in self._memory:
            self._memory[key] = make()
        return cast("T", self._memory[key])

    def side(self, which: Which) -> Rows:
        """Return the rows of one side."""
        return self.new if which == "new" else self.other()

    def other(self) -> Rows:
        """The baseline's rows, where a family is asked to compare."""
        assert self.old is not None
        return self.old

    def at(self, confidence: float) -> Pair:
        """Return the same rows, to be compared at another confidence."""
        return replace(self, confidence=confidence, _memory={})

    def part(self, key: object, index: NDArray[np.intp]) -> Pair:
        """Some of the rows; made once for each key."""
        return self.once(("part", key), lambda: _taken(self, index))

    def in_order(self) -> Pair:
        """The same rows sorted by what they hold, so that resampling knows no order of rows."""
        return self.once("in order", lambda: _sorted(self))


def _sorted(pair: Pair) -> Pair:
    from mlgate.stats.row_hashes import content_order

    # Nothing that is resampled reads the user's own numbers.
    old = None if pair.old is None else replace(pair.old, values={})
    bare = replace(pair, new=replace(pair.new, values={}), old=old)
    return _taken(bare, content_order(_columns(pair)))


def _taken(pair: Pair, index: NDArray[np.intp]) -> Pair:
    old = None if pair.old is None else pair.old.take(index)
    return replace(pair, new=pair.new.take(index), old=old, _memory={})


def _columns(pair: Pair) -> Iterator[NDArray[Any]]:
    """Yield all numbers that resampling reads."""
    yield pair.new.y_true
    for column in (pair.new.weight, pair.new.cluster, pair.new.item):
        if column is not None:
            yield column
    for side in filter(None, (pair.new, pair.old)):
        yield side.y_pred
        if side.score is not None:
            yield from side.score.T if side.score.ndim > 1 else (side.score,)
