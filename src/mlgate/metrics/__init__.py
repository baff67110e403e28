"""The metrics: one file each, or one for a family of them; found by name, nothing is registered.

A module here ends with `METRICS`, a tuple of `spec.Metric` (names, direction, unit, and how the
metric is computed) and of `spec.Parametrised` for those with a number in their name. They can be read without NumPy, which is imported where something is
computed. CONTRIBUTING.md shows how to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Final

from mlgate.metrics.column_statistics import column_statistic
from mlgate.metrics.spec import ClassRate, Metric, Parametrised, RightRows, SquaredErrors
from mlgate.model.policy import Target, contrast_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.model.metrics import Direction
    from mlgate.model.policy import Policy
    from mlgate.model.rows import Role
    from mlgate.text.number_format import Unit

_SHARED: Final = ("column_statistics", "cost", "earlier", "slice_search", "spec", "table_hashes")
"""Modules here that hold no metric."""


def _declared() -> list[Metric | Parametrised]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [
        importlib.import_module(f"{__name__}.{name}") for name in names if name not in _SHARED
    ]
    return [entry for module in modules for entry in module.METRICS]


class _Metrics(dict[str, Metric]):
    """All metrics by their names; of those with a number in the name, one stands for all here.

    Any other number is found as well: `ndcg@5` where `ndcg@10` is listed.
    """

    def __init__(self, declared: Iterable[Metric | Parametrised]) -> None:
        declared = tuple(declared)
        self.parametrised: Mapping[str, Parametrised] = {
            entry.name: entry for entry in declared if isinstance(entry, Parametrised)
        }
        metrics = [
            entry.make(entry.example) if isinstance(entry, Parametrised) else entry
            for entry in declared
        ]
        metrics.sort(key=lambda metric: ("regression" in metric.tasks, metric.needs_score))
        super().__init__((metric.name, metric) for metric in metrics)

    def __missing__(self, name: str) -> Metric:
        metric = self._made(name)
        if metric is None or metric.name != name:
            raise KeyError(name)
        return metric

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and self.get(name) is not None)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the metric of a name, `default` where there is none."""
        try:
            return self[name]
        except KeyError:
            return default

    def canonical(self, name: str) -> str:
        """Return `recall_at_precision@0.9` for `recall_at_precision@0.90`."""
        metric = self._made(name)
        return name if metric is None else metric.name

    def _made(self, name: str) -> Metric | None:
        start, _, number = name.partition("@")
        entry = self.parametrised.get(start)
        return None if entry is None else entry.metric(number)


METRICS: Final = _Metrics(_declared())
"""In order: of labels, then of scores, then of numbers; each by file."""
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
    return METRICS.canonical(ALIASES.get(name, name))


def canonical_target(text: str) -> Target:
    """Return what a gate's name points to, by the metric's own name; raises ValueError."""
    target = Target.parse(text)
    return target.model_copy(update={"name": canonical(target.name)})


def same_order(name: str) -> str:
    """Return what all metrics share that order two models alike on the same rows, as RMSE and R² do."""
    metric = METRICS.get(canonical(name))
    alike = metric is not None and isinstance(metric.method, SquaredErrors | RightRows)
    return type(metric.method).__name__ if alike else name


def direction_of(policy: Policy, metric: str) -> Direction | None:
    """Return whether more of a metric is better: what the policy says first, else the table.

    A slice's metric (`accuracy[young]`) has the metric's direction, and a statistic of a column
    (`seconds.p95`) the column's.
    """
    whole = metric.partition("[")[0]
    statistic = column_statistic(whole, policy.direction)
    for name in (metric, whole):
        if name in policy.direction:
            return policy.direction[name]
    if statistic is not None:
        return statistic.direction(policy.direction[statistic.column])
    spec = METRICS.get(canonical(whole))
    return spec.direction if spec else None


def unit_of(metric: str) -> Unit:
    """Return the unit of a metric by its name alone, as nothing of it was measured."""
    spec = METRICS.get(canonical(metric.partition("[")[0]))
    return spec.unit if spec else "number"


def contrast_factors(
    policy: Policy, metric: str, role: Role, direction: Direction | None = None
) -> tuple[float, ...]:
    """Return the factors f for which a gate on `metric` needs candidate − f × baseline.

    A margin of 2 % is f = .98 where more is better and 1.02 where less is better; an
    improvement the other way round. `direction` is the check's own, where neither the policy nor
    the table of metrics has one.
    """
    gate = policy.gates.get(metric)
    if gate is None:
        return ()
    regression = gate.max_regression if role == "main" else gate.anchor_margin()
    improvement = gate.min_improvement if role == "main" else None
    factors = [
        contrast_factor(margin, direction_of(policy, metric) or direction, improvement=better)
        for margin, better in ((regression, False), (improvement, True))
        if margin is not None and margin.relative
    ]
    return tuple(dict.fromkeys(factors))
