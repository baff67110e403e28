"""A rollout's record: what was counted at each look, what was decided, what was done."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import SCHEMA
from mlgate.model.run import RunRecord

Phase = Literal["progressing", "blind", "held", "promoted", "rolled_back"]
"""`blind`: nothing can be concluded from what was counted; `held`: a person decides."""
OVER: tuple[Phase, ...] = ("promoted", "rolled_back")
"""Phases in which nothing is looked at any more."""
LEVELS: tuple[float, ...] = (0.5, 0.9, 0.95, 0.99, 0.999)
"""Quantiles of the stable version's latency whose exceedances are counted."""

SAME_SHARE = 0.01
"""Routers round shares to whole weights."""


class ArmCounts(Frozen):
    """Requests of one version, how many of them failed, and how many exceed each threshold.

    `slow` is empty where the source measures no latency, and has one count for each of `LEVELS` else.
    """

    requests: int = Field(ge=0)
    failures: int = Field(ge=0)
    slow: tuple[int, ...] = ()


class Counts(Frozen):
    """Both versions; counted since `epoch` began (a process' start), or in one window."""

    stable: ArmCounts
    canary: ArmCounts
    epoch: str | None = None
    """None: these are of the window since the look before."""
    dispersion: tuple[float, ...] = ()
    """How much failures, and slow requests at each of `LEVELS`, come together; empty where it is not known."""


class RolloutLook(Frozen):
    """One look at production, raw.

    `shown` is the canary's share that the router reports, `problem` why nothing could be counted.
    `base`: counted right after the share was set, so that counters are differenced from here on.
    """

    counts: Counts | None = None
    shown: float | None = None
    problem: Prose | None = None
    base: bool = False


class TakenLook(Frozen):
    """A look with its time (UTC) and the share that the router was set to before it."""

    time: str
    share: float
    look: RolloutLook

    @property
    def strayed(self) -> bool:
        """Whether the router did something else than it was set to, as after a lapsed lease."""
        return self.look.shown is not None and abs(self.look.shown - self.share) > SAME_SHARE


class Action(Frozen):
    """What the router is to do, and the phase that the rollout is in afterwards."""

    share: float = Field(ge=0, le=1)
    phase: Phase
    reason: Prose


class RolloutStart(Frozen):
    """What a rollout begins with and keeps to the end: its policy and its settings."""

    run: RunRecord
    settings: dict[str, object]
    """The section `rollout` as it was."""


class RolloutRecord(Frozen):
    """One entry of `refs/mlgate/rollouts/<environment>`: exactly one of the last four.

    `previous` is the SHA-256 of the entry before, so that a gap shows; `signature` the HMAC-SHA256 of
    everything else by the environment's key, in hex.
    """

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    number: int = Field(ge=1)
    previous: str
    time: str
    actor: Prose | None = None
    start: RolloutStart | None = None
    look: RolloutLook | None = None
    intent: Action | None = None
    done: Action | None = None
    signature: str = ""
