"""Rollouts of 1,000 looks: how often rules roll back what is no worse, and how soon they find what is.

Each look is 900 requests of the stable version and 100 of the canary. All lines of a table see the same
streams. The peers' rules are written again after their documents and sources:

- Argo Rollouts: a measurement over the canary's last 500 requests fails above a threshold; more than
  `failureLimit` failures abort (docs/features/analysis.md; 0 is the default).
- Flagger: a check over the last 500 requests fails below the success rate; `threshold` failed checks
  roll back, and a success does not clear the counter (pkg/controller/scheduler.go).
- Kayenta: Mann-Whitney at 98 % (MannWhitneyClassifier.scala: tolerance .25, confLevel .98) on the rates
  of each look, judged every 50 looks; the canary fails where it is High.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.stats import norm

from benchmarks.calibration.line import Band, Cell, Rate
from benchmarks.calibration.series import Series
from mlgate.stats import sequential
from mlgate.stats.sequential import Arms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Looks = NDArray[np.int64]

ALPHA: Final = 0.05
LOOKS, STABLE, CANARY, DAY = 1_000, 900, 100, 288
FALSE = Band(high=0.05)
_CHUNK: Final = 100
_CHECK: Final = 5
"""Looks in one measurement of a threshold rule: 500 canary requests."""
_JUDGED: Final = 50
LEVELS: Final = (0.5, 0.9, 0.95, 0.99, 0.999)
PROMOTED: Final = (0.5, 0.9, 0.99)
"""Levels at which a rollout's promotion must show that the canary is not slower."""
_MARGIN: Final = 1.1
_SPREAD: Final = 0.5
"""Of the logarithm of latency: lognormal."""


class Scene(NamedTuple):
    """One stream: the base rate of failures, the canary's ratio to it, the look from which it holds."""

    base: float
    ratio: float = 1.0
    start: int = 0


SCENES: Final = (
    Scene(0.01), Scene(0.01, 1.5), Scene(0.01, 2), Scene(0.01, 4),
    Scene(0.002), Scene(0.002, 2), Scene(0.002, 4), Scene(0.002, 2, 500),
)  # fmt: skip


def _cycle() -> Values:
    return np.asarray(1 + 0.5 * np.sin(2 * np.pi * np.arange(LOOKS) / DAY))


def _failures(random: np.random.Generator, scene: Scene, repetitions: int) -> Arms:
    rate = scene.base * _cycle()
    ratio = np.where(np.arange(LOOKS) >= scene.start, scene.ratio, 1.0)
    shape = (repetitions, LOOKS)
    counts = random.binomial(STABLE, rate, shape), random.binomial(CANARY, rate * ratio, shape)
    return Arms.of(np.full(shape, STABLE), counts[0], np.full(shape, CANARY), counts[1])


def _ours(arms: Arms) -> Looks:
    return sequential.first_look(sequential.rate_ratio(arms, 1.0, sequential.HIGHER), ALPHA)


def _cumulative(arms: Arms) -> Looks:
    log_e = sequential.rate_ratio(arms, 1.0, sequential.HIGHER, late=False)
    return sequential.first_look(log_e, ALPHA)


def _sums(arms: Arms) -> tuple[Values, Values, Values, Values]:
    parts = arms.stable, arms.stable_events, arms.canary, arms.canary_events
    n_a, a, n_b, b = (np.cumsum(part, -1) for part in parts)
    return n_a, a, n_b, b


def _z(arms: Arms, alpha: float = ALPHA) -> Looks:
    n_a, a, n_b, b = _sums(arms)
    pooled = (a + b + 0.5) / (n_a + n_b + 1)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    return _first((b / n_b - a / n_a) / error > norm.ppf(1 - alpha))


def _z_corrected(arms: Arms) -> Looks:
    return _z(arms, ALPHA / LOOKS)


def _growthbook(arms: Arms) -> Looks:
    """One-sided use of the two-sided sequence at 2α, tightest at 5,000, as GrowthBook sets it."""
    n_a, a, n_b, b = _sums(arms)
    p_a, p_b = a / n_a, b / n_b
    n = n_a + n_b
    variance = n * (p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b)
    unit = np.array([sequential.half_width(k, 1.0, 2 * ALPHA, 5_000) for k in n[0]])
    return _first((p_b - p_a > np.sqrt(variance) * unit) & (variance > 0))


def _threshold(failed: NDArray[np.bool_], limit: int) -> Looks:
    """Return when so many measurements have failed; `failed` has shape (R, measurements)."""
    return _first(np.cumsum(failed, 1) >= limit) * _CHECK


def _checks(arms: Arms) -> Values:
    events = arms.canary_events.reshape(len(arms.canary), -1, _CHECK).sum(2)
    return np.asarray(events / (_CHECK * CANARY))


def _argo(arms: Arms, limit: int) -> Looks:
    return _threshold(_checks(arms) > 0.02, limit + 1)


def _argo_0(arms: Arms) -> Looks:
    return _argo(arms, 0)


def _argo_3(arms: Arms) -> Looks:
    return _argo(arms, 3)


def _flagger_99(arms: Arms) -> Looks:
    return _threshold(_checks(arms) > 0.01, 5)


def _flagger_98(arms: Arms) -> Looks:
    return _threshold(_checks(arms) > 0.02, 5)


def _kayenta(arms: Arms) -> Looks:
    return _judged(arms.stable_events / STABLE, arms.canary_events / CANARY)


def _judged(stable: Values, canary: Values) -> Looks:
    """Kayenta's judge on one value a look, for the first 100 streams."""
    found = np.zeros(min(len(stable), 100), np.int64)
    for i in range(len(found)):
        for t in range(_JUDGED, LOOKS + 1, _JUDGED):
            if _high(stable[i, :t], canary[i, :t]):
                found[i] = t
                break
    return found


def _high(stable: Values, canary: Values) -> bool:
    """Whether the lower bound of the shift is above a quarter of its Hodges-Lehmann estimate."""
    at = np.linspace(0.01, 0.99, 99)
    shift = np.median(np.subtract.outer(np.quantile(canary, at), np.quantile(stable, at)))
    return canary.mean() >= stable.mean() and _rank_p(canary - 0.25 * abs(shift), stable) < 0.01


def _rank_p(x: Values, y: Values) -> float:
    """One-sided Mann-Whitney, normal approximation with ties and continuity."""
    n, m = len(x), len(y)
    both = np.concatenate([x, y])
    order = np.sort(both)
    ranks = (np.searchsorted(order, both) + np.searchsorted(order, both, "right") + 1) / 2
    u = ranks[:n].sum() - n * (n + 1) / 2
    _, ties = np.unique(both, return_counts=True)
    total = n + m
    variance = n * m / 12 * ((total + 1) - (ties**3 - ties).sum() / (total * (total - 1)))
    return float(norm.sf((u - n * m / 2 - 0.5) / np.sqrt(variance))) if variance > 0 else 1.0


def _first(hit: NDArray[np.bool_]) -> Looks:
    return np.where(hit.any(-1), hit.argmax(-1) + 1, 0)


RULES: Final = (
    ("ours", "mlgate: ratios 1.25 to 10, late starts", _ours),
    ("cumulative", "the same without late starts", _cumulative),
    ("z", "z-test at every look", _z),
    ("z-corrected", "z-test, Bonferroni over 1,000 looks", _z_corrected),
    ("growthbook", "GrowthBook's sequence, one-sided", _growthbook),
    ("argo-0", "Argo: errors > 2 % in 500 requests, failureLimit 0", _argo_0),
    ("argo-3", "Argo: the same, failureLimit 3", _argo_3),
    ("flagger-99", "Flagger: success < 99 % in 500 requests, threshold 5", _flagger_99),
    ("flagger-98", "Flagger: success < 98 % in 500 requests, threshold 5", _flagger_98),
    ("kayenta", "Kayenta's judge every 50 looks (100 streams)", _kayenta),
)


def rollout() -> tuple[Series, ...]:
    """Return the jobs of the table on failures."""
    return tuple(
        Series(key, name, _rolled_back, (rule, key == "ours"), 1_000, stream="rollout")
        for key, name, rule in RULES
    )


def _rolled_back(
    random: np.random.Generator, repetitions: int, rule: Callable[[Arms], Looks], ours: bool
) -> tuple[Cell, ...]:
    """P(rolled back) where nothing is worse, else the median of canary requests until it is found."""
    cells: list[Cell] = []
    for scene in SCENES:
        parts = [
            rule(_failures(random, scene, min(_CHUNK, repetitions - begin)))
            for begin in range(0, repetitions, _CHUNK)
        ]
        found = np.concatenate(parts) if "kayenta" not in rule.__name__ else parts[0]
        if scene.ratio == 1:
            cells.append(Rate.share(float((found > 0).mean()), len(found), FALSE if ours else None))
        else:
            limit = 1_200 if ours and scene == SCENES[2] else None
            cells.append(_median(found, scene.start, limit))
    return tuple(cells)


def _median(found: Looks, start: int = 0, limit: int | None = None) -> Cell:
    """Canary requests after the change until half of the streams are rolled back for it."""
    running = found[(found == 0) | (found > start)]
    if not len(running):
        return "all before it"
    middle = float(np.median(np.where(running > 0, (running - start) * float(CANARY), np.inf)))
    if np.isinf(middle):
        return "never"
    return Rate(middle, 0.0, Band(high=limit)) if limit else f"{middle:,.0f}"


class Slow(NamedTuple):
    """How the canary is slower: everything by a factor, or a share of requests by another."""

    factor: float = 1.0
    tail: float = 0.0
    start: int = 0


SLOW: Final = (Slow(), Slow(1.05), Slow(1.2), Slow(1.0, 0.02), Slow(1.0, 0.02, 500))
_TIMES: Final = 5.0
"""By how much the tail's requests are slower."""


class Latencies(NamedTuple):
    """Exceedances of both arms, shape (R, levels, T), those beyond 1.1 of each threshold, and p99."""

    arms: Arms
    beyond: Arms
    stable_p99: Values
    canary_p99: Values


def _latencies(random: np.random.Generator, slow: Slow, repetitions: int) -> Latencies:
    """Draw exceedances of the stable version's own quantiles of the 20 looks before.

    Latency is lognormal, its median follows a daily cycle of ±30 % in both arms. A threshold is an order
    statistic of the pooled past requests, from its Beta law; the canary's requests are drawn singly.
    """
    levels = np.array(LEVELS)
    shape = (repetitions, len(levels), LOOKS)
    stable, canary, beyond = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    p99 = np.zeros((2, repetitions, LOOKS))
    medians = 1 + 0.3 * np.sin(2 * np.pi * np.arange(LOOKS) / DAY)
    for t in range(LOOKS):
        z = random.standard_normal((repetitions, CANARY)) * _SPREAD + np.log(medians[t])
        hit = random.random((repetitions, CANARY)) < slow.tail
        if t >= slow.start:
            z = z + np.log(slow.factor) + np.where(hit, np.log(_TIMES), 0.0)
        p99[1, :, t] = np.sort(z, 1)[:, -2]
        rank = random.beta(892, 9, repetitions)
        p99[0, :, t] = norm.ppf(rank) * _SPREAD + np.log(medians[t])
        if t == 0:
            continue
        n = min(t, 20) * STABLE
        k = np.round(levels * n)
        past = np.log(medians[max(t - 20, 0) : t].mean())
        ranks = np.sort(random.beta(k, n + 1 - k, (repetitions, len(levels))), 1)
        threshold = norm.ppf(ranks) * _SPREAD + past
        over = norm.sf((threshold - np.log(medians[t])) / _SPREAD)
        inside = np.diff(np.concatenate([np.zeros((repetitions, 1)), 1 - over], 1), axis=1)
        cells = np.concatenate([np.clip(inside, 0, 1), over[:, -1:]], 1)
        drawn = random.multinomial(STABLE, cells / cells.sum(1, keepdims=True))
        stable[..., t] = drawn[:, ::-1].cumsum(1)[:, ::-1][:, 1:]
        canary[..., t] = (z[:, None] > threshold[..., None]).sum(2)
        beyond[..., t] = (z[:, None] > threshold[..., None] + np.log(_MARGIN)).sum(2)
    requests = np.full(shape, float(STABLE)), np.full(shape, float(CANARY))
    return Latencies(
        Arms(requests[0], stable, requests[1], canary),
        Arms(requests[0], stable, requests[1], beyond),
        p99[0],
        p99[1],
    )


def _exceedances(drawn: Latencies) -> Looks:
    log_e = sequential.odds_ratio(drawn.arms, sequential.SLOWER)
    return sequential.first_look(sequential.average(log_e, 1), ALPHA)


def _exceedances_cumulative(drawn: Latencies) -> Looks:
    log_e = sequential.odds_ratio(drawn.arms, sequential.SLOWER, late=False)
    return sequential.first_look(sequential.average(log_e, 1), ALPHA)


def _usual() -> float:
    """1.2 times the 99th percentile over a whole day."""
    at = np.log(1 + 0.3 * np.sin(2 * np.pi * np.arange(DAY) / DAY))
    grid = np.linspace(0, 3, 3_001)
    above = norm.sf((grid[:, None] - at) / _SPREAD).mean(1)
    return float(grid[np.argmax(above <= 0.01)] + np.log(1.2))


def _argo_slow(drawn: Latencies, limit: int = 0) -> Looks:
    return _first(np.cumsum(drawn.canary_p99 > _usual(), 1) > limit)


def _argo_slow_3(drawn: Latencies) -> Looks:
    return _argo_slow(drawn, 3)


def _flagger_slow(drawn: Latencies) -> Looks:
    return _argo_slow(drawn, 4)


def _kayenta_slow(drawn: Latencies) -> Looks:
    return _judged(np.exp(drawn.stable_p99), np.exp(drawn.canary_p99))


SLOW_RULES: Final = (
    ("ours", "mlgate: exceedances of the stable version's past quantiles", _exceedances),
    ("cumulative", "the same without late starts", _exceedances_cumulative),
    ("argo-0", "Argo: p99 of a look > 1.2 × the usual, failureLimit 0", _argo_slow),
    ("argo-3", "Argo: the same, failureLimit 3", _argo_slow_3),
    ("flagger", "Flagger: p99 of a look > 1.2 × the usual, threshold 5", _flagger_slow),
    ("kayenta", "Kayenta's judge on p99, every 50 looks (100 streams)", _kayenta_slow),
)


def latency() -> tuple[Series, ...]:
    """Return the jobs of the table on latency."""
    return tuple(
        Series(key, name, _found_slow, (rule, key == "ours"), 300, stream="latency")
        for key, name, rule in SLOW_RULES
    )


def _found_slow(
    random: np.random.Generator, repetitions: int, rule: Callable[[Latencies], Looks], ours: bool
) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for slow in SLOW:
        count = repetitions if slow == SLOW[0] else max(repetitions // 4, 1)
        parts = [
            rule(_latencies(random, slow, min(_CHUNK, count - begin)))
            for begin in range(0, count, _CHUNK)
        ]
        found = np.concatenate(parts) if "kayenta" not in rule.__name__ else parts[0]
        if slow == SLOW[0]:
            cells.append(Rate.share(float((found > 0).mean()), len(found), FALSE if ours else None))
        else:
            cells.append(_median(found, slow.start, 400 if ours and slow.factor == 1.2 else None))
    return tuple(cells)


def promotion() -> tuple[Series, ...]:
    """Return the jobs of the table on promotion."""
    jobs = [
        Series(
            f"{base:g}-{margin:g}",
            f"failures of {base:.2g}, ratio {margin:g} allowed, shares 5, 10, 25, 50 %",
            _promoted,
            (base, margin),
            1_000,
        )
        for base, margin in ((0.01, 1.5), (0.01, 2.0), (0.001, 2.0))
    ]
    jobs.append(
        Series("quiet", "no failure at all, .01 allowed, 10 % of requests", _quiet, (), 1_000)
    )
    jobs.append(
        Series(
            "latency", "latency, 10 % slower allowed, at p50, p90 and p99", _promoted_fast, (), 400
        )
    )
    return tuple(jobs)


def _promoted(
    random: np.random.Generator, repetitions: int, base: float, margin: float
) -> tuple[Cell, ...]:
    """P(promoted at the margin), then the median of canary requests where both are equal."""
    share = np.repeat([0.05, 0.1, 0.25, 0.5], [100, 200, 300, 400])
    n_b = np.round((STABLE + CANARY) * share)
    shape = (repetitions, LOOKS)
    rate = base * _cycle()
    found = []
    for ratio in (margin, 1.0):
        a = random.binomial((STABLE + CANARY - n_b).astype(int), rate, shape)
        b = random.binomial(n_b.astype(int), rate * ratio, shape)
        stable, canary = np.broadcast_to(STABLE + CANARY - n_b, shape), np.broadcast_to(n_b, shape)
        log_e = sequential.rate_ratio(Arms.of(stable, a, canary, b), margin, sequential.LOWER)
        found.append(sequential.first_look(log_e, ALPHA))
    return _both(found[0], np.append(0, np.cumsum(n_b))[found[1]], found[1])


def _quiet(random: np.random.Generator, repetitions: int) -> tuple[Cell, ...]:
    requests = np.full((repetitions, LOOKS), float(CANARY))
    failing = random.binomial(CANARY, 0.01, requests.shape).astype(float)
    found = [
        sequential.first_look(sequential.rate(requests, events, 0.01, sequential.BELOW), ALPHA)
        for events in (failing, np.zeros_like(failing))
    ]
    return _both(found[0], found[1] * CANARY, found[1])


def _promoted_fast(random: np.random.Generator, repetitions: int) -> tuple[Cell, ...]:
    """The margin's boundary: every request 10 % slower."""
    at = [LEVELS.index(level) for level in PROMOTED]
    found = []
    for slow, count in ((Slow(_MARGIN), repetitions), (Slow(), max(repetitions // 4, 1))):
        looks = []
        for begin in range(0, count, _CHUNK):
            drawn = _latencies(random, slow, min(_CHUNK, count - begin))
            log_e = sequential.odds_ratio(drawn.beyond, sequential.FASTER)[:, at]
            looks.append(sequential.first_look(log_e.min(1), ALPHA))
        found.append(np.concatenate(looks))
    return _both(found[0], found[1] * CANARY, found[1])


def _both(at_margin: Looks, requests: Looks, found: Looks) -> tuple[Cell, ...]:
    false = Rate.share(float((at_margin > 0).mean()), len(at_margin), FALSE)
    middle = float(np.median(np.where(found > 0, requests, np.inf)))
    return false, "never" if np.isinf(middle) else f"{middle:,.0f}"


def bursts() -> tuple[Series, ...]:
    """Return the jobs of the table on bursts: each arm alone has ten times the rate in 1 % of looks."""
    return tuple(
        Series(key, name, _burst, (rule, key == "matched"), 1_000, stream="bursts")
        for key, name, rule in (
            ("matched", "mlgate: a matched baseline, odd bets", _matched),
            ("ratio", "mlgate: the ratio of rates (not made for it)", _against_stable),
            ("z", "z-test at every look", _z_bursts),
        )
    )


class Bursts(NamedTuple):
    """Failures of the stable version, the canary and a baseline of its size, shape (R, T)."""

    stable: Values
    canary: Values
    baseline: Values


def _matched(drawn: Bursts) -> Looks:
    return sequential.first_look(sequential.matched(drawn.canary, drawn.baseline), ALPHA)


def _as_arms(drawn: Bursts) -> Arms:
    full = np.ones_like(drawn.stable)
    return Arms(full * STABLE, drawn.stable, full * CANARY, drawn.canary)


def _against_stable(drawn: Bursts) -> Looks:
    return _ours(_as_arms(drawn))


def _z_bursts(drawn: Bursts) -> Looks:
    return _z(_as_arms(drawn))


def _burst(
    random: np.random.Generator, repetitions: int, rule: Callable[[Bursts], Looks], ours: bool
) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    shape = (repetitions, LOOKS)
    for ratio in (1.0, 2.0, 3.0):
        rates = [np.where(random.random(shape) < 0.01, 0.1, 0.01) for _ in range(3)]
        drawn = Bursts(
            random.binomial(STABLE, rates[0]).astype(float),
            random.binomial(CANARY, rates[1] * ratio).astype(float),
            random.binomial(CANARY, rates[2]).astype(float),
        )
        found = rule(drawn)
        if ratio == 1:
            cells.append(
                Rate.share(float((found > 0).mean()), repetitions, FALSE if ours else None)
            )
        else:
            cells.append(_median(found))
    return tuple(cells)
