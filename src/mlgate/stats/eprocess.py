"""A loss against a ceiling, looked at as often as one likes: an e-process by betting.

For losses x_i in [0, 1] whose conditional mean is at most c, and a stake s in (0, 1), the
capital K_t(s) = Π_{i≤t} (1 + s·(x_i/c − 1)) of a bettor against c is a nonnegative
supermartingale that begins at 1 (Waudby-Smith & Ramdas 2024, "Estimating means of bounded
random variables by betting", section 4). So is any mixture of such bets, here over stakes and
over starting times with weights that sum to 1; by Ville's inequality the chance that it ever
reaches 1/α is at most α, however often it is looked at and whenever one stops. Bets that start
late find a change that comes late, at the price of a logarithm.

Starts and their weights are places in the stream, the same however many rows there are: a second
look at more rows continues the first one's capital rather than beginning a process of its own.

Rows of one time have no order. A bet starts, and capital is counted, only after the last of them;
in between, an order of our own could be one that looks inside. Nor need they be independent of each other: the
product above supposes that. Half of the capital then bets on the mean of each time, which holds
whatever its rows have in common, but cannot stake enough on a mean of many. The other half
bets on rows, each of which counts 1/(1 + (b − 1)ρ), with b rows of its time whose losses correlate by ρ
(Kish 1965, section 5.4): b such rows are worth as many independent ones. ρ is what the differences of
successive times show, with an allowance for their number; of fewer than `TIMES` times it is not known,
and all of the capital is on means.

Losses are counted on a grid, each shared between its two neighbours so that its mean stays.
The logarithm is concave, so that this can only lower the capital: the bound on α holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STARTS: Final = 256
"""How many bets start in each doubling of the rows: one a row at first, later one in several."""
TIMES: Final = 20
"""With fewer times than this, how alike their rows are is not known."""
_STAKES: Final = np.geomspace(0.006, 0.3, 8)
_OF_MEANS: Final = np.geomspace(0.01, 0.95, 8)
_DOUBT: Final = 0.05
"""How probable it is that times differ more than is supposed."""
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
        Shape (B, levels): how many losses lie at each level of the grid from 0 to 1; None where it is not
        known how many rows those of one time are worth.
    means
        The same of each time's mean; None where each row has a time of its own.
    stakes
        Shape (B,): the share of the capital that begins to bet before each block. What is
        left of 1 belongs to starts that are still to come.
    alike
        The correlation that losses of one time are supposed to have.
    """

    rows: NDArray[np.int64]
    counts: NDArray[np.float64] | None
    means: NDArray[np.float64] | None
    stakes: NDArray[np.float64]
    alike: float | None

    @classmethod
    def count(cls, losses: NDArray[np.float64], times: NDArray[np.float64] | None = None) -> Losses:
        """Count losses of shape (n,), each in [0, 1]; raises ValueError for others.

        Parameters
        ----------
        times
            Shape (n,), ascending: rows of equal times have no order among them. None: each row
            has a time of its own.
        """
        if len(losses) and not (losses.min() >= 0 and losses.max() <= 1):
            raise ValueError("losses lie in [0, 1]")
        n = len(losses)
        ends, stakes = _blocks(n, times)
        block = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
        last = (
            np.ones(n, np.bool_) if times is None else np.append(times[1:] != times[:-1], True)[:n]
        )
        if last.all():
            return cls(ends, _counted(losses, block, len(ends)), None, stakes, None)
        sizes = np.diff(np.flatnonzero(last), prepend=-1)
        means = np.add.reduceat(losses, np.cumsum(sizes) - sizes) / sizes
        alike = _alike(losses, means, sizes) if len(sizes) >= TIMES else None
        counts = None
        if alike is not None:
            counts = _counted(
                losses, block, len(ends), np.repeat(1 / (1 + (sizes - 1) * alike), sizes)
            )
        return cls(ends, counts, _counted(means, block[last], len(ends)), stakes, alike)

    def against(self, ceiling: float) -> Path:
        """Bet against "the mean loss is at most the ceiling", which lies in (0, 1)."""
        if not 0 < ceiling < 1:
            raise ValueError("the ceiling of a loss lies between 0 and 1")
        over = np.linspace(0, 1, _LEVELS) / ceiling - 1
        bets = ((self.counts, _STAKES), (self.means, _OF_MEANS))
        gains = [
            counts @ np.log1p(np.outer(over, staked))
            for counts, staked in bets
            if counts is not None
        ]
        return Path(self.rows, _mixture(np.hstack(gains), self.stakes))

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


def _counted(
    losses: NDArray[np.float64],
    block: NDArray[np.intp],
    blocks: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Count losses by block and level, each shared between its two neighbours on the grid."""
    weight = np.ones(len(losses)) if weights is None else weights
    place = losses * (_LEVELS - 1)
    low = np.minimum(place.astype(np.intp), _LEVELS - 2)
    cell, up, size = block * _LEVELS + low, place - low, blocks * _LEVELS
    shared = [
        np.bincount(*part, size) for part in ((cell, (1 - up) * weight), (cell + 1, up * weight))
    ]
    flat = np.sum(shared, axis=0, dtype=np.float64)
    return flat.reshape(blocks, _LEVELS)


def _alike(
    losses: NDArray[np.float64], means: NDArray[np.float64], sizes: NDArray[np.int64]
) -> float:
    """Return the correlation of two losses of one time, at most about.

    From the squared differences of successive times, which a change of the loss hardly moves (von Neumann
    1941), over those that independent rows would have; J of them are worth 2J/3 degrees of freedom.
    """
    from scipy.special import chdtri

    within = losses - np.repeat(means, sizes)
    variance = float(within @ within) / (len(losses) - len(sizes))
    steps, inverse = np.diff(means), 1 / sizes
    df = 2 * len(steps) / 3
    most = float(steps @ steps) * df / float(chdtri(df, 1 - _DOUBT))
    between = (most - variance * float((inverse[1:] + inverse[:-1]).sum())) / (2 * len(steps))
    return between / (between + variance) if between > 0 else 0.0


def _blocks(
    n: int, times: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ends of the blocks, and the share of the capital that starts before each."""
    begins, shares = starts(n)
    if times is not None and n:
        last = np.append(times[1:] != times[:-1], True)  # of the rows of one time
        after = np.flatnonzero(last) + 1
        begins = np.append(0, after[np.searchsorted(after, begins[1:])])
    places, which = np.unique(begins, return_inverse=True)
    stakes = np.bincount(which, shares).astype(np.float64)
    inside = places < n
    return np.append(places[inside][1:], n)[: len(places[inside])], stakes[inside]


def starts(n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows before which bets start, up to n, with their shares of the capital.

    Half of it starts at once. The rest is shared among the doublings of `STARTS` rows in the
    proportions 1/(k(k + 1)), k = 1, 2, …, which sum to 1, and within one in equal parts.
    """
    begins, shares = [np.zeros(1, np.int64)], [np.full(1, 0.5)]
    begin, end, step, k = 1, STARTS, 1, 1
    while begin < n:
        places = np.arange(begin, end, step)
        begins.append(places)
        shares.append(np.full(len(places), 0.5 / (k * (k + 1)) / len(places)))
        begin, end, step, k = end, 2 * end, max(end // STARTS, 1), k + 1
    places = np.concatenate(begins)
    return places[places < max(n, 1)], np.concatenate(shares)[places < max(n, 1)]


def _mixture(gains: NDArray[np.float64], stakes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mix bets that start before each block; `gains` has shape (blocks, stakes).

    With W_t = Σ_{j≤t} w_j Π_{i=j..t} of the blocks' factors, W_t = (W_{t−1} + w_t)·factor_t;
    the e-value is W_t and the shares that do not bet yet.
    """
    waiting = np.log(np.maximum(1 - np.cumsum(stakes), 0.0) + np.finfo(float).tiny)
    log_shares, several = np.log(stakes), np.log(gains.shape[1])
    log_w = np.full(gains.shape[1], -np.inf)
    logs = np.empty(len(gains))
    for t in range(len(gains)):
        log_w = np.logaddexp(log_w, log_shares[t]) + gains[t]
        logs[t] = np.logaddexp(np.logaddexp.reduce(log_w) - several, waiting[t])
    return logs
