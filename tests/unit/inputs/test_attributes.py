"""Groups and slices of the candidate's rows, aligned whatever file they come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.errors import DataError
from mlgate.inputs.attributes import MAX_GROUPS, attributes, cut, masks
from mlgate.inputs.paths import resolve
from mlgate.model.attributes import AttributeSpec

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.model.attributes import Attribute

TABLE = {
    "id": [3, 1, 2, 5, 4],
    "y": [0, 1, 0, 1, 1],
    "pred": [0, 1, 1, 1, 0],
    "sex": ["Female", "Male", None, "Female", "Male"],
    "age": [31, 64, 18, 25, None],
    "hours-per-week": [40.5, 20.0, 38.25, 40.5, 12.0],
    "zip": ["01234", "01235", "02000", "02000", "99999"],
    "capital gain": [0, 0, 7, 0, 9],
}


def lines(columns: dict[str, list[object]]) -> str:
    rows = [columns, *zip(*columns.values(), strict=True)]
    return "".join(",".join("" if x is None else str(x) for x in row) + "\n" for row in rows)


def write(root: Path, name: str, columns: dict[str, list[object]]) -> None:
    if name.endswith(".parquet"):
        pq.write_table(pa.table(columns), root / name)
    elif name.endswith(".jsonl"):
        rows = zip(*columns.values(), strict=True)
        text = "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
        (root / name).write_text(text)
    else:
        (root / name).write_text(lines(columns))


@pytest.fixture(params=["p.csv", "p.parquet", "p.jsonl"])
def candidate(request, root, load):
    write(root, request.param, TABLE)
    return load(path=request.param)


@pytest.fixture
def csv(root, load):
    write(root, "p.csv", TABLE)
    return load(path="p.csv")


def one(candidate, root, column, **more) -> Attribute:
    wanted = {"x": AttributeSpec(column, "fairness.sensitive.x", **more)}
    return attributes(wanted, candidate, root, finder(root))["x"]


def finder(root: Path):
    return lambda path, key: (resolve(path, root, key=key, outside=True), root)


def values(attribute: Attribute) -> list[str | None]:
    return [None if code < 0 else attribute.levels[code] for code in attribute.codes]


class TestColumns:
    def test_text_with_missing_values_in_every_format(self, candidate, root):
        found = one(candidate, root, "sex")
        assert found.levels == ("Female", "Male")
        assert found.codes.dtype == np.int32
        assert values(found) == TABLE["sex"]

    def test_numbers_are_canonical_and_sorted_by_value(self, candidate, root):
        found = one(candidate, root, "hours-per-week")
        assert found.levels == ("12", "20", "38.25", "40.5")
        assert one(candidate, root, "age").levels == ("18", "25", "31", "64")

    def test_leading_zeros_stay_text(self, candidate, root):
        assert values(one(candidate, root, "zip")) == TABLE["zip"]

    def test_an_expression_over_columns(self, candidate, root):
        found = one(candidate, root, "left(zip, 2)")
        assert values(found) == ["01", "01", "02", "02", "99"]
        assert values(one(candidate, root, '"hours-per-week" > 35 AND age < 30')) == [
            "false", "false", "true", "true", "false",
        ]  # fmt: skip

    def test_names_of_columns_need_no_quotes_when_alone(self, candidate, root):
        assert values(one(candidate, root, "capital gain")) == ["0", "0", "7", "0", "9"]

    def test_columns_of_expressions_ignore_case_as_sql_does(self, csv, root):
        assert values(one(csv, root, "AGE::text")) == ["31", "64", "18", "25", None]

    def test_nothing_but_missing_values(self, root, load):
        write(root, "p.csv", {**TABLE, "sex": [None] * 5})
        found = one(load(path="p.csv"), root, "sex")
        assert found.levels == ()
        assert found.codes.tolist() == [-1] * 5

    def test_nan_is_missing(self, root, load):
        write(root, "p.parquet", {**TABLE, "sex": [1.0, float("nan"), 2.0, 1.0, 1.0]})
        found = one(load(path="p.parquet"), root, "sex")
        assert values(found) == ["1", None, "2", "1", "1"]

    def test_several_files_in_order(self, root, load):
        first = {name: column[:2] for name, column in TABLE.items()}
        rest = {name: column[2:] for name, column in TABLE.items()}
        write(root, "p1.csv", first)
        write(root, "p2.csv", rest)
        assert values(one(load(path="p*.csv"), root, "sex")) == TABLE["sex"]


class TestNumbers:
    def test_edges(self, candidate, root):
        found = one(candidate, root, "age", edges=(25, 65))
        assert found.levels == ("< 25", "25 to 64", "≥ 65")
        assert values(found) == ["25 to 64", "25 to 64", "< 25", "25 to 64", None]

    def test_quantiles(self, candidate, root):
        found = one(candidate, root, "age", bins=2)
        assert found.levels == ("< 31", "≥ 31")
        assert values(found) == ["≥ 31", "≥ 31", "< 31", "< 31", None]

    def test_fractions_have_half_open_names(self, candidate, root):
        assert one(candidate, root, "hours-per-week", edges=(20, 40)).levels == (
            "< 20", "20 to < 40", "≥ 40",
        )  # fmt: skip

    def test_a_group_of_one_whole_number_is_that_number(self):
        assert cut(np.array([1.0, 2.0, 3.0]), edges=[2, 3]).levels == ("< 2", "2", "≥ 3")

    def test_equal_quantiles_count_once(self):
        found = cut(np.array([0.0] * 90 + [1.0] * 10), bins=4)
        assert found.levels == ("all",)
        assert set(found.codes.tolist()) == {0}

    def test_text_cannot_be_cut(self, csv, root):
        with pytest.raises(DataError, match=r"'x' holds text .* where numbers are expected"):
            one(csv, root, "zip", bins=2)

    @given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1), st.integers(2, 9))
    def test_every_number_lies_in_its_group(self, numbers, bins):
        array = np.array(numbers)
        found = cut(array, bins=bins)
        assert (found.codes == -1).tolist() == np.isnan(array).tolist()
        assert len(found.levels) <= bins
        for code in range(len(found.levels) - 1):
            low, high = array[found.codes == code], array[found.codes == code + 1]
            assert low.size == 0 or high.size == 0 or low.max() < high.min()


class TestAnotherFile:
    GROUPS = {"key": [1, 2, 3, 4, 9], "sex": ["M", "F", None, "F", "M"], "age": [1, 2, 3, 4, 99]}

    @pytest.mark.parametrize("name", ["g.csv", "g.parquet"])
    def test_rows_are_found_by_id_and_others_are_missing(self, csv, root, name):
        write(root, name, self.GROUPS)
        found = one(csv, root, "sex", path=name, id=("key",))
        assert values(found) == [None, "M", "F", None, "F"]

    def test_quantiles_are_those_of_the_rows_found(self, csv, root):
        write(root, "g.csv", self.GROUPS)
        found = one(csv, root, "age", path="g.csv", id=("key",), bins=2)
        assert values(found) == ["≥ 3", "< 3", "< 3", None, "≥ 3"]

    def test_values_of_other_rows_are_no_groups(self, csv, root):
        write(root, "g.csv", {"id": [1, 9], "sex": ["M", "F"]})
        assert one(csv, root, "sex", path="g.csv").levels == ("M",)

    def test_keeps_the_order_of_what_is_asked_for(self, csv, root):
        write(root, "g.csv", self.GROUPS)
        wanted = {
            "own": AttributeSpec("sex", "k"),
            "other": AttributeSpec("sex", "k", path="g.csv", id=("key",)),
        }
        assert list(attributes(wanted, csv, root, finder(root))) == ["own", "other"]

    def test_an_absolute_path_may_leave_the_repository(self, csv, root, tmp_path_factory):
        there = tmp_path_factory.mktemp("private")
        write(there, "g.csv", self.GROUPS)
        assert one(csv, root, "sex", path=str(there / "g.csv"), id=("key",)).levels == ("F", "M")

    def test_ids_that_do_not_overlap(self, csv, root):
        write(root, "g.csv", {"id": [70, 71], "sex": ["M", "F"]})
        match = r"none of the 5 predictions \(ids '3'.* is among the 2 rows of g.csv \(ids '70'"
        with pytest.raises(DataError, match=match):
            one(csv, root, "sex", path="g.csv")

    def test_predictions_without_ids(self, root, load):
        write(root, "p.csv", TABLE)
        write(root, "g.csv", self.GROUPS)
        with pytest.raises(DataError, match="predictions have none"):
            one(load(path="p.csv", id=None), root, "sex", path="g.csv")

    def test_another_number_of_id_columns(self, csv, root):
        write(root, "g.csv", self.GROUPS)
        with pytest.raises(DataError, match=r"names 2 columns, and the predictions' id has 1"):
            one(csv, root, "sex", path="g.csv", id=("key", "age"))

    def test_ids_that_repeat(self, csv, root):
        write(root, "g.csv", {"id": [1, 1], "sex": ["M", "F"]})
        with pytest.raises(DataError, match=r"fairness\.sensitive\.x\.id: 1 of 2 rows repeat"):
            one(csv, root, "sex", path="g.csv")


class TestMasks:
    def test_null_does_not_meet_a_condition(self, candidate, root):
        found = masks({"young": ("age < 30", "k"), "woman": ("sex = 'Female'", "k")},
                      candidate, root)  # fmt: skip
        assert found["young"].tolist() == [False, False, True, True, False]
        assert found["woman"].tolist() == [True, False, False, True, False]
        assert found["young"].dtype == np.bool_

    def test_a_number_is_no_condition(self, csv, root):
        with pytest.raises(DataError, match=r"k: column 'x': 'age' is neither true nor false"):
            masks({"x": ("age", "k")}, csv, root)


class TestBadInput:
    @pytest.mark.parametrize(
        ("column", "match"),
        [
            ("sax", r"x: there is no column 'sax'; there are id, .*\n.*did you mean 'sex'"),
            ("hours per week", "there is no column 'hours per week'"),
            ("agee < 3", "there is no column 'agee'; there are"),
            ("age <", "'age <' is no expression: syntax error"),
            ("age; DROP TABLE rows", "is no expression"),
            ("age) FROM rows --", "is more than one expression|is no expression"),
            ("1) UNION SELECT (2", "is more than one expression"),
            ("age) WHERE (true", "is more than one expression"),
            ("(SELECT max(age))", "looks at more than one row"),
            ("rank() OVER (ORDER BY age)", "looks at more than one row"),
            ("max(age)", "gives one value for all rows"),
            ("sex + 1", "'sex \\+ 1' cannot be computed: "),
            ("zip::DATE", "'zip::DATE' cannot be computed: "),
            ("'a'", "names no column"),
            ("read_text('/etc/passwd')", "names no column"),
            ("age + length(read_text('/etc/passwd'))", "cannot be computed"),
            ("[age, 1]", "holds lists .* where groups are expected"),
        ],
    )
    def test_tells_what_is_wrong(self, csv, root, column, match):
        with pytest.raises(DataError, match=f"(?s){match}"):
            one(csv, root, column)

    def test_numbers_that_are_too_many_for_groups(self, root, load):
        n = 50
        table = {"id": range(n), "y": [0, 1] * 25, "pred": [0, 1] * 25, "noise": np.arange(n) / 7}
        write(root, "p.parquet", {name: list(column) for name, column in table.items()})
        candidate = load(path="p.parquet")
        with pytest.raises(DataError, match=r"holds 50 distinct numbers(?s:.)*edges: \[25, 45"):
            one(candidate, root, "noise")
        assert len(one(candidate, root, "noise::text").levels) == n

    def test_more_numbers_than_groups_are_told_to_be_cut(self, root, load):
        n = 300
        table = {"id": range(n), "y": [0, 1] * 150, "pred": [0, 1] * 150, "noise": np.arange(n) / 7}
        write(root, "p.parquet", {name: list(column) for name, column in table.items()})
        with pytest.raises(DataError, match=r"has 300 distinct values(?s:.)*or bins: 4"):
            one(load(path="p.parquet"), root, "noise")

    def test_five_thousand_values(self, root, load):
        n = 5000
        table = {"id": range(n), "y": [0, 1] * 2500, "pred": [0, 1] * 2500,
                 "name": [f"n{i}" for i in range(n)]}  # fmt: skip
        write(root, "p.parquet", {name: list(column) for name, column in table.items()})
        match = f"has 5,000 distinct values, more than {MAX_GROUPS} groups"
        with pytest.raises(DataError, match=match):
            one(load(path="p.parquet"), root, "name")

    def test_a_file_that_was_changed_meanwhile(self, csv, root):
        (root / "p.csv").write_text(lines({name: column[:3] for name, column in TABLE.items()}))
        with pytest.raises(DataError, match="had 5 rows and now has 3"):
            one(csv, root, "sex")
