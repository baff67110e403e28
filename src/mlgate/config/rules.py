"""Checks across the keys of mlgate.yaml, each a generator of problems in any order.

They see a configuration whose types are right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.config import store_setting
from mlgate.config.environ import NAME, REFERENCE, allowed, names
from mlgate.config.gate_rules import RELATIVE, gates, metric
from mlgate.config.problems import UNBUILT, KeyProblem
from mlgate.config.scalars import DURATION
from mlgate.config.tree import dotted
from mlgate.errors import nearest
from mlgate.metrics import METRICS, canonical
from mlgate.model.policy import given_rules
from mlgate.text.lists import none_of, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.check_section import Checks
    from mlgate.config.schema import Config, Organisation, PolicySection, PredictionsSection
    from mlgate.config.tree import Path
    from mlgate.model.policy import Gate, Waiver

_P: Final = "predictions"


def configuration(config: Config) -> Iterator[KeyProblem]:
    """Check a whole configuration."""
    yield from _sources(config)
    yield from _metrics(config)
    yield from gates(config.gates, config.checks, config)
    yield from _waivers(config.waivers, config.gates)
    yield from _policy(config.policy)
    yield from _baseline(config)
    for section in config.checks.values():
        yield from section.problems(config)
    if config.predictions is not None:
        yield from _columns(config.predictions)
        yield from _design(config.predictions)
        yield from _task(config, config.predictions)


def organisation(policy: Organisation, checks: Checks) -> Iterator[KeyProblem]:
    """Check a `--policy` file, which has no predictions and no metrics of its own."""
    yield from gates(policy.gates, checks, None)
    yield from _waivers(policy.waivers, policy.gates)
    yield from _policy(policy.policy)


def _sources(config: Config) -> Iterator[KeyProblem]:
    """Check that there is something to judge, and predictions where they are needed."""
    if config.predictions is not None and config.task is None:
        yield KeyProblem(
            ("task",), "is missing: predictions need it", "binary, multiclass or regression"
        )
    if config.sealed is not None and config.predictions is None:
        yield KeyProblem(("sealed",), "needs predictions", "the test set that it seals")
    judged = any(section.is_judged(config) for section in config.checks.values())
    if config.predictions is None and not config.metrics.files and not judged:
        yield _nothing(config.checks)
    if config.predictions is None:
        for key in ("use", "rows", "custom"):
            if getattr(config.metrics, key):
                message = "needs predictions, and none are given"
                yield KeyProblem(
                    ("metrics", key), message, "numbers in files need only metrics.files"
                )


def _nothing(checks: Checks) -> KeyProblem:
    """Return the problem that there is nothing to judge, with what could be judged."""
    alone = [section for section in checks.values() if section.needs_no_predictions is not None]
    names = [section.needs_no_predictions or "" for section in alone]
    alternatives = ["metrics.files", *names]
    return KeyProblem(
        ("gates",),
        f"there is nothing to judge: neither {none_of(['predictions', *alternatives])} is given",
        f"give {one_of(['task and predictions', *alternatives])}",
        reads=((_P,), ("metrics",), *((section.key,) for section in alone)),
    )


def _metrics(config: Config) -> Iterator[KeyProblem]:
    metrics = config.metrics
    for index, name in enumerate(metrics.use):
        yield from metric(("metrics", "use", index), canonical(name), name, config)
    for name in metrics.custom:
        if name in metrics.rows:
            yield KeyProblem(("metrics", "custom", name), "is also a column in metrics.rows")
    own = {**metrics.rows, **dict.fromkeys(metrics.custom)}
    for name, direction in metrics.direction.items():
        path = ("metrics", "direction", name)
        fixed = metrics.rows.get(name)
        if fixed is None and name not in own and canonical(name) in METRICS:
            fixed = METRICS[canonical(name)].direction
        if fixed not in (None, direction):
            yield KeyProblem(
                path, f"{name} has a direction: {fixed} is better", "remove it", at_value=True
            )


def _columns(predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that the label is not among the columns that predict it."""
    for key in ("prediction", "score"):
        value = getattr(predictions, key)
        columns = value.values() if isinstance(value, dict) else (value,)
        if predictions.label in columns:
            message = f"{predictions.label!r} is the column of the labels"
            yield KeyProblem((_P, key), message, at_value=True, reads=((_P, "label"),))


def _design(predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that folds have ids, and that no column has two roles."""
    for key in ("fold", "repeat"):
        if getattr(predictions, key) is not None and predictions.id is None:
            message = "needs predictions.id, which identifies the rows of one example"
            yield KeyProblem((_P, key), message, "name the column", reads=((_P, "id"),))
    ids = (predictions.id,) if isinstance(predictions.id, str) else predictions.id or ()
    taken = {predictions.label: "label", **dict.fromkeys(ids, "id")}
    for key in ("fold", "repeat", "weight"):
        column = getattr(predictions, key)
        if column in taken:
            message = f"{column!r} is the column of predictions.{taken[column]}"
            yield KeyProblem((_P, key), message, None, True, ((_P, taken[column]),))
        elif column is not None:
            taken[column] = key


def _task(config: Config, predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check keys of the predictions against the task."""
    task, score = config.task, predictions.score
    reads: tuple[Path, ...] = (("task",),)
    given = predictions.model_fields_set
    if predictions.prediction is None and (score is None or task == "regression"):
        key = "prediction or score" if task != "regression" else "prediction"
        message = f"{key} is missing: no column holds what the model predicts"
        yield KeyProblem((_P,), message, reads=(*reads, (_P, "prediction"), (_P, "score")))
    if task == "regression":
        for key in given & {"score", "classes"}:
            yield KeyProblem((_P, key), "does not apply to regression", "remove it", reads=reads)
    if task in ("multiclass", "regression"):
        for key in given & {"threshold", "positive_label"}:
            yield KeyProblem(
                (_P, key), f"applies only to a binary task, and this one is {task}", reads=reads
            )
    if task == "binary" and isinstance(score, dict):
        hint = "the column with the probability of the positive label"
        yield KeyProblem(
            (_P, "score"), "expected one column: the task is binary", hint, True, reads
        )
    if task == "multiclass" and isinstance(score, str) and predictions.classes is None:
        hint = "list the classes in predictions.classes, or write {class: column}"
        message = "names one column of lists, but not the classes in it"
        yield KeyProblem((_P, "score"), message, hint, True, (*reads, (_P, "classes")))
    yield from _classes(predictions, reads)


def _classes(predictions: PredictionsSection, reads: tuple[Path, ...]) -> Iterator[KeyProblem]:
    classes = predictions.classes
    if classes is None:
        return
    if not isinstance(predictions.score, str):
        message = "applies only to a score column that holds lists"
        yield KeyProblem((_P, "classes"), message, "remove it", reads=(*reads, (_P, "score")))
    for index, name in enumerate(classes):
        if name in classes[:index]:
            yield KeyProblem((_P, "classes", index), f"{name!r} is named twice", at_value=True)


def _waivers(waivers: tuple[Waiver, ...], gates: Mapping[str, Gate]) -> Iterator[KeyProblem]:
    """Check that each waiver names a gate, or one rule of it."""
    names: set[str] = set()
    for name, rules in gates.items():
        names |= {canonical(name), *(f"{canonical(name)}.{kind}" for kind in given_rules(rules))}
    for index, waiver in enumerate(waivers):
        target, dot, rule = waiver.gate.rpartition(".")
        plain = {canonical(waiver.gate), f"{canonical(target)}{dot}{rule}"}
        if plain & names:
            continue
        close = nearest(waiver.gate, names)
        hint = f"did you mean {close}?" if close else f"gates: {', '.join(sorted(gates))}"
        message = f"there is no gate {waiver.gate!r}"
        reads: tuple[Path, ...] = (("gates", target), ("gates", waiver.gate))
        yield KeyProblem(("waivers", index, "gate"), message, hint, at_value=True, reads=reads)


def _policy(policy: PolicySection) -> Iterator[KeyProblem]:
    age = policy.deploy.max_age
    if re.fullmatch(DURATION, age) is None:
        message = f"expected a duration with its unit, such as 30d or 12h, got {age!r}"
        yield KeyProblem(("policy", "deploy", "max_age"), message, at_value=True)


def _baseline(config: Config) -> Iterator[KeyProblem]:
    setting = store_setting.parse(config.baseline.store)
    path, kind = ("baseline", "store"), setting.kind
    if kind in store_setting.prefixes() and not setting.argument:
        yield KeyProblem(path, f"{kind}: needs a name", f"{kind}:mlgate-baselines", at_value=True)
    elif unbuilt := setting.unbuilt:
        yield KeyProblem(path, f"{unbuilt}: {UNBUILT}", store_setting.forms(), at_value=True)


def written(data: Mapping[str, Any], checks: Checks) -> Iterator[KeyProblem]:
    """Check what the types do not cover: the form of margins, and references."""
    entries = data.get("gates")
    for name, rules in entries.items() if isinstance(entries, dict) else ():
        for kind in RELATIVE:
            if isinstance(rules, dict) and isinstance(rules.get(kind), dict):
                message = 'expected a number such as 0.01, or a percentage such as "2%", got keys'
                yield KeyProblem(("gates", name, kind), message, at_value=True)
    yield from references(data, allowed(checks))


def references(data: object, allowed: frozenset[str], path: Path = ()) -> Iterator[KeyProblem]:
    """Find `${env:NAME}` where it is not replaced, and where it is malformed."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from references(value, allowed, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from references(value, allowed, (*path, index))
    elif isinstance(data, str) and REFERENCE.search(data):
        if dotted(path) not in allowed:
            hint = f"only in {', '.join(sorted(allowed))}"
            yield KeyProblem(path, "${env:…} is not replaced here", hint, at_value=True)
        elif not all(map(NAME.fullmatch, names(data))) or data.count("${env:") > data.count("}"):
            yield KeyProblem(path, "expected ${env:NAME}", "such as ${env:BUCKET}", at_value=True)
