"""What the author's code answers is input: an answer, or an error with what to do."""

from __future__ import annotations

import json

import pytest

from mlgate.errors import DataError
from mlgate.inputs.answers import MetricAnswer, SuiteAnswer, WorkerAnswer, read_answer

CHECK = {"text": "age ≥ 0"}


def test_half_a_surrogate_pair_can_be_shown() -> None:
    raw = json.dumps({"problem": "no file caf\udce9.csv", "traceback": "one\ntwo\nthree"}).encode()
    failure = read_answer(raw, MetricAnswer).failure(2)
    assert failure == "no file caf?.csv\n    two\n    three"


@pytest.mark.parametrize("form", [MetricAnswer, SuiteAnswer])
@pytest.mark.parametrize("raw", [b"", b"[]", b'"text"', b"\xff", b"[" * 100_000, b'{"problem": 7}'])
def test_what_has_not_the_form_is_an_error(form: type[WorkerAnswer], raw: bytes) -> None:
    with pytest.raises(DataError, match="has not the form"):
        read_answer(raw, form)


@pytest.mark.parametrize("value", ["text", [1], {}, "1" * 5000])
def test_a_metric_is_a_number(value: object) -> None:
    with pytest.raises(DataError):
        read_answer(json.dumps({"value": value}).encode(), MetricAnswer)


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": None}, {"rows": -1}, {"checks": []}, {"checks": {"a": {}}},
        {"checks": {"a": CHECK | {"broken": -1}}}, {"checks": {"a": CHECK | {"example": [1]}}},
    ],
)  # fmt: skip
def test_a_suite_is_counts(changed: dict[str, object]) -> None:
    whole = {"rows": 3, "checks": {"a": CHECK}}
    assert read_answer(json.dumps(whole).encode(), SuiteAnswer).rows == 3
    with pytest.raises(DataError):
        read_answer(json.dumps(whole | changed).encode(), SuiteAnswer)
