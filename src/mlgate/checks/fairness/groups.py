"""Groups as records: each with its rates, their intervals and their changes against main."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.fairness import rates as measuring
from mlgate.checks.fairness.evidence import Group, RateChange, Rates
from mlgate.checks.fairness.gaps import finite
from mlgate.checks.fairness.metrics import RATES
from mlgate.model.evidence import CalibrationBin, Comparison, Contrast, Curve, Measurement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.checks.fairness.frame import Division
    from mlgate.checks.fairness.gaps import Sides
    from mlgate.checks.fairness.params import FairnessParams
    from mlgate.checks.fairness.rates import Part
    from mlgate.model.rows import Role

MOST_CURVES: Final = 6
"""Groups of one column whose curves are drawn."""
ROC_POINTS: Final = 100
BINS: Final = 8


def groups(sides: Sides, params: FairnessParams) -> dict[str, Group]:
    """Return every group of a division; those that are hidden without any number."""
    hidden = sides.hidden
    candidate, main = sides.candidate, sides.against.get("main")
    rows = candidate.frame.candidate
    records = _records(candidate, main, list(measuring.rates(rows)), params)
    for code, name in enumerate(rows.classes if rows.task == "multiclass" else ()):
        of_class = _records(candidate, main, list(measuring.class_rates(rows, code)), params)
        for label, record in of_class.items():
            records[label].setdefault("classes", {})[name] = record
    drawn = _curves(candidate, params)
    return {
        label: Group(n=None, suppressed=hidden[label])
        if label in hidden
        else _group(record | drawn.get(label, {}))
        for label, record in records.items()
    }


def _group(record: dict[str, Any]) -> Group:
    classes = {name: Rates(**rates) for name, rates in record.pop("classes", {}).items()}
    return Group(**record, classes=classes)


def _records(
    candidate: Division, main: Division | None, parts: Iterable[Part], params: FairnessParams
) -> dict[str, dict[str, Any]]:
    """Return the fields of every group's record."""
    records: dict[str, dict[str, Any]] = {
        label: {"n": int(n), "of": {}, "intervals": {}, "small": [], "main": {}}
        for label, n in zip(candidate.labels, candidate.sizes, strict=True)
    }
    for part in parts:
        measured = measuring.measure(candidate, part)
        low, high = measured.bounds(1 - params.confidence)
        for index, label in enumerate(candidate.labels):
            record = records[label]
            record[part.rate] = finite(measured.value[index])
            record["of"][part.rate] = int(measured.n[index])
            record["intervals"][part.rate] = (finite(low[index]), finite(high[index]))
            if measured.n[index] < measuring.minimum(part, params.minimum):
                record["small"].append(part.rate)
        if main is not None:
            _changes(main, part, params, records)
    return records


def _changes(
    division: Division, part: Part, params: FairnessParams, records: Mapping[str, dict[str, Any]]
) -> None:
    """Add what each group's rate is on main, and how it changed."""
    change = measuring.change(division, part)
    low, high = change.bounds(1 - params.confidence, 1.0)
    for index, label in enumerate(division.labels):
        if label in records and finite(change.old.value[index]) is not None:
            records[label]["main"][part.rate] = RateChange(
                baseline=finite(change.old.value[index]),
                change=finite(change.new.value[index] - change.old.value[index]),
                interval=(finite(low[index]), finite(high[index])),
                n=int(change.new.n[index]),
            )


def _curves(candidate: Division, params: FairnessParams) -> dict[str, dict[str, Any]]:
    """Return ROC and calibration of the groups of one column, where they are few."""
    from mlgate.stats.calibration import bins
    from mlgate.stats.curves import roc_curve
    from mlgate.stats.ranking import rank

    rows = candidate.frame.candidate
    single = len(candidate.grouping.columns) == 1 and candidate.grouping.control is None
    if rows.task != "binary" or rows.score is None or not single:
        return {}
    if params.suppress_below is not None:  # points of curves reveal single rows
        return {}
    large = [i for i, n in enumerate(candidate.sizes) if n >= params.minimum]
    if not 2 <= len(large) <= MOST_CURVES:
        return {}
    curves = {}
    for index in large:
        members = candidate.rows == index
        hit, score = (rows.y_true == rows.positive)[members], rows.score[members]
        x, y = roc_curve(hit, rank(score), points=ROC_POINTS - 1)
        curves[candidate.labels[index]] = {
            "roc": Curve(x=tuple(x), y=tuple(y)) if x else None,
            "calibration": tuple(
                CalibrationBin(score=b.score, rate=b.rate, n=b.n, interval=(b.lower, b.upper))
                for b in bins(hit, score, count=BINS, confidence=params.confidence)
                if b.n >= params.minimum
            ),
        }
    return curves


def single(
    name: str, grouping: str, group: str, code: int | None, sides: Sides, params: FairnessParams
) -> Measurement | None:
    """Measure one group's rate as gates read it; None where there is no such group."""
    candidate, rate = sides.candidate, RATES[name]
    if group not in candidate.labels:
        return None
    if group in sides.hidden:
        return _not_told(name, grouping, group, sides)
    part = measuring.Part(name, candidate.frame.candidate.positive if code is None else code)
    measured = measuring.measure(candidate, part)
    index = candidate.labels.index(group)
    low, high = measured.bounds(1 - params.confidence)
    n, variance = int(measured.n[index]), float(measured.variance[index])
    key = f"{name}[{grouping}={group}]"
    return Measurement(
        title=f"{rate.title}, {grouping}: {group}",
        value=finite(measured.value[index]),
        interval=(finite(low[index]), finite(high[index])),
        n=n,
        method=("wilson" if rate.unit == "share" else "by group") + candidate.frame.units,
        unit=rate.unit,
        direction=rate.direction,
        row_variance=finite(n * variance),
        insufficient=_too_few(n, part, params),
        against={
            role: _against(key, part, group, division, params, role)
            for role, division in sides.against.items()
        },
    )


def _not_told(name: str, grouping: str, group: str, sides: Sides) -> Measurement:
    why = f"{group} is hidden (fairness.suppress_below)"
    rate = RATES[name]
    nothing = Comparison(baseline=None, change=None, n=0, method="none", insufficient=why)
    return Measurement(
        title=f"{rate.title}, {grouping}: {group}",
        value=None,
        method="none",
        unit=rate.unit,
        direction=rate.direction,
        insufficient=why,
        against=dict.fromkeys(sides.against, nothing),
    )


def _too_few(n: int, part: Part, params: FairnessParams) -> str | None:
    least = measuring.minimum(part, params.minimum)
    return None if n >= least else f"{n} {RATES[part.rate].of}; {least} are needed"


def _against(
    key: str, part: Part, group: str, division: Division, params: FairnessParams, role: Role
) -> Comparison:
    if group not in division.labels:
        why = "no row of this group is on both sides"
        return Comparison(baseline=None, change=None, n=0, method="none", insufficient=why)
    change = measuring.change(division, part)
    index = division.labels.index(group)
    candidate, baseline = float(change.new.value[index]), float(change.old.value[index])
    low, high = (bound[index] for bound in change.bounds(1 - params.confidence, 1.0))
    n = int(min(change.new.n[index], change.old.n[index]))
    variance = change.new.variance[index] + change.old.variance[index]
    contrasts = []
    for factor in params.factors_of(key, role):
        bounds = change.bounds(1 - params.confidence, factor)
        interval = (finite(bounds[0][index]), finite(bounds[1][index]))
        value = finite(candidate - factor * baseline)
        contrasts.append(Contrast(factor=factor, value=value, interval=interval))
    return Comparison(
        baseline=finite(baseline),
        change=finite(candidate - baseline),
        interval=(finite(low), finite(high)),
        n=n,
        method=f"paired, by group{division.frame.units}",
        row_variance=finite(max(n * (variance - 2 * change.covariance[index]), 0.0)),
        contrasts=tuple(contrasts),
        insufficient=_too_few(n, part, params),
        undefined=bool(measuring.lost(change, part, params.minimum)[index]),
    )
