"""What the training did, from its tables: each fact, and each table that says nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.parquet_table import parquet_table

from mlgate import checks, config
from mlgate.checks.expect.measure import ExpectParams, params, run
from mlgate.errors import ConfigError, DataError
from mlgate.model.evidence import Absent, BaselineRef, RowCounts
from mlgate.model.inputs import EarlierEvidence, Stamp

if TYPE_CHECKING:
    from mlgate.checks.expect.evidence import ExpectEvidence

NONE_YET = Absent(kind="none_yet", reason="this is the first run")
FALLING = {"loss": [2.0] * 10 + [1.0] * 80 + [0.5] * 10}
CASES = {"id": ["a", "b", "c"], "expected": [1.0, 2.0, 3.0], "off": [0.1, 0.0, 0.5]}
ANSWERS = {"id": ["c", "a", "b"], "prediction": [3.4, 1.05, 2.0]}
SECTIONS = {
    "loss": "loss: {path: loss}",
    "cases": "cases: {path: cases, predictions: answers, tolerance: off}",
    "importance": "importance: {path: importance}",
}


def asked(*names: str, gates: str = "expect.model_size: {max: 1}") -> ExpectParams:
    section = ", ".join(SECTIONS.get(name, name) for name in names)
    text = f"version: 1\nexpect: {{{section}}}\ngates: {{{gates}}}\n"
    made = params(config.parse(text, "mlgate.yaml", checks.sections()).config)
    assert made is not None
    return made


def measured(
    params: ExpectParams,
    tables: dict[str, dict[str, list[Any]]],
    earlier: ExpectEvidence | None = None,
    training: object = None,
) -> ExpectEvidence:
    counts = RowCounts(paired=1, added=0, missing=9)
    ref = BaselineRef(commit="b" * 40, rows=counts)
    inputs = SimpleNamespace(
        table=lambda path, key, reference=False: parquet_table(tables[path], path),
        earlier=lambda role, check: NONE_YET if earlier is None else EarlierEvidence(ref, earlier),
        stamp=Stamp("mlgate", "a" * 40, "2027-01-01T00:00:00Z"),
        training=training,
        digests={},
        notes=(),
    )
    return run(inputs, params)  # type: ignore[arg-type]


def test_the_loss_falls_from_its_first_tenth_to_its_last() -> None:
    evidence = measured(asked("loss"), {"loss": FALLING})
    assert evidence.metrics["loss"].value == 0.5
    assert evidence.metrics["loss_fall"].interval == (1.5, 1.5)
    assert evidence.steps == 100


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ([1.0, float("nan"), 0.5], "no finite number in row 2"),
        ([1.0, None], "no finite number in row 2"),
        ([1.0, float("inf")], "row 2"),
    ],
)
def test_a_loss_that_is_not_finite_is_an_error(loss: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        measured(asked("loss"), {"loss": {"loss": loss}})


def test_each_case_has_its_own_tolerance() -> None:
    evidence = measured(asked("cases"), {"cases": CASES, "answers": ANSWERS})
    assert evidence.metrics["cases"].value == 1
    off = {**ANSWERS, "prediction": [3.6, 1.05, 2.0]}
    evidence = measured(asked("cases"), {"cases": CASES, "answers": off})
    assert evidence.metrics["cases"].value == pytest.approx(2 / 3)
    assert [case.id for case in evidence.wrong] == ["c"]


def test_a_case_without_an_answer_is_wrong_and_text_must_be_the_same() -> None:
    cases = {"id": [1, 2, 3], "expected": ["cat", "dog", "1"], "off": [9.0, 9.0, 9.0]}
    answers = {"id": [1, 2], "prediction": ["cat", "Dog"]}
    evidence = measured(asked("cases"), {"cases": cases, "answers": answers})
    assert [(case.id, case.given) for case in evidence.wrong] == [("2", "Dog"), ("3", None)]


@pytest.mark.parametrize(
    ("cases", "answers", "message"),
    [
        ({**CASES, "id": ["a", "a", "b"]}, ANSWERS, "does not name each case once"),
        (CASES, {"id": ["a"]}, "no column 'prediction'"),
        ({**CASES, "off": [0.1, -1.0, 0.0]}, ANSWERS, "number of at least 0"),
    ],
)
def test_tables_of_cases_that_cannot_be_used(
    cases: dict[str, list[Any]], answers: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        measured(asked("cases"), {"cases": cases, "answers": answers})


def test_importance_is_shared_out_and_its_shift_is_what_moved() -> None:
    before = measured(
        asked("importance"),
        {"importance": {"feature": ["a", "b"], "importance": [3.0, 1.0]}},
    )
    assert before.importance == {"a": 0.75, "b": 0.25}
    assert before.metrics["importance_shift"].role == "main"
    repeated = {"feature": ["a", "a", "b", "c"], "importance": [0.0, 2.0, -1.0, 1.0]}
    after = measured(asked("importance"), {"importance": repeated}, before)
    assert after.importance == {"a": 0.5, "c": 0.5, "b": 0.0}
    assert after.metrics["importance_shift"].value == pytest.approx(0.5)
    assert after.main_importance == before.importance


def test_size_and_memory_are_compared_with_mains_whatever_its_rows() -> None:
    def training(size: int) -> SimpleNamespace:
        artifact, used = SimpleNamespace(size=size), SimpleNamespace(peak_memory=10 * size)
        return SimpleNamespace(artifacts=(artifact, artifact), resources=used)

    main = measured(asked("load: {}"), {}, training=training(100))
    here = measured(asked("load: {}"), {}, main, training(110))
    against = here.metrics["model_size"].against["main"]
    assert (here.metrics["model_size"].value, against.change) == (220, 20)
    assert against.interval == (20, 20)
    assert here.baselines["main"].rows is None


def test_without_a_training_nothing_is_said_of_it() -> None:
    metrics = measured(asked("load: {}"), {}).metrics
    assert metrics["peak_memory"].untested == "nothing was trained"
    assert metrics["model_size"].value is None


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("expect.nonsense: {max: 1}", "there is no metric 'expect.nonsense'"),
        ("expect.loss: {max: 1}", r"needs expect\.loss"),
        ("expect.importance_shift: {max_regression: 1}", "is not for"),
    ],
)
def test_gates_that_nothing_can_decide_are_refused(gate: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        asked("importance", gates=gate)
