"""The comparison with other gates: its data lose what they say, and its page shows its results."""

from __future__ import annotations

import ast
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.peers import ours, page, scenes, worker
from benchmarks.peers.__main__ import RESULTS

ALL = [scene for group in scenes.GROUPS for scene in scenes.scenes(group)]
SMALL = [scene for scene in ALL if scene.n <= 1_000]


@pytest.mark.parametrize("scene", SMALL, ids=lambda scene: scene.key)
def test_the_rows_lose_what_is_said(scene: scenes.Scene) -> None:
    few = dataclasses.replace(scene, repetitions=50)
    for truth in scene.truths:
        arrays = few.draw(truth, seed=3)
        which = arrays["which"] if arrays["which"].ndim == 1 else arrays["which"][:, 0]
        new, old = worker.goodness(scene.kind, arrays)
        losses = (old - new).mean(axis=1)[which]
        error = losses.std(ddof=1) / np.sqrt(len(losses))
        judged_by = 1 - 2 * getattr(scene, "flipped", 0.0)
        assert abs(losses.mean() - judged_by * scene.loss(truth)) < 4 * error


def test_samples_depend_on_the_seed_alone() -> None:
    first, again, other = (SMALL[0].draw("margin", seed)["which"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_worst_of_ten_metrics_and_the_first_pass_of_many_looks_count() -> None:
    def verdict(rows: worker.Rows) -> str:
        return ("fail", "undecided", "pass")[min(int((rows["new"] == rows["label"]).sum()), 2)]

    arrays = {
        "label": np.zeros((3, 4), dtype=np.int8),
        "new": np.array([[1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1]], dtype=np.int8),
        "old": np.zeros((3, 4), dtype=np.int8),
    }
    ten = worker.judged(verdict, {**arrays, "which": np.array([[2, 2], [2, 1], [1, 0]])})
    assert ten == {"pass": 1, "undecided": 1, "fail": 1}
    looks = worker.judged(verdict, {**arrays, "which": np.array([0, 1, 2])}, looks=4)
    assert looks == {"pass": 1, "undecided": 1, "fail": 1}


def test_a_margin_decides_with_the_power_it_is_chosen_for() -> None:
    scene = next(scene for scene in SMALL if scene.key == "answers-1000-5")
    few = dataclasses.replace(scene, repetitions=300)
    counts = ours.answers(few, few.draw("none", seed=1))
    assert counts["mlgate"]["pass"] == pytest.approx(0.8 * 300, abs=3 * 7)
    assert counts["mlgate 97.5 %"]["pass"] < counts["mlgate"]["pass"]
    lost = ours.answers(few, few.draw("margin", seed=1))
    assert lost["mlgate"]["pass"] < 300 * 0.05 + 3 * 4


def test_what_runs_in_another_environment_imports_nothing_of_this_project() -> None:
    tree = ast.parse(Path(worker.__file__).read_text(encoding="utf-8"))
    modules = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    tops = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    assert tops == {
        "bdp_model_gate", "evalsig", "illate_parity", "nemo_evaluator", "numpy", "pandas"
    }  # fmt: skip


def test_the_page_shows_these_results() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert page.with_tables(text, results) == text, "run python -m benchmarks.peers"
    assert set(results["scenes"]) == {scene.key for scene in ALL}
    for name, release in (
        ("nemo-evaluator", "0.3.0"),
        ("illate-parity", "0.1.0"),
        ("bdp-model-gate", "0.7.0"),
        ("evalsig", "0.1.2"),
    ):
        versions = [part.get(name) for part in results["versions"].values()]
        assert release in versions
        assert f"| {name} {release}" in text
