"""`slices`: the metrics of parts of the test set, against main's and the anchor's.

Each slice is measured as the whole is, on its own rows: a loss among the young does not hide
in the average. Only rows that both sides have show a change; a baseline whose rows are not
kept allows no comparison of slices.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mlgate.checks.compare import params as compare
from mlgate.checks.compare import predictions
from mlgate.checks.compare.fit import fitting
from mlgate.checks.compare.params import RequestedMetric
from mlgate.checks.slices.evidence import Slice, SlicesEvidence
from mlgate.checks.slices.section import SlicesSection
from mlgate.metrics import contrast_factors, direction_of
from mlgate.metrics.slice_search import search
from mlgate.model.attributes import MISSING, AttributeSpec
from mlgate.model.base import Frozen
from mlgate.model.evidence import Absent, Measurement
from mlgate.model.policy import Target
from mlgate.model.rows import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.model.inputs import Inputs, PairedBaseline
    from mlgate.model.rows import Role, Rows
    from mlgate.model.slice_search import SearchResult

    Rows_ = NDArray[np.intp]

SUMMARY: Final = "Metrics of named parts of the test set, and their changes."
MISSING_LEVEL: Final = "(missing)"


class SlicesParams(Frozen):
    """Everything that `slices` depends on beside its inputs.

    `named` maps a slice's name to its expression; every level of the columns of `by` is one;
    over those of `search` parts that got worse are looked for.
    """

    named: dict[str, str] = {}
    by: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    minimum: int = 30
    metrics: tuple[RequestedMetric, ...] = ()
    confidence: float = 0.95


def params(config: Config) -> SlicesParams | None:
    """Return what a configuration asks for: the metrics that gates name, on every slice."""
    slices = config.section(SlicesSection)
    if (
        slices is None
        or config.predictions is None
        or not (slices.named or slices.by or slices.search)
    ):
        return None
    policy = config.judging()
    targets = [Target.parse(gate) for gate in policy.gates]
    sliced = {target.name for target in targets if target.level is not None}
    base = compare.params(config)
    gated = {target.name for target in targets}
    requested = {
        metric.name: metric for metric in (base.metrics if base else ()) if metric.name in gated
    }
    for name in sorted(sliced - set(requested)):
        requested[name] = RequestedMetric(
            name=name, direction=direction_of(policy, name), listed=False
        )
    metrics = [
        metric.model_copy(update={"factors": _factors(config, metric.name)})
        for metric in requested.values()
        if metric.origin != "custom"
    ]
    return SlicesParams(
        named=slices.named,
        by=slices.by,
        search=slices.search,
        minimum=slices.minimum,
        metrics=tuple(metrics),
        confidence=policy.confidence,
    )


def _factors(config: Config, metric: str) -> dict[Role, tuple[float, ...]]:
    """Return the contrasts that any gate on this metric needs, on any slice."""
    policy = config.judging()
    gates = [gate for gate in policy.gates if Target.parse(gate).name == metric]
    by_role = {
        role: tuple(
            dict.fromkeys(
                factor for gate in gates for factor in contrast_factors(policy, gate, role)
            )
        )
        for role in ROLES
    }
    return {role: factors for role, factors in by_role.items() if factors}


def run(inputs: Inputs, params: SlicesParams) -> SlicesEvidence:
    """Measure every metric on every slice.

    Raises
    ------
    DataError
        For an expression or a column that cannot be read, and as `compare`.
    """
    rows = inputs.candidate()
    assert rows is not None
    baselines = {role: inputs.reference(role) for role in ROLES}
    references = {
        role: baseline
        for role, baseline in baselines.items()
        if not isinstance(baseline, Absent) and baseline.paired is not None
    }
    requested, refused = fitting(params.metrics, rows, ())
    metrics: dict[str, Measurement] = {}
    slices: dict[str, Slice] = {}
    parts = list(_parts(inputs, params))
    with inputs.progress.step("Measuring slices", len(parts)) as step:
        for name, slice_, members in parts:
            slices[name] = slice_
            part = _measure(requested, rows, members, references, inputs, params.confidence)
            metrics |= {f"{metric}[{name}]": _titled(of, name) for metric, of in part.items()}
            step.advance()
    return SlicesEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=metrics,
        refused={f"{metric}[{name}]": why for metric, why in refused.items() for name in slices},
        baselines={role: baseline.ref for role, baseline in references.items()},
        absent={
            role: _absent(baseline)
            for role, baseline in baselines.items()
            if role not in references
        },
        notes=tuple(inputs.notes),
        slices=slices,
        of=len(rows),
        task=rows.task,
        minimum=params.minimum,
        search=_search(inputs, params, baselines["main"]),
    )


def _search(
    inputs: Inputs, params: SlicesParams, main: PairedBaseline | Absent
) -> SearchResult | None:
    if not params.search or isinstance(main, Absent):
        return None
    columns = {name: AttributeSpec(name, "slices.search") for name in params.search}
    return search(inputs.attributes(columns), main, params)


def _titled(measurement: Measurement, name: str) -> Measurement:
    return measurement.model_copy(
        update={"title": f"{measurement.title}, {name.replace('=', ' ')}"}
    )


def _absent(reference: PairedBaseline | Absent) -> Absent:
    if isinstance(reference, Absent):
        return reference
    why = reference.unpaired_because or "its rows are not kept"
    return Absent(
        kind="missing", reason=f"slices are compared row by row, which is not possible here: {why}"
    )


def _parts(inputs: Inputs, params: SlicesParams) -> Iterator[tuple[str, Slice, Rows_]]:
    """Yield each slice: name, what it is, and the positions of its rows."""
    import numpy as np

    if params.named:
        conditions = {name: (text, f"slices.{name}") for name, text in params.named.items()}
        for name, mask in inputs.masks(conditions).items():
            members = np.flatnonzero(mask)
            yield name, Slice(what=params.named[name], n=len(members)), members
    if params.by:
        columns = {name: AttributeSpec(name, "slices.by") for name in params.by}
        for name, attribute in inputs.attributes(columns).items():
            for code, level in [*enumerate(attribute.levels), (MISSING, MISSING_LEVEL)]:
                members = np.flatnonzero(attribute.codes == code)
                if len(members):
                    small = len(members) < params.minimum
                    what = f"{name} = {level}"
                    slice_ = Slice(what=what, column=name, n=len(members), small=small)
                    yield f"{name}={level}", slice_, members


def _measure(
    requested: tuple[RequestedMetric, ...],
    rows: Rows,
    members: Rows_,
    references: Mapping[Role, PairedBaseline],
    inputs: Inputs,
    confidence: float,
) -> dict[str, Measurement]:
    """Measure one slice; one without a row has metrics that say so."""
    import numpy as np

    if not len(members):
        return {
            metric.name: Measurement(
                title=metric.name,
                value=None,
                n=0,
                method="none",
                insufficient="no row is in this slice",
            )
            for metric in requested
        }
    inside_slice: dict[Role, PairedBaseline] = {}
    for role, baseline in references.items():
        paired = baseline.paired
        assert paired is not None
        assert paired.index is not None, "pairing gives the candidate's rows"
        inside = np.flatnonzero(np.isin(paired.index, members))
        if len(inside):
            cut = replace(
                paired,
                candidate=paired.candidate.take(inside),
                baseline=paired.baseline.take(inside),
                index=paired.index[inside],
            )
            inside_slice[role] = replace(baseline, paired=cut)
    return predictions.measure(requested, rows.take(members), inside_slice, inputs, confidence)
