"""One column of one side, as far as a comparison needs it: rows, or a profile of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.ecdf import Ecdf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

FEW: Final = 10
"""Numbers with at most so many different values, all whole, are levels."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a column.

    Attributes
    ----------
    rows, nulls
        Rows with a value, and without one.
    effective
        What the rows with a value count for, (Σw)²/Σw²; without weights their number.
    null_rate
        Share of the weight of rows without a value.
    numbers
        Of numbers and dates their distribution, of text that of its length.
    levels
        Weight of each level; of text that of each word.
    pooled
        Weight of levels that a profile does not name.
    infinite
        How many values are infinite.
    looked
        Rows of text whose words were counted.
    """

    rows: int
    nulls: int
    effective: float
    null_rate: float
    numbers: Ecdf | None = None
    levels: Mapping[str, float] = field(default_factory=dict)
    pooled: float = 0.0
    infinite: int = 0
    looked: int = 0


def few_whole(values: Column) -> bool | None:
    """Whether the values are a few whole numbers, thus levels; None where there is none."""
    # A thousand rows refute most columns without looking at all of them.
    for some in (values[:1_000], values):
        distinct = np.unique(some[~np.isnan(some)])
        if len(distinct) > FEW or not np.isfinite(distinct).all() or (distinct % 1).any():
            return False
    return True if len(distinct) else None


def of_numbers(values: Column, weights: Column | None = None) -> Summary:
    """Sum up numbers, NaN where missing; without weights they are sorted in place."""
    if weights is not None:
        return _of_weighted(values, weights)
    # Sorting puts NaN last.
    values.sort()
    rows = int(np.searchsorted(values, np.nan))
    nulls = len(values) - rows
    return Summary(
        rows=rows,
        nulls=nulls,
        effective=float(rows),
        null_rate=nulls / len(values),
        numbers=Ecdf(values[:rows], None, rows) if rows else None,
        infinite=_infinite(values[:rows]) if rows else 0,
    )


def _of_weighted(values: Column, weights: Column) -> Summary:
    missing = np.isnan(values)
    kept, own = values[~missing], weights[~missing]
    numbers = Ecdf.of(kept, own) if own.sum() else None
    return Summary(
        rows=len(kept),
        nulls=len(values) - len(kept),
        effective=numbers.rows if numbers else 0.0,
        null_rate=_null_rate(missing, weights),
        numbers=numbers,
        infinite=int(np.count_nonzero(np.isinf(kept))),
    )


def _infinite(ascending: Column) -> int:
    """Count what lies at the ends."""
    if np.isfinite(ascending[0]) and np.isfinite(ascending[-1]):
        return 0
    return int(np.count_nonzero(np.isinf(ascending)))


def _null_rate(missing: NDArray[np.bool_], weights: Column | None) -> float:
    if weights is None:
        return float(np.count_nonzero(missing) / len(missing))
    return float(weights[missing].sum() / weights.sum())


def _effective(used: NDArray[np.bool_], weights: Column | None) -> float:
    if weights is None:
        return float(np.count_nonzero(used))
    some = weights[used]
    squares = float(np.sum(some * some))
    return float(some.sum()) ** 2 / squares if squares else 0.0


def of_few_numbers(values: Column, weights: Column | None = None) -> Summary:
    """Sum up numbers that are levels."""
    missing = np.isnan(values)
    kept = values[~missing]
    distinct, codes = np.unique(kept, return_inverse=True)
    own = None if weights is None else weights[~missing]
    mass = np.bincount(codes, own, minlength=len(distinct)).tolist()
    texts = [str(int(x)) if x.is_integer() else repr(x) for x in distinct.tolist()]
    return Summary(
        rows=len(kept),
        nulls=len(values) - len(kept),
        effective=_effective(~missing, weights),
        null_rate=_null_rate(missing, weights),
        levels=dict(zip(texts, mass, strict=True)),
        infinite=int(np.isinf(distinct).sum()),
    )


def of_codes(
    levels: Sequence[str], codes: NDArray[np.int32], weights: Column | None = None
) -> Summary:
    """Sum up levels; `codes` is −1 where missing."""
    # Counted one place on, so that what is missing needs no pass of its own.
    nulls, *counts = np.bincount(codes + 1, minlength=len(levels) + 1).tolist()
    rows, mass = len(codes) - nulls, counts
    if weights is not None:
        mass = np.bincount(codes + 1, weights, minlength=len(levels) + 1)[1:].tolist()
    return Summary(
        rows=rows,
        nulls=nulls,
        effective=float(rows) if weights is None else _effective(codes >= 0, weights),
        null_rate=nulls / len(codes) if weights is None else _null_rate(codes < 0, weights),
        levels={level: x for level, x in zip(levels, mass, strict=True) if x},
    )
