"""rollout.json: what all looks at a rollout show."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import Evidence
from mlgate.model.rollout import ArmCounts


class Alarm(Frozen):
    """Evidence that the canary is worse: the e-value's logarithm (base 10) at its highest, and at which look.

    `raised` is whether it has ever reached the threshold, which rolls back.
    """

    log10_e: float
    look: int
    raised: bool


class Timeline(Frozen):
    """How the evidence grew, window by window; logarithms (base 10) of e-values.

    Attributes
    ----------
    share
        The canary's share in each window.
    worse
        By guard: that the canary is worse.
    good
        By guard: that it is within the gate's limit.
    needed
        What rolls back, and what promotes.
    """

    share: tuple[float, ...]
    worse: dict[str, tuple[float, ...]]
    good: dict[str, tuple[float, ...]]
    needed: tuple[float, float]


class RolloutEvidence(Evidence):
    """evidence/rollout.json.

    Attributes
    ----------
    looks, windows
        How many looks there were, and how many windows between them count.
    strayed
        At how many looks the router did not do what it was set to, as after a lapsed lease.
    dropped
        How many do not, by the reason.
    stable, canary
        All that was counted.
    latest
        Requests of the canary in the newest look; 0 where it could not be counted.
    share
        The canary's share, as the router was set before the newest look.
    alarms
        By guard: `errors`, `error_rate`, `latency`.
    more
        By metric: about how many more canary requests would promote, were both versions equal.
    timeline
        None before the first window that counts.
    """

    model_config = ConfigDict(extra="forbid")

    check: Literal["rollout"] = "rollout"
    looks: int = 0
    strayed: int = 0
    windows: int = 0
    dropped: dict[Prose, int] = {}
    stable: ArmCounts = ArmCounts(requests=0, failures=0)
    canary: ArmCounts = ArmCounts(requests=0, failures=0)
    latest: int = 0
    share: float = 0.0
    alarms: dict[str, Alarm] = {}
    more: dict[str, int] = {}
    timeline: Timeline | None = None


EVIDENCE: Final = RolloutEvidence
