"""Equal rows among many, and an order that depends on rows' contents alone: by 64-bit hashes.

Two different rows share a hash with a chance of 2⁻⁶⁴: among 10⁸ rows, one such pair is
expected in some 3,700 tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
MISSING: Final = _GOLDEN
"""The bits that stand for a missing value."""


def of_numbers(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return numbers as bits; −0 equals 0, and NaN is missing."""
    bits = (values + 0.0).view(np.uint64)
    return np.where(np.isnan(values), MISSING, bits)


def of_rows(columns: Iterable[tuple[np.uint64, NDArray[np.uint64]]], n: int) -> NDArray[np.uint64]:
    """Return one hash a row, shape (n,).

    Parameters
    ----------
    columns
        A number that stands for the column, and its values' bits of shape (n,); in any order.
    """
    hashes = np.zeros(n, dtype=np.uint64)
    for column, bits in columns:
        hashes ^= _mixed(bits + column)
    return _mixed(hashes)


def repeated(rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return whether an equal row precedes each row, shape (n,)."""
    _, first = np.unique(rows, return_index=True)
    again = np.ones(len(rows), dtype=bool)
    again[first] = False
    return again


def contradicted(rows: NDArray[np.uint64], labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return whether each row's label differs from the commonest among equal rows, shape (n,).

    Parameters
    ----------
    labels
        Codes, shape (n,); a missing one (−1) contradicts nothing. Of two labels that are
        equally common the smaller code counts as the commonest.
    """
    _, group = np.unique(rows, return_inverse=True)
    labelled = labels >= 0
    pairs = np.stack([group[labelled], labels[labelled]])
    cells, cell, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    order = np.lexsort((cells[1], -counts, cells[0]))
    commonest = np.zeros(cells.shape[1], dtype=bool)
    commonest[order[np.diff(cells[0][order], prepend=-1) != 0]] = True
    contradicts = np.zeros(len(rows), dtype=bool)
    contradicts[labelled] = ~commonest[cell.reshape(-1)]
    return contradicts


def content_order(columns: Iterable[NDArray[Any]]) -> NDArray[np.intp]:
    """Return the indices that put rows in an order of their contents, whatever order they are in.

    Rows are sorted by a hash of their numbers: one sort of integers for any number of columns.
    Equal rows may come in any order; that two different ones share a hash has, for a million
    rows, a chance of 3·10⁻⁸.

    Parameters
    ----------
    columns
        Numbers of shape (n,) each, one at least; −0.0 is 0.
    """
    hashes: NDArray[np.uint64] | None = None
    for column in columns:
        bits = (column.astype(np.float64) + 0.0).view(np.uint64)
        hashes = _mixed((bits if hashes is None else hashes ^ bits) + _GOLDEN)
    assert hashes is not None
    return np.argsort(hashes)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix bits in place: the finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA)."""
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits
