"""How worn a test set is: what its printed answers may have taught those who develop on it.

Pure Python. every answer that is seen reveals a little about the test set, and a later model may have
been chosen for it. Two ways to bound what that may be, on n rows where at most a share p differs
between two models:

- Results shown in steps. of s results, k of them unusual, each one of L other things that may be
  shown, a developer has seen one of Σ_{i≤k} C(s, i)·Lⁱ histories. A union bound over all of them,
  after Renggli et al. (MLSys 2019, section 3), with Bennett's inequality:

      nats = ln Σ_{i≤k} C(s, i)·Lⁱ + ln((k+1)(k+2)) + ln((s+1)(s+2)) + ln(2/δ)
      p·h(ε/p) = nats/n,   h(u) = (1 + u)·ln(1 + u) − u

- T numbers shown exactly. A model chosen by them gains at most the length of the noise projected on
  what was shown, however adaptively (Blum & Hardt 2015 build the attack; the norm of T normal
  components is at most √T + √(2x) but with probability e^−x, Laurent & Massart 2000):

      ε = √(p/n)·(√T + √(2·ln(2(T+1)(T+2)/δ)))

  Exact for normal noise; for rows that are right or wrong it is an approximation.

Of both together, x is the sum of both kinds' nats. Results in steps are functions of exact changes,
so the second bound with T + s holds as well, and the smaller one counts. Wear is h(ε/p)/h(m/p) for
a margin m. The weights 1/((j+1)(j+2)) over j ≥ 0 sum to 1: they pay for k, s and T not being fixed
beforehand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlgate.stats.labels import bennett

if TYPE_CHECKING:
    from collections.abc import Callable

DELTA: Final = 0.001
"""Probability of a wrong answer that wear 1 stands for, over the whole life of the test set."""
CAP: Final = 0.05
"""Share of rows on which two models differ that is taken where none was measured."""
AMBER: Final = 0.5
RED: Final = 1.0
MOST: Final = 100_000
"""No number of evaluations above this is reported."""
STEPS: Final = 3
"""Steps that are shown at most, up or down: 2·3 + 1 levels."""
RARE: Final = 20
"""One result in so many is taken to be unusual where no reports have been made yet."""
OUTCOMES: Final = 5
"""Pass, fail, error, and inconclusive with or without blocking."""
OTHERS: Final = (2 * STEPS + 1) * OUTCOMES - 1
"""What may be shown of a rule in steps, beside the usual: it passes, and no difference is shown."""

State = Literal["fresh", "worn", "worn out"]


@dataclass(frozen=True, slots=True)
class Use:
    """What has been printed of a test set.

    Attributes
    ----------
    evaluations
        Evaluations with distinct inputs since the set was first used.
    exact
        T: numbers that were shown exactly.
    steps
        s: results that were shown in steps.
    unusual
        k, 0 ≤ k ≤ s: those other than a pass without a difference.
    """

    evaluations: int
    exact: int = 0
    steps: int = 0
    unusual: int = 0


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


def wear(
    use: Use, rows: int, margin: float, cap: float, delta: float = DELTA, others: int = OTHERS
) -> Wear:
    """Return the wear of a test set for one margin.

    Parameters
    ----------
    rows
        n ≥ 1.
    margin
        m in (0, 1], as a share of the rows (.01 is one point of accuracy).
    cap
        p in (0, 1]: the largest share of rows on which the models compared differ.
    others
        L: the unusual things that may be shown of a result in steps.
    """
    shown = nats(use, others) if use.steps else 0.0
    if use.exact:
        each = _projected(use.exact, shown, rows, cap, delta)
    else:
        each = (shown + math.log(2 / delta)) / rows
    each = min(each, _projected(use.exact + use.steps, 0.0, rows, cap, delta))
    return Wear(each / bennett(margin, cap), _certified(each, cap))


def nats(use: Use, others: int = OTHERS) -> float:
    """Return the logarithm of the histories in steps, with the price of not knowing s and k.

    Parameters
    ----------
    others
        L: the unusual things that may be shown.
    """
    s, k = use.steps, use.unusual
    unknown = math.log((k + 1) * (k + 2)) + math.log((s + 1) * (s + 2))
    return _log_histories(s, k, others) + unknown


def evaluations_until(use: Use, rows: int, margin: float, cap: float) -> int | None:
    """Return the number of evaluations at which wear exceeds 1, if each prints as much as so far.

    At least one result in steps to come is unusual, so that a clean record promises no more
    than it should. None where even `MOST` do not wear it out.
    """

    def worn(t: int) -> bool:
        exact, steps, unusual = (
            math.ceil(count * t / use.evaluations) for count in (use.exact, use.steps, use.unusual)
        )
        grown = Use(t, exact, steps, min(steps, max(use.unusual + 1, unusual)))
        return wear(grown, rows, margin, cap).value > RED

    return _first(worn)


def evaluations_borne(
    exact: int, results: int, rows: int, margin: float, cap: float, others: int = OTHERS
) -> int | None:
    """Return how many reports new rows bear, each showing as much; None for more than `MOST`.

    Parameters
    ----------
    exact, results
        Numbers shown exactly, and results shown in steps, one in `RARE` of them unusual.
    """

    def worn(t: int) -> bool:
        use = Use(t, t * exact, t * results, math.ceil(t * results / RARE))
        return wear(use, rows, margin, cap, others=others).value > RED

    until = _first(worn)
    return None if until is None else until - 1


def _first(worn: Callable[[int], bool]) -> int | None:
    """Return the first number of evaluations for which it is worn out; None beyond `MOST`."""
    if not worn(MOST):
        return None
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if worn(middle) else (middle, high)
    return high


def _projected(shown: int, histories: float, rows: int, cap: float, delta: float) -> float:
    """Return p·h(ε/p) of what T exact numbers give away, beside a number of histories (its ln).

    Never less than Bennett's inequality asks for without them: of few rows the normal law is too bold.
    """
    x = histories + math.log(2 * (shown + 1) * (shown + 2) / delta)
    length = math.sqrt(cap / rows) * (math.sqrt(shown) + math.sqrt(2 * x))
    return max(bennett(length, cap), x / rows)


def _log_histories(s: int, k: int, others: int) -> float:
    """Return ln Σ_{i≤k} C(s, i)·Lⁱ by the largest term, so that nothing overflows.

    Terms farther than 10·√s + 64 from the largest are less than 1e-20 of it.
    """
    mode = min(k, (s + 1) * others // (others + 1))
    reach = 64 + 10 * math.isqrt(s)
    terms = range(max(0, mode - reach), min(k, mode + reach) + 1)
    logs = [
        math.lgamma(s + 1) - math.lgamma(i + 1) - math.lgamma(s - i + 1) + i * math.log(others)
        for i in terms
    ]
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
