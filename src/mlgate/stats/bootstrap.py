"""Poisson bootstrap, for what has no closed form: RMSE, R², the user's own functions.

Row weights are independent Poisson(1) counts (Hanley & MacGibbon 2006; Chamandy et al.
2012), made from a seed that comes from a digest, so that the same evidence gives the same
interval. Bounds are percentiles of the replicates, as BCa and bootstrap-t do worse on heavy
tails. For RMSE and R² above `ROWS` rows, sums over 4,096 random blocks of rows are resampled
in place of rows: the cost of resampling does not grow with n.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.estimate import Estimate, undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    _SumMetric = Callable[[Values, int], Values]

ROWS: Final = 20_000
"""Up to here rows are resampled, above it blocks."""
BLOCKS: Final = 4_096
_ORDERS: Final = 64
REPLICATES: Final = 2_000
CHUNK: Final = 4_000_000
"""Weights held in memory at a time, unless told otherwise."""
_CACHED: Final = 3 << 14
"""So few weights stay in the processor's cache, and their products on one thread of BLAS."""
_MIN_DEFINED: Final = 0.9
"""A metric that is undefined in more than a tenth of the resamples has no interval."""
_POISSON: Final = bytes(np.repeat(np.arange(6, dtype=np.uint8), (94, 95, 46, 16, 4, 1)))
"""Poisson(1) in 256ths, with mean and variance exactly 1 and third moment 4.98 (5): a random
byte looks its weight up here, ten times as fast as a sampler."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """A metric on the plain rows and on B resamples of them; undefined ones are NaN.

    `old` and `old_value` hold the baseline's numbers under the same weights; None without.
    """

    n: int
    value: float
    new: Values
    old_value: float | None = None
    old: Values | None = None
    method: str = "poisson bootstrap"


def seed_of(*parts: str) -> int:
    """Give a seed from words (digests, metric names): the same words, the same seed."""
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
    return _percentile(draws, value, replicates, confidence, "paired ")


def regression(
    y_true: Values,
    new: Values,
    old: Values | None = None,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> dict[str, Replicates]:
    """RMSE and R² of one or two sides on the same rows of shape (n,): keys "rmse" and "r2".

    Values equal scikit-learn's, but for R² of equal labels, which is undefined (NaN) here.
    All come from one set of weights; n ≥ 1.
    """
    blocked = len(y_true) > ROWS
    sums = (_block_sums if blocked else _columns)(y_true, new, old, seed)
    total = sums.sum(axis=1)
    chunks = weights(sums.shape[1], replicates, seed=seed, chunk=_CACHED)
    drawn = np.concatenate([chunk @ sums.T for chunk in chunks])
    method = f"poisson bootstrap of {BLOCKS:,} blocks" if blocked else "poisson bootstrap"
    return {
        name: _replicates(metric, total, drawn.T, len(y_true), method)
        for name, metric in (("rmse", _rmse), ("r2", _r2))
    }


def _replicates(
    metric: _SumMetric, total: Values, drawn: Values, n: int, method: str
) -> Replicates:
    """Both sides from sums of (1, y, y², new's errors², [old's errors²])."""
    value, new = float(metric(total, 3)), metric(drawn, 3)
    if len(total) == 4:
        return Replicates(n, value, new, method=method)
    return Replicates(n, value, new, float(metric(total, 4)), metric(drawn, 4), method)


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


def _columns(y_true: Values, new: Values, old: Values | None, seed: int) -> Values:
    """What is summed, shape (4 or 5, n); labels are centred, so that R² keeps its digits."""
    del seed
    return _moments(y_true - y_true.mean(), y_true, [new] if old is None else [new, old])


def _moments(centred: Values, y_true: Values, sides: list[Values]) -> Values:
    out = np.empty((3 + len(sides), len(y_true)))
    out[0], out[1] = 1, centred
    np.square(centred, out=out[2])
    for row, side in enumerate(sides, start=3):
        np.subtract(side, y_true, out=out[row])
        np.square(out[row], out=out[row])
    return out


def _block_sums(y_true: Values, new: Values, old: Values | None, seed: int) -> Values:
    """The same summed over 4,096 random blocks, shape (4 or 5, 4096).

    Every run of 4,096 rows is laid over the blocks in one of 64 random orders under a random
    rotation, so that neither the rows' order nor a period in it matters, and what is
    shuffled stays in the processor's cache.
    """
    generator = np.random.Generator(np.random.SFC64(seed_of("blocks", str(seed))))
    mean, sides = y_true.mean(), [new] if old is None else [new, old]
    orders = generator.permuted(np.tile(np.arange(BLOCKS), (_ORDERS, 1)), axis=1)
    out = np.zeros((3 + len(sides), BLOCKS))
    for start in range(0, len(y_true), BLOCKS):
        labels = y_true[start : start + BLOCKS]
        rows = _moments(labels - mean, labels, [side[start : start + BLOCKS] for side in sides])
        if len(labels) < BLOCKS:
            rows = np.pad(rows, ((0, 0), (0, BLOCKS - len(labels))))
        mixed = rows.take(orders[generator.integers(_ORDERS)], axis=1)
        turn = int(generator.integers(BLOCKS))
        out[:, turn:] += mixed[:, : BLOCKS - turn]
        out[:, :turn] += mixed[:, BLOCKS - turn :]
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
        return Estimate(value, None, None, n, method, insufficient=why)
    low, high = (float(q) for q in np.quantile(defined, (1 - confidence, confidence)))
    if prefix and value == low == high == 0:
        method += " (identical)"
    return Estimate(value, low, high, n, method, n * float(defined.var(ddof=1)))
