"""All looks of a rollout, turned into evidence. Pure: the same looks give the same evidence."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlgate.checks.rollout.evidence import Alarm, RolloutEvidence, Timeline
from mlgate.config.scalars import seconds
from mlgate.model.evidence import Measurement
from mlgate.model.rollout import LEVELS, ArmCounts, Counts
from mlgate.stats import sequential
from mlgate.stats.sequential import Arms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mlgate.checks.rollout.section import RolloutSection
    from mlgate.model.evidence import Interval
    from mlgate.model.inputs import Stamp
    from mlgate.model.rollout import TakenLook

    Values = NDArray[np.float64]

PROMOTED: Final = (0.5, 0.9, 0.99)
"""Levels at which a canary must be shown to be no slower."""
_WRONG_SPLIT: Final = 0.001
"""The probability that a right split is called wrong, over the whole rollout."""
_UNEVEN: Final = 1.25
"""The factor by which the odds of a split may differ: no other number depends on the split that was set."""
_PLANNED: Final = 200
"""Windows that are added to see what would decide."""
NO_REQUEST: Final = "no request has reached the canary yet"
_APART: Final = (1.0,) * (1 + len(LEVELS))
"""Where it is not known, no events come together."""
_AGAIN: Final = "the counters began again (a restart or a reload)"
_STRAYED: Final = "the router was not at the share that it was set to"
_LONG: Final = "no tick for longer than the lease"


class Window(NamedTuple):
    """What both versions did before a look (its place in the record), under one share."""

    look: int
    share: float
    stable: ArmCounts
    canary: ArmCounts
    dispersion: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """What the rollout is judged by: its settings, and the limits of its gates by metric."""

    section: RolloutSection
    limits: Mapping[str, float]

    @property
    def alphas(self) -> tuple[float, float]:
        """Return α of one guard that rolls back, and of promotion."""
        return self.section.false_rollback / max(len(self.limits), 1), self.section.false_promotion


def windows(looks: Sequence[TakenLook], lease: float) -> tuple[list[Window], dict[str, int]]:
    """Return the windows that count, and how many do not, by the reason.

    Counters are differenced between looks. A window is dropped, never guessed at, where they began
    again, where it is longer than the lease (seconds), or where the router was at another share when
    it ended. Counters that were read as the share was set begin a window and end none.
    """
    counted: list[Window] = []
    dropped: dict[str, int] = {}
    base: TakenLook | None = None
    for number, (before, taken) in enumerate(zip((None, *looks), looks, strict=False)):
        counts = taken.look.counts
        if taken.look.base:
            base = None if counts is None else taken
            continue
        if counts is None:
            reason = str(taken.look.problem)
            dropped[reason] = dropped.get(reason, 0) + 1
            continue
        if counts.epoch is None:
            why = _LONG if before is not None and _span(before, taken) > lease else None
            why = _STRAYED if taken.strayed else why
            if why is not None:
                dropped[why] = dropped.get(why, 0) + 1
            else:
                arms = (counts.stable, counts.canary, counts.dispersion)
                counted.append(Window(number, taken.share, *arms))
            continue
        if base is not None and base.look.counts is not None:
            why = _dropped(base, taken, lease)
            if why is None:
                stable, canary = (
                    _difference(getattr(base.look.counts, arm), getattr(counts, arm))
                    for arm in ("stable", "canary")
                )
                counted.append(Window(number, taken.share, stable, canary))
            else:
                dropped[why] = dropped.get(why, 0) + 1
        base = taken
    return counted, dropped


def _dropped(base: TakenLook, taken: TakenLook, lease: float) -> str | None:
    before, after = base.look.counts, taken.look.counts
    assert before is not None
    assert after is not None
    if before.epoch != after.epoch or not _is_later(before, after):
        return _AGAIN
    if taken.strayed:
        return _STRAYED
    return _LONG if _span(base, taken) > lease else None


def _span(before: TakenLook, after: TakenLook) -> float:
    """Return the seconds between two looks."""
    span = dt.datetime.fromisoformat(after.time) - dt.datetime.fromisoformat(before.time)
    return span.total_seconds()


def _is_later(before: Counts, after: Counts) -> bool:
    return all(
        new >= old
        for arm in ("stable", "canary")
        for old, new in zip(_flat(getattr(before, arm)), _flat(getattr(after, arm)), strict=False)
    ) and len(before.stable.slow) == len(after.stable.slow)


def _flat(arm: ArmCounts) -> tuple[int, ...]:
    return arm.requests, arm.failures, *arm.slow


def _difference(before: ArmCounts, after: ArmCounts) -> ArmCounts:
    return ArmCounts(
        requests=after.requests - before.requests,
        failures=after.failures - before.failures,
        slow=tuple(new - old for old, new in zip(before.slow, after.slow, strict=True)),
    )


def evidence(looks: Sequence[TakenLook], judging: JudgedBy, stamp: Stamp) -> RolloutEvidence:
    """Measure a rollout from all of its looks; one without a request changes nothing."""
    every, dropped = windows(looks, seconds(judging.section.lease))
    counted = [window for window in every if window.stable.requests + window.canary.requests]
    taken = [number for number, each in enumerate(looks) if not each.look.base]
    latest = counted[-1].canary.requests if counted and counted[-1].look == taken[-1] else 0
    made = RolloutEvidence(
        **(stamp.fields() | {"confidence": 1 - judging.section.false_promotion}),
        looks=len(taken),
        strayed=sum(each.strayed for each in looks),
        windows=len(counted),
        dropped=dropped,
        stable=_total([window.stable for window in counted]),
        canary=_total([window.canary for window in counted]),
        latest=latest,
        share=looks[-1].share if looks else 0.0,
    )
    wrong = _wrong_split(counted)
    if wrong is not None:
        return made.model_copy(
            update={
                "error": wrong,
                "error_kind": "input",
                "hint": "compare what the router reports with what it was set to;"
                " sticky traffic of few clients is split as unevenly as they are",
            }
        )
    guards = _guards(counted, judging)
    alpha = judging.alphas[0]
    return made.model_copy(
        update={
            "alarms": {name: _alarm(guard.worse, alpha) for name, guard in guards.items()},
            "metrics": {
                name: guard.metric.model_copy(update={"n": made.canary.requests})
                for name, guard in guards.items()
            },
            "refused": _refused(counted, judging),
            "more": _more(counted, judging),
            "timeline": _timeline(counted, guards, judging) if counted else None,
        }
    )


def _timeline(
    counted: Sequence[Window], guards: Mapping[str, _Guard], judging: JudgedBy
) -> Timeline:
    """Return the evidence at each window; where a window had no times, that on latency stays."""

    def series(log_e: Values) -> tuple[float, ...]:
        timed = np.array([bool(window.stable.slow) for window in counted])
        each = np.ones_like(timed) if log_e.size == len(counted) else timed
        places = np.cumsum(each)
        return tuple(np.round(np.append(0.0, log_e)[places] / np.log(10), 4).tolist())

    return Timeline(
        share=tuple(window.share for window in counted),
        worse={name: series(guard.worse) for name, guard in guards.items()},
        good={name: series(guard.good) for name, guard in guards.items()},
        needed=(-math.log10(judging.alphas[0]), -math.log10(judging.alphas[1])),
    )


def _total(arms: Sequence[ArmCounts]) -> ArmCounts:
    return ArmCounts(
        requests=sum(arm.requests for arm in arms), failures=sum(arm.failures for arm in arms)
    )


def _refused(counted: Sequence[Window], judging: JudgedBy) -> dict[str, str]:
    """Gates on latency are errors where no request's time is counted."""
    if "latency" not in judging.limits or not counted or any(w.stable.slow for w in counted):
        return {}
    return {"rollout.latency": "the source counts no slow requests"}


def _wrong_split(counted: Sequence[Window]) -> str | None:
    """Return what is wrong with the split; None where nothing is known to be."""
    shared = [window for window in counted if 0 < window.share < 1]
    if not shared:
        return None
    stable, canary, share = (
        np.array(column, float)
        for column in zip(
            *((w.stable.requests, w.canary.requests, w.share) for w in shared), strict=True
        )
    )
    log_e = sequential.split(stable, canary, share, tolerance=_UNEVEN)
    look = int(sequential.first_look(log_e, _WRONG_SPLIT))
    if not look:
        return None
    seen = canary.sum() / (stable.sum() + canary.sum())
    setting = (share * (stable + canary)).sum() / (stable.sum() + canary.sum())
    return f"the canary gets {seen:.1%} of the requests, and the router was set to {setting:.1%}"


def _arms(counted: Sequence[Window], events: str, level: int = 0) -> Arms:
    """Return requests and events; those that come together count as fewer."""
    place = 1 + level if events == "slow" else 0
    together = np.array([(*window.dispersion, *_APART)[place] for window in counted])
    columns = []
    for arm in ("stable", "canary"):
        counts: list[ArmCounts] = [getattr(window, arm) for window in counted]
        columns.append(np.array([float(count.requests) for count in counts]) / together)
        each = [count.slow[level] if events == "slow" else count.failures for count in counts]
        columns.append(np.array(each, float) / together)
    return Arms.of(*columns)


@dataclass(frozen=True, slots=True)
class _Guard:
    """What a guard has seen: log e that the canary is worse, and that it is within the limit."""

    worse: Values
    good: Values
    metric: Measurement


def _guards(counted: Sequence[Window], judging: JudgedBy) -> dict[str, _Guard]:
    guards: dict[str, _Guard] = {}
    failures = _arms(counted, "failures")
    if "errors" in judging.limits:
        limit, negligible = judging.limits["errors"], _negligible(failures, judging)
        good = sequential.rate_ratio(failures, limit, sequential.LOWER)
        if negligible is not None:
            good = sequential.average(np.stack([good, negligible]), 0)
        worse = sequential.rate_ratio(failures, 1.0, sequential.HIGHER)
        guards["errors"] = _Guard(worse, good, _errors(failures, judging, negligible))
    if "error_rate" in judging.limits:
        worse, good = (
            sequential.rate(
                failures.canary, failures.canary_events, judging.limits["error_rate"], multiples
            )
            for multiples in (sequential.ABOVE, sequential.BELOW)
        )
        guards["error_rate"] = _Guard(worse, good, _error_rate(failures, judging.alphas))
    timed = [window for window in counted if window.stable.slow]
    if "latency" in judging.limits and timed:
        levels = [_arms(timed, "slow", level) for level in range(len(LEVELS))]
        worse = np.stack(
            [
                sequential.odds_ratio(arms, sequential.SLOWER, expected=1 - level)
                for level, arms in zip(LEVELS, levels, strict=True)
            ]
        )
        limit = judging.limits["latency"]
        # Promotion takes every level, each at any look.
        good = np.stack(
            [
                np.maximum.accumulate(
                    sequential.rate_ratio(levels[LEVELS.index(level)], limit, sequential.LOWER)
                )
                for level in PROMOTED
            ]
        )
        guards["latency"] = _Guard(
            sequential.average(worse, 0), good.min(0), _latency(levels, judging.alphas)
        )
    if "latency" in judging.limits and not counted:
        guards["latency"] = _Guard(np.empty(0), np.empty(0), _slow(failures, NO_REQUEST))
    return guards


def _alarm(log_e: Values, alpha: float) -> Alarm:
    if not log_e.size:
        return Alarm(log10_e=0.0, look=0, raised=False)
    raised = int(sequential.first_look(log_e, alpha))
    return Alarm(
        log10_e=float(log_e.max() / np.log(10)),
        look=raised or int(log_e.argmax()) + 1,
        raised=bool(raised),
    )


def _negligible(arms: Arms, judging: JudgedBy) -> Values | None:
    """Return log e against "failures are as frequent as matters"; None where every rate matters."""
    rate = judging.section.negligible
    if rate is None:
        return None
    return sequential.rate(arms.canary, arms.canary_events, rate, sequential.BELOW)


def _errors(arms: Arms, judging: JudgedBy, negligible: Values | None) -> Measurement:
    lower, upper = sequential.rate_ratio_bounds(arms, judging.alphas, negligible)
    shown = negligible is not None and np.isfinite(upper)
    none_failed = not arms.stable_events.sum() and not arms.canary_events.sum()
    insufficient = None
    if not arms.canary.sum():
        insufficient = NO_REQUEST
    elif none_failed and not shown:
        insufficient = "nothing has failed, so nothing is known about the ratio of failures"
    return _ratio("failures, canary ÷ stable", arms, (lower, upper), insufficient)


def _ratio(
    title: str, arms: Arms, bounds: tuple[float, float], insufficient: str | None
) -> Measurement:
    stable = arms.stable_events.sum() / max(arms.stable.sum(), 1.0)
    canary = arms.canary_events.sum() / max(arms.canary.sum(), 1.0)
    value = canary / stable if stable > 0 else (0.0 if not canary else None)
    if value is None and insufficient is None:
        insufficient = "only the canary fails; its ratio to nothing is no number"
    interval: Interval = (bounds[0], bounds[1] if np.isfinite(bounds[1]) else None)
    return Measurement(
        title=title,
        value=None if insufficient else value,
        interval=(None, None) if insufficient else interval,
        n=int(arms.canary.sum()),
        method="e-process on the ratio of rates",
        direction="lower",
        insufficient=insufficient,
    )


def _error_rate(arms: Arms, alphas: tuple[float, float]) -> Measurement:
    requests = arms.canary.sum()
    seen = requests > 0
    return Measurement(
        title="failures of the canary",
        value=float(arms.canary_events.sum() / requests) if seen else None,
        interval=sequential.rate_bounds(arms.canary, arms.canary_events, alphas)
        if seen
        else (None, None),
        n=int(requests),
        method="e-process on a rate",
        unit="share",
        direction="lower",
        insufficient=None if seen else NO_REQUEST,
    )


def _latency(levels: Sequence[Arms], alphas: tuple[float, float]) -> Measurement:
    """Return the worst of the levels: the greatest ratio, and the greatest of the upper bounds.

    Without a lower bound: only the alarm rolls back, so that α is spent once.
    """
    each = []
    for level in PROMOTED:
        arms = levels[LEVELS.index(level)]
        bounds = sequential.rate_ratio_bounds(arms, alphas)
        quiet = None if arms.canary.sum() else NO_REQUEST
        if quiet is None and not arms.stable_events.sum():
            quiet = f"too few requests of the stable version are above its p{level * 100:g}"
        each.append(_slow(arms, quiet, bounds))
    lacking = [ratio for ratio in each if ratio.insufficient is not None]
    if lacking:
        return lacking[0]
    worst = max(each, key=lambda ratio: ratio.value or 0.0)
    uppers = [ratio.interval[1] for ratio in each]
    upper = None if None in uppers else max(bound for bound in uppers if bound is not None)
    return worst.model_copy(update={"interval": (0.0, upper)})


def _slow(
    arms: Arms, insufficient: str | None, bounds: tuple[float, float] = (0.0, math.inf)
) -> Measurement:
    return _ratio("slow requests, canary ÷ stable", arms, bounds, insufficient)


def _more(counted: Sequence[Window], judging: JudgedBy) -> dict[str, int]:
    """About how many more canary requests promote, if both versions fail as the stable one does now."""
    needed: dict[str, int] = {}
    if "errors" in judging.limits and counted:
        arms = _arms(counted, "failures")
        more = requests_to_promote(arms, judging.limits["errors"], judging.alphas[1])
        if more is not None:
            requests = sum(window.canary.requests for window in counted)
            needed["errors"] = round(more * requests / arms.canary.sum())
    return needed


def requests_to_promote(arms: Arms, limit: float, alpha: float) -> int | None:
    """Return after how many more canary requests the ratio is shown to be below its limit, in the middle.

    The expected counts of equal versions are put in place of what is to come; None where nothing has
    failed yet, or a million requests would not do.
    """
    stable, canary = arms.stable.sum(), arms.canary.sum()
    rate = arms.stable_events.sum() / stable if stable else 0.0
    if not rate or not canary:
        return None
    for more in np.geomspace(100, 1e6, 60):
        each = more / _PLANNED
        added = Arms(
            np.append(arms.stable, np.full(_PLANNED, each * stable / canary)),
            np.append(arms.stable_events, np.full(_PLANNED, each * stable / canary * rate)),
            np.append(arms.canary, np.full(_PLANNED, each)),
            np.append(arms.canary_events, np.full(_PLANNED, each * rate)),
        )
        log_e = sequential.rate_ratio(added, limit, sequential.LOWER)
        if log_e.max() >= -np.log(alpha):
            return int(more)
    return None
