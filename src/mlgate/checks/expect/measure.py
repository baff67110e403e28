"""`expect`: what the training did, from the files that it wrote and the record of how it ran.

All of these are facts about this training: they are counted or read, and have no other interval than
themselves. What another training would give, `mlgate reproduce` and seeds say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.expect.evidence import ExpectEvidence, WrongCase
from mlgate.checks.expect.section import ExpectSection
from mlgate.errors import DataError
from mlgate.metrics.earlier import compared
from mlgate.model.base import Frozen
from mlgate.model.evidence import Absent, Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.checks.expect.section import CasesSection, ImportanceSection, LossSection
    from mlgate.config import Config
    from mlgate.model.inputs import Inputs
    from mlgate.model.table import ColumnTable

SUMMARY: Final = "What the training did: its loss falls, known cases are right, the model's size."
_MOST: Final = 10
"""Wrong cases that are listed."""
_TENTH: Final = 10


class ExpectParams(Frozen):
    """Everything that `expect` depends on beside its inputs."""

    section: ExpectSection
    confidence: float = 0.95


def params(config: Config) -> ExpectParams | None:
    """Return what a configuration asks for; None without an `expect` section."""
    section = config.section(ExpectSection)
    if section is None:
        return None
    return ExpectParams(section=section, confidence=config.policy.confidence)


def run(inputs: Inputs, params: ExpectParams) -> ExpectEvidence:
    """Read and count.

    Raises
    ------
    DataError
        When a table cannot be read, or the loss is not finite somewhere.
    """
    section = params.section
    metrics = dict(_of_training(inputs))
    steps: int | None = None
    wrong: list[WrongCase] = []
    importance: dict[str, float] = {}
    if section.loss is not None:
        loss = _loss(inputs, section.loss)
        metrics |= _fall(loss)
        steps = len(loss)
    if section.cases is not None:
        total, wrong = _cases(inputs, section.cases)
        right = 1 - len(wrong) / total
        title = "share of known cases that are right"
        metrics["cases"] = Measurement.counted(title, right, "higher", unit="share", n=total)
    if section.importance is not None:
        importance = _importance(inputs, section.importance)
    evidence = ExpectEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        notes=tuple(inputs.notes),
        metrics=metrics,
        steps=steps,
        wrong=tuple(wrong[:_MOST]),
        importance=importance,
    )
    return _against(evidence, inputs)


def _of_training(inputs: Inputs) -> Iterator[tuple[str, Measurement]]:
    """Yield the size of the artifacts, and the memory that the training used at its peak."""
    training = inputs.training
    artifacts = () if training is None else training.artifacts
    size = float(sum(each.size for each in artifacts)) if artifacts else None
    used = None if training is None or training.resources is None else training.resources
    memory = None if used is None else float(used.peak_memory)
    for name, title, value, unknown in (
        ("model_size", "size of the artifacts in bytes", size, "train.artifacts names no file"),
        ("peak_memory", "peak memory of the training in bytes", memory, "nothing was trained"),
    ):
        why = unknown if value is None else None
        yield name, Measurement.counted(title, value, "lower", untested=why)


def _loss(inputs: Inputs, section: LossSection) -> list[float]:
    """Return the logged loss, shape (steps,); raises `DataError` where it is not finite."""
    import numpy as np

    table = inputs.table(section.path, "expect.loss.path")
    _need(table, "expect.loss.column", section.column)
    loss = table.numbers(section.column)
    broken = np.flatnonzero(~np.isfinite(loss))
    if not len(loss):
        raise DataError(f"expect.loss: {table.name} has no rows")
    if len(broken):
        msg = f"expect.loss: {table.name}: {section.column} is no finite number in row {broken[0] + 1:,}"
        raise DataError(msg, hint="the training diverged, or logged text in this column")
    values: list[float] = loss.tolist()
    return values


def _fall(loss: Sequence[float]) -> dict[str, Measurement]:
    """Return the loss at the end and how far it fell: medians of the last and the first tenth."""
    import numpy as np

    size = max(1, len(loss) // _TENTH)
    first, last = float(np.median(loss[:size])), float(np.median(loss[-size:]))
    return {
        "loss": Measurement.counted("logged loss at the end", last, "lower", n=len(loss)),
        "loss_fall": Measurement.counted(
            "fall of the logged loss", first - last, "higher", n=len(loss)
        ),
    }


def _cases(inputs: Inputs, section: CasesSection) -> tuple[int, list[WrongCase]]:
    """Return how many cases there are, and those that are wrong; one without an answer is."""
    cases = inputs.table(section.path, "expect.cases.path", reference=True)
    made = inputs.table(section.predictions, "expect.cases.predictions")
    if not cases.rows:
        raise DataError(f"expect.cases: {cases.name} has no rows")
    answers = dict(
        zip(
            _names(made, "expect.cases.id", section.id),
            _values(made, "expect.cases.prediction", section.prediction),
            strict=True,
        )
    )
    wrong = []
    for name, expected, tolerance in zip(
        _names(cases, "expect.cases.id", section.id),
        _values(cases, "expect.cases.expected", section.expected),
        _tolerances(cases, section.tolerance),
        strict=True,
    ):
        given = answers.get(name)
        if given is None or not _agrees(given, expected, tolerance):
            wrong.append(WrongCase(id=name, expected=expected, given=given))
    return cases.rows, wrong


def _agrees(given: str, expected: str, tolerance: float) -> bool:
    """Whether an answer is the known one: as numbers within the tolerance, else as text."""
    try:
        off = abs(float(given) - float(expected))
    except ValueError:
        return given == expected
    return given == expected or off <= tolerance


def _names(table: ColumnTable, key: str, column: str) -> list[str]:
    """Return the names of cases; raises `DataError` where one is missing or used twice."""
    names = _values(table, key, column)
    if len(set(names)) < len(names) or "" in names:
        raise DataError(f"{key}: {table.name}: {column} does not name each case once")
    return names


def _values(table: ColumnTable, key: str, column: str) -> list[str]:
    """Return a column as text, shape (n,); empty where missing."""
    _need(table, key, column)
    coded = table.coded(column)
    levels = (*coded.levels, "")
    return [levels[code] for code in coded.codes.tolist()]


def _tolerances(table: ColumnTable, setting: float | str) -> list[float]:
    if isinstance(setting, float):
        return [setting] * table.rows
    _need(table, "expect.cases.tolerance", setting)
    tolerances: list[float] = table.numbers(setting).tolist()
    if not all(each >= 0 for each in tolerances):
        msg = f"expect.cases.tolerance: {table.name}: {setting} is not a number of at least 0 everywhere"
        raise DataError(msg)
    return tolerances


def _importance(inputs: Inputs, section: ImportanceSection) -> dict[str, float]:
    """Return each input's share of all importance, the largest first."""
    import numpy as np

    table = inputs.table(section.path, "expect.importance.path")
    names = _values(table, "expect.importance.column", section.column)
    _need(table, "expect.importance.importance", section.importance)
    values = table.numbers(section.importance)
    if not len(values) or not np.isfinite(values).all():
        msg = f"expect.importance: {table.name}: {section.importance} is not a finite number everywhere"
        raise DataError(msg)
    rows: dict[str, list[float]] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        rows.setdefault(name, []).append(value)
    means = {name: max(0.0, float(np.mean(each))) for name, each in rows.items()}
    total = sum(means.values())
    if total == 0:
        raise DataError(f"expect.importance: {table.name}: no input has an importance above 0")
    shares = {name: mean / total for name, mean in means.items()}
    return dict(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))


def _need(table: ColumnTable, key: str, column: str) -> None:
    if column not in table.kinds:
        raise DataError(f"{key}: {table.name} has no column {column!r}")


def _against(measured_here: ExpectEvidence, inputs: Inputs) -> ExpectEvidence:
    """Compare with the baselines; the rows of a test set matter to none of this."""
    evidence = compared(measured_here, inputs)
    assert isinstance(evidence, ExpectEvidence)
    update: dict[str, object] = {
        "baselines": {
            r: ref.model_copy(update={"rows": None}) for r, ref in evidence.baselines.items()
        },
        "absent": {r: why.model_copy(update={"rows": None}) for r, why in evidence.absent.items()},
    }
    if evidence.importance:
        earlier = inputs.earlier("main", "expect")
        main = (
            {}
            if isinstance(earlier, Absent)
            else earlier.evidence.model_dump().get("importance", {})
        )
        shift = _shift(evidence.importance, main) if main else None
        title = "shift of the importance of inputs since main"
        measured = Measurement.counted(title, shift, "lower", unit="share")
        if shift is None:
            why = "main's run measured no importance"
            measured = measured.model_copy(update={"untested": why, "role": "main"})
        update |= {
            "metrics": {**evidence.metrics, "importance_shift": measured},
            "main_importance": main,
        }
    return evidence.model_copy(update=update)


def _shift(new: Mapping[str, float], old: Mapping[str, float]) -> float:
    """Return the total variation between two shares: what moved from some inputs to others."""
    return sum(abs(new.get(name, 0.0) - old.get(name, 0.0)) for name in new.keys() | old.keys()) / 2
