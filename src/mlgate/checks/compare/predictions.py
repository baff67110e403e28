"""Metrics computed from predictions: the candidate's own, then its change against each baseline."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from mlgate.checks.compare import active, judged, records
from mlgate.checks.compare.custom import Custom
from mlgate.checks.compare.design import suited
from mlgate.checks.compare.families import Averaged, family_of, numbers_of_rows, table
from mlgate.checks.compare.fit import available
from mlgate.checks.compare.pair import Pair
from mlgate.checks.compare.seeds import Seeds
from mlgate.checks.compare.splits import Splits
from mlgate.checks.compare.worst import without_worst
from mlgate.metrics import METRICS, RIGHT_OR_WRONG
from mlgate.metrics.column_statistics import ColumnStatistic
from mlgate.metrics.cost import cost_of_rows
from mlgate.metrics.spec import HumanLabels
from mlgate.model.evidence import Discordant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mlgate.checks.compare.active import LabelLooks
    from mlgate.checks.compare.families import Family, Linear
    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.model.evidence import Comparison, Measurement
    from mlgate.model.inputs import ModelInputs, PairedBaseline
    from mlgate.model.rows import Role, Rows


_MANY: Final = 20
"""Scores of no more values than this may be equal on both sides by chance."""


def measure(
    requested: Iterable[RequestedMetric],
    rows: Rows,
    references: Mapping[Role, PairedBaseline],
    inputs: ModelInputs,
    confidence: float,
    looks: LabelLooks | None = None,
) -> dict[str, Measurement]:
    """Measure what `fitting` found that these rows can give.

    The candidate's value is that of all its rows; a change is that of the rows which both
    sides have.

    Parameters
    ----------
    looks
        When labels are looked at, where rows may lack one.
    """
    seed = _seeds(inputs.digests)
    alone = Pair(rows, None, seed, confidence)
    pairs = {
        role: Pair(reference.paired.candidate, reference.paired.baseline, seed, confidence)
        for role, reference in references.items()
        if reference.paired is not None
    }
    metrics: dict[str, Measurement] = {}
    for metric in requested:
        if looks is not None and rows.unlabelled is not None and metric.name in RIGHT_OR_WRONG:
            metrics[metric.name] = _partly_labelled(metric, rows, references, pairs, looks)
            continue
        method = _family(metric, inputs)
        family = suited(method, rows)
        own = records.measurement(metric, family.own(alone), rows.classes).model_copy(
            update={"without_worst": without_worst(family, alone, None, metric.direction)}
        )
        if isinstance(family, Seeds | Splits):
            spread = records.spread(family.of, family.values(alone))
            own = own.model_copy(update={"spread": spread})
        compare = partial(_against, metric, own, confidence)
        looked = pairs
        if looks is not None and metric.name in RIGHT_OR_WRONG:
            looked = {role: pair.at(active.last(pair, looks, role)) for role, pair in pairs.items()}
        fitting = {role: suited(method, pair.new) for role, pair in looked.items()}
        against = {
            role: (rows.judged and judged.incomparable(metric, rows, ref, role))
            or compare(fitting.get(role, family), role, looked.get(role), ref)
            for role, ref in references.items()
        }
        for role, pair in looked.items():
            if pair.confidence != confidence:
                update = {"confidence": pair.confidence}
                against[role] = against[role].model_copy(update=update)
        metrics[metric.name] = own.model_copy(update={"against": against})
    return metrics


def _partly_labelled(
    metric: RequestedMetric,
    rows: Rows,
    references: Mapping[Role, PairedBaseline],
    pairs: Mapping[Role, Pair],
    looks: LabelLooks,
) -> Measurement:
    """Measure the change alone; a model that is the same as the baseline needs no label."""
    against: dict[Role, Comparison] = {}
    for role, reference in references.items():
        if role in pairs and _unchanged(metric, pairs[role]):
            against[role] = records.same(len(pairs[role].new))
        else:
            against[role] = active.against(reference.paired, looks, role)
    return active.unmeasured(metric, rows).model_copy(update={"against": against})


def _against(
    metric: RequestedMetric,
    own: Measurement,
    confidence: float,
    family: Family,
    role: Role,
    pair: Pair | None,
    reference: PairedBaseline,
) -> Comparison:
    factors = metric.factors.get(role, ())
    if isinstance(family, Custom) and family.unpaired_because is not None:
        return records.untested(own, metric.name, reference, family.unpaired_because)
    if pair is None or not available(metric, pair.other()):
        return records.unpaired(metric.name, own, family, reference.evidence, factors, confidence)
    discordant = _discordant(metric, pair)
    if _unchanged(metric, pair):
        return records.unchanged(family, pair, factors, discordant)
    worst = partial(without_worst, family, pair, direction=metric.direction)
    return records.paired(family, pair, factors, discordant, worst)


def _unchanged(metric: RequestedMetric, pair: Pair) -> bool:
    """Whether both sides are the same model, as far as its scores can tell: nothing changed.

    Equal answers alone do not say so: other rows might have shown a difference.
    """
    import numpy as np

    if metric.origin == "rows":
        column = metric.source or metric.name
        if pair.new.judged and not judged.same_labels(pair.new, pair.other(), column):
            return False
        new, old = pair.new.values[column], pair.other().values[column]
        if pair.new.task == "scores" or not (new == old).all():
            return bool(np.array_equal(new, old) and len(np.unique(new)) > _MANY)
    return pair.once("same scores", lambda: _same_scores(pair))


def _same_scores(pair: Pair) -> bool:
    """Whether all predictions and scores are equal, and have many values."""
    import numpy as np

    new, old = pair.new, pair.other()
    marks, others = (new.y_pred, old.y_pred) if new.task == "regression" else (new.score, old.score)
    if marks is None or others is None or not (new.y_pred == old.y_pred).all():
        return False
    return bool(np.array_equal(marks, others) and len(np.unique(marks)) > _MANY)


def _discordant(metric: RequestedMetric, pair: Pair) -> Discordant | None:
    if metric.origin != "predictions" or pair.new.item is not None:
        return None  # with folds or repetitions a row is no example
    if family_of(METRICS[metric.name].method).unpaired != "rate":
        return None
    _, fixed, broken, _ = table(pair).right()
    return Discordant(fixed=fixed, broken=broken)


def _family(metric: RequestedMetric, inputs: ModelInputs) -> Linear | Custom | judged.OfJudge:
    source = metric.source or metric.name
    match metric.origin:
        case "predictions":
            return family_of(METRICS[metric.name].method)
        case "rows":
            return _of_column(metric, source)
        case "cost":
            return Averaged(cost_of_rows(metric.costs))
        case "custom":
            why = inputs.custom_unpaired
            function = inputs.custom(source)
            return Custom(metric.name, function, inputs.progress, unpaired_because=why)


def _of_column(metric: RequestedMetric, column: str) -> Linear | judged.OfJudge:
    if metric.statistic is not None:
        method = ColumnStatistic(column, metric.statistic).method()
        if isinstance(method, HumanLabels):
            return judged.OfJudge(replace(method, limits=metric.range))
        return family_of(method)
    if metric.human:
        return judged.OfJudge(HumanLabels(column, "mean", metric.range))
    return Averaged(numbers_of_rows(column, metric.range))


def _seeds(digests: Mapping[str, str]) -> Callable[[str], int]:
    """Return the seed of a metric's resampling: the same inputs, the same seed."""
    from mlgate.stats.bootstrap import seed_of

    return partial(seed_of, *(f"{name}={digest}" for name, digest in sorted(digests.items())))
