"""Two models compared by accuracy, with labels for those rows only on which they differ.

Where both predict the same, either both are right or neither is: such a row says the same of the
difference whatever its label. So the first n rows in a random order are as good as n labelled ones
once those of them are labelled on which the models differ (active labelling, as in ease.ml/ci:
Renggli et al. 2019, MLSys, section 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.stats.power import rows_needed
from mlgate.stats.proportions import tango

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ActiveLabels:
    """What is known of two models on N rows, and which labels come next.

    Attributes
    ----------
    differing
        Rows on which the models differ, of all N.
    rows
        The rows that count: the first in the order, up to the first differing one without a label.
    fixed, broken
        Of these, rows that only the new model, and only the old one has right.
    labelled
        The differing rows among them.
    change
        The new model's accuracy less the old one's, by Tango's interval on `rows` rows.
    following
        All differing rows without a label, as indices, in the order.
    """

    differing: int
    rows: int
    fixed: int
    broken: int
    labelled: int
    change: Estimate
    following: NDArray[np.intp]


def compare(
    order: NDArray[np.intp],
    differs: Flags,
    right: tuple[Flags, Flags],
    labelled: Flags,
    confidence: float,
) -> ActiveLabels:
    """Compare two models on the first rows of an order that does not depend on labels.

    Parameters
    ----------
    order
        A permutation of the rows, drawn at random.
    differs, labelled
        Shape (N,), whether the models differ on each row, and whether it has a label.
    right
        Shape (N,) each, whether the new and the old model are right; of rows without a label
        it does not matter.
    """
    open_ = (differs & ~labelled)[order]
    rows = int(open_.argmax()) if open_.any() else len(order)
    first = order[:rows]
    first = first[differs[first]]
    new, old = (side[first] for side in right)
    fixed, broken = int((new & ~old).sum()), int((old & ~new).sum())
    change = tango(fixed, broken, rows, confidence=confidence)
    return ActiveLabels(int(differs.sum()), rows, fixed, broken, len(first), change, order[open_])


def labels_needed(
    differing: int, n: int, margin: float, *, confidence: float, power: float
) -> int | None:
    """Return the labels that decide a margin if nothing changed; None where all n rows cannot.

    Of `rows_needed` rows in a random order so many are expected to differ as among all n.
    """
    share = differing / n
    rows = rows_needed(share, margin, confidence=confidence, power=power) if share else 1
    return None if rows is None or rows > n else -(-differing * rows // n)
