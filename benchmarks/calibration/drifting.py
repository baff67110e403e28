"""Drift: false alarms of whole reports, and whether what matters is found.

Columns go through what the `drift` check does with each of them, its rule for all of them
together, and the gate `max_share`.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from mlgate.model.table import Coded
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

    def coded(self, column: str) -> Coded:
        codes = self.columns[column].astype(np.int32)
        return Coded([f"l{k:02}" for k in range(int(codes.max()) + 1)], codes)

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


def concept() -> tuple[Series, ...]:
    """Give the jobs of the table of losses over time."""
    start = "loss against a ceiling of .11, looked at after every row"
    return (
        Series("concept-still", f"{start}: any alarm in 10,000 rows at a loss of .11", _concept, (10_000, 0.11, "any", Band(high=0.05)), 400),
        Series("concept-found", f"{start}: alarm within 6,000 rows at a loss of .13", _concept, (6_000, 0.13, "any", Band(low=0.85)), 400),
        Series("concept-median", f"{start}: median of the rows until then", _concept, (6_000, 0.13, "median", Band()), 400),
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


def _rates(
    found: NDArray[np.float64], repetitions: int, bands: tuple[Band, ...]
) -> tuple[Rate, ...]:
    pairs = zip(found.tolist(), bands, strict=True)
    return tuple(Rate.share(value, repetitions, band) for value, band in pairs)
