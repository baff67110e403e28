"""What a bundle says beside its numbers, held to main's run, to the policy and to itself.

What a metric is called, in which unit it is and which way is better is main's to say. A bound at less
confidence than the policy's, a contrast that does not follow from the change, and counts of rows that
do not add up are no measurement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.evidence import (
        CompareEvidence,
        Comparison,
        Contrast,
        Evidence,
        Measurement,
        RowCounts,
    )

AGAIN: Final = "run the pull request's workflow again"
ROWS: Final = "what these numbers say of how many rows differ does not add up"
_WEAKER: Final = "{} is compared at less confidence than the policy asks for"
_CLOSE: Final = 1e-6


def held(measured: Evidence, main: Evidence | None) -> Evidence:
    """Return evidence with main's names of its metrics, and without what cannot have been measured."""
    for name, metric in measured.metrics.items():
        if any(
            each.confidence is not None and each.confidence < measured.confidence - _CLOSE
            for each in _comparisons(metric)
        ):
            why = {"error": _WEAKER.format(name), "error_kind": "input", "hint": AGAIN}
            return measured.model_copy(update=why)
    names = {} if main is None else main.metrics
    metrics = {
        name: _following(metric if name not in names else _named(metric, names[name]))
        for name, metric in measured.metrics.items()
    }
    return measured.model_copy(update={"metrics": metrics})


def adds_up(rows: RowCounts, measured: CompareEvidence, theirs: CompareEvidence) -> bool:
    """Whether counts fit the number of rows that were measured, and that the baseline keeps."""
    ours = rows.paired + rows.added + rows.unlabelled
    kept = None if theirs.n is None else theirs.n - (theirs.forgotten or 0)
    return measured.n in (None, ours) and kept in (None, rows.of)


def _comparisons(metric: Measurement) -> Iterator[Comparison]:
    for comparison in metric.against.values():
        yield comparison
        if comparison.earlier is not None:
            yield comparison.earlier


def _named(metric: Measurement, main: Measurement) -> Measurement:
    names = {"title": main.title, "unit": main.unit, "direction": main.direction}
    looks = {
        key: {role: look.model_copy(update=names) for role, look in getattr(metric, key).items()}
        for key in ("kept", "earlier")
    }
    return metric.model_copy(update={**names, **looks})


def _following(metric: Measurement) -> Measurement:
    """Leave out contrasts that do not follow from their change: gates that need them are errors."""
    against = {
        role: each.model_copy(
            update={
                "contrasts": _contrasts(each),
                "earlier": each.earlier
                and each.earlier.model_copy(update={"contrasts": _contrasts(each.earlier)}),
            }
        )
        for role, each in metric.against.items()
    }
    return metric.model_copy(update={"against": against})


def _contrasts(comparison: Comparison) -> tuple[Contrast, ...]:
    baseline, change = comparison.baseline, comparison.change
    if baseline is None or change is None:
        return comparison.contrasts
    close = _CLOSE * max(abs(baseline), abs(change))
    return tuple(
        each
        for each in comparison.contrasts
        if each.value is None or abs(each.value - change - (1 - each.factor) * baseline) <= close
    )
