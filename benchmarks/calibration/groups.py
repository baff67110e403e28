"""Rows that belong together: clusters of rows, several seeds of a training, repeated splits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from benchmarks.calibration.labels import Labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]


class Grouped(NamedTuple):
    """One number a row of both sides, shape (n,); the cluster of each row, or its weight."""

    new: Values
    old: Values
    clusters: NDArray[np.int64] | None = None
    weights: Values | None = None


@dataclass(frozen=True)
class Clusters:
    """`groups` clusters of equal size; `correlation` of the change within a cluster.

    The damage is the loss of the mean.
    """

    groups: int
    correlation: float
    damage: float = 0.0
    most: ClassVar[float] = 100.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return -self.damage, 0.0

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Grouped, float]]:
        clusters = np.repeat(np.arange(self.groups), n // self.groups)
        for _ in range(repetitions):
            between = random.standard_normal(self.groups)[clusters]
            within = random.standard_normal(n)
            change = math.sqrt(self.correlation) * between
            change += math.sqrt(1 - self.correlation) * within
            old = random.standard_normal(n)
            yield Grouped(old + change - self.damage, old, clusters), 1


@dataclass(frozen=True)
class Users:
    """Right or wrong answers to users, of whom each has his own chances; damage is lost accuracy.

    Attributes
    ----------
    differ
        Share of the rows on which exactly one model is right.
    spotted, together
        How alike a user's rows are in whether the models differ, and in which of them is then
        right: correlations of the beta laws that each user's two chances are drawn from.
    right, alike
        Chance that both models are right where they do not differ, and how alike a user's rows
        are in that.
    spread
        Standard deviation of the logarithm of the users' shares of the rows.
    """

    groups: int
    differ: float = 0.2
    spotted: float = 0.0
    together: float = 0.125
    right: float = 0.9
    alike: float = 0.0
    spread: float = 0.0
    damage: float = 0.0

    @property
    def most(self) -> float:
        return self.differ * 0.999

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        same = (1 - self.differ) * self.right + self.differ / 2
        return same - self.damage / 2, same + self.damage / 2

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Labelled, float]]:
        broken = (1 + self.damage / self.differ) / 2
        ones = np.ones(n, dtype=np.int64)
        for _ in range(repetitions):
            sizes = sizes_of(random, self.groups, n, self.spread)
            users = np.repeat(np.arange(self.groups), sizes)
            chances = (
                (self.differ, self.spotted),
                (broken, self.together),
                (self.right, self.alike),
            )
            differs, breaks, right = (
                random.random(n) < _chances(random, *chance, self.groups)[users]
                for chance in chances
            )
            new, old = np.where(differs, ~breaks, right), np.where(differs, breaks, right)
            yield Labelled(ones, new.astype(np.int64), old.astype(np.int64), 2, users), 1


def sizes_of(random: np.random.Generator, groups: int, n: int, spread: float) -> NDArray[np.int64]:
    """Draw how many of n rows each cluster has; `spread` is that of the logarithm of its share."""
    shares = np.exp(spread * random.standard_normal(groups))
    if not spread:
        return np.full(groups, n // groups)
    return random.multinomial(n, shares / shares.sum())


def _chances(random: np.random.Generator, mean: float, alike: float, users: int) -> Values:
    """Draw a chance for each user from the beta law with this mean and correlation of two rows."""
    if alike == 0:
        return np.full(users, mean)
    size = 1 / alike - 1
    return random.beta(mean * size, (1 - mean) * size, users)


@dataclass(frozen=True)
class Weighted:
    """Rows of lognormal weights, whose change grows with the weight; damage is the loss.

    The logarithm of the weights has the standard deviation `spread`. Rows of weight w change by
    √w · N(0, 1) − damage, so that heavy rows are the noisier ones.
    """

    spread: float = 1.0
    damage: float = 0.0
    most: ClassVar[float] = 100.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return -self.damage, 0.0

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Grouped, float]]:
        for _ in range(repetitions):
            weights = np.exp(self.spread * random.standard_normal(n))
            change = np.sqrt(weights) * random.standard_normal(n) - self.damage
            old = random.standard_normal(n)
            yield Grouped(old + change, old, weights=weights), 1


@dataclass(frozen=True)
class Heavy:
    """Right or wrong rows, of which a few weigh many times as much as the others.

    Damage is the loss of the weighted share of right rows, everywhere alike, or of heavy rows alone:
    a sample often holds no heavy row that became wrong.

    Attributes
    ----------
    share, times
        Share of the rows that are heavy, and how many times as much these weigh.
    there
        Whether heavy rows alone become wrong.
    """

    share: float
    times: float
    there: bool = False
    damage: float = 0.0
    differ: ClassVar[float] = 0.05

    @property
    def most(self) -> float:
        return 0.9 * self._carried if self.there else 0.9

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        same = 0.85 * (1 - self.differ - self.damage) + self.differ / 2
        return same, same + self.damage

    @property
    def _carried(self) -> float:
        """The share of the weight that is on heavy rows."""
        return self.share * self.times / (self.share * self.times + 1 - self.share)

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Grouped, float]]:
        for _ in range(repetitions):
            heavy = random.random(n) < self.share
            lost = np.where(heavy, self.damage / self._carried, 0.0) if self.there else self.damage
            # Of the rows that differ besides, as many become right as wrong.
            place = random.random(n)
            broken = place < lost + self.differ / 2
            fixed = place > 1 - self.differ / 2
            right = random.random(n) < 0.85
            new = np.where(broken, False, fixed | right)
            old = np.where(broken, True, ~fixed & right)
            weights = np.where(heavy, self.times, 1.0)
            yield Grouped(new.astype(float), old.astype(float), weights=weights), 1


class Trained(NamedTuple):
    """Whether each row is right under each seed of either side, shape (seeds, n); each row's cluster."""

    new: NDArray[np.bool_]
    old: NDArray[np.bool_]
    clusters: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Seeds:
    """A row is right where a sum of normal parts is above a threshold.

    The parts: the row's own (shared by all models), the row's under one side (what a side
    learns differently), the row's under one seed, and a shift of each seed. Damage is a shift
    of the candidate's side. Rows of one of `users` have the first two parts in common, with a
    correlation of `alike`; `spread` is the standard deviation of the logarithm of the users' shares.
    """

    seeds: int
    sides: float = 0.25
    single: float = 0.15
    shift: float = 0.02
    right: float = 0.9
    damage: float = 0.0
    users: int = 0
    alike: float = 0.3
    spread: float = 0.0
    most: ClassVar[float] = 3.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        from scipy.special import ndtr

        scale = self._scale()
        return float(ndtr(self._level() - self.damage / scale)), self.right

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Trained, float]]:
        level = self._level() * self._scale()
        for _ in range(repetitions):
            clusters = self._clusters(random, n) if self.users else None
            row = self._common(random, n, clusters)
            sides = []
            for damage in (self.damage, 0.0):
                side = row + self.sides * self._common(random, n, clusters)
                shift = self.shift * random.standard_normal((self.seeds, 1))
                seed = self.single * random.standard_normal((self.seeds, n))
                sides.append(side + shift + seed < level - damage)
            yield Trained(sides[0], sides[1], clusters), 1

    def _clusters(self, random: np.random.Generator, n: int) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.users), sizes_of(random, self.users, n, self.spread))

    def _common(
        self, random: np.random.Generator, n: int, clusters: NDArray[np.int64] | None
    ) -> Values:
        """Draw a standard normal number a row, alike within a cluster."""
        own = random.standard_normal(n)
        if clusters is None:
            return own
        shared = random.standard_normal(self.users)[clusters]
        return np.asarray(math.sqrt(self.alike) * shared + math.sqrt(1 - self.alike) * own)

    def _scale(self) -> float:
        return math.sqrt(1 + self.sides**2 + self.single**2 + self.shift**2)

    def _level(self) -> float:
        from scipy.special import ndtri

        return float(ndtri(self.right))


class Split(NamedTuple):
    """The test rows of each split and whether each side's models are right, shape (splits, rows)."""

    items: NDArray[np.int64]
    new: NDArray[np.bool_]
    old: NDArray[np.bool_]


@dataclass(frozen=True)
class Splits:
    """Two nearest-centroid classifiers, each with its own half of exchangeable features.

    The data set of n rows is split anew `splits` times; the truth is the mean over data
    sets of that size. There is no damage: the case knows only "no change".
    """

    splits: int
    test_share: float = 0.1
    features: int = 5
    distance: float = 0.5
    damage: float = 0.0
    most: ClassVar[float] = 0.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        return 0.0, 0.0

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Split, float]]:
        test_rows = round(n * self.test_share)
        for _ in range(repetitions):
            label = random.random(n) < 0.5
            x = random.standard_normal((2, n, self.features)) + self.distance * label[None, :, None]
            found = [self._split(random, label, x, test_rows) for _ in range(self.splits)]
            items, right = zip(*found, strict=True)
            yield Split(np.stack(items), *np.stack(right, axis=1)), 1

    def _split(
        self, random: np.random.Generator, label: NDArray[np.bool_], x: Values, test_rows: int
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Give the test rows, and whether each side is right there, shape (2, rows)."""
        order = random.permutation(len(label))
        test, train = order[:test_rows], order[test_rows:]
        up, down = train[label[train]], train[~label[train]]
        centre = (x[:, up].mean(axis=1) + x[:, down].mean(axis=1)) / 2
        slope = x[:, up].mean(axis=1) - x[:, down].mean(axis=1)
        side = np.einsum("snf,sf->sn", x[:, test] - centre[:, None], slope) > 0
        return test, side == label[test]
