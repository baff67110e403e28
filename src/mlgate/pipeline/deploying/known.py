"""Known inputs: rows of a table as requests, and the tested model's answers to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.deploy.evidence import KnownDifference
from mlgate.errors import DataError
from mlgate.inputs import baseline_rows, labels, row_ids
from mlgate.inputs.paths import resolve
from mlgate.inputs.tables import read_columns
from mlgate.serving.client import EndpointError, request_body
from mlgate.serving.tensors import DTYPES, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mlgate.checks.deploy.section import KnownInputsSection
    from mlgate.config.schema import PredictionsSection
    from mlgate.inputs.columns import LoadedTable
    from mlgate.serving.client import ModelClient

    Columns = Mapping[str, NDArray[Any]]

KEY: Final = "deploy.known_inputs"
MOST: Final = 10_000
"""Rows that are asked at most; a table may have no more."""


@dataclass(frozen=True, slots=True)
class KnownRows:
    """Rows with the tested model's answers.

    Attributes
    ----------
    names
        What messages call each row.
    bodies
        A request each.
    answers
        By output, such as `label` or `scores[1]`: what the tested model answered, shape (n,); texts where
        it is a class.
    """

    names: tuple[str, ...]
    bodies: tuple[bytes, ...]
    answers: Columns


@dataclass(frozen=True, slots=True)
class KnownSource:
    """Where known inputs come from.

    Attributes
    ----------
    path
        Of the table, references replaced.
    rows
        The rows.parquet of the commit's run; None where none was kept.
    secret
        What hashed its ids, where a secret did.
    """

    section: KnownInputsSection
    predictions: PredictionsSection
    path: str
    root: Path
    rows: bytes | None
    secret: bytes | None


def read(source: KnownSource, specs: Sequence[TensorSpec]) -> KnownRows:
    """Read the rows as requests to a model with these inputs.

    Raises
    ------
    DataError
        When the table cannot be read, a row or its answer is missing, or no inputs can be made of it.
    """
    paths = resolve(source.path, source.root, key=f"{KEY}.path", outside=True)
    with read_columns(paths, None, source.root) as table:
        if table.n > MOST:
            msg = f"{KEY}.path has {table.n:,} rows; {MOST:,} are asked at most"
            raise DataError(msg, hint="name a sample of them")
        bodies = tuple(_bodies(source, table, specs))
        if source.section.answers == "file":
            names = tuple(f"row {number}" for number in range(1, table.n + 1))
            return KnownRows(names, bodies, _answers_of_table(source, table))
        ids = table.ids(_id_columns(source.predictions))
        names = tuple(row_ids.show(str(text), _id_columns(source.predictions)) for text in ids)
        return KnownRows(names, bodies, _answers_of_baseline(source, ids))


def compare(client: ModelClient, rows: KnownRows, tolerance: float) -> Iterator[KnownDifference]:
    """Ask each row; yield what is answered otherwise. Raises `EndpointError` for no answer."""
    for place, (name, body) in enumerate(zip(rows.names, rows.bodies, strict=True)):
        try:
            answer = client.infer(body)
        except EndpointError as error:
            raise EndpointError(f"known input {name}: {error}") from None
        for output, tested in rows.answers.items():
            value, expected = _value(answer, output, name), tested[place]
            if not _is_same(value, expected, tolerance):
                tested_text, text = (labels.canonical(each) for each in (_plain(expected), value))
                yield KnownDifference(row=name, output=output, tested=tested_text, answered=text)


def _is_same(value: object, expected: object, tolerance: float) -> bool:
    """Whether an answer is the tested model's: of classes the same text, of numbers within the tolerance."""
    if isinstance(expected, str):
        return labels.canonical(value) == expected
    if not isinstance(value, int | float):
        return False
    tested = float(expected)  # type: ignore[arg-type]
    return abs(value - tested) <= tolerance * max(1.0, abs(tested))


def _value(answer: Columns, output: str, row: str) -> object:
    """Return the one value of an output; `scores[1]` is a column of it."""
    name, bracket, place = output.partition("[")
    array = answer.get(name)
    if array is None:
        msg = f"known input {row}: the answer has no output {name!r}, but {', '.join(answer)}"
        raise EndpointError(msg)
    values = array.ravel()
    index = int(place.rstrip("]")) if bracket else 0
    if index >= values.size or (not bracket and values.size != 1):
        msg = f"known input {row}: {output} is of {values.size} values in an answer to one row"
        raise EndpointError(msg)
    return _plain(values[index])


def _plain(value: Any) -> object:
    return value.item() if hasattr(value, "item") else value


def _id_columns(predictions: PredictionsSection) -> tuple[str, ...]:
    if predictions.id is None:
        msg = f"{KEY}.answers: baseline needs predictions.id, by which rows are found"
        raise DataError(msg, hint="write answers: file, with the predictions in the table")
    return (predictions.id,) if isinstance(predictions.id, str) else predictions.id


def _answers_of_table(source: KnownSource, table: LoadedTable) -> dict[str, NDArray[Any]]:
    import numpy as np

    answers: dict[str, NDArray[Any]] = {}
    for name in ("prediction", "score"):
        output, column = getattr(source.section, name), getattr(source.predictions, name)
        if output is None:
            continue
        if column not in table.kinds:
            msg = f"{KEY}.path has no column {column!r}, which predictions.{name} names"
            raise DataError(msg, hint="write answers: baseline, or add the column")
        if name == "score" or not _has_classes(source):
            answers[output] = table.numbers(column)
        else:
            coded = table.coded(column)
            answers[output] = np.array(coded.levels, object)[coded.codes]
    return answers


def _has_classes(source: KnownSource) -> bool:
    """Whether predictions are classes: those of the baseline say so, else a score goes with them."""
    if source.rows is not None:
        return bool(baseline_rows.read_rows(source.rows).meta.classes)
    return source.predictions.score is not None


def _answers_of_baseline(source: KnownSource, ids: NDArray[Any]) -> dict[str, NDArray[Any]]:
    import numpy as np

    if source.rows is None:
        msg = "the commit's run keeps no rows, so that the tested model's answers are not known"
        raise DataError(msg, hint=f"write {KEY}.answers: file, with the predictions in the table")
    kept = baseline_rows.read_rows(source.rows)
    key = baseline_rows.key_of(kept.meta, source.secret)
    if key is None:
        msg = "the rows of the commit's run were hashed with a secret that is not known here"
        raise DataError(msg, hint="set the variable of baseline.id_key")
    mine, theirs = row_ids.match(row_ids.hash_ids(map(str, ids), key), kept.hashes)
    if len(mine) != len(ids):
        missing = np.setdiff1d(np.arange(len(ids)), mine)
        shown = row_ids.examples(ids[missing], _id_columns(source.predictions))
        msg = f"{len(missing):,} known inputs are no rows that the model was tested on: {shown}"
        raise DataError(msg, hint="name rows of predictions.path")
    answers: dict[str, NDArray[Any]] = {}
    if source.section.prediction is not None:
        predicted = kept.prediction[theirs]
        classes = np.array(kept.meta.classes, object)
        answers[source.section.prediction] = classes[predicted] if len(classes) else predicted
    if source.section.score is not None:
        if kept.score is None or kept.score.ndim != 1:
            msg = f"{KEY}.score: the commit's run keeps no score of one number a row"
            raise DataError(msg, hint="compare the prediction alone")
        answers[source.section.score] = kept.score[theirs]
    return answers


def _bodies(
    source: KnownSource, table: LoadedTable, specs: Sequence[TensorSpec]
) -> Iterator[bytes]:
    columns = _inputs(source, table, specs)
    by_name = {spec.name: spec for spec in specs}
    tensors = {
        name: _tensor(table, names, by_name.get(name, TensorSpec(name, "FP64", (-1, -1))))
        for name, names in columns.items()
    }
    for row in range(table.n):
        yield request_body({name: tensor[row] for name, tensor in tensors.items()})


def _inputs(
    source: KnownSource, table: LoadedTable, specs: Sequence[TensorSpec]
) -> dict[str, tuple[str, ...]]:
    """Return the columns of each input, as configured or by the inputs' names."""
    given = source.section.inputs
    if given:
        return {name: (each,) if isinstance(each, str) else each for name, each in given.items()}
    if specs and all(spec.name in table.kinds for spec in specs):
        return {spec.name: (spec.name,) for spec in specs}
    section = source.predictions
    named = {section.label, section.prediction, section.weight, section.cluster, section.time}
    named |= {section.score} if isinstance(section.score, str) else set()
    named |= {section.id} if isinstance(section.id, str) else set(section.id or ())
    features = tuple(name for name in table.names if name not in named)
    if len(specs) == 1 and specs[0].shape[-1] in (-1, len(features)):
        return {specs[0].name: features}
    takes = ", ".join(f"{spec.name} {list(spec.shape)}" for spec in specs) or "what it does not say"
    msg = f"{KEY}.path has {len(features)} features, and the model takes {takes}"
    raise DataError(msg, hint=f"say which columns each takes: {KEY}.inputs: {{x: [age, income]}}")


def _tensor(table: LoadedTable, columns: Sequence[str], spec: TensorSpec) -> NDArray[Any]:
    """Return a tensor a row, shape (n, 1) or (n, 1, columns)."""
    import numpy as np

    for column in columns:
        if column not in table.kinds:
            raise DataError(f"{KEY}.inputs: {spec.name}: there is no column {column!r}")
    if spec.datatype == "BYTES":
        coded = [table.coded(column) for column in columns]
        texts = [np.array(each.levels, object)[each.codes] for each in coded]
        values = np.stack(texts, axis=1)
    else:
        numbers = np.stack([table.numbers(column) for column in columns], axis=1)
        values = numbers.astype(DTYPES[spec.datatype])
        if values.dtype.kind in "iub" and (values != numbers).any():
            msg = f"{KEY}.inputs: {spec.name} takes {spec.datatype}, and not all numbers are whole"
            raise DataError(msg, hint="name other columns")
    flat = len(spec.shape) == 1 and len(columns) == 1
    return values if flat else values[:, np.newaxis, :]
