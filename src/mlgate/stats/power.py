"""How many rows a decision needs, and what these rows can show. Pure Python, no NumPy.

For a one-sided test at `confidence` of an estimate whose variance is row_variance / n:
n = row_variance · (z_confidence + z_power)² / distance², with distance the way from the true
value to the margin (any textbook of sample sizes, e.g. Julious 2004). For an accuracy on
the same rows with disagreement d and no true change row_variance is d: 7,886 rows for d .05,
margin .01, confidence .95 and power .99. Bounds that are wider than the normal law's, as those of
clusters are (Student's, one more cluster), count by their `widening`: z_confidence times it. They
shrink a little faster than 1/√n, so that the number of rows is rather too large than too small.

Score bounds go further out for what these rows cannot show, such as a row at a known limit B: by
z²B/n where hardly any row moved. That shrinks as 1/n, `beyond` / n. Tango's interval of a share on
the same rows is of this kind too: at the margin m its variance is not the disagreement d but
V = (d + √(d² + 4m²))/2, the limit of the constrained estimate where nothing changed, so that
n = (z_confidence √V + z_power √d)² / m² (as Nam 1997, Biometrics 53:1422).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

_NORMAL = NormalDist()


def rows_needed(
    row_variance: float,
    distance: float,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    widening: float = 1.0,
    beyond: float = 0.0,
) -> int | None:
    """Return the rows with which a true value `distance` away from the margin is shown to be so.

    At least 1; None where the distance is 0 or the number is beyond reach (over 10¹⁵).

    Parameters
    ----------
    row_variance
        n × Var(estimate), as an `Estimate` gives it; ≥ 0.
    distance
        In the estimate's unit; only its size counts.
    widening
        How many times as wide bounds are as those of the normal law.
    beyond
        As `beyond` returns it.
    """
    if distance == 0 or not math.isfinite(row_variance):
        return None
    spread, way = _reach(confidence, power, widening) * math.sqrt(row_variance), abs(distance)
    # spread / √rows + beyond / rows = way
    return _whole(((spread + math.sqrt(spread * spread + 4 * beyond * way)) / (2 * way)) ** 2)


def beyond(half: float, row_variance: float, n: int, *, confidence: float = 0.95) -> float:
    """Return n × how much farther out than the normal law's a bound `half` away is; at least 0."""
    normal = _NORMAL.inv_cdf(confidence) * math.sqrt(row_variance / n)
    return n * max(0.0, half - normal) if math.isfinite(half) else 0.0


def paired_rows(
    disagreement: float, margin: float, *, confidence: float = 0.95, power: float = 0.8
) -> int | None:
    """Return the rows with which Tango's interval shows a share that did not change to be within.

    None where the margin is 0 or the number is beyond reach.
    """
    reach = _paired_reach(disagreement, margin, confidence, power)
    return None if margin == 0 else _whole((reach / margin) ** 2)


def paired_smallest(
    disagreement: float, n: int, *, confidence: float = 0.95, power: float = 0.8
) -> float:
    """Return the smallest margin that `paired_rows` gives n rows for, at most 1."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        enough = _paired_reach(disagreement, middle, confidence, power) <= middle * math.sqrt(n)
        low, high = (low, middle) if enough else (middle, high)
    return high


def _paired_reach(disagreement: float, margin: float, confidence: float, power: float) -> float:
    edge = _NORMAL.inv_cdf(confidence) * math.sqrt(variance_at(disagreement, margin))
    return edge + _NORMAL.inv_cdf(power) * math.sqrt(disagreement)


def variance_at(disagreement: float, margin: float) -> float:
    """Return the variance of a row of Tango's interval at the margin."""
    return (disagreement + math.hypot(disagreement, 2 * margin)) / 2


def _whole(rows: float) -> int | None:
    # A hair of tolerance keeps 7886.0000000001 from becoming 7,887.
    return max(1, math.ceil(rows * (1 - 1e-12))) if rows < 1e15 else None


def smallest_effect(
    row_variance: float,
    n: int,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    widening: float = 1.0,
    beyond: float = 0.0,
) -> float | None:
    """Return the smallest distance from the margin that n rows show with this power."""
    if n <= 0 or not math.isfinite(row_variance):
        return None
    return _reach(confidence, power, widening) * math.sqrt(row_variance / n) + beyond / n


class Chances(NamedTuple):
    """How often a rule comes out how; the three sum to 1."""

    passed: float
    failed: float
    inconclusive: float


def chances_without_change(
    row_variance: float,
    n: int,
    margin: float,
    *,
    confidence: float = 0.95,
    widening: float = 1.0,
    beyond: float = 0.0,
    at_margin: float | None = None,
) -> Chances:
    """Return how n rows judge `max_regression` when the true change is 0.

    By the normal law of the measured change D, with the standard error s = √(row_variance/n) and the
    bounds' distance h = z·s: pass when D − h > −margin; fail when D + h < 0 and D < −margin.

    Parameters
    ----------
    row_variance
        n × Var(D) > 0.
    margin
        The allowance, ≥ 0, in the unit of D.
    at_margin
        The variance of a row of the bound that decides a pass, if it is another.
    """
    error = math.sqrt(row_variance / n)
    z = widening * _NORMAL.inv_cdf(confidence) + beyond / n / error
    margins = margin / error
    edge = z if at_margin is None else z * math.sqrt(at_margin / row_variance)
    passed = _NORMAL.cdf(margins - edge)
    failed = _NORMAL.cdf(-max(margins, z))
    return Chances(passed, failed, 1 - passed - failed)


def widening(half: float, row_variance: float, n: int, *, confidence: float = 0.95) -> float:
    """Return how many times as wide as the normal law's a bound `half` away is; at least 1."""
    normal = _NORMAL.inv_cdf(confidence) * math.sqrt(row_variance / n)
    return max(1.0, half / normal) if normal > 0 and math.isfinite(half) else 1.0


def chances_of_value(
    row_variance: float,
    n: int,
    gap: float,
    *,
    confidence: float = 0.95,
    widening: float = 1.0,
    beyond: float = 0.0,
) -> Chances:
    """Return how n rows judge a limit when the true value meets it by `gap` (< 0: misses it).

    By the normal law of the measured value, as `chances_without_change`; an improvement that
    is asked for is a limit of the change.
    """
    error = math.sqrt(row_variance / n)
    z = widening * _NORMAL.inv_cdf(confidence) + beyond / n / error
    gaps = gap / error
    passed, failed = _NORMAL.cdf(gaps - z), _NORMAL.cdf(-gaps - z)
    return Chances(passed, failed, 1 - passed - failed)


def _reach(confidence: float, power: float, widening: float) -> float:
    return widening * _NORMAL.inv_cdf(confidence) + _NORMAL.inv_cdf(power)
