"""A table in Parquet files, read one column at a time into NumPy arrays.

Buffers are looked at directly: pyarrow's `to_numpy` and its scalars import pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError, nearest
from mlgate.inputs.reading_errors import unreadable
from mlgate.model.table import CodedColumn
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.table import Stored

BATCH: Final = 1 << 20
"""Rows that are decoded at a time."""
WORDS_FROM: Final = 100_000
"""Rows of a text column whose words are counted."""
_WORDS: Final = {
    "integer": "whole numbers",
    "float": "numbers",
    "boolean": "true and false",
    "datetime": "dates",
    "text": "text",
    "null": "nothing but missing values",
    "other": "nested values",
}
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """Some Parquet files of the same columns; see `ColumnTable`.

    Attributes
    ----------
    files
        Open `pyarrow.parquet.ParquetFile`s, strings read as dictionaries.
    parts
        What each file is called in messages.
    """

    name: str
    files: Sequence[Any]
    parts: Sequence[str]
    kinds: Mapping[str, Stored]

    @property
    def rows(self) -> int:
        """The number of rows of all files."""
        return sum(file.metadata.num_rows for file in self.files)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where missing; text that is no number is missing."""
        import numpy as np

        self._require(column)
        numbers = np.empty(self.rows)
        start = 0
        for chunk in self._chunks(column):
            _fill(numbers[start : start + len(chunk)], chunk)
            start += len(chunk)
        return numbers

    def coded(self, column: str) -> CodedColumn:
        """Return a column's levels."""
        import numpy as np

        self._require(column)
        codes = np.empty(self.rows, dtype=np.int32)
        place: dict[str, int] = {}
        start = 0
        for chunk in self._chunks(column):
            levels, local = _levels(chunk)
            places = [place.setdefault(level, len(place)) for level in levels]
            remap = np.array([*places, -1], dtype=np.int32)
            codes[start : start + len(chunk)] = remap[local]
            start += len(chunk)
        return CodedColumn(tuple(place), codes)

    def repeats(self, column: str) -> bool:
        """Decide by the first rows of a long table whether values come again."""
        if self.rows <= BATCH:
            return True
        levels, codes = _levels(next(self._chunks(column)))
        return len(levels) <= len(codes) / 2

    def texts(self, column: str) -> tuple[NDArray[np.float64], Mapping[str, int], int]:
        """Return a column of text by its lengths and by the words of some of its rows."""
        import numpy as np

        self._require(column)
        lengths = np.empty(self.rows)
        words: dict[str, int] = {}
        step = max(1, self.rows // WORDS_FROM)
        start = looked = 0
        for chunk in self._chunks(column):
            levels, local = _levels(chunk)
            sizes = np.array([float(len(level)) for level in levels] + [np.nan])
            lengths[start : start + len(chunk)] = sizes[local]
            some = local[(-start) % step :: step]
            looked += int((some >= 0).sum())
            for code in some[some >= 0].tolist():
                for word in set(levels[code].lower().split()):
                    words[word] = words.get(word, 0) + 1
            start += len(chunk)
        return lengths, words, looked

    def _chunks(self, column: str) -> Iterator[Any]:
        import pyarrow as pa

        for file, part in zip(self.files, self.parts, strict=True):
            try:
                for batch in file.iter_batches(batch_size=BATCH, columns=[column]):
                    yield batch.column(0)
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                raise unreadable(f"{part}: column {column!r}", error) from None

    def _require(self, column: str) -> None:
        if column not in self.kinds:
            close = nearest(column, self.kinds)
            listed = first_of(self.kinds, 30)
            msg = f"{self.name} has no column {column!r}; it has {listed}"
            unquoted = f"{self.name} has no column {column!r}"
            raise DataError(
                msg, hint=f"did you mean {close!r}?" if close else None, unquoted=unquoted
            )


def open_parquet(sources: Sequence[Any], parts: Sequence[str], name: str) -> ParquetTable:
    """Open files of the same columns.

    Parameters
    ----------
    sources
        Paths, or open binary files.
    parts
        What each is called in messages.

    Raises
    ------
    DataError
        When one cannot be read, when they differ in columns or in what a column holds, and
        where there is no row or no column at all.
    """
    files = [_open(source, part) for source, part in zip(sources, parts, strict=True)]
    kinds: dict[str, Stored] = {}
    for file, part in zip(files, parts, strict=True):
        here = {field.name: _stored(field.type) for field in file.schema_arrow}
        kinds = _joined(kinds, here, parts[0], part) if kinds else here
    table = ParquetTable(name, files, parts, kinds)
    if not kinds or table.rows == 0:
        msg = f"{name} has no {'rows' if kinds else 'columns'}"
        raise DataError(msg, hint="is it the right file, and was it written to its end?")
    return table


def _open(source: Any, part: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(source)
        text = [
            f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)
        ]
        twice = {f.name for f in schema if schema.names.count(f.name) > 1}
        if twice:
            raise DataError(f"{part} has more than one column named {min(twice)!r}")
        return pq.ParquetFile(source, read_dictionary=text)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(part, error) from None


def _joined(
    kinds: Mapping[str, Stored], here: Mapping[str, Stored], first: str, part: str
) -> dict[str, Stored]:
    """Return the kinds that fit both files."""
    if kinds.keys() != here.keys():
        name = min(kinds.keys() ^ here.keys())
        without, other = (part, first) if name in kinds else (first, part)
        raise DataError(f"{without} has no column {name!r}, which {other} has")
    return {name: _common(name, kinds[name], here[name], first, part) for name in kinds}


def _common(name: str, kind: Stored, other: Stored, first: str, part: str) -> Stored:
    if other in (kind, "null"):
        return kind
    if kind == "null":
        return other
    if {kind, other} == {"integer", "float"}:
        return "float"
    msg = f"column {name!r} holds {_WORDS[kind]} in {first} and {_WORDS[other]} in {part}"
    raise DataError(msg, hint="write all files in one form")


def _stored(kind: Any) -> Stored:
    import pyarrow as pa

    t = pa.types
    if t.is_dictionary(kind):
        return _stored(kind.value_type)
    for test, name in (
        (t.is_integer, "integer"), (t.is_floating, "float"), (t.is_decimal, "float"),
        (t.is_boolean, "boolean"), (t.is_timestamp, "datetime"), (t.is_date, "datetime"),
        (t.is_string, "text"), (t.is_large_string, "text"), (t.is_null, "null"),
    ):  # fmt: skip
        if test(kind):
            return name  # type: ignore[return-value]
    return "other"


def _valid(chunk: Any) -> NDArray[np.bool_] | None:
    """Return which rows have a value; None where all have."""
    import numpy as np

    bits = chunk.buffers()[0]
    if chunk.null_count == 0 or bits is None:
        return None
    packed = np.frombuffer(bits, dtype=np.uint8)
    bits = np.unpackbits(packed, count=chunk.offset + len(chunk), bitorder="little")
    return bits[chunk.offset :].astype(bool)


def _fill(numbers: NDArray[np.float64], chunk: Any) -> None:
    """Write an Arrow array into `numbers`, NaN where missing."""
    import numpy as np
    import pyarrow as pa

    kind = chunk.type
    if pa.types.is_null(kind):
        numbers[:] = np.nan
        return
    if pa.types.is_dictionary(kind):
        levels, codes = _levels(chunk)
        numbers[:] = np.array([*map(_number, levels), np.nan])[codes]
        return
    if pa.types.is_decimal(kind):
        chunk = chunk.cast(pa.float64())
    numbers[:], scale = _raw(chunk)
    if scale != 1:
        numbers *= scale
    valid = _valid(chunk)
    if valid is not None:
        numbers[~valid] = np.nan


def _raw(chunk: Any) -> tuple[NDArray[Any], float]:
    """Return the values of a primitive array without a copy, and their unit in seconds or 1."""
    import numpy as np
    import pyarrow as pa

    kind, data = chunk.type, chunk.buffers()[1]
    stop = chunk.offset + len(chunk)
    if pa.types.is_boolean(kind):
        bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8), count=stop, bitorder="little")
        return bits[chunk.offset :], 1.0
    if pa.types.is_timestamp(kind):
        return np.frombuffer(data, dtype=np.int64)[chunk.offset : stop], _SECONDS[kind.unit]
    if pa.types.is_date32(kind):
        return np.frombuffer(data, dtype=np.int32)[chunk.offset : stop], 86400.0
    if pa.types.is_date64(kind):
        return np.frombuffer(data, dtype=np.int64)[chunk.offset : stop], 1e-3
    letter = "f" if pa.types.is_floating(kind) else "u" if str(kind).startswith("u") else "i"
    dtype = np.dtype(f"{letter}{kind.bit_width // 8}")
    return np.frombuffer(data, dtype=dtype)[chunk.offset : stop], 1.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _levels(chunk: Any) -> tuple[list[str], NDArray[Any]]:
    """Return an Arrow array's distinct texts, and the index of each row; −1 where missing."""
    import numpy as np
    import pyarrow as pa

    kind = chunk.type
    if pa.types.is_null(kind):
        return [], np.full(len(chunk), -1, dtype=np.int32)
    if not pa.types.is_dictionary(kind):
        if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
            return _number_levels(chunk)
        chunk = chunk.dictionary_encode()
    elif not pa.types.is_string(kind.value_type) and not pa.types.is_large_string(kind.value_type):
        return _levels(chunk.dictionary_decode())
    codes = _raw(chunk.indices)[0].astype(np.int32)
    valid = _valid(chunk.indices)
    if valid is not None:
        codes[~valid] = -1
    levels = chunk.dictionary.to_pylist()
    if None in levels:
        codes[codes == levels.index(None)] = -1
    return ["" if level is None else level for level in levels], codes


def _number_levels(chunk: Any) -> tuple[list[str], NDArray[Any]]:
    """Return the canonical texts of numbers: `7` for 7 and 7.0; `true` and `false`."""
    import numpy as np
    import pyarrow as pa

    values = np.empty(len(chunk))
    _fill(values, chunk)
    distinct, codes = np.unique(values, return_inverse=True)
    codes = codes.astype(np.int32)
    codes[np.isnan(values)] = -1
    if pa.types.is_boolean(chunk.type):
        return [("true" if value else "false") for value in distinct.tolist()], codes
    return [_number_text(value) for value in distinct.tolist()], codes


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
