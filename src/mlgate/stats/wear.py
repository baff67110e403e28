"""How worn a test set is: what its answers may have taught those who develop on it. Pure Python.

Every answer that is seen tells a little about the test set, and a later model may have been
chosen for it. Of t evaluations of which k ended otherwise than by the usual answer, there are
at most Σ_{i≤k} C(t, i) histories that a developer can have seen; a union bound over all of
them, after Renggli et al. (MLSys 2019, section 3) with Bennett's inequality for the
difference of two models' errors, needs

    nats = ln Σ_{i≤k} C(t, i) + ln((k+1)(k+2)) + ln((t+1)(t+2)) + ln(2/δ)
    wear = nats / (n·p·h(m/p)),   h(u) = (1 + u)·ln(1 + u) − u

with n rows, a margin m and at most a share p of rows on which the two models differ. The two
terms in the middle pay for k and t not being fixed beforehand: the weights
1/((j+1)(j+2)) over j ≥ 0 sum to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from mlgate.stats.labels import bennett

DELTA: Final = 0.001
"""Probability of a wrong answer that wear 1 stands for, over the whole life of the test set."""
CAP: Final = 0.05
"""Share of rows on which two models differ that is taken where none was measured."""
AMBER: Final = 0.5
RED: Final = 1.0
MOST: Final = 100_000
"""No number of evaluations above this is told."""

State = Literal["fresh", "worn", "worn out"]


@dataclass(frozen=True, slots=True)
class Use:
    """What a test set has gone through.

    Attributes
    ----------
    evaluations
        t ≥ 1: evaluations with distinct inputs since the set was first used.
    surprises
        k, 0 ≤ k ≤ t: those that ended otherwise than by the usual pass.
    """

    evaluations: int
    surprises: int


@dataclass(frozen=True, slots=True)
class Wear:
    """How worn a test set is for one margin.

    Attributes
    ----------
    value
        Nats spent over nats that the rows can pay for: 1 is worn out.
    tolerance
        The margin that the answers still certify with probability 1 − δ; None above 1,
        where the rows certify none that is less than the whole range.
    """

    value: float
    tolerance: float | None

    @property
    def state(self) -> State:
        """Below .5 fresh, to 1 worn, above worn out."""
        if self.value < AMBER:
            return "fresh"
        return "worn" if self.value <= RED else "worn out"


def nats(use: Use, delta: float = DELTA) -> float:
    """Return the logarithm of the histories over δ, with the price of not knowing t and k."""
    t, k = use.evaluations, use.surprises
    unknown = math.log((k + 1) * (k + 2)) + math.log((t + 1) * (t + 2))
    return _log_histories(t, k) + unknown + math.log(2 / delta)


def wear(use: Use, rows: int, margin: float, cap: float, delta: float = DELTA) -> Wear:
    """Return the wear of a test set for one margin.

    Parameters
    ----------
    rows
        n ≥ 1.
    margin
        m in (0, 1], as a share of the rows (.01 is one point of accuracy).
    cap
        p in (0, 1]: the largest share of rows on which the models compared differ.
    """
    spent = nats(use, delta)
    return Wear(spent / (rows * bennett(margin, cap)), _certified(spent / rows, cap))


def evaluations_until(use: Use, rows: int, margin: float, cap: float) -> int | None:
    """Return t at which wear exceeds 1, where answers go on to surprise as often as until now.

    At least one of the answers to come is a surprise, so that a clean record promises no more
    than it should. None where even `MOST` do not wear it out.
    """
    share = use.surprises / use.evaluations

    def worn(t: int) -> bool:
        k = min(t, max(use.surprises + 1, round(share * t)))
        return wear(Use(t, k), rows, margin, cap).value > RED

    if not worn(MOST):
        return None
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if worn(middle) else (middle, high)
    return high


def _log_histories(t: int, k: int) -> float:
    """Return ln Σ_{i≤k} C(t, i) by the largest term, so that nothing overflows."""
    logs = [math.lgamma(t + 1) - math.lgamma(i + 1) - math.lgamma(t - i + 1) for i in range(k + 1)]
    top = max(logs)
    return top + math.log(math.fsum(math.exp(log - top) for log in logs))


def _certified(each: float, cap: float) -> float | None:
    """Solve p·h(ε/p) = nats/n for ε by bisection; None where that is above 1."""
    if bennett(1.0, cap) < each:
        return None
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if bennett(middle, cap) < each else (low, middle)
    return high
