"""Trainings of one commit against what was kept of it, turned into evidence. Pure.

Files are compared first, then rows, then intervals: that two models are the same on every row decides
more than an interval of their difference, which holds for rows that were not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlgate.checks.reproducible.evidence import Repetition, ReproducibleEvidence
from mlgate.lineage import differ
from mlgate.model.evidence import CompareEvidence, Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.model.evidence import BaselineRef, Evidence, Interval
    from mlgate.model.inputs import Stamp
    from mlgate.model.lineage import Lineage


class TrainedAgain(NamedTuple):
    """A training's record, and what was measured of its model against the kept one."""

    record: Lineage
    compare: CompareEvidence | None


def repetition(kept: Lineage, measured: TrainedAgain) -> Repetition:
    """Compare one training with what was kept."""
    differences = differ.diff(kept, measured.record).differences
    made = bool(kept.measured or kept.artifacts)
    identical = made and all(each.cause != "results" for each in differences)
    same = True if identical else _same_predictions(measured.compare)
    changes, bounds = _changes(measured.compare, same=bool(same))
    return Repetition(
        identical=identical,
        same_predictions=same,
        changes=changes,
        bounds=bounds,
        differences=differences,
    )


def _same_predictions(compare: CompareEvidence | None) -> bool | None:
    if compare is None:
        return None
    if compare.rows is None:
        return False if "main" in compare.absent else None
    return compare.rows.same_model


def _changes(
    compare: CompareEvidence | None, *, same: bool
) -> tuple[dict[str, float], dict[str, Interval]]:
    changes: dict[str, float] = {}
    bounds: dict[str, Interval] = {}
    for name, metric in (compare.metrics if compare is not None else {}).items():
        against = metric.against.get("main")
        if against is None or against.change is None:
            continue
        changes[name] = 0.0 if same else against.change
        bounds[name] = (0.0, 0.0) if same else against.interval
    return changes, bounds


def evidence(
    kept: Lineage, trained: Sequence[TrainedAgain], stamp: Stamp, ref: BaselineRef
) -> ReproducibleEvidence:
    """Compare all trainings with what was kept.

    Parameters
    ----------
    trained
        Measured at a confidence at which the bounds of all of them hold together at that of `stamp`.
    ref
        What was kept.
    """
    repetitions = tuple(repetition(kept, each) for each in trained)
    compares = [each.compare for each in trained if each.compare is not None]
    inputs: Mapping[str, str] = {
        key: value for each in compares for key, value in each.inputs.items()
    }
    rows = next((each.rows for each in compares if each.rows is not None), None)
    absent = next((each.absent["main"] for each in compares if "main" in each.absent), None)
    return ReproducibleEvidence(
        **stamp.fields(),
        inputs=dict(inputs),
        kept=kept.started,
        repetitions=repetitions,
        metrics={**_shares(repetitions), **dict(_largest(repetitions, compares))},
        baselines={} if absent else {"main": ref.model_copy(update={"rows": rows})},
        absent={"main": absent} if absent else {},
    )


def _shares(repetitions: Sequence[Repetition]) -> dict[str, Measurement]:
    return {
        "identical": _share("identical files", [each.identical for each in repetitions]),
        "same_predictions": _share(
            "the same predictions", [each.same_predictions for each in repetitions]
        ),
    }


def _share(what: str, hits: Sequence[bool | None]) -> Measurement:
    share = None if None in hits else sum(map(bool, hits)) / len(hits)
    unknown = "the rows were not kept, or have no ids to match them by"
    return Measurement.counted(
        f"share of trainings with {what}",
        share,
        "higher",
        unit="share",
        n=len(hits),
        untested=unknown if share is None else None,
    )


def _largest(
    repetitions: Sequence[Repetition], compares: Sequence[Evidence]
) -> Iterator[tuple[str, Measurement]]:
    """Yield by metric how far at most a training is from the kept model, with bounds of that."""
    for name, measured in (compares[0].metrics if compares else {}).items():
        if not all(name in each.changes for each in repetitions):
            continue
        against = measured.against["main"]
        bounds = [_of_size(each.bounds[name]) for each in repetitions]
        bounded = [bound for bound in bounds if bound is not None]
        highest = (
            (max(low for low, _ in bounded), max(high for _, high in bounded)) if bounded else None
        )
        undecided = not all(each.same_predictions for each in repetitions)
        unknown = len(bounded) < len(bounds)
        change = Measurement(
            title=f"largest change of {measured.title}",
            value=max(abs(each.changes[name]) for each in repetitions),
            interval=(None, None) if unknown or highest is None else highest,
            n=measured.n,
            method=against.method,
            unit=measured.unit,
            direction="lower",
            untested=against.untested if unknown else None,
            insufficient=against.insufficient if undecided else None,
        )
        yield name, change


def _of_size(interval: Interval) -> tuple[float, float] | None:
    """Return the bounds of a change's size."""
    low, high = interval
    if low is None or high is None:
        return None
    return max(0.0, low, -high), max(abs(low), abs(high))
