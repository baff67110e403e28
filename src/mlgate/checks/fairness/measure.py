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
from mlgate.checks.fairness.frame import TIMES, Column, Frame
from mlgate.checks.fairness.gaps import Asking, Sides, gap, missing
from mlgate.checks.fairness.metrics import FOUR_FIFTHS, GAPS
from mlgate.checks.fairness.params import ROLES, Params, params
from mlgate.checks.fairness.privacy import hidden
from mlgate.checks.slices.search import search, told
from mlgate.errors import DataError
from mlgate.model.evidence import Absent
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.fairness.section import Asked
    from mlgate.model.evidence import BaselineRef, Measurement
    from mlgate.model.inputs import Inputs, PairedBaseline
    from mlgate.model.rows import Role, Rows

__all__ = ["SUMMARY", "Params", "params", "run"]

SUMMARY: Final = "Rates by group, the gaps between groups, and their changes against main."


def run(inputs: Inputs, params: Params) -> FairnessEvidence:
    """Measure every group and gap.

    Raises
    ------
    DataError
        For columns that cannot make groups, a reference group or a class that does not exist,
        and for what reading the inputs brings up.
    """
    rows = inputs.candidate()
    assert rows is not None
    attributes = inputs.attributes(params.wanted())
    columns = {name: Column.of(attributes[name]) for name in params.columns}
    found = {role: inputs.reference(role) for role in ROLES}
    references = {role: one for role, one in found.items() if not isinstance(one, Absent)}
    frames = _frames(references, columns)
    own = Frame(rows, None, columns)
    sensitive: dict[str, Grouping] = {}
    metrics: dict[str, Measurement] = {}
    divided = {
        asked.name: _sides(asked, own, frames, references, params) for asked in params.groupings
    }
    concealed = hidden(divided, params.suppress_below)
    divided = {name: replace(one, hidden=concealed[name]) for name, one in divided.items()}
    for asked in params.groupings:
        sides = divided[asked.name]
        gaps, measured = _gaps(asked, sides, params)
        sensitive[asked.name] = _grouping(asked, sides, gaps, params)
        metrics |= measured | dict(_rates(asked, sides, params))
    searched = search(attributes, references.get("main"), params)
    return FairnessEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=metrics,
        baselines={role: _ref(one) for role, one in references.items()},
        absent={role: one for role, one in found.items() if isinstance(one, Absent)},
        notes=tuple(inputs.notes),
        task=rows.task,
        positive=None if rows.positive is None else rows.classes[rows.positive],
        n=len(rows),
        minimum=params.minimum,
        missing_limit=params.missing,
        suppress_below=params.suppress_below,
        sensitive=sensitive,
        gated=params.gated,
        search=searched if params.suppress_below is None else told(searched, divided.values()),
        tests=sum(len(one.gaps) for one in sensitive.values()),
    )


def _frames(
    references: Mapping[Role, PairedBaseline], columns: Mapping[str, Column]
) -> dict[Role, Frame]:
    """Give the paired rows of each role; one frame where both are the same baseline."""
    made: dict[str, Frame] = {}
    found: dict[Role, Frame] = {}
    for role, one in references.items():
        if one.paired is not None:
            key = one.ref.commit or role
            if key not in made:
                made[key] = Frame.paired(one.paired, columns)
            found[role] = made[key]
    return found


def _ref(reference: PairedBaseline) -> BaselineRef:
    return reference.ref.model_copy(update={"paired": reference.paired is not None})


def _sides(
    asked: Asked,
    own: Frame,
    frames: Mapping[Role, Frame],
    references: Mapping[Role, PairedBaseline],
    params: Params,
) -> Sides:
    groups = [params.references.get(column) for column in asked.columns]
    reference = None if None in groups else TIMES.join(filter(None, groups))
    for column, group in zip(asked.columns, groups, strict=True):
        levels = own.columns[column].levels
        if group is not None and group not in levels:
            msg = f"fairness.reference_group: there is no group {group!r} of {column}"
            raise DataError(msg, hint=f"there are: {first_of(levels, 30)}")
    divided = own.divide(asked, reference)
    return Sides(
        divided,
        {
            role: frame.once(asked.name, partial(frame.divide, asked, reference))
            for role, frame in frames.items()
        },
        references,
    )


def _gaps(
    asked: Asked, sides: Sides, params: Params
) -> tuple[dict[str, GapFound], dict[str, Measurement]]:
    """Measure all gaps of one division, and those of single classes that gates name."""
    found: dict[str, GapFound] = {}
    metrics: dict[str, Measurement] = {}
    rows = sides.own.frame.new
    preset = [GAPS[FOUR_FIFTHS]] if asked.name in params.four_fifths() else []
    for metric in (*measuring.gaps(rows), *preset):
        key = f"{metric.name}[{asked.name}]"
        asking = Asking(metric, key, f"{metric.title}, {asked.name}")
        found[metric.name], metrics[key] = gap(asking, sides, params)
    for name, grouping, label in params.single_classes():
        if grouping == asked.name:
            level = f"{asked.name}:{label}"
            asking = Asking(
                GAPS[name], f"{name}[{level}]", f"{GAPS[name].title}, {level}", _code(label, rows)
            )
            metrics[asking.key] = gap(asking, sides, params)[1]
    return found, metrics


def _rates(asked: Asked, sides: Sides, params: Params) -> Iterator[tuple[str, Measurement]]:
    """Measure the rates of single groups that gates name."""
    for name, grouping, group, label in params.rates():
        if grouping != asked.name:
            continue
        code = None if label is None else _code(label, sides.own.frame.new)
        found = by_group.single(name, grouping, group, code, sides, params)
        if found is not None:
            suffix = "" if label is None else f":{label}"
            yield f"{name}[{grouping}={group}{suffix}]", found


def _code(label: str, rows: Rows) -> int:
    if label not in rows.classes:
        msg = f"gates on fairness: there is no class {label!r}"
        raise DataError(msg, hint=f"there are: {', '.join(rows.classes)}")
    return rows.classes.index(label)


def _grouping(asked: Asked, sides: Sides, gaps: Mapping[str, GapFound], params: Params) -> Grouping:
    return Grouping(
        columns=asked.columns,
        control=asked.control,
        reference_group=sides.own.reference,
        groups=by_group.groups(sides, params),
        missing=missing(sides),
        **gaps,
    )
