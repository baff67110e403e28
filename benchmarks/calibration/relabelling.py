"""Relabelled rows under both labels, and ids that are row numbers: each job gives one line."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.judging import CONFIDENCE, verdict
from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.rates import Same
from benchmarks.calibration.series import Series
from mlgate.inputs import row_numbers
from mlgate.stats.proportions import tango

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Labels = NDArray[np.int32]

ROWS, DIFFER, MARGIN = 6_000, 0.05, 0.01
TASKS = ((2, 0.5), (2, 0.1), (2, 0.02), (3, 0.0), (10, 0.0))
"""Classes, and the share of the second of two."""


def relabelled() -> tuple[Series, ...]:
    """Give the jobs of the table of relabelled rows."""
    better, honest, cheat = Band(), Band(low=0.955), Band(high=0.06)
    asked = (
        ("no change, no label corrected", "none", 0.0, 0.0, better),
        ("no change, 1 % of the labels corrected whatever the models say", "honest", 0.01, 0.0, honest),
        ("no change, 2 % corrected so", "honest", 0.02, 0.0, Band(low=0.94)),
        ("a gain of half the margin, 1 % corrected so", "honest", 0.01, -0.005, Band(low=0.98)),
        ("a loss of the margin, .5 % relabelled in the candidate's favour", "cheat", 0.005, 0.01, cheat),
        ("a loss of the margin, 2 % relabelled so", "cheat", 0.02, 0.01, cheat),
        ("a loss of twice the margin, 2 % relabelled so", "cheat", 0.02, 0.02, Band(high=0.005)),
        ("a loss of the margin, 2 % relabelled so, two in five of them decoys", "decoys", 0.02, 0.01, cheat),
    )  # fmt: skip
    return tuple(
        Series(f"{way}-{share:g}-{loss:g}", words, _relabelled, (way, share, loss, band), 20_000)
        for words, way, share, loss, band in asked
    )


def _relabelled(
    random: np.random.Generator, repetitions: int, way: str, share: float, loss: float, band: Band
) -> tuple[Rate, Rate]:
    """P(the gate passes) under this commit's labels alone, and under both."""
    counts = random.multinomial(ROWS, Same(0.9, DIFFER, loss).shares(), size=repetitions)
    alone = both = 0
    for cell in counts.tolist():
        old, new = _LABELS[way](random, cell, round(share * ROWS))
        passes = [_passes(*side) for side in (new, old)]
        alone += passes[0]
        both += all(passes)
    return Rate.share(alone / repetitions, repetitions), Rate.share(
        both / repetitions, repetitions, band
    )


Counts = tuple[int, int]
"""Rows that only the candidate has right, and rows that only main has right."""


def _none(_random: np.random.Generator, cell: list[int], _most: int) -> tuple[Counts, Counts]:
    _, fixed, broken, _ = cell
    return (fixed, broken), (fixed, broken)


def _honest(random: np.random.Generator, cell: list[int], most: int) -> tuple[Counts, Counts]:
    """Corrected labels were wrong by chance; of two classes, both models' rightness swaps."""
    _, fixed, broken, _ = cell
    share = most / ROWS
    f, b = int(random.binomial(fixed, share)), int(random.binomial(broken, share))
    return (fixed - f + b, broken - b + f), (fixed, broken)


def _cheat(_random: np.random.Generator, cell: list[int], most: int) -> tuple[Counts, Counts]:
    """Broken rows get the candidate's prediction as their label, then rows that both have wrong."""
    _, fixed, broken, _ = cell
    taken = min(most, broken)
    return (fixed, broken), (fixed + taken, broken - taken)


def _decoys(_random: np.random.Generator, cell: list[int], most: int) -> tuple[Counts, Counts]:
    """Two in five of the relabelled rows go against the candidate: no direction shows."""
    _, fixed, broken, _ = cell
    against = min(2 * most // 5, fixed)
    taken = min(most - against, broken)
    return (fixed, broken), (fixed + taken - against, broken - taken + against)


_LABELS = {"none": _none, "honest": _honest, "cheat": _cheat, "decoys": _decoys}


@cache
def _passes(fixed: int, broken: int) -> bool:
    change = tango(fixed, broken, ROWS, confidence=CONFIDENCE)
    return verdict(change, None, 1.0, MARGIN, "higher", 0.9) == "pass"


def numbered() -> tuple[Series, ...]:
    """Give the jobs of the table of row numbers."""
    return tuple(_numbered())


def _numbered() -> Iterator[Series]:
    for n in (500, 2_000, 20_000):
        for classes, share in TASKS:
            for kept in ("labels", "predictions"):
                task = f"two classes, {100 * share:g} % positive" if share else f"{classes} classes"
                yield Series(
                    f"{n}-{classes}-{100 * share:g}-{kept}",
                    f"{n:,} rows, {task}, by {kept}",
                    _readings,
                    (n, classes, share, kept),
                    400 if n < 20_000 else 100,
                )


def _readings(
    random: np.random.Generator, repetitions: int, n: int, classes: int, share: float, kept: str
) -> tuple[Rate, Rate, Rate, Rate]:
    """Shares: same rows called row numbers; rows drawn anew, or one lost, called the same; unknown."""
    counts = np.zeros(4)
    for _ in range(repetitions):
        labels = _draw(random, n, classes, share)
        anew, shifted = random.permutation(labels), _shifted(labels)
        same = _changed(random, labels, classes, 0.05)
        readings = [_read(random, labels, x, kept) for x in (same, anew, shifted)]
        counts += [
            readings[0] == "row_numbers",
            readings[1] == "same",
            readings[2] == "same",
            readings[1] == "unknown",
        ]
    none = Band(high=0.01)
    false, anew_, lost, unknown = (float(x) for x in counts / repetitions)
    return (
        Rate.share(false, repetitions, none),
        Rate.share(anew_, repetitions, none),
        Rate.share(lost, repetitions),
        Rate.share(unknown, repetitions),
    )


def _read(
    random: np.random.Generator, labels: Labels, today: Labels, kept: str
) -> row_numbers.Reading:
    order = np.arange(len(labels))
    if kept == "labels":
        return row_numbers.read(order, partial(row_numbers.of_codes, labels, today))
    hit = random.random(len(labels)) < 0.8
    predictions = np.where(hit, labels, random.permutation(labels))
    scale = row_numbers.of_codes(predictions, labels, order).value
    return row_numbers.read(order, partial(row_numbers.of_codes, predictions, today), scale)


def _draw(random: np.random.Generator, n: int, classes: int, share: float) -> Labels:
    shares = 1 / np.arange(1, classes + 1)
    chances = [1 - share, share] if share else shares / shares.sum()
    return random.choice(classes, n, p=chances).astype(np.int32)


def _changed(random: np.random.Generator, labels: Labels, classes: int, share: float) -> Labels:
    other = (labels + random.integers(1, classes, len(labels))) % classes
    return np.where(random.random(len(labels)) < share, other, labels).astype(np.int32)


def _shifted(labels: Labels) -> Labels:
    half = len(labels) // 2
    return np.concatenate([labels[:half], np.roll(labels[half:], -1)])
