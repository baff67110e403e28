"""What `compare` is asked to measure, and how that follows from mlgate.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlgate.checks.compare.active import LabelLooks, label_looks
from mlgate.metrics import METRICS, canonical, contrast_factors, cost, direction_of
from mlgate.metrics.column_statistics import column_statistic
from mlgate.metrics.cost import Costs
from mlgate.model.base import Frozen
from mlgate.model.metrics import Direction, Task
from mlgate.model.policy import Target
from mlgate.model.rows import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.config import Config
    from mlgate.model.policy import Policy

Origin = Literal["predictions", "rows", "custom", "cost"]


class RequestedMetric(Frozen):
    """One metric to measure on predictions.

    `origin` says how: a known metric of the `predictions`, the mean of a column with one
    number a row (`metrics.rows`), the user's function (`metrics.custom`) or `costs` of predictions
    (`metrics.cost`); `source` is that column or function as it was written. `factors` are those f for which a gate needs
    candidate − f × baseline, by role. `statistic` is that of the column in place of its mean
    (`metrics.column_statistics`). `range` is what a number of the column can be, where that
    is declared. `human` is whether humans label some of the column's rows. `listed` is false where only a gate asks for it, which
    may be an organisation's that knows nothing of the task.
    """

    name: str
    origin: Origin = "predictions"
    direction: Direction | None = None
    source: str | None = None
    factors: dict[Role, tuple[float, ...]] = {}
    statistic: str | None = None
    range: tuple[float, float] | None = None
    human: bool = False
    costs: Costs = ()
    listed: bool = True


class CompareParams(Frozen):
    """Everything that `compare` depends on beside its inputs.

    `reported` are names that gates ask for and that metric files may have; `direction` holds
    the user's word on such numbers. `confidence` is that of each one-sided bound. `looks` says when
    labels are looked at, where rows may lack one.
    """

    task: Task | None = None
    metrics: tuple[RequestedMetric, ...] = ()
    reported: tuple[str, ...] = ()
    direction: dict[str, Direction] = {}
    confidence: float = 0.95
    looks: LabelLooks | None = None


def _requested(
    name: str, origin: Origin, policy: Policy, source: str | None = None
) -> RequestedMetric:
    """Take the name by which gates know it: a column `auc` is gated as `roc_auc`."""
    name = canonical(name)
    factors = {role: contrast_factors(policy, name, role) for role in ROLES}
    return RequestedMetric(
        name=name,
        origin=origin,
        direction=direction_of(policy, name),
        source=source,
        factors={role: contrasts for role, contrasts in factors.items() if contrasts},
    )


def _from_predictions(
    config: Config, policy: Policy, gated: Sequence[str]
) -> Iterator[RequestedMetric]:
    """Yield known metrics that are listed or gated, then the user's own, each once."""
    own = {canonical(name) for name in (*config.metrics.rows, *config.metrics.custom)}
    listed = [
        canonical(name)
        for name in config.metrics.use
        if column_statistic(name, config.metrics.rows) is None
    ]
    builtin = [name for name in gated if name in METRICS]
    for name in dict.fromkeys([*listed, *builtin]):
        if name not in own:
            requested = _requested(name, "predictions", policy)
            yield requested.model_copy(update={"listed": name in listed})
    for name, numbers in config.metrics.numbers().items():
        requested = _requested(name, "rows", policy, name)
        human = numbers.human is not None
        yield requested.model_copy(update={"range": numbers.range, "human": human})
    of_slices = (Target.parse(gate).name for gate in policy.gates)  # measured on all rows, too
    for name in dict.fromkeys([*config.metrics.use, *of_slices]):
        statistic = column_statistic(name, config.metrics.rows)
        if statistic is not None:
            requested = _requested(name, "rows", policy, statistic.column)
            update = {
                "statistic": statistic.name,
                "range": config.metrics.numbers()[statistic.column].range,
                "listed": name in config.metrics.use,
            }
            yield requested.model_copy(update=update)
    for name, function in config.metrics.custom.items():
        yield _requested(name, "custom", policy, function)
    if config.metrics.cost:
        priced = {"costs": cost.priced(config.metrics.cost)}
        yield _requested(cost.NAME, "cost", policy).model_copy(update=priced)


def params(config: Config) -> CompareParams | None:
    """Return what a configuration asks for; None without predictions and without metric files."""
    if config.predictions is None and not config.metrics.files:
        return None
    policy, predictions = config.judging(), config.predictions
    targets = [Target.parse(gate) for gate in policy.gates]
    gated = [target.name for target in targets if target.level is None]
    metrics = _from_predictions(config, policy, gated) if config.predictions else ()
    return CompareParams(
        task=config.task,
        metrics=tuple(metrics),
        reported=tuple(gated),
        direction=policy.direction,
        confidence=policy.confidence,
        looks=label_looks(config) if predictions and predictions.unlabelled else None,
    )
