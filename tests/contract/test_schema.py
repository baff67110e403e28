"""The schemas are those of the models, and the one of mlgate.yaml says what `parse` says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate import config
from mlgate.checks import all_evidence_types, sections
from mlgate.config import jsonschema as schemas
from mlgate.config import tree
from mlgate.errors import ConfigError
from mlgate.model.evidence import CompareEvidence, Evidence, TrainEvidence

ROOT = Path(__file__).parents[2]
FILES = schemas.files(sections(), all_evidence_types())
SCHEMAS = {Path(name).name.partition(".")[0]: json.loads(text) for name, text in FILES.items()}
VALID = jsonschema.Draft202012Validator(
    SCHEMAS["mlgate"], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
EVIDENCE = jsonschema.Draft202012Validator(SCHEMAS["evidence"])


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_up_to_date(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == FILES[name], "run `python -m mlgate config schema --write`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_they_are_schemas_with_an_address(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    address = f"https://github.com/mlgate/mlgate/blob/main/schema/{name}.schema.json"
    assert schema["$id"] == address


def keys(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    parts = {"mlgate.yaml": schema, **schema["$defs"]}
    return [
        (f"{owner}.{key}", member)
        for owner, part in parts.items()
        for key, member in part.get("properties", {}).items()
    ]


@pytest.mark.parametrize(("key", "member"), keys(SCHEMAS["mlgate"]))
def test_every_key_is_described(key: str, member: dict[str, Any]) -> None:
    assert len(member.get("description", "")) > 10, key
    assert "\n" not in member["description"]


BASE: dict[str, Any] = {
    "version": 1,
    "task": "binary",
    "predictions": {"path": "p.csv", "label": "y", "prediction": "p", "score": "s"},
    "gates": {"accuracy": {"max_regression": 0.01}},
}
TYPED: dict[str, list[Any]] = {
    "version": [2, "1", None],
    "name": ["x", "", 1, None],
    "task": ["binry", 1],
    "train": [
        {}, None, [], {"run": "x"}, {"run": ""}, {"timeout": "1h30m"}, {"timeout": "0s"},
        {"timeout": 90}, {"timeout": "1.5h"}, {"timeout": ""}, {"artifacts": ["a"]},
        {"artifacts": "a"}, {"artifacts": [""]}, {"reuse": "tree"}, {"pass_env": [1]},
    ],
    "metrics": [
        {"use": ["f1"]}, {"use": "f1"}, {"rows": {"a": "higher"}}, {"rows": {"a": "up"}},
        {"custom": {"a": "m:f"}}, {"custom": {"a": "m.f"}}, {"direction": {"c": "lower"}}, {"x": 1},
    ],
    "baseline": [
        {"keep": "rows"}, {"keep": "all"}, {"id_key": "${env:A_1}"}, {"id_key": "secret"},
        {"retention": {"newest": 1}}, {"retention": {"newest": 0}}, {"retention": {"days": 1.5}},
        {"retention": {"x": 1}}, {"predictions": None},
    ],
    "gates": [
        {}, None, [], {"accuracy": {"min": 0.5}}, {"accuracy": {"min": "0.5"}},
        {"accuracy": {"min": True}}, {"accuracy": {"max_regression": "2%"}},
        {"accuracy": {"max_regression": ".5 %"}}, {"accuracy": {"max_regression": "2"}},
        {"accuracy": {"max_regression": "1.2.3%"}}, {"accuracy": {"max_regression": -1}},
        {"accuracy": {"max_regression": {"value": 0.1}}}, {"accuracy": {"max_shares": 0.5}},
        {"accuracy": {"min": 0.5, "on_fail": "warn"}}, {"accuracy": {"min": 0.5, "on_fail": "no"}},
        {"accuracy": {"min": 0.5, "on_inconclusive": None}}, {"accuracy": 0.5},
    ],
    "policy": [
        {"confidence": 0.9}, {"confidence": 1}, {"confidence": 0.4}, {"power": 0.99},
        {"on_inconclusive": "fail"}, {"on_inconclusive": "pass"},
        {"deploy": {"accept": ["pass", "inconclusive"]}}, {"deploy": {"accept": ["fail"]}},
    ],
    "when": [{"paths": ["a/**"]}, {"paths": []}, {"drafts": False}, {"drafts": 0}],
    "waivers": [
        [], [{"gate": "accuracy", "reason": "x", "until": "2027-01-31"}],
        [{"gate": "accuracy", "reason": "", "until": "2027-01-31"}],
        [{"gate": "accuracy", "reason": "x", "until": "2027-13-31"}],
        [{"gate": "accuracy", "reason": "x"}], {},
    ],
    "report": [{"plots": "none"}, {"plots": "no"}, {"title": None}, {"title": ""}],
    "data": [{}, {"path": "a.csv"}, {"path": 1}],
    "drift": [{}, {"reference": "a", "current": "b"}, {"reference": "a", "current": 1},
              {"reference": "a", "current": "b", "floors": {"x": 0.2, "y": {"tv": 0.1}}},
              {"reference": "a", "current": "b", "floors": {"x": "0.2"}}],
    "nonsense": [1],
}  # fmt: skip
PREDICTIONS: dict[str, list[Any]] = {
    "path": ["", 1, "x"],
    "id": ["id", ["a", "b"], [], "", [1], None],
    "score": ["s", 3, {}, {"a": ""}, ["a"]],
    "classes": [["a"], "ab", [["a"], "b"]],
    "positive_label": [1, True, ">50K", 0.5, ["a"], {}],
    "threshold": [0, 1, 0.5, 1.5, "0.5", None],
    "rows": [{"missing": 0.5}, {"missing": 2}, {"relabelled": "ignore"}, {"relabelled": "x"}],
    "weight": ["w"], "fold": [None],
}  # fmt: skip
CASES = [
    *({**BASE, key: value} for key, values in TYPED.items() for value in values),
    *(
        {**BASE, "predictions": {**BASE["predictions"], key: value}}
        for key, values in PREDICTIONS.items()
        for value in values
    ),
    *({k: v for k, v in BASE.items() if k != missing} for missing in ("version", "gates")),
    {**BASE, "predictions": {"path": "x", "prediction": "p"}},
]


def accepted(data: dict[str, Any]) -> bool:
    try:
        config.parse(json.dumps(data), "mlgate.yaml", sections())
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("data", CASES, ids=lambda data: json.dumps(data)[:60])
def test_schema_and_parser_agree(data: dict[str, Any]) -> None:
    assert VALID.is_valid(data) is accepted(data)


def test_the_cases_hold_both_kinds() -> None:
    right = sum(map(accepted, CASES))
    assert len(CASES) * 0.2 < right < len(CASES) * 0.8


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["2%", "x", "", "accuracy"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["min", "accuracy", "run", "path", "label"]), inner, max_size=2),
    max_leaves=5,
), st.sampled_from([key for key in BASE if key != "task"] + ["train", "metrics", "when"]))  # fmt: skip
def test_what_the_parser_accepts_the_schema_accepts(value: Any, key: str) -> None:
    data = {**BASE, key: value}
    if accepted(data):
        VALID.validate(data)


EXAMPLES = sorted(ROOT.glob("examples/*/mlgate.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_our_examples_are_right(path: Path) -> None:
    assert config.load(path, sections()).config.gates
    VALID.validate(tree.read(path.read_text(encoding="utf-8"), path.name).data)


STAMP: dict[str, Any] = {"tool": "0.1.0", "commit": None, "created": "2026-11-21T12:00:00Z"}


def test_evidence_is_valid_by_its_schema() -> None:
    for evidence in (
        CompareEvidence(**STAMP),
        TrainEvidence(**STAMP, command=None, status="ok", started="x", finished="y"),
        Evidence(**STAMP, check="mine", found={"x": 1}),
    ):
        EVIDENCE.validate(json.loads(evidence.to_json()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"check": "compare", "task": "ranking"},
        {"check": "compare", "unknown": 1},
        {"check": "train"},
        {"check": "mine", "metrics": {"a": {}}},
        {},
    ],
)
def test_evidence_of_another_form_is_not(wrong: dict[str, Any]) -> None:
    assert not EVIDENCE.is_valid({"schema": 1, **STAMP, **wrong})
