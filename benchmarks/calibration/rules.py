"""Rules over many pull requests, and tests without an interval: each job gives one line."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.judging import CONFIDENCE, rule, verdict
from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.rates import Same
from benchmarks.calibration.series import Series
from mlgate.gates.decide import decide
from mlgate.stats.proportions import mcnemar_midp, tango

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.bool_]

Merges = str
"""`point`: measured no worse; `pass`: the gate passes; `not fail`: it does not fail."""


def mcnemar() -> tuple[Series, ...]:
    """Give the jobs of the table of McNemar's test."""
    return tuple(
        Series(f"{n}-{differ}", f"{n:,} rows, {100 * differ:g} % differ", _mcnemar, (n, differ), 1)
        for n in (200, 1_000, 10_000)
        for differ in (0.01, 0.05, 0.2)
    )


def rules() -> tuple[Series, ...]:
    """Give the jobs of the table of rules."""
    return (
        Series(
            "point",
            "`new >= old` passes a pull request that changes nothing (2,000 rows, 4 % differ)",
            _point,
            (2_000, 0.04),
            100_000,
        ),
        *_inflations(),
        *_halves(),
        Series(
            "plan-pass",
            "`max_regression: .01` passes no change with the rows that `mlgate plan` asks for: "
            "8,011 rows, 5 % differ",
            _gate,
            (8_011, 0.05, 0.01, 0.0, "pass", Band(low=0.985)),
            20_000,
        ),
        Series(
            "plan-fail",
            "the same gate blocks no change",
            _gate,
            (8_011, 0.05, 0.01, 0.0, "fail", Band(high=0.001)),
            20_000,
        ),
        Series(
            "plan-margin",
            "the same gate passes a loss of .01",
            _gate,
            (8_011, 0.05, 0.01, 0.01, "pass", Band(high=0.06)),
            20_000,
        ),
        Series(
            "plan-twice",
            "the same gate blocks a loss of .02",
            _gate,
            (8_011, 0.05, 0.01, 0.02, "fail", Band(low=0.99)),
            20_000,
        ),
        *_joints(),
        *_creeps(),
        *_anchored(),
    )


def _inflations() -> tuple[Series, ...]:
    asked: tuple[tuple[str, Merges, int, Band], ...] = (
        ("`new >= old`", "point", 2_000, Band(low=3.5)),
        ("`max_regression: .01` (merged when it passes)", "pass", 2_000, Band()),
        ("`max_regression: .01` (merged unless it fails)", "not fail", 2_000, Band()),
        ("`max_regression: .01` (merged when it passes)", "pass", 6_000, Band(high=0.3)),
        ("`max_regression: .01` (merged unless it fails)", "not fail", 6_000, Band(high=0.3)),
    )
    return tuple(
        Series(
            f"inflation-{merges}-{n}".replace(" ", "-"),
            f"points by which 200 pull requests that change nothing inflate the measured "
            f"accuracy: {words}, {n:,} rows",
            _inflation,
            (n, merges, band),
            400,
        )
        for words, merges, n, band in asked
    )


def _halves() -> tuple[Series, ...]:
    start = "`max_regression: .01` blocks a true loss of .005 (6,000 rows, 5 % differ)"
    return (
        Series(
            "half-worse",
            f"{start}, were it enough to be worse for sure",
            _gate,
            (6_000, 0.05, 0.01, 0.005, "worse", Band(low=0.4)),
            20_000,
        ),
        Series(
            "half",
            f"{start}, as measured beyond the margin as well",
            _gate,
            (6_000, 0.05, 0.01, 0.005, "fail", Band(high=0.05)),
            20_000,
        ),
    )


def _joints() -> tuple[Series, ...]:
    start = "five such gates on independent metrics all pass"
    return (
        Series("joint-margin", f"{start} where one metric lost .01", _joint, (0.01, Band(high=0.06)), 10_000),
        Series("joint-pass", f"{start} where nothing changed", _joint, (0.0, Band(low=0.93)), 10_000),
    )  # fmt: skip


def _creeps() -> tuple[Series, ...]:
    start = "points truly lost by pull requests of −.3 points each (6,000 rows, 5 % differ)"
    passes, fails = "merged when it passes", "merged unless it fails"
    asked: tuple[tuple[str, Merges, bool, str, Band], ...] = (
        (f"until the first is stopped, {passes}, against main alone: worst series", "pass", False, "first", Band()),
        ("the same, and against the anchor at 1.5 points", "pass", True, "first", Band(high=2.1)),
        (f"100 of them, {passes}, against main alone: mean", "pass", False, "mean", Band()),
        ("the same, and against the anchor at 1.5 points", "pass", True, "mean", Band(high=3)),
        (f"100 of them, {fails}, against main alone: mean", "not fail", False, "mean", Band()),
        ("the same, and against the anchor at 1.5 points", "not fail", True, "mean", Band()),
    )  # fmt: skip
    return tuple(
        Series(
            f"creep-{told}-{merges}-{'anchor' if anchor else 'main'}".replace(" ", "-"),
            f"{start}: {words}",
            _creep,
            (merges, anchor, told, band),
            200,
        )
        for words, merges, anchor, told, band in asked
    )


def _anchored() -> tuple[Series, ...]:
    start = "50 pull requests under the default rules (`max_regression: .01`, undecided merges; 5 % differ)"
    few = {2_000: Band(), 6_000: Band(high=2.1), 20_000: Band(high=2.1)}
    losses = (
        Series(
            f"anchor-lost-{n}",
            f"{start}, {n:,} rows: points truly lost where each loses .3",
            _half_way,
            (n, 0.003, "lost", band),
            100,
        )
        for n, band in few.items()
    )
    none = {2_000: Band(), 6_000: Band(high=2.5), 20_000: Band(high=2.5)}
    blocked = (
        Series(
            f"anchor-blocked-{n}",
            f"{start}, {n:,} rows: how many of 50 are blocked where none changes anything",
            _half_way,
            (n, 0.0, "blocked", band),
            100,
        )
        for n, band in none.items()
    )
    return (*losses, *blocked)


def _mcnemar(
    random: np.random.Generator, repetitions: int, n: int, differ: float
) -> tuple[Rate, Rate]:
    """P(p ≤ .05) of both tests, without simulation: first the discordant rows, then the fixed."""
    del random, repetitions
    from scipy.stats import binom

    low, high = (int(binom.ppf(q, n, differ)) for q in (1e-9, 1 - 1e-9))
    midp = exact = 0.0
    for total in range(low, high + 1):
        chance = float(binom.pmf(total, n, differ))
        fixed = np.arange(total + 1)
        ways = binom.pmf(fixed, total, 0.5)
        least = np.minimum(fixed, total - fixed)
        tails = np.minimum(1.0, 2 * binom.cdf(least, total, 0.5))
        rejects = np.array([mcnemar_midp(int(f), int(total - f)) <= 0.05 for f in fixed])
        midp += chance * float(ways[rejects].sum())
        exact += chance * float(ways[tails <= 0.05].sum())
    return Rate(midp, 0.0, Band(high=0.055)), Rate(exact, 0.0)


def _point(random: np.random.Generator, repetitions: int, n: int, differ: float) -> tuple[Rate]:
    counts = random.multinomial(n, Same(0.9, differ).shares(), size=repetitions)
    passed = float((counts[:, 1] >= counts[:, 2]).mean())
    return (Rate.share(passed, repetitions, Band(0.5, 0.55)),)


def _gate(
    random: np.random.Generator,
    repetitions: int,
    n: int,
    differ: float,
    margin: float,
    loss: float,
    outcome: str,
    band: Band,
) -> tuple[Rate]:
    """Share of samples on which the gate comes out so; `worse`: the rule without its third part."""
    counts = random.multinomial(n, Same(0.9, differ, loss).shares(), size=repetitions)
    found = 0
    for fixed, broken in counts[:, 1:3].tolist():
        if outcome == "worse":
            found += _outcome(fixed, broken, n, margin) != "pass" and _surely(fixed, broken, n)
        else:
            found += _outcome(fixed, broken, n, margin) == outcome
    return (Rate.share(found / repetitions, repetitions, band),)


def _joint(random: np.random.Generator, repetitions: int, loss: float, band: Band) -> tuple[Rate]:
    """P(five gates pass), the first of which sees a loss."""
    n = 8_011
    losses = (loss, 0.0, 0.0, 0.0, 0.0)
    counts = [random.multinomial(n, Same(0.9, 0.05, x).shares(), size=repetitions) for x in losses]
    passed = sum(
        all(_outcome(fixed, broken, n, 0.01) == "pass" for _, fixed, broken, _ in cells)
        for cells in zip(*(some.tolist() for some in counts), strict=True)
    )
    return (Rate.share(passed / repetitions, repetitions, band),)


@cache
def _outcome(fixed: int, broken: int, n: int, margin: float) -> str:
    change = tango(fixed, broken, n, confidence=CONFIDENCE)
    return verdict(change, None, 1.0, margin, "higher", 0.9)


@cache
def _surely(fixed: int, broken: int, n: int) -> bool:
    upper = tango(fixed, broken, n, confidence=CONFIDENCE).upper
    return upper is not None and upper < 0


def _merged(merges: Merges, fixed: int, broken: int, n: int, margin: float) -> bool:
    if merges == "point":
        return fixed >= broken
    outcome = _outcome(fixed, broken, n, margin)
    return outcome == "pass" if merges == "pass" else outcome != "fail"


def _inflation(
    random: np.random.Generator, repetitions: int, n: int, merges: Merges, band: Band
) -> tuple[Rate]:
    """Measured minus true accuracy (.85) after 200 pull requests that change nothing, in points.

    A candidate breaks right rows and fixes wrong ones, each with the probability at which its
    true accuracy is main's and 4 % of all rows differ.
    """
    accuracy, differ = 0.85, 0.04
    right = random.binomial(n, accuracy, size=repetitions)
    for _ in range(200):
        broken = random.binomial(right, differ / 2 / accuracy)
        fixed = random.binomial(n - right, differ / 2 / (1 - accuracy))
        pairs = zip(fixed.tolist(), broken.tolist(), strict=True)
        taken = [_merged(merges, f, b, n, 0.01) for f, b in pairs]
        right = right + np.where(taken, fixed - broken, 0)
    inflated = 100 * (right / n - accuracy)
    error = float(inflated.std(ddof=1)) / math.sqrt(repetitions)
    return (Rate(float(inflated.mean()), error, band),)


def _creep(
    random: np.random.Generator,
    repetitions: int,
    merges: Merges,
    anchored: bool,
    told: str,
    band: Band,
) -> tuple[Rate]:
    """Points truly lost by pull requests of which each loses .3, unless it is stopped.

    `told`: the mean over series after 100 of them, or the worst at the first one stopped.
    """
    first = told == "first"
    lost = [_one_creep(random, merges, anchored=anchored, first=first) for _ in range(repetitions)]
    points = 100 * np.array(lost)
    if first:
        return (Rate(float(points.max()), 0.0, band),)
    error = float(points.std(ddof=1)) / math.sqrt(repetitions)
    return (Rate(float(points.mean()), error, band),)


def _one_creep(
    random: np.random.Generator, merges: Merges, *, anchored: bool, first: bool
) -> float:
    n, differ, step, start = 6_000, 0.05, 0.003, 0.9
    main = random.random(n) < start
    anchor, lost = main.copy(), 0.0
    for _ in range(100):
        accuracy = start - lost
        breaks = (differ + step) / 2 / accuracy
        fixes = (differ - step) / 2 / (1 - accuracy)
        new = np.where(random.random(n) < np.where(main, breaks, fixes), ~main, main)
        taken = _merged(merges, *_changed(new, main), n, 0.01)
        if anchored and taken:
            taken = _merged(merges, *_changed(new, anchor), n, 0.015)
        if taken:
            main, lost = new, lost + step
        elif first:
            break
    return lost


def _half_way(
    random: np.random.Generator, repetitions: int, n: int, step: float, told: str, band: Band
) -> tuple[Rate]:
    """Points truly lost in 50 pull requests that lose `step` each, or how many were blocked."""
    found = np.array([_one_series(random, n, step)[told] for _ in range(repetitions)])
    error = float(found.std(ddof=1)) / math.sqrt(repetitions)
    return (Rate(float(found.mean()), error, band),)


def _one_series(random: np.random.Generator, n: int, step: float) -> dict[str, float]:
    differ, start = 0.05, 0.9
    main = random.random(n) < start
    anchor, lost, blocked = main.copy(), 0.0, 0
    for _ in range(50):
        accuracy = start - lost
        breaks = (differ + step) / 2 / accuracy
        fixes = (differ - step) / 2 / (1 - accuracy)
        new = np.where(random.random(n) < np.where(main, breaks, fixes), ~main, main)
        if _blocks(_changed(new, main), _changed(new, anchor), n):
            blocked += 1
        else:
            main, lost = new, lost + step
    return {"lost": 100 * lost, "blocked": blocked}


def _blocks(against_main: tuple[int, int], against_anchor: tuple[int, int], n: int) -> bool:
    """Whether the gate blocks, by either of its rules with the margins that it implies."""
    asked, measured = rule(tango(*against_main, n), None, 1.0, 0.01, "higher", 0.9)
    _, since = rule(tango(*against_anchor, n), None, 1.0, 0.015, "higher", 0.9)
    both = measured.model_copy(
        update={"against": {"main": measured.against["main"], "anchor": since.against["main"]}}
    )
    implied = replace(asked, kind="max_regression_anchor", limit=0.015, blocks_half_way=True)
    return decide(asked, both).blocks or decide(implied, both).blocks


def _changed(new: Rows, old: Rows) -> tuple[int, int]:
    return int(np.count_nonzero(new & ~old)), int(np.count_nonzero(old & ~new))
