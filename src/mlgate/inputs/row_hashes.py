"""32 bits of a keyed hash of a row's id and one value, by which a changed value is recognised.

A number is recognised where it is equal up to a step that the baseline states. Two different
values of a row share a hash with a chance of 2⁻³².
"""

from __future__ import annotations

import hmac
import math
from typing import TYPE_CHECKING, Final

from mlgate.stats.sip_hash import KEY, hash_words

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Hashes = NDArray[np.uint32]

TOLERANCE: Final = 1e-6
"""Numbers are rounded to this share of their middle half's width, at the most."""

_LEAST: Final = 1e-280
"""Keeps a step from being 0."""
_MOST: Final = 1e300
"""Keeps it from being infinite."""
_ZERO: Final = 0x6D6C_6761_7465_3031
"""In the place of the bits of 0, where no other number is taken for it."""


def step_of(numbers: NDArray[np.float64]) -> float:
    """Return the power of ten that numbers are rounded to before they are hashed.

    At most `TOLERANCE` times the distance between their quartiles, which no outlier moves; where
    these are equal, of how far the nearest quarter of the others lies from them.
    """
    import numpy as np

    low, middle, high = np.quantile(numbers / 4, (0.25, 0.5, 0.75))  # a quarter, lest they overflow
    if high > low:
        return power_of_ten(4 * float(high - low))
    apart = np.abs(numbers / 4 - middle)
    others = apart[apart > 0]
    return power_of_ten(4 * float(np.quantile(others, 0.25)) if len(others) else 1.0)


def power_of_ten(scale: float) -> float:
    """Return the greatest power of ten that is at most `TOLERANCE` times a scale."""
    return float(10.0 ** math.floor(math.log10(min(max(scale, _LEAST), _MOST) * TOLERANCE)))


def hash_rows(ids: Words, words: Words, key: bytes, what: bytes) -> Hashes:
    """Return 32 bits a row, shape (n,).

    Parameters
    ----------
    ids
        The rows' hashed ids, shape (n, 2).
    words
        64 bits of each row's value, shape (n,).
    what
        What the values are: equal ones of another kind have other hashes.
    """
    import numpy as np

    own = hmac.digest(key, what, "sha256")[:KEY]
    high, low = (np.ascontiguousarray(ids[:, i]) for i in (0, 1))
    return hash_words([high, low, words], own).astype(np.uint32)


def number_words(
    numbers: NDArray[np.float64], step: float, side: float = 0.0, *, apart: bool = False
) -> Words:
    """Return rounded numbers as bits; −0 is 0, and every NaN is the same.

    Parameters
    ----------
    side
        How many steps beside them.
    apart
        Whether 0 alone is 0, however small another number is.
    """
    import numpy as np

    with np.errstate(over="ignore"):  # an outlier is rounded to infinity
        rounded: NDArray[np.float64] = np.rint(numbers / step) + side + 0.0
    rounded[np.isnan(rounded)] = np.nan
    words = rounded.view(np.uint64)
    return np.where(numbers == 0, np.uint64(_ZERO), words) if apart else words


def other_numbers(
    numbers: NDArray[np.float64],
    step: float,
    kept: Hashes,
    ids: Words,
    hashed: Callable[[Words, Words], Hashes],
    *,
    apart: bool = False,
) -> NDArray[np.bool_]:
    """Return which rows have another number than the one whose hash is kept, shape (n,).

    Numbers that are rounded to neighbouring steps are the same: a number that is computed anew
    may lie on the other side of a rounding's edge.

    Parameters
    ----------
    step
        What the kept numbers were rounded to.
    kept
        Their hashes, shape (n,).
    ids
        The rows' hashed ids, shape (n, 2).
    hashed
        Hashes words of rows, given their ids; see `hash_rows`.
    apart
        As in `number_words`.
    """
    import numpy as np

    differs: NDArray[np.bool_] = hashed(ids, number_words(numbers, step, apart=apart)) != kept
    for side in (-1.0, 1.0):
        left = np.flatnonzero(differs)
        words = number_words(numbers[left], step, side, apart=apart)
        differs[left] = hashed(ids[left], words) != kept[left]
    return differs
