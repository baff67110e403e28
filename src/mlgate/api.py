"""The Python API: `import mlgate; mlgate.compare(old, new, …)`, on data frames or files.

A thin layer over the functions of `mlgate compare`: the same rows give the same verdict.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.errors import UsageError
from mlgate.inputs.frames import frame_of
from mlgate.inputs.predictions import Naming
from mlgate.pipeline.tables import compare_files as files
from mlgate.pipeline.tables import compare_text
from mlgate.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.config.schema import NumbersSection
    from mlgate.model.evidence import CompareEvidence
    from mlgate.model.metrics import Direction, Task
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.tables.compare_files import LoadedSides, MetricReading

NAMING: Final = Naming(key=str, outside=True, values="rows")


class RequirementError(AssertionError):
    """The new model does not meet what was required of it; `verdict` has the reasons."""

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict


class UndecidedWarning(UserWarning):
    """The rows are too few to decide what was required."""


@dataclass(frozen=True)
class CompareResult:
    """What comparing two models gave; a table in notebooks and when printed.

    Attributes
    ----------
    evidence
        What was measured: the content of evidence/compare.json.
    """

    evidence: CompareEvidence
    _sides: LoadedSides = field(repr=False)

    def verdict(
        self,
        policy: Mapping[str, Any] | None = None,
        /,
        *,
        on_inconclusive: Literal["warn", "fail"] = "warn",
        **margins: float | str | Mapping[str, Any],
    ) -> Verdict:
        """Judge by gates as mlgate.yaml has them.

        Parameters
        ----------
        policy
            Metric: rules, such as `{"accuracy": {"min": 0.8, "max_regression": 0.01}}`.
        on_inconclusive
            Whether what the rows cannot decide blocks.
        **margins
            The same by keyword; a number, or text such as `"2%"`, is a `max_regression`.

        Returns
        -------
        Verdict
            `verdict` is its outcome, `blocked` whether the new model must not replace the old one,
            and `gates` has the reason of each rule.

        Raises
        ------
        UsageError
            For metrics and rules that do not exist, and where nothing is asked for.
        """
        gates = {**(policy or {}), **margins}
        if not gates:
            raise UsageError("nothing is required", hint="such as accuracy=0.01")
        confidence = self._sides.options.confidence
        asked_for = files.policy_of(gates, confidence, on_inconclusive)
        return files.judge(self._sides, asked_for)[1]

    def require(
        self,
        policy: Mapping[str, Any] | None = None,
        /,
        *,
        on_inconclusive: Literal["warn", "fail"] = "warn",
        **margins: float | str | Mapping[str, Any],
    ) -> CompareResult:
        """Return this result where its verdict does not block; parameters as of `verdict`.

        Raises
        ------
        RequirementError
            An `AssertionError` with the reasons and the table.

        Warns
        -----
        UndecidedWarning
            Where the rows cannot decide, and `on_inconclusive` is `warn`.
        """
        verdict = self.verdict(policy, on_inconclusive=on_inconclusive, **margins)
        reasons = [f"{gate.id}: {gate.verdict}: {gate.reason}" for gate in verdict.gates]
        text = "\n".join([verdict.headline, *reasons])
        if verdict.blocked:
            raise RequirementError(f"{text}\n\n{self}", verdict)
        if verdict.verdict != "pass":
            warnings.warn(text, UndecidedWarning, stacklevel=2)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return everything measured as JSON has it; `readings` has the answer for each metric."""
        measured: dict[str, Any] = self.evidence.model_dump(mode="json", by_alias=True)
        return measured | {"readings": {line.metric: line.reading for line in self._readings()}}

    def _readings(self) -> tuple[MetricReading, ...]:
        return self._sides.read(self.evidence)

    def __str__(self) -> str:
        """Return the table as plain text."""
        return compare_text.plain(self.evidence, self._readings(), "id=")

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        """Return the table as Markdown."""
        return compare_text.markdown(self.evidence, self._readings(), "id=")

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        return compare_text.html(self.evidence, self._readings(), "id=")


def compare(  # noqa: PLR0913  (the options of the command)
    old: object,
    new: object,
    *,
    label: str | None = None,
    prediction: str | None = None,
    score: str | Mapping[str, str] | None = None,
    id: str | Sequence[str] | None = None,  # noqa: A002  (its name in mlgate.yaml)
    rows: Mapping[str, Direction | Mapping[str, Any]] | None = None,
    cluster: str | None = None,
    weight: str | None = None,
    fold: str | None = None,
    repeat: str | None = None,
    task: Task | None = None,
    positive_label: Any = None,
    threshold: float = 0.5,
    classes: Sequence[Any] | None = None,
    metrics: Sequence[str] = (),
    errors: Literal["block", "wrong", "drop"] | Mapping[str, Any] | None = None,
    reader: str | None = None,
    confidence: float = 0.95,
) -> CompareResult:
    """Compare two models on the same test rows: which one is better, and how sure that is.

    Parameters
    ----------
    old, new
        The predictions of each: a data frame (pandas, polars, Arrow, whatever exports Arrow), a
        mapping of columns, or the path of a file.
    label, prediction, score, id, cluster, weight, fold, repeat
        Columns; see `predictions` in docs/configuration.md. Without `id` rows are not paired.
    rows
        Columns with one number a row: `{"grade": "higher"}`, or with the range of its numbers
        `{"grade": {"direction": "higher", "range": [0, 10]}}`. Without a `label` they are all that
        is compared.
    task
        `binary`, `multiclass`, `regression` or `scores`. Default: by the labels.
    positive_label, threshold, classes
        As in docs/configuration.md.
    metrics
        Names of metrics. Default: all that fit.
    errors
        What becomes of samples that failed, for columns of `rows`; with the column that says which
        did, `{"column": "error", "as": "wrong"}`. See docs/kinds.md.
    reader
        The tool that wrote the files: `predictions.from` in mlgate.yaml.
    confidence
        Of each one-sided bound, from 0.5 to below 1.

    Raises
    ------
    DataError
        For everything that is wrong with the rows.
    UsageError
        For arguments that do not fit.
    """
    ids = (id,) if isinstance(id, str) else tuple(id or ())
    columns = files.Columns(
        label, prediction, score, ids, positive_label, threshold, reader=reader, classes=classes,
        weight=weight, cluster=cluster, fold=fold, repeat=repeat,
        errors=files.errors_of(errors),
    ).with_defaults()  # fmt: skip
    numbers = {name: files.numbers_of(name, given) for name, given in (rows or {}).items()}
    sides = (_side(old, "old", columns, numbers), _side(new, "new", columns, numbers))
    options = (*sides, columns, task, tuple(metrics), numbers, confidence, NAMING)
    loaded = files.load(files.CompareOptions(*options), Silent())
    return CompareResult(loaded.measure(), loaded)


def _side(
    side: object, name: str, columns: files.Columns, rows: Mapping[str, NumbersSection]
) -> files.FileSide | files.FrameSide:
    if isinstance(side, str | PathLike):
        return files.FileSide(Path(side), columns.reader)
    if columns.reader is not None:
        raise UsageError(f"reader: it reads files, and {name} is none", hint="give two paths")
    beside = {column for number in rows.values() for column in (number.human, number.judge)}
    return files.FrameSide(frame_of(side, name, {*columns.named(), *rows, *beside}))
