"""An order of rows that depends on nothing but what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def content_order(columns: Iterable[NDArray[Any]]) -> NDArray[np.intp]:
    """Return the indices that put rows in an order of their contents, whatever order they are in.

    Rows are sorted by a 64-bit hash of their numbers (the finaliser of SplitMix64: Steele, Lea
    & Flood 2014, OOPSLA): one sort of integers for any number of columns. Rows that hold the
    same may stand in any order; that two different ones share a hash has, for a million rows, a
    chance of 3·10⁻⁸.

    Parameters
    ----------
    columns
        Numbers of shape (n,) each, one at least; −0.0 is 0.
    """
    hashes: NDArray[np.uint64] | None = None
    for column in columns:
        bits = (column.astype(np.float64) + 0.0).view(np.uint64)
        hashes = _mixed(bits if hashes is None else hashes ^ bits)
    assert hashes is not None
    return np.argsort(hashes)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    out = bits + _GOLDEN
    out ^= out >> np.uint64(30)
    out *= _FIRST
    out ^= out >> np.uint64(27)
    out *= _SECOND
    out ^= out >> np.uint64(31)
    return out
