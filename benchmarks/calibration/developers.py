"""Developers who learn the test set from what is printed, and whether the meter bounds what they gain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.gates.steps import whole_steps
from mlgate.stats import wear as meter
from mlgate.stats.score import tango_bounds
from mlgate.stats.wear import CAP, Use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Print = Literal["exact", "steps"]

MARGIN, ACCURACY, TOSS_UPS = 0.01, 0.9, 0.2
_HELD = Band(low=0.999)
_TOLD = {"exact": "changes told exactly", "steps": "`report.changes: steps`"}


def wear() -> tuple[Series, ...]:
    """Give the jobs of the table of wear."""
    greedy = (
        Series(
            f"greedy-{told}-{n}-{tries}-{100 * differ:g}",
            f"greedy, {_TOLD[told]}: {tries:,} tries, {n:,} rows{', 2 % differ' if differ < CAP else ''}",
            _greedy,
            (told, n, tries, differ),
            200,
        )
        for told in ("exact", "steps")
        for n, tries, differ in (
            (2_000, 200, CAP),
            (20_000, 50, CAP),
            (20_000, 200, CAP),
            (20_000, 200, 0.02),
        )
    )
    combining = (
        Series(
            f"combining-{told}-{n}-{tries}{'-threshold' if offset else ''}",
            f"combining{', at the threshold' if offset else ''}, {_TOLD[told]}: {tries:,} tries, {n:,} rows",
            _combining,
            (told, n, tries, offset),
            100,
        )
        for told, offset in (("exact", 0.0), ("steps", 0.0), ("steps", 1.0))
        for n, tries in ((2_000, 200), (20_000, 50), (20_000, 200))
    )
    return (*greedy, *combining)


def _greedy(
    random: np.random.Generator, repetitions: int, told: Print, n: int, tries: int, differ: float
) -> tuple[Rate, ...]:
    """Keep every attempt that is told to be better and does not fail."""
    redrawn = differ / (2 * ACCURACY * (1 - ACCURACY))
    first = right = random.binomial(n, ACCURACY, repetitions)
    kept = np.zeros(repetitions, int)
    unusual = np.zeros(repetitions, int)
    for _ in range(tries):
        fixed = random.binomial(n - right, redrawn * ACCURACY)
        broken = random.binomial(right, redrawn * (1 - ACCURACY))
        change = (fixed - broken) / n
        low, high = _bounds(fixed, broken, n)
        steps = _steps(change, high - low)
        failed = (high < 0) & (change < -MARGIN)
        unusual += (steps != 0) | (low <= -MARGIN)
        better = (change if told == "exact" else steps) > 0
        taken = better & ~failed
        right, kept = np.where(taken, right + fixed - broken, right), kept + taken
    distance = 2 * ACCURACY * (1 - ACCURACY) * (1 - (1 - redrawn) ** kept)
    return _line((right - first) / n, told, n, tries, unusual, distance)


def _combining(
    random: np.random.Generator, repetitions: int, told: Print, n: int, tries: int, offset: float
) -> tuple[Rate, ...]:
    """Vote with all answers about random variations, after Blum & Hardt (2015, section 4)."""
    drawn = [_voted(random, told, n, tries, offset) for _ in range(repetitions)]
    gained, unusual, distance = (np.array(column) for column in zip(*drawn, strict=True))
    return _line(gained, told, n, tries, unusual, distance)


def _voted(
    random: np.random.Generator, told: Print, n: int, tries: int, offset: float
) -> tuple[float, int, float]:
    """Return what a vote gains, how many answers were unusual, and the share of rows it changes."""
    rows = round(n * TOSS_UPS)
    truth = random.choice([-1.0, 1.0], rows)  # 1: another answer for this row is right
    changed = (random.random((tries, rows)) < CAP / TOSS_UPS).astype(np.float32)
    wrong, right = ((changed @ (truth == sign).astype(np.float32)).astype(int) for sign in (1, -1))
    change = (wrong - right) / n  # wrong rows that it fixes, right ones that it breaks
    low, high = _bounds(wrong, right, n)
    answers, unusual = change, 0
    if told == "steps":
        moved = change + offset * np.maximum(MARGIN / 2, high - low)  # a known handicap: one step
        answers = _steps(moved, high - low)
        passes = low + (moved - change) > -MARGIN
        unusual = int(((answers != 0) | ~passes).sum())
    votes = (answers - answers.mean()) @ changed
    flipped = votes > 0 if np.abs(votes).sum() else np.zeros(rows, bool)
    return float((truth * flipped).sum() / n), unusual, float(flipped.mean() * TOSS_UPS)


def _bounds(fixed: NDArray[np.int64], broken: NDArray[np.int64], n: int) -> tuple[Floats, Floats]:
    return tango_bounds(
        fixed.astype(float), broken.astype(float), np.full(fixed.shape, float(n)), 0.05
    )


def _steps(change: Floats, width: Floats) -> Floats:
    pairs = zip(change.tolist(), width.tolist(), strict=True)
    return np.array([whole_steps(gain, wide, MARGIN) for gain, wide in pairs], float)


def _line(
    gained: Floats, told: Print, n: int, tries: int, unusual: NDArray[np.int64], distance: Floats
) -> tuple[Rate, ...]:
    """Compare what was gained with the meter: one number, or one rule, is told a try."""
    certified = [
        _certified(Use(tries, tries) if told == "exact" else Use(tries, 0, tries, int(k)), n, p)
        for k, p in zip(unusual, distance, strict=True)
    ]
    held = float(np.mean(gained <= np.array(certified)))
    error = 100 * float(gained.std(ddof=1)) / math.sqrt(gained.size)
    return (
        Rate.share(held, gained.size, _HELD),
        Rate(100 * float(gained.mean()), error),
        Rate(100 * float(gained.max()), 0.0),
        Rate(100 * float(np.median(certified)), 0.0),
    )


def _certified(use: Use, n: int, distance: float) -> float:
    """Return ε of the meter; the share that differs from the first model is known here."""
    tolerance = meter.wear(use, n, MARGIN, max(CAP, distance)).tolerance
    return 1.0 if tolerance is None else tolerance
