from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError
from mlgate.inputs.metric_files import read
from mlgate.inputs.paths import ANY, Freshness
from mlgate.model.inputs import Scalar

if TYPE_CHECKING:
    from pathlib import Path


def values(root: Path, name: str, text: str) -> dict[str, tuple[float, ...]]:
    (root / name).write_text(text, encoding="utf-8")
    scalars = read([name], root, ANY).items()
    return {key: scalar.values for key, scalar in scalars if scalar.problem is None}


NESTED = {"test.auc": (0.9,), "test.f1": (0.5, 0.75), "epochs": (3.0,)}


BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{i}: &a{i} {{" + ", ".join(f"k{j}: *a{i - 1}" for j in range(9)) + "}\n" for i in range(1, 8)
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "m.json",
            '{"test": {"auc": 0.9, "f1": [0.5, 0.75], "ok": true, "by": "me"}, "epochs": 3}',
        ),
        ("m.yaml", "test:\n  auc: 0.9\n  f1: [0.5, 0.75]\n  ok: true\n  by: me\nepochs: 3\n"),
        ("m.yml", "test: {auc: 9e-1, f1: [.5, .75], none: null}\nepochs: 3\n"),
        (
            "m.toml",
            'epochs = 3\n[test]\nauc = 0.9\nf1 = [0.5, 0.75]\nday = 2024-01-01\nby = "me"\n',
        ),
    ],
)
def test_nested_keys_and_lists_of_seeds(root: Path, name: str, text: str) -> None:
    assert values(root, name, text) == NESTED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("auc,f1\n0.9,0.5\n", {"auc": (0.9,), "f1": (0.5,)}),
        ("auc;f1\n0.9;0.5\n", {"auc": (0.9,), "f1": (0.5,)}),
        ("auc,model\n0.9,xgb\n0.8,xgb\n", {"auc": (0.9, 0.8)}),
        ("metric,value\nauc,0.9\nf1,0.5\nf1,0.75\n", {"auc": (0.9,), "f1": (0.5, 0.75)}),
        ("auc,0.9\nf1,0.5\n", {"auc": (0.9,), "f1": (0.5,)}),
        ("model,auc\nxgb,0.9\n", {"auc": (0.9,)}),
        ("auc\n0.9\n", {"auc": (0.9,)}),
    ],
)
def test_csv_in_either_form(root: Path, text: str, found: dict[str, tuple[float, ...]]) -> None:
    assert values(root, "m.csv", text) == found


def test_tabs(root: Path) -> None:
    assert values(root, "m.tsv", "auc\tf1\n1\t2\n") == {"auc": (1.0,), "f1": (2.0,)}


def test_two_files_with_one_key_are_told_apart(root: Path) -> None:
    (root / "a.json").write_text('{"auc": 0.9, "f1": 0.5}')
    (root / "b.json").write_text('{"auc": 0.8}')
    found = read(["*.json"], root, ANY)
    assert set(found) == {"a.json:auc", "b.json:auc", "f1"}
    assert len(found) == 3
    assert found["b.json:auc"] == Scalar((0.8,), "b.json")
    assert found["a.json:f1"] is found["f1"]
    assert "nothing" not in found
    assert found.get("b.json:f1") is None
    with pytest.raises(DataError, match=r"the metric 'auc' is in a\.json and in b\.json") as e:
        found.get("auc")
    assert e.value.hint == 'tell them apart: "a.json:auc"'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("m.json", "", r"metrics\.files: m\.json is empty"),
        ("m.csv", "\n \n", "is empty"),
        ("m.json", '{"auc": ', r"m\.json cannot be read: line 1 of it is no valid JSON"),
        ("m.json", '{"auc": 1, "auc": 2}', "it holds 'auc' twice"),
        ("m.json", '{"\\ud800": 1, "\\ud801": 2}', r"it holds '\?' twice"),
        ("m.toml", "auc = 1" + "0" * 400, "cannot be read"),
        ("m.yaml", "a: &a {b: *a}", "one of its aliases stands for what holds it"),
        ("m.yaml", BOMB, "its aliases stand for more than 100,000 values"),
        ("m.yaml", "a: 1\n" * 500_000, "it is larger than 2,000,000 characters"),
        (
            "m.json",
            json.dumps(dict.fromkeys(map(str, range(10_001)), 1)),
            "more than 10,000 numbers",
        ),
        ("m.json", json.dumps({"auc": [1] * 10_001}), "more than 10,000 numbers"),
        ("m.json", " " * 10_000_001, "m.json is larger than 10,000,000 bytes"),
        ("m.yaml", "a: [1\n", r"m\.yaml cannot be read: line 1 of it is no valid YAML"),
        ("m.toml", "auc 1", r"m\.toml cannot be read: line 1 of it is no valid TOML"),
        ("m.csv", "auc,f1\n1\n", "its rows are not all of one length"),
        ("m.csv", "auc,f1\n1,2\n,2\n", "column 'auc' has a number in some rows and none in row 2"),
        ("m.txt", "auc 1", r"m\.txt is none of"),
        (
            "m.yaml",
            "auc: !!python/object/apply:numpy.core.multiarray.scalar [1]",
            r"m\.yaml cannot be read: line 1 of it holds an object of Python\n.* float\(x\)",
        ),
        ("m.csv", "epoch,auc\n0,0.3\n1,0.8\n", r"m\.csv has a value for each 'epoch'"),
        ("m.json", '{"log": {"step": [10, 20], "auc": [0.3, 0.8]}}', "for each 'log.step'"),
        ("m.json", "version https://git-lfs.github.com/spec/v1\noid x\n", "Git LFS pointer"),
    ],
)
def test_bad_files(root: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        values(root, name, text)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("m.json", '{"test": {"auc": NaN}, "f1": 1}', "'test.auc' in m.json is nan: it is undefined"),
        ("m.json", '{"auc": [0.5, Infinity], "f1": 1}', "'auc' in m.json is inf: it is undefined"),
        ("m.yaml", "auc: .nan\nf1: 1", "'auc' in m.yaml is nan: it is undefined"),
        ("m.toml", "auc = -inf\nf1 = 1", "'auc' in m.toml is -inf: it is undefined"),
        ("m.json", '{"auc": [1e308, 1e308], "f1": 1}', "'auc' in m.json is 1e+308: it is too large"),
        ("m.json", '{"auc": ' + "9" * 50 + ', "f1": 1}', f"'auc' in m.json is the text '{'9' * 50}'; write it as a number"),
        ("m.csv", "auc,f1\nnan,1\n", "'auc' in m.csv is nan: it is undefined"),
        ("m.json", '{"auc": "0.91", "f1": 1}', "'auc' in m.json is the text '0.91'; write it as a number"),
        ("m.csv", "auc;f1;x\n0,91;1;2\n", "'auc' in m.csv is the text '0,91'; write it as a number"),
        ("m.csv", "name;value\nauc;0,91\nf1;1\n", "'auc' in m.csv is the text '0,91'; write it as a number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_a_problem_of_its_own_only(
    root: Path, name: str, text: str, problem: str
) -> None:
    assert values(root, name, text)["f1"] == (1.0,)
    scalars = read([name], root, ANY)
    assert [scalar.problem for scalar in scalars.values() if scalar.problem] == [problem]


def test_names_in_a_list_of_names_and_values(root: Path) -> None:
    text = '{"test": [{"name": "auc", "value": 0.9, "type": "x"}, {"name": "f1", "value": [1, 2]}]}'
    assert values(root, "m.json", text) == {"test.auc": (0.9,), "test.f1": (1.0, 2.0)}
    assert values(root, "n.json", '[{"name": "auc", "value": 0.9}]') == {"auc": (0.9,)}
    twice = '[{"name": "auc", "value": 0.9}, {"name": "auc", "value": 0.8}]'
    with pytest.raises(DataError, match="it holds 'auc' twice"):
        values(root, "o.json", twice)


def test_a_number_of_epochs_is_no_course_of_a_training(root: Path) -> None:
    assert values(root, "m.json", '{"epoch": 3, "auc": 0.9}')["auc"] == (0.9,)
    assert values(root, "m.csv", "epoch,auc\n9,0.8\n9,0.9\n")["auc"] == (0.8, 0.9)


def test_a_missing_and_a_stale_file(root: Path) -> None:
    with pytest.raises(DataError, match=r"metrics\.files: there is no file m\.json"):
        read(["m.json"], root, ANY)
    (root / "m.json").write_text('{"auc": 1}')
    os.utime(root / "m.json", (1_700_000_000, 1_700_000_000))
    with pytest.raises(DataError, match=r"metrics\.files: m\.json was written at 2023-11-14"):
        read(["m.json"], root, Freshness(1_700_000_060.0, lambda _: False))


def test_a_file_outside_the_repository(root: Path) -> None:
    (root / "repo").mkdir()
    (root / "m.json").write_text("{}")
    with pytest.raises(DataError, match="outside the repository"):
        read(["../m.json"], root / "repo", ANY)
    assert dict(read(["../m.json"], root / "repo", ANY, top=root)) == {}


def test_half_a_surrogate_pair_in_a_name_is_replaced(root: Path) -> None:
    assert values(root, "m.yaml", '"x\\ud800": 3') == {"x?": (3.0,)}
    assert values(root, "n.json", '{"x\\ud800": 3}') == {"x?": (3.0,)}


def test_few_aliases_are_read(root: Path) -> None:
    assert values(root, "m.yaml", "a: &a {x: 1}\nb: *a") == {"a.x": (1.0,), "b.x": (1.0,)}
