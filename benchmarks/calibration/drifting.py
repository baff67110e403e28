"""Drift: false alarms of whole reports, and whether what matters is found.

Columns go through what the `drift` check does with each of them, its rule for all of them
together, and the gate `max_share`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.checks.drift.evidence import shares, tested
from mlgate.checks.drift.summary import DriftSide
from mlgate.checks.drift.table import column
from mlgate.gates.decide import decide
from mlgate.gates.locate import SHARE
from mlgate.gates.rule import Rule
from mlgate.model.policy import Target
from mlgate.model.table import CodedColumn
from mlgate.stats import drift_levels
from mlgate.stats.drift_rule import listing
from mlgate.stats.eprocess import Losses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mlgate.checks.drift.evidence import ColumnDrift
    from mlgate.model.table import Stored
    from mlgate.stats.drift_rule import Listed

    Values = NDArray[np.float64]

LEVEL = 0.05
_LEVELS = (2, 5, 20, 50)


@dataclass
class Table:
    """One side's columns in memory; text columns are codes of levels."""

    rows: int
    columns: Mapping[str, Values]
    name: str = "data"

    @property
    def kinds(self) -> dict[str, Stored]:
        return {name: "text" if name.startswith("level") else "float" for name in self.columns}

    def numbers(self, column: str) -> Values:
        return self.columns[column].copy()

    def coded(self, column: str) -> CodedColumn:
        codes = self.columns[column].astype(np.int32)
        return CodedColumn([f"l{k:02}" for k in range(int(codes.max()) + 1)], codes)

    def repeats(self, column: str) -> bool:
        return column in self.columns

    def texts(self, column: str) -> tuple[Values, Mapping[str, int], int]:
        raise NotImplementedError(column)


def drift() -> tuple[Series, ...]:
    """Give the jobs of the table of reports."""
    still = "any column, where nothing drifted"
    sizes = ((500, 10, 500), (500, 100, 100), (5_000, 10, 200), (5_000, 100, 25), (500_000, 10, 10))
    return (
        *(
            Series(f"still-{n}-{columns}", f"{still}: {columns} columns, {n:,} rows a side", _still, (n, columns), count)
            for n, columns, count in sizes
        ),
        *(
            Series(
                f"shift-{shift}",
                f"one of 10 columns moved by {shift} standard deviations, 5,000 rows a side: it is found",
                _moved,
                (5_000, shift, low),
                200,
            )
            for shift, low in ((0.1, 0.45), (0.25, 0.99))
        ),
        *(
            Series(
                f"outlier-{shift}",
                f"one row of 1,000,000 changes what is said of a column that moved by {shift} (5,000 rows)",
                _outlier,
                (5_000, shift),
                200,
            )
            for shift in (0.0, 0.25)
        ),
    )  # fmt: skip


def levels() -> tuple[Series, ...]:
    """Give the jobs of the table of the categorical test."""
    return tuple(
        Series(f"{count}-{n}-{m}", f"{count} levels, {n:,} and {m:,} rows", _levels, (count, n, m), 4_000)
        for count in _LEVELS
        for n, m in ((500, 500), (5_000, 500), (500, 5_000), (50_000, 500))
    )  # fmt: skip


def domain() -> tuple[Series, ...]:
    """Give the jobs of the table of the domain classifier."""
    return (
        Series("domain-still-300", "no drift, 300 rows a side: .5 below, above the 90 % interval", _domain, (300, 0.0, Band(high=0.06)), 300),
        Series("domain-still-1000", "the same, 1,000 rows a side", _domain, (1_000, 0.0, Band(high=0.06)), 150),
        Series("domain-found-1000", "one of five columns moved by half a standard deviation, 1,000 rows a side", _domain, (1_000, 0.5, Band()), 50),
    )  # fmt: skip


def concept() -> tuple[Series, ...]:
    """Give the jobs of the table of losses over time."""
    start = "loss against a ceiling of .11, looked at after every row"
    return (
        Series("concept-still", f"{start}: any alarm in 10,000 rows at a loss of .11", _concept, (10_000, 0.11, "any", Band(high=0.05)), 400),
        Series("concept-found", f"{start}: alarm within 6,000 rows at a loss of .13", _concept, (6_000, 0.13, "any", Band(low=0.85)), 400),
        Series("concept-median", f"{start}: median of the rows until then", _concept, (6_000, 0.13, "median", Band()), 400),
        *(Series(f"concept-ties-{ties}", f"the same at a loss of .11, {ties:,} rows of each time", _tied, (10_000, 0.11, ties, Band(high=0.05)), 400) for ties in (2, 10, 100, 1_000)),
        *(Series(f"concept-ties-found-{ties}", f"alarm within 6,000 rows at a loss of .13, {ties:,} rows of each time", _tied, (6_000, 0.13, ties, Band(low=0.85) if ties == 10 else Band()), 400) for ties in (10, 1_000)),
        *(Series(f"concept-days-{size}-{alike:g}", f"5,000 rows at a loss of .11, {size} a day on average, correlation {alike:g} within a day: any alarm", _days, (5_000, 0.11, size, alike, Band(high=0.06)), 400) for size in (5, 25, 100) for alike in (0.0, 0.01, 0.05, 0.2)),
        *(Series(f"concept-days-found-{size}-{alike:g}", f"alarm within 6,000 rows at a loss of .13, {size} a day on average, correlation {alike:g} within a day", _days, (6_000, 0.13, size, alike, Band()), 400) for size in (25, 100) for alike in (0.0, 0.05)),
        Series("concept-days-found-1000", "alarm within 30,000 rows at a loss of .13, 1,000 a day on average, independent", _days, (30_000, 0.13, 1_000, 0.0, Band(low=0.85)), 200),
        Series("concept-again", "40 runs on growing data, 250 to 10,000 rows at a loss of .11: any alarm", _again, (40, Band(high=0.05)), 400),
    )  # fmt: skip


def _draw(random: np.random.Generator, kind: int, n: int) -> tuple[str, Values]:
    """Give one of ten kinds of columns, and what its name begins with."""
    if kind == 0:
        return "normal", random.standard_normal(n)
    if kind == 1:
        return "lognormal", np.exp(random.standard_normal(n))
    if kind == 2:
        return "exponential", random.exponential(size=n)
    if kind == 3:
        return "t3", random.standard_t(3, n)
    if kind == 4:
        return "integer", random.poisson(30, n).astype(np.float64)
    if kind == 5:
        return "zeros", np.where(random.random(n) < 0.6, 0.0, random.standard_normal(n))
    count = _LEVELS[kind - 6]
    weight = 1 / np.arange(1, count + 1)
    return f"level{count}", random.choice(count, size=n, p=weight / weight.sum()).astype(np.float64)


def _report(random: np.random.Generator, n: int, columns: int, shift: float = 0.0) -> list[Table]:
    """Give both sides; a shift moves the first column of the current one."""
    sides = []
    for side in range(2):
        found = {}
        for place in range(columns):
            name, values = _draw(random, place % 10, n)
            if place == 0 and side == 1:
                values += shift
            if not name.startswith("level"):
                values[random.random(n) < 0.01] = np.nan
            found[f"{name} {place}"] = values
        sides.append(Table(n, found))
    return sides


def _compared(old: Table, new: Table) -> dict[str, ColumnDrift]:
    first, second = DriftSide(old), DriftSide(new)
    found = {name: column(first, second, name, None) for name in old.columns}
    return {name: one for name, one in found.items() if one is not None}


def _judged(columns: Mapping[str, ColumnDrift]) -> dict[str, Listed]:
    return listing(tested(columns, {}), LEVEL)


def _gate(columns: Mapping[str, ColumnDrift], listed: Mapping[str, Listed]) -> str:
    """Ask `max_share: 0`."""
    drifted = {name: (one.certain, one.drifted) for name, one in listed.items()}
    measured = shares(columns, drifted)[SHARE]
    target = Target(name="drift")
    rule = Rule(target, "max_share", 0.0, False, "drift", SHARE, "lower", 0.95, 0.8)
    return decide(rule, measured).verdict


def _still(random: np.random.Generator, repetitions: int, n: int, columns: int) -> tuple[Rate, ...]:
    """P(any p ≤ .05), P(any column listed), P(the gate fails), without drift."""
    found = np.zeros(3)
    for _ in range(repetitions):
        compared = _compared(*_report(random, n, columns))
        listed = _judged(compared)
        p_values = [p for tests in tested(compared, {}).values() for _, p, _, _ in tests]
        any_listed = any(one.drifted for one in listed.values())
        found += (min(p_values) <= LEVEL, any_listed, _gate(compared, listed) == "fail")
    bands = (Band(), Band(high=0.06), Band(high=0.05))
    return _rates(found / repetitions, repetitions, bands)


def _moved(
    random: np.random.Generator, repetitions: int, n: int, shift: float, low: float
) -> tuple[Rate, ...]:
    """How often the column that moved is significant, listed, certain."""
    found = np.zeros(3)
    for _ in range(repetitions):
        compared = _compared(*_report(random, n, 10, shift))
        name = next(iter(compared))
        one = _judged(compared)[name]
        p_value = min(p for _, p, _, _ in tested(compared, {})[name])
        found += (p_value <= LEVEL, one.drifted, one.certain)
    return _rates(found / repetitions, repetitions, (Band(), Band(low=low), Band()))


def _outlier(
    random: np.random.Generator, repetitions: int, n: int, shift: float
) -> tuple[Rate | None, ...]:
    """How often one absurd value changes whether the column is listed."""
    changed = 0
    for repetition in range(repetitions):
        sides = _report(random, n, 1, shift)
        before = _judged(_compared(*sides))
        next(iter(sides[repetition % 2].columns.values()))[0] = 1e6
        changed += before != _judged(_compared(*sides))
    return None, Rate.share(changed / repetitions, repetitions, Band(high=0.0)), None


def _levels(
    random: np.random.Generator, repetitions: int, count: int, n: int, m: int
) -> tuple[Rate, ...]:
    """P(p ≤ .05) of the homogeneity test: equal shares, and shares that fall as 1/k."""
    found = []
    for weight in (np.ones(count), 1 / np.arange(1, count + 1)):
        p = weight / weight.sum()
        old, new = (random.multinomial(size, p, size=repetitions).astype(float) for size in (n, m))
        tests = [drift_levels.compare(a, b).chi2_p for a, b in zip(old, new, strict=True)]
        known = [value for value in tests if value is not None]
        found.append(sum(value <= LEVEL for value in known) / len(known))
    band = Band(0.03, 0.07)
    return _rates(np.array(found), repetitions, (band, band))


def _domain(
    random: np.random.Generator, repetitions: int, n: int, shift: float, band: Band
) -> tuple[Rate, Rate]:
    """P(.5 lies above the interval), P(.5 lies below it), of five normal columns."""
    from mlgate.checks.drift import domain

    target = np.repeat([0, 1], n)
    below = above = 0
    for _ in range(repetitions):
        features = random.standard_normal((2 * n, 5))
        features[n:, 0] += shift
        halves, _ = domain.out_of_fold(features, target, [False] * 5, None, 0.95)
        ends = np.array([half.interval for half in halves], dtype=np.float64)
        low, high = ends.mean(axis=0)
        above += high < 0.5
        below += low > 0.5
    return (
        Rate.share(above / repetitions, repetitions, band),
        Rate.share(below / repetitions, repetitions, band),
    )


def _concept(
    random: np.random.Generator,
    repetitions: int,
    n: int,
    rate: float,
    told: Literal["any", "median"],
    band: Band,
) -> tuple[Rate]:
    """P(alarm within n rows), or the median of the rows until it."""
    alarms = [
        Losses.count((random.random(n) < rate).astype(float)).against(0.11).alarm(LEVEL)
        for _ in range(repetitions)
    ]
    found = [rows for rows in alarms if rows is not None]
    if told == "median":
        return (Rate(float(np.median(found)), 0.0, band),)
    return (Rate.share(len(found) / repetitions, repetitions, band),)


def _tied(
    random: np.random.Generator, repetitions: int, n: int, rate: float, ties: int, band: Band
) -> tuple[Rate]:
    """P(alarm within n rows) where rows come in batches of one time, sorted by their loss within."""
    times = np.repeat(np.arange(-(-n // ties), dtype=np.float64), ties)[:n]
    alarms = 0
    for _ in range(repetitions):
        losses = (random.random(n) < rate).astype(np.float64)
        ordered = losses[np.lexsort((losses, times))]
        alarms += Losses.count(ordered, times).against(0.11).alarm(LEVEL) is not None
    return (Rate.share(alarms / repetitions, repetitions, band),)


def _of_days(
    random: np.random.Generator, n: int, rate: float, size: int, alike: float
) -> tuple[Values, Values]:
    """Draw losses and their days, of unequal size, each with a chance of its own by the probit law."""
    from scipy.special import ndtr, ndtri

    share = np.exp(0.7 * random.standard_normal(n // size))
    day = np.repeat(np.arange(len(share)), random.multinomial(n, share / share.sum()))
    common = _latent(rate, alike)
    own = random.standard_normal(len(share))
    chance = ndtr((ndtri(rate) + np.sqrt(common) * own) / np.sqrt(1 - common))
    return (random.random(n) < chance[day]).astype(np.float64), day.astype(np.float64)


@lru_cache
def _latent(rate: float, alike: float) -> float:
    """Return the share of normal variance that days have in common, by the correlation of their losses."""
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if not alike:
        return 0.0
    place, weight = np.polynomial.hermite_e.hermegauss(60)

    def beyond(common: float) -> float:
        chance = ndtr((ndtri(rate) + np.sqrt(common) * place) / np.sqrt(1 - common))
        both = float(weight @ (chance * chance) / weight.sum())
        return (both - rate * rate) / (rate * (1 - rate)) - alike

    return float(brentq(beyond, 1e-9, 0.95))


def _days(
    random: np.random.Generator,
    repetitions: int,
    n: int,
    rate: float,
    size: int,
    alike: float,
    band: Band,
) -> tuple[Rate]:
    """P(alarm within n rows) where rows of a day are alike."""
    alarms = 0
    for _ in range(repetitions):
        counted = Losses.count(*_of_days(random, n, rate, size, alike))
        alarms += counted.against(0.11).alarm(LEVEL) is not None
    return (Rate.share(alarms / repetitions, repetitions, band),)


def _again(random: np.random.Generator, repetitions: int, runs: int, band: Band) -> tuple[Rate]:
    """P(any of several runs alarms), each on the rows of the one before and some more."""
    ends = np.linspace(250, 10_000, runs).astype(int)
    alarms = 0
    for _ in range(repetitions):
        losses = (random.random(10_000) < 0.11).astype(np.float64)
        paths = (Losses.count(losses[:end]).against(0.11) for end in ends)
        alarms += any(path.alarm(LEVEL) is not None for path in paths)
    return (Rate.share(alarms / repetitions, repetitions, band),)


def _rates(
    found: NDArray[np.float64], repetitions: int, bands: tuple[Band, ...]
) -> tuple[Rate, ...]:
    pairs = zip(found.tolist(), bands, strict=True)
    return tuple(Rate.share(value, repetitions, band) for value, band in pairs)
