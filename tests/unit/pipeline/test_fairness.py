"""`mlgate run` with groups, from end to end: a model that fails one group is blocked and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from .conftest import Repository

TRAIN = """\
import json, pathlib, random
knobs = json.loads(pathlib.Path("quality.json").read_text())
rng = random.Random(3)
rows, groups = ["id,label,predicted,score"], ["person,sex,age"]
for i in range(4000):
    sex, label = rng.choice("FM"), rng.random() < 0.4
    right = rng.random() < (knobs["accuracy"] if sex == "M" else knobs.get("F", knobs["accuracy"]))
    predicted = label if right else not label
    score = (0.55 + 0.4 * rng.random()) if predicted else (0.45 - 0.4 * rng.random())
    rows.append(f"row{i},{int(label)},{int(predicted)},{score:.6f}")
    groups.append(f"row{i},{sex},{rng.randrange(18, 80)}")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/predictions.csv").write_text("\\n".join(rows) + "\\n")
pathlib.Path("out/people.csv").write_text("\\n".join(groups) + "\\n")
"""
CONFIG = """\
version: 1
name: toy
task: binary
train: {run: "python train.py"}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted, score: score}
fairness:
  sensitive:
    sex: {path: out/people.csv, id: person}
    age: {path: out/people.csv, id: person, edges: [30, 60]}
  search: [sex, age]
gates:
  accuracy: {min: 0.5}
  "fairness.accuracy_difference[sex]": {max: 0.1, max_regression: 0.05}
  "fairness.tpr[sex=F]": {max_regression: 0.05}
"""


@pytest.fixture
def grouped(repository: Repository) -> Repository:
    repository.commit("groups", **{"train.py": TRAIN, "mlgate.yaml": CONFIG})
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


def test_equal_groups_pass(grouped: Repository) -> None:
    grouped.commit("words only", README="hello")
    gates = grouped.gates()
    assert set(gates.values()) == {"pass"}
    assert "fairness.tpr[sex=F].max_regression" in gates


def test_a_model_that_fails_one_group_is_blocked_and_shown(grouped: Repository) -> None:
    grouped.quality(0.9, ', "F": 0.7')
    result = grouped.run()
    gates = {gate.id: gate.verdict for gate in result.verdict.gates}
    assert gates["fairness.accuracy_difference[sex].max"] == "fail"
    assert gates["fairness.accuracy_difference[sex].max_regression"] == "fail"
    assert gates["fairness.tpr[sex=F].max_regression"] == "fail"
    assert result.code == ExitCode.BLOCKED
    report = (result.dir.path / "report.md").read_text()
    assert "<b>Fairness</b>: largest gap" in report
    assert "(accuracy, sex: M − F)" in report
    assert "sex = F" in report
    html = (result.dir.path / "report.html").read_text()
    assert "Rates by sex × age" in html
    assert (result.dir.path / "plots" / "fairness-sex-dark.png").stat().st_size > 2000


def test_a_column_that_does_not_exist_is_told(grouped: Repository) -> None:
    wrong = CONFIG.replace("sensitive:\n    sex:", "sensitive:\n    sex: {column: sax,").replace(
        "{column: sax, {path", "{column: sax, path"
    )
    grouped.commit("wrong", **{"mlgate.yaml": wrong})
    result = grouped.run()
    assert result.code == ExitCode.BLOCKED or result.code == ExitCode.USAGE
    reasons = [gate.reason for gate in result.verdict.gates if gate.verdict == "error"]
    assert any("there is no column 'sax'; there are person, sex, age" in one for one in reasons)
