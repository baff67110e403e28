"""What texts mean, and that SQL and Python agree on it."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.inputs.column_form import (
    Form,
    doubtful,
    form_of,
    forms,
    meaning,
    meaning_before,
    plain,
)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["1", "2", "-3", "0"], "whole"),
        (["1.0", "2.0"], "number"),
        (["1.10", "2.50"], "number"),
        (["1e-05", "0.5", "2.0"], "number"),
        (["0.0", "-0.0"], "number"),
        (["18446744073709551616", "18446744073709551623"], "long"),
        (["True", "false"], "bool"),
        (["1", "1.0", "2"], "text"),
        (["250.0", "250.00"], "text"),
        (["1.1", "1.10"], "text"),
        (["1e2", "100"], "text"),
        (["007", "8"], "text"),
        (["nan", "1"], "text"),
        (["1e999", "1"], "text"),
        (["1.0", "x"], "text"),
    ],
)  # fmt: skip
def test_what_a_column_holds(texts: list[str], form: Form) -> None:
    assert form_of(texts) == form
    assert in_sql(texts) == form


def in_sql(texts: list[str]) -> Form:
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE rows (c VARCHAR)")
        connection.executemany("INSERT INTO rows VALUES (?)", [[text] for text in [*texts, None]])
        return forms(connection, "rows", ["c"])[0]


@pytest.mark.parametrize(
    ("texts", "doubt"),
    [
        (["1", "20", "-3", "0", "-0"], False),
        (["0.5", "-0.25", "100.5", "-7.1"], False),
        (["1.0", "2.0"], False),
        (["1.10", "2.50"], False),
        (["x", "007"], False),
        (["1", "x", "1.0"], False),
        (["2020-01-01", "2020-01-02"], False),
        (["1", "1.0"], True),
        (["1.1", "1.10"], True),
        (["007", "8"], True),
        (["-07", "8"], True),
        (["+5", "8"], True),
        ([".5", "8"], True),
        (["5.", "8"], True),
    ],
)  # fmt: skip
def test_which_columns_of_numbers_are_looked_at_closely(texts: list[str], doubt: bool) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE rows (c VARCHAR)")
        connection.executemany("INSERT INTO rows VALUES (?)", [[text] for text in [None, *texts]])
        assert doubtful(connection, "rows", ["c"]) == (["c"] if doubt else [])


_NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?(e[1-3])?\Z", fullmatch=True)
_WORDS = st.sampled_from(["true", "False", "007", "x", "", "+5", ".5", "5."])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_NUMBERS, _NUMBERS, _NUMBERS, _WORDS), min_size=1, max_size=6))
def test_sql_and_python_agree(texts: list[str]) -> None:
    assert in_sql(texts) == form_of(texts)


@given(st.lists(st.one_of(_NUMBERS, _WORDS), min_size=1, max_size=6, unique=True))
def test_different_texts_keep_different_meanings_but_for_the_case_of_truth(
    texts: list[str],
) -> None:
    told_apart = {text.lower() for text in texts} if form_of(texts) == "bool" else set(texts)
    assert len(set(meaning(texts).values())) == len(told_apart) or any(
        text.startswith("-0") for text in texts
    )


@given(st.lists(_NUMBERS, min_size=1, max_size=6))
def test_what_is_plain_means_itself_in_every_version(texts: list[str]) -> None:
    simple = [text for text in texts if plain(text)]
    identity = {text: text for text in simple}
    assert meaning(simple) == identity
    assert meaning_before(simple, delimited=True) == identity


def test_the_first_version_merged_equal_numbers_of_delimited_text() -> None:
    assert meaning_before(["1", "1.0"], delimited=True) == {"1": "1", "1.0": "1"}
    assert meaning_before(["1", "1.0"], delimited=False) == {"1": "1", "1.0": "1.0"}
