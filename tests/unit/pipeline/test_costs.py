"""Gates on what wrong predictions cost: whole runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Repository

COSTS = 'metrics: {cost: {"1": {"0": 5}, "0": {"1": 1}}}\n'


def test_a_gate_on_costs_and_the_curve(repository: Repository) -> None:
    config = (repository.root / "mlgate.yaml").read_text()
    rules = "gates:\n  cost: {max: 0.4, max_regression: 10%}\n"
    repository.write("mlgate.yaml", config.replace("gates:\n", rules) + COSTS)
    repository.commit("costs")
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.quality(0.8)
    gates = repository.gates()
    assert gates["cost.max"] == "fail"
    assert gates["cost.max_regression"] == "fail"
    folder = repository.root / ".mlgate"
    evidence = json.loads((folder / "evidence/compare.json").read_text())
    confusion = evidence["sides"]["candidate"]["confusion"]
    total = sum(map(sum, confusion))
    assert evidence["metrics"]["cost"]["value"] * total == confusion[0][1] + 5 * confusion[1][0]
    costs = evidence["sides"]["candidate"]["costs"]
    assert costs["threshold"] == 0.5
    assert costs["least"] <= costs["cost"] == evidence["metrics"]["cost"]["value"]
    report = (folder / "report.html").read_text()
    assert "threshold that is chosen on these rows looks better" in report


def test_costs_are_withheld_in_steps(repository: Repository) -> None:
    config = (repository.root / "mlgate.yaml").read_text()
    text = config.replace("gates:\n", "gates:\n  cost: {max_regression: 10%}\n") + COSTS
    repository.write("mlgate.yaml", text + "report: {changes: steps}\n")
    repository.commit("costs")
    repository.run()
    folder = repository.root / ".mlgate"
    assert json.loads((folder / "evidence/compare.json").read_text())["sides"] == {}
    assert "least cost" not in (folder / "report.html").read_text()
