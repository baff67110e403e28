"""Hard data: means that few rows carry, columns that change on few rows, rankings near 1.

Each line is a true loss of exactly the margin, and how often the bound passes it: by the rule, and
by the interval that is usual elsewhere. Populations as in an audit from outside, November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.checks.compare.families import Averaged, Counted, family_of, numbers_of_rows
from mlgate.checks.compare.pair import Pair
from mlgate.metrics import METRICS
from mlgate.model.rows import Rows
from mlgate.stats import auc, means

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.calibration.line import Cell
    from mlgate.checks.compare.families import Linear

    Values = NDArray[np.float64]
    Draw = tuple[Rows, Rows, float]

CONFIDENCE = 0.95
TYPE_I = Band(high=0.06)
POWER = Band(low=0.75)


def hard() -> tuple[Series, ...]:
    """Return the jobs of the table."""
    parts = (_means(), _columns(), _rankings(), _averages(), _ample())
    return tuple(job for part in parts for job in part)


def _means() -> Iterator[Series]:
    for n in (200, 500, 2_000, 5_000):
        name = f"log loss, scores of exactly 0 or 1 of which .23 % are wrong, n = {n:,}"
        yield Series(f"hard-exact-{n}", name, _exact, (n, 0.0023), 2_000)
    for n in (200, 500, 2_000, 5_000):
        name = f"log loss, 1 % of very sure scores, .2 of them wrong, n = {n:,}"
        yield Series(f"hard-sure-{n}", name, _sure, (n, 0.01), 2_000)


def _columns() -> Iterator[Series]:
    for n in (200, 500, 2_000):
        for differ in (0.02, 0.05, 0.2):
            name = f"a column of 0 and 1, {differ:.0%} differ, n = {n:,}"
            yield Series(f"hard-answers-{n}-{differ}", name, _answers, (n, differ), 2_000)
        name = f"grades 0 to 10 with a range, .5 % of the rows fall to 0, n = {n:,}"
        yield Series(f"hard-grades-{n}", name, _grades, (n, 0.005), 2_000)


def _rankings() -> Iterator[Series]:
    for positives, negatives in ((60, 60), (60, 600), (100, 900), (500, 4_500)):
        name = f"ROC AUC .99 → .98, {positives} and {negatives:,} rows"
        yield Series(f"hard-auc-{positives}-{negatives}", name, _ranked, (positives, negatives, "roc_auc", 3.2899, 2.9045, 0.01), 1_000)  # fmt: skip
    for positives, negatives in ((60, 600), (100, 900)):
        name = f"average precision near 1, {positives} and {negatives:,} rows"
        yield Series(f"hard-ap-{positives}-{negatives}", name, _ranked, (positives, negatives, "average_precision", 3.2899, 2.9045, None), 1_000)  # fmt: skip


def _averages() -> Iterator[Series]:
    for metric in ("f1_macro", "precision_macro"):
        for n, rare, hits in ((500, 0.01, (0.8, 0.6)), (1_000, 0.01, (0.7, 0.4))):
            name = f"{metric}, a class of {rare * n:g} in {n:,} rows, hit rate {hits[0]:g} → {hits[1]:g}"
            yield Series(f"hard-{metric}-{n}", name, _averaged, (n, metric, rare, *hits), 1_000)


def _ample() -> Iterator[Series]:
    for metric in ("log_loss", "brier"):
        name = (
            f"{METRICS[metric].title}, equal models, a margin of 4 × the half width of t, n = 2,000"
        )
        yield Series(f"hard-ample-{metric}", name, _equal, (2_000, metric), 500)


def _passes(family: Linear, new: Rows, old: Rows, margin: float, *, higher: bool) -> bool:
    """Whether the bound rules out a loss of the margin."""
    estimate = family.contrast(Pair(new, old, len, CONFIDENCE), 1.0)
    bound = estimate.lower if higher else estimate.upper
    if bound is None or estimate.insufficient is not None:
        return False
    return bound >= -margin if higher else bound <= margin


def _shares(passed: int, plain: int, repetitions: int, band: Band = TYPE_I) -> tuple[Cell, ...]:
    return (
        Rate.share(passed / repetitions, repetitions, band),
        Rate.share(plain / repetitions, repetitions, Band()),
    )


def _student(new: Values, old: Values, margin: float) -> bool:
    upper = means.paired(new, old, confidence=CONFIDENCE).upper
    return upper is not None and upper <= margin


def _binary(label: NDArray[np.bool_], score: Values) -> Rows:
    codes = label.astype(np.int32)
    return Rows("binary", codes, (score > 0.5).astype(np.int32), score, ("0", "1"), 1)


def _log_losses(
    random: np.random.Generator, repetitions: int, draw: Iterator[Draw]
) -> tuple[Cell, ...]:
    del random
    family, passed, plain = family_of(METRICS["log_loss"].method), 0, 0
    for new, old, margin in draw:
        losses = [means.binary_log_loss(side.y_true == 1, _of(side).copy()) for side in (new, old)]
        passed += _passes(family, new, old, margin, higher=False)
        plain += _student(losses[0], losses[1], margin)
    return _shares(passed, plain, repetitions)


def _of(rows: Rows) -> Values:
    assert rows.score is not None
    return rows.score


def _exact(random: np.random.Generator, repetitions: int, n: int, wrong: float) -> tuple[Cell, ...]:
    """All of the candidate's scores are 0 or 1; the baseline's are within 1e-3 of them."""

    def draws() -> Iterator[Draw]:
        for _ in range(repetitions):
            label = random.random(n) < 0.5
            slack = 1e-3 * random.random(n)
            old = np.where(label, 1 - slack, slack)
            new = np.where(random.random(n) < wrong, ~label, label).astype(float)
            yield _binary(label, new), _binary(label, old), wrong * 36.04 - 0.0005

    return _log_losses(random, repetitions, draws())


def _sure(random: np.random.Generator, repetitions: int, n: int, share: float) -> tuple[Cell, ...]:
    """A share of the candidate's scores is 1e-6 or 1 − 1e-6, and a fifth of these is wrong.

    The mean log loss of a chance p ~ Beta(2, 2) that is known is 7/12.
    """

    def draws() -> Iterator[Draw]:
        for _ in range(repetitions):
            chance = random.beta(2, 2, n)
            label = random.random(n) < chance
            sure = random.random(n) < share
            claim = np.where(random.random(n) < 0.2, ~label, label)
            new = np.where(sure, np.where(claim, 1 - 1e-6, 1e-6), chance)
            yield _binary(label, new), _binary(label, chance), share * (0.2 * 13.8155 - 7 / 12)

    return _log_losses(random, repetitions, draws())


def _answers(
    random: np.random.Generator, repetitions: int, n: int, differ: float
) -> tuple[Cell, ...]:
    """A column of answers that gets worse by half of the rows that differ."""
    family, passed, plain, margin = Averaged(numbers_of_rows("x", None)), 0, 0, differ / 2
    for _ in range(repetitions):
        place = random.random(n)
        old = np.where(
            place < differ * 0.75, 1.0, np.where(place < differ, 0.0, random.random(n) < 0.8)
        )
        new = np.where(place < differ * 0.75, 0.0, np.where(place < differ, 1.0, old))
        sides = [replace(_binary(old > 0, old), values={"x": side}) for side in (new, old)]
        passed += _passes(family, sides[0], sides[1], margin, higher=True)
        plain += _student(-new, -old, margin)
    return _shares(passed, plain, repetitions)


def _grades(
    random: np.random.Generator, repetitions: int, n: int, fallen: float
) -> tuple[Cell, ...]:
    """Grades around 8, of which a few fall to 0."""
    family = Averaged(numbers_of_rows("x", (0.0, 10.0)))
    passed = plain = 0
    for _ in range(repetitions):
        old = np.clip(random.normal(8, 0.5, n), 0, 10)
        new = np.where(
            random.random(n) < fallen, 0.0, np.clip(old + random.normal(0, 0.1, n), 0, 10)
        )
        sides = [replace(_binary(old > 8, old / 10), values={"x": side}) for side in (new, old)]
        passed += _passes(family, sides[0], sides[1], fallen * 8, higher=True)
        plain += _student(-new, -old, fallen * 8)
    return _shares(passed, plain, repetitions)


def _ranked(
    random: np.random.Generator,
    repetitions: int,
    positives: int,
    negatives: int,
    metric: str,
    before: float,
    after: float,
    margin: float | None,
) -> tuple[Cell, ...]:
    """Normal scores with correlation .9 within a class; the margin is the true loss."""
    label = np.repeat([True, False], [positives, negatives])
    measure = auc.roc_auc if metric == "roc_auc" else auc.average_precision

    def sides() -> tuple[Values, Values]:
        base, noise = random.standard_normal((2, len(label)))
        blurred = 0.9 * base + np.sqrt(0.19) * noise
        return blurred + after * label, base + before * label

    if margin is None:
        many = [[measure(label, side).value or 0.0 for side in sides()] for _ in range(4_000)]
        margin = float(np.mean([old - new for new, old in many]))
    passed = plain = 0
    for _ in range(repetitions):
        new, old = (measure(label, side) for side in sides())
        low = auc.contrast(new, old, confidence=CONFIDENCE).lower
        passed += low is not None and low >= -margin
        error = float(np.sqrt(np.sum((new.rows - old.rows) ** 2)))
        plain += (new.value or 0.0) - (old.value or 0.0) - 1.6449 * error >= -margin
    return _shares(passed, plain, repetitions)


def _averaged(
    random: np.random.Generator,
    repetitions: int,
    n: int,
    metric: str,
    rare: float,
    before: float,
    after: float,
) -> tuple[Cell, ...]:
    """Four classes, of which a rare one is hit less often; what is missed is taken for the first, or it for the second."""
    shares = np.array([0.6, 0.3, 0.1 - rare, rare])
    family = family_of(METRICS[metric].method)
    assert isinstance(family, Counted)
    passed = plain = 0
    tables = [_expected_table(shares, hit) for hit in (after, before)]
    margin = family.metric.value(tables[1], None) - family.metric.value(tables[0], None)
    for _ in range(repetitions):
        label = random.choice(4, n, p=shares)
        chance = random.random(n)
        other = np.where(random.random(n) < 0.8, chance, random.random(n))
        missed = np.where(label == 0, 1, 0)
        sides = []
        for hit, drawn in ((after, other), (before, chance)):
            right = drawn < np.where(label == 3, hit, 0.92)
            sides.append(Rows("multiclass", label, np.where(right, label, missed), classes=("0", "1", "2", "3")))  # fmt: skip
        passed += _passes(family, sides[0], sides[1], margin, higher=True)
        pair = Pair(sides[0], sides[1], len, CONFIDENCE)
        new, old = (family.influence(pair, side) for side in ("new", "old"))
        if new.value is not None and old.value is not None:
            error = float(np.sqrt(np.sum((new.rows - old.rows) ** 2)))
            plain += new.value - old.value - 1.6449 * error >= -margin
    return _shares(passed, plain, repetitions)


def _expected_table(shares: Values, hit: float) -> Values:
    right = np.array([0.92, 0.92, 0.92, hit])
    table = np.diag(shares * right)
    table[0, 1] = shares[0] * (1 - right[0])
    table[1:, 0] = (shares * (1 - right))[1:]
    return table


def _equal(random: np.random.Generator, repetitions: int, n: int, metric: str) -> tuple[Cell, ...]:
    """Two models that see the same chance with noise of their own; refusing everything is no fix."""
    family, passed, plain = family_of(METRICS[metric].method), 0, 0
    loss = means.binary_log_loss if metric == "log_loss" else means.binary_brier
    for _ in range(repetitions):
        z = random.normal(0, 1.5, n)
        label = random.random(n) < 1 / (1 + np.exp(-z))
        new, old = (1 / (1 + np.exp(-z - random.normal(0, 0.2, n))) for _ in range(2))
        losses = [loss(label, side.copy()) for side in (new, old)]
        margin = 4 * 1.645 * float(np.std(losses[0] - losses[1])) / np.sqrt(n)
        passed += _passes(family, _binary(label, new), _binary(label, old), margin, higher=False)
        plain += _student(losses[0], losses[1], margin)
    return _shares(passed, plain, repetitions, POWER)
