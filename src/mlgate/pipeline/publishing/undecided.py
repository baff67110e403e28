"""A bundle's word that its numbers decide nothing, held to what main's run said of the same metric.

`insufficient`, `untested` or an interval left out make a rule undecided or untested, which mostly only
warns. Where main's own run could tell, such a number is judged as it stands: it can break its rule, and
never passes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.model.policy import Target

if TYPE_CHECKING:
    from mlgate.config import Config
    from mlgate.model.evidence import Comparison, Evidence, Measurement

_WHY: Final = "its numbers say that they cannot decide, although main's run could"


def held(measured: Evidence, main: Evidence | None, config: Config) -> Evidence:
    """Return evidence whose metrics say that they cannot decide only where main's say so, too.

    Left alone are labels that may arrive, and metrics that a gate blocks where they are undecided.
    """
    if main is None or (config.predictions is not None and config.predictions.unlabelled):
        return measured
    changed = {
        name: _held(metric, blocks=_blocks(name, config))
        for name, metric in measured.metrics.items()
        if name in main.metrics and _decides(main.metrics[name])
    }
    return measured.model_copy(update={"metrics": {**measured.metrics, **changed}})


def _blocks(name: str, config: Config) -> bool:
    """Whether a gate on this metric lets what is undecided block."""
    policy, metric = config.judging(), Target.parse(name).name
    return any(
        (gate.on_inconclusive or policy.on_inconclusive) == "fail"
        for target, gate in policy.gates.items()
        if Target.parse(target).name == metric
    )


def _decides(number: Measurement | Comparison) -> bool:
    return (
        number.untested is None and number.insufficient is None and number.interval != (None, None)
    )


def _held(metric: Measurement, *, blocks: bool) -> Measurement:
    against = {
        role: comparison
        if _left_alone(comparison, blocks=blocks)
        or comparison.baseline is None
        or metric.value is None
        else comparison.model_copy(
            update={
                "change": metric.value - comparison.baseline
                if comparison.change is None
                else comparison.change,
                "untested": _WHY,
                "insufficient": None,
            }
        )
        for role, comparison in metric.against.items()
    }
    update: dict[str, object] = {"against": against}
    if not _left_alone(metric, blocks=blocks):
        update |= {"untested": _WHY, "insufficient": None}
    return metric.model_copy(update=update)


def _left_alone(number: Measurement | Comparison, *, blocks: bool) -> bool:
    return _decides(number) or (blocks and number.untested is None)
