"""The task `scores`: numbers of each row alone, with neither labels nor predictions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from mlgate import checks, config
from mlgate.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

TRAIN = """\
import json, pathlib, random
knobs = json.loads(pathlib.Path("quality.json").read_text())
rng = random.Random(7)
rows = ["id,seed,user,lang,grade,solved"]
for i in range(400):
    user, noise, luck = rng.gauss(0, 0.5), rng.gauss(0, 0.3), rng.random()
    for seed in (1, 2):
        grade = 6 + user + noise + knobs["grade"] + rng.gauss(0, 0.1)
        rows.append(f"q{i},{seed},u{i // 4},{'de' if i % 3 else 'en'},{grade:.4f},{int(luck < 0.7)}")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/scores.csv").write_text("\\n".join(rows) + "\\n")
"""
CONFIG = """\
version: 1
name: toy
task: scores
train: {run: "python train.py"}
predictions: {path: out/scores.csv, id: [id, seed], cluster: user}
metrics: {rows: {grade: {direction: higher, range: [0, 10]}, solved: higher}}
slices: {by: [lang]}
gates:
  grade: {max_regression: 0.05, min: 5}
  solved: {max_regression: 1%}
  "grade[lang]": {max_regression: 0.1}
"""


@pytest.fixture
def scored(repository: Repository) -> Repository:
    repository.write("train.py", TRAIN)
    repository.write("mlgate.yaml", CONFIG)
    repository.write("quality.json", '{"grade": 0}')
    repository.commit("scores")
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


def graded(repository: Repository, grade: float) -> dict[str, str]:
    repository.write("quality.json", json.dumps({"grade": grade}))
    repository.commit(f"grade {grade}")
    return repository.gates()


def compared(repository: Repository) -> dict:
    return json.loads((repository.root / ".mlgate/evidence/compare.json").read_text())


def test_a_worse_judge_s_grade_is_blocked_and_a_better_one_passes(scored: Repository) -> None:
    better = graded(scored, 0.2)
    assert set(better.values()) == {"pass"}
    worse = graded(scored, -0.2)
    assert worse["grade.max_regression"] == "fail"
    assert worse["grade[lang=de].max_regression"] == "fail"
    assert worse["solved.max_regression"] == "pass"
    evidence = compared(scored)
    assert evidence["task"] == "scores"
    assert evidence["rows"]["relabelled"] == 0
    assert evidence["metrics"]["grade"]["against"]["main"]["change"] == pytest.approx(
        -0.2, abs=1e-6
    )
    assert not [note for note in evidence["notes"] if "Every prediction" in note["text"]]


def test_unchanged_numbers_are_told_and_the_rest_compared(scored: Repository) -> None:
    graded(scored, 0)
    assert compared(scored)["metrics"]["grade"]["against"]["main"]["method"] == "unchanged"
    graded(scored, 0.01)
    assert compared(scored)["metrics"]["grade"]["against"]["main"]["method"] != "unchanged"
    assert "whose prediction" not in (scored.root / ".mlgate/report.md").read_text()


def test_rows_whose_numbers_changed_are_listed_with_both(scored: Repository) -> None:
    graded(scored, 0.5)
    changed = pq.read_table(scored.root / ".mlgate/changed.parquet")
    assert changed.column_names == [
        "id", "grade: main", "grade: this commit", "solved: main", "solved: this commit",
    ]  # fmt: skip
    assert changed.num_rows == 800
    row = changed.slice(0, 1).to_pylist()[0]
    assert row["grade: this commit"] - row["grade: main"] == pytest.approx(0.5, abs=1e-3)


def test_seeds_widen_the_interval_and_count_ids(scored: Repository) -> None:
    seeds = CONFIG.replace("id: [id, seed], cluster: user", "id: id, repeat: seed")
    scored.write("mlgate.yaml", seeds)
    scored.commit("seeds")
    scored.git("checkout", "-q", "main")
    scored.git("merge", "-q", "feature")
    scored.run()
    scored.save()
    scored.branch("other")
    graded(scored, 0.3)
    grade = compared(scored)["metrics"]["grade"]
    assert grade["spread"]["of"] == "seeds"
    assert grade["against"]["main"]["interval"][0] > 0.2


def test_the_ledger_counts_evaluations_of_scores_too(scored: Repository) -> None:
    graded(scored, 0.1)
    wear = json.loads((scored.root / ".mlgate/evidence/wear.json").read_text())
    assert wear["test_set"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("id: [id, seed]", "id: [id, seed], label: user"), "label: does not apply to scores"),
        (("metrics: {rows: {grade: {direction: higher, range: [0, 10]}, solved: higher}}", ""), "metrics: the task scores needs columns of numbers"),
        (("  grade: {max", "  accuracy: {min: 0.5}\n  grade: {max"), "accuracy is not defined for the task scores (available: grade, solved)"),
        (("slices: {by: [lang]}", "slices: {by: [lang], search: [lang]}"), "slices.search: looks for a worse accuracy"),
        (("slices:", "fairness: {groups: {lang: lang}}\nslices:"), "fairness: needs labels and predictions"),
        (("slices:", "concept: {}\nslices:"), "concept: needs labels and predictions"),
    ],
)  # fmt: skip
def test_what_needs_a_label_is_refused(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    path = tmp_path / "mlgate.yaml"
    path.write_text(CONFIG.replace(*change))
    with pytest.raises(ConfigError) as refused:
        config.load(path, checks.sections())
    assert problem in str(refused.value)


def test_another_task_still_needs_its_label(tmp_path: Path) -> None:
    path = tmp_path / "mlgate.yaml"
    path.write_text(CONFIG.replace("task: scores", "task: regression"))
    with pytest.raises(ConfigError, match=r"predictions\.label: is missing"):
        config.load(path, checks.sections())
