"""A loss against a ceiling, looked at as often as one likes: an e-process by betting.

For losses x_i in [0, 1] whose conditional mean is at most c, and a stake s in (0, 1), the
capital K_t(s) = Π_{i≤t} (1 + s·(x_i/c − 1)) of a bettor against c is a nonnegative
supermartingale that begins at 1 (Waudby-Smith & Ramdas 2024, "Estimating means of bounded
random variables by betting", section 4). So is any mixture of such bets, here over stakes and
over starting times with weights that sum to 1; by Ville's inequality the chance that it ever
reaches 1/α is at most α, however often it is looked at and whenever one stops. Bets that start
late find a change that comes late, at the price of a logarithm.

Losses are counted on a grid, each shared between its two neighbours so that its mean stays.
The logarithm is concave, so that this can only lower the capital: the bound on α holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS: Final = 2048
"""Times at which bets start and capital is counted; with more rows, a block holds several."""
_STAKES: Final = np.geomspace(0.006, 0.3, 8)
_LEVELS: Final = 65
_STEPS: Final = 17


@dataclass(frozen=True, slots=True)
class Path:
    """The evidence against one ceiling over time.

    Attributes
    ----------
    rows
        Shape (B,), int64: how many rows had been seen at each look.
    log_e
        Shape (B,): natural logarithm of the e-value at that look.
    """

    rows: NDArray[np.int64]
    log_e: NDArray[np.float64]

    def alarm(self, alpha: float) -> int | None:
        """Return how many rows had been seen when e reached 1/α; None where it never did."""
        over = np.flatnonzero(self.log_e >= -np.log(alpha))
        return int(self.rows[over[0]]) if len(over) else None


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses in the order of time, counted by block and level.

    Attributes
    ----------
    rows
        Shape (B,): rows up to the end of each block.
    counts
        Shape (B, levels): how many losses lie at each level of the grid from 0 to 1.
    """

    rows: NDArray[np.int64]
    counts: NDArray[np.float64]

    @classmethod
    def count(cls, losses: NDArray[np.float64]) -> Losses:
        """Count losses of shape (n,), each in [0, 1]; raises ValueError for others."""
        if len(losses) and not (losses.min() >= 0 and losses.max() <= 1):
            raise ValueError("losses lie in [0, 1]")
        n, blocks = len(losses), min(len(losses), BLOCKS)
        ends = (np.arange(1, blocks + 1) * n) // max(blocks, 1)
        block = np.repeat(np.arange(blocks), np.diff(ends, prepend=0))
        place = losses * (_LEVELS - 1)
        low = np.minimum(place.astype(np.intp), _LEVELS - 2)
        cell, up, size = block * _LEVELS + low, place - low, blocks * _LEVELS
        shared = [np.bincount(*part, size) for part in ((cell, 1 - up), (cell + 1, up))]
        flat = np.sum(shared, axis=0, dtype=np.float64)
        return cls(ends, flat.reshape(blocks, _LEVELS))

    def against(self, ceiling: float) -> Path:
        """Bet against "the mean loss is at most the ceiling", which lies in (0, 1)."""
        if not 0 < ceiling < 1:
            raise ValueError("the ceiling of a loss lies between 0 and 1")
        levels = np.linspace(0, 1, _LEVELS)
        gains = self.counts @ np.log1p(np.outer(levels / ceiling - 1, _STAKES))
        return Path(self.rows, _mixture(gains))

    def floor(self, alpha: float) -> float:
        """Return the greatest ceiling that is ruled out at level α, 0 where none is.

        With probability 1 − α the mean loss has been above it at some time, simultaneously
        for every time of looking. The capital falls with the ceiling, so bisection finds it.
        """
        low, high = 0.0, 1.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            ruled_out = self.against(middle).alarm(alpha) is not None
            low, high = (middle, high) if ruled_out else (low, middle)
        return low


def _mixture(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mix bets that start before each block; `gains` has shape (blocks, stakes).

    Half of the capital is bet from the beginning, the rest in equal parts at each later block.
    With W_t = Σ_{j≤t} w_j Π_{i=j..t} of the blocks' factors, W_t = (W_{t−1} + w_t)·factor_t;
    the e-value is W_t and the parts that are not bet yet.
    """
    blocks, stakes = gains.shape
    later = 0.5 / max(blocks - 1, 1)
    log_w = np.full(stakes, -np.inf)
    logs = np.empty(blocks)
    for t in range(blocks):
        log_w = np.logaddexp(log_w, np.log(later if t else 0.5)) + gains[t]
        waiting = 0.5 if blocks == 1 else later * (blocks - 1 - t)
        running = np.logaddexp.reduce(log_w) - np.log(stakes)
        logs[t] = np.logaddexp(running, np.log(waiting)) if waiting else running
    return logs
