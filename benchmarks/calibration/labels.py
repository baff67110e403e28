"""Labels and two models' predicted classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from mlgate.checks.compare.families import Counted, family_of
from mlgate.metrics import METRICS
from mlgate.metrics.cost import table as cost_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Codes = NDArray[np.int64]


COSTS = (("1", "0", 10.0), ("0", "1", 1.0))
"""A positive row that is missed costs ten times as much as a false alarm."""


class Labelled(NamedTuple):
    """Codes 0 … classes − 1 of the labels and of both models' predictions, shape (n,) each.

    `clusters`: what each row belongs to, where rows are not independent.
    """

    label: Codes
    new: Codes
    old: Codes
    classes: int
    clusters: Codes | None = None


@dataclass(frozen=True)
class Labels:
    """Rows by their true probabilities of (label, candidate, baseline).

    The candidate predicts as the baseline in a share `agreement` of the rows, in the rest
    anew and as well. Damage is the share of rows in which it guesses instead, as the labels
    are distributed.

    Attributes
    ----------
    shares
        Of the labels.
    hits
        Chance that a row of each label is predicted right; a wrong prediction is one of the
        other labels, as frequent as they are.
    """

    shares: tuple[float, ...]
    hits: tuple[float, ...]
    agreement: float = 0.8
    damage: float = 0.0
    most: ClassVar[float] = 1.0

    def truth(self, metric: str) -> tuple[float, float]:
        joint = self.joint()
        if metric == "cost":
            prices = cost_table(COSTS, ("0", "1"))
            mine, before = (float((joint.sum(axis=axis) * prices).sum()) for axis in (2, 1))
            return mine, before
        positive = 1 if len(self.shares) == 2 else None
        family = family_of(METRICS[metric].method)
        assert isinstance(family, Counted)
        new, old = (family.metric.value(joint.sum(axis=axis), positive) for axis in (2, 1))
        return new, old

    def joint(self) -> NDArray[np.float64]:
        """True probabilities, shape (K, K, K): label, candidate, baseline."""
        shares = np.array(self.shares)
        wrong = (1 - np.array(self.hits)) / (1 - shares)
        kernel = wrong[:, None] * shares[None, :]
        np.fill_diagonal(kernel, self.hits)
        keep, anew = self.agreement, 1 - self.agreement
        same = np.einsum("yo,no->yno", kernel, np.eye(len(shares)))
        other = np.einsum("yn,yo->yno", kernel, kernel)
        guess = np.einsum("n,yo->yno", shares, kernel)
        mixed = (1 - self.damage) * (keep * same + anew * other) + self.damage * guess
        joint: NDArray[np.float64] = shares[:, None, None] * mixed
        return joint

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Labelled, float]]:
        joint = self.joint()
        drawn = random.multinomial(n, joint.ravel(), size=repetitions)
        counts, times = np.unique(drawn, axis=0, return_counts=True)
        every = np.stack(np.unravel_index(np.arange(joint.size), joint.shape))
        for some, count in zip(counts, times.tolist(), strict=True):
            label, new, old = np.repeat(every, some, axis=1)
            yield Labelled(label, new, old, len(self.shares)), count
