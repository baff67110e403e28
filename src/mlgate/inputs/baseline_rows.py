"""rows.parquet: what a baseline keeps of each row, so that later models can be paired with it.

A row is the keyed hash of its id, the prediction, the score, and 32 bits of a keyed hash of id and
label, and of id and each value that weighs, clusters, orders or groups it; rows are sorted by the
id's hash; of numbers that a judge gave also those of a human. Features, groups and ids are not kept. With a salt (which
is in the file) hashes are pseudonyms: whoever can guess an id can find its row, and whoever
knows the classes can find each row's, since there are few to try. With a secret key nobody can
without it. Files of earlier versions hold no hash of each label, only one digest over all, or none
of those other columns.

The same rows give the same bytes. What is read comes from a store that others can write to, so
nothing in it is believed: sizes are capped and every value is checked.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from mlgate.errors import DataError
from mlgate.files import write_atomic
from mlgate.inputs import row_columns, row_hashes, row_ids, row_labels
from mlgate.inputs.column_form import FORM
from mlgate.inputs.parquet_files import parquet_of
from mlgate.inputs.reading_errors import DAMAGED
from mlgate.inputs.row_columns import KeptColumns
from mlgate.inputs.sources import connect, describe_parquet, parquet_note, place
from mlgate.model.base import Frozen
from mlgate.model.metrics import Task
from mlgate.run_dir import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.predictions import Candidate
    from mlgate.inputs.sources import Source
    from mlgate.model.rows import Rows

MAX_FILE: Final = 1 << 30
"""Bytes of a file that is read."""
MAX_ROWS: Final = 50_000_000
MAX_UNPACKED: Final = 4 << 30
"""Bytes of its columns in memory."""
_META: Final = "mlgate"
_PREFIX: Final = "value:"
_LABEL: Final = "label"
_COLUMN: Final = "column:"
_PLACE: Final = "place:"
_FAILED: Final = "failed"
_HUMAN: Final = "human:"
_KEPT: Final = ("INTEGER", "UINTEGER", "FLOAT", "DOUBLE")
"""DuckDB's types of the columns beside the id."""

Name = Annotated[str, Field(max_length=1000)]
Setting = Annotated[str, Field(max_length=100_000)]
"""A column's name, or an expression over columns."""
Step = Annotated[float, Field(gt=0)]
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$", max_length=128)]


class SaltKey(Frozen):
    """The hashes' key is a random salt, kept here."""

    source: Literal["salt"] = "salt"
    salt: Hex


class EnvKey(Frozen):
    """The hashes' key is a secret in the environment; only its fingerprint is kept."""

    source: Literal["env"] = "env"
    name: Name
    fingerprint: Hex


class Meta(Frozen):
    """What rows.parquet says of itself, as JSON in the file's metadata."""

    schema_version: Literal[1] = Field(1, alias="schema")
    task: Task
    classes: Annotated[tuple[Name, ...], Field(max_length=2000)] = ()
    positive: Annotated[int, Field(ge=0, le=1)] | None = None
    n: Annotated[int, Field(ge=1, le=MAX_ROWS)]
    key: Annotated[SaltKey | EnvKey, Field(discriminator="source")]
    labels_digest: Hex
    label_step: Step | None = None
    """What labels that are numbers were rounded to before they were hashed."""
    zeros: bool = False
    """Whether labels that are 0 are told from all others, however small those are."""
    form: Literal[1, 2] = 1
    """The version of the canonical texts of ids and labels; see `column_form`."""
    reads: Annotated[dict[Setting, tuple[Setting, ...]], Field(max_length=10_000)] | None = None
    """The columns that each setting read; None in files of earlier versions."""
    steps: dict[Setting, Step | None] = {}
    """What the numbers of each column were rounded to; null where its exact values were hashed."""
    places: Annotated[tuple[Setting, ...], Field(max_length=10_000)] = ()
    """The settings of which the file holds where they put each row."""
    judges: Annotated[dict[Name, tuple[Name, ...]], Field(max_length=1000)] = {}
    """Which judges gave a column of numbers, by column, where a setting says so."""


@dataclass(frozen=True, slots=True)
class BaselineRows:
    """A baseline's rows, sorted by hash.

    Attributes
    ----------
    hashes
        Shape (n, 2), see `ids`.
    prediction
        Shape (n,): indices into `meta.classes` (int32), or float64.
    score
        None, shape (n,), or (n, classes).
    values
        The user's own numbers, shape (n,) each.
    labels
        32 bits of a hash of each row's id and label, shape (n,); None in files of earlier versions.
    columns
        Likewise of what weighs, clusters, orders and groups the rows.
    failed
        The rows whose sample failed, shape (n,); None where none did.
    human
        A human's numbers by the judge's column, shape (n,) each, NaN where there is none.
    """

    meta: Meta
    hashes: NDArray[np.uint64]
    prediction: NDArray[Any]
    score: NDArray[np.float64] | None
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    labels: NDArray[np.uint32] | None = None
    columns: KeptColumns | None = None
    failed: NDArray[np.bool_] | None = None
    human: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return self.meta.n


def fingerprint(key: bytes) -> str:
    """Return 64 bits that tell keys apart and do not give them away."""
    return hmac.digest(key, b"mlgate id key", "sha256")[:8].hex()


def key_of(meta: Meta, secret: bytes | None) -> bytes | None:
    """Return the key that hashed a baseline's ids; None where it was a secret not known here.

    Parameters
    ----------
    secret
        The value of `baseline.id_key`, where it is set.
    """
    if isinstance(meta.key, SaltKey):
        return bytes.fromhex(meta.key.salt)
    if secret is not None and hmac.compare_digest(fingerprint(secret), meta.key.fingerprint):
        return secret
    return None


def labels_digest(rows: Rows, hashes: NDArray[np.uint64], key: bytes) -> str:
    """Return HMAC-SHA-256 of the (id hash, label) pairs, whatever the order of rows.

    Labels enter as their text, so that the digest does not depend on which other classes are
    known to the rows.
    """
    import numpy as np

    by = row_ids.order(hashes)
    labels = rows.y_true[by]
    if rows.unlabelled is not None:
        labels = np.where(rows.unlabelled[by], -1, labels)
    names: list[str] = []
    if not rows.classes:
        data = (labels + 0.0).astype("<f8").tobytes()  # −0.0 + 0.0 is 0.0
    else:
        present, codes = np.unique(labels, return_inverse=True)
        names = ["" if code < 0 else rows.classes[code] for code in present]
        data = codes.astype("<i4").tobytes()
    hashed = hmac.new(key, b"mlgate labels\0", hashlib.sha256)
    for part in (json.dumps(names).encode(), row_ids.to_bytes(hashes[by]), data):
        hashed.update(len(part).to_bytes(8, "big") + part)
    return hashed.hexdigest()


def write_rows(path: Path, candidate: Candidate, *, key: bytes, key_name: str | None) -> None:
    """Write rows.parquet.

    Parameters
    ----------
    candidate
        Predictions with row_ids.
    key
        What hashes the ids: a salt, or the secret called `key_name`.
    key_name
        The environment variable of the secret; None for a salt.
    """
    write_atomic(path, rows_bytes(candidate, key=key, key_name=key_name))


def rows_bytes(candidate: Candidate, *, key: bytes, key_name: str | None) -> bytes:
    """Return the bytes of rows.parquet; see `write_rows`."""
    rows, hashes = candidate.rows, candidate.hashes(key)
    source = SaltKey(salt=key.hex())
    meta = Meta(
        task=rows.task,
        classes=rows.classes,
        positive=rows.positive,
        n=len(rows),
        key=source if key_name is None else EnvKey(name=key_name, fingerprint=fingerprint(key)),
        labels_digest=labels_digest(rows, hashes, key),
        label_step=None if rows.classes else row_hashes.step_of(rows.y_true),
        zeros=True,
        form=FORM,
        reads=dict(candidate.columns.reads),
        steps={name: column.step for name, column in candidate.columns.columns.items()},
        places=tuple(candidate.columns.places),
        judges={name: judged.names for name, judged in rows.judged.items() if judged.names},
    )
    hashed = {_LABEL: row_labels.hash_labels(rows, hashes, key, meta.label_step)}
    for name, column in candidate.columns.columns.items():
        hashed[_COLUMN + name] = column.hashes(name, hashes, key)
    for text, places in candidate.columns.places.items():
        hashed[_PLACE + text] = row_columns.hash_places(places, text, hashes, key)
    return parquet_of(_columns(rows, hashes, hashed), {_META: meta.model_dump_json()})


def test_set(candidate: Candidate, key: bytes) -> str:
    """Return the digest that names a test set: its labels by id, or by place where there are no ids."""
    import numpy as np

    if candidate.ids is not None:
        return labels_digest(candidate.rows, candidate.hashes(key), key)
    place = np.arange(len(candidate.rows), dtype=np.uint64)
    return labels_digest(candidate.rows, np.column_stack([np.zeros_like(place), place]), key)


def _columns(
    rows: Rows, hashes: NDArray[np.uint64], hashed: Mapping[str, NDArray[np.uint32]]
) -> dict[str, NDArray[Any]]:
    """Return the columns of the file, sorted by hash."""
    by = row_ids.order(hashes)
    columns = {"id": hashes[by], "prediction": _brief(rows.y_pred[by])}
    columns |= {name: hashes_[by] for name, hashes_ in hashed.items()}
    if rows.score is not None and rows.score.ndim == 1:
        columns["score"] = _brief(rows.score[by])
    elif rows.score is not None:
        for i in range(rows.score.shape[1]):
            columns[f"score:{i}"] = _brief(rows.score[by, i])
    for name, value in rows.values.items():
        columns[_PREFIX + name] = _brief(value[by])
    for name, judged in rows.judged.items():
        if judged.human is not None:
            columns[_HUMAN + name] = _brief(judged.human[by])
    if rows.failed is not None:
        columns[_FAILED] = rows.failed[by].astype("uint32")
    return columns


def _brief(values: NDArray[Any]) -> NDArray[Any]:
    """Return floats in single precision where that loses nothing."""
    import numpy as np

    if values.dtype != np.float64:
        return values
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    return single if np.array_equal(single.astype(np.float64), values) else values


def read_rows(source: bytes | Path) -> BaselineRows:
    """Read rows.parquet.

    Raises
    ------
    DataError
        When anything in it is not as `write_rows` writes it.
    """
    import duckdb

    name = ROWS if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else _capped(source)
        return _read(data)
    except (ValueError, OSError, duckdb.Error, ValidationError) as error:
        first = " · ".join(line.strip() for line in str(error).splitlines()[:3])
        why = DAMAGED if isinstance(error, duckdb.Error) else first
        msg = f"{name} is not a file that mlgate wrote: {why}"
        raise DataError(msg, hint="save the baseline again: mlgate baseline save") from None


def without(data: bytes, hashes: NDArray[np.uint64]) -> tuple[bytes | None, int]:
    """Return rows.parquet without the rows of some hashed ids, and how many they were.

    The digest of labels, which names the test set that was measured, stays. Without any row left there is no file.

    Raises `DataError` as `read_rows` does.
    """
    import numpy as np

    read_rows(data)  # all of it is as it was written
    with TemporaryDirectory(prefix="mlgate-") as folder:
        path = Path(folder) / ROWS
        path.write_bytes(data)
        connection = connect([path])
        try:
            source = describe_parquet(connection, path, ROWS)
            meta = Meta.from_json(parquet_note(connection, path, _META) or b"")
            table = _unpacked(connection, source, path)
        finally:
            connection.close()
    ids = np.column_stack([table.pop("high"), table.pop("low")]).astype(np.uint64)
    gone, _ = row_ids.match(ids, np.unique(hashes, axis=0))
    if len(gone) in (0, meta.n):
        return (None if len(gone) else data), len(gone)
    left = np.delete(np.arange(meta.n), gone)
    columns = {
        name: np.ma.filled(column, np.nan) if np.ma.is_masked(column) else np.asarray(column)
        for name, column in table.items()
    }
    kept = {name: column[left] for name, column in columns.items()}
    note = meta.model_copy(update={"n": len(left)}).model_dump_json()
    return parquet_of({"id": ids[left], **kept}, {_META: note}), len(gone)


def _capped(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        msg = f"it has more than {MAX_FILE:,} bytes"
        raise ValueError(msg)
    return data


def _read(data: bytes) -> BaselineRows:
    with TemporaryDirectory(prefix="mlgate-") as folder:
        path = Path(folder) / ROWS
        path.write_bytes(data)
        connection = connect([path])
        try:
            return _checked(connection, path)
        finally:
            connection.close()


def _checked(connection: duckdb.DuckDBPyConnection, path: Path) -> BaselineRows:
    import numpy as np

    source = describe_parquet(connection, path, ROWS)
    text = parquet_note(connection, path, _META)
    _require(text is not None, "it does not say what it holds")
    meta = Meta.from_json(text or b"")
    names = list(source.types)
    [[n]] = connection.execute(f"SELECT count(*) FROM {source.relation}").fetchall()
    _require(n == meta.n, "the number of rows differs from its metadata")
    _require(names[:2] == ["id", "prediction"], "its columns are not those of kept rows")
    _require(meta.n * len(names) * 8 <= MAX_UNPACKED, "it is too large")
    _check_meta(meta)
    scores = [column for column in names if column == "score" or column.startswith("score:")]
    values = [column for column in names[2:] if column.startswith(_PREFIX)]
    hashed = [_LABEL] if _LABEL in names else []
    hashed += [_COLUMN + name for name in meta.steps] + [_PLACE + text for text in meta.places]
    looked = [column for column in names[2:] if column.startswith(_HUMAN)]
    flags = [_FAILED] if _FAILED in names else []
    expected = [*hashed, *scores, *values, *looked, *flags]
    _require(names[2:] == expected, "it has columns that are not kept")
    table = _unpacked(connection, source, path)
    hashes = np.column_stack([table.pop("high"), table.pop("low")])
    _require(
        len(hashes) == meta.n and row_ids.ascending(hashes), "its ids are not sorted and unique"
    )
    prediction = _numbers(table["prediction"], np.int32 if meta.classes else np.float64)
    if meta.classes:
        valid = (prediction >= 0) & (prediction < len(meta.classes))
        _require(bool(valid.all()), "it has predictions of an unknown class")
    own = {c.removeprefix(_PREFIX): _numbers(table[c], np.float64) for c in values}
    rounded = bool(meta.classes) or meta.label_step is not None
    _require(_LABEL not in hashed or rounded, "it does not say how its labels were rounded")
    kept = {name: _numbers(table[name], np.uint32) for name in hashed}
    labels, score = kept.pop(_LABEL, None), _score(table, scores, meta)
    columns = None
    if meta.reads is not None:
        beside = {name: kept[_COLUMN + name] for name in meta.steps}
        places = {text: kept[_PLACE + text] for text in meta.places}
        columns = KeptColumns(meta.reads, meta.steps, beside, places)
    failed = [_numbers(table[name], np.uint32) for name in flags]
    _require(all(bool((column <= 1).all()) for column in failed), "it has rows that half failed")
    flagged = failed[0].astype(np.bool_) if failed else None
    human = {c.removeprefix(_HUMAN): _numbers(table[c], np.float64, missing=True) for c in looked}
    return BaselineRows(meta, hashes, prediction, score, own, labels, columns, flagged, human)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _check_meta(meta: Meta) -> None:
    numeric = meta.task in ("regression", "scores")
    _require(numeric == (not meta.classes), "its classes do not fit its task")
    _require(len(set(meta.classes)) == len(meta.classes), "a class appears twice")
    binary = meta.task == "binary"
    _require(binary == (meta.positive is not None), "its positive class does not fit its task")
    _require(not binary or len(meta.classes) == 2, "its classes do not fit its task")
    _require(meta.label_step is None or not meta.classes, "its classes are no numbers")
    read = {name for names in (meta.reads or {}).values() for name in names}
    _require(read == set(meta.steps), "its columns are not those that its settings read")


def _unpacked(
    connection: duckdb.DuckDBPyConnection, source: Source, path: Path
) -> dict[str, NDArray[Any]]:
    """Return the columns; `high` and `low` are the halves of the ids."""
    import numpy as np

    query = f"SELECT type, type_length FROM parquet_schema({place(path)}) WHERE name = 'id'"
    stored = [(str(kind), str(size)) for kind, size in connection.execute(query).fetchall()]
    _require(stored == [("FIXED_LEN_BYTE_ARRAY", "16")], "its ids are not hashes")
    types = {name: kind for name, kind in source.types.items() if name != "id"}
    for kind in types.values():
        _require(kind in _KEPT, f"a column is of type {kind}")
    number = f"{source.fields['id']}::BLOB::BIT::UHUGEINT"
    fields = {"high": f"{number} >> 64", "low": f"{number} & {(1 << 64) - 1}"}
    halves = [f"CAST({field} AS UBIGINT) AS {name}" for name, field in fields.items()]
    beside = [f"{source.fields[name]} AS c{i}" for i, name in enumerate(types)]
    relation = connection.sql(f"SELECT {', '.join(halves + beside)} FROM {source.relation}")
    columns = relation.fetchnumpy()
    _require(not np.ma.is_masked(columns["high"]), "it has missing ids")
    return dict(zip([*fields, *types], columns.values(), strict=True))


def _numbers(column: NDArray[Any], kind: Any, *, missing: bool = False) -> NDArray[Any]:
    """Return a column of numbers that is neither missing nor infinite anywhere, nor NaN unless `missing`."""
    import numpy as np

    allowed = (np.float32, np.float64) if kind is np.float64 else (kind,)
    _require(column.dtype.type in allowed, f"a column is of type {column.dtype}")
    _require(missing or not np.ma.is_masked(column), "it has missing values")
    numbers = np.ma.filled(column.astype(kind), np.nan) if missing else np.asarray(column, kind)
    usable = ~np.isinf(numbers) if missing else np.isfinite(numbers)
    _require(bool(usable.all()), "it has numbers that are not finite")
    return numbers


def _score(
    table: Mapping[str, NDArray[Any]], names: list[str], meta: Meta
) -> NDArray[np.float64] | None:
    import numpy as np

    if not names:
        return None
    expected = (
        ["score"] if meta.task == "binary" else [f"score:{i}" for i in range(len(meta.classes))]
    )
    _require(names == expected, "its scores do not fit its classes")
    columns = [_numbers(table[name], np.float64) for name in names]
    inside = all(bool(((c >= 0) & (c <= 1)).all()) for c in columns)
    _require(inside, "it has scores outside [0, 1]")
    return columns[0] if meta.task == "binary" else np.column_stack(columns)
