"""Columns of numbers that a judge gave, corrected by a human's numbers of some rows.

A judge may favour one of two models, so that its own change between them says nothing certain: what is
compared is what humans would give (`stats.prediction_powered`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mlgate.metrics.column_statistics import ColumnStatistic
from mlgate.model.evidence import Comparison, Note
from mlgate.model.rows import JudgedColumn
from mlgate.text import number_format as numbers
from mlgate.text.lists import all_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from mlgate.checks.compare.families import Unpaired
    from mlgate.checks.compare.pair import Pair, Which
    from mlgate.checks.compare.params import RequestedMetric
    from mlgate.metrics.spec import HumanLabels, Values
    from mlgate.model.evidence import Measurement
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.rows import PairedRows, Role, Rows
    from mlgate.stats.estimate import Estimate
    from mlgate.stats.prediction_powered import JudgedNumbers, LabelledValue

_STATISTICS: Final = ("bias", "agreement", "kappa", "correlation")
_CHOSEN: Final = 0.001
"""How often rows that were drawn at random are taken for chosen ones, at most."""
_ALIKE: Final = 10
"""So many rows on which judges differ and humans never do are no accident."""
_MORE: Final = "let a human label at least 20 rows, drawn at random, of each model"


@dataclass(frozen=True, slots=True)
class OfJudge:
    """What humans would give, or how far a judge agrees with them; weights and clusters counted."""

    method: HumanLabels
    unpaired: Unpaired | None = "variance"

    def own(self, pair: Pair) -> Estimate:
        from mlgate.stats import prediction_powered as powered

        estimate = powered.interval(
            self._of(pair, "new"), confidence=pair.confidence, clusters=_groups(pair.new)
        )
        return _by_item(estimate, pair.new, self.method.column)

    def baseline(self, pair: Pair) -> float | None:
        from mlgate.stats import prediction_powered as powered

        return powered.point(self._of(pair, "old"), _groups(pair.new))

    def contrast(self, pair: Pair, factor: float) -> Estimate:
        from mlgate.stats import prediction_powered as powered

        estimate = powered.interval(
            self._of(pair, "new"),
            self._of(pair, "old"),
            factor=factor,
            confidence=pair.confidence,
            clusters=_groups(pair.new),
        )
        return _by_item(estimate, pair.new, self.method.column)

    def _of(self, pair: Pair, which: Which) -> LabelledValue:
        return pair.once((self, which), lambda: self._value(pair, which))

    def _value(self, pair: Pair, which: Which) -> LabelledValue:
        from mlgate.stats import prediction_powered as powered

        judged = of_rows(pair.side(which), self.method.column)
        match self.method.what:
            case "mean":
                return powered.mean(judged, self._limits(pair))
            case "bias":
                return powered.bias(judged, self._limits(pair))
            case "agreement":
                return powered.agreement(judged)
            case "kappa":
                return powered.kappa(judged)
            case "correlation":
                return powered.correlation(judged)

    def _limits(self, pair: Pair) -> tuple[float, float] | None:
        """Return the declared range, else that of answers which are all 0 or 1."""
        if self.method.limits is not None:
            return self.method.limits
        column = self.method.column
        sides = (pair.new,) if pair.old is None else (pair.new, pair.old)
        answers = all(ColumnStatistic(column, "agreement").unfit(side) is None for side in sides)
        return (0.0, 1.0) if answers else None


def of_rows(rows: Rows, column: str) -> JudgedNumbers:
    """Return a judge's numbers with those of a human, whose column there is."""
    from mlgate.stats.prediction_powered import JudgedNumbers

    human = rows.judged[column].human
    assert human is not None
    return JudgedNumbers(rows.values[column], human, rows.weight, rows.failed)


def same_labels(new: Rows, old: Rows, column: str) -> bool:
    """Whether humans labelled the same rows of both sides alike; true where they labelled none."""
    import numpy as np

    sides = [rows.judged.get(column, JudgedColumn()).human for rows in (new, old)]
    if sides[0] is None or sides[1] is None:
        return sides[0] is sides[1]
    return np.array_equal(sides[0], sides[1], equal_nan=True)


def _groups(rows: Rows) -> NDArray[Any] | None:
    """Return what varies together: the cluster, else the repetitions of an id."""
    return rows.item if rows.cluster is None else rows.cluster


def _by_item(estimate: Estimate, rows: Rows, column: str) -> Estimate:
    """Return the estimate counted in ids where these have repetitions, which are no clusters."""
    import numpy as np

    if rows.item is None or not estimate.n:
        return estimate
    items = len(np.unique(rows.item[of_rows(rows, column).labelled]))
    variance = estimate.row_variance
    method = estimate.method
    return replace(
        estimate,
        n=items,
        method=method.replace(", by cluster", ", by task") if rows.cluster is None else method,
        row_variance=None if variance is None else variance * items / estimate.n,
    )


def agreement(requested: Iterable[RequestedMetric], rows: Rows) -> Iterator[RequestedMetric]:
    """Yield how judge and humans agree, for each column with human labels: what nobody asked for yet."""
    by_name = {metric.name: metric for metric in requested}
    for metric in by_name.values():
        column = metric.source
        if not metric.human or metric.statistic is not None or column is None:
            continue
        answers = ColumnStatistic(column, "agreement").unfit(rows) is None
        for name in ("bias", *(("agreement", "kappa") if answers else ("correlation",))):
            statistic = ColumnStatistic(column, name)
            if f"{metric.name}.{name}" in by_name or statistic.unfit(rows) is not None:
                continue
            yield metric.model_copy(
                update={
                    "name": f"{metric.name}.{name}",
                    "statistic": name,
                    "direction": statistic.direction("higher"),
                    "factors": {},
                    "listed": False,
                }
            )


def incomparable(
    metric: RequestedMetric, rows: Rows, reference: PairedBaseline, role: Role
) -> Comparison | None:
    """Return a comparison that says why a judge's numbers cannot be compared; None where they can."""
    column, paired = metric.source or metric.name, reference.paired
    today = rows.judged.get(column)
    if metric.origin != "rows" or today is None:
        return None
    called = _called(reference, role)
    before = None if paired is None else paired.baseline.judged.get(column)
    side = today if paired is None else paired.candidate.judged[column]
    if metric.human or metric.statistic in _STATISTICS:
        why = _without_human(metric, side, before, reference, called, paired=paired is not None)
        hint = _MORE
    else:
        why, hint = (
            _other_judge(side, before, called),
            (
                "score both models with one judge, or let humans label rows of each (metrics.rows.NAME.human)"
            ),
        )
    if why is None:
        return None
    return Comparison(
        baseline=None, change=None, n=len(rows), method="none", insufficient=why, hint=hint
    )


def _without_human(
    metric: RequestedMetric,
    today: JudgedColumn,
    before: JudgedColumn | None,
    reference: PairedBaseline,
    called: str,
    *,
    paired: bool,
) -> str | None:
    if not _labels(today):
        return "no row of this commit has a human label, and its judge's bias is not known"
    if paired:
        lacking = not _labels(before)
    else:
        from mlgate.stats.prediction_powered import JUDGED, LABELLED

        earlier = reference.evidence.metrics.get(metric.name) if reference.evidence else None
        lacking = earlier is None or not earlier.method.startswith((JUDGED, LABELLED))
    return (
        f"no row of {called} has a human label, and its judge's bias is not known"
        if lacking
        else None
    )


def _labels(column: JudgedColumn | None) -> int:
    """Count the human labels."""
    import numpy as np

    if column is None or column.human is None:
        return 0
    return int((~np.isnan(column.human)).sum())


def _other_judge(today: JudgedColumn, before: JudgedColumn | None, called: str) -> str | None:
    if before is None or not before.names:
        return f"which judge scored the rows of {called} is not known"
    if before.names == today.names:
        return None
    return f"the judge is {all_of(today.names)} here and {all_of(before.names)} for {called}"


def notes(
    rows: Rows,
    requested: Iterable[RequestedMetric],
    measured: Mapping[str, Measurement],
    references: Mapping[Role, PairedBaseline],
) -> Iterator[Note]:
    """Yield what a reviewer needs to know of the judges."""
    for metric in requested:
        if metric.human and metric.statistic is None:
            column = metric.source or metric.name
            yield from _of_rows(rows, column)
            yield from _of_repetitions(rows, column, measured[metric.name])
            for role, reference in references.items():
                if reference.paired is not None:
                    yield from _of_pairs(reference.paired, column, _called(reference, role))


def _of_rows(rows: Rows, column: str) -> Iterator[Note]:
    import numpy as np

    judged = of_rows(rows, column)
    labelled, score = judged.labelled, judged.score
    count = int(labelled.sum())
    yield _info(
        column,
        f"{column} is the mean that humans would give: they labelled {numbers.count(count)} of "
        f"{numbers.count(len(rows))} rows, by which the judge's own mean of {float(judged.share @ score):.4g} "
        "is corrected. The labelled rows must have been drawn at random.",
    )
    if len(rows) > 1 and float(np.ptp(score)) == 0:
        yield _warning(
            f"The judge of {column} gives {score[0]:g} to every row: it says nothing, and only the human"
            " labels count."
        )
    elif 1 < count < len(rows) - 1 and _apart(score[labelled], score[~labelled]) < _CHOSEN:
        yield _warning(
            f"The rows of {column} with a human label are unlike the others: the judge's mean is "
            f"{score[labelled].mean():.4g} there and {score[~labelled].mean():.4g} elsewhere. What they say of "
            "all rows supposes that they were drawn at random."
        )


def _apart(left: Values, right: Values) -> float:
    """Return the two-sided p-value of equal means."""
    from mlgate.stats.estimate import normal_p_value

    spread = math.sqrt(left.var(ddof=1) / len(left) + right.var(ddof=1) / len(right))
    gap = float(left.mean() - right.mean())
    return normal_p_value(gap / spread) if spread > 0 else float(gap == 0)


def _of_repetitions(rows: Rows, column: str, measured: Measurement) -> Iterator[Note]:
    """Note how much of the variance is the judge's noise from one repetition to the next."""
    if rows.repeat is None or rows.item is None or not measured.row_variance or not measured.n:
        return
    from mlgate.stats import prediction_powered as powered

    judged, groups = of_rows(rows, column), _groups(rows)
    tuned = powered.tuning(powered.mean(judged), groups)
    share = powered.noise(judged, rows.item, tuned) * measured.n / measured.row_variance
    yield _info(
        column,
        f"Of the variance of {column} {numbers.per_cent(round(min(share, 1.0), 2))} is the judge's noise from one "
        f"repetition to the next ({len(rows.repeat.levels)} repetitions, which are no seeds here: rows of "
        "one id count together).",
    )


def _called(reference: PairedBaseline, role: Role) -> str:
    return reference.ref.branch or role if role == "main" else "the anchor"


def _of_pairs(paired: PairedRows, column: str, called: str) -> Iterator[Note]:
    import numpy as np

    today, before = paired.candidate.judged[column], paired.baseline.judged.get(column)
    if not _labels(today) or before is None or not _labels(before):
        return
    if today.names != before.names and today.names and before.names:
        yield _info(
            column,
            f"The judge of {column} is {all_of(today.names)} here and {all_of(before.names)} for {called}: each "
            "side is corrected by human labels of its own.",
        )
    new, old = paired.candidate.values[column], paired.baseline.values[column]
    change = float(np.average(new - old, weights=paired.candidate.weight))
    yield _info(column, f"The judge of {column} alone says {change:+.4g} against {called}.")
    assert today.human is not None
    assert before.human is not None
    both = ~np.isnan(today.human) & ~np.isnan(before.human)
    others = int((new[both] != old[both]).sum())
    if others >= _ALIKE and (today.human[both] == before.human[both]).all():
        yield _warning(
            f"The human labels of {column} are those of {called} on all {numbers.count(int(both.sum()))} rows that "
            f"both have, although the judge's numbers differ on {numbers.count(others)} of them. A label belongs "
            "to an answer, not to a question: answers that changed need new labels."
        )


def _info(column: str, text: str) -> Note:
    return Note(level="info", text=text, metric=column)


def _warning(text: str) -> Note:
    return Note(level="warning", text=text)
