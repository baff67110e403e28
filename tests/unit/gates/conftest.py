"""Small evidence and policies, made by hand: gates need nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlgate.model.evidence import CompareEvidence, Comparison, Measurement
from mlgate.model.policy import Gate, Policy
from mlgate.model.run import JudgeRecord, RunRecord

if TYPE_CHECKING:
    from collections.abc import Callable

COMMIT = "a1b2c3d" + "0" * 33
CREATED = "2026-11-21T14:02:00Z"


def comparison(
    change: float | None, half: float | None = 0.005, *, baseline: float | None = 0.86, **more: Any
) -> Comparison:
    """A change with bounds at `half` on either side."""
    interval = (None, None) if half is None or change is None else (change - half, change + half)
    fields = {"n": 10_000, "method": "tango", "interval": interval, "row_variance": 0.05} | more
    return Comparison(baseline=baseline, change=change, **fields)


def measurement(main: Comparison | None = None, **more: Any) -> Measurement:
    """An accuracy of .842 ± .006, compared with main and, alike, with the anchor."""
    fields: dict[str, Any] = {
        "title": "accuracy",
        "value": 0.842,
        "interval": (0.836, 0.848),
        "n": 10_000,
        "method": "wilson",
        "unit": "share",
        "direction": "higher",
        "row_variance": 0.13,
        "against": {} if main is None else {"main": main, "anchor": main},
    }
    return Measurement(**(fields | more))


def compare(metrics: dict[str, Measurement], **more: Any) -> CompareEvidence:
    """evidence/compare.json."""
    fields = {"tool": "0.1.0", "commit": COMMIT, "created": CREATED, "metrics": metrics} | more
    return CompareEvidence(**fields)


def judge_of(gates: dict[str, dict[str, Any]], source: str = "main", **more: Any) -> JudgeRecord:
    """A policy that judges."""
    judge_fields = {k: more.pop(k) for k in ("evidence", "lines") if k in more}
    policy = Policy(gates={k: Gate(**rules) for k, rules in gates.items()}, **more)
    return JudgeRecord(
        source=source, file="mlgate.yaml", digest=policy.digest(), policy=policy, **judge_fields
    )


def run_of(*judges: JudgeRecord, **more: Any) -> RunRecord:
    """run.json."""
    fields = {"tool": "0.1.0", "name": "income", "commit": COMMIT, "started": CREATED} | more
    return RunRecord(judges=judges, **fields)


class Make:
    """The functions above, as one fixture."""

    commit = COMMIT
    comparison: Callable[..., Comparison] = staticmethod(comparison)
    measurement: Callable[..., Measurement] = staticmethod(measurement)
    compare: Callable[..., CompareEvidence] = staticmethod(compare)
    judge: Callable[..., JudgeRecord] = staticmethod(judge_of)
    run: Callable[..., RunRecord] = staticmethod(run_of)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    """Build evidence, policies and runs."""
    return Make
