"""The regions of every rule: three intervals on the number line, exhaustive and exclusive.

Each function answers for bounds that are one-sided at the policy's confidence. A bound that
is None supports no conclusion, so that the answer can only be `inconclusive`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mlgate.model.evidence import Interval

Region = Literal["pass", "fail", "inconclusive"]

ROUNDING = 1e-12
"""0.85 − 0.86 is −0.010000000000000009 in binary: a loss of just the margin is not beyond it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference with its bounds, turned so that more is better."""

    point: float
    lower: float | None
    upper: float | None

    @classmethod
    def turned(cls, point: float, interval: Interval, *, lower_is_better: bool) -> Effect:
        """Turn a difference and its interval by the metric's direction."""
        low, high = interval
        if not lower_is_better:
            return cls(point, low, high)
        return cls(
            -point,
            None if high is None else -high,
            None if low is None else -low,
        )

    def plus(self, shift: float) -> Effect:
        """Move point and bounds."""
        return Effect(
            self.point + shift,
            None if self.lower is None else self.lower + shift,
            None if self.upper is None else self.upper + shift,
        )

    def over(self, scale: float) -> Effect:
        """Divide point and bounds by a positive number."""
        return Effect(
            self.point / scale,
            None if self.lower is None else self.lower / scale,
            None if self.upper is None else self.upper / scale,
        )


def at_least(interval: Interval, minimum: float) -> Region:
    """Judge `min`: pass if the lower bound meets it, fail if the upper bound violates it."""
    lower, upper = interval
    if lower is not None and lower >= minimum:
        return "pass"
    if upper is not None and upper < minimum:
        return "fail"
    return "inconclusive"


def at_most(interval: Interval, maximum: float) -> Region:
    """Judge `max` and `max_share`: pass if the upper bound meets it, fail if the lower violates it.

    For `max_share` the interval holds the share of columns that are Holm-significant and the
    share that are Benjamini–Hochberg-significant, each with an effect of at least its floor.
    """
    lower, upper = interval
    if upper is not None and upper <= maximum:
        return "pass"
    if lower is not None and lower > maximum:
        return "fail"
    return "inconclusive"


def not_worse(beyond: Effect, gain: Effect) -> Region:
    """Judge `max_regression` (non-inferiority).

    Parameters
    ----------
    beyond
        How far the candidate lies above the allowance: gain + margin, or for a relative
        margin the turned contrast candidate − factor × baseline.
    gain
        The turned change itself. A `fail` needs it to be significantly worse, and measured beyond
        the allowance: without the latter a true loss of half the allowance would be blocked
        in almost half of all runs.
    """
    if beyond.lower is not None and beyond.lower > 0:
        return "pass"
    if gain.upper is not None and gain.upper < 0 and beyond.point < -ROUNDING:
        return "fail"
    return "inconclusive"


def better(beyond: Effect) -> Region:
    """Judge `min_improvement`; `beyond` is gain − required improvement, or the turned contrast."""
    if beyond.lower is not None and beyond.lower > 0:
        return "pass"
    if beyond.upper is not None and beyond.upper <= 0:
        return "fail"
    return "inconclusive"
