"""Whether ids that two test sets share are names of rows, or mere row numbers.

Rows of one id have the same label in both, but for a few that were corrected. Where ids are
numbers of rows, and the rows were drawn or sorted anew, labels agree by chance only: in
all rows, or from some row on. So agreement is looked at in blocks, in the order of the ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Order = NDArray[np.intp]

Reading = Literal["same", "doubtful", "row_numbers", "unknown"]
"""`unknown`: too few rows, or too uneven classes, to say."""
BLOCKS: Final = 10
LEAST_ROWS: Final = 100
"""Of a block."""
UNRELATED: Final = 0.25
DOUBTFUL: Final = 0.5
_CLEAR: Final = 0.375
"""Halfway between these two: three standard errors must be less."""
_DIGITS: Final = re.compile(r"[0-9]+")
_LONGEST: Final = 18
"""Digits that a 64-bit integer holds in any case."""


class Agreement(NamedTuple):
    """How well two columns agree: 1 is fully, 0 by chance; with its standard error at chance."""

    value: float
    error: float


Measure = Callable[["Order"], Agreement]
"""Measures the agreement of some rows."""


def read(order: Order, measure: Measure, scale: float = 1.0) -> Reading:
    """Read agreement over all rows and over blocks.

    Parameters
    ----------
    order
        The rows, sorted by id.
    scale
        The agreement that the same rows would have: 1 for two columns of labels; for
        predictions and labels, what it was when the predictions were made.
    """
    import numpy as np

    whole = measure(order)
    if scale <= 0 or not _shows(whole, scale):
        return "unknown"
    rows = max(LEAST_ROWS, 1.1 * len(order) * (8 * whole.error / scale) ** 2)
    blocks = int(min(BLOCKS, max(1, len(order) // rows)))
    parts = [measure(block) for block in np.array_split(order, blocks)]
    least = min(part.value / scale for part in (whole, *parts) if _shows(part, scale))
    if least < UNRELATED:
        return "row_numbers"
    return "doubtful" if least < DOUBTFUL else "same"


def _shows(agreement: Agreement, scale: float) -> bool:
    """Whether so many rows can show that columns are unrelated."""
    return 0 < 3 * agreement.error <= _CLEAR * scale


def of_codes(left: NDArray[Any], right: NDArray[Any], rows: Order) -> Agreement:
    """Return Cohen's κ of two columns of codes ≥ 0, over some rows."""
    import numpy as np

    left, right = left[rows], right[rows]
    size = int(max(left.max(), right.max())) + 1
    shares = (np.bincount(side, minlength=size) / len(rows) for side in (left, right))
    return _kappa(float((left == right).mean()), float(np.dot(*shares)), len(rows))


def of_equal(equal: NDArray[np.bool_], today: NDArray[Any], rows: Order) -> Agreement:
    """Return κ where of the other column only its equal rows are known, over some rows.

    The other column's shares of classes are taken to be today's.
    """
    import numpy as np

    shares = np.unique(today[rows], return_counts=True)[1] / len(rows)
    return _kappa(float(equal[rows].mean()), float(np.dot(shares, shares)), len(rows))


def _kappa(agreeing: float, chance: float, n: int) -> Agreement:
    import math

    if chance > 1 - 1e-12:
        return Agreement(1.0, 0.0)
    error = math.sqrt(max(chance, 1 / n) / (n * (1 - chance)))
    return Agreement((agreeing - chance) / (1 - chance), error)


def rank_correlation(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Return Spearman's correlation; 0 where a column is constant. Ties keep an order of theirs."""
    import numpy as np

    if len(left) < LEAST_ROWS or left.std() == 0 or right.std() == 0:
        return 0.0
    first, second = (np.argsort(np.argsort(side, kind="stable")) for side in (left, right))
    return float(np.corrcoef(first, second)[0, 1])


def id_order(ids: Sequence[str] | NDArray[Any]) -> Order:
    """Return the rows sorted by the last number in each id; by text where an id has none."""
    import numpy as np

    numbers = [_last_number(text) for text in ids]
    if None in numbers:
        return np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.intp)
    return np.argsort(np.array(numbers, dtype=np.int64), kind="stable")


def _last_number(text: str) -> int | None:
    digits = _DIGITS.findall(text)
    return int(digits[-1][-_LONGEST:]) if digits else None


def consecutive(ids: Sequence[str] | NDArray[Any]) -> bool:
    """Whether ids are exactly 0 … n − 1 or 1 … n, in any order."""
    if not all(text.isascii() and text.isdecimal() and len(text) <= _LONGEST for text in ids):
        return False
    numbers = sorted(map(int, ids))
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(ids)))


def last_block(order: Order, measure: Measure) -> bool:
    """Whether rows of the last block are unrelated, however few they are."""
    import numpy as np

    return measure(np.array_split(order, BLOCKS)[-1]).value < DOUBTFUL
