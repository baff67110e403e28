"""Do scores mean what they say: expected calibration error and reliability bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mlgate.stats.effective_n import units
from mlgate.stats.estimate import Estimate, normal_p_value, undefined
from mlgate.stats.influence import Influence
from mlgate.stats.proportions import wilson_bounds
from mlgate.stats.sums import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlgate.stats.effective_n import Units

    Values = NDArray[np.float64]
    Flags = NDArray[np.bool_]

BINS: Final = 15
"""Of the expected calibration error, as in Guo et al. (ICML 2017)."""
MIN_ROWS: Final = 200
"""With fewer rows the estimate is mostly its own bias."""
_HALF: Final = math.sqrt(2 / math.pi)
"""E|N(0, 1)|."""
_SURE: Final = 1.645
"""How many standard deviations a bin's gap may be smaller than it looks (95 %)."""
_REPLICATES: Final = 4_000
_METHOD: Final = "normal limit of the bins"
Binning = Literal["width", "frequency"]


def top_label(codes: NDArray[Any], scores: Values) -> tuple[Flags, Values]:
    """Multiclass to binary: (was the class with the highest score right, that score)."""
    best = scores.argmax(axis=1)
    return best == codes, np.take_along_axis(scores, best[:, None], axis=1)[:, 0]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of one bin: mean score, observed rate with its Wilson bounds, count."""

    score: float
    rate: float
    n: int
    lower: float
    upper: float


def bins(outcome: Flags, score: Values, *, count: int = 10, confidence: float = 0.95) -> list[Bin]:
    """Equal-width reliability bins of scores in [0, 1], for plots; empty ones left out."""
    index = index_of(score, count)
    sizes = np.bincount(index, minlength=count)
    hits = np.bincount(index, weights=outcome, minlength=count)
    scores = np.bincount(index, weights=score, minlength=count)
    return [
        Bin(
            float(scores[b] / sizes[b]),
            float(hits[b] / sizes[b]),
            int(sizes[b]),
            *wilson_bounds(float(hits[b]), int(sizes[b]), confidence),
        )
        for b in np.flatnonzero(sizes)
    ]


def ece(
    outcome: Flags,
    score: Values,
    *,
    binning: Binning = "width",
    seed: int,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Expected calibration error over 15 bins: Σ_b (n_b/n) |mean score − observed rate|.

    The value is the usual plug-in, which noise pushes up: perfect scores show an error too.
    Its bounds hold all the same. With δ the true gaps of the bins and ε their noise, normal
    with the variances of the bins' sums, |δ + ε| ≤ |δ| + |ε| gives the lower bound, value −
    percentile of Σ|ε|, and |δ + ε| ≥ |δ| ± ε the upper one, value + z √(Σ Var ε).

    Parameters
    ----------
    outcome, score
        Shape (n,): whether the event came, and the probability it was given.
    binning
        `width`: equal parts of [0, 1]; `frequency`: equal numbers of rows, equal scores
        together.
    weights
        Shape (n,): n_b becomes the bin's weight.
    clusters
        Shape (n,), integer codes: the noise is that of drawing clusters.
    """
    sample = _Sample.make(len(score), weights, clusters)
    side, n = sample.binned(outcome, score, binning), len(score)
    method = _METHOD + sample.units.suffix
    if n == 0:
        return undefined(0, method, "no rows")
    spread = math.sqrt(side.variance())
    drawn = np.abs(_noise(side.products(side), seed)).sum(axis=1)
    noise = float(np.quantile(drawn, confidence))
    return Estimate(
        side.value,
        max(0.0, side.value - noise / n),
        min(1.0, side.value + sample.units.quantile(confidence) * spread / n),
        n,
        method,
        row_variance=spread * spread / n,
        insufficient=sample.insufficient,
    )


def ece_contrast(
    outcome: tuple[Flags, Flags],
    score: tuple[Values, Values],
    *,
    factor: float = 1.0,
    seed: int,
    confidence: float = 0.95,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> Estimate:
    """Bounds of candidate − factor × baseline on the same rows.

    Pairs are (candidate's, baseline's). Noise of standard deviation s raises |δ| in a bin by
    the bias s·g(|δ|/s), g(t) = E|t + N(0, 1)| − t, and differently on both sides. Each bound
    allows for the most that can be so: see `_biases`. To that comes the normal quantile of
    replicates with the covariance of all bins of both sides. `row_variance` holds both parts,
    which shrink alike as rows grow.
    """
    sample = _Sample.make(len(score[0]), weights, clusters)
    new, old = (sample.binned(o, s, "width") for o, s in zip(outcome, score, strict=True))
    n, method = new.n, f"paired {_METHOD}{sample.units.suffix}"
    if n == 0:
        return undefined(0, method, "no rows")
    if factor == 1 and np.array_equal(new.gap, old.gap) and np.array_equal(new.bin, old.bin):
        why = sample.insufficient
        return Estimate(0.0, 0.0, 0.0, n, f"{method} (identical)", 0.0, 1.0, why)
    value = new.value - factor * old.value
    cross = new.products(old)
    covariance = np.block([[new.products(new), cross], [cross.T, old.products(old)]])
    sums = np.abs(np.concatenate((new.sums, old.sums)) + _noise(covariance, seed))
    draws = (sums[:, :BINS].sum(axis=1) - factor * sums[:, BINS:].sum(axis=1)) / n
    error, quantile = float(draws.std(ddof=1)), sample.units.quantile(confidence)
    below, above = (quantile * error + bias for bias in _biases(new, old, factor, covariance))
    return Estimate(
        value,
        value - below,
        value + above,
        n,
        method,
        row_variance=n * (max(below, above) / quantile) ** 2,
        p_value=normal_p_value(value / error) if error > 0 else None,
        insufficient=sample.insufficient,
    )


def _biases(new: _Binned, old: _Binned, factor: float, covariance: Values) -> tuple[float, float]:
    """Return by how much noise may raise new − factor × old, and by how much it may lower it.

    A bin of one side is raised by at most s·g(t) with t the least |δ|/s that its sum leaves
    open, and the difference of two sides (as g falls no faster than by 1) by at most
    |δₙ − δₒ| + √(2/π)·|sₙ − sₒ|, whichever is less. For |δₙ − δₒ| stands what was measured and
    the mean of its noise.
    """
    first, second = np.diagonal(covariance)[:BINS], np.diagonal(covariance)[BINS:]
    spread, other = np.sqrt(first), factor * np.sqrt(second)
    between = first + other**2 - 2 * factor * np.diagonal(covariance, BINS)
    apart = np.abs(new.sums - factor * old.sums) + _HALF * np.sqrt(np.maximum(between, 0.0))
    alike = apart + _HALF * np.abs(spread - other)
    raised, lowered = _bias(new.sums, spread), _bias(factor * old.sums, other)
    up, down = (float(np.minimum(shift, alike).sum()) / new.n for shift in (raised, lowered))
    return up, down


def _bias(sums: Values, spread: Values) -> Values:
    """Return the most by which noise may have raised each |sum|, shape (bins,)."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.maximum(np.abs(sums) / spread - _SURE, 0.0)
    t = np.where(spread > 0, t, 0.0)
    raised: Values = spread * (_HALF * np.exp(-t * t / 2) - 2 * t * ndtr(-t))
    return raised


def ece_influence(
    outcome: Flags, score: Values, *, binning: Binning = "width", weights: Values | None = None
) -> Influence:
    """Expected calibration error with the derivatives of Σ_b |sum of gaps| by the rows' weights.

    That is the delta method, which does not see that a gap near 0 may turn its sign: it
    overstates the variance of good scores. It serves where seeds vary too.
    """
    sample = _Sample.make(len(score), weights, None)
    side = sample.binned(outcome, score, binning)
    weight = 1.0 if sample.weights is None else sample.weights
    rows = (np.sign(side.sums)[side.bin] * side.gap - side.value * weight) / side.n
    return Influence(side.value, rows, "delta")


@dataclass(frozen=True, slots=True)
class _Sample:
    """How n rows count: weights of mean 1, clusters numbered without gaps."""

    n: int
    weights: Values | None
    clusters: NDArray[np.intp] | None
    units: Units

    @classmethod
    def make(cls, n: int, weights: Values | None, clusters: NDArray[Any] | None) -> _Sample:
        worth = units(n, weights, clusters)
        codes = None if clusters is None else np.unique(clusters, return_inverse=True)[1]
        scaled = None if weights is None else weights * (n / (float(weights.sum()) or 1.0))
        return cls(n, scaled, codes, worth)

    @property
    def insufficient(self) -> str | None:
        rows = self.n if self.clusters is not None else round(self.units.count)
        few = None if rows >= MIN_ROWS else f"{rows} rows; {MIN_ROWS} are needed"
        return few or self.units.insufficient

    def binned(self, outcome: Flags, score: Values, binning: Binning) -> _Binned:
        gap = score - outcome
        if self.weights is not None:
            gap *= self.weights
        index = index_of(score, BINS, binning)
        sums: Values = np.bincount(index, weights=gap, minlength=BINS).astype(np.float64)
        return _Binned(gap, index, sums, self.clusters)


@dataclass(frozen=True, slots=True)
class _Binned:
    """Each row's gap, weight × (score − outcome), and its bin; the sums of gaps by bin."""

    gap: Values
    bin: NDArray[np.intp]
    sums: Values
    clusters: NDArray[np.intp] | None

    @property
    def n(self) -> int:
        return len(self.gap)

    @property
    def value(self) -> float:
        return float(np.abs(self.sums).sum()) / self.n

    def products(self, other: _Binned) -> Values:
        """Σ of the products of gaps, by this side's bin and the other's: shape (15, 15).

        Of rows in clusters, of the products of the clusters' sums.
        """
        if self.clusters is not None:
            mine, theirs = self._cluster_sums(), other._cluster_sums()
            return mine.T @ theirs * (len(mine) / max(len(mine) - 1, 1))
        if other is self:
            return np.diag(np.bincount(self.bin, weights=self.gap**2, minlength=BINS))
        joint = self.bin * BINS + other.bin
        flat = np.bincount(joint, weights=self.gap * other.gap, minlength=BINS * BINS)
        return flat.reshape(BINS, BINS).astype(np.float64)

    def variance(self) -> float:
        """Bound the variance of the sum of the bins' absolute sums, whatever their signs."""
        if self.clusters is None:
            return dot(self.gap, self.gap)
        covariance, sign = self.products(self), np.sign(self.sums)
        return max(float(np.trace(covariance)), float(sign @ covariance @ sign))

    def _cluster_sums(self) -> Values:
        """Σ of gaps by cluster and bin, shape (G, 15)."""
        assert self.clusters is not None
        groups = int(self.clusters.max()) + 1
        joint = self.clusters * BINS + self.bin
        flat = np.bincount(joint, weights=self.gap, minlength=groups * BINS)
        return flat.reshape(groups, BINS).astype(np.float64)


def _noise(covariance: Values, seed: int) -> Values:
    """Draw noise of the bins' sums, normal with their covariance, bins held fixed.

    Shape (replicates, bins of all sides). It is the limit of resampling the rows.
    """
    eigen, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(eigen, 0.0))
    generator = np.random.Generator(np.random.SFC64(seed))
    # einsum and not @: threads of BLAS spin for longer than they work (see `sums.dot`).
    noise: Values = np.einsum(
        "ri,bi->rb", generator.standard_normal((_REPLICATES, len(root))), root
    )
    return noise


def index_of(score: Values, count: int, binning: Binning = "width") -> NDArray[np.intp]:
    """Return the bin of each score in [0, 1], shape (n,), 0 … count−1."""
    if binning == "width":
        index = (score * count).astype(np.intp)
        return np.minimum(index, count - 1, out=index)
    if len(score) == 0:
        return np.zeros(0, dtype=np.intp)
    edges = np.quantile(score, np.arange(1, count) / count)
    return np.searchsorted(edges, score, side="left")
