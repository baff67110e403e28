"""The first gate that `mlgate init` writes: on which metric, and with which margin."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.config.scalars import yaml_text
from mlgate.metrics import METRICS
from mlgate.model import few_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.model.metrics import Task
    from mlgate.pipeline.init.templates import PredictionsTable

DISAGREEMENT: Final = 0.05
"""Share of rows on which two models are assumed to differ; see docs on `rows_needed`."""
CORRELATION: Final = 0.95
"""Assumed correlation between the absolute errors of two regressions."""
WITHIN: Final = 0.1
"""Assumed correlation of two changes within a cluster."""
MIN_CLUSTERS: Final = 20
"""Fewer carry no interval; as `stats.effective_n` has it, which needs NumPy."""
FEW_ROWS: Final = 350
"""Fewer decide no margin of .03 in the accuracy of two models that differ on `DISAGREEMENT` of them."""
_RANKED: Final = ("  ndcg@10: {max_regression: 0.01}", "  mrr: {max_regression: 2%}")
"""The gates of a ranking."""
Z: Final = 1.6448536269514722 + 0.8416212335729143
"""z of .95 and of .8: one-sided confidence, and power."""
STEPS: Final = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Readable figures within a decade."""
SHOWN: Final[Mapping[Task, tuple[str, ...]]] = {
    "binary": ("balanced_accuracy", "f1", "roc_auc", "log_loss"),
    "multiclass": ("balanced_accuracy", "f1_macro", "log_loss"),
    "regression": ("rmse", "r2"),
}
"""Metrics to look at, by task."""
_METRIC: Final[Mapping[Task, str]] = {
    "binary": "accuracy",
    "multiclass": "accuracy",
    "regression": "mae",
}
"""The metric to gate where the project computes no other."""
VARIATIONS: Final = {"mae": 1.0, "rmse": 2.0}
"""Metrics with a margin of their own, and the variation of a row's error where none was measured."""


@dataclass(frozen=True, slots=True)
class ComputedMetric:
    """A metric that the project's own code computes, and where, in words that follow "guess: "."""

    name: str
    reason: str


def lines(table: PredictionsTable, task: Task, computed: Sequence[ComputedMetric]) -> Iterator[str]:
    """Write one gate whose margin this test set can decide, and metrics to look at."""
    special = _of_kind(table)
    if special is not None:
        yield from special
        return
    if table.task is None:
        shown = {each: f"[{', '.join(_usable(table, each, _METRIC[each]))}]" for each in SHOWN}
        gates = {each: _gate(table, each, _METRIC[each])[0] for each in SHOWN}
        others = ", ".join(f"{shown[other]} for {other}" for other in SHOWN if other != task)
        yield from ("", "metrics:", f"  use: {shown[task]}   # CHANGE with the task: {others}")
        other = f"{gates['regression']} for regression"
        yield from ("", "gates:", f"  {gates[task]}   # CHANGE with the task: {other}")
        return
    chosen = _chosen(table, task, computed)
    names = ", ".join(_usable(table, task, chosen.name))
    yield from ("", "metrics:", f"  use: [{names}]   # shown, without a gate", "")
    gate, comment = _gate(table, task, chosen.name)
    if comment and table.worth < table.rows:
        yield f"# {table.rows:,} rows in {table.clusters:,} clusters are worth about {table.worth:,} independent ones"
        yield f"# (correlation {WITHIN:g} within a cluster)."
    yield from (f"# {line}" for line in comment)
    yield from ("gates:", f"  {gate}{f'   # guess: {chosen.reason}' if chosen.reason else ''}")


def _of_kind(table: PredictionsTable) -> list[str] | None:
    """Return the gates of rows that are no single prediction of a single label; None for all others."""
    if table.numbers:
        return [*_of_scores(table)]
    if table.ranking:
        few = table.clusters < MIN_CLUSTERS
        count = f"{table.clusters:,} are counted, each with its own order"
        why = (
            f"An interval takes {MIN_CLUSTERS} of them"
            if few
            else "`mlgate plan` says, after the first run, what they can decide"
        )
        shown = ["", "metrics:", "  use: [map]   # shown, without a gate"]
        return [*shown, "", f"# {count}. {why}.", "gates:", *_RANKED]
    return _of_quantiles(table.quantiles) if table.quantiles else None


def _of_quantiles(quantiles: Mapping[str, float]) -> list[str]:
    """Return the gates of one quantile, or of several and the widest interval between two of them."""
    levels = sorted(quantiles.values())
    if len(levels) == 1:
        [level] = levels
        comment = "# coverage: the share of values that are at most as large; of this quantile it should be"
        gates = [
            f"  mean_pinball_loss@{level:g}: {{max_regression: 2%}}",
            f"  coverage: {_around(level)}",
        ]
        return ["", f"{comment} {level:g}.", "gates:", *gates]
    inside = ", ".join(f"{yaml_text(name)}: {level:g}" for name, level in quantiles.items())
    lines = ["", "metrics:", f"  quantiles: {{{inside}}}   # guess: by their names", ""]
    share = round(levels[-1] - levels[0], 10)
    gates = ["gates:", "  quantile_loss: {max_regression: 2%}   # the mean over all of them"]
    if abs(levels[0] + levels[-1] - 1) < 1e-9:
        gates.append(f"  interval_coverage@{share:g}: {_around(share)}")
    return [*lines, *gates]


def _around(share: float) -> str:
    """Return limits around the share that should be covered."""
    least, most = (min(max(share + by, 0), 1) for by in (-0.05, 0.05))
    return f"{{min: {least:.3g}, max: {most:.3g}}}"


def _of_scores(table: PredictionsTable) -> Iterator[str]:
    """Write the columns of scores, and a gate on the first one."""
    yield from ("", "metrics:", "  rows:")
    for score in table.numbers:
        limits = (
            f"{{direction: {score.direction}, range: [0, 1]}}" if score.share else score.direction
        )
        yield f"    {yaml_text(score.column)}: {limits}   # guess: by its name"
    first = table.numbers[0]
    margin, comment = share_margin(table.worth) if first.share else ("2%", [])
    yield from ("", *(f"# {line}" for line in comment), "gates:")
    yield f"  {yaml_text(first.column)}: {{max_regression: {margin}}}"


def _chosen(
    table: PredictionsTable, task: Task, computed: Sequence[ComputedMetric]
) -> ComputedMetric:
    """Return the metric to gate: the usual one, unless the project computes only others."""
    fitting = [
        each
        for each in computed
        if task in METRICS[each.name].tasks
        and METRICS[each.name].direction is not None
        and (table.score or not METRICS[each.name].needs_score)
    ]
    usual = ComputedMetric(_METRIC[task], "")
    if not fitting or any(each.name == usual.name for each in fitting):
        return usual
    return next(
        (each for each in fitting if each.name != "r2"), ComputedMetric("rmse", fitting[0].reason)
    )


def _usable(table: PredictionsTable, task: Task, gated: str) -> Iterator[str]:
    names = SHOWN[task] if gated == _METRIC[task] else (_METRIC[task], *SHOWN[task])
    return (
        name for name in names if name != gated and (table.score or not METRICS[name].needs_score)
    )


def _gate(table: PredictionsTable, task: Task, metric: str) -> tuple[str, list[str]]:
    """Return the gate as YAML, and the reason for its margin as lines."""
    absolute = task != "regression" and metric not in ("log_loss", "brier")
    margin, comment = "0.01" if absolute else "2%", list[str]()
    if table.rows and absolute and table.worth < few_rows.FEWEST:
        wrapped = textwrap.wrap(
            f"{few_rows.nothing_blocked(table.worth).capitalize()}: no rule against main yet.", 105
        )
        return (
            f"{metric}: {{min: 0.5}}   # CHANGE: the least you accept; what is surely below it is blocked",
            wrapped,
        )
    if table.rows and metric in VARIATIONS:
        variation = table.error_variation if metric == "mae" else table.square_variation
        margin, comment = relative_margin(table.worth, variation, metric)
    elif table.rows and absolute:
        margin, comment = share_margin(table.worth)
    if table.rows and metric not in (*VARIATIONS, "accuracy"):
        of = "That is of accuracy: " if comment else ""
        comment.append(f"{of}`mlgate plan` says, after the first run, how many {metric} takes.")
    return f"{metric}: {{max_regression: {margin}}}", comment


def share_margin(rows: int) -> tuple[str, list[str]]:
    """Return the margin of a share that so many paired rows can decide, and the reason as lines.

    m = (z₁₋α + z_power) · √(disagreement / n), the rows that a paired non-inferiority test
    needs, solved for the margin (docs/statistics.md, `rows_needed`), rounded up.
    """
    margin = readable(Z * math.sqrt(DISAGREEMENT / rows))
    lines = [
        f"{rows:,} test rows decide a loss of {margin:g} in 8 of 10 cases, for two models that",
        f"differ on {DISAGREEMENT:.0%} of them; a loss of half that is blocked in about 1 of 10.{_more(margin)}",
    ]
    return f"{margin:g}", lines


def _more(margin: float) -> str:
    if margin <= 0.01:
        return ""
    needed = math.ceil(DISAGREEMENT * (Z / 0.01) ** 2)
    return f" A margin of 0.01 takes {needed:,} rows."


def relative_margin(
    rows: int, variation: float | None, metric: str = "mae"
) -> tuple[str, list[str]]:
    """Return the margin of MAE or RMSE, relative to main's, that so many rows can decide.

    Row by row the absolute errors of both models have the standard deviation v · MAE and the
    correlation ρ; the sd of their difference is then v · MAE · √(2(1 − ρ)). The same holds for
    squared errors and the MSE; the relative change of its root is half as large.
    """
    spread = (variation or VARIATIONS[metric]) * math.sqrt(2 * (1 - CORRELATION))
    spread /= 1 if metric == "mae" else 2
    percent = 100 * readable(Z * spread / math.sqrt(rows))
    lines = [
        f"{rows:,} test rows decide a loss of {percent:g} % of main's {metric.upper()} in 8 of 10 cases, for",
        f"two models whose errors are alike (correlation {CORRELATION:g}).",
    ]
    return f"{percent:g}%", lines


def readable(value: float) -> float:
    """Round up to a figure that people use: 1, 1.5, 2, 3 or 5 times a power of ten.

    >>> readable(0.0071)
    0.01
    >>> readable(0.0124)
    0.015
    """
    power = 10.0 ** math.floor(math.log10(value))
    step = next(step for step in STEPS if step * power >= value * (1 - 1e-9))
    return float(f"{step * power:.12g}")
