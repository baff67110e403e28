"""Assumptions about a rule's metric before the next run: pure, from the last run's evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict

from mlgate import checks
from mlgate.gates import group_sizes, reasons
from mlgate.gates.locate import Located, locate
from mlgate.gates.rule import ROLES
from mlgate.metrics import METRICS, RIGHT_OR_WRONG, canonical
from mlgate.metrics.column_statistics import column_statistic
from mlgate.metrics.cost import NAME
from mlgate.model.policy import Target
from mlgate.pipeline.init.first_gate import DISAGREEMENT
from mlgate.pipeline.planning.rule import LIMITS, Assumptions
from mlgate.stats import power
from mlgate.text import number_format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.config import Config
    from mlgate.model.evidence import Comparison, Evidence, Measurement
    from mlgate.pipeline.planning.rule import PlannedRule

UNITS: Final = {"weight": "weights", "cluster": "clusters", "repeat": "seeds", "fold": "folds"}
"""Keys of `predictions` with which rows do not count as one each, and their names in a plan."""
NO_ROWS: Final = "single numbers cannot be tested: have the training write its predictions"


class _Bounds(TypedDict):
    """How wide bounds were, as `Assumptions` has it."""

    widening: float
    beyond: float


def assume(
    rule: PlannedRule, config: Config, evidence: Mapping[str, Evidence], rows: int | None
) -> Assumptions:
    """Collect what the last run measured, and what is usual where it measured nothing.

    Parameters
    ----------
    rows
        The number of rows, where no comparison has it.
    """
    assumed, units = _from_evidence(rule, config, evidence, rows), _units(config)
    if units is None and assumed.disagreement is not None:  # Tango's bounds follow from it
        return replace(assumed, widening=1.0, beyond=0.0)
    return replace(assumed, units=units)


def _units(config: Config) -> str | None:
    section = config.predictions
    names = [name for key, name in UNITS.items() if getattr(section, key, None) is not None]
    return " and ".join(names) or None


def _from_evidence(
    rule: PlannedRule, config: Config, evidence: Mapping[str, Evidence], rows: int | None
) -> Assumptions:
    if rule.kind == "max_share":
        return Assumptions(stop="this rule counts columns, not rows")
    place = locate(Target.parse(rule.target), evidence, checks.gates())
    if not isinstance(place, Located):
        return _unmeasured(rule, config, Assumptions(rows=rows))
    measured = place.measurement
    if rule.kind in LIMITS:
        return _value(rule, measured)
    comparison = _comparison(rule, measured)
    if comparison is None:
        return _unmeasured(rule, config, _alone(measured, rows))
    return _change(rule, measured, comparison)


def _alone(measured: Measurement, rows: int | None) -> Assumptions:
    """Assume that a baseline that does not exist yet has the candidate's value."""
    return Assumptions(value=measured.value, baseline=measured.value, rows=measured.n or rows)


def _comparison(rule: PlannedRule, measured: Measurement) -> Comparison | None:
    """Return the comparison with the rule's baseline, else with the other one."""
    role = ROLES[rule.kind]
    return measured.against.get(role) or next(iter(measured.against.values()), None)


def _unmeasured(rule: PlannedRule, config: Config, base: Assumptions) -> Assumptions:
    """Assume what is usual, where nothing was measured."""
    target = Target.parse(rule.target)
    if not _from_rows(target.name, config):
        return Assumptions(stop=NO_ROWS)
    if target.level is not None or target.name not in RIGHT_OR_WRONG:
        return base
    if rule.kind in LIMITS:
        return Assumptions(rows=base.rows, row_variance=_bernoulli(rule.limit), basis="limit")
    return _assumed(base)


def _from_rows(name: str, config: Config) -> bool:
    """Whether a metric is measured row by row, not read from a file of numbers."""
    check = config.checks.get(name.partition(".")[0])
    if check is not None and check.prefixed:
        return True
    priced = (NAME,) if config.metrics.cost else ()
    own = {canonical(name) for name in (*config.metrics.rows, *config.metrics.custom, *priced)}
    return config.predictions is not None and (
        name in METRICS or name in own or column_statistic(name, config.metrics.rows) is not None
    )


def _assumed(base: Assumptions) -> Assumptions:
    return Assumptions(
        value=base.value,
        baseline=base.baseline,
        rows=base.rows,
        row_variance=DISAGREEMENT,
        disagreement=DISAGREEMENT,
        basis="assumed",
    )


def _bernoulli(rate: float) -> float | None:
    """Return the variance of one row of a rate."""
    return rate * (1 - rate) if 0 < rate < 1 else None


def _value(rule: PlannedRule, measured: Measurement) -> Assumptions:
    variance = measured.row_variance
    if not variance and Target.parse(rule.target).name in RIGHT_OR_WRONG:
        variance = _bernoulli(rule.limit)  # all rows correct: the value itself has no variance
    return Assumptions(
        value=measured.value,
        rows=measured.n,
        row_variance=variance,
        basis="measured",
        counted=number_format.counted(measured.method),
        **_bounds(rule, measured, measured, measured.value),
        stop=_stop(measured) or group_sizes.hopeless(measured, rule.limit, rule.confidence),
    )


def _bounds(
    rule: PlannedRule,
    measured: Measurement,
    decisive: Measurement | Comparison,
    point: float | None,
) -> _Bounds:
    """Return how wide the bound that decides the rule was beside the normal law's.

    What clusters of unequal sizes cost beyond their variance is in it: Student's t, and one more
    cluster as far out as those that moved farthest; of plain rows what one of them could have been.
    """
    above = rule.kind == "max" or (rule.kind != "min" and measured.direction == "lower")
    bound = decisive.interval[1 if above else 0]
    if point is None or bound is None or not decisive.row_variance or not decisive.n:
        return _Bounds(widening=1.0, beyond=0.0)
    seen = (abs(point - bound), decisive.row_variance, decisive.n)
    return _Bounds(
        widening=power.widening(*seen, confidence=rule.confidence),
        beyond=power.beyond(*seen, confidence=rule.confidence),
    )


def _stop(measured: Measurement | Comparison) -> str | None:
    if measured.untested is not None:
        return f"no test is possible: {measured.untested}"
    return None if measured.insufficient is None else f"undecided: {measured.insufficient}"


def _change(rule: PlannedRule, measured: Measurement, comparison: Comparison) -> Assumptions:
    assumed = Assumptions(
        value=measured.value,
        baseline=comparison.baseline,
        rows=comparison.n,
        row_variance=comparison.row_variance,
        basis="measured",
        counted=number_format.counted(comparison.method),
        **_bounds(rule, measured, comparison, comparison.change),
        paired=comparison.paired,
        stop=_stop(comparison) or _no_share(rule, comparison.baseline),
    )
    discordant = comparison.discordant
    if Target.parse(rule.target).name not in RIGHT_OR_WRONG or discordant is None or assumed.stop:
        return assumed
    differing = discordant.fixed + discordant.broken
    if differing == 0:  # the last change had no effect: the next one may
        return _assumed(assumed)
    share = differing / comparison.n
    design = _design(comparison, share)
    return replace(assumed, row_variance=design * share, disagreement=share, design=design)


def _design(comparison: Comparison, share: float) -> float:
    """Return the ratio of the measured variance to that of plain rows that disagree as often.

    The latter, of Tango's interval, is `share` less the squared change; see Kish (1965, Survey
    Sampling, section 8.2) for the ratio.
    """
    plain = share - (comparison.change or 0.0) ** 2
    return comparison.row_variance / plain if comparison.row_variance and plain > 0 else 1.0


def _no_share(rule: PlannedRule, baseline: float | None) -> str | None:
    """Return why a percentage of this baseline is not defined; None where it is."""
    if not rule.relative or (baseline is not None and baseline > 0):
        return None
    places = number_format.decimals((None, None), baseline)
    return reasons.no_share(rule.reference, baseline, places)
