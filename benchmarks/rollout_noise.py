"""False rollbacks by latency where the requests of one version wait together, and what that costs.

Two equal versions at half of the traffic each, 100 looks of ten minutes. In a stall one version delays all
requests of a slice of ten seconds; both stall equally often, each at its own times. Beside it: no stalls, and a
canary that is slower in every request, with and without allowing for what waits together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlgate.model.rollout import LEVELS
from mlgate.stats import sequential
from mlgate.stats.sequential import Arms

RESULTS = Path(__file__).parent / "results" / "rollout_noise.md"
RUNS, LOOKS, SLICES, EACH = 400, 100, 60, 5
"""Looks of 60 slices, in which each version has 5 requests."""
SPREAD = 0.5
ALPHA = 0.025


def evidence(
    random: np.random.Generator, stalls: float, slower: float, *, allowed: bool
) -> np.ndarray:
    """Return log e at each look of one rollout."""
    quantiles = np.exp(SPREAD * np.array([_NORMAL[level] for level in LEVELS]))
    times = np.exp(SPREAD * random.standard_normal((2, LOOKS, SLICES, EACH)))
    times[1] *= slower
    times += 10 * (random.random((2, LOOKS, SLICES, 1)) < stalls)
    # Thresholds are the stable version's own: they hold the stalls too.
    share = 1 - stalls
    quantiles = np.where(np.array(LEVELS) < share, quantiles, 10.5)
    slow = (times[..., None] > quantiles).sum(3)
    levels = []
    for level in range(len(LEVELS)):
        stable, canary = slow[0, :, :, level], slow[1, :, :, level]
        each = np.full(stable.shape, float(EACH))
        arms = Arms.of(each, stable, each, canary)
        together = sequential.dispersion(arms) if allowed else np.ones(LOOKS)
        requests = SLICES * EACH / together
        arms = Arms.of(requests, stable.sum(1) / together, requests, canary.sum(1) / together)
        levels.append(sequential.odds_ratio(arms, sequential.SLOWER, expected=1 - LEVELS[level]))
    return sequential.average(np.stack(levels), 0)


_NORMAL = {0.5: 0.0, 0.9: 1.2816, 0.95: 1.6449, 0.99: 2.3263, 0.999: 3.0902}


def row(name: str, stalls: float, slower: float) -> str:
    """Return a row of the table."""
    cells = []
    for allowed in (False, True):
        random = np.random.default_rng(17)
        looks = [
            int(sequential.first_look(evidence(random, stalls, slower, allowed=allowed), ALPHA))
            for _ in range(RUNS)
        ]
        rolled = [look * SLICES * EACH for look in looks if look]
        after = f", median {np.median(rolled):,.0f}" if rolled and slower > 1 else ""
        cells.append(f"{len(rolled) / RUNS:.3f}{after}")
    return f"| {name} | {cells[0]} | {cells[1]} |"


def main() -> None:
    """Simulate, and write the table."""
    rows = [
        row("equal, no stalls", 0.0, 1.0),
        row("equal, each stalls in 1 of 1,000 slices", 0.001, 1.0),
        row("equal, each stalls in 1 of 100 slices", 0.01, 1.0),
        row("equal, each stalls in 1 of 20 slices", 0.05, 1.0),
        row("20 % slower, no stalls", 0.0, 1.2),
        row("20 % slower, each stalls in 1 of 100 slices", 0.01, 1.2),
    ]
    RESULTS.write_text(
        f"""# Requests that wait together

`python -m benchmarks.rollout_noise`: {RUNS} rollouts of {LOOKS} looks, each with {SLICES * EACH} requests of
either version in {SLICES} slices. Rolled back at 1/α = {1 / ALPHA:.0f}, after so many canary requests.

| versions | each request a proof | allowing for what waits together |
|---|---|---|
"""
        + "\n".join(rows)
        + "\n"
    )


if __name__ == "__main__":
    main()
