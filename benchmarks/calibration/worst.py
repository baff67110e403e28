"""Losses of exactly the margin: how often leaving out the candidate's worst rows takes them for more.

Once as they are drawn, and once with a row that is far out of all others in the candidate, of which a rule must
judge the rest.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.checks.compare.families import Averaged, family_of, numbers_of_rows
from mlgate.checks.compare.pair import Pair
from mlgate.checks.compare.worst import without_worst
from mlgate.metrics import METRICS
from mlgate.model.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.calibration.line import Cell
    from mlgate.checks.compare.families import Linear

    Values = NDArray[np.float64]

Law = Literal["normal", "lognormal", "Pareto", "t3"]
CONFIDENCE = 0.95
TYPE_I, POWER = Band(high=0.06), Band(low=0.75)
_REPETITIONS = 1_000
_SIGMA, _SHAPE = 1.5, 2.5
_FAR = 1e9


def worst() -> tuple[Series, ...]:
    """Return the jobs of the table."""
    return (*_columns(), *_errors(), *_clusters(), *_lost())


def _columns() -> Iterator[Series]:
    laws: tuple[Law, ...] = ("normal", "lognormal", "Pareto")
    for law in laws:
        for n in (200, 2_000):
            for sign, words in ((1, "losses"), (-1, "gains")) if law != "normal" else ((1, ""),):
                name = f"a column, {law} {words}, n = {n:,}".replace(" ,", ",")
                place = f"column-{law.lower()}-{words or 'both'}-{n}"
                yield Series(place, name, _column, (law, sign, n), _REPETITIONS)


def _errors() -> Iterator[Series]:
    for metric in ("mae", "wape", "rmse", "r2"):
        laws: tuple[Law, ...] = ("normal", "t3", "lognormal")
        for law in laws:
            for n in (200, 2_000):
                name = f"{METRICS[metric].title}, {law} errors, n = {n:,}"
                yield Series(f"{metric}-{law.lower()}-{n}", name, _error, (metric, law, n, 1.0), _REPETITIONS)  # fmt: skip


def _clusters() -> Iterator[Series]:
    for sign, words in ((1, "losses"), (-1, "gains")):
        name = f"a column in 200 clusters of 10, lognormal {words} of clusters"
        yield Series(f"clusters-{words}", name, _clustered, (sign,), _REPETITIONS)


def _lost() -> Iterator[Series]:
    for metric in ("mae", "wape", "rmse", "r2"):
        name = f"{METRICS[metric].title}, normal errors, a loss far beyond the margin, n = 2,000"
        yield Series(f"lost-{metric}", name, _error, (metric, "normal", 2_000, 0.3), 500)


def _cells(found: list[tuple[bool, bool]], *, lost: bool = False) -> tuple[Cell, ...]:
    drawn, far = (sum(each) / len(found) for each in zip(*found, strict=True))
    bands = (Band(), POWER) if lost else (TYPE_I, TYPE_I)
    return tuple(
        Rate.share(share, len(found), band) for share, band in zip((drawn, far), bands, strict=True)
    )


def _fails(family: Linear, new: Rows, old: Rows, margin: float, *, higher: bool = False) -> bool:
    """Whether what is left without the worst rows lies beyond the margin, whatever all rows say."""
    pair = Pair(new, old, len, CONFIDENCE)
    left = without_worst(family, pair, 1.0, "higher" if higher else "lower")
    return left is not None and (-left.bound if higher else left.bound) > margin


def _drawn(random: np.random.Generator, law: Law, n: int) -> Values:
    """Draw numbers of mean 0; of errors both signs are alike."""
    match law:
        case "normal":
            return random.standard_normal(n)
        case "t3":
            return random.standard_t(3, n)
        case "lognormal":
            return np.exp(_SIGMA * random.standard_normal(n)) - math.exp(_SIGMA**2 / 2)
        case "Pareto":
            return random.pareto(_SHAPE, n) - 1 / (_SHAPE - 1)


def _column(
    random: np.random.Generator, repetitions: int, law: Law, sign: int, n: int
) -> tuple[Cell, ...]:
    family, found, margin = Averaged(numbers_of_rows("x", None)), [], 0.1
    for _ in range(repetitions):
        lost = margin + sign * _drawn(random, law, n)
        old = np.zeros(n)
        found.append(_both(family, lost, old, margin))
    return _cells(found)


def _both(
    family: Averaged,
    new: Values,
    old: Values,
    margin: float,
    cluster: NDArray[np.int64] | None = None,
) -> tuple[bool, bool]:
    far = new.copy()
    far[0] = _FAR
    zeros = np.zeros(len(new))
    sides = [Rows("scores", zeros, zeros, values={"x": side}, cluster=cluster) for side in (new, far, old)]  # fmt: skip
    return (
        _fails(family, sides[0], sides[2], margin),
        _fails(family, sides[1], sides[2], margin),
    )


def _clustered(random: np.random.Generator, repetitions: int, sign: int) -> tuple[Cell, ...]:
    family, found, margin = Averaged(numbers_of_rows("x", None)), [], 0.1
    cluster = np.repeat(np.arange(200), 10)
    for _ in range(repetitions):
        lost = (
            margin
            + sign * _drawn(random, "lognormal", 200)[cluster]
            + random.standard_normal(2_000)
        )
        found.append(_both(family, lost, np.zeros(2_000), margin, cluster))
    return _cells(found)


def _error(
    random: np.random.Generator, repetitions: int, metric: str, law: Law, n: int, share: float
) -> tuple[Cell, ...]:
    """Errors that are a tenth larger than main's; the margin is a `share` of the true loss."""
    family, found = family_of(METRICS[metric].method), []
    margin = share * _true_loss(metric, law)
    for _ in range(repetitions):
        label = 3 * random.standard_normal(n)
        old = label + _drawn(random, law, n)
        new = label + 1.1 * _drawn(random, law, n)
        far = new.copy()
        far[0] = _FAR
        rows = Rows("regression", label, new)
        sides = (rows, replace(rows, y_pred=far), replace(rows, y_pred=old))
        higher = metric == "r2"
        found.append(
            (
                _fails(family, sides[0], sides[2], margin, higher=higher),
                _fails(family, sides[1], sides[2], margin, higher=higher),
            )
        )
    return _cells(found, lost=share < 1)


def _true_loss(metric: str, law: Law) -> float:
    """Return what a tenth more error costs; the labels' mean size is 3 √(2/π), their variance 9."""
    squares = {
        "normal": 1.0,
        "t3": 3.0,
        "lognormal": math.exp(_SIGMA**2) * (math.exp(_SIGMA**2) - 1),
    }
    if metric == "rmse":
        return 0.1 * math.sqrt(squares[law])
    if metric == "r2":
        return 0.21 * squares[law] / 9
    size = 0.1 * _absolute(law)
    return size if metric == "mae" else size / (3 * math.sqrt(2 / math.pi))


def _absolute(law: Law) -> float:
    """Return E|X|."""
    if law == "normal":
        return math.sqrt(2 / math.pi)
    if law == "t3":
        return 2 * math.sqrt(3) / math.pi
    from mlgate.stats.estimate import normal_p_value

    above = 1 - normal_p_value(_SIGMA / 2) / 2  # 2 E X⁺ of X = exp(σZ) − exp(σ²/2)
    return 2 * math.exp(_SIGMA**2 / 2) * (2 * above - 1)
