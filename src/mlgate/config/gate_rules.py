"""Check gates: known metrics, rules that can hold, known directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from mlgate.config.check_section import GateEntry
from mlgate.config.problems import KeyProblem
from mlgate.config.schema import parse_target
from mlgate.errors import nearest
from mlgate.metrics import ALIASES, AVERAGED, METRICS, cost, direction_of, quantile_columns
from mlgate.metrics.column_statistics import column_statistic
from mlgate.model.policy import RELATIVE, Gate, Margin, RuleKind, given_rules
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.check_section import Checks
    from mlgate.config.schema import Config
    from mlgate.config.tree import Path

KINDS: Final[tuple[str, ...]] = get_args(RuleKind)


def gates(
    entries: Mapping[str, Gate], checks: Checks, config: Config | None
) -> Iterator[KeyProblem]:
    """Check all gates. Without a configuration (`--policy`), names of metrics are not checked."""
    seen: dict[str, str] = {}
    for name, rules in entries.items():
        path = ("gates", name)
        try:
            target = parse_target(name, checks)
        except ValueError as error:
            yield KeyProblem(path, str(error))
            continue
        twin = seen.setdefault(str(target), name)
        if twin != name:
            yield KeyProblem(path, f"is the same as {twin}", "write one gate with all of its rules")
        yield from _gate(GateEntry(path, target, rules, config), name, checks)


def _gate(gate: GateEntry, written: str, checks: Checks) -> Iterator[KeyProblem]:
    name, config = gate.target.name, gate.config
    section = checks.get(name.partition(".")[0])
    if section is not None and section.prefixed and (config is None or not _is_own(name, config)):
        if gate.target.level is not None and not section.has_levels:
            yield from _level(gate, checks)
        yield from section.problems_of_gate(gate)
        return
    if gate.target.level is not None:
        yield from _level(gate, checks)
    yield from _rules(gate.path, gate.rules)
    yield from _values(gate.path, written, name, gate.rules, config)
    if config is not None:
        yield from metric(gate.path, name, written, config)
        yield from _direction(gate.path, name, gate.rules, config)


def _level(gate: GateEntry, checks: Checks) -> Iterator[KeyProblem]:
    for section in checks.values():
        yield from section.level_problems(gate)


def _rules(path: Path, rules: Gate) -> Iterator[KeyProblem]:
    """Check the rules of one gate against one another."""
    if not any(given_rules(rules)):
        kinds = one_of([kind for kind in KINDS if kind != "max_share"])
        yield KeyProblem(path, "has no rule", f"give it {kinds}", reads=(path,))
    if rules.min is not None and rules.max is not None and rules.min > rules.max:
        message = f"no value is at least {rules.min:g} and at most {rules.max:g}"
        yield KeyProblem((*path, "max"), message, at_value=True, reads=((*path, "min"),))
    if rules.max_share is not None:
        yield KeyProblem((*path, "max_share"), "is only for drift", "min, max or max_regression")


def _own(config: Config) -> set[str]:
    metrics = config.metrics
    return {*metrics.rows, *metrics.custom, *((cost.NAME,) if metrics.cost else ())}


def _is_own(name: str, config: Config) -> bool:
    """Whether it is measured from a column or by a function of the user's."""
    return name in _own(config) or column_statistic(name, config.metrics.rows) is not None


def metric(path: Path, name: str, written: str, config: Config) -> Iterator[KeyProblem]:
    """Check that a metric is known and can be measured here.

    The names of numbers in metric files are known only once the files are read, so with such
    files a gate may name any.
    """
    listed = path[0] == "metrics"
    if _is_own(name, config) or (config.predictions is None and config.metrics.files):
        return
    if name in METRICS:
        if config.predictions is not None:
            yield from _measurable(path, name, config)
        elif not listed and any(section.is_judged(config) for section in config.checks.values()):
            yield KeyProblem(
                path, "needs predictions, but none are configured", "give task and predictions"
            )
    elif not config.metrics.files or listed:
        start = written.partition("@")[0]
        close = nearest(written, {*METRICS, *ALIASES, *_own(config)})
        plain = written.removeprefix("rows.").removesuffix(".mean")
        if plain != written and _is_own(plain, config):
            hint = f"write {plain}: a column's gates begin with its name, and its mean is the name alone"
        elif start in METRICS.parametrised:
            hint = METRICS.parametrised[start].usage()
        else:
            hint = f"did you mean {close}?" if close else f"known: {', '.join(sorted(METRICS))}"
        reads: tuple[Path, ...] = tuple(
            ("metrics", key, written) for key in ("rows", "custom", "files")
        )
        yield KeyProblem(path, f"there is no metric {written!r}", hint, listed, reads)


def _measurable(path: Path, name: str, config: Config) -> Iterator[KeyProblem]:
    """Check a known metric against the task and the columns."""
    task, predictions, at_value = config.task, config.predictions, path[0] == "metrics"
    definition = METRICS[name]
    if task == "multiclass" and name in AVERAGED:
        names = one_of([f"{name}_{average}" for average in ("macro", "micro", "weighted")])
        message = f"{name} of more than two classes needs an average"
        yield KeyProblem(path, message, f"write {names}", at_value, (("task",),))
    elif task is not None and task not in definition.tasks:
        defined = ", ".join(metric.name for metric in METRICS.values() if task in metric.tasks)
        if task == "scores":
            defined = ", ".join(config.metrics.rows) or "the columns that metrics.rows names"
        message = f"{name} is not defined for the task {task}"
        yield KeyProblem(path, message, f"available: {defined}", at_value, (("task",),))
    elif lacking := quantile_columns.needed(name, config.metrics.quantiles.values()):
        message = f"{name} needs a column of the quantile {' and of '.join(lacking)}"
        hint = f"name it, such as metrics: {{quantiles: {{COLUMN: {lacking[0]}}}}}"
        yield KeyProblem(path, message, hint, at_value, (("metrics", "quantiles"), ("task",)))
    elif definition.needs_score and predictions is not None and predictions.score is None:
        message = f"{name} needs scores, but predictions.score is not set"
        hint = "name the column with the probability"
        yield KeyProblem(path, message, hint, at_value, (("predictions", "score"), ("task",)))


def _direction(path: Path, name: str, rules: Gate, config: Config) -> Iterator[KeyProblem]:
    """Check that the direction is known where a rule compares."""
    if direction_of(config.judging(), name) is not None:
        return
    if name in config.metrics.custom or name in METRICS or config.metrics.files:
        for kind in RELATIVE:
            if getattr(rules, kind) is not None:
                message = f"whether a higher or a lower {name} is better is not known"
                hint = f"write metrics: {{direction: {{{name}: higher}}}}, or lower"
                yield KeyProblem((*path, kind), message, hint, reads=(("metrics",),))


def _values(
    path: Path, written: str, name: str, rules: Gate, config: Config | None
) -> Iterator[KeyProblem]:
    """Find limits that always or never hold because they are in the wrong unit."""
    if name not in METRICS or (config is not None and _is_own(name, config)):
        return
    bounds = [(kind, getattr(rules, kind)) for kind in ("min", "max")]
    for kind, value in bounds:
        if value is not None and written.startswith("neg_"):
            message = f"mlgate's {name} is positive, and lower is better"
            hint = f"write {name}: {{max: {abs(value):g}}}"
            yield KeyProblem((*path, kind), message, hint)
        elif value is not None and METRICS[name].unit == "share" and not 0 <= value <= 1:
            message = f"{name} is between 0 and 1, got {value:g}"
            yield KeyProblem((*path, kind), message, _points(value), at_value=True)
    for kind in RELATIVE:
        margin: Margin | None = getattr(rules, kind)
        if margin is None or margin.relative or METRICS[name].unit != "share":
            continue
        if margin.value >= 1:
            message = f"{name} is between 0 and 1: a margin of {margin} always holds"
            yield KeyProblem((*path, kind), message, _points(margin.value), at_value=True)


def _points(value: float) -> str | None:
    if not 1 <= value <= 100:
        return None
    return f"write {value / 100:g} for {value:g} point{'' if value == 1 else 's'}"
