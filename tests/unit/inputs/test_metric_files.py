from __future__ import annotations

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
    return {key: scalar.values for key, scalar in read([name], root, ANY).items()}


NESTED = {"test.auc": (0.9,), "test.f1": (0.5, 0.75), "epochs": (3.0,)}


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
        ("m.json", '{"test": {"auc": NaN}}', r"'test\.auc' is nan in m\.json"),
        ("m.json", '{"auc": [0.5, Infinity]}', "'auc' is inf in"),
        ("m.yaml", "auc: .nan", "'auc' is nan"),
        ("m.toml", "auc = -inf", "'auc' is -inf"),
        ("m.csv", "auc\nnan\n", "'auc' is nan"),
        ("m.json", "", r"metrics\.files: m\.json is empty"),
        ("m.csv", "\n \n", "is empty"),
        ("m.json", '{"auc": ', r"m\.json cannot be read: Expecting value"),
        ("m.json", '{"auc": 1' + "0" * 400 + "}", "cannot be read"),
        ("m.yaml", "a: [1\n", r"m\.yaml cannot be read"),
        ("m.toml", "auc 1", r"m\.toml cannot be read"),
        ("m.csv", "auc,f1\n1\n", "its rows are not all of one length"),
        ("m.csv", "auc,f1\n1,2\n,2\n", "column 'auc' has a number in some rows and none in row 2"),
        ("m.txt", "auc 1", r"m\.txt is none of"),
        ("m.json", "version https://git-lfs.github.com/spec/v1\noid x\n", "Git LFS pointer"),
    ],
)
def test_bad_files(root: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        values(root, name, text)


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
