"""`data_diff`: rows and columns that were added, removed and changed since main's model was trained.

Compared with the data themselves where they can be had, everything is counted. Where only a sample was
kept, shares of rows are estimated, with bounds: `stats.row_sketch` has the formulas.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from mlgate.checks.data_diff.evidence import DataDiffEvidence
from mlgate.checks.data_diff.section import OF_COLUMNS, OF_ROWS, DataDiffSection, table
from mlgate.config import describe_place, leads_out
from mlgate.errors import DataError
from mlgate.metrics.table_hashes import hashes
from mlgate.model.base import Frozen
from mlgate.model.evidence import Absent, Measurement, Note
from mlgate.model.table import is_index
from mlgate.model.table_diff import KeptSketch, TableDiff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.config import Config
    from mlgate.model.inputs import EarlierEvidence, Inputs
    from mlgate.model.table import ColumnTable
    from mlgate.stats.row_sketch import RowSketch

SUMMARY: Final = "How the training data differ from those of main's model: rows and columns."
SIZE: Final = 32_768
"""Bytes of a sketch: 8 a row, and 4 more where rows have an id."""
_TITLES: Final = {
    "rows_added": "the share of rows that are new",
    "rows_removed": "the share of main's rows that are gone",
    "rows_changed": "the share of rows of both that changed",
    "columns_added": "the number of new columns",
    "columns_removed": "the number of columns that are gone",
    "columns_retyped": "the number of columns of another type",
    "columns_changed": "the number of columns with changed values",
}
_KEEP: Final = (
    "keep the data in git, Git LFS or DVC and fetch the earlier version, name it in data_diff.before, or "
    "set baseline.sketch: true, which later runs compare with"
)


class DataDiffParams(Frozen):
    """Everything that `data_diff` depends on beside its inputs."""

    path: str
    key: str
    id: tuple[str, ...] = ()
    before: str | None = None
    sketch: bool = False
    mask: bool = False
    confidence: float = 0.95


def params(config: Config) -> DataDiffParams | None:
    """Return what a configuration asks for; None without a `data_diff` section."""
    section, setting = config.section(DataDiffSection), table(config)
    if section is None or setting is None:
        return None
    hidden = "mask" not in section.model_fields_set and leads_out(setting.path)
    return DataDiffParams(
        path=setting.path,
        key=setting.key,
        id=section.ids,
        before=section.before,
        sketch=config.baseline.sketch,
        mask=section.mask or hidden or config.tables().masked,
        confidence=config.policy.confidence,
    )


def run(inputs: Inputs, params: DataDiffParams) -> DataDiffEvidence:
    """Compare.

    Raises
    ------
    DataError
        When the data cannot be read, or an id does not name single rows.
    """
    diff = inputs.table_diff(params.path, params.key, params.id, params.before)
    sketch = _kept(inputs, params) if params.sketch else None
    if isinstance(diff, Absent):
        return _without_data(inputs, params, diff, sketch)
    main = inputs.reference("main")
    metrics = _metrics(_counts(diff), dict.fromkeys(OF_ROWS), "compared", diff.rows[0])
    refs = {} if isinstance(main, Absent) else {"main": main.ref.model_copy(update={"rows": None})}
    return DataDiffEvidence(
        **_origin(inputs, params),
        metrics=metrics,
        baselines=refs,
        rows=diff.rows,
        diff=_masked(diff) if params.mask else diff,
        sketch=sketch,
    )


def _origin(inputs: Inputs, params: DataDiffParams) -> dict[str, object]:
    return {
        **inputs.stamp.fields(),
        "confidence": params.confidence,
        "inputs": dict(inputs.digests),
        "notes": tuple(inputs.notes),
        "path": describe_place(params.path),
    }


def _counts(diff: TableDiff) -> dict[str, float | None]:
    columns = {key: len(diff.of_state(key.partition("_")[2])) for key in OF_COLUMNS}
    shares = {
        "rows_added": diff.added / diff.rows[1],
        "rows_removed": diff.removed / diff.rows[0],
        "rows_changed": None if diff.changed is None else diff.changed / max(diff.shared, 1),
    }
    if diff.changed is None:
        return {**shares, **columns, "columns_changed": None}
    return {**shares, **columns}


def _metrics(
    values: Mapping[str, float | None],
    bounds: Mapping[str, tuple[float | None, float | None] | None],
    method: str,
    n: int | None,
) -> dict[str, Measurement]:
    return {
        name: _measured(name, value, bounds.get(name), method, n) for name, value in values.items()
    }


def _measured(
    name: str,
    value: float | None,
    bounds: tuple[float | None, float | None] | None,
    method: str,
    n: int | None,
) -> Measurement:
    unknown = "this is not known without data_diff.id, or of a sample of the earlier data"
    return Measurement(
        title=_TITLES[name],
        value=value,
        interval=bounds or (value, value),
        n=n,
        method=method,
        unit="share" if name in OF_ROWS else "number",
        direction="lower",
        untested=unknown if value is None else None,
        role="main" if value is None else None,
    )


def _masked(diff: TableDiff) -> TableDiff:
    hidden = {"mean": (None, None), "moved": None}
    columns = {name: column.model_copy(update=hidden) for name, column in diff.columns.items()}
    return diff.model_copy(update={"columns": columns})


def _without_data(
    inputs: Inputs, params: DataDiffParams, absent: Absent, sketch: KeptSketch | None
) -> DataDiffEvidence:
    """Compare with the sample that the baseline kept, or say why there is nothing to compare with."""
    earlier = inputs.earlier("main", "data_diff")
    kept = None if isinstance(earlier, Absent) else _sketch_of(earlier)
    if not isinstance(earlier, Absent) and kept is not None:
        return _estimated(inputs, params, earlier, kept, sketch)
    if isinstance(earlier, Absent) and absent.kind == "missing" and earlier.kind == "none_yet":
        absent = Absent(kind="none_yet", reason=f"{earlier.reason}, and {absent.reason}")
    elif absent.kind == "missing":
        kept_soon = sketch is not None
        reason = f"{absent.reason}, and the baseline kept no sample of them"
        absent = absent.model_copy(
            update={
                "kind": "none_yet" if kept_soon else "missing",
                "reason": reason,
                "hint": None if kept_soon else absent.hint or _KEEP,
            }
        )
    nothing = dict.fromkeys((*OF_ROWS, *OF_COLUMNS))
    return DataDiffEvidence(
        **_origin(inputs, params),
        metrics=_metrics(nothing, {}, "not measured", None),
        absent={"main": absent},
        sketch=sketch,
    )


# Samples.


def _sketch_of(earlier: EarlierEvidence) -> KeptSketch | None:
    evidence = earlier.evidence
    return evidence.sketch if isinstance(evidence, DataDiffEvidence) else None


def _key(inputs: Inputs) -> tuple[bytes, str]:
    """Return what hashes a sample, and what tells that key from others."""
    if inputs.secret is None:
        msg = "the secret of baseline.id_key, which hashes a sample of the data, is not known here"
        raise DataError(msg, hint="hand it to this job, or set baseline.sketch: false")
    key = hmac.digest(inputs.secret, b"mlgate data sketch", "sha256")
    return key[:16], hashlib.sha256(key).hexdigest()[:16]


def _columns(kinds: Mapping[str, str]) -> list[str]:
    return sorted(name for name, holds in kinds.items() if holds != "other" and not is_index(name))


def _kept(inputs: Inputs, params: DataDiffParams) -> KeptSketch:
    key, name = _key(inputs)
    rows = inputs.table(params.path, params.key)
    columns = _columns(rows.kinds)
    sample = _sample(rows, params.id, columns, key)
    contents = None if sample.contents is None else _packed(sample.contents.astype("<u4").tobytes())
    return KeptSketch(
        key=name,
        id=params.id,
        rows=rows.rows,
        columns={column: rows.kinds[column] for column in columns},
        hashes=_packed(sample.hashes.astype("<u8").tobytes()),
        contents=contents,
    )


def _packed(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _sample(rows: ColumnTable, ids: Sequence[str], columns: Sequence[str], key: bytes) -> RowSketch:
    from mlgate.stats.row_sketch import sketch

    for name in ids:
        if name not in rows.kinds:
            raise DataError(f"data_diff.id: {rows.name} has no column {name!r}")
    whole = hashes(rows, [name for name in columns if name not in ids])
    if not ids:
        return sketch(whole, None, key, SIZE // 8)
    return sketch(hashes(rows, ids), whole, key, SIZE // 12)


def _read(kept: KeptSketch) -> RowSketch:
    import numpy as np

    from mlgate.stats.row_sketch import RowSketch

    hashed = np.frombuffer(base64.b64decode(kept.hashes), "<u8").astype(np.uint64)
    contents = None
    if kept.contents is not None:
        contents = np.frombuffer(base64.b64decode(kept.contents), "<u4").astype(np.uint32)
        if len(contents) != len(hashed):
            raise DataError("the sample of main's data is damaged")
    return RowSketch(kept.rows, hashed, contents)


def _estimated(
    inputs: Inputs,
    params: DataDiffParams,
    earlier: EarlierEvidence,
    kept: KeptSketch,
    sketch: KeptSketch | None,
) -> DataDiffEvidence:
    """Compare with a sample: the columns exactly, the rows by estimates."""
    from mlgate.stats import row_sketch

    key, name = _key(inputs)
    rows = inputs.table(params.path, params.key)
    problem = _incomparable(kept, name, params)
    changes = _column_changes(kept.columns, rows)
    values: dict[str, float | None] = dict.fromkeys(OF_ROWS)
    bounds: dict[str, tuple[float | None, float | None] | None] = {}
    errors: dict[str, float] = {}
    notes = [problem] if problem else []
    sampled = None
    if problem is None and (params.id or not changes["removed"]):
        columns = [column for column in kept.columns if column in rows.kinds]
        sample = _sample(rows, params.id, columns, key)
        diff = row_sketch.compare(_read(kept), sample, params.confidence)
        sampled = diff.added.n
        for metric, estimate, of in (
            ("rows_added", diff.added, rows.rows),
            ("rows_removed", diff.removed, kept.rows),
            ("rows_changed", None if changes["removed"] else diff.changed, 1),
        ):
            if estimate is None or estimate.value is None:
                continue
            low, high = estimate.interval
            values[metric] = estimate.value / of
            bounds[metric] = (
                None if low is None else low / of,
                None if high is None else high / of,
            )
            errors[metric] = diff.errors[metric == "rows_changed"] / of
    if changes["removed"] and problem is None:
        what = "whether rows changed" if params.id else "which rows are the same"
        notes.append(f"Columns are gone, so that a sample of main's data cannot tell {what}.")
    counted = {f"columns_{state}": float(len(names)) for state, names in changes.items()}
    origin = _origin(inputs, params)
    warnings = (Note(level="warning", text=text) for text in notes)
    return DataDiffEvidence(
        **{**origin, "notes": (*inputs.notes, *warnings)},
        metrics=_metrics(values, bounds, row_sketch.METHOD, sampled)
        | _metrics({**counted, "columns_changed": None}, {}, "counted", None),
        baselines={"main": earlier.ref.model_copy(update={"rows": None})},
        rows=(kept.rows, rows.rows),
        sampled=sampled,
        errors=errors,
        columns=changes,
        sketch=sketch,
    )


def _incomparable(kept: KeptSketch, name: str, params: DataDiffParams) -> str | None:
    if kept.key != name:
        return "The sample of main's data was hashed with another secret (baseline.id_key): rows are not compared."
    if kept.id != params.id:
        return "The sample of main's data has rows named by other columns (data_diff.id): rows are not compared."
    return None


def _column_changes(kept: Mapping[str, str], rows: ColumnTable) -> dict[str, tuple[str, ...]]:
    here = _columns(rows.kinds)
    both = [name for name in here if name in kept and "null" not in (kept[name], rows.kinds[name])]
    return {
        "added": tuple(name for name in here if name not in kept),
        "removed": tuple(name for name in kept if name not in here),
        "retyped": tuple(name for name in both if kept[name] != rows.kinds[name]),
    }
