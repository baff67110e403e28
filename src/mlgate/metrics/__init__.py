"""The metrics: one file each, or one for a family of them; found by name, nothing is registered.

A module here ends with `METRICS`, a tuple of `spec.Metric`: names, direction, unit, and how the
metric is computed. They can be read without NumPy, which is imported where something is
computed. CONTRIBUTING.md shows how to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import ClassRate, Metric, RightRows
from mlgate.model.policy import Target, contrast_factor

if TYPE_CHECKING:
    from mlgate.model.metrics import Direction
    from mlgate.model.policy import Policy
    from mlgate.model.rows import Role

_SPEC: Final = "spec"
"""The one module here that holds no metric."""


def _metrics() -> list[Metric]:
    """Return all metrics: of labels, then of scores, then of numbers; each by file."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if name != _SPEC]
    metrics: list[Metric] = [metric for module in modules for metric in module.METRICS]
    return sorted(metrics, key=lambda metric: ("regression" in metric.tasks, metric.needs_score))


METRICS: Final[dict[str, Metric]] = {metric.name: metric for metric in _metrics()}
ALIASES: Final[dict[str, str]] = {
    alias: metric.name for metric in METRICS.values() for alias in metric.aliases
}
RIGHT_OR_WRONG: Final = tuple(
    metric.name for metric in METRICS.values() if isinstance(metric.method, RightRows)
)
"""Metrics that are a share of right rows; with one label a row the micro averages are, too."""
AVERAGED: Final = tuple(
    metric.name
    for metric in METRICS.values()
    if isinstance(metric.method, ClassRate) and metric.method.average is None
)
"""Names that need an average (`_macro`, …) where the task is multiclass."""


def canonical(name: str) -> str:
    """Return our name of a metric for any accepted spelling; unknown names stay as they are."""
    return ALIASES.get(name, name)


def canonical_target(text: str) -> Target:
    """Return what a gate's name points to, by the metric's own name; raises ValueError."""
    target = Target.parse(text)
    return target.model_copy(update={"name": canonical(target.name)})


def direction_of(policy: Policy, metric: str) -> Direction | None:
    """Return whether more of a metric is better: what the policy says first, else the table.

    A slice's metric (`accuracy[young]`) has the metric's direction.
    """
    whole = metric.partition("[")[0]
    for name in (metric, whole):
        if name in policy.direction:
            return policy.direction[name]
    spec = METRICS.get(canonical(whole))
    return spec.direction if spec else None


def contrast_factors(policy: Policy, metric: str, role: Role) -> tuple[float, ...]:
    """Return the factors f for which a gate on `metric` needs candidate − f × baseline.

    A margin of 2 % is f = .98 where more is better and 1.02 where less is better; an
    improvement the other way round.
    """
    gate = policy.gates.get(metric)
    if gate is None:
        return ()
    regression = gate.max_regression if role == "main" else gate.anchor_margin()
    improvement = gate.min_improvement if role == "main" else None
    factors = [
        contrast_factor(margin, direction_of(policy, metric), improvement=better)
        for margin, better in ((regression, False), (improvement, True))
        if margin is not None and margin.relative
    ]
    return tuple(dict.fromkeys(factors))
