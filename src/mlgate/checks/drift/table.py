"""Finds a column on both sides and compares what can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.checks.drift import columns
from mlgate.checks.drift.evidence import ColumnDrift
from mlgate.checks.drift.summary import DriftSide, comparable, read
from mlgate.errors import DataError
from mlgate.model.profile import ProfileTable

if TYPE_CHECKING:
    from mlgate.model.profile import Kind
    from mlgate.model.table import ColumnTable, Stored
    from mlgate.stats.summary import Summary

_NAMES: dict[Stored, Kind] = {
    "integer": "numeric",
    "float": "numeric",
    "boolean": "boolean",
    "datetime": "datetime",
    "text": "text",
}


def side(table: ColumnTable, weight: str | None) -> DriftSide:
    """Return a side with its weights.

    Raises
    ------
    DataError
        When a weight is missing, negative or infinite, or all are 0.
    """
    if isinstance(table, ProfileTable):
        return DriftSide(table, profile=table.profile)
    if weight is None:
        return DriftSide(table)
    import numpy as np

    weights = table.numbers(weight)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        msg = f"drift.weight: column {weight!r} of {table.name} holds {weights[row]} in row {row + 1:,}"
        raise DataError(msg, hint="a weight is a number of at least 0")
    if not weights.sum():
        raise DataError(f"drift.weight: column {weight!r} of {table.name} is 0 in all rows")
    return DriftSide(table, weights)


def column(
    reference: DriftSide, current: DriftSide, name: str, kind: Kind | None
) -> ColumnDrift | None:
    """Compare one column; None where it holds nested values on either side.

    The kind follows from the reference, or from the current side where the reference holds no
    value.
    """
    first, second = (table_side.table.kinds.get(name) for table_side in (reference, current))
    if "other" in (first, second):
        return None
    if first is None or second is None:
        return _alone(reference if second is None else current, name, vanished=second is None)
    return (
        _inferred(reference, current, name) if kind is None else _as(reference, current, name, kind)
    )


def _inferred(reference: DriftSide, current: DriftSide, name: str) -> ColumnDrift:
    kind, before = read(reference, name)
    if kind is None:
        kind, after = read(current, name)
        return columns.compare(kind or "numeric", before, after, profile=_is_profile(reference))
    if not comparable(kind, current.table.kinds[name]):
        return _retyped(reference, current, name, kind)
    after = read(current, name, kind)[1]
    if kind == "categorical" and _apart(reference, current, name, before, after):
        return _retyped(reference, current, name, kind)
    return columns.compare(kind, before, after, profile=_is_profile(reference))


def _apart(
    reference: DriftSide, current: DriftSide, name: str, before: Summary, after: Summary
) -> bool:
    """Whether one side holds text, the other numbers, and no value is written alike: 7 and 007."""
    text = [table_side.table.kinds[name] == "text" for table_side in (reference, current)]
    levels = before.levels.keys(), after.levels.keys()
    return text[0] != text[1] and all(levels) and not levels[0] & levels[1]


def _is_profile(table_side: DriftSide) -> bool:
    return table_side.profile is not None


def _as(reference: DriftSide, current: DriftSide, name: str, kind: Kind) -> ColumnDrift:
    """Compare as the configuration says."""
    profile_kind = reference.profile.columns[name].kind if reference.profile is not None else kind
    if profile_kind not in (kind, None):
        msg = f"drift.kinds: the profile {reference.table.name} holds column {name!r} as {profile_kind}"
        raise DataError(msg, hint=f"write it again with --kind {name}={kind}")
    if kind != "categorical":
        for table_side in (reference, current):
            stored = table_side.table.kinds[name]
            if not comparable(kind, stored):
                msg = f"drift.kinds: column {name!r} of {table_side.table.name} cannot be compared as {kind}"
                raise DataError(msg, hint=f"it is stored as {stored}")
    return columns.compare(
        kind,
        read(reference, name, kind)[1],
        read(current, name, kind)[1],
        profile=_is_profile(reference),
    )


def _alone(table_side: DriftSide, name: str, *, vanished: bool) -> ColumnDrift:
    """Return the comparison of a column that only one side has."""
    rows = table_side.table.rows
    return ColumnDrift(
        kind=_NAMES.get(table_side.table.kinds[name]),
        change="vanished" if vanished else "new",
        n=(rows, 0) if vanished else (0, rows),
    )


def _retyped(reference: DriftSide, current: DriftSide, name: str, kind: Kind) -> ColumnDrift:
    return ColumnDrift(
        kind=_NAMES.get(current.table.kinds[name]),
        was=kind,
        change="retyped",
        n=(reference.table.rows, current.table.rows),
    )
