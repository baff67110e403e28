"""What protects main from a series of small losses, beyond the region of one rule.

Each of many pull requests may lose less than its rows can show. An undecided rule against the
anchor therefore blocks where the measured loss is beyond half of its margin, unless this change is
measured better than main: where main itself has fallen that far, one that repairs it must pass. In
simulation (`make calibrate`, rules) 50 pull requests that each lose .3 points then lose 2.0 points in
all with 6,000 rows, and 2.4 of 50 that change nothing are blocked; with 20,000 rows 1.3 and none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import Note
from mlgate.stats.estimate import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.gates.rule import Rule
    from mlgate.model.evidence import Measurement
    from mlgate.model.verdict import RuleResult

HALF: Final = 0.5
_STAKES: Final = (0.5, 1.0, 2.0)
_EVIDENT: Final = 20.0


def leans(rule: Rule, gain: float, measurement: Measurement) -> bool:
    """Return whether an undecided rule blocks although it does not fail.

    Parameters
    ----------
    gain
        How much better than the anchor, in the rule's own unit.
    """
    if not rule.blocks_half_way or gain >= -HALF * rule.limit:
        return False
    main = measurement.against.get("main")
    if main is None or main.change is None:
        return True
    return (main.change if rule.direction == "higher" else -main.change) <= 0


def notes(results: Iterable[RuleResult]) -> Iterator[Note]:
    """Warn of losses since the anchor that chance hardly explains, by an e-value of 20 or more."""
    for result in results:
        if result.against != "anchor" or result.verdict == "fail":
            continue
        if e_value(result) >= _EVIDENT:
            text = (
                f"{result.title} has fallen since the last release, or since the oldest baseline of"
                f" 90 days where there is none, by more than chance explains, although its rule does not fail."
            )
            yield Note(level="warning", text=text)


def e_value(result: RuleResult) -> float:
    """Return the evidence that the true change since the anchor is a loss.

    The mean of exp(λz − λ²/2) over λ of .5, 1 and 2, z the loss in standard errors: at most 1 on
    average where nothing was lost, so that one model reaches 20 in at most 1 of 20 cases. Of many
    models on the same rows some reach it by chance. A relative margin's own contrast, whose
    factor is near 1, gives the standard error of the change.
    """
    low, high = result.interval
    if result.change is None or low is None or high is None:
        return 0.0
    error = (high - low) / (2 * normal_quantile(result.confidence))
    loss = -result.change if result.direction == "higher" else result.change
    if error <= 0:
        return 0.0
    z = min(loss / error, 30.0)
    return sum(math.exp(stake * z - stake * stake / 2) for stake in _STAKES) / len(_STAKES)
