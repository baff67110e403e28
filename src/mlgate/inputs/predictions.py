"""Predictions: a table becomes `Rows`, or one clear error.

Everything that is wrong with a file is found here, so that checks may take rows for granted:
labels and predictions are coded, scores are probabilities, ids are unique.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

from mlgate import readers
from mlgate.errors import DataError, UnlistedClassError
from mlgate.inputs import labels, sample_errors
from mlgate.inputs.design import designed, label_column, optional_labels, plain_ids
from mlgate.inputs.held_labels import joined, read_labels
from mlgate.inputs.logs import flat_tables
from mlgate.inputs.paths import resolve, shown
from mlgate.inputs.positive import refuse_reversed
from mlgate.inputs.row_columns import RowColumns, of_design
from mlgate.inputs.row_ids import hash_ids
from mlgate.inputs.tables import read_columns, read_frame
from mlgate.model.attributes import Attribute
from mlgate.model.project import DOCS
from mlgate.model.rows import JudgedColumn, Rows
from mlgate.text.lists import and_more, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.columns import LabelColumn, LoadedTable
    from mlgate.inputs.frames import HeldFrame
    from mlgate.inputs.held_labels import HeldLabels
    from mlgate.inputs.logs import FlatTables
    from mlgate.inputs.paths import Freshness
    from mlgate.inputs.sample_errors import ErrorSetting, Handling, RowNumber
    from mlgate.inputs.sources import TableFile
    from mlgate.model.metrics import Task

Key = Callable[[str], str]
"""Names a setting for messages: `label` → `predictions.label`, or `--label`."""
SUM_TOLERANCE: Final = 1e-3
"""How far a row's class probabilities may be from a sum of 1."""
MOST_JUDGES, LONGEST_NAME = 20, 200
ROUNDING: Final = 1e-6
"""How far a probability may lie outside [0, 1] and be clipped: single precision does that."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Who names a file of predictions.

    Attributes
    ----------
    key
        Names a setting for messages.
    outside
        Whether an absolute path may lead out of the repository (`baseline.predictions`).
    labels
        Where the labels are, unless they are a column of the predictions.
    values
        What names the columns of the user's own numbers, for messages.
    """

    key: Key = "predictions.{}".format
    outside: bool = False
    labels: HeldLabels | None = None
    values: str = "metrics.rows"


CONFIGURED: Final = Naming()
_NONE: Final[Mapping[str, RowNumber]] = MappingProxyType({})


class Section(Protocol):
    """What is read of `predictions` in mlgate.yaml; interface.md says what each key means."""

    @property
    def path(self) -> str | None: ...
    @property
    def reader(self) -> str | None: ...
    @property
    def id(self) -> str | Sequence[str] | None: ...
    @property
    def label(self) -> str | None: ...
    @property
    def prediction(self) -> str | None: ...
    @property
    def score(self) -> str | Mapping[str, str] | None: ...
    @property
    def unlabelled(self) -> bool: ...
    @property
    def classes(self) -> Sequence[Any] | None: ...
    @property
    def positive_label(self) -> Any: ...
    @property
    def threshold(self) -> float: ...
    @property
    def weight(self) -> str | None: ...
    @property
    def cluster(self) -> str | None: ...
    @property
    def time(self) -> str | None: ...
    @property
    def fold(self) -> str | None: ...
    @property
    def repeat(self) -> str | None: ...
    @property
    def errors(self) -> ErrorSetting | None: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of predictions.

    Attributes
    ----------
    ids
        The canonical text of each row's id, shape (n,), or None where no id is configured.
    id_columns
        The columns that make an id.
    paths
        The files that were read.
    columns
        What weighs, clusters, orders and groups the rows.
    flat
        The tables that were made of these files, where another tool wrote them.
    errors
        What becomes of samples that failed; None where nothing is said of them.
    numbered
        Whether nothing but their order in the file tells an id's repetitions apart.
    labels_key
        The secret that hashes what is shown of labels that are held out; empty for others.
    former
        The same rows with ids and labels as version 1 of their canonical texts has them, for
        baselines of that time; None where these are the same.
    """

    rows: Rows
    ids: NDArray[Any] | None
    id_columns: tuple[str, ...]
    paths: tuple[Path, ...]
    columns: RowColumns = field(default_factory=RowColumns)
    flat: FlatTables | None = None
    errors: Handling | None = None
    numbered: bool = False
    labels_key: bytes = field(default=b"", repr=False)
    former: Candidate | None = None
    _hashed: dict[bytes, NDArray[np.uint64]] = field(default_factory=dict, repr=False)

    @property
    def tables(self) -> Sequence[TableFile]:
        """The tables to read the rows' columns from."""
        return self.paths if self.flat is None else self.flat.tables

    def hashes(self, key: bytes) -> NDArray[np.uint64]:
        """Return the keyed hash of each id, shape (n, 2); computed once a key."""
        assert self.ids is not None
        if key not in self._hashed:
            self._hashed[key] = hash_ids(self.ids, key)
        return self._hashed[key]


def load(
    section: Section,
    task: Task,
    root: Path,
    *,
    fresh: Freshness,
    top: Path | None = None,
    values: Mapping[str, RowNumber] = _NONE,
    named: Naming = CONFIGURED,
) -> Candidate:
    """Read predictions.

    Parameters
    ----------
    section
        Which file and columns.
    root
        The folder of the configuration.
    fresh
        When the training started.
    top
        The repository's folder.
    values
        Columns of the user's own numbers, one a row, with direction and range (`metrics.rows`).
    named
        Who names the file: the configuration's `predictions`, or another; and where labels that
        are held out are.

    Raises
    ------
    DataError
        For everything that the module's tests list.
    """
    key = named.key
    paths = resolve(section.path or "", root, key=key("path"), top=top, outside=named.outside)
    for path in paths:
        fresh.check(path, shown(path, root), key("path"))
    flat = None
    if section.reader is not None:
        flat = flat_tables(section.reader, paths, root, key("path"))
    tables: Sequence[TableFile] = paths if flat is None else flat.tables
    names = columns(section, task, values, named)
    with _read(tables, section, names, root, (task, named)) as table:
        now = _candidate(table, section, task, values, key, paths)
        now = replace(now, flat=flat, labels_key=named.labels.key if named.labels else b"")
        return replace(now, former=_former(now, table, section, task, values, key))


def of_frame(
    frame: HeldFrame,
    section: Section,
    task: Task,
    *,
    values: Mapping[str, RowNumber],
    named: Naming,
) -> Candidate:
    """Read predictions from a data frame; see `load`."""
    with read_frame(frame, columns(section, task, values, named)) as table:
        return _candidate(table, section, task, values, named.key, ())


def _candidate(
    table: LoadedTable,
    section: Section,
    task: Task,
    values: Mapping[str, RowNumber],
    key: Key,
    paths: tuple[Path, ...],
) -> Candidate:
    id_columns = _id_columns(section)
    ids = table.ids(id_columns) if id_columns else None
    errors = section.errors
    if errors is None:
        own = {name: table.numbers(each.column or name) for name, each in values.items()}
        failed = None
    else:
        own, failed = sample_errors.numbers(table, values, errors, key)
    rows = _MAKE.get(task, classification)(table, section, task, own, key)
    judged = _judged(table, values)
    rows = designed(replace(rows, failed=failed, judged=judged), table, section, key)
    beside = RowColumns() if ids is None else of_design(table, section)
    handling = None if errors is None else errors.handling
    numbered = section.reader is not None and _numbers(section.reader, section.repeat)
    return Candidate(rows, ids, id_columns, paths, beside, errors=handling, numbered=numbered)


def _numbers(setting: str, repeat: str | None) -> bool:
    reader, _ = readers.parse(setting)
    return reader.numbers and reader.repeat == repeat


def _judged(table: LoadedTable, values: Mapping[str, RowNumber]) -> dict[str, JudgedColumn]:
    """Return what is known of the judges of columns."""
    judged = {}
    for name, number in values.items():
        human = None if number.human is None else table.numbers(number.human, optional=True)
        of_rows = None if number.judge is None else table.coded(number.judge)
        judges = None if of_rows is None else Attribute(of_rows.levels, of_rows.codes)
        names = () if judges is None else tuple(sorted(judges.levels))
        if len(names) > MOST_JUDGES or max(map(len, names), default=0) > LONGEST_NAME:
            msg = f"{table.describe(str(number.judge))} does not hold the names of a few judges"
            raise DataError(msg, hint="name the column that holds the judge's model and version")
        if human is not None or names:
            judged[name] = JudgedColumn(human, names, judges)
    return judged


def _former(
    now: Candidate,
    table: LoadedTable,
    section: Section,
    task: Task,
    values: Mapping[str, RowNumber],
    key: Key,
) -> Candidate | None:
    """Return the rows in the first form of canonical texts, where it is another."""
    coded = () if task == "regression" else filter(None, (section.label, section.prediction))
    if not table.decomposed(now.id_columns) and not any(map(table.respelled, coded)):
        return None
    try:
        former = _candidate(replace(table, form=1), section, task, values, key, now.paths)
    except DataError:  # then no baseline of such rows was ever kept
        return None
    return former if _differ(now, former) else None


def _differ(now: Candidate, former: Candidate) -> bool:
    import numpy as np

    left, right = now.rows, former.rows
    same = left.classes == right.classes and all(
        map(np.array_equal, (left.y_true, left.y_pred), (right.y_true, right.y_pred))
    )
    return not same or (
        now.ids is not None and former.ids is not None and not np.array_equal(now.ids, former.ids)
    )


@contextmanager
def _read(
    paths: Sequence[TableFile],
    section: Section,
    columns: Mapping[str, str],
    root: Path,
    how: tuple[Task, Naming],
) -> Iterator[LoadedTable]:
    """Read the columns, those of held-out labels from their own file."""
    task, named = how
    held, key = named.labels, named.key
    if held is None:
        with read_columns(paths, columns, root) as table:
            yield table
        return
    with read_labels(held, section, task, root, key) as labels:
        ids = plain_ids(section)
        rest = {
            name: setting
            for name, setting in columns.items()
            if name in ids or name not in labels.names
        }
        with read_columns(paths, rest, root) as table:
            yield joined(table, labels, held, section, key)


def _id_columns(section: Section) -> tuple[str, ...]:
    """Return the columns that name a row: those of the id, and of fold and repetition."""
    several = (section.fold, section.repeat) if section.id else ()
    return tuple(dict.fromkeys((*plain_ids(section), *filter(None, several))))


def columns(
    section: Section, task: Task, values: Mapping[str, RowNumber], named: Naming
) -> dict[str, str]:
    """Return the columns that are needed, each with the setting that asks for it."""
    key = named.key
    roles = [(section.label, "label"), (section.prediction, "prediction")]
    if task != "regression" and section.score is not None:
        score = section.score
        names = [score] if isinstance(score, str) else list(score.values())
        roles += [(name, "score") for name in names]
    predicted = {name: key(setting) for name, setting in roles if name is not None}
    own = {
        number.column or name: named.values if number.column is None else "metrics.quantiles"
        for name, number in values.items()
    }
    for name, number in values.items():
        for setting in ("human", "judge"):
            if (column := getattr(number, setting)) is not None:
                own.setdefault(column, f"{named.values}.{name}.{setting}")
    if section.errors is not None and section.errors.column is not None:
        own[section.errors.column] = key("errors.column")
    design = {
        column: key(setting)
        for setting in ("weight", "cluster", "time", "fold", "repeat")
        if (column := getattr(section, setting)) is not None
    }
    return {**own, **design, **dict.fromkeys(plain_ids(section), key("id")), **predicted}


def _regression(
    table: LoadedTable,
    section: Section,
    task: Task,
    own: Mapping[str, NDArray[np.float64]],
    key: Key,
) -> Rows:
    if section.prediction is None:
        raise needs_prediction(key)
    y_true = table.numbers(label_column(section, key))
    return Rows(task, y_true, table.numbers(section.prediction), values=own)


def _scores(
    table: LoadedTable,
    section: Section,  # noqa: ARG001
    task: Task,
    own: Mapping[str, NDArray[np.float64]],
    key: Key,  # noqa: ARG001
) -> Rows:
    import numpy as np

    nothing = np.zeros(table.n)
    return Rows(task, nothing, nothing, values=own)


def needs_prediction(key: Key) -> DataError:
    """Explain that nothing names the predictions."""
    hint = f"name the column of predictions in {key('prediction')}"
    return DataError(f"{key('prediction')} is not set", hint=hint)


def classification(
    table: LoadedTable,
    section: Section,
    task: Task,
    own: Mapping[str, NDArray[np.float64]],
    key: Key,
) -> Rows:
    """Return the rows of a binary or multiclass task; see `predictions.load`."""
    column = label_column(section, key)
    label = table.coded(column, optional=section.unlabelled, hint=optional_labels(key))
    lacking = label.codes < 0
    if lacking.any():
        return _partly_labelled(table, section, task, own, key, (label, lacking))
    if len(label.levels) == 1:
        msg = f"{table.describe(column)} is {label.levels[0]!r} in all {table.n:,} rows"
        raise DataError(msg, hint="with one class only there is nothing to tell apart")
    prediction = None if section.prediction is None else table.coded(section.prediction)
    if prediction is not None:
        label, prediction = _in_words(label, prediction), _in_words(prediction, label)
        if table.form > 1:
            _refuse_apart(table, section, label, prediction)
    if task == "binary":
        rows = _binary(table, section, own, key, (label, prediction))
        if section.positive_label is None:
            refuse_reversed(rows, key, predicted=prediction is not None)
        return rows
    return _multiclass(table, section, own, key, (label, prediction))


def _partly_labelled(
    table: LoadedTable,
    section: Section,
    task: Task,
    own: Mapping[str, NDArray[np.float64]],
    key: Key,
    labelled: tuple[LabelColumn, NDArray[np.bool_]],
) -> Rows:
    """Return rows some of which lack a label: `labelled` are the labels, and which lack one.

    Classes that no label has yet are those that `classes` lists or the predictions have; a score
    alone is taken to be of 0 and 1.
    """
    import numpy as np

    label, lacking = labelled
    prediction = None if section.prediction is None else table.coded(section.prediction)
    if prediction is not None:
        label, prediction = _in_words(label, prediction), _in_words(prediction, label)
        _refuse_apart(table, section, label, prediction)
    listed = section.score if isinstance(section.score, Mapping) else section.classes or ()
    levels = dict.fromkeys((*label.levels, *map(labels.canonical, listed)))
    if prediction is not None and (task == "multiclass" or len(levels) < 2):
        levels |= dict.fromkeys(prediction.levels)
    for usual in (labels.BITS, labels.BOOLS):
        if prediction is None and len(levels) < 2 and usual.issuperset(levels):
            levels |= dict.fromkeys(sorted(usual))
    if len(levels) < 2:
        msg = f"the labels so far are {' and '.join(levels)}, and which classes there are is not known"
        raise DataError(msg, hint=f"list both in {key('classes')}, such as [no, yes]")
    label = replace(label, levels=tuple(levels), codes=np.where(lacking, 0, label.codes))
    make = _binary if task == "binary" else _multiclass
    rows = replace(make(table, section, own, key, (label, prediction)), unlabelled=lacking)
    if task == "binary" and section.positive_label is None:
        read = rows if prediction is not None else rows.take(np.flatnonzero(~lacking))
        refuse_reversed(read, key, predicted=prediction is not None)
    return rows


def _in_words(column: LabelColumn, other: LabelColumn) -> LabelColumn:
    """Write a column's classes as the other column does: 0 and 1 as false and true, 250.0 as text.

    A number stays as it is written where the other column holds such text.
    """
    if other.is_bool and {"0", "1"}.issuperset(column.levels):
        names = {"0": "false", "1": "true"}
        return replace(column, levels=tuple(names[text] for text in column.levels))
    if not column.written:
        return column
    pairs = zip(column.levels, column.written, strict=True)
    levels = tuple(
        text if text in other.levels and level not in other.levels else level
        for level, text in pairs
    )
    return replace(column, levels=levels)


def _refuse_apart(
    table: LoadedTable, section: Section, label: LabelColumn, other: LabelColumn
) -> None:
    """Refuse labels and predictions that write one number in two ways."""
    apart = labels.spelled_apart(other.levels, label.levels)
    if apart:
        msg = (
            f"{table.describe(str(section.prediction))} holds {apart[0]!r} where the labels in "
            f"{section.label!r} are written {apart[1]!r}"
        )
        raise DataError(msg, hint="write both columns in one form; codes such as 007 as text")


def _recode(column: LabelColumn, classes: Sequence[str]) -> NDArray[np.int32]:
    import numpy as np

    position = {name: code for code, name in enumerate(classes)}
    return np.array([position[name] for name in column.levels], dtype=np.int32)[column.codes]


def _binary(
    table: LoadedTable,
    section: Section,
    own: Mapping[str, NDArray[np.float64]],
    key: Key,
    columns: tuple[LabelColumn, LabelColumn | None],
) -> Rows:
    import numpy as np

    label, prediction = columns
    classes = labels.ordered(label.levels)
    if len(classes) > 2:
        msg = f"{table.describe(label_column(section, key))} has {len(classes)} classes ({first_of(classes, 5)}), but the task is binary"
        raise DataError(msg, hint="task: multiclass")
    positive = _positive(section.positive_label, classes, key)
    score = None if section.score is None else _binary_score(table, section, key)
    if prediction is not None:
        _refuse_other_classes(
            prediction, classes, f"{table.describe(str(section.prediction))} holds", section, key
        )
        predicted = _recode(prediction, classes)
    elif score is not None:
        predicted = np.where(score >= section.threshold, positive, 1 - positive).astype(np.int32)
    else:
        raise needs_prediction(key)
    return Rows("binary", _recode(label, classes), predicted, score, classes, positive, own)


def _positive(setting: object, classes: Sequence[str], key: Key) -> int:
    """Return the index of the positive class: as configured, else the greater of the two."""
    if setting is None:
        return len(classes) - 1
    text = labels.canonical(setting)
    aliases = {"true": "1", "false": "0", "1": "true", "0": "false"}
    number = labels.number_text(text) if labels.is_number(text) else text.lower()
    fitting = [name for name in (text, number, aliases.get(number)) if name in classes]
    if not fitting:
        msg = f"{key('positive_label')} is {setting!r}, but the labels are {' and '.join(classes)}"
        raise DataError(msg, hint=f"set it to one of: {', '.join(classes)}")
    return list(classes).index(str(fitting[0]))


def _refuse_other_classes(
    prediction: LabelColumn, classes: Sequence[str], holds: str, section: Section, key: Key
) -> None:
    foreign = sorted(set(prediction.levels) - set(classes))
    if foreign:
        msg = f"{holds} {first_of(foreign, 5)}, but the labels in {section.label!r} are {' and '.join(classes)}"
        hint = f"a column of probabilities belongs under {key('score')}"
        raise DataError(msg, hint=hint)


def _binary_score(table: LoadedTable, section: Section, key: Key) -> NDArray[np.float64]:
    if not isinstance(section.score, str):
        msg = f"{key('score')} names a column a class, but the task is binary"
        raise DataError(msg, hint="name one column: the probability of the positive label")
    score = table.numbers(section.score)
    return _probabilities(table, score, section.score)


def _probabilities(
    table: LoadedTable, score: NDArray[np.float64], column: str
) -> NDArray[np.float64]:
    """Refuse scores outside [0, 1] by more than rounding, and clip the rest."""
    import numpy as np

    bad = (score < -ROUNDING) | (score > 1 + ROUNDING)
    if bad.any():
        row = int(np.flatnonzero(bad.reshape(table.n, -1).any(axis=1))[0])
        value = score[row][bad[row]].flat[0] if score.ndim == 2 else score[row]
        msg = (
            f"{table.describe(column)} holds {value:.6g}, which is outside [0, 1], at "
            f"{table.place(row)}{and_more(int(bad.sum()) - 1)}"
        )
        raise DataError(msg, hint="scores are probabilities: apply the sigmoid or softmax")
    return np.clip(score, 0.0, 1.0)


def _multiclass(
    table: LoadedTable,
    section: Section,
    own: Mapping[str, NDArray[np.float64]],
    key: Key,
    columns: tuple[LabelColumn, LabelColumn | None],
) -> Rows:
    import numpy as np

    label, prediction = columns
    levels = set(label.levels) | set(() if prediction is None else prediction.levels)
    named, score = _class_scores(table, section, key, levels)
    classes = labels.ordered(levels.union(named))
    if score is not None:
        score = score[:, [list(named).index(name) for name in classes]]
    if prediction is not None:
        predicted = _recode(prediction, classes)
    elif score is not None:
        predicted = np.argmax(score, axis=1).astype(np.int32)
    else:
        raise needs_prediction(key)
    return Rows("multiclass", _recode(label, classes), predicted, score, classes, None, own)


def _refuse_unlisted(levels: set[str], named: Sequence[str], setting: str) -> None:
    """Refuse rows of a class that has no score."""
    lacking = sorted(levels.difference(named))
    if lacking:
        new = f"{first_of(lacking, 5)} {'is' if len(lacking) == 1 else 'are'} new"
        msg = f"{setting} lists {len(named)} classes; {new}"
        raise UnlistedClassError(msg, hint=f"name a column for every class ({DOCS}/changing.md)")


def _class_scores(
    table: LoadedTable, section: Section, key: Key, levels: set[str]
) -> tuple[tuple[str, ...], NDArray[np.float64] | None]:
    """Return the classes that have scores, and the scores, shape (n, classes)."""
    import numpy as np

    if section.score is None:
        return (), None
    if isinstance(section.score, str):
        if not section.classes:
            msg = f"{key('score')} names one column: {key('classes')} must name the classes in it"
            raise DataError(msg, hint="or name a column for every class")
        named = tuple(labels.canonical(name) for name in section.classes)
        _refuse_unlisted(levels, named, key("classes"))
        column = section.score
        score = table.lists(column, len(named))
    else:
        named = tuple(labels.canonical(name) for name in section.score)
        _refuse_unlisted(levels, named, key("score"))
        column = next(iter(section.score.values()))
        score = np.column_stack([table.numbers(name) for name in section.score.values()])
    score = _probabilities(table, score, column)
    off = np.abs(score.sum(axis=1) - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.flatnonzero(off)[0])
        msg = (
            f"{key('score')}: the scores of the classes sum to {score[row].sum():.6g} at "
            f"{table.place(row)}, not to 1{and_more(int(off.sum()) - 1)}"
        )
        raise DataError(msg, hint="scores are probabilities: apply the softmax")
    return named, score


_MAKE: Final = {"regression": _regression, "scores": _scores}
"""How rows are made of tasks without classes."""
