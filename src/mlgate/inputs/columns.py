"""Typed columns of a table in DuckDB's memory, and which cell of them is wrong.

What is needed of the columns (numbers, codes of classes, ids) is computed by DuckDB, so that a
million rows never become a million Python objects, ids excepted.
"""

# ruff: noqa: S608  (names and values in SQL are quoted by `ident` and `literal`)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.inputs import column_form, labels
from mlgate.inputs.sources import ident, literal
from mlgate.model.inputs import LARGEST
from mlgate.text.lists import and_more

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.sources import Kind

MAX_LEVELS: Final = 1000
"""The most classes of a classification; beyond, a column is taken for something else."""
LONGEST_LEVEL: Final = 1000
"""Characters of a class's name."""
CUT: Final = "cut them, such as {age: {column: age, edges: [25, 45, 65]}} or bins: 4"
JOIN: Final = "group them by an expression, such as left(zip, 2)"

_COMMA: Final = r"[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?"
AS_TEXT: Final = "write them as text, such as value.hex()"
HUGE: Final = "write it in another unit, or as missing where it stands for a missing value"
POINT: Final = 'write decimal points, such as df.to_csv(path, decimal=".")'

KINDS: Final[dict[Kind, str]] = {
    "number": "numbers",
    "bool": "true and false",
    "text": "text",
    "cell": "text",
    "list": "lists",
    "json": "values of several types",
    "null": "nothing but missing values",
    "bytes": "bytes",
    "other": "nested values",
}


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column of labels: n indices into its distinct canonical texts.

    `written` are the levels as the file writes them, where they are numbers written as text.
    """

    levels: tuple[str, ...]
    codes: NDArray[np.int32]
    is_bool: bool
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """Some columns of one file or more, n rows in the files' order, held by DuckDB.

    Attributes
    ----------
    kinds
        What each column holds.
    parts
        The name of each file and its first row, counted from 0.
    keys
        Which key of the configuration asked for a column, for messages.
    form
        The version of canonical texts; see `column_form`.
    """

    connection: duckdb.DuckDBPyConnection
    n: int
    kinds: Mapping[str, Kind]
    parts: tuple[tuple[str, int], ...]
    keys: Mapping[str, str]
    form: int = column_form.FORM

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order asked for."""
        return tuple(self.kinds)

    def numbers(self, column: str, *, optional: bool = False) -> NDArray[np.float64]:
        """Return a column of finite numbers, shape (n,); optional ones that are missing are NaN.

        Raises
        ------
        DataError
            When it holds text, infinity, or missing values and NaN where they are not optional:
            with the first such cell.
        """
        import numpy as np

        kind, field = self.kinds[column], self._field(column)
        if kind not in ("number", "bool", "cell", "text", "null"):
            raise self._wrong_kind(column, "numbers")
        as_text = kind in ("cell", "text")
        number = (
            f"TRY_CAST({self._text(column)} AS DOUBLE)" if as_text else f"CAST({field} AS DOUBLE)"
        )
        if not optional:
            self._refuse(column, f"{field} IS NULL", "a missing value")
        if as_text:
            comma = f"bool_and(regexp_full_match({self._text(column)}, '{_COMMA}'))"
            bad = f"{field} IS NOT NULL AND {number} IS NULL"
            commas = self._rows(f"SELECT {comma} FROM rows WHERE {bad}")[0][0]
            what = "text where a number is expected"
            self._refuse(column, bad, what, hint=POINT if commas else None)
        if optional:
            self._refuse(column, f"isinf({number})", "infinity")
            self._refuse_huge(column, f"NOT isnan({number}) AND abs({number})")
            number = f"coalesce({number}, 'nan'::DOUBLE)"
        else:
            self._refuse(column, f"NOT isfinite({number})", "NaN or infinity")
            self._refuse_huge(column, f"abs({number})")
        return np.asarray(self._fetch(number), dtype=np.float64)

    def _refuse_huge(self, column: str, size: str) -> None:
        """Refuse numbers whose powers are no numbers any more."""
        self._refuse(column, f"{size} > {LARGEST}", f"a number beyond ±{LARGEST:g}", hint=HUGE)

    def filled(self, column: str) -> NDArray[np.bool_]:
        """Return the rows in which a column holds something: no empty text, nor 0 or false."""
        import numpy as np

        text = f"trim(lower({self._text(column)}))"
        nothing = "('', 'false', 'none', 'null', 'nan', '0', '0.0')"
        filled = f"{self._field(column)} IS NOT NULL AND {text} NOT IN {nothing}"
        return np.asarray(self._fetch(filled), dtype=np.bool_)

    def text_of(self, column: str, row: int) -> str:
        """Return one cell as text."""
        return str(self._rows(f"SELECT {self._text(column)} FROM rows WHERE rowid = {row}")[0][0])

    def coded(self, column: str, *, optional: bool = False, hint: str | None = None) -> LabelColumn:
        """Return a column of labels as codes; levels are in no particular order.

        Parameters
        ----------
        optional
            Whether labels may be missing: their code is −1.
        hint
            What to do where one is missing and may not be.

        Raises
        ------
        DataError
            For missing values that are not optional, nested values, and more than `MAX_LEVELS` distinct ones.
        """
        import numpy as np

        if self.kinds[column] not in ("number", "bool", "text", "cell", "null"):
            raise self._wrong_kind(column, "labels")
        if not optional:
            self._refuse_missing(column, hint)
        raw = self._distinct(column)
        if not raw:
            return LabelColumn((), np.full(self.n, -1, dtype=np.int32), is_bool=False)
        meaning = self._meaning(column, raw)
        levels = tuple(dict.fromkeys(meaning[text] for text in raw))
        position = {level: code for code, level in enumerate(levels)}
        remap = np.array([*(position[meaning[text]] for text in raw), -1], dtype=np.int32)
        code = f"enum_code(CAST({self._text(column)} AS ENUM({', '.join(map(literal, raw))})))"
        if optional:
            present = f"{self._null_for_nan(column)} IS NOT NULL"
            code = f"coalesce(CASE WHEN {present} THEN CAST({code} AS INTEGER) END, {len(raw)})"
        codes = self._fetch(code)
        is_bool = self.kinds[column] == "bool" or (
            self._untyped(column) and labels.BOOLS.issuperset(levels)
        )
        numeric = self.form > 1 and self._untyped(column) and all(map(labels.is_number, raw))
        written = tuple(raw) if numeric and levels != tuple(raw) else ()
        return LabelColumn(levels, remap[np.asarray(codes, dtype=np.intp)], is_bool, written)

    def respelled(self, column: str) -> bool:
        """Whether canonical texts of a column of labels may differ from what is written."""
        texts = self.kinds[column] in ("cell", "text")
        return texts and not all(map(column_form.plain, self._distinct(column)))

    def groups(self, column: str, most: int) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """Return a column's distinct canonical texts, and n indices into them; −1 is missing.

        NaN is missing as NULL is.

        Raises
        ------
        DataError
            For nested values, and for more than `most` distinct ones.
        """
        import numpy as np

        if self.kinds[column] not in ("number", "bool", "text", "cell", "null"):
            raise self._wrong_kind(column, "groups")
        field, text = self._null_for_nan(column), self._text(column)
        query = f"SELECT DISTINCT {text} FROM rows WHERE {field} IS NOT NULL"
        raw = [str(row[0]) for row in self._rows(f"{query} LIMIT {most + 1}")]
        if len(raw) > most:
            count = self._rows(f"SELECT count(*) FROM ({query})")[0][0]
            msg = f"{self.describe(column)} has {count:,} distinct values, more than {most} groups"
            raise DataError(msg, hint=CUT if self.kinds[column] == "number" else JOIN)
        if not raw:
            return (), np.full(self.n, -1, dtype=np.int32)
        meaning = self._meaning(column, raw)
        levels = tuple(dict.fromkeys(meaning[text] for text in raw))
        remap = np.array([levels.index(meaning[text]) for text in raw] + [-1], dtype=np.int32)
        enum = f"CAST({text} AS ENUM({', '.join(map(literal, raw))}))"
        coded = f"CASE WHEN {field} IS NOT NULL THEN {enum} END"
        codes = self._fetch(f"coalesce(CAST(enum_code({coded}) AS INTEGER), {len(raw)})")
        return levels, remap[np.asarray(codes, dtype=np.intp)]

    def optional_numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column of numbers, shape (n,); missing ones are NaN.

        Raises
        ------
        DataError
            When it holds something else.
        """
        import numpy as np

        if self.kinds[column] not in ("number", "bool", "null"):
            raise self._wrong_kind(column, "numbers")
        number = f"coalesce(CAST({self._field(column)} AS DOUBLE), 'nan'::DOUBLE)"
        return np.asarray(self._fetch(number), dtype=np.float64)

    def codes(self, columns: Sequence[str]) -> NDArray[np.int64]:
        """Return n codes 0 … of the distinct values of one column, or of several together.

        They follow the values' canonical text, so that the rows' order does not matter.

        Raises
        ------
        DataError
            For missing and nested values.
        """
        import numpy as np

        text = self._joined(columns, "groups")
        ranked = f"SELECT rowid AS r, dense_rank() OVER (ORDER BY {text}) - 1 AS x FROM rows"
        fetched = self.connection.execute(f"SELECT x FROM ({ranked}) ORDER BY r").fetchnumpy()
        return np.asarray(fetched["x"], dtype=np.int64)

    def times(self, column: str) -> NDArray[np.float64]:
        """Return a column of times as seconds since 1970 (UTC), or of numbers as they are.

        Raises
        ------
        DataError
            For missing values, and for text that is no time.
        """
        import numpy as np

        field, kind = self._field(column), self.kinds[column]
        self._refuse_missing(column)
        if kind == "number" or (kind == "cell" and self._all_numbers(field)):
            return self.numbers(column)
        if kind not in ("text", "cell"):
            raise self._wrong_kind(column, "times")
        # A time with a zone becomes UTC; one without is taken for UTC.
        self.connection.execute("SET TimeZone = 'UTC'")
        time = f"TRY_CAST({self._text(column)} AS TIMESTAMPTZ)"
        self._refuse(column, f"{time} IS NULL", "something else than a time or a number")
        return np.asarray(self._fetch(f"epoch({time})"), dtype=np.float64)

    def _all_numbers(self, field: str) -> bool:
        query = f"SELECT bool_and(TRY_CAST({field} AS DOUBLE) IS NOT NULL) FROM rows"
        return bool(self._rows(query)[0][0])

    def flags(self, column: str) -> NDArray[np.bool_]:
        """Return a column of true and false, shape (n,); a missing value is false."""
        import numpy as np

        flag = f"coalesce(CAST({self._field(column)} AS BOOLEAN), false)"
        return np.asarray(self._fetch(flag), dtype=np.bool_)

    def words(self, column: str) -> NDArray[np.uint64]:
        """Return 64 bits of the MD5 of each row's canonical text, shape (n,); 0 where it is missing."""
        import numpy as np

        plain = self.kinds[column] in ("number", "bool", "text", "cell", "null")
        text = self._id_text(column) if plain else self._text(column)
        missing = f"{self._null_for_nan(column)} IS NULL"
        hashed = f"CASE WHEN {missing} THEN 0::UBIGINT ELSE md5_number_lower({text}) END"
        return np.asarray(self._fetch(hashed), dtype=np.uint64)

    def lists(self, column: str, width: int) -> NDArray[np.float64]:
        """Return a column of lists of `width` finite numbers, shape (n, width)."""
        import numpy as np

        if self.kinds[column] not in ("list", "cell"):
            raise self._wrong_kind(column, f"lists of {width} numbers")
        items = f"TRY_CAST({self._field(column)} AS DOUBLE[])"
        self._refuse_missing(column)
        self._refuse(column, f"{items} IS NULL", "something else than a list of numbers")
        self._refuse(column, f"len({items}) <> {width}", f"a list that has not {width} numbers")
        bad = f"len(list_filter({items}, lambda x: x IS NULL OR NOT isfinite(x))) > 0"
        self._refuse(column, bad, "a list with NaN, infinity or a missing value")
        self._refuse_huge(column, f"list_max(list_transform({items}, lambda x: abs(x)))")
        flat = self._fetch(f"unnest({items})")
        return np.asarray(flat, dtype=np.float64).reshape(self.n, width)

    def ids(self, columns: Sequence[str]) -> NDArray[Any]:
        """Return the canonical text of each row's id, shape (n,), dtype object.

        Several columns are joined with the length of each, so that different ids stay
        different.

        Raises
        ------
        DataError
            For missing values, for duplicates with an example and their number, and for numbers
            that are too long to be told from their neighbours.
        """
        expression = self._joined(columns, "ids")
        for column in columns:
            self._refuse_rounded(column)
        ids = self._fetch(expression)
        if len(set(ids.tolist())) < self.n:
            raise self._duplicates(columns, expression)
        return ids

    def decomposed(self, columns: Sequence[str]) -> bool:
        """Whether some text is in another Unicode form than NFC: `é` as `e` and an accent."""
        texts = [self._text(name) for name in columns if self.kinds[name] in ("cell", "text")]
        changed = " OR ".join(f"bool_or(nfc_normalize({text}) <> {text})" for text in texts)
        return bool(texts and self._rows(f"SELECT {changed} FROM rows")[0][0])

    def id_text(self, columns: Sequence[str]) -> str:
        """Return the SQL of the canonical text of an id; raises `DataError` for missing values."""
        return self._joined(columns, "ids")

    def _joined(self, columns: Sequence[str], kind: str) -> str:
        """Return the SQL of the canonical text of some columns together; none may be missing."""
        for column in columns:
            if self.kinds[column] not in ("number", "bool", "text", "cell", "null"):
                raise self._wrong_kind(column, kind)
            self._refuse_missing(column)
        texts = [self._id_text(column) for column in columns]
        joined = " || ".join(f"length({text}) || ':' || {text}" for text in texts)
        return texts[0] if len(texts) == 1 else joined

    def place(self, row: int) -> str:
        """Name a row as `file, row 7`: counted from 1, without the header."""
        name, first = next(part for part in reversed(self.parts) if part[1] <= row)
        return f"{name}, row {row - first + 1:,}"

    def describe(self, column: str) -> str:
        """Name a column and the key that asks for it."""
        key = self.keys.get(column)
        return f"column {column!r}" if key is None else f"{key}: column {column!r}"

    def _field(self, column: str) -> str:
        return ident(f"c{self.names.index(column)}")

    def _null_for_nan(self, column: str) -> str:
        """Return the SQL of a column in which NaN is NULL."""
        field = self._field(column)
        if self.kinds[column] != "number":
            return field
        return f"CASE WHEN NOT isnan(CAST({field} AS DOUBLE)) THEN {field} END"

    def _text(self, column: str) -> str:
        return f"CAST({self._field(column)} AS VARCHAR)"

    def _meaning(self, column: str, raw: Sequence[str]) -> dict[str, str]:
        """Return the canonical text of each distinct text of a column."""
        kind = self.kinds[column]
        if kind == "number":
            return {text: labels.number_text(text) for text in raw}
        if kind in ("cell", "text") and self.form > 1:
            return column_form.meaning(raw)
        return column_form.meaning_before(raw, delimited=kind == "cell")

    def _untyped(self, column: str) -> bool:
        """Whether only a column's texts tell what it holds."""
        return self.kinds[column] == "cell" or (self.kinds[column] == "text" and self.form > 1)

    def _distinct(self, column: str) -> list[str]:
        text, present = self._text(column), f"{self._null_for_nan(column)} IS NOT NULL"
        query = f"SELECT DISTINCT {text} FROM rows WHERE {present} LIMIT {MAX_LEVELS + 1}"
        rows = self._rows(query)
        if len(rows) > MAX_LEVELS:
            count = self._rows(f"SELECT count(DISTINCT {text}) FROM rows")[0][0]
            msg = (
                f"{self.describe(column)} has {count:,} distinct values; "
                f"at most {MAX_LEVELS:,} classes are supported"
            )
            raise DataError(msg, hint="is it the right column, or is the task regression?")
        levels = [str(row[0]) for row in rows]
        longest = max(map(len, levels), default=0)
        if longest > LONGEST_LEVEL:
            msg = (
                f"{self.describe(column)} holds a value of {longest:,} characters; the name of a "
                f"class may have {LONGEST_LEVEL:,}"
            )
            raise DataError(msg, hint="is it the right column?")
        return levels

    def _id_text(self, column: str) -> str:
        """Return the SQL of a column's canonical text.

        Delimited text has no types: `7.0` is 7 only where every cell is of that form.
        """
        field, text, kind = self._field(column), self._text(column), self.kinds[column]
        whole = rf"regexp_full_match({text}, '-?[0-9]+\.0+')"
        if kind == "cell" and self._rows(f"SELECT bool_and({whole}) FROM rows")[0][0]:
            return f"regexp_replace({text}, '\\.0+$', '')"
        if self.decomposed((column,)) and self.form > 1:
            return f"nfc_normalize({text})"
        if kind != "number" or self._is_whole(field):
            return text
        integer = f"CAST(CAST({field} AS HUGEINT) AS VARCHAR)"
        exact = f"CAST({field} AS DOUBLE) = trunc(CAST({field} AS DOUBLE))"
        small = f"abs(CAST({field} AS DOUBLE)) < 9007199254740992"
        return f"CASE WHEN {whole} OR ({exact} AND {small}) THEN {integer} ELSE {text} END"

    def _is_whole(self, field: str) -> bool:
        """Whether a column's type is one of the integers, whose text is canonical as it is."""
        return "INT" in self._rows(f"SELECT typeof({field}) FROM rows LIMIT 1")[0][0]

    def _refuse_rounded(self, column: str) -> None:
        """Refuse ids that were rounded: in double precision, whole numbers from 2⁵³ on."""
        field = self._field(column)
        if self.kinds[column] != "number" or self._is_whole(field):
            return
        if self._rows(f"SELECT typeof({field}) FROM rows LIMIT 1")[0][0].startswith("DECIMAL"):
            return
        rounded = f"abs(CAST({field} AS DOUBLE)) >= 9007199254740992"
        self._refuse(
            column,
            rounded,
            "a number of more digits than JSON and double precision keep (write ids as text)",
        )

    def _duplicates(self, columns: Sequence[str], expression: str) -> DataError:
        """Explain that ids repeat, with an example."""
        distinct = self._rows(f"SELECT count(DISTINCT {expression}) FROM rows")[0][0]
        first = ", ".join(f"arg_min({self._text(column)}, rowid)" for column in columns)
        row = self._rows(
            f"SELECT {first}, count(*), min(rowid) FROM rows GROUP BY {expression} "
            "HAVING count(*) > 1 ORDER BY min(rowid) LIMIT 1"
        )[0]
        example = ", ".join(f"{c} = {v}" for c, v in zip(columns, row, strict=False))
        msg = (
            f"{self.keys.get(columns[0], 'ids')}: {self.n - distinct:,} of {self.n:,} rows repeat "
            f"an id; {example} stands {row[-2]:,} times, first at {self.place(row[-1])}"
        )
        hint = "an id names one row; where it is one a fold or repetition, set fold and repeat"
        return DataError(msg, hint=hint)

    def _refuse_missing(self, column: str, hint: str | None = None) -> None:
        field = self._field(column)
        self._refuse(column, f"{field} IS NULL", "a missing value", hint)
        if self.kinds[column] == "number":
            self._refuse(column, f"NOT isfinite(CAST({field} AS DOUBLE))", "NaN or infinity")

    def _refuse(self, column: str, condition: str, what: str, hint: str | None = None) -> None:
        """Raise for the first row that meets a condition, with the number of such rows."""
        count, first = self._rows(f"SELECT count(*), min(rowid) FROM rows WHERE {condition}")[0]
        if not count:
            return
        text = self._text(column)
        value = self._rows(f"SELECT {text} FROM rows WHERE rowid = {first}")[0][0]
        cell = "" if value is None else f" ({str(value)[:60]!r})"
        msg = f"{self.describe(column)} holds {what}{cell} at {self.place(first)}{and_more(count - 1)}"
        raise DataError(msg, hint=hint)

    def _wrong_kind(self, column: str, kind: str) -> DataError:
        row = self._rows(
            f"SELECT min(rowid), first({self._text(column)} ORDER BY rowid) FROM rows "
            f"WHERE {self._field(column)} IS NOT NULL"
        )[0]
        first = "" if row[0] is None else f" ({str(row[1])[:60]!r} at {self.place(row[0])})"
        what = KINDS[self.kinds[column]]
        hint = AS_TEXT if what == "bytes" else None
        msg = f"{self.describe(column)} holds {what}{first} where {kind} are expected"
        return DataError(msg, hint=hint)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def _fetch(self, expression: str) -> NDArray[Any]:
        fetched = self.connection.execute(f"SELECT {expression} AS x FROM rows").fetchnumpy()
        return fetched["x"]
