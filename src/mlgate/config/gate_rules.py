"""What gates may ask: known metrics, rules that can hold, directions that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from mlgate.checks.concept import section as concept
from mlgate.checks.data import section as data
from mlgate.checks.drift import section as drift
from mlgate.checks.estimate import section as estimate
from mlgate.checks.fairness import gate_rules as fairness_rules
from mlgate.checks.imported import section as imports
from mlgate.checks.slices import section as slices
from mlgate.config.problems import Finding, one_of
from mlgate.errors import nearest
from mlgate.model.metrics import ALIASES, AVERAGED, METRICS
from mlgate.model.policy import Gate, Margin, RuleKind, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.schema import Config
    from mlgate.config.tree import Path

RELATIVE: Final = ("max_regression", "max_regression_anchor", "min_improvement")
"""Rules that compare, and so must know which direction is better."""
CHECKS: Final = ("concept", "data", "drift", "estimate", "fairness", "imported")
"""Checks whose gates are named after them."""
KINDS: Final[tuple[str, ...]] = get_args(RuleKind)


def kinds(rules: Gate) -> Iterator[str]:
    """Give the rules that a gate has; that against the anchor is implied by the other."""
    for kind in KINDS:
        if getattr(rules, kind) is not None:
            yield kind
    if rules.max_regression_anchor is None and rules.max_regression is not None:
        yield "max_regression_anchor"


def gates(found: Mapping[str, Gate], config: Config | None) -> Iterator[Finding]:
    """Check all gates; without a configuration (`--policy`) names of metrics stay open."""
    seen: dict[str, str] = {}
    for name, rules in found.items():
        path = ("gates", name)
        try:
            target = Target.parse(name)
        except ValueError as error:
            yield Finding(path, str(error))
            continue
        twin = seen.setdefault(str(target), name)
        if twin != name:
            yield Finding(path, f"is the same as {twin}", "write one gate with all of its rules")
        yield from _gate(path, name, target, rules, config)


def _gate(
    path: Path, name: str, target: Target, rules: Gate, config: Config | None
) -> Iterator[Finding]:
    check = target.name.partition(".")[0]
    if check == "fairness":
        name = target.name.removeprefix("fairness.")
        yield from fairness_rules.gate_findings(path, name, target.level, rules, config)
        return
    if target.level is not None:
        yield from slices.gate_findings(path, target.name, target.level, config)
    if check == "drift" and (config is None or target.name not in _own(config)):
        yield from drift.gate_findings(path, target.name.removeprefix("drift."), config)
        yield from _drift_rules(path, target.name, rules)
        return
    if check == "data" and (config is None or target.name not in _own(config)):
        yield from data.gate_findings(path, target.name.removeprefix("data."), config)
        allowed = ("max_share",) if target.name == "data" else ("max",)
        yield from _only(path, target.name, rules, allowed)
        return
    if check == "concept" and (config is None or target.name not in _own(config)):
        yield from concept.gate_findings(path, target.name, config)
        yield from _only(path, target.name, rules, ("max", *RELATIVE[:2]))
        return
    if check == "estimate" and (config is None or target.name not in _own(config)):
        yield from estimate.gate_findings(
            path, target.name.removeprefix("estimate."), rules, config
        )
        yield from _only(path, target.name, rules, ("min", "max"))
        return
    if check == imports.CHECK and (config is None or target.name not in _own(config)):
        yield from imports.gate_findings(path, target.name.removeprefix("imported."), config)
        yield from _only(path, target.name, rules, imports.rules(target.name))
        return
    yield from _rules(path, rules)
    yield from _values(path, name, target.name, rules, config)
    if config is not None:
        yield from metric(path, target.name, name, config)
        yield from _direction(path, target.name, rules, config)


def _rules(path: Path, rules: Gate) -> Iterator[Finding]:
    """Check the rules of one gate against one another."""
    if not any(kinds(rules)):
        known = one_of([kind for kind in KINDS if kind != "max_share"])
        yield Finding(path, "has no rule", f"give it {known}", reads=(path,))
    if rules.min is not None and rules.max is not None and rules.min > rules.max:
        message = f"no value is at least {rules.min:g} and at most {rules.max:g}"
        yield Finding((*path, "max"), message, at_value=True, reads=((*path, "min"),))
    if rules.max_share is not None:
        yield Finding((*path, "max_share"), "is only for drift", "min, max or max_regression")


def _drift_rules(path: Path, name: str, rules: Gate) -> Iterator[Finding]:
    """Drift has no baseline on main, and its share of columns only one sensible limit."""
    yield from _only(path, name, rules, ("min", "max") if name == "drift.auc" else ("max_share",))


def _only(path: Path, name: str, rules: Gate, allowed: tuple[str, ...]) -> Iterator[Finding]:
    """Check that a gate has no other rules than these."""
    given = list(kinds(rules))
    if not given:
        yield Finding(path, "has no rule", f"give it {one_of(allowed)}", reads=(path,))
    for kind in given:
        if kind not in allowed and not (kind == "max_regression_anchor" and len(given) > 1):
            yield Finding((*path, kind), f"is not for {name}", one_of(allowed))


def _own(config: Config) -> set[str]:
    return {*config.metrics.rows, *config.metrics.custom}


def metric(path: Path, name: str, written: str, config: Config) -> Iterator[Finding]:
    """Check that a metric is known and can be measured here.

    Numbers in metric files are known only when the files are: a gate may then name any.
    """
    listed = path[0] == "metrics"
    if name in _own(config) or (config.predictions is None and config.metrics.files):
        return
    if name in METRICS:
        if config.predictions is not None:
            yield from _measurable(path, name, config)
        elif config.drift is not None and not listed:
            yield Finding(
                path, "needs predictions, and none are given", "give task and predictions"
            )
    elif not config.metrics.files or listed:
        known = {*METRICS, *ALIASES, *_own(config)}
        close = nearest(written, known)
        hint = f"did you mean {close}?" if close else f"known: {', '.join(sorted(METRICS))}"
        reads: tuple[Path, ...] = tuple(
            ("metrics", key, written) for key in ("rows", "custom", "files")
        )
        yield Finding(path, f"there is no metric {written!r}", hint, listed, reads)


def _measurable(path: Path, name: str, config: Config) -> Iterator[Finding]:
    """Check a known metric against the task and the columns."""
    task, predictions, at_value = config.task, config.predictions, path[0] == "metrics"
    known = METRICS[name]
    if task == "multiclass" and name in AVERAGED:
        names = one_of([f"{name}_{average}" for average in ("macro", "micro", "weighted")])
        message = f"{name} of more than two classes needs an average"
        yield Finding(path, message, f"write {names}", at_value, (("task",),))
    elif task is not None and task not in known.tasks:
        there = ", ".join(one.name for one in METRICS.values() if task in one.tasks)
        message = f"{name} is not defined for the task {task}"
        yield Finding(path, message, f"there are: {there}", at_value, (("task",),))
    elif known.needs_score and predictions is not None and predictions.score is None:
        message = f"{name} needs scores, and predictions.score is not given"
        hint = "name the column with the probability"
        yield Finding(path, message, hint, at_value, (("predictions", "score"), ("task",)))


def _direction(path: Path, name: str, rules: Gate, config: Config) -> Iterator[Finding]:
    """Rules that compare must know what is better."""
    if config.judging().direction_of(name) is not None:
        return
    if name in config.metrics.custom or config.metrics.files:
        for kind in RELATIVE:
            if getattr(rules, kind) is not None:
                message = f"it is not known whether more of {name} is better"
                hint = f"write metrics: {{direction: {{{name}: higher}}}}, or lower"
                yield Finding((*path, kind), message, hint, reads=(("metrics",),))


def _values(
    path: Path, written: str, name: str, rules: Gate, config: Config | None
) -> Iterator[Finding]:
    """Find limits that always or never hold because they are in another unit."""
    if name not in METRICS or (config is not None and name in _own(config)):
        return
    bounds = [(kind, getattr(rules, kind)) for kind in ("min", "max")]
    for kind, value in bounds:
        if value is not None and written.startswith("neg_"):
            message = f"mlgate's {name} is positive, and lower is better"
            hint = f"write {name}: {{max: {abs(value):g}}}"
            yield Finding((*path, kind), message, hint)
        elif value is not None and METRICS[name].unit == "share" and not 0 <= value <= 1:
            message = f"{name} is between 0 and 1, got {value:g}"
            yield Finding((*path, kind), message, _points(value), at_value=True)
    for kind in RELATIVE:
        margin: Margin | None = getattr(rules, kind)
        if margin is None or margin.relative or METRICS[name].unit != "share":
            continue
        if margin.value >= 1:
            message = f"{name} is between 0 and 1: a margin of {margin} always holds"
            yield Finding((*path, kind), message, _points(margin.value), at_value=True)


def _points(value: float) -> str | None:
    if not 1 <= value <= 100:
        return None
    return f"write {value / 100:g} for {value:g} point{'' if value == 1 else 's'}"
