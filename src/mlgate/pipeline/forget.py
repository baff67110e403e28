"""`mlgate baseline forget`: take rows out of all kept baselines, by id."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlgate.errors import UsageError
from mlgate.inputs import baseline_rows, row_ids
from mlgate.inputs.tables import read_columns
from mlgate.pipeline.baselines.choice import StoredBaselines
from mlgate.pipeline.prepare import prepare
from mlgate.run_dir import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from mlgate.pipeline.context import Context
    from mlgate.stores.stored_baseline import StoredBaseline


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was done.

    Attributes
    ----------
    ids
        How many were asked for.
    rows
        How many rows were taken out, by commit.
    sketches
        The commits whose sample of the training data was dropped.
    """

    ids: int
    rows: dict[str, int] = field(default_factory=dict)
    sketches: tuple[str, ...] = ()


def forget(context: Context, path: Path, *, push: bool) -> Forgotten:
    """Rewrite each kept baseline without the rows of some ids.

    Metrics, which are of all rows together, stay as they were measured. A sample of the training data
    (`baseline.sketch`) is dropped as a whole, since its rows have ids of their own.

    Parameters
    ----------
    path
        A table with the columns of `predictions.id`.

    Raises
    ------
    UsageError
        When rows have no ids, or were hashed with a secret that is not known here: nothing is rewritten then.
    DataError
        When the table cannot be read.
    StoreError
        When the store cannot be read or written; what was rewritten by then stays so.
    """
    prepared = prepare(context)
    config = prepared.judges[0].config
    section = config.predictions
    if section is None or section.id is None:
        msg = "mlgate.yaml names no predictions.id, so baselines keep no row by its id"
        raise UsageError(msg, hint="there is nothing to forget")
    columns = (section.id,) if isinstance(section.id, str) else section.id
    with read_columns([context.cwd / path], dict.fromkeys(columns, "--ids"), context.cwd) as table:
        ids = table.ids(columns)
    key = config.baseline.id_key
    secret = prepared.references.expand(key, "baseline.id_key").encode() if key else None
    stored = StoredBaselines(prepared, config)
    planned = [(baseline, *_left(stored, baseline, ids, secret)) for baseline in stored.baselines]
    done = Forgotten(len(ids))
    for baseline, files, gone, sampled in planned:
        if not gone and not sampled:
            continue
        # The same time: what may be an anchor, and for how long, does not change.
        stored.store.save(baseline.commit, files, baseline.created, push=push)
        rows = {**done.rows, baseline.commit: gone} if gone else done.rows
        sketches = (*done.sketches, baseline.commit) if sampled else done.sketches
        done = Forgotten(len(ids), rows, sketches)
    return done


def _left(
    stored: StoredBaselines, baseline: StoredBaseline, ids: NDArray[Any], secret: bytes | None
) -> tuple[dict[str, bytes], int, bool]:
    """Return what stays of a baseline, how many rows went, and whether a sample did."""
    read = dict(stored.store.read(baseline))
    files = {name: _without_sketch(name, content) for name, content in read.items()}
    data, gone = stored.store.read_rows(baseline), 0
    if data is not None:
        key = baseline_rows.key_of(baseline_rows.read_rows(data).meta, secret)
        if key is None:
            msg = f"the rows of {baseline.commit[:9]} were hashed with a secret that is not known here"
            hint = "set the variable of baseline.id_key to the value that it had then"
            raise UsageError(msg, hint=hint)
        left, gone = baseline_rows.without(data, row_ids.hash_ids(map(str, ids), key))
        if gone:
            files = {name: _with_forgotten(name, content, gone) for name, content in files.items()}
        files |= {} if left is None else {ROWS: left}
    return files, gone, _changed(read, files)


def _changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bool:
    return any(after[name] != content for name, content in before.items())


def _without_sketch(name: str, content: bytes) -> bytes:
    """Return a file of evidence without its sample of rows."""
    if not name.endswith("/data_diff.json"):
        return content
    record = json.loads(content)
    return content if record.get("sketch") is None else _written(record | {"sketch": None})


def _with_forgotten(name: str, content: bytes, gone: int) -> bytes:
    """Return a file of evidence that says how many rows are kept no more."""
    if not name.endswith("/compare.json"):
        return content
    record = json.loads(content)
    return _written(record | {"forgotten": (record.get("forgotten") or 0) + gone})


def _written(record: dict[str, object]) -> bytes:
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode()
