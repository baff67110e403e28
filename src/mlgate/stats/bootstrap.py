"""Poisson bootstrap, for what has no closed form: RMSE, R², the user's own functions.

Row weights are independent Poisson(1) counts (Hanley & MacGibbon 2006; Chamandy et al.
2012), made from a seed that comes from a digest, so that the same evidence gives the same
interval. Bounds are percentiles of the replicates, as BCa and bootstrap-t do worse on heavy
tails. For RMSE and R² above `ROWS` rows, sums over 4,096 random blocks of rows are resampled
instead of rows: the cost of resampling does not grow with n. Rows in clusters are drawn by
cluster: every row of one has its weight (Field & Welsh 2007, Journal of the Royal Statistical
Society B 69:369).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlgate.stats.effective_n import MIN_UNITS, equal, units
from mlgate.stats.estimate import Estimate, undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    _SumMetric = Callable[[Values, int], Values]
    _Columns = Callable[[slice], Values]
    """What is summed, shape (4 or 5, rows of the slice)."""

ROWS: Final = 20_000
"""Up to here rows are resampled, above it blocks."""
BLOCKS: Final = 4_096
_ORDERS: Final = 64
REPLICATES: Final = 2_000
CHUNK: Final = 4_000_000
"""Weights held in memory at a time by default."""
_CACHED: Final = 3 << 14
"""So few weights stay in the processor's cache, and their products on one thread of BLAS."""
MIN_WORTH: Final = 30.0
"""Where fewer rows carry the squared errors, resampling does not see how far they can reach.
With t₃ tails and 200 rows a gate passes a loss of its margin in .12 of cases without this limit;
with it in .03, and two thirds of such samples stay undecided. Normal errors are worth n/3."""
_SIXTH: Final = 6
"""Of fewer rows a sixth must carry them; of clusters at least as many as must carry any weight."""
_MIN_DEFINED: Final = 0.9
"""A metric that is undefined in more than a tenth of the resamples has no interval."""
_POISSON: Final = bytes(np.repeat(np.arange(6, dtype=np.uint8), (94, 95, 46, 16, 4, 1)))
"""Poisson(1) in 256ths, with mean and variance exactly 1 and third moment 4.98 (5): a random
byte looks its weight up here, ten times as fast as a sampler."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """A metric on the plain rows and on B resamples of them; undefined ones are NaN.

    `old` and `old_value` hold the baseline's numbers under the same weights; None without.
    `insufficient` says why no bounds may be made of them, `old_insufficient` why none of
    anything that looks at the baseline.
    """

    n: int
    value: float
    new: Values
    old_value: float | None = None
    old: Values | None = None
    method: str = "poisson bootstrap"
    insufficient: str | None = None
    old_insufficient: str | None = None


def seed_of(*parts: str) -> int:
    """Return a seed from words (digests, metric names): the same words, the same seed."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big")


def weights(
    n: int, replicates: int = REPLICATES, *, seed: int, chunk: int = CHUNK
) -> Iterator[Values]:
    """Yield arrays of shape (b, n) of Poisson(1) weights, `replicates` rows in all.

    An array holds at most `chunk` weights, or one replicate; so much memory is needed. The
    weights depend on all arguments.
    """
    generator = np.random.Generator(np.random.SFC64(seed))
    step = max(1, chunk // max(n, 1))
    for start in range(0, replicates, step):
        count = min(step, replicates - start)
        words = generator.integers(1 << 64, size=-(-count * n // 8), dtype=np.uint64)
        drawn = np.frombuffer(words.tobytes().translate(_POISSON), dtype=np.uint8)
        yield drawn[: count * n].reshape(count, n).astype(np.float64)


def interval(replicates: Replicates, *, confidence: float = 0.95) -> Estimate:
    """Percentile bounds of the candidate's value."""
    return _percentile(replicates.new, replicates.value, replicates, confidence, "")


def contrast(replicates: Replicates, *, factor: float = 1.0, confidence: float = 0.95) -> Estimate:
    """Percentile bounds of new − factor × old under the same weights."""
    if replicates.old is None or replicates.old_value is None:
        return undefined(replicates.n, replicates.method, "no baseline")
    value = replicates.value - factor * replicates.old_value
    draws = replicates.new - factor * replicates.old
    why = replicates.insufficient or replicates.old_insufficient
    return _percentile(draws, value, replace(replicates, insufficient=why), confidence, "paired ")


def regression(
    y_true: Values,
    new: Values,
    old: Values | None = None,
    *,
    seed: int,
    replicates: int = REPLICATES,
    weights: Values | None = None,
    clusters: NDArray[Any] | None = None,
) -> dict[str, Replicates]:
    """RMSE and R² of one or two sides on the same rows of shape (n,): keys "rmse" and "r2".

    Values equal scikit-learn's, but for R² of equal labels, which is undefined (NaN) here.
    All come from one set of resamples; n ≥ 1.

    Parameters
    ----------
    weights
        Shape (n,), ≥ 0: how much each row counts, times how often it is drawn.
    clusters
        Shape (n,), integer codes of the cluster of each row: clusters are drawn.
    """
    n = len(y_true)
    sides = [new] if old is None else [new, old]
    columns = _moments(y_true, sides, weights)
    count = n
    if clusters is not None:
        columns, count = _by_cluster(columns(slice(n)), clusters)
    blocked = count > ROWS
    sums = _block_sums(columns, count, seed) if blocked else columns(slice(count))
    total, drawn = sums.sum(axis=1), _resampled(sums, replicates, seed)
    worth = units(n, weights, clusters)
    of = f" of {BLOCKS:,} blocks" if blocked else ""
    method = f"poisson bootstrap{of}{worth.suffix}"
    least = min(MIN_WORTH, sums.shape[1] / _SIXTH)
    least = least if clusters is None else max(least, MIN_UNITS)
    why = tuple(worth.insufficient or _carried(squares, least) for squares in sums[3:])
    return {
        name: _replicates(metric, total, drawn, n, (method, *why))
        for name, metric in (("rmse", _rmse), ("r2", _r2))
    }


def _carried(squares: Values, needed: float) -> str | None:
    """Return a reason where few of the resampled units hold most of a side's squared errors.

    They are worth (Σ s)² / Σ s² equal ones (Kish 1965, Survey Sampling, section 8.2).
    """
    worth = equal(squares)
    if worth >= needed or not squares.any():
        return None
    return (
        f"a few rows carry most of the squared errors, which are worth {worth:.1f} equal ones; "
        f"{needed:.3g} are needed: look at those rows, or gate on the mean absolute error"
    )


def _resampled(sums: Values, replicates: int, seed: int) -> Values:
    """Return the columns' sums, shape (c, B), over resamples of what they hold."""
    chunks = weights(sums.shape[1], replicates, seed=seed, chunk=_CACHED)
    return np.concatenate([chunk @ sums.T for chunk in chunks]).T


def _replicates(
    metric: _SumMetric, total: Values, drawn: Values, n: int, remarks: tuple[Any, ...]
) -> Replicates:
    """Both sides from sums of (1, y, y², new's errors², [old's errors²])."""
    value, new = float(metric(total, 3)), metric(drawn, 3)
    if len(total) == 4:
        return Replicates(n, value, new, None, None, *remarks)
    return Replicates(n, value, new, float(metric(total, 4)), metric(drawn, 4), *remarks)


def _rmse(sums: Values, side: int) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        root: Values = np.sqrt(sums[side] / sums[0])
        return root


def _r2(sums: Values, side: int) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = sums[2] - sums[1] * sums[1] / sums[0]
        # Rounding leaves a hair of spread where all labels are equal: that is undefined too.
        spread = np.where(spread > 1e-14 * sums[2], spread, np.nan)
        share: Values = 1 - sums[side] / spread
        return share


def _moments(y_true: Values, sides: Sequence[Values], weights: Values | None) -> _Columns:
    """Return (1, y, y², errors² of each side) of a run of rows, times their weights.

    Labels are centred, so that R² keeps its digits.
    """
    mean = y_true.mean()

    def columns(part: slice) -> Values:
        labels = y_true[part]
        out = np.empty((3 + len(sides), len(labels)))
        out[0] = 1
        np.subtract(labels, mean, out=out[1])
        np.square(out[1], out=out[2])
        for row, side in enumerate(sides, start=3):
            np.subtract(side[part], labels, out=out[row])
            np.square(out[row], out=out[row])
        if weights is not None:
            out *= weights[part]
        return out

    return columns


def _by_cluster(rows: Values, clusters: NDArray[Any]) -> tuple[_Columns, int]:
    """Sum columns, shape (c, n), within clusters; give them and the number of clusters."""
    codes = np.unique(clusters, return_inverse=True)[1]
    sums: Values = np.stack([np.bincount(codes, weights=row) for row in rows]).astype(np.float64)
    return lambda part: sums[:, part], sums.shape[1]


def _block_sums(columns: _Columns, count: int, seed: int) -> Values:
    """Sum columns of `count` rows over 4,096 random blocks, shape (4 or 5, 4096).

    Every run of 4,096 rows is laid over the blocks in one of 64 random orders under a random
    rotation, so that neither the rows' order nor a period in it matters, and what is
    shuffled stays in the processor's cache.
    """
    generator = np.random.Generator(np.random.SFC64(seed_of("blocks", str(seed))))
    orders = generator.permuted(np.tile(np.arange(BLOCKS), (_ORDERS, 1)), axis=1)
    out: Values | None = None
    for start in range(0, count, BLOCKS):
        rows = columns(slice(start, min(start + BLOCKS, count)))
        if rows.shape[1] < BLOCKS:
            rows = np.pad(rows, ((0, 0), (0, BLOCKS - rows.shape[1])))
        mixed = rows.take(orders[generator.integers(_ORDERS)], axis=1)
        turn = int(generator.integers(BLOCKS))
        out = np.zeros_like(rows) if out is None else out
        out[:, turn:] += mixed[:, : BLOCKS - turn]
        out[:, :turn] += mixed[:, BLOCKS - turn :]
    assert out is not None
    return out


def _percentile(
    draws: Values, value: float, replicates: Replicates, confidence: float, prefix: str
) -> Estimate:
    n, method = replicates.n, prefix + replicates.method
    if not np.isfinite(value):
        return undefined(n, method, "undefined on these rows")
    defined = draws[np.isfinite(draws)]
    if n < 2 or len(defined) < _MIN_DEFINED * len(draws):
        why = "two rows are needed" if n < 2 else "undefined in over a tenth of the resamples"
        return Estimate(value, None, None, n, method, insufficient=replicates.insufficient or why)
    low, high = (float(q) for q in np.quantile(defined, (1 - confidence, confidence)))
    if prefix and value == low == high == 0:
        method += " (identical)"
    variance = n * float(defined.var(ddof=1))
    return Estimate(value, low, high, n, method, variance, insufficient=replicates.insufficient)
