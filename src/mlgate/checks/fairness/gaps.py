"""Gaps between groups as records: now, and against each baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from mlgate.checks.fairness import rates as measuring
from mlgate.checks.fairness.evidence import GapFound
from mlgate.checks.fairness.metrics import RATES
from mlgate.model.evidence import Comparison, Contrast, EqualGroups, Measurement
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.fairness.frame import Division
    from mlgate.checks.fairness.metrics import GapMetric, Rate
    from mlgate.checks.fairness.params import FairnessParams
    from mlgate.checks.fairness.rates import Part
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.rows import Role
    from mlgate.stats.gaps import Gap, GapChange
    from mlgate.stats.groups import Measured

    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sides:
    """One division of the candidate's rows, and of the rows that each baseline shares.

    `hidden` are the groups that must not be shown, with the reason.
    """

    candidate: Division
    against: Mapping[Role, Division]
    references: Mapping[Role, PairedBaseline]
    hidden: Mapping[str, str] = field(default_factory=dict)

    def shown(self, division: Division) -> Flags:
        """Which groups of a division may be shown, shape (G,)."""
        import numpy as np

        return np.array([label not in self.hidden for label in division.labels], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Asking:
    """One gap of one division; `code` is the class of a one-vs-rest gap."""

    metric: GapMetric
    key: str
    title: str
    code: int | None = None


def finite(value: float | None) -> float | None:
    """None for what is not a number: evidence holds neither NaN nor infinity."""
    return float(value) if value is not None and math.isfinite(value) else None


def gap(asking: Asking, sides: Sides, params: FairnessParams) -> tuple[GapFound, Measurement]:
    """Measure one gap and its changes."""
    from mlgate.stats import gaps

    division = sides.candidate
    parts = measuring.parts(asking.metric, division.frame.candidate, asking.code)
    measured = [measuring.measure(division, part) for part in parts]
    large = [
        measuring.enough(rates, part, params.minimum) | _nearly(sides, part, params)
        for rates, part in zip(measured, parts, strict=True)
    ]
    usable = [enough & sides.shown(division) for enough in large]
    pairs = [gaps.comparable(flags, division.allowed) for flags in usable]
    make = gaps.difference if asking.metric.kind == "difference" else gaps.ratio
    estimate = make(measured, pairs, confidence=params.confidence)
    not_told = int((_any(large) & ~sides.shown(division)).sum())
    if not_told:
        estimate = _at_least(estimate, asking.metric)
    why = _insufficient(asking.metric, sides, (estimate.value, estimate.pairs), params, not_told)
    n = int(division.sizes[_any(usable)].sum())
    return _gap_found(estimate, parts, sides, _any(usable), not_told, why), Measurement(
        title=asking.title,
        value=finite(estimate.value),
        interval=(finite(estimate.lower), finite(estimate.upper)),
        n=n,
        method=_method(asking.metric, estimate.pairs, division.frame.units),
        unit=asking.metric.unit,
        direction=asking.metric.direction,
        row_variance=None if estimate.variance is None else finite(n * estimate.variance),
        insufficient=why,
        equal_groups=None if not_told else _equal(asking.metric, sides, measured, pairs),
        against={role: _against(asking, sides, role, params) for role in sides.references},
    )


def _equal(
    metric: GapMetric, sides: Sides, measured: Sequence[Measured], pairs: Sequence[Flags]
) -> EqualGroups | None:
    """Return the two groups that would make the widest bound if all had the same rate."""
    import numpy as np

    division = sides.candidate
    if division.frame.units or not _is_share(RATES[metric.parts[0]]):
        return None
    widest: tuple[float, EqualGroups] | None = None
    for rates, pair in zip(measured, pairs, strict=True):
        some = pair.any(axis=1)
        if not some.any():
            continue
        rate = float((rates.value[some] * rates.n[some]).sum() / rates.n[some].sum())
        with np.errstate(divide="ignore"):
            spread = np.where(pair, 1 / rates.n[:, None] + 1 / rates.n[None, :], 0.0)
        groups = np.unravel_index(int(spread.argmax()), spread.shape)
        rows = {division.labels[group]: int(rates.n[group]) for group in groups}
        equal = EqualGroups(kind=metric.kind, rate=rate, rows=rows)
        width = rate * (1 - rate) * float(spread.max())
        if widest is None or width > widest[0]:
            widest = width, equal
    return None if widest is None else widest[1]


def _nearly(sides: Sides, part: Part, params: FairnessParams) -> Flags:
    """Return the groups that a baseline's predictions have enough rows of, and the candidate's nearly."""
    import numpy as np

    division = sides.candidate
    labels = set[str]()
    for other in sides.against.values():
        change = measuring.change(other, part)
        stays = measuring.enough(change.old, part, params.minimum)
        stays &= ~measuring.lost(change, part, params.minimum)
        labels |= {label for label, stay in zip(other.labels, stays, strict=True) if stay}
    defined = ~np.isnan(measuring.measure(division, part).value)
    return defined & np.array([label in labels for label in division.labels], dtype=np.bool_)


def _any(usable: Sequence[Flags]) -> Flags:
    import numpy as np

    return np.asarray(np.logical_or.reduce(usable))


def _at_least(estimate: Gap, metric: GapMetric) -> Gap:
    """Keep the bound that holds for all groups where some are hidden: they only widen a gap."""
    if metric.kind == "difference":
        return replace(estimate, upper=None)
    return replace(estimate, lower=None)


def _gap_found(
    estimate: Gap,
    parts: Sequence[Part],
    sides: Sides,
    usable: Flags,
    not_told: int,
    why: str | None,
) -> GapFound:
    division = sides.candidate
    labels, part = division.labels, parts[estimate.part]
    small = ~usable & sides.shown(division)
    return GapFound(
        value=finite(estimate.value),
        interval=(finite(estimate.lower), finite(estimate.upper)),
        high=None if estimate.high is None else labels[estimate.high],
        low=None if estimate.low is None else labels[estimate.low],
        rate=None if estimate.high is None else rate_name(part, division),
        pairs=estimate.pairs,
        left_out=tuple(label for label, out in zip(labels, small, strict=True) if out),
        not_told=not_told,
        insufficient=why,
    )


def rate_name(part: Part, division: Division) -> str:
    """Return a rate's name, and of several classes which one: `tpr:setosa`."""
    rows = division.frame.candidate
    if part.code is None or rows.task != "multiclass":
        return part.rate
    return f"{part.rate}:{rows.classes[part.code]}"


def _insufficient(
    metric: GapMetric,
    sides: Sides,
    measured: tuple[float | None, int],
    params: FairnessParams,
    not_told: int,
) -> str | None:
    """Return why a gap, measured as (value, pairs), cannot be judged; None where it can."""
    value, pairs = measured
    division = sides.candidate
    columns = " or ".join(division.grouping.columns)
    if division.missing > params.missing:
        share = "too many" if missing(sides) is None else _per_cent(division.missing)
        limit = _per_cent(params.missing)
        return f"{share} of the rows have no {columns} (fairness.missing allows {limit})"
    if len(division) < 2:
        return f"every row is {division.labels[0]!r}: there is no other group of {columns}"
    if pairs == 0 and not_told:
        return f"fewer than two groups of {division.grouping.name} may be shown (fairness.suppress_below)"
    if pairs == 0:
        needs = " and ".join(dict.fromkeys(RATES[name].of for name in metric.parts))
        least = max(measuring.minimum(measuring.Part(p), params.minimum) for p in metric.parts)
        return f"fewer than two groups of {division.grouping.name} have {least} {needs}"
    if value is None:
        return f"{RATES[metric.parts[0]].title} is 0 in every group: a ratio is undefined"
    return None


def _per_cent(share: float) -> str:
    return f"{share * 100:.3g}\u00a0%"


def missing(sides: Sides) -> float | None:
    """Return the share of rows without a value; None where it would reveal a hidden group."""
    division = sides.candidate
    if any(division.lacks(label) and label in sides.hidden for label in division.labels):
        return None
    return division.missing


def _method(metric: GapMetric, pairs: int, units: str) -> str:
    rate = RATES[metric.parts[0]]
    if metric.kind == "ratio":
        name = "mover-r"
    elif _is_share(rate):
        name = "newcombe"
    else:
        name = "mover"
    return f"{name}{units}, {pairs} pairs" if pairs > 1 else f"{name}{units}"


def _is_share(rate: Rate) -> bool:
    """Whether a rate is a share of rows, with Wilson's bounds."""
    return rate.unit == "share" and rate.name not in ("roc_auc", "recall_macro", "precision_macro")


def _against(asking: Asking, sides: Sides, role: Role, params: FairnessParams) -> Comparison:
    reference = sides.references[role]
    division = sides.against.get(role)
    if division is None:
        because = reference.unpaired_because or "its rows are not kept"
        why = f"gaps are compared on the same rows only: {because}"
        return Comparison(
            baseline=None, change=None, n=0, method="none", paired=False, untested=why
        )
    # Where the anchor is main's own baseline both ask for the same.
    paired = division.frame.once(
        (asking.key, "paired"), lambda: _paired(asking, sides, division, params)
    )
    if paired is None:
        why = "it would include groups that are hidden (fairness.suppress_below)"
        return Comparison(baseline=None, change=None, n=0, method="none", insufficient=why)
    usable, change, lost = paired
    contrasts = [(factor, change(factor)) for factor in params.factors_of(asking.key, role)]
    compared = _comparison(
        change(1.0), contrasts, replace(sides, candidate=division), asking, params, usable
    )
    return (
        compared.model_copy(update={"insufficient": lost, "undefined": True}) if lost else compared
    )


def _paired(
    asking: Asking, sides: Sides, division: Division, params: FairnessParams
) -> tuple[Flags, Callable[[float], GapChange], str | None] | None:
    """Return the groups that enter a gap, its change by factor, and who is missing of the candidate's.

    None if a group that enters it may not be shown.
    """
    from mlgate.stats import gaps

    parts = measuring.parts(asking.metric, division.frame.candidate, asking.code)
    changes = [measuring.change(division, part) for part in parts]
    before = [
        measuring.enough(part_change.old, part, params.minimum)
        for part_change, part in zip(changes, parts, strict=True)
    ]
    gone = [
        measuring.lost(part_change, part, params.minimum)
        for part_change, part in zip(changes, parts, strict=True)
    ]
    large = [flags & ~lost for flags, lost in zip(before, gone, strict=True)]
    if (_any(large) & ~sides.shown(division)).any():
        return None
    usable = [enough & sides.shown(division) for enough in large]
    pairs = [gaps.comparable(flags, division.allowed) for flags in usable]
    difference = asking.metric.kind == "difference"
    make = gaps.difference_change if difference else gaps.ratio_change

    @cache
    def change(factor: float) -> GapChange:
        return make(changes, pairs, factor=factor, confidence=params.confidence)

    return _any(usable), change, _missing_groups(division, before, gone, sides.shown(division))


def _missing_groups(
    division: Division, before: Sequence[Flags], gone: Sequence[Flags], shown: Flags
) -> str | None:
    """Return which groups a baseline has in a gap, and the candidate predicts too few rows of."""
    from mlgate.stats import gaps

    compared = [
        gaps.comparable(flags & shown, division.allowed).any(axis=1) & lost
        for flags, lost in zip(before, gone, strict=True)
    ]
    labels = [label for label, out in zip(division.labels, _any(compared), strict=True) if out]
    return f"too few rows of {first_of(labels, 5)} are predicted for a rate" if labels else None


def _comparison(
    change: GapChange,
    contrasts: Sequence[tuple[float, GapChange]],
    sides: Sides,
    asking: Asking,
    params: FairnessParams,
    usable: Flags,
) -> Comparison:
    division = sides.candidate
    n = int(division.sizes[usable].sum())
    return Comparison(
        baseline=finite(change.old),
        change=finite(change.value),
        interval=(finite(change.lower), finite(change.upper)),
        n=n,
        method=f"paired delta{division.frame.units}"
        + (", widest pairs" if change.pairs > 1 else ""),
        row_variance=None if change.variance is None else finite(n * change.variance),
        contrasts=tuple(
            Contrast(
                factor=factor,
                value=finite(contrast.value),
                interval=(finite(contrast.lower), finite(contrast.upper)),
            )
            for factor, contrast in contrasts
        ),
        insufficient=_insufficient(asking.metric, sides, (change.new, change.pairs), params, 0),
    )
