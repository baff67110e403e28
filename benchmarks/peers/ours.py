"""What mlgate answers, through the objects that measure and judge a run; and plain rules beside it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.errors import Predicted
from benchmarks.calibration.judging import rule
from benchmarks.calibration.labels import Labelled
from benchmarks.calibration.measures import measure
from benchmarks.calibration.scores import Scored
from benchmarks.peers.scenes import LOOKS, Looks
from benchmarks.peers.worker import goodness, judged
from mlgate.gates.decide import decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.calibration.measures import Measured
    from benchmarks.peers.scenes import Arrays, Scene
    from benchmarks.peers.worker import Counts
    from mlgate.model.metrics import Direction

    Verdict = Callable[[Arrays], str]

SIDES = ("label", "new", "old")
WORDS = {"pass": "pass", "fail": "fail", "inconclusive": "undecided"}


def answers(scene: Scene, arrays: Arrays) -> dict[str, Counts]:
    """Return the counts of each answer of each gate of ours."""
    better = scene.key.startswith("better")
    gates: dict[str, Verdict] = {
        "mlgate": lambda rows: gate(scene, rows, 0.95, better=better),
        "mlgate 97.5 %": lambda rows: gate(scene, rows, 0.975, better=better),
        "new ≥ old": lambda rows: plain(scene, rows, 0.0),
    }
    if not better:
        gates["new ≥ old − margin"] = lambda rows: plain(scene, rows, scene.margin)
    looks = LOOKS if isinstance(scene, Looks) else 0
    if looks:  # what `sealed: {uses: 50}` decides each look at
        each = 1 - (1 - 0.95) / looks
        gates["mlgate, 50 uses"] = lambda rows: gate(scene, rows, each, better=False)
    return {name: judged(verdict, arrays, looks=looks) for name, verdict in gates.items()}


def gate(scene: Scene, rows: Arrays, confidence: float, *, better: bool) -> str:
    """Ask the gate `max_regression` of this margin, or `min_improvement: 0`."""
    change = _measured(scene, rows).change
    assert change is not None
    direction: Direction = "higher" if scene.kind == "answers" else "lower"
    question, measured = rule(change(confidence, 1.0), None, 1.0, scene.margin, direction, 0.0)
    question = dataclasses.replace(question, confidence=confidence)
    if better:
        question = dataclasses.replace(question, kind="min_improvement", limit=0.0)
    return WORDS[decide(question, measured).verdict]


def _measured(scene: Scene, rows: Arrays) -> Measured:
    if scene.kind == "answers":
        codes = {name: rows[name].astype(np.int64) for name in SIDES}
        return measure("accuracy", Labelled(**codes, classes=2, clusters=rows.get("clusters")))
    label, new, old = (rows[name] for name in SIDES)
    if scene.kind == "numbers":
        return measure("mae", Predicted(label, new, old))
    return measure("log_loss", Scored(label > 0, new, old))


def plain(scene: Scene, rows: Arrays, margin: float) -> str:
    """Compare two numbers: the candidate's is at most the margin worse."""
    new, old = (side.mean() for side in goodness(scene.kind, rows))
    return "pass" if old - new <= margin else "fail"
