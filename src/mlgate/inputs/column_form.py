"""What a column of texts holds: numbers, true and false, or names.

Delimited text has no types, and other formats hold numbers as text too. A column is numeric where
each of its texts is a number, and each number is written in one way: beside `250.00`, `250.0` is
another diagnosis, and `007` is no 7. Where texts were not enough to tell, version 1 of the form
took equal numbers of a file of delimited text for one class, and left text in other formats alone.
"""

# ruff: noqa: S608  (fields and relations in SQL are quoted by who names them)

from __future__ import annotations

import re
from decimal import Decimal
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.inputs import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

Form = Literal["bool", "whole", "long", "number", "text"]
"""`whole`: numbers without a point that 64 bits hold; `long`: such that they do not."""
FORM: Final = 2
"""The version of these rules; rows.parquet says which one its labels and ids follow."""
_WHOLE: Final = r"[+-]?[0-9]+"
_SMALL: Final = r"[+-]?([1-9][0-9]{0,17}|0)"
_NUMBER: Final = r"[+-]?(([1-9][0-9]*|0)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"


def form_of(texts: Iterable[str]) -> Form:
    """Return what the distinct texts of a column are."""
    distinct = set(texts)
    if all(text.lower() in labels.BOOLS for text in distinct):
        return "bool"
    if not all(map(labels.is_number, distinct)) or len(set(map(_value, distinct))) < len(distinct):
        return "text"
    if all(re.fullmatch(_SMALL, text) for text in distinct):
        return "whole"
    return "long" if all(re.fullmatch(_WHOLE, text) for text in distinct) else "number"


def _value(text: str) -> tuple[Decimal, bool]:
    """Return a number exactly; −0.0, which arithmetic leaves behind, is no second way to write 0."""
    return Decimal(text), text.startswith("-")


def meaning(texts: Iterable[str]) -> dict[str, str]:
    """Return the canonical text of each distinct text of a column."""
    distinct = tuple(texts)
    form = form_of(distinct)
    if form == "text":
        return {text: text for text in distinct}
    return {text: text.lower() if form == "bool" else labels.number_text(text) for text in distinct}


def meaning_before(texts: Iterable[str], *, delimited: bool) -> dict[str, str]:
    """Return the canonical texts as version 1 had them."""
    distinct = tuple(texts)
    if delimited and all(text.lower() in labels.BOOLS for text in distinct):
        return {text: text.lower() for text in distinct}
    numbers = delimited and all(map(labels.is_number, distinct))
    return {text: labels.number_text(text) if numbers else text for text in distinct}


def plain(text: str) -> bool:
    """Whether a text is its own canonical text, whatever else is in its column."""
    if labels.is_number(text):
        return labels.number_text(text) == text
    return text == text.lower() or text.lower() not in labels.BOOLS


def forms(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[str]
) -> list[Form]:
    """Return what columns of text hold, by one look at all cells; missing ones are left out.

    Parameters
    ----------
    relation
        What stands after FROM.
    fields
        The SQL of each column.
    """
    if not fields:
        return []
    facts = ", ".join(f"{{{_facts(field)}}}" for field in fields)
    facts_of = connection.execute(f"SELECT {facts} FROM {relation}").fetchall()[0]
    return [
        _form(connection, relation, field, fact)
        for field, fact in zip(fields, facts_of, strict=True)
    ]


def doubtful(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[str]
) -> list[str]:
    """Return the columns of numbers that may be text after all; cheaper than `forms`.

    A number that has a power of ten beside the same one without is not looked for.
    """
    numbers = _numbers(connection, f"(SELECT * FROM {relation} LIMIT {_FIRST})", fields)
    if not numbers:
        return []
    signs = ", ".join(map(_cheap_signs, numbers))
    row = connection.execute(f"SELECT {signs} FROM {relation}").fetchall()[0]
    doubts = [_may_be_text(*row[i : i + _SIGNS]) for i in range(0, len(row), _SIGNS)]
    return _numbers(connection, relation, list(compress(numbers, doubts)))


_FIRST: Final = 2_048
"""Rows that tell of most columns that they hold no numbers."""
_SIGNS: Final = 5
"""Of each column, as `doubtful` asks for them."""


def _numbers(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[str]
) -> list[str]:
    """Return the columns of which all texts are numbers."""
    if not fields:
        return []
    number = ", ".join(
        f"bool_and({field} IS NULL OR TRY_CAST({field} AS DOUBLE) IS NOT NULL)" for field in fields
    )
    row = connection.execute(f"SELECT {number} FROM {relation}").fetchall()[0]
    return [field for field, numbers in zip(fields, row, strict=True) if numbers]


def _cheap_signs(field: str) -> str:
    """Compare texts, which DuckDB does by their first four bytes; `/` follows the point."""
    point, zero = f"strpos({field}, '.')", f"suffix({field}, '0')"
    decimals = (
        f"CASE WHEN {point} > 0 THEN strlen({field}) - {point} "
        f"WHEN NOT contains({field}, 'e') THEN -1 END"
    )
    first = (
        f"CASE WHEN {field} >= '1' OR ({field} >= '0.' AND {field} < '0/') THEN FALSE "
        f"WHEN {field} >= '0' THEN {field} <> '0' "
        f"WHEN {field} >= '-0' AND {field} < '-1' "
        f"THEN {field} <> '-0' AND NOT ({field} >= '-0.' AND {field} < '-0/') "
        f"ELSE {field} >= '.' OR ({field} >= '+' AND {field} < ',') END"
    )
    return (
        f"bool_or({first} OR suffix({field}, '.')), "
        f"min({decimals}), max({decimals}), "
        f"bool_or({zero} AND {decimals} > 1), bool_or({zero} AND {decimals} = 1)"
    )


def _may_be_text(
    odd: bool | None,
    fewest: int | None,
    most: int | None,
    zeros: bool | None,
    point_zero: bool | None,
) -> bool:
    """Whether zeros lead, or some end numbers that other ones of the column may have without.

    Parameters
    ----------
    odd
        Whether a number begins with a zero, a plus or its point, or ends with its point.
    fewest, most
        Decimals; −1 without a point.
    zeros, point_zero
        Whether several decimals, and whether the only one, end with 0.
    """
    return bool(odd or (zeros and fewest != most) or (point_zero and fewest == -1))


def _facts(field: str) -> str:
    """Return the SQL of what tells a column's form: decimals are counted, −1 without a point."""
    decimals = f"if(contains({field}, '.'), strlen({field}) - strpos({field}, '.'), -1)"
    parts = {
        "bool": f"bool_and(lower({field}) IN ('true', 'false'))",
        "number": f"bool_and(regexp_full_match({field}, '{_NUMBER}') "
        f"AND isfinite(TRY_CAST({field} AS DOUBLE)))",
        "power": f"bool_or({field} LIKE '%e%' OR {field} LIKE '%E%')",
        "odd": f"bool_or({_odd(field)})",
        "padded": f"bool_or({_padded(field)})",
        "fewest": f"min({decimals})",
        "most": f"max({decimals})",
        "digits": f"max(length(ltrim({field}, '+-')))",
    }
    return ", ".join(f"'{name}': {sql}" for name, sql in parts.items())


def _odd(field: str) -> str:
    """Return the SQL of whether a number has a power of ten, a plus, or no digit before the point."""
    likes = ("%e%", "%E%", "+%", ".%", "-.%")
    return " OR ".join(f"{field} LIKE '{like}'" for like in likes)


def _padded(field: str) -> str:
    """Return the SQL of whether a number could be written with fewer decimals."""
    return f"{field} LIKE '%.%0' OR {field} LIKE '%.'"


def _form(
    connection: duckdb.DuckDBPyConnection, relation: str, field: str, fact: dict[str, Any]
) -> Form:
    if fact["bool"]:
        return "bool"
    if not fact["number"]:
        return "text"
    even = not fact["odd"] and (fact["fewest"] == fact["most"] or not fact["padded"])
    if not even and _written_twice(connection, relation, field):
        return "text"
    if fact["most"] >= 0 or fact["power"]:
        return "number"
    return "whole" if fact["digits"] <= 18 else "long"


def _written_twice(connection: duckdb.DuckDBPyConnection, relation: str, field: str) -> bool:
    """Whether a column of numbers writes one in two ways, of which one is odd or padded."""
    # 15 digits or fewer have a double of their own; longer texts are compared as they are.
    double = f"regexp_replace(CAST(CAST({field} AS DOUBLE) AS VARCHAR), '\\.0$', '')"
    brief = f"if(contains({field}, '.'), rtrim(rtrim({field}, '0'), '.'), {field})"
    short = f"length({field}) <= 16 OR contains(lower({field}), 'e')"
    value = f"if({short}, {double}, {brief})"
    longer = f"SELECT {value} FROM {relation} WHERE {_odd(field)} OR {_padded(field)}"
    query = (
        f"SELECT 1 FROM {relation} WHERE {value} IN ({longer}) GROUP BY {value} "
        f"HAVING min({field}) <> max({field}) LIMIT 1"
    )
    return bool(connection.execute(query).fetchall())
