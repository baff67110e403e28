"""Results as they are shown in steps (`report.changes`): pure.

Of a number from test labels nothing is shown but the outcome of its rules, and of a change how many
whole steps it is long, at most three, cut towards 0. A step is max(m/2, 2w): m the rule's margin, w half
the width of the interval that decided. Smaller differences are mostly noise of the test set, and each
one that is shown lets a model be chosen for that noise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mlgate.model.project import DOCS
from mlgate.stats.wear import STEPS
from mlgate.text.steps import describe_steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlgate.gates.results import Folder
    from mlgate.model.verdict import Outcome, RuleResult

NOTE: Final = (
    "Numbers from test labels are shown in steps: no value, and of a change only that it is at least one, "
    f"two or three steps ({DOCS}/wear.md)."
)
_WORDS: Final[dict[Outcome, str]] = {
    "pass": "shown to be {}",
    "inconclusive": "not shown to be {}",
    "fail": "beyond its limit ({})",
    "untested": "untested ({})",
    "error": "not defined on these rows ({})",
}


def results(decided: Iterable[RuleResult], evidence: Folder) -> tuple[RuleResult, ...]:
    """Return results as they are shown; those that depend on no test label are shown as they are."""
    return tuple(_shown(each) if _of_labels(each, evidence) else each for each in decided)


def _of_labels(result: RuleResult, evidence: Folder) -> bool:
    return result.check in evidence and evidence[result.check].of_labels


def _shown(result: RuleResult) -> RuleResult:
    blank = dict.fromkeys(
        (
            "value",
            "baseline",
            "change",
            "contrast",
            "factor",
            "method",
            "look",
            "rows_needed",
            "rows_unknown",
            "smallest",
        )
    )
    steps = _steps(result)
    reason = _reason(result.model_copy(update={"steps": steps}))
    return result.model_copy(
        update={**blank, "interval": (None, None), "steps": steps, "reason": reason}
    )


def _reason(result: RuleResult) -> str:
    """Return why, without a number from labels; that of what was not measured holds none."""
    if result.value is None and result.baseline is None and result.change is None:
        return result.reason
    text = _WORDS[result.verdict].format(result.rule)
    return (
        f"{text}; {describe_steps(result.steps, result.threshold, result.unit, relative=result.relative)}"
        if result.steps
        else text
    )


def _steps(result: RuleResult) -> int:
    """Return the gain in whole steps, cut towards 0 and at three; 0 of what is no change."""
    low, high = result.interval
    scale = result.baseline if result.relative else 1.0
    if result.against is None or result.change is None or low is None or high is None or not scale:
        return 0
    gain = -result.change if result.direction == "lower" else result.change
    return whole_steps(gain / abs(scale), (high - low) / abs(scale), abs(result.threshold))


def whole_steps(gain: float, width: float, margin: float) -> int:
    """Return a gain in steps of max(margin/2, width), cut towards 0 and at three.

    Parameters
    ----------
    width
        Of the whole interval, 2w, in the gain's unit.
    """
    step = max(margin / 2, width)
    if step <= 0:
        return 0
    return max(-STEPS, min(STEPS, math.trunc(gain / step * (1 + 1e-12))))
