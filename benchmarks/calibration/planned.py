"""Whether rows in clusters decide as often as `mlgate plan` promises, with as many as it names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration.groups import Users
from benchmarks.calibration.judging import CONFIDENCE, POWER, verdict
from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.measures import measure
from benchmarks.calibration.series import Series
from mlgate import config
from mlgate.checks import sections
from mlgate.model.evidence import CompareEvidence, Comparison, Discordant, Measurement
from mlgate.pipeline.planning.assumptions import assume
from mlgate.pipeline.planning.rule import PlannedRule, plan_rule

if TYPE_CHECKING:
    from benchmarks.calibration.labels import Labelled
    from mlgate.pipeline.planning.rule import Assumptions
    from mlgate.stats.estimate import Estimate

_CONFIG = """\
version: 1
task: binary
predictions: {path: p.csv, id: id, label: y, prediction: p, cluster: user}
gates: {accuracy: {max_regression: 0.01}}
"""
_POWER = Band(low=0.7)
_MOST = 200_000


def planned() -> tuple[Series, ...]:
    """Return the jobs of the table."""
    scenes = {
        "50": ("50 clusters", Users(50), 1_000),
        "200": ("200 clusters", Users(200, together=0.3), 2_000),
        "100-unequal": (
            "100 clusters of unequal size, 5 % differ",
            Users(100, differ=0.05, spotted=0.1, together=0.1, spread=0.7),
            2_000,
        ),
        "100-few": (
            "100 clusters, a few hold most of what differs",
            Users(100, differ=0.05, spotted=0.3, together=0.3),
            2_000,
        ),
        "60-very-unequal": (
            "60 clusters of very unequal size",
            Users(60, spread=1.2),
            3_000,
        ),
    }
    return tuple(
        Series(f"planned-{key}-{times:g}", f"{words}, a margin {name}", _planned, (scene, n, times), 200)
        for key, (words, scene, n) in scenes.items()
        for times, name in ((1.0, "that they nearly decide"), (0.5, "half as large"))
    )  # fmt: skip


def _planned(
    random: np.random.Generator, repetitions: int, scene: Users, n: int, times: float
) -> tuple[Rate, Rate]:
    """Return the share of decided gates with the plan's rows, and without `widening`."""
    runs = [_run(data, n) for data, _ in scene.draws(random, n, repetitions)]
    first = [plan_rule(_rule(1.0), run) for run in runs]
    margin = times * float(np.median([plan.smallest for plan in first if plan.smallest]))
    passed = np.zeros(2)
    for run in runs:
        for place, one in enumerate((run, replace(run, widening=1.0))):
            needed = plan_rule(_rule(margin), one).rows_needed or _MOST
            groups = max(20, round(scene.groups * min(needed, _MOST) / n))
            more = replace(scene, groups=groups)
            ((data, _),) = more.draws(random, groups * (n // scene.groups), 1)
            change = _change(data)
            passed[place] += verdict(change, None, 1.0, margin, "higher", 0.9) == "pass"
    share, plain = (passed / repetitions).tolist()
    return Rate.share(share, repetitions, _POWER), Rate.share(plain, repetitions)


def _rule(margin: float) -> PlannedRule:
    return PlannedRule("accuracy", "max_regression", margin, False, CONFIDENCE, POWER)


def _change(data: Labelled) -> Estimate:
    change = measure("accuracy", data).change
    assert change is not None
    return change(CONFIDENCE, 1.0)


def _run(data: Labelled, n: int) -> Assumptions:
    """Return what a plan assumes after a run on these rows."""
    change = _change(data)
    right, before = data.new == data.label, data.old == data.label
    discordant = Discordant(fixed=int((right & ~before).sum()), broken=int((before & ~right).sum()))
    main = Comparison(
        baseline=float(before.mean()),
        change=change.value,
        interval=change.interval,
        n=n,
        method=change.method,
        row_variance=change.row_variance,
        discordant=discordant,
    )
    value = float(right.mean())
    measured = Measurement(
        title="accuracy", value=value, n=n, method="", direction="higher", against={"main": main}
    )
    evidence = CompareEvidence(
        tool="", commit="a" * 40, created="", n=n, metrics={"accuracy": measured}
    )
    own = config.parse(_CONFIG, "mlgate.yaml", sections()).config
    return assume(_rule(1.0), own, {"compare": evidence}, n)
