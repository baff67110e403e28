"""How often bounds hold the truth, and what the real gates decide."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.calibration.measures import LOWER, apart, measure
from benchmarks.calibration.scene import Scene, spoilt
from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import Comparison, Contrast, Measurement
from mlgate.model.policy import Margin, Target, contrast_factor
from mlgate.stats.power import smallest_effect

if TYPE_CHECKING:
    from mlgate.model.metrics import Direction
    from mlgate.stats.estimate import Estimate

CONFIDENCE = 0.95
"""Of each bound, as in policies; the pair is a two-sided 90 % interval."""
POWER = 0.8
"""The margin of a case is the one that `mlgate plan --power 0.8` promises to decide."""

Kind = Literal["change", "relative", "apart", "value"]


@dataclass(frozen=True)
class Case:
    """One metric on one kind of data.

    Attributes
    ----------
    metric, data, label
        What is measured; a few words for the table on the rows, and on the metric.
    kind
        `change`: the same rows, an absolute margin; `relative`: a margin in per cent of the
        baseline; `apart`: each side on rows of its own; `value`: the metric's own bounds.
    decisions
        Which true losses are simulated beside none, as multiples of the margin.
    margin
        None for the one that n rows decide with power .8.
    """

    metric: str
    data: str
    scene: Any
    n: int
    repetitions: int
    kind: Kind = "change"
    decisions: tuple[float, ...] = (1.0, 0.5, 2.0)
    label: str = ""
    margin: float | None = None

    @property
    def name(self) -> str:
        """Unique, and the root of its random numbers."""
        margin = "" if self.margin is None else f" {self.margin}"
        return f"{self.kind} {self.metric} {self.data} {self.n}{margin}"

    @property
    def direction(self) -> Direction:
        return "lower" if self.metric.removeprefix("known ") in LOWER else "higher"


@dataclass(frozen=True)
class Shares:
    """What came of one case; shares of the repetitions, None where not simulated.

    Attributes
    ----------
    cover90, cover95
        Of the pairs of bounds at .95 and at .975 that hold the truth.
    above, below
        Of the lower bounds at .95 above the truth, of the upper ones below it.
    refused
        Of samples that the method itself calls insufficient; the gate then says undecided.
    passed, failed
        By true loss in margins, of the gate's decisions.
    effective
        Repetitions behind each share; infinite where probabilities are exact.
    """

    margin: float | None
    cover90: float
    cover95: float
    above: float
    below: float
    refused: float
    passed: dict[float, float]
    failed: dict[float, float]
    effective: float


def simulate(case: Case, seed: int) -> Shares:
    """Simulate one case; equal seeds give equal numbers, in any order of cases."""
    random = np.random.default_rng([seed, zlib.crc32(case.name.encode())])
    if case.kind == "value":
        return _value(case, random)
    still = _sample(case, case.scene, random)
    old = case.scene.truth(case.metric)[1]
    margin = _margin(still) if case.margin is None else case.margin
    factor = _factor(case, margin, old)
    found = _Bounds.of(still, (1 - factor) * old, factor)
    outcomes = {0.0: _decide(case, still, margin, factor, old)}
    for times in case.decisions:
        scene = spoilt(case.scene, case.metric, times * margin)
        if scene is not None:
            one = _sample(case, scene, random)
            outcomes[times] = _decide(case, one, margin, factor, old)
    return _shares(case, found, outcomes, margin)


Sample = list[tuple[Any, float]]
"""What was measured (`Measured`), with how often it occurred."""


def _sample(case: Case, scene: Scene, random: np.random.Generator) -> Sample:
    if case.kind == "apart":
        news, olds = (_mixed(case, scene, random) for _ in range(2))
        pairs = ((new, old._replace(new=old.old)) for new, old in zip(news, olds, strict=True))
        return [(apart(case.metric, pair), 1) for pair in pairs]
    drawn = scene.draws(random, case.n, case.repetitions)
    return [(measure(case.metric, data), times) for data, times in drawn]


def _mixed(case: Case, scene: Scene, random: np.random.Generator) -> list[Any]:
    """Give samples one by one, in an order of chance."""
    drawn = scene.draws(random, case.n, case.repetitions)
    every = [data for data, times in drawn for _ in range(int(times))]
    return [every[i] for i in random.permutation(len(every))]


def _margin(still: Sample) -> float:
    """Give the margin that n rows decide with power .8 when nothing changed."""
    found = [one.change(CONFIDENCE, 1.0) for one, _ in still[:2_000]]
    known = [one.row_variance for one in found if one.row_variance is not None]
    variance = float(np.median([value for value in known if math.isfinite(value)]))
    margin = smallest_effect(variance, found[0].n, confidence=CONFIDENCE, power=POWER)
    assert margin is not None
    return margin


def _factor(case: Case, margin: float, old: float) -> float:
    if case.kind != "relative":
        return 1.0
    share = Margin(value=margin / old, relative=True)
    return contrast_factor(share, case.direction, improvement=False)


@dataclass(frozen=True)
class _Bounds:
    """Shares of the samples that have bounds."""

    cover90: float
    cover95: float
    above: float
    below: float
    refused: float

    @classmethod
    def of(cls, sample: Sample, truth: float, factor: float | None) -> _Bounds:
        """Look at changes, or at the metric's own bounds where there is no factor."""
        one, two, times, refused = [], [], [], []
        for measured, count in sample:
            found = [
                measured.own(c) if factor is None else measured.change(c, factor)
                for c in (CONFIDENCE, (1 + CONFIDENCE) / 2)
            ]
            refused.append(found[0].insufficient is not None)
            one.append(_ends(found[0]))
            two.append(_ends(found[1]))
            times.append(count)
        low, high = np.array(one, dtype=float).T
        wide_low, wide_high = np.array(two, dtype=float).T
        weight = np.array(times, dtype=float)
        has = weight * ~np.isnan(low)
        hair = 1e-12 * max(1.0, abs(truth))

        def share(what: Any) -> float:
            return float((has * what).sum() / has.sum())

        return cls(
            share((low <= truth + hair) & (truth - hair <= high)),
            share((wide_low <= truth + hair) & (truth - hair <= wide_high)),
            share(low > truth + hair),
            share(high < truth - hair),
            float((weight * np.array(refused)).sum() / weight.sum()),
        )


def _ends(found: Estimate) -> tuple[float, float]:
    """Give both bounds; infinite where only one is unknown, NaN without any."""
    low, high = found.interval
    if found.value is None or (low is None and high is None):
        return math.nan, math.nan
    return -math.inf if low is None else low, math.inf if high is None else high


def _decide(
    case: Case, sample: Sample, margin: float, factor: float, old: float
) -> tuple[float, float]:
    """Give the shares of samples that the gate `max_regression` passes and fails."""
    counts = {"pass": 0.0, "fail": 0.0, "inconclusive": 0.0}
    for measured, times in sample:
        change = measured.change(CONFIDENCE, 1.0)
        contrast = None if factor == 1 else measured.change(CONFIDENCE, factor)
        counts[verdict(change, contrast, factor, margin, case.direction, old)] += times
    total = sum(counts.values())
    return counts["pass"] / total, counts["fail"] / total


def verdict(
    change: Estimate,
    contrast: Estimate | None,
    factor: float,
    margin: float,
    direction: Direction,
    old: float,
) -> str:
    """Ask the real gate: `max_regression` of this margin against main.

    With a contrast the margin is relative; `old` is the baseline's true value, which then
    turns the margin into a share.
    """
    return decide(*rule(change, contrast, factor, margin, direction, old)).verdict


def rule(
    change: Estimate,
    contrast: Estimate | None,
    factor: float,
    margin: float,
    direction: Direction,
    old: float,
) -> tuple[Rule, Measurement]:
    """Return the rule of that gate, and its measurement."""
    contrasts: tuple[Contrast, ...] = ()
    if contrast is not None:
        contrasts = (Contrast(factor=factor, value=contrast.value, interval=contrast.interval),)
    comparison = Comparison(
        baseline=old,
        change=change.value,
        interval=change.interval,
        n=change.n,
        method=change.method,
        p_value=change.p_value,
        contrasts=contrasts,
        insufficient=change.insufficient,
    )
    asked = Rule(
        target=Target(name="metric"),
        kind="max_regression",
        limit=abs(1 - factor) if contrast is not None else margin,
        relative=contrast is not None,
        check="compare",
        metric="metric",
        direction=direction,
        confidence=CONFIDENCE,
        power=POWER,
    )
    measured = Measurement(
        title="metric", value=old, method=change.method, against={"main": comparison}
    )
    return asked, measured


def _value(case: Case, random: np.random.Generator) -> Shares:
    """A metric's own bounds. `above` is also how often `min` passes a value just too low."""
    sample = _sample(case, case.scene, random)
    truth = case.scene.truth(case.metric)[0]
    found = _Bounds.of(sample, truth, None)
    return _shares(case, found, {}, None)


def _shares(
    case: Case, found: _Bounds, outcomes: dict[float, tuple[float, float]], margin: float | None
) -> Shares:
    exact = getattr(case.scene, "exact", False)
    return Shares(
        margin,
        found.cover90,
        found.cover95,
        found.above,
        found.below,
        found.refused,
        {times: passed for times, (passed, _) in outcomes.items()},
        {times: failed for times, (_, failed) in outcomes.items()},
        math.inf if exact else case.repetitions,
    )
