"""Do fairness gates keep what they say? Simulated counts, true gaps known by construction.

    python -m benchmarks fairness_calibration

`alarm`: a gate `max: 0` fails though all groups are equal. `false pass` and `false fail`: the true
gap lies just outside or inside the tolerance. For changes against main both models have the same
law on the same rows, so that the true change of the gap is 0. Coverage of a single rate is
computed exactly from the binomial law, over 9,001 values of p in [.05, .95].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats import gaps, groups, score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.stats.groups import GroupChange, Measured

REPETITIONS = 2_000
SIZES: dict[str, tuple[int, ...]] = {
    "2 × 1,000": (1000, 1000),
    "8 of 20 to 5,000": (20, 50, 100, 200, 500, 1000, 2000, 5000),
    "40 × 30": (30,) * 40,
}
BASE, TPR, FPR = 0.4, 0.7, 0.15
MINIMUM = 30


def counts(
    sizes: Sequence[int], tpr: Sequence[float], random: np.random.Generator, differ: float = 0.0
) -> Any:
    """Draw counts (G, 2, 2, 2) of label, candidate, baseline; `differ`: redrawn predictions."""
    found = []
    for n, rate in zip(sizes, tpr, strict=True):
        cells = np.zeros((2, 2, 2))
        for y, share, p in ((0, 1 - BASE, FPR), (1, BASE, rate)):
            law = np.array([1 - p, p])
            cells[y] = share * ((1 - differ) * np.diag(law) + differ * np.outer(law, law))
        found.append(random.multinomial(n, cells.reshape(-1)).reshape(2, 2, 2))
    return np.array(found)


def usable(one: Measured) -> Any:
    """Give the pairs of groups that are compared."""
    large = (one.n >= MINIMUM) & ~np.isnan(one.value)
    return gaps.comparable(large, np.ones((len(one.n),) * 2, dtype=np.bool_))


def alarms(sizes: Sequence[int], seed: int) -> tuple[float, float]:
    """Share of samples of equal groups in which max: 0 fails, and in which a point gap > .1 does."""
    random, failed, point = np.random.default_rng(seed), 0, 0
    for _ in range(REPETITIONS):
        drawn = counts(sizes, [TPR] * len(sizes), random).sum(axis=3)
        one = groups.rate(drawn, groups.SHARES["selection_rate"])
        found = gaps.difference([one], [usable(one)])
        failed += found.lower is not None and found.lower > 0
        point += float(np.nanmax(one.value) - np.nanmin(one.value)) > 0.1
    return failed / REPETITIONS, point / REPETITIONS


def bounds(sizes: Sequence[int], seed: int, kind: str) -> tuple[float, float]:
    """Chance that each bound misses the true largest gap of .1 (smallest ratio of 6/7)."""
    random, low, high = np.random.default_rng(seed), 0, 0
    rates = [TPR] * len(sizes)
    rates[-1] = TPR - 0.1
    truth = 0.1 if kind == "difference" else (TPR - 0.1) / TPR
    make = gaps.difference if kind == "difference" else gaps.ratio
    for _ in range(REPETITIONS):
        one = groups.rate(counts(sizes, rates, random).sum(axis=3), groups.SHARES["tpr"])
        pairs = usable(one)
        if not pairs[-1].any():
            continue
        found = make([one], [pairs])
        assert found.lower is not None
        assert found.upper is not None
        low += found.lower > truth
        high += found.upper < truth
    return low / REPETITIONS, high / REPETITIONS


def changes(sizes: Sequence[int], gap: float, seed: int, kind: str) -> tuple[float, float]:
    """Chance that each bound misses the true change of 0, predictions differing on ~5 % of rows."""
    random, low, high = np.random.default_rng(seed), 0, 0
    rates = [TPR] * len(sizes)
    rates[-1] = TPR - gap
    make: Any = gaps.difference_change if kind == "difference" else gaps.ratio_change
    for _ in range(REPETITIONS // 2):
        drawn = counts(sizes, rates, random, differ=0.12)
        one: GroupChange = groups.change(drawn, groups.SHARES["tpr"])
        pairs = usable(one.new) & usable(one.old)
        found = make([one], [pairs])
        if found.value is not None:
            low += found.lower > 0
            high += found.upper < 0
    return low / (REPETITIONS // 2), high / (REPETITIONS // 2)


def coverage(n: int) -> tuple[float, float]:
    """Mean and least coverage of a rate's 95 % interval (two bounds at 97.5 %), exact."""
    from scipy.stats import binom

    hits = np.arange(n + 1.0)
    low, high = score.wilson_bounds(hits, np.full(n + 1, float(n)), 0.025)
    found = []
    for p in np.linspace(0.05, 0.95, 9001):
        inside = (low <= p) & (p <= high)
        found.append(float(binom.pmf(hits[inside], n, p).sum()))
    return float(np.mean(found)), min(found)


def lines() -> Iterator[str]:
    """Give the tables."""
    yield "| equal groups, selection rate | alarm (≤ .05) | a point gap > .1 |\n|---|---:|---:|"
    for name, sizes in SIZES.items():
        ours, point = alarms(sizes, 1)
        yield f"| {name} | {ours:.3f} | {point:.3f} |"
    yield "\n| true gap .1 in one group, true positive rate | | lower bound above (≤ .05) | upper bound below (≤ .05) |"
    yield "|---|---|---:|---:|"
    for kind in ("difference", "ratio"):
        for name, sizes in SIZES.items():
            low, high = bounds(sizes, 2, kind)
            yield f"| {name} | {kind} | {low:.3f} | {high:.3f} |"
    yield "\n| no true change of the gap | | lower bound above 0 (≤ .05) | upper bound below 0 (≤ .05) |"
    yield "|---|---|---:|---:|"
    for kind in ("difference", "ratio"):
        for gap in (0.0, 0.1):
            for name, sizes in SIZES.items():
                low, high = changes(sizes, gap, 3, kind)
                yield f"| {name}, gap {gap:g} | {kind} | {low:.3f} | {high:.3f} |"
    yield "\n| a rate's 95 % interval, n | mean coverage (.93–.97) | least over p |\n|---|---:|---:|"
    for n in (10, 30, 100):
        mean, least = coverage(n)
        yield f"| {n} | {mean:.3f} | {least:.3f} |"


def main() -> None:
    """Print the tables."""
    for line in lines():
        print(line)


if __name__ == "__main__":
    main()
