"""Scores of two models: ranks with a known ROC AUC, probabilities with a known loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from mlgate.stats import calibration_line, means
from mlgate.stats.calibration import BINS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]


class Scored(NamedTuple):
    """Rows with a label (bool, or codes) and both models' scores, shape (n,) or (n, K)."""

    label: NDArray[np.bool_] | NDArray[np.int64]
    new: Values
    old: Values
    clusters: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Binormal:
    """Scores N(0, 1) of negative rows and N(d, 1) of positive ones: AUC = Φ(d/√2).

    Attributes
    ----------
    share
        Of positive rows.
    auc
        The baseline's; damage lowers the candidate's d.
    correlation
        Of both models' scores within a class.
    step
        Scores are rounded down to multiples of it (ties); 0: not at all.
    users, user_share
        How many users the rows belong to (0: rows are independent), and the share of each
        model's variance within a class that is its users'.
    """

    share: float
    auc: float
    correlation: float = 0.9
    step: float = 0.0
    users: int = 0
    user_share: float = 0.0
    damage: float = 0.0
    most: ClassVar[float] = 1.0

    def truth(self, metric: str) -> tuple[float, float]:
        d = _distance(self.auc)
        if metric == "average_precision":
            return _average_precision(self.share, d - self.damage), _average_precision(
                self.share, d
            )
        if "@" in metric:
            return self._point(metric, d - self.damage), self._point(metric, d)
        return _area(d - self.damage, self.step), _area(d, self.step)

    def _point(self, metric: str, d: float) -> float:
        """TPR at an FPR, or recall at a precision: the share of positives above a threshold."""
        from scipy.optimize import brentq
        from scipy.special import ndtr, ndtri

        name, _, limit = metric.partition("@")
        if name == "tpr_at_fpr":
            threshold = -ndtri(float(limit))
            if self.step:
                threshold = math.ceil(threshold / self.step) * self.step
            return float(ndtr(d - threshold))

        def lacking(t: float) -> float:
            true, false = self.share * ndtr(d - t), (1 - self.share) * ndtr(-t)
            return float(true * (1 - float(limit)) - false * float(limit))

        if lacking(6.0) <= 0:  # no threshold that matters reaches the precision
            return 0.0
        return float(ndtr(d - brentq(lacking, -9.0, 6.0, xtol=1e-12)))

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Scored, float]]:
        d = _distance(self.auc)
        for _ in range(repetitions):
            positive = random.random(n) < self.share
            clusters = random.integers(self.users, size=n) if self.users else None
            new, old = (
                self._rounded(noise + positive * distance)
                for noise, distance in zip(
                    self._noise(random, n, clusters), (d - self.damage, d), strict=True
                )
            )
            yield Scored(positive, new, old, clusters), 1

    def _noise(
        self, random: np.random.Generator, n: int, clusters: NDArray[np.int64] | None
    ) -> Values:
        """Give noise of unit variance, shape (2, n)."""
        within = _correlated(random, n, self.correlation)
        if clusters is None:
            return within
        between = _correlated(random, self.users, self.correlation)[:, clusters]
        mixed: Values = (
            math.sqrt(self.user_share) * between + math.sqrt(1 - self.user_share) * within
        )
        return mixed

    def _rounded(self, score: Values) -> Values:
        return np.floor(score / self.step) * self.step if self.step else score


@dataclass(frozen=True)
class Classes:
    """Scores of several classes: N(d, 1) in the label's column, N(0, 1) in all others.

    The one-vs-rest AUC of every class is Φ(d/√2).
    """

    shares: tuple[float, ...]
    auc: float
    correlation: float = 0.9
    damage: float = 0.0
    most: ClassVar[float] = 1.0

    def truth(self, metric: str) -> tuple[float, float]:
        del metric
        d = _distance(self.auc)
        return _area(d - self.damage, 0), _area(d, 0)

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Scored, float]]:
        k, d = len(self.shares), _distance(self.auc)
        for _ in range(repetitions):
            label = random.choice(k, size=n, p=self.shares)
            right = np.eye(k)[label]
            new, old = _correlated(random, n * k, self.correlation).reshape(2, n, k)
            yield Scored(label, new + (d - self.damage) * right, old + d * right), 1


@dataclass(frozen=True)
class Logits:
    """Outcomes of probability σ(z), z ~ N(offset, spread²), which both models see with noise.

    A model says σ(slope · (z + noise · ε)): overconfident where slope > 1. Damage is more
    noise. True losses are integrals over z and ε.
    """

    offset: float
    slope: float = 1.0
    spread: float = 1.5
    noise: float = 0.5
    damage: float = 0.0
    most: ClassVar[float] = 20.0

    def truth(self, metric: str) -> tuple[float, float]:
        return self._true(metric, self.noise + self.damage), self._true(metric, self.noise)

    def _true(self, metric: str, noise: float) -> float:
        return _expected(metric, self.offset, self.spread, self.slope, noise)

    def draws(
        self, random: np.random.Generator, n: int, repetitions: int
    ) -> Iterator[tuple[Scored, float]]:
        for _ in range(repetitions):
            z = random.normal(self.offset, self.spread, n)
            positive = random.random(n) < _sigmoid(z)
            new, old = (
                _sigmoid(self.slope * (z + noise * random.standard_normal(n)))
                for noise in (self.noise + self.damage, self.noise)
            )
            yield Scored(positive, new, old), 1


def _correlated(random: np.random.Generator, n: int, correlation: float) -> Values:
    """Give two rows of n standard normal numbers with this correlation."""
    shared, own = random.standard_normal(n), random.standard_normal((2, n))
    mixed: Values = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
    return mixed


def _sigmoid(z: Values) -> Values:
    from scipy.special import expit

    probability: Values = expit(z)
    return probability


def _distance(auc: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(auc)) * math.sqrt(2)


def _area(d: float, step: float) -> float:
    """P(positive > negative) + ½ P(equal)."""
    from scipy.special import ndtr

    if not step:
        return float(ndtr(d / math.sqrt(2)))
    edges = np.arange(math.floor(-9 / step), math.ceil((d + 9) / step) + 1) * step
    positive, negative = np.diff(ndtr(edges - d)), np.diff(ndtr(edges))
    below = np.cumsum(negative) - negative / 2
    return float(positive @ below)


@lru_cache(maxsize=512)
def _average_precision(share: float, d: float) -> float:
    """Mean over positive scores t of P(positive | score ≥ t)."""
    from scipy.integrate import quad
    from scipy.special import ndtr

    def weighted(t: float) -> float:
        true, false = share * ndtr(d - t), (1 - share) * ndtr(-t)
        density = math.exp(-((t - d) ** 2) / 2) / math.sqrt(2 * math.pi)
        return float(true / (true + false)) * density

    return float(quad(weighted, d - 9, d + 9, epsabs=1e-12, limit=200)[0])


@lru_cache(maxsize=4096)
def _expected(metric: str, offset: float, spread: float, slope: float, noise: float) -> float:
    """Mean loss, or calibration error over bins, of endless rows: by quantiles of z and ε."""
    from scipy.special import ndtri

    z = offset + spread * ndtri((np.arange(1000) + 0.5) / 1000)
    e = noise * ndtri((np.arange(200) + 0.5) / 200)
    chance = np.repeat(_sigmoid(z), len(e))
    score = _sigmoid(slope * (z[:, None] + e[None, :])).ravel()
    if metric.startswith("calibration_"):
        fit = (
            calibration_line.slope if metric == "calibration_slope" else calibration_line.intercept
        )
        both = np.repeat([True, False], len(score))
        inside = np.tile(np.clip(score, 1e-12, 1 - 1e-12), 2)
        value = fit(both, inside, np.concatenate((chance, 1 - chance))).value
        assert value is not None
        return value
    if metric == "ece":
        index = np.minimum((score * BINS).astype(np.intp), BINS - 1)
        return float(np.abs(np.bincount(index, score - chance)).sum() / len(score))
    loss = means.binary_log_loss if metric == "log_loss" else means.binary_brier
    yes = np.ones(len(score), dtype=bool)
    return float((chance * loss(yes, score) + (1 - chance) * loss(~yes, score)).mean())
