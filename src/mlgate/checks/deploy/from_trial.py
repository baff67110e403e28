"""What a trial of a new version showed, turned into evidence. Pure: the same trial gives the same."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgate.checks.deploy.evidence import DeployEvidence, LoadedVersion
from mlgate.checks.deploy.section import LEVELS
from mlgate.model.evidence import Absent, Measurement
from mlgate.stats.estimate import difference_bounds
from mlgate.stats.proportions import wilson
from mlgate.stats.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mlgate.checks.deploy.evidence import KnownDifference
    from mlgate.model.inputs import Stamp
    from mlgate.stats.estimate import Estimate

MOST_SHOWN = 10
NONE_RUNNING = Absent(kind="none_yet", reason="no version is running yet to compare with")


@dataclass(frozen=True, slots=True)
class VersionLoad:
    """How a version answered under load.

    Attributes
    ----------
    seconds
        Of each request since it was due, shape (n,); one that failed took at least the timeout.
    failures
        Why each failed; None where it did not.
    turns
        In which turn each was sent, shape (n,).
    """

    seconds: NDArray[np.float64]
    failures: Sequence[str | None]
    turns: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried, as far as it came.

    Attributes
    ----------
    error
        Why the endpoint cannot be judged; None where it can.
    rows
        How many known inputs were sent; None where none are configured.
    """

    model_digest: str
    problems: tuple[str, ...] = ()
    address: str = ""
    error: str | None = None
    rows: int | None = None
    differing: tuple[KnownDifference, ...] = ()
    rate: float = 0.0
    new: VersionLoad | None = None
    running: VersionLoad | None = None


def evidence(trial: Trial, stamp: Stamp) -> DeployEvidence:
    """Return the evidence."""
    loads = {"new": trial.new, "running": trial.running}
    made = DeployEvidence(
        **stamp.fields(),
        address=trial.address,
        model_digest=trial.model_digest,
        problems=trial.problems,
        rows=trial.rows or 0,
        differing=trial.differing[:MOST_SHOWN],
        rate=trial.rate,
        versions={name: _version(load) for name, load in loads.items() if load is not None},
    )
    if trial.error is not None:
        hint = "the log of the server may say more; nothing has traffic that had none before"
        return made.model_copy(update={"error": trial.error, "error_kind": "input", "hint": hint})
    return made.model_copy(
        update={
            "metrics": dict(_metrics(trial, made.confidence)),
            "absent": {} if trial.running is not None else {"main": NONE_RUNNING},
        }
    )


def _version(load: VersionLoad) -> LoadedVersion:
    reasons = Counter(failure for failure in load.failures if failure is not None)
    return LoadedVersion(
        requests=len(load.seconds),
        failed=reasons.total(),
        failures=dict(reasons.most_common(MOST_SHOWN)),
        latency={
            f"p{level}": round(1e3 * float(np.quantile(load.seconds, level / 100)), 3)
            for level in LEVELS
        },
    )


def _metrics(trial: Trial, confidence: float) -> Iterator[tuple[str, Measurement]]:
    yield "preflight", Measurement.counted("preflight", len(trial.problems), "lower")
    if trial.problems:
        return
    if trial.rows is not None:
        differing = len({each.row for each in trial.differing})
        title = "answer to known inputs"
        yield "known_inputs", Measurement.counted(title, differing, "lower", n=trial.rows)
    if trial.new is None:
        return
    failed = sum(failure is not None for failure in trial.new.failures)
    rate = wilson(failed, len(trial.new.seconds), confidence=confidence)
    yield "errors", _measurement("share of requests that fail", rate, "share")
    for level in LEVELS:
        new = _quantile(trial.new, level, confidence)
        yield f"latency.p{level}", _measurement(f"p{level} latency in ms", new, "number")
        yield f"latency_ratio.p{level}", _ratio(trial, new, level, confidence)


def _quantile(load: VersionLoad, level: int, confidence: float) -> Estimate:
    """Return a percentile in ms; turns are what is independent, not the requests in one."""
    times = 1e3 * load.seconds
    return quantile(times, level / 100, confidence=confidence, clusters=load.turns)


def _measurement(title: str, estimate: Estimate, unit: str) -> Measurement:
    return Measurement(
        title=title,
        value=estimate.value,
        interval=(estimate.lower, estimate.upper),
        n=estimate.n,
        method=estimate.method,
        unit=unit,
        direction="lower",
        insufficient=estimate.insufficient,
    )


def _ratio(trial: Trial, new: Estimate, level: int, confidence: float) -> Measurement:
    """Return new ÷ running, with bounds of the difference of their logarithms."""
    title = f"p{level} latency as a multiple of the running version's"
    if trial.running is None:
        return Measurement(title=title, value=None, method="none", direction="lower", role="main")
    old = _quantile(trial.running, level, confidence)
    if not new.value or not old.value:
        return Measurement(title=title, value=None, method="none", direction="lower")
    low, high = difference_bounds(_logarithms(new), _logarithms(old), 1.0)
    return Measurement(
        title=title,
        value=new.value / old.value,
        interval=(
            None if low is None else math.exp(low),
            None if high is None else math.exp(high),
        ),
        n=new.n + old.n,
        method=f"independent bounds of {new.method}",
        direction="lower",
        insufficient=new.insufficient or old.insufficient,
    )


def _logarithms(estimate: Estimate) -> tuple[float, float | None, float | None]:
    assert estimate.value is not None
    low, high = (None if bound is None else math.log(bound) for bound in estimate.interval)
    return math.log(estimate.value), low, high
