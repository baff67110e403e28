"""Slices from end to end: a loss that hides in the average, and alarms that are luck."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.checks.slices.gate import correct
from mlgate.errors import ConfigError
from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import Comparison, Evidence, Measurement
from mlgate.model.policy import Target

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

TRAIN = """\
import json, pathlib, random
knobs = json.loads(pathlib.Path("quality.json").read_text())
rng = random.Random(7)
rows = ["id,label,predicted,age,region"]
for i in range(4000):
    label, luck, age = rng.random() < 0.4, rng.random(), rng.randrange(18, 80)
    region = "NESW"[i % 4]
    quality = knobs["young"] if age < 30 else knobs["accuracy"]
    predicted = label if luck < quality else not label
    rows.append(f"row{i},{int(label)},{int(predicted)},{age},{region if i % 100 else ''}")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/predictions.csv").write_text("\\n".join(rows) + "\\n")
"""
CONFIG = """\
version: 1
name: toy
task: binary
train: {run: "python train.py"}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted}
slices: {young: "age < 30", old: "age >= 60", nobody: "age > 200", by: [region], minimum: 50}
gates:
  accuracy: {max_regression: 0.02}
  "accuracy[young]": {max_regression: 0.03}
  "accuracy[region]": {max_regression: 5%, min: 0.5}
"""


@pytest.fixture
def sliced(repository: Repository) -> Repository:
    repository.write("train.py", TRAIN)
    repository.write("mlgate.yaml", CONFIG)
    repository.write("quality.json", '{"accuracy": 0.9, "young": 0.9}')
    repository.commit("slices")
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


def test_a_loss_that_hides_in_the_average_is_found(sliced: Repository) -> None:
    sliced.write("quality.json", '{"accuracy": 0.905, "young": 0.85}')
    sliced.commit("worse for the young")
    result = sliced.run()
    gates = {gate.id: gate.verdict for gate in result.verdict.gates}
    assert gates["accuracy.max_regression"] == "pass"
    assert gates["accuracy[young].max_regression"] == "fail"
    assert {gates[f"accuracy[region={one}].min"] for one in "NESW"} == {"pass"}
    assert "accuracy[region=(missing)].min" not in gates
    lines = {gate.id: gate.line for gate in result.verdict.gates}
    assert lines["accuracy[region=N].min"] == 10
    report = (sliced.root / ".mlgate/report.md").read_text()
    assert "<b>Slices</b>: of 8 slices the worst is accuracy of young" in report
    evidence = json.loads((sliced.root / ".mlgate/evidence/slices.json").read_text())
    assert evidence["slices"]["nobody"]["n"] == 0
    young = evidence["metrics"]["accuracy[young]"]
    assert young["n"] == evidence["slices"]["young"]["n"] < 1000
    assert young["against"]["main"]["discordant"]["broken"] > 20


def test_no_change_passes_every_slice(sliced: Repository) -> None:
    sliced.commit("nothing", note="x")
    verdicts = {gate.id: gate.verdict for gate in sliced.run().verdict.gates}
    assert verdicts["accuracy[young].max_regression"] == "pass"
    relative = [v for k, v in verdicts.items() if k.endswith("].max_regression")]
    assert set(relative) == {"pass"}


def test_a_waiver_of_a_column_covers_its_levels(sliced: Repository) -> None:
    limit = CONFIG.replace("min: 0.5", "min: 0.99")
    waiver = "waivers: [{gate: 'accuracy[region].min', reason: known, until: 2026-12-01}]\n"
    sliced.git("checkout", "--quiet", "main")
    sliced.write("mlgate.yaml", limit + waiver)
    sliced.commit("limit")
    gates = [gate for gate in sliced.run().verdict.gates if gate.id.endswith("].min")]
    assert len(gates) == 4
    assert all(gate.waived for gate in gates if gate.verdict != "pass")


def test_slices_need_rows_of_the_baseline(sliced: Repository) -> None:
    sliced.git("checkout", "--quiet", "main")
    sliced.write("mlgate.yaml", CONFIG + "baseline: {keep: evidence}\n")
    sliced.commit("no rows")
    sliced.run()
    sliced.save()
    sliced.branch("other")
    sliced.commit("nothing", note="y")
    found = {gate.id: gate for gate in sliced.run().verdict.gates}
    assert found["accuracy[young].max_regression"].verdict == "error"
    assert "row by row" in found["accuracy[young].max_regression"].reason


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ('"accuracy[yuong]": {min: 0.5}', "there is no slice 'yuong' (did you mean young?)"),
        ('"accuracy[sex=F]": {min: 0.5}', "there is no slice 'sex=F'"),
        ('"accurcy[young]": {min: 0.5}', "there is no metric"),
        ('"roc_auc[young]": {min: 0.5}', "needs scores"),
    ],
)
def test_gates_on_slices_that_do_not_exist(gate: str, told: str) -> None:
    text = CONFIG.partition("gates:")[0] + f"gates:\n  {gate}\n"
    with pytest.raises(ConfigError) as error:
        config.parse(text, "mlgate.yaml", sections())
    assert told in str(error.value)
    assert "mlgate.yaml:8:" in str(error.value)


def slice_(change: float, half: float, p: float | None) -> Measurement:
    against = Comparison(
        baseline=0.9, change=change, interval=(change - half, change + half), n=100,
        method="tango", p_value=p,
    )  # fmt: skip
    return Measurement(title="accuracy", value=0.9, method="wilson", against={"main": against})


def outcomes(*slices: Measurement) -> list[str]:
    metrics = {f"accuracy[{i}]": measured for i, measured in enumerate(slices)}
    evidence = Evidence(check="slices", tool="", commit=None, created="", metrics=metrics)
    results = [decide(rule(name), measured) for name, measured in metrics.items()]
    assert results[0].verdict == "fail"
    return [result.verdict for result in correct(results, evidence)]


def rule(name: str) -> Rule:
    target = Target.parse(name)
    return Rule(target, "max_regression", 0.01, False, "slices", name, "higher", 0.95, 0.8)


def test_columns_are_named_under_by(tmp_path: Path) -> None:
    file = tmp_path / "mlgate.yaml"
    others = CONFIG.split("slices:", maxsplit=1)[0]
    file.write_text(f"{others}slices: {{columns: [region]}}\n")
    with pytest.raises(
        ConfigError,
        match=r"slices\.columns: expected an expression \(columns go under slices\.by\)",
    ):
        config.load(file, sections())


@pytest.mark.parametrize("p", [0.04, None])
def test_a_failure_must_stand_out_among_all_slices(p: float | None) -> None:
    """One slice that is worse at one-sided p = .02: alone it fails, among ten it may be luck."""
    bad = slice_(-0.0205 * 1.3, 0.0205 * 1.041, p)
    good = slice_(0.0, 0.02, 1.0)
    assert outcomes(bad) == ["fail"]
    assert outcomes(bad, *[good] * 9)[0] == "inconclusive"


def test_a_clear_failure_stands_among_many() -> None:
    bad = slice_(-0.05, 0.01, 1e-8)
    assert outcomes(bad, *[slice_(0.0, 0.02, 1.0)] * 99)[0] == "fail"


def test_p_values_read_off_the_bound_meet_the_level_at_the_limit() -> None:
    """A bound that just excludes 0 fails alone, and no longer next to another test."""
    bad = slice_(-0.02, 0.0199999, None)
    assert outcomes(bad) == ["fail"]
    assert outcomes(bad, slice_(0.0, 0.02, None))[0] == "inconclusive"


def test_parts_that_got_worse_are_looked_for_on_request(sliced: Repository) -> None:
    """No gate names them: the search finds the young by their decade, and nothing where none is."""
    asked = CONFIG[: CONFIG.index("slices:")] + "slices: {search: [decade, region], minimum: 50}\n"
    train = TRAIN.replace("age,region", "decade,region").replace("{age}", "{age // 10}")
    sliced.git("checkout", "--quiet", "main")
    sliced.write("train.py", train)
    sliced.write("mlgate.yaml", asked + "gates:\n  accuracy: {max_regression: 0.2}\n")
    sliced.commit("search")
    sliced.run()
    sliced.save()
    sliced.branch("searched")
    sliced.write("quality.json", '{"accuracy": 0.905, "young": 0.75}')
    sliced.commit("worse for the young")
    assert not [gate.id for gate in sliced.run().verdict.gates if "[" in gate.id]
    found = json.loads((sliced.root / ".mlgate/evidence/slices.json").read_text())["search"]
    assert found["worse"][0]["levels"] == {"decade": "2"}
    assert {"decade": "1"} in [one["levels"] for one in found["worse"]]
    assert found["tested"] > 20
    report = (sliced.root / ".mlgate/report.md").read_text()
    assert "<b>Slices</b>: of" in report
    assert "p corrected for the search by Holm" in report
    sliced.write("quality.json", '{"accuracy": 0.9, "young": 0.9}')
    sliced.commit("nothing")
    sliced.run()
    found = json.loads((sliced.root / ".mlgate/evidence/slices.json").read_text())["search"]
    assert found["worse"] == []
