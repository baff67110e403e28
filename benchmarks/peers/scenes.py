"""What is simulated: which rows, how many, which loss is allowed, which is true."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.calibration.errors import Regression
from benchmarks.calibration.rates import Same
from benchmarks.calibration.scene import spoilt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.calibration.errors import Tail

    Values = NDArray[np.float64]
    Arrays = dict[str, NDArray[Any]]
    Truth = Literal["none", "margin", "twice", "gain"]

Z_LEVEL, Z_POWER = 1.6449, 0.8416
"""Quantiles of the normal law at .95 and .8: a margin of their sum times the standard error."""
LOOKS = 50
MINIMUM_GAIN = 0.005
"""`min_delta` of evalsig's action, pytest fixture and README."""


@dataclass(frozen=True)
class Scene:
    """One line of a table: rows with a known truth, and an allowed loss.

    Attributes
    ----------
    key, words
        Unique; what the table calls it.
    kind
        `answers`: labels and classes; `numbers`: labels and predictions of numbers, by their mean
        absolute error; `scores`: labels and probabilities, by their log loss.
    n, margin, repetitions
        Rows, the allowed loss, samples for each truth.
    truths
        What is true: no change, a loss of the margin, of twice the margin, or a gain of it.
    """

    key: str
    words: str
    kind: Literal["answers", "numbers", "scores"]
    n: int
    margin: float
    repetitions: int
    truths: tuple[Truth, ...] = ("none", "margin", "twice")

    def loss(self, truth: Truth) -> float:
        """Return the true loss."""
        return {"none": 0.0, "margin": 1.0, "twice": 2.0, "gain": -1.0}[truth] * self.margin

    def generator(self, truth: Truth, seed: int) -> np.random.Generator:
        """Return the random numbers of one truth; equal seeds give equal samples."""
        return np.random.default_rng([seed, zlib.crc32(f"{self.key} {truth}".encode())])

    def draw(self, truth: Truth, seed: int) -> Arrays:
        """Return all samples.

        `label`, `new` and `old` have shape (samples, n), or of `answers` (distinct samples, n), with
        `which`, shape (repetitions,), naming the one that each repetition drew.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Answers(Scene):
    """Right or wrong on independent rows; `flipped` is the share of grades that the judge gets wrong."""

    differ: float = 0.05
    flipped: float = 0.0
    metrics: int = 1

    def draw(self, truth: Truth, seed: int) -> Arrays:
        """Return samples; with more metrics than one, `which` has a column for each."""
        random = self.generator(truth, seed)
        columns = [self._counts(random, self.loss(truth))]
        columns += [self._counts(random, 0.0) for _ in range(self.metrics - 1)]
        counts = np.stack(columns, axis=1)
        cells = counts.reshape(-1, 4)
        # Nothing but the rows that differ decides: one sample stands for all with as many.
        _, first, which = np.unique(cells[:, 1:3], axis=0, return_index=True, return_inverse=True)
        shape = (self.repetitions,) if self.metrics == 1 else (self.repetitions, self.metrics)
        new, old = expanded(cells[first])
        return {**coded(new, old), "which": which.reshape(shape)}

    def _counts(self, random: np.random.Generator, loss: float) -> NDArray[np.int64]:
        shares = true_shares(self.differ, loss)
        if self.flipped:
            grades = np.array([[1 - self.flipped, self.flipped], [self.flipped, 1 - self.flipped]])
            shares = np.kron(grades, grades) @ shares
        return random.multinomial(self.n, shares, size=self.repetitions)


@dataclass(frozen=True)
class Looks(Answers):
    """The rows come in 50 equal batches, and the gate is asked after each."""

    def draw(self, truth: Truth, seed: int) -> Arrays:
        """Return samples whose rows are in an order of chance."""
        random = self.generator(truth, seed)
        shares = true_shares(self.differ, self.loss(truth))
        cells = random.choice(4, size=(self.repetitions, self.n), p=shares)
        new, old = np.isin(cells, (0, 1)), np.isin(cells, (0, 2))
        return {**coded(new, old), "which": np.arange(self.repetitions)}


@dataclass(frozen=True)
class Clustered(Scene):
    """Rows of clusters in which the candidate is better or worse than elsewhere.

    A row differs with probability `differ`; then it is broken with its cluster's probability, which
    is drawn from a beta law. `correlation` is that of the change within a cluster.
    """

    clusters: int = 20
    correlation: float = 0.1
    differ: float = 0.2

    def draw(self, truth: Truth, seed: int) -> Arrays:
        """Return samples, with `clusters`, shape (n,)."""
        random = self.generator(truth, seed)
        mean = (1 + self.loss(truth) / self.differ) / 2
        size = mean * (1 - mean) * 4 * self.differ / self.correlation - 1
        clusters = np.repeat(np.arange(self.clusters), self.n // self.clusters)
        shape = (self.repetitions, self.n)
        breaks = random.beta(mean * size, (1 - mean) * size, (self.repetitions, self.clusters))
        differs = random.random(shape) < self.differ
        broken = random.random(shape) < breaks[:, clusters]
        same = random.random(shape) < 0.8
        new, old = np.where(differs, ~broken, same), np.where(differs, broken, same)
        return {**coded(new, old), "which": np.arange(self.repetitions), "clusters": clusters}


@dataclass(frozen=True)
class Numbers(Scene):
    """Predictions of numbers, with errors of normal or heavy tails."""

    tail: Tail = "normal"

    def draw(self, truth: Truth, seed: int) -> Arrays:
        """Return samples."""
        random = self.generator(truth, seed)
        scene = spoilt(Regression(self.tail), "mae", self.loss(truth))
        assert scene is not None
        drawn = [data for data, _ in scene.draws(random, self.n, self.repetitions)]
        label, new, old = (
            np.stack(side) for side in zip(*(data[:3] for data in drawn), strict=True)
        )
        return {"label": label, "new": new, "old": old, "which": np.arange(self.repetitions)}


@dataclass(frozen=True)
class Sure(Scene):
    """1 % of a model's scores are 1e-6 or 1 − 1e-6, and a fifth of these is wrong.

    Where the candidate loses the margin the baseline has none such; where nothing changed both
    have them, each on rows of its own. The mean log loss of a chance ~ Beta(2, 2) is 7/12.
    """

    def draw(self, truth: Truth, seed: int) -> Arrays:
        """Return samples."""
        random = self.generator(truth, seed)
        shape = (self.repetitions, self.n)
        chance = random.beta(2, 2, shape)
        label = random.random(shape) < chance
        new = self._sure(random, chance, label)
        old = self._sure(random, chance, label) if truth == "none" else chance
        which = np.arange(self.repetitions)
        return {"label": label.astype(np.int64), "new": new, "old": old, "which": which}

    def _sure(
        self, random: np.random.Generator, chance: Values, label: NDArray[np.bool_]
    ) -> Values:
        sure = random.random(chance.shape) < SURE
        claim = np.where(random.random(chance.shape) < 0.2, ~label, label)
        return np.where(sure, np.where(claim, 1 - 1e-6, 1e-6), chance)


SURE = 0.01
SURE_LOSS = SURE * (0.2 * 13.8155 - 7 / 12)


def true_shares(differ: float, loss: float) -> Values:
    """Return the shares of rows that are right on both sides, fixed, broken, right on neither."""
    accuracy = 0.9 if differ < 0.2 else 0.75
    both, fixed, broken, neither = Same(accuracy, differ, abs(loss)).shares()
    return np.array([both, broken, fixed, neither] if loss < 0 else [both, fixed, broken, neither])


def expanded(cells: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows are right on either side, shape (samples, n), from the counts of cells."""
    right = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], dtype=np.bool_)
    new, old = zip(*(np.repeat(right, cell, axis=1) for cell in cells), strict=True)
    return np.stack(new), np.stack(old)


def coded(new: NDArray[np.bool_], old: NDArray[np.bool_]) -> Arrays:
    """Return labels 0 and 1 by turns, and predictions that are right there."""
    label = np.broadcast_to(np.arange(new.shape[1]) % 2, new.shape).astype(np.int8)
    return {
        "label": label,
        "new": np.where(new, label, 1 - label),
        "old": np.where(old, label, 1 - label),
    }


def decidable(variance: float, n: float, power: float = Z_POWER) -> float:
    """Return the margin that n rows of this variance decide with power .8, to four digits."""
    return round((Z_LEVEL + power) * math.sqrt(variance / n), 4)


GROUPS = ("answers", "numbers", "clusters", "judge", "ten", "looks", "better")


def scenes(group: str) -> tuple[Scene, ...]:
    """Return the lines of a table."""
    return tuple(_GROUPS[group]())


def _answers() -> Iterator[Scene]:
    for n in (200, 1_000, 10_000):
        for differ in (0.01, 0.05, 0.2) if n < 10_000 else (0.05,):
            words = f"{n:,} rows, {differ:.0%} differ".replace("%", " %")
            yield Answers(
                f"answers-{n}-{100 * differ:g}",
                words,
                "answers",
                n,
                decidable(differ, n),
                1_000 if n < 10_000 else 400,
                ("none", "margin", "twice") if n < 10_000 else ("none", "margin"),
                differ=differ,
            )


def _numbers() -> Iterator[Scene]:
    # Variances of the change of an absolute error, from ten million rows.
    tails: tuple[tuple[Tail, str, float], ...] = (
        ("normal", "normal errors", 0.3642),
        ("t3", "heavy tails (t, 3 degrees of freedom)", 1.0632),
    )
    for n in (200, 1_000, 10_000):
        for tail, words, variance in tails if n < 10_000 else tails[1:]:
            yield Numbers(
                f"numbers-{n}-{tail}",
                f"MAE, {n:,} rows, {words}",
                "numbers",
                n,
                decidable(variance, n),
                1_000 if n < 10_000 else 200,
                ("none", "margin"),
                tail=tail,
            )
    for n in (500, 2_000, 10_000):
        words = f"log loss, {n:,} rows, 1 % of the scores very sure, a fifth of them wrong"
        repetitions = 1_000 if n < 10_000 else 200
        yield Sure(f"numbers-{n}-sure", words, "scores", n, SURE_LOSS, repetitions, ("none", "margin"))  # fmt: skip


def _clusters() -> Iterator[Scene]:
    for n, clusters in ((1_000, 20), (1_000, 50), (1_000, 200), (10_000, 50)):
        effect = 1 + (n / clusters - 1) * 0.1
        yield Clustered(
            f"clusters-{n}-{clusters}",
            f"{n:,} rows of {clusters} users, correlation .1",
            "answers",
            n,
            decidable(0.2 * effect, n),
            500 if n < 10_000 else 200,
            ("none", "margin"),
            clusters=clusters,
        )


def _judge() -> Iterator[Scene]:
    for n, flipped in ((1_000, 0.02), (1_000, 0.1)):
        changed = 2 * flipped * (1 - flipped)
        differ = 0.05 * (1 - changed) + 0.95 * changed
        yield Answers(
            f"judge-{n}-{100 * flipped:g}",
            f"{n:,} rows, the judge gets {flipped:.0%} of the grades wrong".replace("%", " %"),
            "answers",
            n,
            decidable(differ, n),
            1_000,
            ("none", "margin"),
            flipped=flipped,
        )


def _ten() -> Iterator[Scene]:
    margin = decidable(0.05, 1_000, power=2.0047)  # .9775 ** 10 = .8
    yield Answers(
        "ten", "1,000 rows, 5 % differ in each", "answers", 1_000, margin, 500, metrics=10
    )


def _looks() -> Iterator[Scene]:
    words = "2,000 rows, 10 % differ, a look after every 40"
    yield Looks("looks", words, "answers", 2_000, decidable(0.1, 2_000), 300, ("none", "margin"), differ=0.1)  # fmt: skip


def _better() -> Iterator[Scene]:
    for n, differ in ((1_000, 0.05), (1_000, 0.2), (10_000, 0.05)):
        words = f"{n:,} rows, {differ:.0%} differ".replace("%", " %")
        repetitions = 1_000 if n < 10_000 else 400
        yield Answers(f"better-{n}-{100 * differ:g}", words, "answers", n, decidable(differ, n), repetitions, ("none", "gain"), differ=differ)  # fmt: skip


_GROUPS = {
    "answers": _answers,
    "numbers": _numbers,
    "clusters": _clusters,
    "judge": _judge,
    "ten": _ten,
    "looks": _looks,
    "better": _better,
}
