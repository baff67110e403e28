"""Two models compared by accuracy, with labels for those rows only on which they differ.

Where both predict the same, either both are right or neither is: such a row says the same of the
difference whatever its label. So the first n rows in a random order are as good as n labelled ones
once those of them are labelled on which the models differ (active labelling, as in ease.ml/ci:
Renggli et al. 2019, MLSys, section 4.2).

Labels arrive bit by bit, and whoever looks after each of them and stops at the first pass passes
too often. So the labels are looked at only when there are as many as one of a few numbers, which
follow from the predictions and not from the labels, and each look spends a part of the level
(Bonferroni; Lan & DeMets 1983, Biometrika 70:659, on spending it by looks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.stats.power import rows_needed
from mlgate.stats.proportions import tango

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

    Flags = NDArray[np.bool_]

MOST: Final = 0.75
"""Beyond this share of the differing rows' labels it takes all of them for another look."""


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """A number of labels on differing rows at which the models are compared.

    `confidence` is that of each one-sided bound.
    """

    labels: int
    confidence: float


@dataclass(frozen=True, slots=True)
class ActiveLabels:
    """What is known of two models on N rows, and which labels come next.

    Attributes
    ----------
    differing
        Rows on which the models differ, of all N.
    labelled
        Of these, the first in the order, up to the first without a label.
    look, following_look
        The last look that there are labels for, and the one after it; None where there is none.
    rows
        The rows that count at this look: the first in the order.
    fixed, broken
        Of these, rows that only the new model, and only the old one has right.
    change
        The new model's accuracy less the old one's, by Tango's interval on `rows` rows at the
        look's confidence; None before the first look.
    following
        All differing rows without a label, as indices, in the order.
    missing
        How many of `following`, from the first on, the following look needs.
    """

    differing: int
    labelled: int
    look: PlannedLook | None
    following_look: PlannedLook | None
    rows: int
    fixed: int
    broken: int
    change: Estimate | None
    following: NDArray[np.intp]
    missing: int


def looks(
    differing: int, n: int, margin: float | None, *, confidence: float, power: float
) -> tuple[PlannedLook, ...]:
    """Return when labels are looked at, and at which confidence.

    The first look has the power that is asked for if nothing changed, and spends half of the level
    1 − `confidence`. Each further one has twice as many labels and half as much of the level; the
    last has all differing rows and what is left.

    Parameters
    ----------
    margin
        The loss to rule out; None: nothing is looked at before all differing rows have a label.
    """
    level = (1 - confidence) / 2
    first = None
    if margin is not None:
        first = labels_needed(differing, n, margin, confidence=1 - level, power=power)
    if first is None or first > MOST * differing or not differing:
        return (PlannedLook(differing, confidence),)
    early: list[PlannedLook] = []
    while first <= MOST * differing:
        early.append(PlannedLook(first, 1 - level))
        first, level = 2 * first, level / 2
    return (*early, PlannedLook(differing, early[-1].confidence))


def compare(
    order: NDArray[np.intp],
    differs: Flags,
    right: tuple[Flags, Flags],
    labelled: Flags,
    planned: tuple[PlannedLook, ...],
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
    planned
        See `looks`.
    """
    import numpy as np

    at = np.flatnonzero(differs[order])
    lacking = ~labelled[order[at]]
    have = int(lacking.argmax()) if lacking.any() else len(at)
    reached = [look for look in planned if look.labels <= have]
    look = reached[-1] if reached else None
    further = planned[len(reached)] if len(reached) < len(planned) else None
    rows = fixed = broken = 0
    change = None
    if look is not None:
        rows = len(order) if look.labels == len(at) else int(at[look.labels])
        new, old = (side[order[at[: look.labels]]] for side in right)
        fixed, broken = int((new & ~old).sum()), int((old & ~new).sum())
        change = tango(fixed, broken, rows, confidence=look.confidence)
    missing = 0 if further is None else int(lacking[: further.labels].sum())
    following = order[at[lacking]]
    return ActiveLabels(
        len(at), have, look, further, rows, fixed, broken, change, following, missing
    )


def labels_needed(
    differing: int, n: int, margin: float, *, confidence: float, power: float
) -> int | None:
    """Return the labels that decide a margin if nothing changed; None where all n rows cannot.

    Of `rows_needed` rows in a random order so many are expected to differ as among all n.
    """
    share = differing / n
    rows = rows_needed(share, margin, confidence=confidence, power=power) if share else 1
    return None if rows is None or rows > n else -(-differing * rows // n)
