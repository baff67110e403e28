"""Render the files that `mlgate init` writes: pure, from facts about a repository to text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.config.path_filter import EVERYTHING
from mlgate.config.scalars import yaml_text
from mlgate.metrics import METRICS
from mlgate.model import few_rows
from mlgate.model.project import URL
from mlgate.pipeline.init import first_gate, workflow
from mlgate.readers import READERS
from mlgate.text.lists import all_of, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.metrics import Direction, Task

OTHER_ID: Final = "its key in the data, or its position there from before the split"
"""What identifies a test row where nothing more is known of the data."""
LOSSES: Final = ("loss", "error", "err", "mae", "mse", "rmse", "perplexity", "latency", "brier")
GAINS: Final = (
    "acc", "auc", "prec", "recall", "f1", "r2", "iou", "dice", "score", "map", "bleu", "rouge", "covered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowScore:
    """A column with a score of each row; `share`: whether all lie between 0 and 1."""

    column: str
    direction: Direction
    share: bool = False


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
    error_variation, square_variation
        Regression: standard deviation of the absolute error over its mean, and of the squared error.
    problem
        Why it cannot be read as it is, where reading it failed.
    row_number
        A column that looks like an id, and counts the rows.
    reasons
        Why a column has its role, by key of `predictions` and for `task`.
    cluster, clusters
        The column of what several rows belong to, and its number of different values.
    ranking
        Whether rows are items of a query, and the label their relevance.
    quantiles
        The columns that hold a quantile, with its level.
    kind
        The column that says what a row is about, such as a tag.
    numbers
        Scores of each row, where it has no label.
    lists
        Columns that hold lists.
    """

    path: str
    rows: int
    columns: tuple[str, ...]
    task: Task | None = None
    label: str | None = None
    id: str | tuple[str, ...] | None = None
    prediction: str | None = None
    score: str | Mapping[str, str] | None = None
    positive_label: str | None = None
    error_variation: float | None = None
    square_variation: float | None = None
    problem: str | None = None
    row_number: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    cluster: str | None = None
    clusters: int = 0
    time: str | None = None
    ranking: bool = False
    quantiles: Mapping[str, float] = field(default_factory=dict)
    kind: str | None = None
    numbers: tuple[RowScore, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def worth(self) -> int:
        """The independent rows that its rows are about worth: n / (1 + (n / G − 1) ρ) (Kish 1965)."""
        if self.clusters < first_gate.MIN_CLUSTERS:
            return self.rows
        return max(int(self.rows / (1 + (self.rows / self.clusters - 1) * first_gate.WITHIN)), 1)

    @property
    def recognised(self) -> bool:
        """Whether all columns that are needed were recognised."""
        if self.task == "scores":
            return bool(self.numbers)
        return None not in (self.task, self.label) and bool(self.prediction or self.score)


@dataclass(frozen=True, slots=True)
class EvaluationLog:
    """What an evaluation tool wrote.

    Attributes
    ----------
    reader
        The reader's name.
    tool
        The tool and its version.
    score
        The score to begin with; None where the file has none.
    share
        Whether that score lies between 0 and 1.
    failed
        The number of samples that failed.
    rows
        The number of samples; 0 before the tool was run.
    reason
        Why it is that score, where no file shows it.
    """

    reader: str
    tool: str
    path: str
    rows: int
    score: str | None
    share: bool
    failed: int
    reason: str = ""


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
    when
        The patterns of `when.paths`.
    reasons
        Why something was concluded that no file says, by key: `train`, `path`, `branch`, `install`, `when`,
        `python`.
    computed
        The metrics that the project computes, the first ones first.
    key
        What identifies a row of the training's data, as in "id of data.csv"; empty where nothing is known to.
    pass_env
        Keys of the providers whose models are called, which the training must be passed.
    """

    branch: str = "main"
    folder: str = "."
    train: str | None = None
    dvc: bool = False
    install: str | None = None
    python: str = "3.12"
    table: PredictionsTable | None = None
    evaluation: EvaluationLog | None = None
    numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    github: bool = True
    when: tuple[str, ...] = (EVERYTHING,)
    reasons: Mapping[str, str] = field(default_factory=dict)
    computed: tuple[first_gate.ComputedMetric, ...] = ()
    key: str = ""
    pass_env: tuple[str, ...] = ()


def files(facts: RepositoryFacts) -> dict[str, str]:
    """Return the files to write: paths below the repository's top, with their text."""
    prefix = "" if facts.folder == "." else f"{facts.folder}/"
    texts = {f"{prefix}mlgate.yaml": configuration(facts)}
    if facts.github:
        why = facts.reasons.get("python", "")
        texts[workflow_path(facts)] = workflow.text(
            facts.branch, facts.folder, facts.python, _install(facts), why
        )
    return texts


def workflow_path(facts: RepositoryFacts) -> str:
    """Return where the workflow is written, from the repository's top."""
    suffix = "" if facts.folder == "." else "-" + facts.folder.replace("/", "-")
    return f".github/workflows/mlgate{suffix}.yml"


def _install(facts: RepositoryFacts) -> str | None:
    reason = facts.reasons.get("install")
    return facts.install and f"{facts.install}{_guess(reason)}"


def _few_rows(table: PredictionsTable) -> Iterator[str]:
    """Describe what few test rows cannot do."""
    if table.worth < first_gate.FEW_ROWS:
        none = table.task != "regression" and table.worth < few_rows.FEWEST
        large = f"{table.rows:,} test rows show large losses only"
        yield (
            f"{few_rows.nothing_blocked(table.worth) if none else large}. Unless these are all your rows, write the "
            "predictions of a cross-validation (scikit-learn's `cross_val_predict`): then every row is a test row "
            f"({URL}/blob/main/docs/choosing.md)"
        )
    elif table.worth <= 2_000:
        yield (
            f"{table.rows:,} test rows hardly stop many small losses, each within the margin, that add up: "
            "`mlgate plan` says, after the first run, how much they may cost "
            f"({URL}/blob/main/docs/statistics.md#main-and-the-anchor)"
        )


def notes(facts: RepositoryFacts) -> Iterator[str]:
    """Describe what was found and what is left to do, one sentence each."""
    yield from _results_found(facts)
    table = facts.table
    if table is not None and table.recognised and table.worth > 0:
        yield from _few_rows(table)
    if table is not None and table.row_number is not None:
        yield (
            f"{table.row_number} counts the rows, so it is not used as the id: have the training write "
            f"{facts.key or OTHER_ID}"
        )
    if table is not None and table.problem is not None:
        yield f"{table.path} cannot be used as it is: {table.problem}"
    if facts.pass_env:
        yield (
            f"the training is passed {all_of(facts.pass_env)} (train.pass_env); for GitHub, "
            f"{URL}/blob/main/docs/secrets.md says where the secret goes"
        )
    if facts.train is None and not facts.dvc:
        yield "no training command was found: set train.run, or existing results are used as they are"
    if facts.github and facts.install is None:
        yield "no file lists the training's requirements: add a step that installs them to the workflow"


def _results_found(facts: RepositoryFacts) -> Iterator[str]:
    """Describe the results: a tool's log, a table, numbers, or none."""
    table, evaluation = facts.table, facts.evaluation
    if evaluation is not None and not evaluation.rows:
        yield (
            f"no file of {evaluation.tool} that can be read is here: `mlgate init --train` runs it once, and reads "
            "its scores"
        )
    elif evaluation is not None:
        yield f"{evaluation.path}: {evaluation.rows:,} samples, written by {evaluation.tool}"
    elif table is None and facts.numbers:
        yield "no file of predictions was found, only numbers: without rows, gates stay untested"
    elif table is None:
        yield (
            "no file of predictions was found: let the training write one row for each test row (id, label, "
            "prediction, score), then `mlgate init --train`; or fill in the lines marked CHANGE"
        )
    elif not table.recognised:
        yield (
            f"{table.path} was found, but its columns were not recognised: fill in the lines marked CHANGE, or name "
            "the columns id, label and prediction in your file and run `mlgate init` again"
        )
    else:
        without = "" if table.id or table.row_number else f", {_without_id(facts.key)}"
        yield f"{table.path}: {table.rows:,} rows, {table.task}{without}"


def configuration(facts: RepositoryFacts) -> str:
    """Write mlgate.yaml."""
    lines = [
        f"# yaml-language-server: $schema={URL}/raw/main/schema/mlgate.schema.json",
        f"# Every key is described in {URL}/blob/main/docs/configuration.md",
        "version: 1",
    ]
    if facts.evaluation is not None:
        lines += _evaluation(facts, facts.evaluation)
    elif facts.table is not None or not facts.numbers:
        lines += _predictions(facts)
    else:
        lines += [*_train(facts), *_numbers(facts)]
    return "\n".join([*lines, *_when(facts)]) + "\n"


def _when(facts: RepositoryFacts) -> Iterator[str]:
    """Write which changes are judged."""
    paths = ", ".join(map(json.dumps, facts.when))
    left_out = len(facts.when) > 1
    reason = (
        _guess(facts.reasons.get("when"))
        if left_out
        else '   # every change; "!docs/**" leaves some out'
    )
    yield from ("", "when:", f"  paths: [{paths}]{reason}")


def _evaluation(facts: RepositoryFacts, log: EvaluationLog) -> Iterator[str]:
    """Write what reads an evaluation tool's files; its reader knows ids, repetitions and errors."""
    score = yaml_text(log.score or "score")
    limits = "{direction: higher, range: [0, 1]}" if log.share else "higher"
    yield from _train(facts, READERS[log.reader].command)
    yield from ("", f"# Written by {log.tool}: see {URL}/blob/main/docs/kinds.md", "predictions:")
    yield f"  from: {log.reader}"
    each = "   # each run into an empty folder" if "*" in log.path else ""
    yield f"  path: {yaml_text(log.path)}{each}"
    if log.failed:
        many = f"{log.failed:,} of {log.rows:,} samples failed"
        yield f"  errors: {{as: wrong}}   # {many}; without this line they block"
    yield from ("", "metrics:", "  rows:")
    yield f"    {score}: {limits}{_change(log.score, 'a column of scores') or _guess(log.reason)}"
    yield from _baseline(facts)
    margin, comment = ("0.05" if log.share else "2%"), list[str]()
    if log.share and log.rows:
        margin, comment = first_gate.share_margin(log.rows)
    if log.share and 0 < log.rows < few_rows.FEWEST:
        comment = [few_rows.nothing_blocked(log.rows).capitalize() + "."]
    yield ""
    yield from (f"# {line}" for line in comment)
    gated = _change(log.score, "the same column")
    yield from ("gates:", f"  {score}: {{max_regression: {margin}}}{gated}")


def _train(facts: RepositoryFacts, example: str = "python train.py") -> Iterator[str]:
    yield ""
    if facts.dvc:
        yield "# The training is `dvc repro`, because dvc.yaml defines a pipeline."
    elif facts.train is not None:
        yield "train:"
        yield run_line(facts.train, facts.reasons.get("train"))
        if facts.pass_env:
            why = "guess: its models are called with it; what looks like a credential is withheld"
            yield f"  pass_env: [{', '.join(facts.pass_env)}]   # {why}"
    else:
        yield "# train:"
        yield f"#   run: {example}   # without it, existing results are used as they are"


def run_line(command: str, reason: str | None) -> str:
    """Return the line of the training's command."""
    return f"  run: {yaml_text(command)}{_guess(reason)}"


def _predictions(facts: RepositoryFacts) -> Iterator[str]:
    table = facts.table or PredictionsTable("out/predictions.csv", 0, ())
    task = table.task or "binary"
    yield f"task: {task}{_mark(table, 'task', table.task, 'binary, multiclass or regression')}"
    yield from _train(facts)
    yield ""
    if table.columns and not table.recognised:
        yield f"# Columns of this file: {_enumerated(table.columns)}"
    yield "predictions:"
    path = None if facts.table is None else table.path
    change = _change(path, "the table that the training writes") or _guess(
        facts.reasons.get("path")
    )
    yield f"  path: {yaml_text(table.path)}{change}"
    yield from _id(table, facts.key)
    if task != "scores":
        change = _mark(table, "label", table.label, "the true class or value")
        yield f"  label: {yaml_text(table.label or 'label')}{change}"
        yield from _outputs(table)
    yield from _cluster(table)
    if table.time is not None:
        yield f"  time: {yaml_text(table.time)}"
    yield from _baseline(facts)
    if table.kind is not None:
        yield from ("", "slices:", f"  by: [{yaml_text(table.kind)}]")
    yield from first_gate.lines(table, task, facts.computed)


def _without_id(key: str) -> str:
    """Return what to write where no column identifies a row."""
    return f"without an id: with {key or 'one'} far fewer rows are needed"


def _id(table: PredictionsTable, key: str) -> Iterator[str]:
    """Write the column that pairs the rows of both models; never one that counts the rows."""
    if table.id is not None:
        several = not isinstance(table.id, str)
        name = f"[{', '.join(map(yaml_text, table.id))}]" if several else yaml_text(str(table.id))
        yield f"  id: {name}{_mark(table, 'id', table.id, '')}"
        return
    if table.row_number is not None:
        yield f"  # {table.row_number} counts the rows: once a test row is added or the test set is drawn again,"
        yield "  # the same number is another row. Have the training write as the id"
        yield f"  # {key or OTHER_ID}."
    what = f"{key}, once the training writes it" if key else "the column that identifies a test row"
    yield f"  # id: {'id' if key else '…'}   # {what}: far fewer rows are needed then"


def _outputs(table: PredictionsTable) -> Iterator[str]:
    """Write the columns that the model made."""
    if table.prediction is not None or table.score is None:
        change = _mark(table, "prediction", table.prediction, "what the model predicts")
        yield f"  prediction: {yaml_text(table.prediction or 'prediction')}{change}"
    if isinstance(table.score, str):
        yield f"  score: {yaml_text(table.score)}{_mark(table, 'score', table.score, '')}"
    elif table.score is not None:
        inside = ", ".join(f"{yaml_text(c)}: {yaml_text(name)}" for c, name in table.score.items())
        yield f"  score: {{{inside}}}{_guess('a column is called after each class')}"
    if table.positive_label is not None:
        reason = _guess(table.reasons.get("positive_label", "its rows have the higher scores"))
        yield f"  positive_label: {yaml_text(table.positive_label)}{reason}"


def _cluster(table: PredictionsTable) -> Iterator[str]:
    """Write what several rows belong to, or why too few of these carry an interval."""
    if table.cluster is None:
        return
    line = f"cluster: {yaml_text(table.cluster)}"
    if table.clusters < first_gate.MIN_CLUSTERS:
        few = f"only {table.clusters} different values, {first_gate.MIN_CLUSTERS} are needed"
        yield f"  # {line}   # {few}: rows then count as independent"
    else:
        yield f"  {line}   # its {table.clusters:,} values are counted, since rows of one are alike"


def _baseline(facts: RepositoryFacts) -> Iterator[str]:
    if facts.branch != "main":
        reason = _guess(facts.reasons.get("branch"))
        yield from ("", "baseline:", f"  branch: {yaml_text(facts.branch)}{reason}")


def _numbers(facts: RepositoryFacts) -> Iterator[str]:
    """Write gates on numbers in files: on up to three known metrics, else on the first number."""
    names = {name for numbers in facts.numbers.values() for name in numbers}
    recognised = [name for name in sorted(names) if name in METRICS]
    yield from ("", "metrics:", f"  files: [{', '.join(map(yaml_text, facts.numbers))}]")
    gated = recognised[:3] or sorted(names)[:1]
    if not recognised:
        direction = "lower" if any(word in gated[0].lower() for word in LOSSES) else "higher"
        plain = any(word in gated[0].lower() for word in (*LOSSES, *GAINS))
        why = "   # guess: by its name" if plain else "   # CHANGE: which is better?"
        yield f"  direction: {{{yaml_text(gated[0])}: {direction}}}{why}"
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


def _guess(reason: str | None) -> str:
    return f"   # guess: {reason}" if reason else ""


def _mark(table: PredictionsTable, key: str, value: object, what: str) -> str:
    """Mark a line that has to be filled in, or that rests on a guess, with the reason."""
    reason = (table.reasons.get(key) or "").replace("\n", " ")
    return _change(value, what) or _guess(reason)


def _enumerated(names: tuple[str, ...]) -> str:
    return first_of((name.replace("\n", " ") for name in names), 12)
