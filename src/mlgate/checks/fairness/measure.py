"""`fairness`: rates by group, the gaps between groups, and their changes against main.

Rows are counted once by all sensitive columns, labels and predictions; every rate, gap and
interval follows from that table. Groups that are too small stay in the evidence and never enter
a gap. Nothing is decided here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from mlgate.checks.fairness import groups as by_group
from mlgate.checks.fairness import rates as measuring
from mlgate.checks.fairness.evidence import FairnessEvidence, GapFound, Grouping
from mlgate.checks.fairness.frame import TIMES, Frame, GroupColumn
from mlgate.checks.fairness.gaps import Asking, Sides, gap, missing
from mlgate.checks.fairness.metrics import FOUR_FIFTHS, GAPS
from mlgate.checks.fairness.params import FairnessParams, params
from mlgate.checks.fairness.privacy import hidden, without_hidden
from mlgate.errors import DataError
from mlgate.metrics.slice_search import search
from mlgate.model.evidence import Absent
from mlgate.model.rows import ROLES
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.fairness.section import GroupColumns
    from mlgate.model.evidence import BaselineRef, Measurement
    from mlgate.model.inputs import Inputs, PairedBaseline
    from mlgate.model.rows import Role, Rows

__all__ = ["SUMMARY", "FairnessParams", "params", "run"]

SUMMARY: Final = "Rates by group, the gaps between groups, and their changes against main."


def run(inputs: Inputs, params: FairnessParams) -> FairnessEvidence:
    """Measure every group and gap.

    Raises
    ------
    DataError
        For columns that cannot make groups, a reference group or a class that does not exist,
        and for what reading the inputs brings up.
    """
    rows = inputs.candidate()
    assert rows is not None
    attributes = inputs.attributes(params.attributes())
    columns = {name: GroupColumn.of(attributes[name]) for name in params.columns}
    baselines = {role: inputs.reference(role) for role in ROLES}
    references = {
        role: baseline for role, baseline in baselines.items() if not isinstance(baseline, Absent)
    }
    frames = _frames(references, columns)
    frame = Frame(rows, None, columns)
    sensitive: dict[str, Grouping] = {}
    metrics: dict[str, Measurement] = {}
    divided = {
        grouping.name: _sides(grouping, frame, frames, references, params)
        for grouping in params.groupings
    }
    concealed = hidden(divided, params.suppress_below)
    divided = {name: replace(sides, hidden=concealed[name]) for name, sides in divided.items()}
    for grouping in params.groupings:
        sides = divided[grouping.name]
        gaps, measured = _gaps(grouping, sides, params)
        sensitive[grouping.name] = _grouping(grouping, sides, gaps, params)
        metrics |= measured | dict(_rates(grouping, sides, params))
    searched = search(attributes, references.get("main"), params)
    return FairnessEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=metrics,
        baselines={role: _ref(baseline) for role, baseline in references.items()},
        absent={
            role: baseline for role, baseline in baselines.items() if isinstance(baseline, Absent)
        },
        notes=tuple(inputs.notes),
        task=rows.task,
        positive=None if rows.positive is None else rows.classes[rows.positive],
        n=len(rows),
        minimum=params.minimum,
        missing_limit=params.missing,
        suppress_below=params.suppress_below,
        sensitive=sensitive,
        gated=params.gated,
        search=searched
        if params.suppress_below is None
        else without_hidden(searched, divided.values()),
        tests=sum(len(group.gaps) for group in sensitive.values()),
    )


def _frames(
    references: Mapping[Role, PairedBaseline], columns: Mapping[str, GroupColumn]
) -> dict[Role, Frame]:
    """Return the paired rows of each role; one frame where both are the same baseline."""
    made: dict[str, Frame] = {}
    frames: dict[Role, Frame] = {}
    for role, baseline in references.items():
        if baseline.paired is not None:
            key = baseline.ref.commit or role
            if key not in made:
                made[key] = Frame.paired(baseline.paired, columns)
            frames[role] = made[key]
    return frames


def _ref(reference: PairedBaseline) -> BaselineRef:
    return reference.ref.model_copy(update={"paired": reference.paired is not None})


def _sides(
    grouping: GroupColumns,
    frame: Frame,
    frames: Mapping[Role, Frame],
    references: Mapping[Role, PairedBaseline],
    params: FairnessParams,
) -> Sides:
    groups = [params.references.get(column) for column in grouping.columns]
    reference = None if None in groups else TIMES.join(filter(None, groups))
    for column, group in zip(grouping.columns, groups, strict=True):
        levels = frame.columns[column].levels
        if group is not None and group not in levels:
            msg = f"fairness.reference_group: there is no group {group!r} of {column}"
            raise DataError(msg, hint=f"there are: {first_of(levels, 30)}")
    divided = frame.divide(grouping, reference)
    return Sides(
        divided,
        {
            role: paired.once(grouping.name, partial(paired.divide, grouping, reference))
            for role, paired in frames.items()
        },
        references,
    )


def _gaps(
    grouping: GroupColumns, sides: Sides, params: FairnessParams
) -> tuple[dict[str, GapFound], dict[str, Measurement]]:
    """Measure all gaps of one division, and those of single classes that gates name."""
    gaps: dict[str, GapFound] = {}
    metrics: dict[str, Measurement] = {}
    rows = sides.candidate.frame.candidate
    preset = [GAPS[FOUR_FIFTHS]] if grouping.name in params.four_fifths() else []
    for metric in (*measuring.gaps(rows), *preset):
        key = f"{metric.name}[{grouping.name}]"
        asking = Asking(metric, key, f"{metric.title}, {grouping.name}")
        gaps[metric.name], metrics[key] = gap(asking, sides, params)
    for name, grouped_by, label in params.single_classes():
        if grouped_by == grouping.name:
            level = f"{grouping.name}:{label}"
            asking = Asking(
                GAPS[name], f"{name}[{level}]", f"{GAPS[name].title}, {level}", _code(label, rows)
            )
            metrics[asking.key] = gap(asking, sides, params)[1]
    return gaps, metrics


def _rates(
    grouping: GroupColumns, sides: Sides, params: FairnessParams
) -> Iterator[tuple[str, Measurement]]:
    """Measure the rates of single groups that gates name."""
    for name, grouped_by, group, label in params.rates():
        if grouped_by != grouping.name:
            continue
        code = None if label is None else _code(label, sides.candidate.frame.candidate)
        measurement = by_group.single(name, grouped_by, group, code, sides, params)
        if measurement is not None:
            suffix = "" if label is None else f":{label}"
            yield f"{name}[{grouped_by}={group}{suffix}]", measurement


def _code(label: str, rows: Rows) -> int:
    if label not in rows.classes:
        msg = f"gates on fairness: there is no class {label!r}"
        raise DataError(msg, hint=f"there are: {', '.join(rows.classes)}")
    return rows.classes.index(label)


def _grouping(
    grouping: GroupColumns, sides: Sides, gaps: Mapping[str, GapFound], params: FairnessParams
) -> Grouping:
    return Grouping(
        columns=grouping.columns,
        control=grouping.control,
        reference_group=sides.candidate.reference,
        groups=by_group.groups(sides, params),
        missing=missing(sides),
        **gaps,
    )
