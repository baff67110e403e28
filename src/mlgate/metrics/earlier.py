"""What a check measured, against what the runs of main's and the anchor's baselines measured.

For a check that measures a number with an interval of its own, and compares no rows with rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import Absent, Comparison, Contrast
from mlgate.model.rows import ROLES

if TYPE_CHECKING:
    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.inputs import EarlierEvidence, Inputs

METHOD: Final = "independent bounds"


def compared(evidence: Evidence, inputs: Inputs) -> Evidence:
    """Return evidence whose metrics are compared with each baseline's, by their names."""
    earlier = {role: inputs.earlier(role, evidence.check) for role in ROLES}
    baselines = {role: side for role, side in earlier.items() if not isinstance(side, Absent)}
    metrics = {
        name: measurement.model_copy(
            update={
                "against": {
                    role: _comparison(name, measurement, side, evidence.confidence)
                    for role, side in baselines.items()
                }
            }
        )
        for name, measurement in evidence.metrics.items()
    }
    return evidence.model_copy(
        update={
            "metrics": metrics,
            "baselines": {role: side.ref for role, side in baselines.items()},
            "absent": {role: side for role, side in earlier.items() if isinstance(side, Absent)},
        }
    )


def _comparison(
    name: str, candidate: Measurement, side: EarlierEvidence, confidence: float
) -> Comparison:
    baseline = side.evidence.metrics.get(name)
    n = candidate.n or 0
    if baseline is None:
        return _untested(None, n, "the baseline's run did not measure it")
    if _definition(candidate) != _definition(baseline):
        return _untested(baseline.value, n, "the baseline's run measured it in another way")
    change = _difference(candidate, baseline, 1.0)
    comparison = Comparison(
        baseline=baseline.value,
        change=change.value,
        interval=change.interval,
        n=n,
        method=METHOD,
        paired=False,
        contrasts=tuple(
            _difference(candidate, baseline, factor) for factor in side.factors.get(name, ())
        ),
        untested=candidate.untested or baseline.untested,
        insufficient=candidate.insufficient or baseline.insufficient,
    )
    if comparison.untested is None and side.evidence.confidence < confidence:
        why = f"the baseline's bounds were measured at a confidence of {side.evidence.confidence:g}"
        return comparison.model_copy(update={"untested": why})
    return comparison


def _definition(measurement: Measurement) -> tuple[object, ...]:
    """Return what must be equal for two numbers to be comparable."""
    return measurement.title, measurement.unit, measurement.direction, measurement.method


def _untested(baseline: float | None, n: int, why: str) -> Comparison:
    return Comparison(
        baseline=baseline, change=None, n=n, method=METHOD, paired=False, untested=why
    )


def _difference(candidate: Measurement, baseline: Measurement, factor: float) -> Contrast:
    """Return candidate − factor × baseline with bounds that take the two to be independent."""
    from mlgate.stats.estimate import difference_bounds

    if candidate.value is None or baseline.value is None:
        return Contrast(factor=factor, value=None, interval=(None, None))
    value = candidate.value - factor * baseline.value
    interval = difference_bounds(
        (candidate.value, *candidate.interval), (baseline.value, *baseline.interval), factor
    )
    return Contrast(factor=factor, value=value, interval=interval)
