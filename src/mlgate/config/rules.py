"""What the keys of mlgate.yaml mean together: checks across sections, each a generator.

They see a configuration whose types are right, and give findings in any order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.concept import section as concept
from mlgate.checks.data import section as data
from mlgate.checks.drift import section as drift
from mlgate.checks.estimate import section as estimate
from mlgate.checks.fairness import gate_rules as fairness_rules
from mlgate.checks.imported import section as imports
from mlgate.checks.slices import section as slices
from mlgate.config.environ import ALLOWED, NAME, REFERENCE, names
from mlgate.config.gate_rules import RELATIVE, gates, kinds, metric
from mlgate.config.problems import UNBUILT, Finding
from mlgate.config.scalars import DURATION
from mlgate.config.tree import dotted
from mlgate.errors import nearest
from mlgate.model.metrics import METRICS, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.schema import Config, Judgement, Organisation, Predictions
    from mlgate.config.tree import Path
    from mlgate.model.policy import Gate, Waiver

_P: Final = "predictions"


def config(found: Config) -> Iterator[Finding]:
    """Check a whole configuration."""
    yield from _sources(found)
    yield from _metrics(found)
    yield from gates(found.gates, found)
    yield from _waivers(found.waivers, found.gates)
    yield from _policy(found.policy)
    yield from _baseline(found)
    yield from data.findings(found)
    yield from drift.findings(found)
    yield from fairness_rules.findings(found)
    yield from slices.findings(found)
    yield from concept.findings(found)
    yield from estimate.findings(found)
    yield from imports.findings(found)
    if found.predictions is not None:
        yield from _columns(found.predictions)
        yield from _design(found.predictions)
        yield from _task(found, found.predictions)


def organisation(found: Organisation) -> Iterator[Finding]:
    """Check a file of `--policy`, which knows no predictions and no metrics of its own."""
    yield from gates(found.gates, None)
    yield from _waivers(found.waivers, found.gates)
    yield from _policy(found.policy)


def _sources(found: Config) -> Iterator[Finding]:
    """Something must be there to be judged, and what needs predictions must have them."""
    if found.predictions is not None and found.task is None:
        yield Finding(
            ("task",), "is missing: predictions need it", "binary, multiclass or regression"
        )
    if found.sealed is not None and found.predictions is None:
        yield Finding(("sealed",), "needs predictions", "the test set that it seals")
    if found.predictions is None and not found.metrics.files and not _tables(found):
        yield Finding(
            ("gates",),
            "there is nothing to judge: neither predictions, metrics.files, drift, data nor evidence.import is given",
            "give task and predictions, metrics.files, drift, data or evidence.import",
            reads=((_P,), ("metrics",), ("drift",), ("data",), ("evidence",)),
        )
    if found.predictions is None:
        for key in ("use", "rows", "custom"):
            if getattr(found.metrics, key):
                message = "needs predictions, and none are given"
                yield Finding(("metrics", key), message, "numbers in files need only metrics.files")


def _tables(found: Config) -> bool:
    """Whether a table is judged by itself: drift, data with more than a path, another tool's result."""
    gated = any(name.partition(".")[0] == "data" for name in found.gates)
    given = found.drift is not None or bool(found.evidence.import_)
    return given or (found.data is not None and gated)


def _metrics(found: Config) -> Iterator[Finding]:
    metrics = found.metrics
    for index, name in enumerate(metrics.use):
        yield from metric(("metrics", "use", index), canonical(name), name, found)
    for name in metrics.custom:
        if name in metrics.rows:
            yield Finding(("metrics", "custom", name), "is a column under metrics.rows as well")
    own = {**metrics.rows, **dict.fromkeys(metrics.custom)}
    for name, direction in metrics.direction.items():
        path = ("metrics", "direction", name)
        known = metrics.rows.get(name)
        if known is None and name not in own and canonical(name) in METRICS:
            known = METRICS[canonical(name)].direction
        if known not in (None, direction):
            yield Finding(path, f"{name} is known: {known} is better", "remove it", at_value=True)


def _columns(predictions: Predictions) -> Iterator[Finding]:
    """The label must not be what predicts it."""
    for key in ("prediction", "score"):
        value = getattr(predictions, key)
        columns = value.values() if isinstance(value, dict) else (value,)
        if predictions.label in columns:
            message = f"{predictions.label!r} is the column of the labels"
            yield Finding((_P, key), message, at_value=True, reads=((_P, "label"),))


def _design(predictions: Predictions) -> Iterator[Finding]:
    """Rows of one id belong together, and no column can be two of these things."""
    for key in ("fold", "repeat"):
        if getattr(predictions, key) is not None and predictions.id is None:
            message = "needs predictions.id, which says which rows are of one example"
            yield Finding((_P, key), message, "name the column", reads=((_P, "id"),))
    ids = (predictions.id,) if isinstance(predictions.id, str) else predictions.id or ()
    taken = {predictions.label: "label", **dict.fromkeys(ids, "id")}
    for key in ("fold", "repeat", "weight"):
        column = getattr(predictions, key)
        if column in taken:
            message = f"{column!r} is the column of predictions.{taken[column]}"
            yield Finding((_P, key), message, None, True, ((_P, taken[column]),))
        elif column is not None:
            taken[column] = key


def _task(found: Config, predictions: Predictions) -> Iterator[Finding]:
    """Check keys of the predictions against the task."""
    task, score = found.task, predictions.score
    reads: tuple[Path, ...] = (("task",),)
    given = predictions.model_fields_set
    if predictions.prediction is None and (score is None or task == "regression"):
        key = "prediction or score" if task != "regression" else "prediction"
        message = f"{key} is missing: nothing says what the model predicts"
        yield Finding((_P,), message, reads=(*reads, (_P, "prediction"), (_P, "score")))
    if task == "regression":
        for key in given & {"score", "classes"}:
            yield Finding((_P, key), "a regression has none", "remove it", reads=reads)
    if task in ("multiclass", "regression"):
        for key in given & {"threshold", "positive_label"}:
            yield Finding((_P, key), f"only a binary task has one, this is {task}", reads=reads)
    if task == "binary" and isinstance(score, dict):
        hint = "the column with the probability of the positive label"
        yield Finding((_P, "score"), "expected one column: the task is binary", hint, True, reads)
    if task == "multiclass" and isinstance(score, str) and predictions.classes is None:
        hint = "name the classes in it under classes, or write {class: column}"
        message = "names one column, and nothing says which classes it lists"
        yield Finding((_P, "score"), message, hint, True, (*reads, (_P, "classes")))
    yield from _classes(predictions, reads)


def _classes(predictions: Predictions, reads: tuple[Path, ...]) -> Iterator[Finding]:
    classes = predictions.classes
    if classes is None:
        return
    if not isinstance(predictions.score, str):
        message = "is only for a score column that holds lists"
        yield Finding((_P, "classes"), message, "remove it", reads=(*reads, (_P, "score")))
    for index, name in enumerate(classes):
        if name in classes[:index]:
            yield Finding((_P, "classes", index), f"{name!r} is named twice", at_value=True)


def _waivers(waivers: tuple[Waiver, ...], known: Mapping[str, Gate]) -> Iterator[Finding]:
    """A waiver must name a gate, or one rule of it."""
    there: set[str] = set()
    for name, rules in known.items():
        there |= {canonical(name), *(f"{canonical(name)}.{kind}" for kind in kinds(rules))}
    for index, waiver in enumerate(waivers):
        target, dot, rule = waiver.gate.rpartition(".")
        plain = {canonical(waiver.gate), f"{canonical(target)}{dot}{rule}"}
        if plain & there:
            continue
        close = nearest(waiver.gate, there)
        hint = f"did you mean {close}?" if close else f"gates: {', '.join(sorted(known))}"
        message = f"there is no gate {waiver.gate!r}"
        reads: tuple[Path, ...] = (("gates", target), ("gates", waiver.gate))
        yield Finding(("waivers", index, "gate"), message, hint, at_value=True, reads=reads)


def _policy(policy: Judgement) -> Iterator[Finding]:
    age = policy.deploy.max_age
    if re.fullmatch(DURATION, age) is None:
        message = f"expected a duration with its unit, such as 30d or 12h, got {age!r}"
        yield Finding(("policy", "deploy", "max_age"), message, at_value=True)


def _baseline(found: Config) -> Iterator[Finding]:
    store = found.baseline.store
    kind, colon, rest = store.partition(":")
    path = ("baseline", "store")
    if colon and kind == "branch":
        if not rest:
            yield Finding(path, "branch: needs a name", "branch:mlgate-baselines", at_value=True)
    elif re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", store):
        yield Finding(path, f"{kind}: {UNBUILT}", "ref, branch:NAME or a folder", at_value=True)


def written(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Check what the types alone let through: the form of margins, and references."""
    gates_ = data.get("gates")
    for name, asked in gates_.items() if isinstance(gates_, dict) else ():
        for kind in RELATIVE:
            if isinstance(asked, dict) and isinstance(asked.get(kind), dict):
                message = 'expected a number such as 0.01, or a percentage such as "2%", got keys'
                yield Finding(("gates", name, kind), message, at_value=True)
    yield from references(data)


def references(data: object, path: Path = ()) -> Iterator[Finding]:
    """Find `${env:NAME}` where it has no meaning, and where it is not well formed."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from references(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from references(value, (*path, index))
    elif isinstance(data, str) and REFERENCE.search(data):
        if dotted(path) not in ALLOWED:
            hint = f"only in {', '.join(sorted(ALLOWED))}"
            yield Finding(path, "${env:…} is not replaced here", hint, at_value=True)
        elif not all(map(NAME.fullmatch, names(data))) or data.count("${env:") > data.count("}"):
            yield Finding(path, "expected ${env:NAME}", "such as ${env:BUCKET}", at_value=True)
