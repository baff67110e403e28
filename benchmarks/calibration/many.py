"""Many tests at once: false alarms without a correction, by Holm's, by Benjamini and Hochberg's."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.judging import CONFIDENCE, rule
from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.rates import Same
from benchmarks.calibration.series import Series
from mlgate.checks.slices.gate import correct
from mlgate.gates.decide import decide
from mlgate.model.evidence import Evidence
from mlgate.stats.estimate import normal_p_value
from mlgate.stats.multiplicity import benjamini_hochberg, holm
from mlgate.stats.proportions import tango
from mlgate.stats.slice_search import search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Adjust = Callable[[Sequence[float]], list[float]]

LEVEL = 0.05
_ADJUST: tuple[Adjust, ...] = (list, holm, benjamini_hochberg)


def many() -> tuple[Series, ...]:
    """Give the jobs of the table."""
    return (
        *(
            Series(
                f"alarms-{tests}-{correlation}",
                f"any alarm among {tests} tests, correlated {correlation:g}, where nothing changed",
                _alarms,
                (tests, correlation),
                4_000 if tests < 100 else 2_000,
            )
            for tests in (5, 20, 100)
            for correlation in (0.0, 0.5)
        ),
        *(
            Series(
                f"{kind}-100",
                f"{words}: 100 tests, a tenth of them truly 3.5 standard errors off",
                _rates,
                (100, 0.1, 3.5, kind),
                2_000,
            )
            for kind, words in (
                ("false", "false alarms as a share of the alarms"),
                ("true", "true changes that are found"),
            )
        ),
        *_slices(),
    )


def _slices() -> Iterator[Series]:
    start = "20 slices of 300 rows, 5 % differ, `max_regression: 0.02` on each"
    for key, words, loss, band in (
        ("still", "any fails where nothing changed", 0.0, Band(high=LEVEL)),
        ("lost", "the one fails that lost .10", 0.1, Band(low=0.8)),
    ):
        yield Series(f"slices-{key}", f"{start}: {words}", _gates, (20, 300, loss, band), 1_000)
    start = (
        "slices searched: columns of 5, 10 and 20 levels and their pairs, 5,000 rows, 5 % differ"
    )
    for key, words, loss, band in (
        ("still", "any is listed where nothing changed", 0.0, Band(high=LEVEL)),
        ("lost", "one of 500 rows that lost .08 is listed", 0.08, Band(low=0.8)),
    ):
        yield Series(f"search-{key}", f"{start}: {words}", _searched, (5_000, loss, band), 300)


def _alarms(
    random: np.random.Generator, repetitions: int, tests: int, correlation: float
) -> tuple[Rate, ...]:
    """P(any alarm): first uncorrected, then Holm's, which promises it, then the other."""
    shared = random.standard_normal((repetitions, 1))
    own = random.standard_normal((repetitions, tests))
    z = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
    found = [0, 0, 0]
    for row in z.tolist():
        p_values = [normal_p_value(one) for one in row]
        for k, adjust in enumerate(_ADJUST):
            found[k] += min(adjust(p_values)) <= LEVEL
    bands = (Band(), Band(high=LEVEL), Band())
    return tuple(
        Rate.share(count / repetitions, repetitions, band)
        for count, band in zip(found, bands, strict=True)
    )


def _rates(
    random: np.random.Generator,
    repetitions: int,
    tests: int,
    share: float,
    effect: float,
    kind: str,
) -> tuple[Rate, ...]:
    """Mean over samples of the share of false alarms among alarms, or of changes found."""
    changed = np.arange(tests) < share * tests
    z = random.standard_normal((repetitions, tests)) + effect * changed
    shares: list[list[float]] = [[], [], []]
    for row in z.tolist():
        p_values = [normal_p_value(one) for one in row]
        for some, adjust in zip(shares, _ADJUST, strict=True):
            alarm = np.array(adjust(p_values)) <= LEVEL
            false = float((alarm & ~changed).sum()) / max(int(alarm.sum()), 1)
            some.append(false if kind == "false" else float(alarm[changed].mean()))
    bands = (Band(), Band(), Band(high=LEVEL) if kind == "false" else Band())
    return tuple(
        Rate(float(np.mean(some)), float(np.std(some)) / math.sqrt(repetitions), band)
        for some, band in zip(shares, bands, strict=True)
    )


def _gates(
    random: np.random.Generator, repetitions: int, slices: int, n: int, loss: float, band: Band
) -> tuple[Rate | None, ...]:
    """P(a gate on a slice fails), before and after the gates' own correction."""
    found = np.zeros(2)
    for _ in range(repetitions):
        losses = [loss, *[0.0] * (slices - 1)]
        counts = [random.multinomial(n, Same(0.9, 0.05, one).shares()) for one in losses]
        changes = [tango(int(c[1]), int(c[2]), n, confidence=CONFIDENCE) for c in counts]
        asked = [rule(change, None, 1.0, 0.02, "higher", 0.9) for change in changes]
        metrics = {f"slice {i}": measured for i, (_, measured) in enumerate(asked)}
        results = [
            decide(replace(gate, metric=name), measured)
            for name, (gate, measured) in zip(metrics, asked, strict=True)
        ]
        evidence = Evidence(check="slices", tool="", commit=None, created="", metrics=metrics)
        kept = correct(results, evidence)
        looked = slice(0, 1) if loss else slice(None)
        for k, some in enumerate((results, kept)):
            found[k] += any(one.verdict == "fail" for one in some[looked])
    plain, corrected = (found / repetitions).tolist()
    return (
        Rate.share(plain, repetitions),
        Rate.share(corrected, repetitions, band),
        None,
    )


def _searched(
    random: np.random.Generator, repetitions: int, n: int, loss: float, band: Band
) -> tuple[Rate | None, ...]:
    """P(any slice is listed as worse), or the one that is: a level that a tenth of the rows have."""
    count = 0
    for _ in range(repetitions):
        columns = [(random.integers(size, size=n), size) for size in (5, 10, 20)]
        in_slice = columns[1][0] == 0
        change = random.choice((1.0, -1.0, 0.0), size=n, p=(0.025, 0.025, 0.95))
        if loss:
            change = np.where(in_slice & (random.random(n) < loss), -1.0, change)
        worse = search(columns, change).worse
        count += any(one.levels == ((1, 0),) for one in worse) if loss else bool(worse)
    return None, Rate.share(count / repetitions, repetitions, band), None
