"""`drift`: whether the data under the model moved since the reference.

Every column of the reference is compared with the current one of its name: by its
distribution, its missing values and, where it has levels, those that are new. The columns
marked as drifted here are a listing; gates decide from the p-values and effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.drift.domain import TOO_FEW, classify, measurement
from mlgate.checks.drift.evidence import ColumnDrift, DriftEvidence, Part, shares, tested
from mlgate.checks.drift.groups import again, group
from mlgate.checks.drift.outputs import outputs
from mlgate.checks.drift.section import DriftSection
from mlgate.checks.drift.table import column, side
from mlgate.errors import DataError
from mlgate.model.base import Frozen
from mlgate.model.evidence import Note
from mlgate.model.policy import Floors
from mlgate.model.profile import Kind, ProfileTable
from mlgate.model.table import is_index
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.drift.evidence import Multivariate
    from mlgate.checks.drift.groups import GroupedSides
    from mlgate.checks.drift.summary import DriftSide
    from mlgate.config import Config
    from mlgate.model.inputs import Inputs
    from mlgate.model.profile import Profile
    from mlgate.model.table import ColumnTable
    from mlgate.stats.drift_rule import Listed

SUMMARY: Final = (
    "Whether the data under the model have drifted from the reference, column by column."
)


class DriftParams(Frozen):
    """Everything that `drift` depends on beside its inputs.

    `parts` names columns that are a label, a prediction or a score.
    """

    reference: str
    current: str
    current_key: str = "drift.current"
    ignore: tuple[str, ...] = ()
    kinds: dict[str, Kind] = {}
    floors: dict[str, Floors] = {}
    parts: dict[str, Part] = {}
    weight: str | None = None
    cluster: str | None = None
    multivariate: bool = False
    confidence: float = 0.95
    power: float = 0.8


def params(config: Config) -> DriftParams | None:
    """Return what a configuration asks for; None without a `drift` section."""
    drift, data = config.section(DriftSection), config.tables().current
    if drift is None:
        return None
    current = drift.current or (data.path if data else "")
    return DriftParams(
        reference=drift.reference,
        current=current,
        current_key="drift.current" if drift.current else "data.path",
        ignore=drift.ignore,
        kinds=drift.kinds,
        floors=drift.floors_of(),
        parts=_parts(config),
        weight=drift.weight,
        cluster=drift.cluster,
        multivariate=drift.multivariate,
        confidence=config.policy.confidence,
        power=config.policy.power,
    )


def _parts(config: Config) -> dict[str, Part]:
    """Name the columns that are not features; the data may hold predictions already made."""
    section = config.predictions
    if section is None:
        return {}
    scores = section.score.values() if isinstance(section.score, dict) else [section.score]
    parts: dict[str, Part] = {name: "score" for name in scores if name is not None}
    if section.prediction is not None:
        parts[section.prediction] = "prediction"
    return parts if section.label is None else parts | {section.label: "label"}


def run(inputs: Inputs, params: DriftParams) -> DriftEvidence:
    """Compare all columns.

    Raises
    ------
    DataError
        Where no column is common to both sides, a column that the configuration names is
        missing, and for what reading the inputs brings up.
    """
    reference = inputs.table(params.reference, "drift.reference", reference=True)
    current = inputs.table(params.current, params.current_key)
    _require(params, reference, current)
    before, after = side(reference, params.weight), side(current, params.weight)
    grouped = None if params.cluster is None else group(before, after, params.cluster)
    columns = dict(_compared(before, after, grouped, inputs, params))
    listed = _listing(columns, params)
    explained = {name: _explained(drift, listed[name]) for name, drift in columns.items()}
    drifted = {name: (entry.certain, entry.drifted) for name, entry in listed.items()}
    together = _together(before, after, grouped, columns, params)
    against_main = outputs(inputs, 1 - params.confidence)
    more = {"auc": measurement(together)} if params.multivariate else {}
    return DriftEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=shares(columns, drifted) | more,
        notes=(*inputs.notes, *_notes(reference, together, params)),
        reference=reference.name,
        current=current.name,
        columns=_detectable(explained, params),
        outputs=against_main,
        n=(reference.rows, current.rows),
        weighted=params.weight is not None,
        clusters=None if grouped is None else grouped.counts,
        multivariate=together,
        tests=sum(map(len, tested(columns, params.floors).values())),
        profile=_exactness(reference.profile) if isinstance(reference, ProfileTable) else None,
    )


def _together(
    reference: DriftSide,
    current: DriftSide,
    grouped: GroupedSides | None,
    columns: Mapping[str, ColumnDrift],
    params: DriftParams,
) -> Multivariate | None:
    if not params.multivariate:
        return None
    codes = None if grouped is None else grouped.groups.codes
    return classify(reference, current, columns, codes, params.confidence)


def _notes(
    reference: ColumnTable, together: Multivariate | None, params: DriftParams
) -> Iterator[Note]:
    if params.multivariate and together is None:
        yield Note(level="warning", text=f"All columns together were not compared: {TOO_FEW}.")
    if isinstance(reference, ProfileTable) and reference.profile.weighted != (
        params.weight is not None
    ):
        text = "The profile and the current data are not both weighted."
        yield Note(level="warning", text=text)


def _exactness(profile: Profile) -> str:
    """Note what cannot be known from a profile."""
    return (
        f"numbers are compared at up to 1,000 quantiles of {profile.rows:,} rows, so that a KS "
        "distance may be larger by .001 than reported, never smaller; levels of fewer than "
        f"{profile.fewest} rows are pooled, so new levels cannot be distinguished from rare ones"
    )


def _require(params: DriftParams, reference: ColumnTable, current: ColumnTable) -> None:
    """Refuse tables that have nothing to compare, and names that neither has."""
    left_out = {*params.ignore, params.weight, params.cluster}
    if not set(reference.kinds) & set(current.kinds) - left_out:
        first, second = (first_of(table.kinds, 10) for table in (reference, current))
        unquoted = f"{reference.name} and {current.name} have no column in common"
        hint = "are drift.reference and data.path the right files?"
        raise DataError(f"{unquoted}: {first}; and {second}", hint=hint, unquoted=unquoted)
    for key, names in (("kinds", params.kinds), ("floors", params.floors)):
        for name in names:
            if name not in reference.kinds and name not in current.kinds:
                msg = f"drift.{key}: neither {reference.name} nor {current.name} has a column {name!r}"
                raise DataError(msg, unquoted=msg)


def _compared(
    reference: DriftSide,
    current: DriftSide,
    grouped: GroupedSides | None,
    inputs: Inputs,
    params: DriftParams,
) -> Iterator[tuple[str, ColumnDrift]]:
    left_out = {*params.ignore, params.weight, params.cluster}
    every = dict.fromkeys((*reference.table.kinds, *current.table.kinds))
    named = {*params.kinds, *params.floors}
    names = [n for n in every if n not in left_out and (n in named or not is_index(n))]
    with inputs.progress.step("Comparing columns", len(names)) as step:
        for name in names:
            compared = column(reference, current, name, params.kinds.get(name))
            if compared is not None:
                compared = compared if grouped is None else again(compared, name, grouped)
                yield name, compared.model_copy(update={"part": params.parts.get(name, "feature")})
            step.advance()


def _listing(columns: Mapping[str, ColumnDrift], params: DriftParams) -> dict[str, Listed]:
    from mlgate.stats.drift_rule import listing

    return listing(tested(columns, params.floors), 1 - params.confidence)


def _explained(column: ColumnDrift, listed: Listed) -> ColumnDrift:
    why = ", ".join(listed.because).replace("_", " ") or None
    update = {"drifted": listed.drifted, "because": listed.because, "why": why}
    return column.model_copy(update=update)


def _detectable(columns: Mapping[str, ColumnDrift], params: DriftParams) -> dict[str, ColumnDrift]:
    from mlgate.checks.drift import columns as compare

    count = sum(map(len, tested(columns, params.floors).values()))
    level = (1 - params.confidence) / max(count, 1)
    return {
        name: column.model_copy(
            update={"detectable": compare.detectable(column, level, params.power)}
        )
        for name, column in columns.items()
    }
