"""`mlgate plan --label-next`: the rows whose labels decide between two models."""

# ruff: noqa: S608  (names in SQL are quoted by `id_text`)

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate import checks, config
from mlgate.errors import DataError, UsageError
from mlgate.files import write_atomic
from mlgate.gates.regions import Effect, not_worse
from mlgate.inputs import labels, paths
from mlgate.inputs.design import label_column, plain_ids
from mlgate.inputs.labels import BOOLS
from mlgate.inputs.row_ids import hash_ids
from mlgate.inputs.tables import read_columns
from mlgate.model.base import digest
from mlgate.pipeline.model_place import find_config
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.config.schema import PredictionsSection
    from mlgate.gates.regions import Region
    from mlgate.pipeline.context import Context
    from mlgate.stats.active import ActiveLabels

    Texts = NDArray[np.str_]

OPTION: Final = "--label-next"
UNSUPPORTED: Final = ("weight", "cluster", "fold", "repeat")
"""Keys of `predictions` with which rows do not count as one each."""
MOST_CLASSES: Final = 1_000
POSITIVE: Final = ("1", "0")
"""The classes of predictions that are scores."""
NONE: Final = ""
"""The label of a row without one."""


@dataclass(frozen=True, slots=True)
class LabelOptions:
    """How many ids to name, against which predictions, by which margin, and where to write them.

    `against` and `margin` default to `baseline.predictions` and to the accuracy's `max_regression`.
    """

    count: int
    against: str | None
    margin: float | None
    output: Path | None
    power: float


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """The state of the comparison, and the rows to label next.

    Attributes
    ----------
    n
        Rows that both files have.
    unlabelled
        Of these, rows without a label.
    ids
        The next rows, by column of the id.
    needed
        Labels on differing rows that decide the margin if nothing changed; None: all do not.
    """

    n: int
    unlabelled: int
    state: ActiveLabels
    margin: float
    confidence: float
    power: float
    needed: int | None
    columns: tuple[str, ...]
    ids: tuple[tuple[str, ...], ...]

    @property
    def verdict(self) -> Region:
        """Whether the rows that are known show a loss of at most the margin."""
        change = self.state.change
        if not self.state.labelled or change.value is None:
            return "inconclusive"
        gain = Effect(change.value, change.lower, change.upper)
        return not_worse(gain.plus(self.margin), gain)


def label_next(context: Context, options: LabelOptions) -> LabelPlan:
    """Compare the predictions of mlgate.yaml with others, and name the rows whose labels count next.

    The order is a hash of the ids, keyed with what both models predict: it stays as labels arrive,
    and nobody can choose which rows come first without changing a model.

    Raises
    ------
    UsageError, ConfigError
        When mlgate.yaml has no predictions with ids, or nothing says which margin or other model.
    DataError
        When a file cannot be read, or the two have different rows.
    """
    import numpy as np

    from mlgate.stats import active

    place = find_config(context)
    root, own = place.parent.resolve(), config.load(place, checks.sections()).config
    section = _section(own)
    margin, against = _margin(own, options), options.against or own.baseline.predictions
    if against is None:
        raise UsageError(f"{OPTION} needs the other model's predictions", hint="--against FILE")
    new = _read(section, section.path, root, "predictions.path")
    old = _read(section, against, context.cwd if options.against else root, "--against")
    if sorted(new.ids) != sorted(old.ids):
        msg = f"{section.path} and {against} do not have the same ids"
        raise DataError(msg, hint="predict the same rows with both models")
    place_of = {name: row for row, name in enumerate(old.ids)}
    answers = new.answers, old.answers[[place_of[name] for name in new.ids]]
    label = _label(section, new, root)
    seen = sorted(zip(new.ids, *(side.tolist() for side in answers), strict=True))
    hashes = hash_ids(new.ids, digest(seen).encode())
    confidence = own.judging().confidence
    state = active.compare(
        np.lexsort((hashes[:, 1], hashes[:, 0])),
        answers[0] != answers[1],
        (answers[0] == label, answers[1] == label),
        label != NONE,
        confidence,
    )
    n = len(new.ids)
    needed = active.labels_needed(
        state.differing, n, margin, confidence=confidence, power=options.power
    )
    ids = tuple(new.written[row] for row in state.following[: options.count].tolist())
    unlabelled = int((label == NONE).sum())
    columns = plain_ids(section)
    if options.output is not None:
        write_atomic(context.cwd / options.output, _csv(columns, ids))
    return LabelPlan(n, unlabelled, state, margin, confidence, options.power, needed, columns, ids)


def _section(own: Config) -> PredictionsSection:
    section = own.predictions
    if section is None or own.task not in ("binary", "multiclass"):
        raise UsageError(f"{OPTION} needs predictions of classes in mlgate.yaml")
    if not section.id:
        raise UsageError(f"{OPTION} needs predictions.id", hint="it names the rows to label")
    unequal = [key for key in UNSUPPORTED if getattr(section, key) is not None]
    if unequal:
        raise UsageError(
            f"{OPTION} counts each row once: predictions.{unequal[0]} is not supported"
        )
    if section.prediction is None and not isinstance(section.score, str):
        raise UsageError(f"{OPTION} needs predictions.prediction, or one column of scores")
    return section


def _margin(own: Config, options: LabelOptions) -> float:
    """Return the margin in accuracy: the option's, or that of the gate."""
    gate = own.judging().gates.get("accuracy")
    margin = None if gate is None else gate.max_regression
    if options.margin is not None:
        return options.margin
    if margin is None or margin.relative or not margin.value:
        hint = "--margin 0.01, or gates: {accuracy: {max_regression: 0.01}}"
        raise UsageError(f"{OPTION} needs a margin in accuracy", hint=hint)
    return margin.value


@dataclass(frozen=True, slots=True)
class _ModelRows:
    """One model's rows: canonical ids, the ids as they are written, and what it predicts."""

    ids: list[str]
    written: list[tuple[str, ...]]
    answers: Texts


def _read(section: PredictionsSection, path: str, root: Path, key: str) -> _ModelRows:
    import numpy as np

    ids, answer = plain_ids(section), section.prediction or section.score
    files = paths.resolve(path, root, key=key, outside=True)
    with read_columns(
        files, {**dict.fromkeys(ids, "predictions.id"), str(answer): key}, root
    ) as table:
        names = [str(name) for name in table.ids(ids)]
        texts = ", ".join(table.id_text([name]) for name in ids)
        written = table.connection.execute(f"SELECT {texts} FROM rows").fetchall()
        if section.prediction is None:
            positive = table.numbers(str(answer)) >= section.threshold
            return _ModelRows(names, written, np.where(positive, *POSITIVE))
        coded = table.coded(section.prediction)
        return _ModelRows(names, written, np.array(coded.levels)[coded.codes])


def _label(section: PredictionsSection, side: _ModelRows, root: Path) -> Texts:
    """Return each row's label in the words of the predictions; `NONE` where there is none."""
    import numpy as np

    ids, column = plain_ids(section), label_column(section, lambda name: f"predictions.{name}")
    path, key = (
        section.labels or section.path,
        "predictions.labels" if section.labels else "predictions.path",
    )
    files = paths.resolve(path, root, key=key, outside=True)
    with read_columns(
        files, {**dict.fromkeys(ids, "predictions.id"), column: "predictions.label"}, root
    ) as table:
        levels, codes = table.groups(column, MOST_CLASSES)
        label_of = dict(zip(table.ids(ids).tolist(), codes.tolist(), strict=True))
    names = (*_in_words(section, levels, set(side.answers.tolist())), NONE)
    return np.array([names[label_of.get(name, -1)] for name in side.ids])


def _in_words(
    section: PredictionsSection, levels: Sequence[str], answers: set[str]
) -> Sequence[str]:
    """Write the labels' classes as the predictions do."""
    if section.prediction is None and levels:
        positive = section.positive_label or labels.ordered(levels)[-1]
        if len(levels) < 2 and section.positive_label is None:
            msg = (
                f"all labels so far are {levels[0]!r}, so it is not known which one the score is of"
            )
            raise DataError(msg, hint="set predictions.positive_label")
        return [POSITIVE[level != positive] for level in levels]
    for words, other in (({"true": "1", "false": "0"}, "01"), ({"1": "true", "0": "false"}, BOOLS)):
        if set(levels) <= set(words) and answers <= set(other):
            return [words[level] for level in levels]
    if levels and answers.isdisjoint(levels):
        msg = f"no label is among the predicted classes: {first_of(sorted(levels), 5)}"
        raise DataError(msg, hint=f"the predictions are {first_of(sorted(answers), 5)}")
    return levels


def _csv(columns: Sequence[str], ids: Sequence[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *ids])
    return text.getvalue()
