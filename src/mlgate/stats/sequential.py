"""Two versions of a service under the same traffic, looked at as often as one likes.

Each function returns the natural logarithm of an e-process over windows of traffic: its mean is at
most 1 under the hypothesis that it is evidence against, at every stopping time, so that the chance
that it ever reaches 1/α is at most α (Ville 1939). All of them are functions of the whole record of
counts, and nothing is stored in between.

**Failures, by the ratio of the two rates** (`rate_ratio`). With n_A and n_B requests of the stable
version and of the canary, A and B of them failed, θ' = n_B·M/(n_A + n_B·M) and L > 1, a window's factor is

    (L/(1 − θ' + θ'L))^B · (1/(1 − θ' + θ'L))^A = g_B^B · g_A^A

which is the likelihood ratio of B given A + B between the ratios L·M and M (Lindon & Malek, NeurIPS
2022, arXiv:2011.03567: Bernoulli processes whose rates change in time are compared by conditioning on
the events). It needs no conditioning to be valid: for independent requests that fail with rates p and
r·p, whatever p is in this window,

    E ≤ exp(p·(n_A·(g_A − 1) + n_B·r·(g_B − 1))), by 1 + x ≤ exp(x),

and the exponent is 0 at r = M, since (1 − θ')·g_A + θ'·g_B = 1, and below 0 for r < M. With L < 1 the
same holds for r > M. Rates that rise and fall in both arms together drop out.

**Latency, by exceedances** (`odds_ratio`). Thresholds are fixed before the window; how many requests
exceed one is compared by the 2×2 e-variable of Turner, Ly & Grünwald (2024, Journal of Statistical
Planning and Inference 230:106116, arXiv:2106.02693): Π p(y|θ_A)/p(y|θ_0) · Π p(y|θ_B)/p(y|θ_0) with
θ_0 = (n_A·θ_A + n_B·θ_B)/(n_A + n_B). θ_A is the stable version's share in the windows before, and the
odds of θ_B are L times as large. Where no version is slower in distribution, the chance to exceed is not
larger in the canary, whatever the threshold: nothing is assumed about the distribution or its changes.

**A rate against a fixed one** (`rate`): betting, as in `eprocess`, on requests that fail or do not.

**Bursts in one arm** (`matched`): where failures come in bursts, requests of one arm are not
independent. A baseline of the canary's own size, with traffic at random between both, makes the two
exchangeable within each window; a bounded odd function of the difference then has mean 0.

**Requests that wait together** (`dispersion`). A process that stalls delays all of its open requests, and
they are one observation, not many. Within a window, the difference between both versions then varies
more from slice to slice than that of independent requests; all counts of the window are divided by the
ratio of both variances (the design effect of surveys: Kish 1965, section 8.2; McCullagh & Nelder 1989,
section 4.5). What both versions have in common, such as a busy machine, drops out of the difference.
Exact where requests come in independent groups of one size: Π X_i^{1/m} of m dependent e-variables is
one (Hölder). Otherwise an approximation, whose errors are simulated (benchmarks/rollout_noise.py).

**The split** (`split`): the first test, on requests in place of failures (Lindon & Malek, section on
sample ratio mismatch, with a mixture over ratios in place of a Dirichlet's).

Late changes: three quarters of the capital bet from the first window on, the rest begins later, with
weights that do not depend on how many windows there are (the mean of a process without late starts and
of one with those of `eprocess.starts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.eprocess import starts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Values = NDArray[np.float64]

HIGHER: Final = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Multiples of a rate that `rate_ratio` looks for."""
LOWER: Final = tuple(1 / ratio for ratio in (1.05, 1.1, 1.25, 1.5, 2.0, 4.0))
"""The same for evidence that a rate is below what is allowed."""
SLOWER: Final = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Multiples of the odds to exceed a threshold."""
FASTER: Final = tuple(1 / ratio for ratio in (1.1, 1.25, 1.5, 2.0, 3.0))
ABOVE: Final = (1.25, 1.5, 2.0, 3.0, 5.0)
BELOW: Final = (0.75, 0.5, 0.25, 0.05)
"""Multiples of a fixed rate: without a failure, .01 is refuted after about 400 requests at α = .05."""
_MORE: Final = (1.05, 1.1, 1.25, 2.0, 4.0, 10.0)
_LESS: Final = (0.1, 0.25, 0.5, 0.8, 0.9, 0.95)
"""Multiples of the odds to get a request."""
_STAKES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
_PAST: Final = 20
"""Windows from which `odds_ratio` takes the stable version's share of exceedances."""
_FEWEST_SLICES: Final = 6
_BISECTIONS: Final = 30
_FARTHEST: Final = 1_000.0
"""Bounds of a ratio are looked for up to here."""


@dataclass(frozen=True, slots=True)
class Arms:
    """Requests of both versions and the events among them (failures or exceedances), by window.

    Attributes
    ----------
    stable, stable_events, canary, canary_events
        Counts of shape (..., T), T windows in the order of time.
    """

    stable: Values
    stable_events: Values
    canary: Values
    canary_events: Values

    @classmethod
    def of(
        cls,
        stable: ArrayLike,
        stable_events: ArrayLike,
        canary: ArrayLike,
        canary_events: ArrayLike,
    ) -> Arms:
        """Read counts; raises ValueError for more events than requests, or negative ones."""
        parts = [
            np.asarray(part, np.float64) for part in (stable, stable_events, canary, canary_events)
        ]
        for requests, events in (parts[:2], parts[2:]):
            if not ((events >= 0) & (events <= requests)).all():
                raise ValueError("a window has between 0 and as many events as requests")
        return cls(*parts)


def rate_ratio(
    arms: Arms, null: float, multiples: tuple[float, ...], *, late: bool = True
) -> Values:
    """Return log e against "canary's rate / stable's rate ≤ null", shape (..., T).

    With multiples below 1 it is evidence against "≥ null".

    Parameters
    ----------
    null
        The ratio M > 0 of the hypothesis.
    multiples
        Alternatives L, as multiples of M: all above 1, or all below.
    late
        Whether a quarter of the capital begins to bet later.
    """
    _one_side(multiples)
    weight = arms.canary * null
    whole = arms.stable + weight
    share = np.divide(weight, whole, out=np.zeros_like(whole), where=whole > 0)
    return _mixture(_binomial(arms.stable_events, arms.canary_events, share, multiples), late=late)


def rate_ratio_bounds(
    arms: Arms, alphas: tuple[float, float], negligible: Values | None = None
) -> tuple[float, float]:
    """Return a lower and an upper bound of the ratio of the rates from windows of shape (T,).

    Each holds with probability 1 − α of its own at all looks together: a ratio is outside where
    `rate_ratio` against it has ever reached 1/α. Bounds beyond 1/1,000 and 1,000 are 0 and infinity.

    Parameters
    ----------
    negligible
        Log e, shape (T,), against "the canary's rate is at least one that matters". The upper bound
        is then wrong only for canaries whose rate matters: the mean of both is the evidence.
    """

    def refuted(ratio: float, multiples: tuple[float, ...]) -> bool:
        log_e = rate_ratio(arms, ratio, multiples)
        if negligible is not None and multiples is LOWER:
            log_e = average(np.stack([log_e, negligible]), 0)
        return bool(log_e.size and log_e.max() >= -np.log(alphas[0 if multiples is HIGHER else 1]))

    bounds = []
    for multiples, sign in ((HIGHER, 1.0), (LOWER, -1.0)):
        # On the log scale, from the end where the hypothesis is easiest to refute.
        near, far = -sign * np.log(_FARTHEST), sign * np.log(_FARTHEST)
        if not refuted(float(np.exp(near)), multiples):
            bounds.append(0.0 if sign > 0 else np.inf)
            continue
        for _ in range(_BISECTIONS):
            middle = (near + far) / 2
            near, far = (
                (middle, far) if refuted(float(np.exp(middle)), multiples) else (near, middle)
            )
        bounds.append(float(np.exp(near)))
    return bounds[0], bounds[1]


def odds_ratio(
    arms: Arms, multiples: tuple[float, ...], *, late: bool = True, expected: float | None = None
) -> Values:
    """Return log e against "an event is not likelier in the canary", shape (..., T).

    With multiples below 1 it is evidence against "not less likely".

    Parameters
    ----------
    expected
        The stable version's share of events where it has been seen in no earlier window, such as .01
        above its own p99; it only decides how well is bet. Without it such a window contributes
        nothing.
    """
    _one_side(multiples)
    shape = arms.stable.shape
    gains = np.zeros((*shape[:-1], len(multiples), shape[-1]))
    events, requests = _past(arms.stable_events), _past(arms.stable)
    before = requests > 0
    seen = np.broadcast_to(before[..., None, :] | (expected is not None), gains.shape)
    first = 0.5 if expected is None else expected
    stable = np.where(before, (events + 0.5) / (requests + 1), first)[..., None, :]
    odds = np.asarray(multiples)[:, None] * stable / (1 - stable)
    canary = odds / (1 + odds)
    n_a, n_b = arms.stable[..., None, :], arms.canary[..., None, :]
    whole = n_a + n_b
    pooled = np.divide(n_a * stable + n_b * canary, whole, out=stable + 0 * canary, where=whole > 0)
    for count, hits, chance in (
        (n_a, arms.stable_events, stable),
        (n_b, arms.canary_events, canary),
    ):
        hit = hits[..., None, :]
        gains += hit * np.log(chance / pooled)
        gains += (count - hit) * (np.log1p(-chance) - np.log1p(-pooled))
    return _mixture(np.where(seen, gains, 0.0), late=late)


def rate(
    requests: Values,
    events: Values,
    null: float,
    multiples: tuple[float, ...],
    *,
    late: bool = True,
) -> Values:
    """Return log e against "the rate is at most null" (multiples above 1), or "at least" (below).

    A request multiplies the capital by L where it fails and by (1 − L·null)/(1 − null) where it does
    not, whose mean is 1 at the hypothesis' own rate. Multiples that make a rate above 1 are left out.

    Parameters
    ----------
    requests, events
        Shape (..., T).
    null
        In (0, 1).
    """
    if not 0 < null < 1:
        raise ValueError("a rate to compare with lies between 0 and 1")
    _one_side(multiples)
    above = min(multiples) > 1
    usable = tuple(m for m in multiples if m * null < 1) or ((1 + 1 / null) / 2,) * above
    multiple = np.asarray(usable)[:, None]
    hits, misses = events[..., None, :], (requests - events)[..., None, :]
    gains = hits * np.log(multiple) + misses * np.log((1 - multiple * null) / (1 - null))
    return _mixture(gains, late=late)


def rate_bounds(
    requests: Values, events: Values, alphas: tuple[float, float]
) -> tuple[float, float]:
    """Return a lower and an upper bound of a rate from windows of shape (T,), as `rate_ratio_bounds`."""
    bounds = []
    for multiples, alpha, refuted_end in ((ABOVE, alphas[0], 0.0), (BELOW, alphas[1], 1.0)):
        near, far = refuted_end, 1 - refuted_end
        for _ in range(_BISECTIONS):
            middle = (near + far) / 2
            log_e = rate(requests, events, middle, multiples)
            refuted = bool(log_e.size and log_e.max() >= -np.log(alpha))
            near, far = (middle, far) if refuted else (near, middle)
        bounds.append(near)
    return bounds[0], bounds[1]


def dispersion(arms: Arms) -> Values:
    """Return how many times as much the difference of the shares varies as for independent events.

    At least 1. Where fewer than six slices have requests of both versions, all requests of the
    canary count as one.

    Parameters
    ----------
    arms
        Slices of a window, shape (..., T).

    Returns
    -------
    Shape (...).
    """
    both = (arms.stable > 0) & (arms.canary > 0)
    n_a, n_b = np.maximum(arms.stable, 1), np.maximum(arms.canary, 1)
    weight = both * n_a * n_b / (n_a + n_b)
    difference = arms.canary_events / n_b - arms.stable_events / n_a
    whole = np.maximum(weight.sum(-1), np.finfo(float).tiny)
    mean = (weight * difference).sum(-1) / whole
    varied = ((weight * (difference - mean[..., None])) ** 2).sum(-1)
    expected = np.zeros_like(varied)
    for events, requests in ((arms.stable_events, n_a), (arms.canary_events, n_b)):
        share = (both * events).sum(-1) / np.maximum((both * requests).sum(-1), 1)
        expected += share * (1 - share) * (weight**2 / requests).sum(-1)
    slices = both.sum(-1)
    varied *= slices / np.maximum(slices - 1, 1)
    ratio = np.divide(varied, expected, out=np.ones_like(varied), where=expected > 0)
    few = slices < _FEWEST_SLICES
    return np.asarray(np.maximum(np.where(few, arms.canary.sum(-1), ratio), 1.0))


def split(
    stable: Values, canary: Values, share: Values, *, tolerance: float = 1.0, late: bool = True
) -> Values:
    """Return log e against "the canary gets about this share of the requests", shape (..., T).

    Parameters
    ----------
    stable, canary
        Requests, or first requests of each entity where traffic is sticky: a returning entity takes
        the same way again, so that its requests are not independent.
    share
        What the router was set to in each window, in (0, 1).
    tolerance
        By which factor the odds may differ: routers split by rings of hashes, which are uneven.
    """
    odds = share / (1 - share)
    sides = [
        _mixture(
            _binomial(stable, canary, odds * factor / (1 + odds * factor), multiples), late=late
        )
        for factor, multiples in ((tolerance, _MORE), (1 / tolerance, _LESS))
    ]
    return average(np.stack(sides), 0)


def matched(canary: Values, baseline: Values) -> Values:
    """Return log e against "canary and baseline are exchangeable within each window", shape (..., T).

    Grows where the canary has more events. Both arms must get requests with equal probability. The
    scale of a window's difference is the root mean square of those before it, at least 1.
    """
    difference = canary - baseline
    squares = np.cumsum(difference**2, -1) - difference**2
    before = np.maximum(np.arange(difference.shape[-1]), 1)
    scale = np.sqrt(np.maximum(squares / before, 1.0))
    bet = np.tanh(difference / scale)[..., None, :]
    return _mixture(np.log1p(np.asarray(_STAKES)[:, None] * bet), late=False)


def average(log_e: Values, axis: int) -> Values:
    """Return the log of the mean of e-processes along an axis: an e-process again."""
    return np.asarray(np.logaddexp.reduce(log_e, axis=axis) - np.log(log_e.shape[axis]))


def first_look(log_e: Values, alpha: float) -> NDArray[np.int64]:
    """Return at which look, counted from 1, each process has reached 1/α; 0 where it never did.

    Shape (...) for `log_e` of shape (..., T).
    """
    over = log_e >= -np.log(alpha)
    reached = over.any(-1)
    return (
        np.where(reached, over.argmax(-1) + 1, 0)
        if over.shape[-1]
        else np.zeros(reached.shape, int)
    )


def half_width(n: float, variance: float, alpha: float, tightest_at: float) -> float:
    """Return the half-width of an asymptotic confidence sequence of a mean after n observations.

    √(variance · 2(nρ² + 1)/(n²ρ²) · log(√(nρ² + 1)/α)), two-sided, with ρ chosen so that the sequence
    is tightest at `tightest_at` observations (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas,
    arXiv:2103.06476, equations 9 and 161). For the difference of two arms, `variance` is n times the
    variance of the difference. Asymptotic: for 100 and more observations that are not all alike.
    """
    squared = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / tightest_at
    grown = n * squared + 1
    width = 2 * grown / (n * n * squared) * np.log(np.sqrt(grown) / alpha)
    return float(np.sqrt(variance * width))


def _one_side(multiples: tuple[float, ...]) -> None:
    if not (min(multiples) > 1 or 0 < min(multiples) <= max(multiples) < 1):
        raise ValueError("multiples are all above 1, or all between 0 and 1")


def _binomial(first: Values, second: Values, share: Values, multiples: tuple[float, ...]) -> Values:
    """Return the log factors of shape (..., len(multiples), T); `share` is the second's under H0."""
    multiple = np.asarray(multiples)[:, None]
    whole = (1 - share)[..., None, :] + share[..., None, :] * multiple
    hits = second[..., None, :]
    return np.asarray(hits * np.log(multiple) - (hits + first[..., None, :]) * np.log(whole))


def _past(counts: Values) -> Values:
    """Return the sum of each count over the windows before it, `_PAST` of them at most."""
    sums = np.cumsum(counts, -1) - counts
    old = np.zeros_like(sums)
    old[..., _PAST:] = sums[..., :-_PAST]
    return np.asarray(sums - old)


def _mixture(gains: Values, *, late: bool) -> Values:
    """Mix bets with log factors of shape (..., bets, T) evenly; return the log capital, (..., T).

    A bet that begins at window j has Σ_{i≥j} of the gains at t; with weights w_j its capital is
    exp(S_t)·Σ_{j≤t} w_j·exp(−S_{j−1}), beside what has not begun.
    """
    total = np.cumsum(gains, -1)
    if not late:
        return average(total, -2)
    count = gains.shape[-1]
    places, shares = starts(count)
    weights = np.zeros(max(count, 1))
    weights[places] = shares / 2
    weights[0] += 0.5
    weights = weights[:count]
    with np.errstate(divide="ignore"):
        logs = np.log(weights)
    capital = np.logaddexp.accumulate(logs - (total - gains), axis=-1) + total
    waiting = np.log(np.maximum(1 - np.cumsum(weights), 0.0) + np.finfo(float).tiny)
    return np.asarray(np.logaddexp(average(capital, -2), waiting))
