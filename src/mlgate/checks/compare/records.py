"""Numbers of `stats` as records of `model.evidence`: paired, unpaired, or with the reason why not."""

from __future__ import annotations

import dataclasses
import math
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from mlgate.metrics import METRICS
from mlgate.model.evidence import Comparison, Contrast, Discordant, Measurement, Spread
from mlgate.stats.estimate import ClassReason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlgate.checks.compare.families import Family, Unpaired
    from mlgate.checks.compare.pair import Pair
    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.model.evidence import CompareEvidence, Interval, WithoutWorst
    from mlgate.model.inputs import PairedBaseline
    from mlgate.stats.estimate import Estimate

UNTESTABLE: Final = (
    "without paired rows this metric has no test: give predictions an id column, and keep rows"
)

NO_VARIATION: Final = "a side whose rows show no variation says nothing of its uncertainty"


def finite(value: float | None) -> float | None:
    """None for what is not a number: evidence holds neither NaN nor infinity."""
    return float(value) if value is not None and math.isfinite(value) else None


def _interval(estimate: Estimate) -> Interval:
    return finite(estimate.lower), finite(estimate.upper)


def _named(reason: str | None, classes: tuple[str, ...]) -> str | None:
    """Name classes as the user does: `stats` knows them by their codes only."""
    return reason.named(classes) if isinstance(reason, ClassReason) and classes else reason


def measurement(metric: RequestedMetric, own: Estimate, classes: tuple[str, ...]) -> Measurement:
    """Return the candidate's value, without comparisons."""
    spec = METRICS.get(metric.name)
    return Measurement(
        title=spec.title if spec else metric.name,
        value=finite(own.value),
        interval=_interval(own),
        n=own.n,
        method=own.method,
        unit=spec.unit if spec else "number",
        direction=metric.direction,
        row_variance=finite(own.row_variance),
        insufficient=_named(own.insufficient, classes),
        undefined=own.undefined,
    )


def spread(of: Literal["seeds", "splits"], values: Sequence[float | None]) -> Spread | None:
    """Return the metric's values over fits; None where one is undefined."""
    import statistics

    defined = tuple(float(value) for value in values if finite(value) is not None)  # type: ignore[arg-type]
    if len(defined) < len(values):
        return None
    sd = statistics.stdev(defined) if len(defined) > 1 else None
    return Spread(of=of, values=defined, mean=statistics.fmean(defined), sd=sd)


def _contrast(factor: float, estimate: Estimate, worst: WithoutWorst | None = None) -> Contrast:
    return Contrast(
        factor=factor,
        value=finite(estimate.value),
        interval=_interval(estimate),
        without_worst=worst,
    )


def paired(
    family: Family,
    pair: Pair,
    factors: tuple[float, ...],
    discordant: Discordant | None,
    worst: Callable[[float], WithoutWorst | None],
) -> Comparison:
    """Compare row by row; `worst` takes a factor and leaves out the candidate's worst rows."""
    estimate = family.contrast(pair, 1.0)
    return Comparison(
        baseline=finite(family.baseline(pair)),
        change=finite(estimate.value),
        interval=_interval(estimate),
        n=estimate.n,
        method=estimate.method,
        p_value=finite(estimate.p_value),
        discordant=discordant,
        row_variance=finite(estimate.row_variance),
        contrasts=tuple(
            _contrast(factor, family.contrast(pair, factor), worst(factor)) for factor in factors
        ),
        insufficient=_named(estimate.insufficient, pair.new.classes),
        undefined=estimate.undefined,
        without_worst=worst(1.0),
    )


def unchanged(
    family: Family, pair: Pair, factors: tuple[float, ...], discordant: Discordant | None
) -> Comparison:
    """Compare a model with itself: no change, and candidate − f × baseline is (1 − f) × its value."""
    own = family.own(pair)
    return Comparison(
        baseline=finite(own.value),
        change=None if finite(own.value) is None else 0.0,
        interval=(None, None) if finite(own.value) is None else (0.0, 0.0),
        n=own.n,
        method="unchanged",
        p_value=1.0,
        discordant=discordant,
        row_variance=0.0,
        contrasts=tuple(_contrast(factor, _scaled(own, 1 - factor)) for factor in factors),
        insufficient=None,
    )


def same(n: int) -> Comparison:
    """Compare a model with itself where its value is not known."""
    return Comparison(
        baseline=None,
        change=0.0,
        interval=(0.0, 0.0),
        n=n,
        method="unchanged",
        p_value=1.0,
        row_variance=0.0,
    )


def _scaled(own: Estimate, by: float) -> Estimate:
    """Return a share of a value: how exactly the value is known says nothing of a change that is 0."""
    value = None if own.value is None else by * own.value
    return dataclasses.replace(own, value=value, lower=value, upper=value)


def unpaired(
    name: str,
    own: Measurement,
    family: Family,
    evidence: CompareEvidence | None,
    factors: tuple[float, ...],
    confidence: float,
) -> Comparison:
    """Compare with what the baseline's evidence says, as two independent samples.

    Where both sides were in truth measured on the same rows this is conservative.
    """
    earlier = evidence.metrics.get(name) if evidence else None
    if earlier is None or earlier.value is None or own.value is None:
        absent = "this commit" if own.value is None else "the baseline"
        return _untested(own, earlier, f"{absent} has no value of {name}")
    if family.unpaired is None:
        return _untested(own, earlier, UNTESTABLE)
    assert evidence is not None
    independent = partial(
        _independent, own, earlier, family.unpaired,
        confidence=confidence, earlier=evidence.confidence,
    )  # fmt: skip
    estimate = independent(factor=1.0)
    if estimate is None:
        return _untested(
            own, earlier, f"the variance of {name} is not known on both sides, or of too few rows"
        )
    contrasts = [(f, independent(factor=f)) for f in factors]
    return Comparison(
        baseline=earlier.value,
        change=finite(estimate.value),
        interval=_interval(estimate),
        n=estimate.n,
        method=estimate.method,
        paired=False,
        p_value=finite(estimate.p_value),
        row_variance=finite(estimate.row_variance),
        contrasts=tuple(
            _contrast(f, contrast) for f, contrast in contrasts if contrast is not None
        ),
        insufficient=own.insufficient or earlier.insufficient or estimate.insufficient,
        undefined=own.undefined and not earlier.undefined,
    )


def untested(own: Measurement, name: str, reference: PairedBaseline, why: str) -> Comparison:
    """Show the change without a test, and say why there is none."""
    earlier = reference.evidence.metrics.get(name) if reference.evidence else None
    return _untested(own, earlier, why)


def _untested(own: Measurement, earlier: Measurement | None, why: str) -> Comparison:
    """Show the change, as far as there is one, and say why nothing can be said about it."""
    baseline = earlier.value if earlier else None
    change = None if own.value is None or baseline is None else own.value - baseline
    return Comparison(
        baseline=baseline,
        change=change,
        n=own.n or 0,
        method="none" if change is None else "difference",
        paired=False,
        untested=why,
        undefined=own.undefined and earlier is not None and not earlier.undefined,
    )


def _independent(
    new: Measurement,
    old: Measurement,
    how: Unpaired,
    factor: float,
    confidence: float,
    earlier: float,
) -> Estimate | None:
    """Return new − factor × old of two samples; `earlier` is the confidence of the old side's bounds."""
    if new.value is None or old.value is None or new.n is None or old.n is None:
        return None
    if how == "rate":
        from mlgate.stats.proportions import newcombe

        counts = (round(new.value * new.n), new.n), (round(old.value * old.n), old.n)
        return newcombe(*counts, factor=factor, confidence=confidence)
    if new.row_variance is None or old.row_variance is None:
        return None
    from mlgate.stats.estimate import Estimate, difference_bounds

    bounds = difference_bounds(
        (new.value, *new.interval), _at(old.value, old.interval, confidence, earlier), factor
    )
    variance = new.row_variance / new.n + factor * factor * old.row_variance / old.n
    why = NO_VARIATION if 0 in (new.row_variance, old.row_variance) else None
    value = new.value - factor * old.value
    return Estimate(value, *bounds, new.n, "own bounds", new.n * variance, insufficient=why)


def _at(
    value: float, interval: Interval, confidence: float, earlier: float
) -> tuple[float, float | None, float | None]:
    """Return a value with its bounds moved from one confidence to another, as far as normal ones would be."""
    from mlgate.stats.estimate import normal_quantile

    by = 1.0 if confidence == earlier else normal_quantile(confidence) / normal_quantile(earlier)
    low, high = (None if end is None else value + by * (end - value) for end in interval)
    return value, low, high
