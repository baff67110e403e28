"""One rule of a gate, as one policy asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mlgate.model.metrics import Direction
    from mlgate.model.policy import OnFail, OnInconclusive, OnUntested, RuleKind, Target
    from mlgate.model.rows import Role

ROLES: Final[dict[RuleKind, Role]] = {
    "max_regression": "main",
    "max_regression_anchor": "anchor",
    "min_improvement": "main",
}
"""Which baseline a rule compares with; the others look at the value itself."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one gate.

    Attributes
    ----------
    target
        What the gate is named after; of a gate on several things, one of them.
    limit
        The threshold, or the margin in the metric's unit; a share of the baseline if `relative`.
    check, metric
        Where its measurement is: the check, and the name in that check's evidence.
    direction
        Whether more of the metric is better; None where it is not known.
    confidence, power
        Of each one-sided bound; of the number of rows that would decide.
    reference
        The baseline's name in sentences.
    blocks_half_way
        Whether it blocks, undecided, where the measured loss is beyond half of its margin.
    policy, file, line
        Who asks, and where it is written.
    """

    target: Target
    kind: RuleKind
    limit: float
    relative: bool
    check: str
    metric: str
    direction: Direction | None
    confidence: float
    power: float
    reference: str = "main"
    on_fail: OnFail = "fail"
    on_inconclusive: OnInconclusive = "warn"
    blocks_half_way: bool = False
    on_untested: OnUntested = "warn"
    policy: str = "main"
    file: str | None = None
    line: int | None = None

    @property
    def id(self) -> str:
        """`<target>.<rule>`."""
        return f"{self.target}.{self.kind}"

    @property
    def role(self) -> Role | None:
        """The baseline that it compares with; None for a limit on the value itself."""
        return ROLES.get(self.kind)
