"""What a report shows of the test set: pure, from evidence and results.

Numbers are counted in the evidence, since everything that a report, a picture or a file shows is taken
from there: every number counts but those of `_KNOWN`. So too many are counted rather than too few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.model.wear import Printed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlgate.gates.results import Folder
    from mlgate.model.evidence import Changes
    from mlgate.model.verdict import RuleResult

_KNOWN: Final = frozenset({
    "schema", "statistics", "confidence", "n", "of", "minimum", "missing_limit", "suppress_below", "tests", "factor",  # no labels
    "rows", "anchor_rows", "baselines", "absent", "test_set", "start", "end", "missing", "outside",
    "baseline", "history",  # shown before, when the baseline was measured
    "p_value", "row_variance", "contrasts", "brier",  # functions of value, change, and their spread
})  # fmt: skip
"""Keys of what depends on no label, was shown by earlier reports, or follows from the rest."""
_USUAL: Final = frozenset({"pass", "untested"})
_ONCE: Final = frozenset({"interval"})
"""Both bounds follow from the estimate and its spread: one number more."""


def printed(evidence: Folder, results: Iterable[RuleResult], changes: Changes) -> Printed:
    """Return what this run's report shows, if it shows changes exactly or in steps."""
    if changes == "exact":
        return Printed(exact=exact(evidence))
    shown = [result for result in results if result.steps is not None]
    unusual = sum(result.verdict not in _USUAL or result.steps != 0 for result in shown)
    return Printed(steps=len(shown), unusual=unusual)


def exact(evidence: Folder) -> int:
    """Count the numbers from test labels in a run's evidence."""
    return sum(_count(each.model_dump()) for each in evidence.values() if each.of_labels)


def _count(value: Any) -> int:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return 0
    if isinstance(value, int | float):
        return 1
    if isinstance(value, dict):
        return sum(_counted(key, inner) for key, inner in value.items())
    return sum(map(_count, value))


def _counted(key: str, inner: Any) -> int:
    if key in _KNOWN:
        return 0
    if key == "sides":  # those of the baselines were shown before
        return _count(inner.get("candidate"))
    if key == "calibration" and isinstance(inner, list | tuple):  # of a bin, the rate
        return len(inner)
    if key in _ONCE:
        return int(any(bound is not None for bound in inner))
    return _count(inner)
