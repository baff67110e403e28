"""Checks across the keys of mlgate.yaml, each a generator of problems in any order.

They see a configuration whose types are right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlgate.config import path_filter, store_setting
from mlgate.config.environ import NAME, REFERENCE, allowed, names
from mlgate.config.gate_rules import gates, metric
from mlgate.config.problems import UNBUILT, KeyProblem
from mlgate.config.scalars import DURATION
from mlgate.config.tree import dotted
from mlgate.errors import nearest
from mlgate.metrics import METRICS, canonical, cost, quantile_columns
from mlgate.model.identity import IDENTITY
from mlgate.model.policy import RELATIVE, given_rules
from mlgate.text.lists import none_of, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config.check_section import Checks, CheckSection
    from mlgate.config.schema import Config, Organisation, PolicySection, PredictionsSection
    from mlgate.config.tree import Path
    from mlgate.model.policy import Gate, Waiver

_P: Final = "predictions"
_OF_PREDICTIONS: Final = frozenset(
    {"label", "labels", "prediction", "score", "classes", "positive_label", "threshold"}
)


def configuration(config: Config) -> Iterator[KeyProblem]:
    """Check a whole configuration."""
    yield from _sources(config)
    yield from _metrics(config)
    yield from gates(config.gates, config.checks, config)
    yield from _waivers(config.waivers, config.gates, IDENTITY)
    yield from _policy(config.policy)
    yield from _baseline(config)
    yield from _handover(config)
    yield from _seeds(config)
    yield from _when(config.when.paths)
    for section in config.checks.values():
        if (
            config.predictions is None
            and section.needs_no_predictions is None
            and not section.apart
        ):
            yield from _without_predictions(section, config)
        if config.task == "scores" and section.needs_labels:
            yield from _without_labels(section, config)
        else:
            yield from section.problems(config)
    if config.predictions is not None:
        yield from _columns(config.predictions)
        yield from _held_labels(config, config.predictions)
        yield from _unlabelled(config, config.predictions)
        yield from _design(config.predictions)
        if config.predictions.errors is not None and config.task not in ("scores", None):
            message = f"applies to the task scores, and this one is {config.task}"
            hint = "score each row as right or wrong, and let the numbers count: task: scores"
            yield KeyProblem((_P, "errors"), message, hint, reads=(("task",),))
        yield from (_scores if config.task == "scores" else _task)(config, config.predictions)


def organisation(policy: Organisation, checks: Checks) -> Iterator[KeyProblem]:
    """Check a `--policy` file, which has no predictions and no metrics of its own."""
    yield from gates(policy.gates, checks, None)
    yield from _waivers(policy.waivers, policy.gates)
    yield from _policy(policy.policy)
    if policy.policy.branches:
        message = "belongs in mlgate.yaml: an organisation's gates judge into every branch"
        yield KeyProblem(("policy", "branches"), message, "remove it")


def _sources(config: Config) -> Iterator[KeyProblem]:
    """Check that there is something to judge, and predictions where they are needed."""
    if config.predictions is not None and config.task is None:
        yield KeyProblem(
            ("task",), "is missing: predictions need it", "binary, multiclass, regression or scores"
        )
    if config.sealed is not None and config.predictions is None:
        yield KeyProblem(("sealed",), "needs predictions", "the test set that it seals")
    judged = any(section.is_judged(config) for section in config.checks.values())
    if config.predictions is None and not config.metrics.files and not judged:
        yield _nothing(config.checks)
    if config.predictions is None:
        for key in ("use", "rows", "custom"):
            if getattr(config.metrics, key):
                message = "needs predictions, but none are configured"
                yield KeyProblem(
                    ("metrics", key), message, "numbers in files need only metrics.files"
                )


def _handover(config: Config) -> Iterator[KeyProblem]:
    """Refuse what the job that runs the author's code must not read, write, or upload."""
    if config.handover != "evidence":
        return
    hint = "remove one of the two: `handover: files` measures in the job that judges"
    if config.predictions is not None and config.predictions.labels is not None:
        message = "contradicts predictions.labels: the author's code must not come near the labels"
        yield KeyProblem(("handover",), message, hint, reads=((_P, "labels"),))
    if config.sealed is not None:
        message = "contradicts sealed: the job that measures may not write the store"
        yield KeyProblem(("handover",), message, hint, reads=(("sealed",),))
    if config.report.changes == "steps":
        message = (
            "contradicts report.changes steps: the evidence that is handed over shows every number"
        )
        yield KeyProblem(("handover",), message, hint, reads=(("report", "changes"),))


def _seeds(config: Config) -> Iterator[KeyProblem]:
    """Refuse seeds of which only the last one's rows would be judged."""
    seeds = config.train.seeds
    if len(set(seeds)) < len(seeds):
        yield KeyProblem(("train", "seeds"), "names a seed twice", "use each once")
    if len(seeds) > 1 and config.predictions is not None and config.predictions.repeat is None:
        message = "needs predictions.repeat, the column with each row's seed"
        hint = 'such as  predictions: {path: "out/*.csv", repeat: seed}'
        yield KeyProblem(("train", "seeds"), message, hint, reads=((_P, "repeat"),))


def _without_predictions(section: CheckSection, config: Config) -> Iterator[KeyProblem]:
    if config.section(section.model) is not None:
        message = "needs predictions, but none are configured"
        yield KeyProblem((section.key,), message, "give task and predictions")


def _without_labels(section: CheckSection, config: Config) -> Iterator[KeyProblem]:
    if config.section(section.model) is not None:
        message = "needs labels and predictions, and the task scores has none"
        yield KeyProblem((section.key,), message, "remove it", reads=(("task",),))


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
    numbers = metrics.numbers()
    yield from _cost(config)
    for name, column in numbers.items():
        if column.range is not None and column.range[0] >= column.range[1]:
            limits = ("metrics", "rows", name, "range")
            yield KeyProblem(limits, "must be two numbers, the smaller one first", at_value=True)
        if column.human == name:
            own_column = ("metrics", "rows", name, "human")
            message = f"{name!r} is the judge's own column"
            hint = "name the column with a human's numbers"
            yield KeyProblem(own_column, message, hint, at_value=True)
    yield from _quantiles(config)
    own = {**numbers, **dict.fromkeys(metrics.custom)}
    for name, direction in metrics.direction.items():
        path = ("metrics", "direction", name)
        fixed = numbers[name].direction if name in numbers else None
        if fixed is None and name not in own and canonical(name) in METRICS:
            fixed = METRICS[canonical(name)].direction
        if fixed not in (None, direction):
            yield KeyProblem(
                path, f"{name} has a direction: {fixed} is better", "remove it", at_value=True
            )


def _quantiles(config: Config) -> Iterator[KeyProblem]:
    """Check that quantiles are of a regression, and that no level has two columns."""
    quantiles = config.metrics.quantiles
    if quantiles and config.task != "regression":
        message = f"are of a regression, and the task is {config.task}"
        yield KeyProblem(("metrics", "quantiles"), message, "remove it", reads=(("task",),))
    columns = {quantile_columns.key(level): column for column, level in quantiles.items()}
    for column, level in quantiles.items():
        if columns[quantile_columns.key(level)] != column:
            message = f"{level:g} is the level of {columns[quantile_columns.key(level)]} as well"
            path = ("metrics", "quantiles", column)
            yield KeyProblem(path, message, "each column has a level of its own", at_value=True)


def _cost(config: Config) -> Iterator[KeyProblem]:
    """Check that each error of the classes has a cost, and that nothing else has the name."""
    metrics, path = config.metrics, ("metrics", cost.NAME)
    if not metrics.cost:
        return
    if config.task in ("regression", "scores"):
        message = f"is by classes, and the task is {config.task}"
        yield KeyProblem(path, message, "remove it", reads=(("task",),))
    for key in ("rows", "custom"):
        if cost.NAME in getattr(metrics, key):
            message = f"is the name of a metric under metrics.{key} as well"
            yield KeyProblem(path, message, "rename one of the two", reads=(("metrics", key),))
    lacking = cost.unpriced(metrics.cost)
    if lacking is not None:
        label, prediction = lacking
        message = f"has no cost of the label {label!r} that is predicted as {prediction!r}"
        yield KeyProblem(path, message, f"write {label}: {{{prediction}: 0}} if it costs nothing")


def _columns(predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that the label is not among the columns that predict it."""
    for key in ("prediction", "score"):
        value = getattr(predictions, key)
        columns = value.values() if isinstance(value, dict) else (value,)
        if predictions.label is not None and predictions.label in columns:
            message = f"{predictions.label!r} is the column of the labels"
            yield KeyProblem((_P, key), message, at_value=True, reads=((_P, "label"),))


def _held_labels(config: Config, predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that held-out labels can be joined, and that nothing gives them away."""
    path: Path = (_P, "labels")
    if predictions.labels is None:
        return
    if predictions.id is None:
        message = "needs predictions.id, by which the labels are joined"
        yield KeyProblem(path, message, "name the column in both files", reads=((_P, "id"),))
    if config.baseline.keep == "rows" and config.baseline.id_key is None:
        message = (
            "needs baseline.id_key: with the salt that the store keeps, labels could be guessed "
            "from the hashes of its rows"
        )
        hint = "name a secret, such as id_key: ${env:MLGATE_ID_KEY}, or keep: evidence"
        yield KeyProblem(path, message, hint, reads=(("baseline",),))
    if config.metrics.custom:
        message = "cannot be held out where metrics.custom runs: it is handed the labels"
        yield KeyProblem(path, message, "remove one of them", reads=(("metrics", "custom"),))
    kind, colon, rest = predictions.labels.partition(":")
    if (
        colon
        and not rest.startswith("//")
        and kind in {"store", store_setting.REF, *store_setting.prefixes()}
    ):
        message = f"{kind}: a store holds nothing out: the author of a pull request may read it"
        hint = "name a file that only the job that judges has, or s3://… that only it may read"
        yield KeyProblem(path, message, hint, at_value=True)


_COUNT_UNLIKE: Final = ("weight", "cluster", "fold", "repeat")
"""Keys of `predictions` with which rows do not count as one each."""


def _unlabelled(config: Config, predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that rows without a label can be told apart, and compared by a count of the others."""
    if not predictions.unlabelled:
        return
    path: Path = (_P, "unlabelled")
    if config.task in ("regression", "scores"):
        message = f"applies to classes, and the task is {config.task}"
        yield KeyProblem(path, message, "remove it", reads=(("task",),))
    if predictions.id is None:
        message = "needs predictions.id, by which rows without a label are named"
        yield KeyProblem(path, message, "name the column", reads=((_P, "id"),))
    if config.baseline.keep != "rows" and config.baseline.predictions is None:
        message = "needs main's predictions, and the baseline keeps none"
        hint = "set baseline.keep: rows, or name them in baseline.predictions"
        yield KeyProblem(path, message, hint, reads=(("baseline",),))
    hint = "remove one of the two"
    for key in _COUNT_UNLIKE:
        if getattr(predictions, key) is not None:
            message = f"counts each row once, and predictions.{key} says otherwise"
            yield KeyProblem(path, message, hint, reads=((_P, key),))
    if config.metrics.custom:
        message = "does not go with metrics.custom, which is handed all labels"
        yield KeyProblem(path, message, hint, reads=(("metrics", "custom"),))
    if config.sealed is not None:
        message = "does not go with sealed: each label that arrives makes another test set"
        yield KeyProblem(path, message, hint, reads=(("sealed",),))


def _design(predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that folds have ids, and that no column has two roles."""
    for key in ("fold", "repeat"):
        if getattr(predictions, key) is not None and predictions.id is None:
            message = "needs predictions.id, which identifies the rows of one example"
            yield KeyProblem((_P, key), message, "name the column", reads=((_P, "id"),))
    ids = (predictions.id,) if isinstance(predictions.id, str) else predictions.id or ()
    taken = {**dict.fromkeys(ids, "id")}
    if predictions.label is not None:
        taken = {predictions.label: "label", **taken}
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
    if predictions.label is None:
        hint = "the column with the true class or value"
        yield KeyProblem((_P, "label"), "is missing", hint, reads=(*reads, (_P, "label")))
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


def _scores(config: Config, predictions: PredictionsSection) -> Iterator[KeyProblem]:
    """Check that rows of scores have numbers, and nothing that only a prediction has."""
    reads: tuple[Path, ...] = (("task",),)
    if not config.metrics.rows:
        message = "the task scores needs columns of numbers"
        hint = "name them, such as metrics: {rows: {grade: higher}}"
        yield KeyProblem(("metrics",), message, hint, reads=(*reads, ("metrics", "rows")))
    if config.metrics.custom:
        message = "needs labels and predictions, and the task scores has none"
        yield KeyProblem(("metrics", "custom"), message, "remove it", reads=reads)
    for key in sorted(predictions.model_fields_set & _OF_PREDICTIONS):
        yield KeyProblem((_P, key), "does not apply to scores", "remove it", reads=reads)


def _classes(predictions: PredictionsSection, reads: tuple[Path, ...]) -> Iterator[KeyProblem]:
    classes = predictions.classes
    if classes is None:
        return
    if not isinstance(predictions.score, str) and not predictions.unlabelled:
        message = "applies only to a score column that holds lists"
        yield KeyProblem((_P, "classes"), message, "remove it", reads=(*reads, (_P, "score")))
    for index, name in enumerate(classes):
        if name in classes[:index]:
            yield KeyProblem((_P, "classes", index), f"{name!r} is named twice", at_value=True)


def _waivers(
    waivers: tuple[Waiver, ...], gates: Mapping[str, Gate], *further: str
) -> Iterator[KeyProblem]:
    """Check that each waiver names a gate, or one rule of it; `further` are gates of every file."""
    names = set(further)
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
    for index, pattern in enumerate(policy.branches):
        if re.search(r"[\[\]{}?+!\\]", pattern):
            hint = "* stands for any text without /, ** for any text"
            message = f"{pattern!r} is no pattern of branches"
            yield KeyProblem(("policy", "branches", index), message, hint, at_value=True)


def _baseline(config: Config) -> Iterator[KeyProblem]:
    setting = store_setting.parse(config.baseline.store)
    path, kind = ("baseline", "store"), setting.kind
    if kind in store_setting.prefixes() and not setting.argument.strip("/"):
        yield KeyProblem(path, f"{kind}: needs a name", store_setting.form(kind), at_value=True)
    elif unbuilt := setting.unbuilt:
        yield KeyProblem(path, f"{unbuilt}: {UNBUILT}", store_setting.forms(), at_value=True)


def _when(patterns: tuple[str, ...]) -> Iterator[KeyProblem]:
    """Check that each pattern means here what it means in GitHub's path filters."""
    path: Path = ("when", "paths")
    for index, pattern in enumerate(patterns):
        if problem := path_filter.problem(pattern):
            message, hint = problem
            yield KeyProblem((*path, index), f"{pattern!r}: {message}", hint, at_value=True)
    if path_filter.only_excludes(patterns):
        message = "only takes paths out, so that no change would ever be judged"
        yield KeyProblem(path, message, f"write '**' before {patterns[0]!r}", at_value=True)


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
