"""`drift`: whether the data under the model moved since the reference.

Every column of the reference is compared with the current one of its name: by its
distribution, its missing values and, where it has levels, those that are new. What is told as
drifted here is a listing; gates decide from the p-values and effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.model.base import Frozen
from mlgate.model.drift import ColumnDrift, DriftEvidence, Floors, Kind, Part, shares, tested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config import Config
    from mlgate.model.inputs import Inputs
    from mlgate.model.table import ColumnTable
    from mlgate.stats.drift_rule import Listed

SUMMARY: Final = "Whether the data under the model moved since the reference, column by column."


class Params(Frozen):
    """Everything that `drift` depends on beside its inputs.

    `parts` names columns that are a label, a prediction or a score.
    """

    reference: str
    current: str
    ignore: tuple[str, ...] = ()
    kinds: dict[str, Kind] = {}
    floors: dict[str, Floors] = {}
    parts: dict[str, Part] = {}
    weight: str | None = None
    confidence: float = 0.95
    power: float = 0.8


def params(config: Config) -> Params | None:
    """Give what a configuration asks for; None without a `drift` section."""
    drift = config.drift
    if drift is None:
        return None
    current = drift.current or (config.data.path if config.data else "")
    return Params(
        reference=drift.reference,
        current=current,
        ignore=drift.ignore,
        kinds=drift.kinds,
        floors=drift.floors_of(),
        parts=_parts(config),
        weight=drift.weight,
        confidence=config.policy.confidence,
        power=config.policy.power,
    )


def _parts(config: Config) -> dict[str, Part]:
    """Name the columns that are not features; the data may hold predictions already made."""
    section = config.predictions
    if section is None:
        return {}
    scores = section.score.values() if isinstance(section.score, dict) else [section.score]
    found: dict[str, Part] = {name: "score" for name in scores if name is not None}
    if section.prediction is not None:
        found[section.prediction] = "prediction"
    return found | {section.label: "label"}


def run(inputs: Inputs, params: Params) -> DriftEvidence:
    """Compare all columns.

    Raises
    ------
    DataError
        Where no column is common to both sides, a column that the configuration names is
        missing, and for what reading the inputs brings up.
    """
    old, new = inputs.table("reference"), inputs.table("current")
    _require(params, old, new)
    columns = dict(_compared(old, new, inputs, params))
    listed = _listing(columns, params)
    told = {name: _told(one, listed[name]) for name, one in columns.items()}
    drifted = {name: (one.certain, one.drifted) for name, one in listed.items()}
    return DriftEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=shares(columns, drifted),
        notes=tuple(inputs.notes),
        reference=params.reference,
        current=params.current,
        columns=_detectable(told, params),
        n=(old.rows, new.rows),
        weighted=params.weight is not None,
        tests=sum(map(len, tested(columns, params.floors).values())),
    )


def _require(params: Params, old: ColumnTable, new: ColumnTable) -> None:
    """Refuse tables that have nothing to compare, and names that neither has."""
    left_out = {*params.ignore, params.weight}
    if not set(old.kinds) & set(new.kinds) - left_out:
        first, second = (", ".join(list(table.kinds)[:10]) for table in (old, new))
        msg = f"{old.name} and {new.name} have no column in common: {first}; and {second}"
        raise DataError(msg, hint="are drift.reference and data.path the right files?")
    for key, names in (("kinds", params.kinds), ("floors", params.floors)):
        for name in names:
            if name not in old.kinds and name not in new.kinds:
                msg = f"drift.{key}: neither {old.name} nor {new.name} has a column {name!r}"
                raise DataError(msg)


def _compared(
    old: ColumnTable, new: ColumnTable, inputs: Inputs, params: Params
) -> Iterator[tuple[str, ColumnDrift]]:
    from mlgate.checks import _drift_table as table

    sides = tuple(table.side(one, params.weight) for one in (old, new))
    left_out = {*params.ignore, params.weight}
    names = [name for name in dict.fromkeys((*old.kinds, *new.kinds)) if name not in left_out]
    with inputs.progress.step("Comparing columns", len(names)) as step:
        for name in names:
            found = table.column(sides[0], sides[1], name, params.kinds.get(name))
            if found is not None:
                yield name, found.model_copy(update={"part": params.parts.get(name, "feature")})
            step.advance()


def _listing(columns: Mapping[str, ColumnDrift], params: Params) -> dict[str, Listed]:
    from mlgate.stats.drift_rule import listing

    return listing(tested(columns, params.floors), 1 - params.confidence)


def _told(one: ColumnDrift, listed: Listed) -> ColumnDrift:
    why = ", ".join(listed.because) or None
    return one.model_copy(update={"drifted": listed.drifted, "why": why})


def _detectable(columns: Mapping[str, ColumnDrift], params: Params) -> dict[str, ColumnDrift]:
    from mlgate.checks import _drift_columns as compare

    count = sum(map(len, tested(columns, params.floors).values()))
    level = (1 - params.confidence) / max(count, 1)
    return {
        name: one.model_copy(update={"detectable": compare.detectable(one, level, params.power)})
        for name, one in columns.items()
    }
