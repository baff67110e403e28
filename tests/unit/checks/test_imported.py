"""Results of Evidently and Deepchecks, as files that these versions wrote themselves.

`tests/unit/checks/imported` holds what Evidently 0.4.40, 0.6.7 and 0.7.23 and Deepchecks 0.18.1
and 0.19.1 wrote of two tables of 200 rows: `age` shifted by ten years, `sex` not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mlgate.checks.imported import reading
from mlgate.errors import DataError
from mlgate.inputs.paths import ANY, Freshness
from mlgate.inputs.user_file import read_file

FILES = Path(__file__).parent / "imported"


def read(name, folder=FILES, fresh=ANY):
    _, file = read_file(name, "evidence.import", folder, fresh, top=folder)
    return reading.read(file, "evidence.import")


def said(found):
    return {test.name: test.status for test in found.tests}


def test_evidently_with_tests():
    found = read("evidently-0.7-drift.json")
    assert (found.tool, found.version) == ("Evidently", None)
    assert said(found) == {
        "Share of Drifted Columns: Less 0.500": "fail",
        "Value Drift for column age": "fail",
        "Value Drift for column sex": "pass",
    }
    assert found.numbers["DriftedColumnsCount.share"] == 0.5
    assert found.numbers["ValueDrift.age"] < 1e-10


def test_evidently_with_tests_of_ones_own():
    found = read("evidently-0.7-tests.json")
    assert list(said(found).values()) == ["pass", "fail", "pass"]
    assert found.tests[1].detail == "Mean value of 'age': Actual value 49.903 >= 45.000"
    assert found.numbers["MeanValue.age"] == 49.903
    assert found.numbers["UniqueValueCount.sex.shares.Male"] == 0.485


def test_evidently_without_tests():
    found = read("evidently-0.7-class.json")
    assert not found.tests
    assert found.numbers["Accuracy"] == 0.5
    assert found.numbers["F1ByLabel.0"] == pytest.approx(0.505, abs=1e-3)


@pytest.mark.parametrize("version", ["0.4", "0.6"])
def test_evidently_before(version):
    report = read(f"evidently-{version}-report.json")
    assert report.version in ("0.4.40", "0.6.7")
    assert report.created.startswith("2026-11-21")
    assert said(report) == {
        "DatasetDriftMetric": "fail",
        "DataDriftTable: age": "fail",
        "DataDriftTable: sex": "pass",
    }
    assert report.numbers["DataDriftTable.sex.drift_score"] == pytest.approx(0.617, abs=1e-3)
    tests = said(read(f"evidently-{version}-tests.json"))
    assert tests["Drift per Column: age"] == "fail"
    assert list(tests.values()) == ["pass", "fail", "fail", "fail", "pass"]


@pytest.mark.parametrize("version", ["0.18", "0.19"])
def test_deepchecks(version):
    suite = read(f"deepchecks-{version}-suite.json")
    statuses = [test.status for test in suite.tests]
    assert statuses == ["fail", "fail", "fail", "fail", "pass", "pass", "skipped"]
    assert (
        suite.tests[-1].detail == "it did not run: Check is irrelevant for Datasets without model"
    )
    assert suite.ran == 6
    assert suite.numbers["Train Test Samples Mix.ratio"] == 0.145
    check = read(f"deepchecks-{version}-check.json")
    assert check.numbers["Feature Drift.age.Drift score"] == 0.445
    assert check.tests[0].status == "fail"


def test_json_within_json(tmp_path):
    text = (FILES / "deepchecks-0.19-check.json").read_text()
    (tmp_path / "a.json").write_text(json.dumps(text))
    assert read("a.json", tmp_path) == read("deepchecks-0.19-check.json").model_copy(
        update={"path": "a.json"}
    )


def test_numbers_that_are_none_alike_and_too_many(tmp_path):
    metrics = [
        {"metric_name": "M(column=a,q=0.5)", "value": float("nan")},
        {"metric_name": "M(column=a,q=0.9)", "value": 2},
        {"metric_name": "N(column=a)", "value": {str(i): i for i in range(600)}},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"metrics": metrics, "tests": []}))
    found = read("a.json", tmp_path)
    assert found.numbers["M(column=a,q=0.5)"] is None
    assert found.numbers["M(column=a,q=0.9)"] == 2
    assert (len(found.numbers), found.left_out) == (reading.MOST, 102)


def test_a_file_older_than_the_training_is_told(tmp_path):
    (tmp_path / "a.json").write_bytes((FILES / "deepchecks-0.19-check.json").read_bytes())
    os.utime(tmp_path / "a.json", (1_000, 1_000))
    for started, older in ((2_000.0, True), (500.0, False), (None, False)):
        assert read("a.json", tmp_path, Freshness(started, lambda _: False)).older is older
    assert not read("a.json", tmp_path, Freshness(2_000.0, lambda _: True)).older


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "a.json is empty"),
        ("<html></html>", "a.json is not JSON"),
        ("{", "a.json is not JSON"),
        ('"text"', "a.json is not JSON"),
        ("[1]", "is not the result of a supported tool: it holds a list"),
        ("1", "is not the result of a supported tool: it holds one value"),
        ("{}", "is not the result of a supported tool: it is empty"),
        ('{"accuracy": 1}', "is not the result of a supported tool: its keys are accuracy"),
        ('{"tests": [{"nodeid": "a", "outcome": "passed"}]}', "its keys are tests"),
        ('{"metrics": [{"name": "a"}]}', "its keys are metrics"),
        ('{"metrics": {"accuracy": 1}}', "its keys are metrics"),
        ('{"metrics": [], "tests": []}', "its keys are metrics, tests"),
        ('{"metrics": [{"metric_name": "A()"}]}', "Evidently, but an entry has no 'value'"),
        (
            '{"metrics": [], "tests": [{"name": "a", "status": "MAYBE"}]}',
            "Evidently, but its structure is unexpected: a test's status is 'MAYBE'",
        ),
        ('{"name": "a", "results": [{"header": "b"}]}', "Deepchecks, but an entry has no 'value'"),
        (
            '{"check": {}, "header": "a", "value": 1, "conditions_results": [{"Status": "X"}]}',
            "Deepchecks, but its structure is unexpected: a condition's status is 'X'",
        ),
        ("version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
    ],
)
def test_what_is_no_such_result_is_told(tmp_path, content, wrong):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=wrong):
        read("a.json", tmp_path)


def test_several_files_must_be_named(tmp_path):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(DataError, match="matches 2 files"):
        read("*.json", tmp_path)
    with pytest.raises(DataError, match=r"there is no file c\.json"):
        read("c.json", tmp_path)
