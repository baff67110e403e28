"""Numbers that a judge gives, corrected by a human's numbers of some rows: whole runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlgate import checks, config
from mlgate.errors import ConfigError
from mlgate.pipeline.planning.plan import plan
from mlgate.pipeline.planning.plan_text import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

TRAIN = """\
import json, pathlib, random
knobs = json.loads(pathlib.Path("quality.json").read_text())
rng = random.Random(7)
looked = set(rng.sample(range(2000), knobs.get("humans", 200)))
rows = ["id,judge,grade,human"]
for i in range(2000):
    luck, err = rng.random(), rng.random()
    good = luck < knobs["good"]
    said = int(err > knobs.get("harsh", 0.1)) if good else int(err < knobs.get("kind", 0.1))
    human = int(good) if i in looked else ""
    rows.append(f"q{i},{knobs.get('judge', 'small-1')},{knobs.get('says', said)},{human}")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/answers.csv").write_text("\\n".join(rows) + "\\n")
"""
CONFIG = """\
version: 1
name: toy
task: scores
train: {run: "python train.py"}
predictions: {path: out/answers.csv, id: id}
metrics: {rows: {grade: {direction: higher, human: human, judge: judge}}}
gates:
  grade: {min: 0.5, max_regression: 0.05}
"""
ALONE = CONFIG.replace("human: human, ", "")


@pytest.fixture
def judged(repository: Repository) -> Repository:
    repository.write("train.py", TRAIN)
    repository.write("mlgate.yaml", CONFIG)
    repository.write("quality.json", '{"good": 0.8}')
    repository.commit("judge")
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


def answered(repository: Repository, **knobs: Any) -> dict[str, str]:
    repository.write("quality.json", json.dumps({"good": 0.8, **knobs}))
    repository.commit(f"{knobs}")
    return repository.gates()


def compared(repository: Repository) -> dict[str, Any]:
    evidence: dict[str, Any] = json.loads(
        (repository.root / ".mlgate/evidence/compare.json").read_text()
    )
    return evidence


def notes(repository: Repository) -> str:
    return " ".join(note["text"] for note in compared(repository)["notes"])


def test_a_judge_that_favours_a_worse_model_does_not_let_it_pass(judged: Repository) -> None:
    favoured = {"good": 0.6, "kind": 0.6, "harsh": 0.02}
    gates = answered(judged, **favoured)
    assert gates["grade.max_regression"] == "fail"
    grade = compared(judged)["metrics"]["grade"]
    assert grade["against"]["main"]["change"] == pytest.approx(-0.2, abs=0.06)
    assert grade["value"] == pytest.approx(0.6, abs=0.07)
    assert grade["n"] == 200
    assert "The judge of grade alone says +0." in notes(judged)
    judged.git("checkout", "-q", "main")
    judged.write("mlgate.yaml", ALONE)
    judged.commit("the judge alone")
    judged.run()
    judged.save()
    judged.branch("alone")
    judged.write("mlgate.yaml", ALONE)
    assert answered(judged, **favoured)["grade.max_regression"] == "pass"


def test_humans_in_a_baseline_come_back_and_agreement_is_measured(judged: Repository) -> None:
    gates = answered(judged)
    assert gates == dict.fromkeys(gates, "pass")
    metrics = compared(judged)["metrics"]
    assert set(metrics) == {"grade", "grade.bias", "grade.agreement", "grade.kappa"}
    for metric in metrics.values():
        assert metric["against"]["main"]["change"] == 0
        assert metric["against"]["main"]["n"] == 200
    assert metrics["grade.kappa"]["direction"] == "higher"
    assert metrics["grade.bias"]["direction"] is None


@pytest.mark.parametrize(
    ("knobs", "gate", "said"),
    [
        ({"humans": 0}, "grade.max_regression", "200 rows that a human labelled there have no"),
        ({"humans": 0}, "grade.min", "200 rows that a human labelled there have no human label"),
        ({"humans": 199}, "grade.max_regression", "1 row that a human labelled there has no human"),
        ({"says": 1}, None, "The judge of grade gives 1 to every row"),
        ({"judge": "small-2"}, None, "The judge of grade is small-2 here and small-1 for main"),
    ],
)
def test_an_honest_answer(
    judged: Repository, knobs: dict[str, Any], gate: str | None, said: str
) -> None:
    judged.write("quality.json", json.dumps({"good": 0.8, **knobs}))
    judged.commit("another")
    verdict = judged.run().verdict
    if gate is None:
        assert said in notes(judged)
        return
    (result,) = (result for result in verdict.gates if result.id == gate)
    assert result.verdict == "error"
    assert said in result.reason
    assert "on the rows that main has labels of" in str(result.hint)


def test_what_would_decide_is_counted_in_labels(judged: Repository) -> None:
    """Of 2,000 rows few have a label: in the plan, and in what an undecided gate says."""
    judged.git("checkout", "-q", "main")
    judged.write("mlgate.yaml", CONFIG.replace("id: id}", "id: id, rows: {missing: 1}}"))
    judged.commit("rows may lack a label")
    judged.branch("few")
    judged.write("quality.json", '{"good": 0.8, "humans": 30, "kind": 0.4}')
    judged.commit("few labels")
    assert " labels would decide" in judged.run().verdict.headline
    (rule,) = (
        rule for rule in plan(judged.context, 0.8).rules if rule.rule.id == "grade.max_regression"
    )
    assert rule.rows_needed is not None
    assert f"needs about {rule.rows_needed:,} labels at the spread of the last run" in sentence(
        rule
    )
    assert rule.assumed.rows is not None
    assert rule.assumed.rows <= 200


def test_another_judge_alone_decides_nothing(judged: Repository) -> None:
    judged.git("checkout", "-q", "main")
    judged.write("mlgate.yaml", ALONE)
    judged.commit("the judge alone")
    judged.run()
    judged.save()
    judged.branch("alone")
    assert answered(judged)["grade.max_regression"] != "inconclusive"
    judged.write("quality.json", '{"good": 0.8, "judge": "small-2"}')
    judged.commit("another judge")
    (result,) = (gate for gate in judged.run().verdict.gates if gate.id == "grade.max_regression")
    assert result.verdict == "error"
    assert "2,000 of 2,000 rows have another value of grade (judge)" in result.reason
    assert "change them under new names" in str(result.hint)


def test_a_baseline_without_human_labels_decides_nothing(judged: Repository) -> None:
    judged.git("checkout", "-q", "main")
    answered(judged, humans=0)
    judged.run()
    judged.save()
    judged.branch("labelled")
    assert answered(judged)["grade.max_regression"] == "inconclusive"
    reason = next(g.reason for g in judged.run().verdict.gates if g.id == "grade.max_regression")
    assert "no row of main has a human label" in reason


def test_labels_of_questions_in_place_of_answers_are_noticed(judged: Repository) -> None:
    """The judge's numbers of answers change, and no human label ever does."""
    answered(judged, kind=0.7)
    assert "A label belongs to an answer, not to a question" in notes(judged)


def test_rows_that_were_chosen_for_a_human_are_noticed(judged: Repository) -> None:
    chosen = TRAIN.replace("if i in looked", "if not said and i < 1500")
    judged.write("train.py", chosen)
    answered(judged)
    assert "The rows of grade with a human label are unlike the others" in notes(judged)


def test_a_gate_on_agreement(judged: Repository) -> None:
    judged.write("mlgate.yaml", CONFIG + "  grade.kappa: {min: 0.6}\n  grade.bias: {max: 0.5}\n")
    judged.git("checkout", "-q", "-B", "main")
    gates = answered(judged)
    assert gates["grade.bias.max"] == "pass"
    assert gates["grade.kappa.min"] in ("pass", "inconclusive")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("human: human", "human: grade"), "'grade' is the judge's own column"),
        (("human: human", "human: nobody"), "no column 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused(
    judged: Repository, tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    text = CONFIG.replace(*change)
    if "own column" in problem:
        (tmp_path / "mlgate.yaml").write_text(text)
        with pytest.raises(ConfigError, match=problem):
            config.load(tmp_path / "mlgate.yaml", checks.sections())
        return
    judged.git("checkout", "-q", "main")
    judged.write("mlgate.yaml", text)
    answered(judged)
    assert problem in compared(judged)["error"]
