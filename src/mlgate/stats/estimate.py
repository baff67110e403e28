"""What every function of this room returns, a number with its uncertainty; and its quantiles.

Student's t needs scipy.special, which costs .3 s to import: the first call loads it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with two one-sided bounds.

    Attributes
    ----------
    value
        The estimate in the metric's own unit; None where it is undefined.
    lower, upper
        One-sided bounds, each at the confidence asked for: at .95 the pair is a two-sided
        90 % interval. None where undefined.
    n
        Rows that the number rests on.
    method
        How the bounds were made, in the words that reports show.
    row_variance
        n × Var(value): the variance that one row adds; `power.rows_needed` takes it.
    p_value
        Two-sided, against a value of 0 (changes only).
    insufficient
        Why the bounds must not be trusted, in one sentence; None where they may be.
    undefined
        Whether it is 0/0, for which `value` may hold what scikit-learn gives; of a change whether
        the new side is 0/0 and the old side is not.
    """

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    method: str
    row_variance: float | None = None
    p_value: float | None = None
    insufficient: str | None = None
    undefined: bool = False

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """The pair (lower, upper)."""
        return (self.lower, self.upper)


class ClassReason(str):
    """A reason that is about some classes, which are known here by their codes only.

    Parameters
    ----------
    before, after
        The text around the classes.
    codes
        Which classes.
    """

    __slots__ = ("after", "before", "codes")

    def __new__(cls, before: str, codes: tuple[int, ...], after: str) -> Self:
        """Write the reason with the codes."""
        return super().__new__(cls, before + _classes(map(str, codes)) + after)

    def __init__(self, before: str, codes: tuple[int, ...], after: str) -> None:
        self.before = before
        self.codes = codes
        self.after = after

    def __getnewargs__(self) -> tuple[str, tuple[int, ...], str]:  # type: ignore[override]
        """Return what it is made of, for pickle."""
        return self.before, self.codes, self.after

    def named(self, names: Sequence[str]) -> str:
        """Return the reason with the classes' names, given in the order of their codes."""
        return self.before + _classes(f"“{names[code]}”" for code in self.codes) + self.after


def _classes(names: Iterable[str]) -> str:
    return f"class {', '.join(names)}"


def undefined(n: int, method: str, why: str) -> Estimate:
    """Return the estimate of something that these rows do not define."""
    return Estimate(None, None, None, n, method, insufficient=why)


def difference_bounds(
    minuend: tuple[float, float | None, float | None],
    subtrahend: tuple[float, float | None, float | None],
    factor: float = 1.0,
) -> tuple[float | None, float | None]:
    """Bounds of a − factor × b of independent estimates, each given as (value, lower, upper).

    MOVER (Zou & Donner 2008, Statistics in Medicine 27:1693): squared distances to the bounds
    add up. They are too wide where the two are positively correlated, as on the same rows. A bound
    that needs one that is not known is None; `factor` is at least 0.
    """
    (a, low_a, high_a), (b, low_b, high_b) = minuend, subtrahend
    value = a - factor * b
    return (
        None
        if low_a is None or high_b is None
        else value - math.hypot(a - low_a, factor * (high_b - b)),
        None
        if high_a is None or low_b is None
        else value + math.hypot(high_a - a, factor * (b - low_b)),
    )


def normal_quantile(probability: float) -> float:
    """Return z with P(Z ≤ z) = `probability`, 0 < probability < 1."""
    return _NORMAL.inv_cdf(probability)


def normal_p_value(z: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return 2 * _NORMAL.cdf(-abs(z))


def t_quantile(probability: float, df: float) -> float:
    """Return t with P(T ≤ t) = `probability` for `df` > 0 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic; an infinite statistic gives 0."""
    from scipy.special import stdtr

    return 0.0 if math.isinf(statistic) else float(2 * stdtr(df, -abs(statistic)))
