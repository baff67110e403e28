"""Numbers that the training wrote: shown, compared with the baseline's, never tested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mlgate.metrics import METRICS, canonical
from mlgate.model.evidence import Comparison, Measurement, Spread

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from mlgate.model.evidence import CompareEvidence
    from mlgate.model.inputs import PairedBaseline, Scalar
    from mlgate.model.metrics import Direction
    from mlgate.model.rows import Role

ONE_NUMBER: Final = (
    "there is one number for each model, without the rows behind it, so chance cannot be ruled out"
)
SEEDS_ONLY: Final = (
    "there are only the numbers of {count} runs, without the rows behind them: how far the choice of"
    " test rows matters is not known, so chance cannot be ruled out"
)


def named(scalars: Mapping[str, Scalar], gated: Iterable[str]) -> dict[str, Scalar]:
    """Return the numbers under our names of the metrics.

    scikit-learn's `neg_…` scorers are losses with the sign turned, so that the number is
    turned back. A name that stands there already is not replaced.

    Parameters
    ----------
    gated
        Names that gates ask for: also `file:name`, and an error where two files have it.
    """
    by_name: dict[str, Scalar] = {name: scalars[name] for name in gated if name in scalars}
    written = set(scalars)
    for name, scalar in scalars.items():
        ours = canonical(name)
        if ours == name or ours in by_name or ours in written:
            by_name[name] = scalar
        elif name.startswith("neg_"):
            by_name[ours] = replace(scalar, values=tuple(-value for value in scalar.values))
        else:
            by_name[ours] = scalar
    return by_name


def usable(scalars: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return those that are numbers."""
    return {name: scalar for name, scalar in scalars.items() if scalar.problem is None}


def refused(
    scalars: Mapping[str, Scalar], gated: Iterable[str], measured: Container[str]
) -> dict[str, str]:
    """Return why gates on numbers that are none cannot be judged."""
    return {
        name: scalar.problem
        for name in gated
        if name not in measured and (scalar := scalars.get(name)) and scalar.problem
    }


def _why(count: int) -> str:
    return ONE_NUMBER if count == 1 else SEEDS_ONLY.format(count=count)


def _spread(values: tuple[float, ...]) -> Spread | None:
    if len(values) < 2:
        return None
    import statistics

    return Spread(values=values, mean=statistics.fmean(values), sd=statistics.stdev(values))


def measure_all(
    scalars: Mapping[str, Scalar],
    measured: Container[str],
    directions: Mapping[str, Direction],
    references: Mapping[Role, PairedBaseline],
) -> dict[str, Measurement]:
    """Return all numbers but those that were `measured` from the predictions."""
    return {
        name: measure(name, scalar, directions).model_copy(
            update={
                "against": {
                    role: against(name, scalar, reference.evidence)
                    for role, reference in references.items()
                }
            }
        )
        for name, scalar in scalars.items()
        if name not in measured
    }


def measure(name: str, scalar: Scalar, directions: Mapping[str, Direction]) -> Measurement:
    """Return a number from a metric file; of several (seeds, folds) their mean and spread."""
    spread = _spread(scalar.values)
    spec = METRICS.get(name)
    return Measurement(
        title=spec.title if spec else name,
        value=spread.mean if spread else scalar.values[0],
        method="reported" if spread is None else "mean of reported values",
        unit=spec.unit if spec else "number",
        direction=directions.get(name) or (spec.direction if spec else None),
        untested=_why(len(scalar.values)),
        spread=spread,
        source=scalar.source,
    )


def against(name: str, scalar: Scalar, baseline: CompareEvidence | None) -> Comparison:
    """Compare a reported number with the baseline's number of the same name."""
    earlier = baseline.metrics.get(name) if baseline else None
    value = measure(name, scalar, {}).value
    if earlier is None or earlier.value is None or value is None:
        return Comparison(
            baseline=None,
            change=None,
            n=len(scalar.values),
            method="none",
            paired=False,
            untested=f"the baseline has no value of {name}",
        )
    return Comparison(
        baseline=earlier.value,
        change=value - earlier.value,
        n=len(scalar.values),
        method="difference",
        paired=False,
        untested=_why(len(scalar.values)),
    )
