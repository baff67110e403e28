"""What a rollout can see, and how long it takes, before it begins: expected counts in place of real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.config.scalars import seconds

if TYPE_CHECKING:
    from mlgate.checks.rollout.section import RolloutSection
    from mlgate.stats.sequential import Arms

RATIOS: Final = (1.5, 2.0, 4.0)
_HOUR: Final = 3_600.0
_WINDOWS: Final = 20_000


class Time(NamedTuple):
    """After how many canary requests, and how many hours; None where not before the deadline."""

    requests: int | None
    hours: float | None


class RolloutPlan(NamedTuple):
    """What to expect.

    Attributes
    ----------
    rolled_back
        By how many times as many failures: when such a canary is rolled back.
    promoted
        When an equal canary is promoted; None without a gate on the ratio.
    """

    rolled_back: dict[float, Time]
    promoted: Time | None


def plan(
    section: RolloutSection, limits: dict[str, float], per_hour: float, failures: float
) -> RolloutPlan:
    """Plan a rollout.

    Parameters
    ----------
    limits
        The gates' limits by metric.
    per_hour
        Requests of both versions together.
    failures
        The stable version's rate of failures, in (0, 1).
    """
    import numpy as np

    from mlgate.stats import sequential

    span = seconds(section.deadline.after)
    at = (np.arange(_WINDOWS) + 0.5) * span / _WINDOWS
    step = np.minimum((at // seconds(section.pace)).astype(int), len(section.steps) - 1)
    share = np.asarray(section.steps)[step]
    each = per_hour * span / _HOUR / _WINDOWS
    alpha = section.false_rollback / max(len(limits), 1)

    def arms(ratio: float) -> Arms:
        rate = min(failures * ratio, 1.0)
        stable, canary = each * (1 - share), each * share
        return sequential.Arms.of(stable, stable * failures, canary, canary * rate)

    def time(log_e: np.ndarray, level: float) -> Time:
        look = int(sequential.first_look(log_e, level))
        if not look:
            return Time(None, None)
        return Time(int((each * share)[:look].sum()), look * span / _WINDOWS / _HOUR)

    rolled_back = {
        ratio: time(sequential.rate_ratio(arms(ratio), 1.0, sequential.HIGHER), alpha)
        for ratio in RATIOS
    }
    promoted = None
    if "errors" in limits:
        log_e = sequential.rate_ratio(arms(1.0), limits["errors"], sequential.LOWER)
        promoted = time(log_e, section.false_promotion)
    return RolloutPlan(rolled_back, promoted)
