"""Many tests at once: false alarms without a correction, by Holm's, by Benjamini and Hochberg's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.stats.estimate import normal_p_value
from mlgate.stats.multiplicity import benjamini_hochberg, holm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
                _found,
                (100, 0.1, 3.5, kind),
                2_000,
            )
            for kind, words in (
                ("false", "false alarms as a share of the alarms"),
                ("true", "true changes that are found"),
            )
        ),
    )


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


def _found(
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
