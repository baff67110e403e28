"""Render the files that `mlgate init` writes: pure, from facts about a repository to text."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.config import workflow
from mlgate.config.scalars import yaml_text
from mlgate.metrics import METRICS
from mlgate.model.project import URL
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.metrics import Task

DISAGREEMENT: Final = 0.05
"""Share of rows on which two models are assumed to differ; see docs on `rows_needed`."""
CORRELATION: Final = 0.95
"""Assumed correlation between the absolute errors of two regressions."""
Z: Final = 1.6448536269514722 + 0.8416212335729143
"""z of .95 and of .8: one-sided confidence, and power."""
STEPS: Final = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Readable figures within a decade."""
LOSSES: Final = ("loss", "error", "err", "mae", "mse", "rmse", "perplexity", "latency", "brier")


@dataclass(frozen=True, slots=True)
class PredictionsTable:
    """A file of predictions, as far as it was recognised.

    Attributes
    ----------
    rows
        Its number of rows.
    columns
        The names of all columns.
    score
        One column, or one for each class.
    error_variation
        Regression: standard deviation of the absolute error over its mean.
    problem
        Why it cannot be read as it is, where reading it failed.
    """

    path: str
    rows: int
    columns: tuple[str, ...]
    task: Task | None = None
    label: str | None = None
    id: str | None = None
    prediction: str | None = None
    score: str | Mapping[str, str] | None = None
    positive_label: str | None = None
    error_variation: float | None = None
    problem: str | None = None

    @property
    def recognised(self) -> bool:
        """Whether all columns that are needed were recognised."""
        return None not in (self.task, self.label) and bool(self.prediction or self.score)


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """What was found in a repository.

    Attributes
    ----------
    folder
        The folder of mlgate.yaml, relative to the repository's top; `.` for the top itself.
    train
        The command that trains; None where none was found or DVC runs it.
    dvc
        Whether dvc.yaml defines a pipeline.
    install
        The command that installs what the training needs.
    numbers
        Metric files with the numbers in them.
    github
        Whether a workflow for GitHub is of use.
    """

    branch: str = "main"
    folder: str = "."
    train: str | None = None
    dvc: bool = False
    install: str | None = None
    python: str = "3.12"
    table: PredictionsTable | None = None
    numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    github: bool = True


def files(facts: RepositoryFacts) -> dict[str, str]:
    """Return the files to write: paths below the repository's top, with their text."""
    prefix = "" if facts.folder == "." else f"{facts.folder}/"
    texts = {f"{prefix}mlgate.yaml": configuration(facts)}
    if facts.github:
        suffix = "" if facts.folder == "." else "-" + facts.folder.replace("/", "-")
        texts[f".github/workflows/mlgate{suffix}.yml"] = workflow.text(
            facts.branch, facts.folder, facts.python, facts.install
        )
    return texts


def notes(facts: RepositoryFacts) -> Iterator[str]:
    """Describe what was found and what is left to do, one sentence each."""
    table = facts.table
    if table is None and facts.numbers:
        yield "no file of predictions was found, only numbers: without rows, gates stay untested"
    elif table is None:
        yield (
            "no file of predictions was found: fill in the lines marked CHANGE in mlgate.yaml, "
            "or run the training and then `mlgate init` again"
        )
    elif not table.recognised:
        yield f"{table.path} was found, but its columns were not recognised: fill in the lines marked CHANGE"
    else:
        yield f"{table.path}: {table.rows:,} rows, {table.task}"
    if table is not None and table.problem is not None:
        yield f"{table.path} cannot be used as it is: {table.problem}"
    if facts.train is None and not facts.dvc:
        yield "no training command was found: set train.run, or existing results are used as they are"
    if facts.github and facts.install is None:
        yield "no file lists the training's requirements: add a step that installs them to the workflow"


def configuration(facts: RepositoryFacts) -> str:
    """Write mlgate.yaml."""
    lines = [
        f"# yaml-language-server: $schema={URL}/raw/main/schema/mlgate.schema.json",
        f"# Every key is described in {URL}/blob/main/docs/configuration.md",
        "version: 1",
    ]
    if facts.table is not None or not facts.numbers:
        lines += _predictions(facts)
    else:
        lines += [*_train(facts), *_numbers(facts)]
    return "\n".join(lines) + "\n"


def _train(facts: RepositoryFacts) -> Iterator[str]:
    yield ""
    if facts.dvc:
        yield "# The training is `dvc repro`, because dvc.yaml defines a pipeline."
    elif facts.train is not None:
        yield "train:"
        yield f"  run: {yaml_text(facts.train)}"
    else:
        yield "# train:"
        yield "#   run: python train.py   # without it, existing results are used as they are"


def _predictions(facts: RepositoryFacts) -> Iterator[str]:
    table = facts.table or PredictionsTable("out/predictions.csv", 0, ())
    task = table.task or "binary"
    yield f"task: {task}{_change(table.task, 'binary, multiclass or regression')}"
    yield from _train(facts)
    yield ""
    if table.columns and not table.recognised:
        yield f"# Columns of this file: {_enumerated(table.columns)}"
    yield "predictions:"
    path = None if facts.table is None else table.path
    yield f"  path: {yaml_text(table.path)}{_change(path, 'the table that the training writes')}"
    if table.id is not None:
        yield f"  id: {yaml_text(table.id)}"
    else:
        yield "  # id: …   # the column that identifies a test row: far fewer rows are needed then"
    yield f"  label: {yaml_text(table.label or 'label')}{_change(table.label, 'the true class or value')}"
    yield from _outputs(table)
    yield from _baseline(facts)
    yield from _gates(table, task)


def _outputs(table: PredictionsTable) -> Iterator[str]:
    """Write the columns that the model made."""
    if table.prediction is not None or table.score is None:
        change = _change(table.prediction, "what the model predicts")
        yield f"  prediction: {yaml_text(table.prediction or 'prediction')}{change}"
    if isinstance(table.score, str):
        yield f"  score: {yaml_text(table.score)}"
    elif table.score is not None:
        inside = ", ".join(f"{yaml_text(c)}: {yaml_text(name)}" for c, name in table.score.items())
        yield f"  score: {{{inside}}}"
    if table.positive_label is not None:
        yield f"  positive_label: {yaml_text(table.positive_label)}"


def _baseline(facts: RepositoryFacts) -> Iterator[str]:
    if facts.branch != "main":
        yield from ("", "baseline:", f"  branch: {yaml_text(facts.branch)}")


def _gates(table: PredictionsTable, task: Task) -> Iterator[str]:
    """Write one gate whose margin this test set can decide, and metrics to look at."""
    shown = {
        "binary": ("balanced_accuracy", "f1", "roc_auc", "log_loss"),
        "multiclass": ("balanced_accuracy", "f1_macro", "log_loss"),
        "regression": ("rmse", "r2"),
    }[task]
    usable = [name for name in shown if table.score or not METRICS[name].needs_score]
    yield from ("", "metrics:", f"  use: [{', '.join(usable)}]   # shown, without a gate")
    yield ""
    if table.rows == 0:
        gate, margin, comment = _metric(task), "2%" if task == "regression" else "0.01", None
    elif task == "regression":
        gate, margin, comment = "mae", *relative_margin(table.rows, table.error_variation)
    else:
        gate, margin, comment = "accuracy", *share_margin(table.rows)
    for line in comment or ():
        yield f"# {line}"
    yield from ("gates:", f"  {gate}: {{max_regression: {margin}}}")


def _metric(task: Task) -> str:
    return "mae" if task == "regression" else "accuracy"


def share_margin(rows: int) -> tuple[str, list[str]]:
    """Return the margin of a share that so many paired rows can decide, and the reason as lines.

    m = (z₁₋α + z_power) · √(disagreement / n), the rows that a paired non-inferiority test
    needs, solved for the margin (docs/statistics.md, `rows_needed`), rounded up.
    """
    margin = readable(Z * math.sqrt(DISAGREEMENT / rows))
    lines = [
        f"{rows:,} test rows decide a loss of {margin:g} in 8 of 10 cases, for two models that",
        f"differ on {DISAGREEMENT:.0%} of them.{_more(margin)}",
    ]
    return f"{margin:g}", lines


def _more(margin: float) -> str:
    if margin <= 0.01:
        return ""
    needed = math.ceil(DISAGREEMENT * (Z / 0.01) ** 2)
    return f" A margin of 0.01 takes {needed:,} rows."


def relative_margin(rows: int, variation: float | None) -> tuple[str, list[str]]:
    """Return the margin of a mean absolute error, relative to main's, that so many rows can decide.

    Row by row the absolute errors of both models have the standard deviation v · MAE and the
    correlation ρ; the sd of their difference is then v · MAE · √(2(1 − ρ)).
    """
    spread = (variation or 1.0) * math.sqrt(2 * (1 - CORRELATION))
    percent = 100 * readable(Z * spread / math.sqrt(rows))
    lines = [
        f"{rows:,} test rows decide a loss of {percent:g} % of main's MAE in 8 of 10 cases, for",
        f"two models whose errors are alike (correlation {CORRELATION:g}).",
    ]
    return f"{percent:g}%", lines


def readable(value: float) -> float:
    """Round up to a figure that people use: 1, 1.5, 2, 3 or 5 times a power of ten.

    >>> readable(0.0071)
    0.01
    >>> readable(0.0124)
    0.015
    """
    power = 10.0 ** math.floor(math.log10(value))
    step = next(step for step in STEPS if step * power >= value * (1 - 1e-9))
    return float(f"{step * power:.12g}")


def _numbers(facts: RepositoryFacts) -> Iterator[str]:
    """Write gates on numbers in files: on up to three known metrics, else on the first number."""
    names = {name for numbers in facts.numbers.values() for name in numbers}
    recognised = [name for name in sorted(names) if name in METRICS]
    yield from ("", "metrics:", f"  files: [{', '.join(map(yaml_text, facts.numbers))}]")
    gated = recognised[:3] or sorted(names)[:1]
    if not recognised:
        direction = "lower" if any(word in gated[0].lower() for word in LOSSES) else "higher"
        yield f"  direction: {{{yaml_text(gated[0])}: {direction}}}   # CHANGE: which is better?"
    yield from _baseline(facts)
    yield ""
    yield "# Single numbers have no interval: these gates compare them as they are and stay `untested`."
    yield "# Have the training write its predictions for the test rows, and configure them here:"
    yield "# task: binary"
    yield "# predictions: {path: out/predictions.csv, id: id, label: label, prediction: prediction}"
    yield "gates:"
    for name in gated:
        share = name in METRICS and METRICS[name].unit == "share"
        yield f"  {yaml_text(name)}: {{max_regression: {'0.01' if share else '2%'}}}"


def _change(value: object, what: str) -> str:
    return "" if value is not None else f"   # CHANGE: {what}"


def _enumerated(names: tuple[str, ...]) -> str:
    return first_of((name.replace("\n", " ") for name in names), 12)
