"""What the keys of `fairness` and the gates on it mean together with the rest."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from mlgate.checks.fairness.metrics import ALIASES, FOUR_FIFTHS, GAPS, RATES
from mlgate.checks.fairness.section import MOST, named, split
from mlgate.config.problems import Finding, one_of
from mlgate.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.checks.fairness.metrics import GapMetric, Rate
    from mlgate.checks.fairness.section import Attribute, Fairness
    from mlgate.config.schema import Config
    from mlgate.config.tree import Path
    from mlgate.model.policy import Gate

_F: Final = "fairness"
_SIGNS: Final = "[]*|=:"
"""Signs that the names of gates are made with."""


def findings(config: Config) -> Iterator[Finding]:
    """Check the section against the rest."""
    section = config.fairness
    if section is None:
        return
    if config.predictions is None:
        yield Finding((_F,), "needs predictions, and none are given", "give task and predictions")
    for key in ("sensitive", "control", "search"):
        yield from _columns(key, section)
    yield from _intersections(section)
    yield from _reference(section)
    yield from _slices(config, section)


def _slices(config: Config, section: Fairness) -> Iterator[Finding]:
    """Slices tell of every level, however few its rows."""
    if section.suppress_below is None or config.slices is None:
        return
    for index, column in enumerate(config.slices.by):
        if column in section.attributes():
            message = (
                f"would tell of every group of {column!r}, which fairness.suppress_below hides"
            )
            yield Finding(("slices", "by", index), message, "remove one of the two", at_value=True)


def _columns(key: str, section: Fairness) -> Iterator[Finding]:
    columns = getattr(section, key)
    names = list(columns)
    if key == "sensitive" and len(names) > MOST:
        message = f"at most {MOST} columns are compared, got {len(names)}"
        yield Finding((_F, key), message, at_value=True)
    for index, name in enumerate(names):
        path: Path = (_F, key, name if isinstance(columns, dict) else index)
        signs = [sign for sign in _SIGNS if sign in name]
        if signs:
            hint = f"name it: {{{key}: {{name: {{column: '{name}'}}}}}}"
            yield Finding(path, f"{signs[0]!r} is no part of a name", hint, at_value=True)
        if name in names[:index]:
            yield Finding(path, f"{name!r} is named twice", at_value=True)
        if key == "control" and name in named(section.sensitive):
            yield Finding(path, f"{name!r} is a sensitive column as well", at_value=True)
    if isinstance(columns, dict):
        for name, attribute in columns.items():
            yield from _attribute((_F, key, name), attribute)


def _attribute(path: Path, found: Attribute) -> Iterator[Finding]:
    if found.bins is not None and found.edges is not None:
        yield Finding((*path, "bins"), "edges says where to cut", "remove one of the two")
    edges = found.edges or ()
    if any(high <= low for low, high in itertools.pairwise(edges)):
        yield Finding((*path, "edges"), "must ascend, each once", at_value=True)
    if found.id is not None and found.path is None:
        message = "is for another file, and path names none"
        yield Finding((*path, "id"), message, "the predictions' own id is predictions.id")


def _intersections(section: Fairness) -> Iterator[Finding]:
    if isinstance(section.intersections, bool):
        return
    known = list(named(section.sensitive))
    for index, one in enumerate(section.intersections):
        path = (_F, "intersections", index)
        parts = split(one)
        if len(parts) < 2 or len(set(parts)) < len(parts):
            message = f"expected several columns such as {'*'.join(known[:2])}, got {one!r}"
            yield Finding(path, message, at_value=True)
        for part in parts:
            if part not in known:
                yield Finding(path, *_unknown("sensitive column", part, known), at_value=True)


def _reference(section: Fairness) -> Iterator[Finding]:
    known = list(named(section.sensitive))
    reference = section.reference_group
    if isinstance(reference, str) and len(known) > 1:
        hint = f"write {{{known[0]}: {reference}}}"
        message = f"which of {', '.join(known)} has this group?"
        yield Finding((_F, "reference_group"), message, hint, at_value=True)
    for name in reference if isinstance(reference, dict) else ():
        if name not in known:
            path = (_F, "reference_group", name)
            yield Finding(path, *_unknown("sensitive column", name, known))


def gate_findings(
    path: Path, name: str, level: str | None, rules: Gate, config: Config | None
) -> Iterator[Finding]:
    """Check a gate: `name` is without `fairness.`, `level` what stands in brackets."""
    metric = GAPS.get(name) or RATES.get(name)
    reads: tuple[Path, ...] = ((_F,),)
    if metric is None:
        close = nearest(name, {*GAPS, *RATES, *ALIASES})
        known = ", ".join(one for one in GAPS if "_ratio" not in one)
        hint = f"did you mean fairness.{close}?" if close else f"known: {known}, …"
        yield Finding(path, f"there is no fairness metric {name!r}", hint)
        return
    yield from _rules(path, metric, rules)
    if config is None:
        return
    if config.fairness is None:
        yield Finding(path, "needs fairness, and none is given", "fairness: {sensitive: [sex]}")
        return
    yield from _level(path, metric, level, config.fairness, reads)
    yield from _task(path, metric, config)


def _rules(path: Path, metric: GapMetric | Rate, rules: Gate) -> Iterator[Finding]:
    given = {kind for kind in type(rules).model_fields if getattr(rules, kind) is not None}
    kinds = given - {"on_fail", "on_inconclusive"}
    if not kinds and metric.name != FOUR_FIFTHS:
        yield Finding(path, "has no rule", "give it min, max or max_regression", reads=(path,))
    if "max_share" in kinds:
        yield Finding((*path, "max_share"), "is only for drift", "min, max or max_regression")
    wrong = {"lower": "min", "higher": "max"}.get(metric.direction or "")
    if metric.name in GAPS and wrong in kinds:
        right = "max" if wrong == "min" else "min"
        what = "small" if wrong == "min" else "near 1"
        message = f"{metric.title} should be {what}"
        yield Finding((*path, wrong), message, f"write {right}")
    for kind in ("min", "max"):
        value = getattr(rules, kind)
        if value is not None and metric.unit == "share" and not 0 <= value <= 1:
            message = f"{metric.title} is between 0 and 1, got {value:g}"
            hint = f"write {value / 100:g} for {value:g} points" if 1 < value <= 100 else None
            yield Finding((*path, kind), message, hint, at_value=True)
    relative = kinds & {"max_regression", "max_regression_anchor", "min_improvement"}
    if metric.direction is None:
        for kind in sorted(relative):
            message = f"neither more nor less of {metric.title} is better"
            yield Finding((*path, kind), message, "gate the difference between groups")


def _level(
    path: Path,
    metric: GapMetric | Rate,
    level: str | None,
    section: Fairness,
    reads: tuple[Path, ...],
) -> Iterator[Finding]:
    known = [one.name for one in section.groupings()]
    example = f"fairness.{metric.name}[{known[0]}]"
    if level is None:
        wanted = example if metric.name in GAPS else f"{example[:-1]}=GROUP]"
        yield Finding(path, "says not which column", f"write {wanted}", reads=reads)
        return
    if metric.name in GAPS:
        grouping = level.partition(":")[0]
    else:
        grouping, equals, _ = level.partition("=")
        if not equals:
            hint = f"{example[:-1]}=GROUP]; gaps between groups are {one_of(_gaps_of(metric))}"
            yield Finding(path, f"{metric.title} is a rate of one group", hint, reads=reads)
            return
    if grouping not in known:
        yield Finding(path, *_unknown("grouping", grouping, known), reads=reads)


def _gaps_of(rate: GapMetric | Rate) -> list[str]:
    found = [gap.name for gap in GAPS.values() if gap.parts == (rate.name,)]
    return [f"fairness.{name}" for name in found] or ["fairness.demographic_parity_difference"]


def _task(path: Path, metric: GapMetric | Rate, config: Config) -> Iterator[Finding]:
    predictions = config.predictions
    if config.task is not None and config.task not in metric.tasks:
        there = ", ".join(one.name for one in GAPS.values() if config.task in one.tasks)
        message = f"{metric.title} is not defined for the task {config.task}"
        yield Finding(path, message, f"there are: {there}", reads=(("task",),))
    elif metric.needs_score and predictions is not None and predictions.score is None:
        message = f"{metric.title} needs scores, and predictions.score is not given"
        yield Finding(path, message, "name the column with the probability")


def _unknown(what: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    names = list(known)
    close = nearest(name, names)
    hint = f"did you mean {close}?" if close else f"there are: {', '.join(names)}"
    return f"there is no {what} {name!r}", hint
