"""Drift: how often anything is told where nothing moved, and how often a shift is found.

    python -m benchmarks drift_calibration

Columns are simulated and compared as the check does, and judged together by the functions that
the gate uses: P(any column drifts), with one column shifted or none. Columns of numbers are
normal unless the line says otherwise. Beside it, on the same columns: any KS p < .05, and
Evidently's defaults (to 1,000 rows KS p < .05, above Wasserstein-1 over the standard deviation ≥
.1). At 500,000 rows a pool of columns is drawn from, because each takes long. Standard error of
a share p over R repetitions: √(p(1 − p)/R), .011 for .05 and 400.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlgate.stats import drift_levels, drift_numbers
from mlgate.stats.drift_rule import listing
from mlgate.stats.ecdf import Ecdf

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Draw = Callable[[np.random.Generator, int], NDArray[Any]]

LEVEL, FLOOR = 0.05, 0.1
Outcome = tuple[float, float, float, bool]
"""KS p, effect, p of plain KS, whether Evidently alarms."""


def normal(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    return random.normal(size=n)


SHAPES: dict[str, Draw] = {
    "lognormal, σ = 2": lambda random, n: random.lognormal(0, 2, n),
    "Student t, 2 df": lambda random, n: random.standard_t(2, n),
    "95 % zeros": lambda random, n: (random.random(n) > 0.95) * random.exponential(size=n),
    "whole numbers, 100 values": lambda random, n: random.integers(0, 100, n) * 1.0,
}


def column(random: np.random.Generator, draw: Draw, n: int, shift: float = 0.0) -> Outcome:
    """Compare one column as the check does."""
    old, new = draw(random, n), draw(random, n) + shift
    spread = old.std()
    sides = Ecdf.of(old), Ecdf.of(new)
    found = drift_numbers.compare(*sides)
    from mlgate.stats.transport import wasserstein

    usual = (
        found.ks_p < 0.05
        if n <= 1_000
        else wasserstein(sides[0].values, sides[1].values) / spread >= 0.1
    )
    effect = found.wasserstein if found.wasserstein is not None else (found.tv or 0.0) * 2
    return found.ks_p, effect, found.ks_p, bool(usual)


def any_drift(outcomes: list[Outcome]) -> bool:
    tests = {str(i): [("distribution", o[0], o[1], FLOOR)] for i, o in enumerate(outcomes)}
    return any(one.drifted for one in listing(tests, LEVEL).values())


def rates(pool: list[Outcome], columns: int, repetitions: int, seed: int) -> tuple[float, ...]:
    """Give P(any) of our rule, of KS < .05 and of Evidently's over columns drawn from a pool."""
    random = np.random.default_rng(seed)
    hits = np.zeros(3)
    fresh = len(pool) >= columns * repetitions
    for r in range(repetitions):
        index = (
            np.arange(r * columns, (r + 1) * columns)
            if fresh
            else random.choice(len(pool), columns, replace=columns > len(pool))
        )
        some = [pool[i] for i in index]
        hits += (any_drift(some), any(o[2] < 0.05 for o in some), any(o[3] for o in some))
    return tuple(hits / repetitions)


def false_alarms() -> None:
    print("### Nothing moved: P(any column drifts), target ≤ .06 (≈ 0 at 500,000 rows)\n")
    print("| columns | rows a side | number | mlgate | any KS p < .05 | Evidently's rule |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, draw, n, size in (
        ("normal", normal, 500, 20_000),
        ("normal", normal, 5_000, 10_000),
        ("normal", normal, 500_000, 200),
        *((shape, draw, n, 4_000) for shape, draw in SHAPES.items() for n in (500, 1_500)),
    ):
        random = np.random.default_rng([n, len(name)])
        pool = [column(random, draw, n) for _ in range(size)]
        for columns in (10, 100) if name == "normal" else (10,):
            repetitions = min(1_000, max(400, size // columns))
            ours, plain, usual = rates(pool, columns, repetitions, 1)
            print(
                f"| {name} | {n:,} | {columns} | {ours:.3f} | {plain:.3f} | {usual:.3f} |",
                flush=True,
            )


def power() -> None:
    print("\n### One column of 10 shifted: P(it is found)\n")
    print(
        "| rows a side | .05 sd | .1 sd (target .5 at 5,000) | .25 sd (target 1 at 5,000) | .5 sd |"
    )
    print("|---:|---:|---:|---:|---:|")
    for n, repetitions in ((500, 400), (5_000, 400), (500_000, 30)):
        random = np.random.default_rng(n)
        cells = []
        calm = [column(random, normal, n) for _ in range(9 * min(repetitions, 40))]
        for shift in (0.05, 0.1, 0.25, 0.5):
            found = 0
            for r in range(repetitions):
                start = 9 * (r % (len(calm) // 9))
                some = [column(random, normal, n, shift), *calm[start : start + 9]]
                tests = {str(i): [("d", o[0], o[1], FLOOR)] for i, o in enumerate(some)}
                found += listing(tests, LEVEL)["0"].drifted
            cells.append(f"{found / repetitions:.2f}")
        print(f"| {n:,} | {' | '.join(cells)} |", flush=True)


def levels() -> None:
    print("\n### The test of levels: share of p < .05 where nothing moved, target .03–.07\n")
    print("| levels | 500 : 500 | 200 : 5,000 | 5,000 : 500 | 20,000 : 20,000 |")
    print("|---:|---:|---:|---:|---:|")
    for count in (2, 5, 10, 20, 50):
        random = np.random.default_rng(count)
        law = random.dirichlet(np.full(count, 2.0))
        cells = []
        for n, m in ((500, 500), (200, 5_000), (5_000, 500), (20_000, 20_000)):
            wrong = 0
            for _ in range(4_000):
                old, new = (random.multinomial(k, law).astype(float) for k in (n, m))
                p_value = drift_levels.compare(old, new).chi2_p
                wrong += p_value is not None and p_value < 0.05
            cells.append(f"{wrong / 4_000:.3f}")
        print(f"| {count} | {' | '.join(cells)} |", flush=True)


def outlier() -> None:
    print("\n### One outlier of 1e6 in 2,000 rows: verdicts that change, of 400\n")
    print(
        "| true shift | outlier in the reference | outlier in the current data |\n|---:|---:|---:|"
    )
    for shift in (0.0, 0.25, 0.5):
        changed = [0, 0]
        for seed in range(400):
            random = np.random.default_rng(seed)
            sides = [normal(random, 2_000), normal(random, 2_000) + shift]
            for index in (0, 1):
                spoilt = [side.copy() for side in sides]
                spoilt[index][0] = 1e6
                verdicts = []
                for pair in (sides, spoilt):
                    found = drift_numbers.compare(*(Ecdf.of(side.copy()) for side in pair))
                    assert found.wasserstein is not None
                    verdicts.append(found.ks_p <= LEVEL / 20 and found.wasserstein >= FLOOR)
                changed[index] += verdicts[0] != verdicts[1]
        print(f"| {shift:g} sd | {changed[0]} | {changed[1]} |", flush=True)


def main() -> None:
    """Print the tables."""
    false_alarms()
    power()
    levels()
    outlier()


if __name__ == "__main__":
    main()
