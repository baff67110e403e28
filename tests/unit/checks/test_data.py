"""The `data` check on tables of every kind: rules, schema, oddities, bad input."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.parquet_table import parquet_table

from mlgate import config
from mlgate.checks import sections
from mlgate.checks.data import measure as data
from mlgate.errors import ConfigError, DataError
from mlgate.model.data_rules import Example
from mlgate.model.inputs import Stamp
from mlgate.progress import Silent
from mlgate.stats.row_hashes import contradicted, repeated

if TYPE_CHECKING:
    from mlgate.checks.data.evidence import DataEvidence, DataFinding
    from mlgate.model.table import ColumnTable

NOW = "2026-11-21T12:00:00Z"
GOOD: dict[str, Any] = {
    "id": [f"r{i}" for i in range(100)],
    "age": [20 + i % 50 for i in range(100)],
    "sex": ["F" if i % 3 else "M" for i in range(100)],
    "score": [i / 100 for i in range(100)],
    "when": np.datetime64("2026-11-20T00:00:00") + np.arange(100).astype("timedelta64[m]"),
    "income": ["high" if i % 4 == 0 else "low" for i in range(100)],
}
TEXT = """\
version: 1
task: binary
predictions: {{path: p.csv, id: id, label: income, prediction: guess{time}}}
data: {{path: new, reference: old, ignore: [id, when]{more}, rules: [{rules}]}}
gates: {{accuracy: {{min: 0.5}}}}
"""


def table(columns: dict[str, Any], name: str = "new") -> ColumnTable:
    return parquet_table(columns, name)


def check(
    rules: str = "",
    new: dict[str, Any] | None = None,
    old: dict[str, Any] | None = None,
    *,
    more: str = "",
    time: str = "",
    schema: dict[str, Any] | None = None,
) -> DataEvidence:
    loaded = config.parse(
        TEXT.format(rules=rules, more=more, time=time), "mlgate.yaml", sections()
    ).config
    params = data.params(loaded)
    assert params is not None
    source = SimpleNamespace(
        table=table(GOOD if new is None else new),
        reference=table(old or GOOD, "old"),
        schema=schema,
    )
    inputs: Any = SimpleNamespace(
        stamp=Stamp("mlgate 0", "a" * 40, NOW),
        digests={},
        notes=[],
        progress=Silent(),
        data=lambda: source,
    )
    return data.run(inputs, params)


def changed(**columns: Any) -> dict[str, Any]:
    return {**GOOD, **columns}


LATER = np.datetime64("2099-01-01T00:00:00")


def at(column: str, row: int, value: Any) -> dict[str, Any]:
    values = list(GOOD[column])
    values[row] = value
    return changed(**{column: values})


@pytest.mark.parametrize(
    ("rule", "new", "broken", "example"),
    [
        ("{column: age, min: 20}", at("age", 6, 3), 1, (7, "3")),
        ("{column: age, max: 69}", at("age", 6, 99), 1, (7, "99")),
        ("{column: sex, values: [F, M]}", at("sex", 2, "X"), 1, (3, "X")),
        ("{column: sex, pattern: '[FM]'}", at("sex", 2, "FM"), 1, (3, "FM")),
        ("{column: score, nulls: 0}", at("score", 9, None), 1, (10, None)),
        ("{column: sex, nulls: 0}", at("sex", 9, None), 1, (10, None)),
        ("{column: id, unique: true}", at("id", 9, "r1"), 1, (10, "r1")),
        ("{column: when, increasing: true}", at("when", 9, np.datetime64("2026-11-19T00:00:00")), 1,
         (10, None)),
        ("{column: age, min: 20, share: 0.01}", at("age", 6, 3), 1, (7, "3")),
    ],
)  # fmt: skip
def test_rules_of_columns_count_rows(
    rule: str, new: dict[str, Any], broken: int, example: tuple[int, str | None]
) -> None:
    good = check(rule)
    (name,) = set(good.rules) - {"schema"}
    assert good.rules[name].broken == 0
    assert good.metrics[name].value == 0
    assert good.metrics["share"].value == 0
    found = check(rule, new).rules[name]
    assert found.broken == broken
    assert found.example is not None
    assert found.example.row == example[0]
    if example[1] is not None:
        assert found.example.value == example[1]
    assert found.holds is ("share" in rule)


def test_dates_in_the_future_are_no_newest_ones() -> None:
    (rule,) = (
        rule
        for name, rule in check("{column: when, within: 48h}", at("when", 9, LATER)).rules.items()
        if name != "schema"
    )
    assert (rule.broken, rule.problem, rule.holds) == (1, None, False)


@pytest.mark.parametrize(
    ("rule", "new", "problem"),
    [
        ("{column: age, type: integer}", changed(age=["x"] * 100), "it holds text"),
        ("{rows: {min: 101}}", GOOD, "there are 100"),
        ("{rows: {max: 99}}", GOOD, "there are 100"),
        ("{column: when, within: 12h}", GOOD, "it is 34 h old"),
        ("{column: when, within: 12h}", changed(when=[None] * 100), "it has no value"),
        ("{column: when, within: 12h}", at("when", 9, LATER), "it is 34 h old"),
        ("{column: when, within: 12h}", changed(when=[LATER] * 100), "all are in the future"),
    ],
)
def test_rules_that_the_table_breaks_as_a_whole(
    rule: str, new: dict[str, Any], problem: str
) -> None:
    found = check(rule, new)
    (name,) = set(found.rules) - {"schema"}
    assert found.rules[name].problem == problem
    assert found.metrics[name].value == 1
    assert found.metrics["share"].value in (0.5, 1)


def test_equal_rows() -> None:
    again = {key: [*list(value), value[0]] for key, value in GOOD.items()}
    found = check("{duplicates: 0}, {duplicates: 0.5}", again)
    assert found.rules["duplicates"].broken == 1
    assert not found.rules["duplicates"].holds
    assert found.rules["duplicates-2"].holds


def test_the_index_of_pandas_makes_no_rows_different_and_is_no_finding() -> None:
    n = len(GOOD["age"])
    indexed = {**GOOD, "Unnamed: 0": list(range(n))}
    found = check("{duplicates: 0}", indexed, indexed)
    assert "Unnamed: 0" not in {finding.column for finding in found.findings}
    again = {key: [*list(value), value[0]] for key, value in GOOD.items()}
    found = check("{duplicates: 0}", {**again, "__index_level_0__": list(range(n + 1))})
    assert found.rules["duplicates"].broken == 1


@pytest.mark.filterwarnings("error")
def test_infinite_numbers_are_a_finding_and_no_warning_of_a_library() -> None:
    n = len(GOOD["age"])
    found = check("", changed(age=[math.inf, math.inf, *([30.0] * (n - 2))]))
    assert "infinite" in {finding.kind for finding in found.findings}
    assert found.columns["age"].distinct == 2


def test_leakage_needs_equal_features_only() -> None:
    """The label, the id and what is ignored do not matter, nor do types or the order of rows."""
    old = {key: list(value)[:10] for key, value in GOOD.items()}
    old["age"] = [float(value) for value in old["age"]]
    new = {key: list(value)[::-1] for key, value in GOOD.items()}
    new |= {"income": ["low"] * 99 + ["high"], "id": [f"n{i}" for i in range(100)]}
    found = check("{leakage: 0}", new, old)
    assert found.rules["leakage"].broken == 10
    kinds = {one.kind: one for one in found.findings}
    assert kinds["leakage"].count == 10


def test_conflicting_labels() -> None:
    columns = {"x": [1, 1, 1, 2, 2, 3], "income": ["a", "a", "b", "a", "b", None]}
    found = check("{conflicts: 0.5}", columns, columns)
    assert found.rules["conflicts"].broken == 2
    assert found.rules["conflicts"].example is not None
    assert found.rules["conflicts"].example.row == 3


def test_the_schema_of_the_reference_is_expected() -> None:
    new = {key: value for key, value in GOOD.items() if key != "sex"}
    new |= {"score": ["a"] * 100, "extra": [1] * 100}
    found = check(new=new)
    assert found.rules["schema"].problem == "sex missing, score retyped"
    assert found.metrics["schema"].value == 1
    assert {(one.kind, one.column) for one in found.findings} >= {
        ("missing", "sex"),
        ("retyped", "score"),
        ("extra", "extra"),
    }


def test_a_kept_schema_goes_before_the_references() -> None:
    assert check(schema={"age": "text"}).rules["schema"].problem == "age retyped"
    assert check(schema={"age": "float"}).rules["schema"].holds


@pytest.mark.parametrize(
    ("new", "kind", "column"),
    [
        (at("age", 0, 900), "range", "age"),
        (at("sex", 0, "Z"), "levels", "sex"),
        (changed(score=[None] * 10 + GOOD["score"][10:]), "nulls", "score"),
        (changed(sex=["F"] * 100), "constant", "sex"),
        (changed(sex=[None] * 100), "nulls", "sex"),
        (changed(token=[f"t{i}" for i in range(100)]), "near_unique", "token"),
        (changed(income=["low"] * 100), "one_class", "income"),
        (at("id", 5, "r1"), "repeated_ids", "id"),
        (at("score", 5, np.inf), "infinite", "score"),
    ],
)  # fmt: skip
def test_what_looks_odd_is_told(new: dict[str, Any], kind: str, column: str) -> None:
    quiet = {(one.kind, one.column) for one in check().findings}
    assert (kind, column) not in quiet
    found = {(one.kind, one.column): one for one in check(new=new).findings}[kind, column]
    assert found.of == 100
    assert found.count > 0
    assert kind == "one_class" or found.example is not None


@pytest.mark.parametrize(
    ("new", "kind", "count", "row"),
    [
        (at("when", 9, np.datetime64("2026-11-19T00:00:00")), "backwards", 1, 10),
        (at("when", 99, np.datetime64("2026-11-22T00:00:00")), "future", 1, 100),
        (changed(when=GOOD["when"] - np.timedelta64(1, "D")), "stale", 100, 1),
        (changed(when=[i - 1000.0 for i in range(100)]), None, 0, 0),
        (changed(when=[None] * 100), None, 0, 0),
        (changed(when=["x"] * 100), None, 0, 0),
        ({"age": [1, 2]}, None, 0, 0),
    ],
    ids=["back", "future", "stale", "numbers", "no values", "text", "no such column"],
)  # fmt: skip
def test_times_that_look_odd_are_told(
    new: dict[str, Any], kind: str | None, count: int, row: int
) -> None:
    assert not _times(check(time=", time: when"))
    found = _times(check(new=new, time=", time: when"))
    if kind is None:
        assert not found
        return
    (one,) = found
    assert (one.kind, one.column, one.count, one.of) == (kind, "when", count, 100)
    assert one.example is not None
    assert one.example.row == row
    day = {"backwards": 19, "future": 22, "stale": 19}[kind]
    assert one.example.value == f"2026-11-{day} 00:00:00"
    (masked,) = _times(check(new=new, time=", time: when", more=", mask: true"))
    assert masked.example == Example(row=row)


def _times(found: DataEvidence) -> list[DataFinding]:
    return [one for one in found.findings if one.kind in ("backwards", "future", "stale")]


def test_every_finding_is_masked_on_request() -> None:
    wrong = changed(
        age=[777_777, *GOOD["age"][1:]],
        sex=["SECRET"] * 100,
        id=["SECRET"] * 100,
        score=[None] * 50 + GOOD["score"][50:],
        token=[f"SECRET{i}" for i in range(100)],
    )
    low = changed(age=[123_456] * 100)
    assert "SECRET" in check(new=wrong).to_json()
    text = check(new=wrong, old=low, more=", mask: true").model_dump_json(include={"findings"})
    assert "SECRET" not in text
    assert "123456" not in text
    assert "777777" not in text
    facts = check(new=wrong, old=low, more=", mask: true").columns["age"]
    assert (facts.low, facts.high, facts.distinct) == (None, None, 51)


def test_a_rare_class() -> None:
    columns = {"x": np.arange(1000) / 7, "income": ["yes"] * 5 + ["no"] * 995}
    found = {one.kind: one for one in check(new=columns, old=columns).findings}
    assert found["imbalance"].count == 5
    assert "yes" in found["imbalance"].detail


def test_good_data_are_quiet_but_for_what_they_share_with_the_reference() -> None:
    assert {one.kind for one in check().findings} == {"leakage"}
    shifted = changed(score=[i / 103 + 0.0011 for i in range(100)])
    assert check(new=shifted).findings == ()


def test_values_are_masked_on_request() -> None:
    secret = changed(sex=["F", "SECRET"] * 50, income=["SECRET"] + ["low"] * 99)
    rule = "{column: sex, values: [F, M]}"
    assert "SECRET" in check(rule, secret).to_json()
    assert "SECRET" not in check(rule, secret, more=", mask: true").to_json()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{column: agee, min: 0}", "has no column 'agee'"),
        ("{column: sex, min: 0}", "holds text, no numbers or dates"),
    ],
)
def test_rules_that_cannot_be_counted(rule: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        check(rule)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{column: age}", "has no condition"),
        ("{min: 0}", "min needs a column"),
        ("{column: age, min: 2, max: 1}", "no value is at least 2 and at most 1"),
        ("{column: age, pattern: '('}", "is not a valid regular expression"),
        ("{rows: {min: 1}, duplicates: 0}", "cannot be combined with other conditions"),
        ("{name: a, rows: {min: 1}}, {name: a, rows: {min: 2}}", "is the name of another rule too"),
        ("{column: age, mim: 0}", "did you mean min"),
    ],
)
def test_rules_that_make_no_sense_are_told_with_their_line(rule: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"mlgate.yaml:4:") as error:
        config.parse(TEXT.format(rules=rule, more="", time=""), "mlgate.yaml", sections())
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ("data: {max_share: 0}", None),
        ("data.age.min: {max: 0.01}", None),
        ("data.schema: {max: 0}", None),
        ("data.age.max: {max: 0.01}", "there is no rule data.age.max"),
        ("data: {min: 0}", "is not for data"),
        ("data.age.min: {max_regression: 0}", "is not for data.age.min"),
    ],
)
def test_gates_on_data(gate: str, told: str | None) -> None:
    text = TEXT.format(rules="{column: age, min: 0}", more="", time="")
    text = text.replace("accuracy: {min: 0.5}", gate)
    if told is None:
        assert config.parse(text, "mlgate.yaml", sections()).config.gates
        return
    with pytest.raises(ConfigError) as error:
        config.parse(text, "mlgate.yaml", sections())
    assert told in str(error.value)


@pytest.mark.parametrize(
    "new",
    [
        {"age": [None, None], "income": [None, None]},
        {"age": [np.inf, -np.inf], "income": ["a", "b"]},
        {"age": [1], "income": ["a"]},
        {"äge": [1, 2], "income": ["a", "b"]},
        {"age": [[1], [2]], "income": ["a", "b"]},
    ],
    ids=["no values", "infinite", "one row", "no common column", "nested"],
)
def test_odd_tables_have_an_answer(new: dict[str, Any]) -> None:
    found = check(new=new)
    assert found.to_json()
    assert found.rules["schema"].problem is not None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 2)), min_size=1, max_size=40))
def test_repeated_and_contradicted_rows_against_their_definition(
    rows: list[tuple[int, int]],
) -> None:
    features = np.array([x for x, _ in rows], dtype=np.uint64)
    labels = np.array([y for _, y in rows], dtype=np.int32)
    seen: set[int] = set()
    for x, again in zip(features.tolist(), repeated(features).tolist(), strict=True):
        assert again is (x in seen)
        seen.add(x)
    for x, y, wrong in zip(features, labels, contradicted(features, labels), strict=True):
        among = labels[(features == x) & (labels >= 0)]
        counts = np.bincount(among) if len(among) else np.zeros(1)
        assert bool(wrong) is bool(y >= 0 and y != int(counts.argmax()))
