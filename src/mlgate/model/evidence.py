"""Evidence: what was measured, with its uncertainty and its origin. It knows no verdict.

A check's evidence is a file `evidence/<check>.json`. Every check gives `metrics`, a mapping
of `Measurement` that the gates read; what else a check found stands beside it, in a subclass
here for our own checks, or as plain JSON for any other.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from mlgate.model.base import Frozen, Output, Prose
from mlgate.model.metrics import Direction, Task, Unit
from mlgate.model.rows import Role

SCHEMA: Literal[1] = 1
STATISTICS: Final = 1
"""The version of the statistics. A change that can turn a verdict raises it, in a minor version and with a line in CHANGELOG.md."""

Changes = Literal["exact", "steps"]
"""How numbers from test labels are shown: as measured, or in steps."""
Interval = tuple[float | None, float | None]
"""(lower, upper): two one-sided bounds at the policy's confidence; None where undefined."""


class Discordant(Frozen):
    """Rows on which exactly one side is right: `fixed` by the candidate, `broken` by it."""

    fixed: int
    broken: int


class WithoutWorst(Frozen):
    """What is left of a number without the `count` rows, or clusters, on which the candidate does worst.

    `value` is that of the others, `bound` the one of its two bounds that speaks for the candidate.
    """

    count: int
    value: float
    bound: float
    clusters: bool = False


class Contrast(Frozen):
    """candidate − factor × baseline with its bounds, for a margin relative to the baseline."""

    factor: float
    value: float | None
    interval: Interval
    without_worst: WithoutWorst | None = None


class Comparison(Frozen):
    """One metric of the candidate against one baseline.

    `change` is candidate − baseline in the metric's own unit, so that a positive change of a
    loss is bad. `row_variance` is n × Var(change): the variance that one more row adds,
    from which the rows needed follow. `untested` says why no test is possible (one number a
    side); `insufficient` says why the interval must not be trusted (too few positives).
    `undefined` is whether the candidate's value is 0/0 although the baseline's is a number, or rests on
    too few rows by its own predictions, although the baseline's rests on enough.
    """

    baseline: float | None
    change: float | None
    interval: Interval = (None, None)
    n: int
    method: str
    paired: bool = True
    p_value: float | None = None
    discordant: Discordant | None = None
    row_variance: float | None = None
    contrasts: tuple[Contrast, ...] = ()
    untested: Prose | None = None
    insufficient: Prose | None = None
    hint: Prose | None = None
    """What to do where it does not decide."""
    undefined: bool = False
    confidence: float | None = None
    """That of each bound, where it is not the evidence's: of one of several looks at labels."""
    earlier: Comparison | None = None
    """The same rows with the labels that the baseline was measured with, where some differ."""
    same_earlier: bool = False
    """Whether these labels give the same."""
    without_worst: WithoutWorst | None = None
    """The change without the worst rows, where few rows carry it."""


class Spread(Frozen):
    """A metric over several seeds or splits, or values without the rows behind them."""

    of: Literal["values", "seeds", "splits"] = "values"
    values: tuple[float, ...]
    mean: float
    sd: float | None


class EqualGroups(Frozen):
    """What a gap's bound would rest on if there were no gap: from it follows whether a gate can pass.

    Attributes
    ----------
    rate
        The rate of all compared groups together.
    rows
        Of the pair with the fewest rows: what each group's rate is a share of.
    """

    kind: Literal["difference", "ratio"]
    rate: float
    rows: dict[str, int]


class Measurement(Frozen):
    """One number about this commit's model, with its interval and its comparisons.

    `undefined` is whether it is 0/0, for which `value` may hold what scikit-learn gives.
    """

    title: str
    value: float | None
    interval: Interval = (None, None)
    n: int | None = None
    method: str
    unit: Unit = "number"
    direction: Direction | None = None
    row_variance: float | None = None
    untested: Prose | None = None
    insufficient: Prose | None = None
    undefined: bool = False
    spread: Spread | None = None
    source: str | None = None
    against: dict[Role, Comparison] = {}
    equal_groups: EqualGroups | None = None
    """Of a gap between groups; None where it is not one of plain shares."""
    kept: dict[Role, Measurement] = {}
    """The value on the rows that a baseline has, where this commit has more."""
    earlier: dict[Role, Measurement] = {}
    """The value on these rows with the labels that the baseline had, where labels differ."""
    same_kept: tuple[Role, ...] = ()
    """Baselines on whose rows it is the same, or there is none."""
    same_earlier: tuple[Role, ...] = ()
    """Likewise with their labels."""
    without_worst: WithoutWorst | None = None
    """The value without the worst rows, where few rows carry it."""
    role: Role | None = None
    """The baseline without which it has no value: where there is none yet, its gates are `untested`."""

    @classmethod
    def counted(
        cls,
        title: str,
        value: float | None,
        direction: Direction,
        *,
        unit: Unit = "number",
        n: int | None = None,
        untested: str | None = None,
    ) -> Self:
        """Return what was counted or read in full, and has no other interval than itself."""
        return cls(
            title=title,
            value=value,
            interval=(value, value),
            n=n,
            method="counted",
            unit=unit,
            direction=direction,
            untested=untested,
        )


RowIds = Literal["same", "doubtful", "row_numbers", "unknown"]
"""Whether equal ids name the same rows, by how well labels agree where they were compared."""


Unmatched = Literal["no_id", "no_rows", "no_key"]
"""Why rows cannot be matched: predictions without ids, a baseline without rows, an unknown key."""


class RowCounts(Frozen):
    """How the candidate's rows relate to the baseline's.

    `relabelled` counts rows whose label differs; where the baseline was kept by a version that
    kept no labels' hashes it is a lower bound (`relabelled_exact` false) or None when nothing can
    be said. `ids` is None where no label differs.

    `columns` counts the rows whose value differs in a column that weighs, clusters, orders or groups
    rows, by column; those without any are left out. `new_columns` names the settings that read such
    columns and that the baseline knows nothing of: `columns_known` is false where that is because a
    version kept it that kept no hashes of them.

    `unlabelled` counts rows that have no label and had one in the baseline: they are among `missing`.

    `failed` and `baseline_failed` count the paired rows whose sample failed on either side.

    `same_model` is whether every row has the baseline's prediction and score, and none is added or missing.

    `repeated` counts the added rows that repeat an id of the baseline's, where nothing but their order in
    the file tells repetitions apart: whoever wrote it could choose which are compared.

    `unjudged` counts the paired rows that a human labelled for the baseline (`metrics.rows.NAME.human`), and
    nobody for this commit.

    `unmatched` says why it is not known how far two test sets differ that are not the same: all of
    their rows count, as missing and as added.
    """

    paired: int
    added: int
    missing: int
    relabelled: int | None = None
    relabelled_exact: bool = True
    ids: RowIds | None = None
    columns: dict[Prose, int] = {}
    new_columns: tuple[Prose, ...] = ()
    columns_known: bool = True
    failed: int = 0
    baseline_failed: int = 0
    same_model: bool = False
    unlabelled: int = 0
    repeated: int = 0
    unjudged: int = 0
    unmatched: Unmatched | None = None

    @property
    def of(self) -> int:
        """The number of the baseline's rows."""
        return self.paired + self.missing


class BaselineRef(Frozen):
    """Which baseline was used and how it relates to this commit.

    `distance` counts first-parent commits between the wanted commit (the merge-base, or the
    parent) and the one that has a baseline; 0 is the wanted one itself.
    """

    commit: str | None
    branch: Prose | None = None
    tag: Prose | None = None
    created: str | None = None
    verdict: str | None = None
    distance: int = 0
    source: Prose = "store"
    paired: bool = True
    note: Prose | None = None
    rows: RowCounts | None = None
    """How this commit's rows relate to its rows, where they were paired or are not the same."""


class Absent(Frozen):
    """Why there is no baseline of a role.

    `none_yet`: nothing to compare with exists anywhere (gates are `untested`);
    `off`: the configuration wants none; `missing` and `unreadable`: there should be one, so
    that gates are `error`; `test_set`: there is one, of another test set than the announced one
    (`untested`).
    """

    kind: Literal["none_yet", "off", "missing", "unreadable", "test_set"]
    reason: Prose
    hint: Prose | None = None
    """What to do about it, where it is an error."""
    rows: RowCounts | None = None
    """How this commit's rows relate to those of a baseline from which they differ too much."""


class Note(Frozen):
    """One plain sentence that a reviewer should read, whatever the verdict."""

    level: Literal["info", "warning"]
    text: Prose
    metric: str | None = None
    """The metric that it is about. Without a gate on it, it is read beside the metrics."""


ErrorKind = Literal["input", "unreadable", "policy"]
"""Why a check could not measure: its input is wrong; that lies elsewhere and cannot be read
here, most often for lack of a secret; it was measured under another policy than the one that
judges."""


class Evidence(Frozen):
    """What every evidence file carries; unknown checks' own findings are kept as JSON.

    `inputs` maps what was read to its digest (`sha256:…`); `policy_digest` names the policy
    under which it was measured, `confidence` that of each one-sided bound.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]

    of_labels: ClassVar[bool] = True
    """Whether its numbers depend on the labels of the test set, so that showing them wears it."""
    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    check: str
    tool: str
    commit: str | None
    created: str
    policy_digest: str | None = None
    confidence: float = 0.95
    statistics: int = 1
    """The version of the statistics that measured it (`STATISTICS`)."""
    inputs: dict[Prose, str] = {}
    written_by: dict[Prose, Prose] = {}
    """Which tool wrote an input that a reader read, and its version: `inspect_ai 0.3.285`."""
    metrics: dict[str, Measurement] = {}
    refused: dict[str, Prose] = {}
    """What gates ask for and these inputs cannot give, with the reason: those gates are `error`."""
    baselines: dict[Role, BaselineRef] = {}
    absent: dict[Role, Absent] = {}
    notes: tuple[Note, ...] = ()
    error: Prose | None = None
    """Set when the check could not measure: its gates are `error` with this reason."""
    error_kind: ErrorKind | None = None
    """What kind of error it is; None without one, and in files from before there were kinds."""
    hint: Prose | None = None
    """What to do about that error."""

    def shown(self, changes: Changes) -> Evidence:
        """Return what people may see: shown in steps, nothing that depends on test labels."""
        if changes == "exact" or not self.of_labels:
            return self
        return Evidence(**{name: getattr(self, name) for name in _SHOWN})


_SHOWN: Final = (
    "check", "tool", "commit", "created", "policy_digest", "confidence", "statistics", "inputs", "refused",
    "baselines", "absent", "error", "error_kind", "hint",
)  # fmt: skip
"""Fields without a number from test labels."""


class Curve(Frozen):
    """Points of a curve, thinned for drawing."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.x) != len(self.y):
            msg = "a curve has as many x as y"
            raise ValueError(msg)
        return self


class CalibrationBin(Frozen):
    """Mean score and observed rate of the rows in one bin, with the rate's Wilson bounds."""

    score: float
    rate: float
    n: int
    interval: Interval


class BrierParts(Frozen):
    """A Brier score and its parts: `score` = `reliability` − `resolution` + `uncertainty`."""

    score: float
    reliability: float
    resolution: float
    uncertainty: float


class Calibration(Frozen):
    """How far scores are from observed rates; of several classes, of the most probable one."""

    ece: float
    """Expected calibration error over 15 bins."""
    interval: Interval
    brier: BrierParts


class CostByThreshold(Frozen):
    """What a row costs on average where a score of at least the threshold is predicted positive.

    `threshold` is that of the predictions as they are, None where they follow no threshold, and `cost`
    their own. `best` is the threshold with the lowest cost on these rows, `least`.
    """

    curve: Curve
    threshold: float | None
    cost: float
    best: float
    least: float


class Side(Frozen):
    """What the report shows of one side: the candidate's or a baseline's."""

    confusion: tuple[tuple[int, ...], ...] | None = None
    """Counts; true labels in rows, predictions in columns, in the order of `classes`."""
    roc: Curve | None = None
    calibration: tuple[CalibrationBin, ...] | None = None
    calibrated: Calibration | None = None
    """The calibration error and the Brier score over the bins."""
    costs: CostByThreshold | None = None
    residuals: tuple[float, ...] | None = None
    """Quantiles of prediction − label at 0, 1, …, 100 per cent (regression)."""

    @model_validator(mode="after")
    def _square(self) -> Self:
        rows = self.confusion or ()
        if any(len(row) != len(rows) or min(row) < 0 for row in rows):
            msg = "a confusion matrix has as many columns as rows, and counts"
            raise ValueError(msg)
        return self


class HistoryPoint(Frozen):
    """One earlier run on the main branch."""

    commit: str
    created: str
    verdict: str | None
    tag: str | None = None
    metrics: dict[str, float | None]


class TestSet(Frozen):
    """A test set that was announced on the branch that judges, by the digest of its ids and labels."""

    __test__: ClassVar = False

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What the report calls it, such as `v2`."""
    digest: Annotated[str, Field(pattern=r"^(hmac-)?sha256:[0-9a-f]{64}$")]
    """Of its ids and labels, as `mlgate baseline digest` prints it."""


class CompareEvidence(Evidence):
    """evidence/compare.json: the model against main's and the anchor's."""

    model_config = ConfigDict(extra="forbid")

    check: Literal["compare"] = "compare"
    task: Task | None = None
    classes: tuple[str, ...] = ()
    rows: RowCounts | None = None
    anchor_rows: RowCounts | None = None
    test_set: TestSet | None = None
    """The announced test set that these rows belong to; None for the one that was never announced."""
    test_set_digest: Annotated[str, Field(max_length=100)] | None = None
    """Of all ids and labels, as `mlgate baseline digest` prints it; None in files of earlier versions."""
    n: int | None = None
    forgotten: int | None = None
    """Rows that `mlgate baseline forget` has taken out of what is kept since."""
    sides: dict[Literal["candidate", "main", "anchor"], Side] = {}
    history: tuple[HistoryPoint, ...] = ()

    def shown(self, changes: Changes) -> CompareEvidence:
        """Return what people may see: shown in steps, which rows were compared."""
        if changes == "exact":
            return self
        names = (*_SHOWN, "task", "rows", "anchor_rows", "test_set", "test_set_digest", "n")
        return CompareEvidence(**{name: getattr(self, name) for name in names})

    @model_validator(mode="after")
    def _one_row_a_class(self) -> Self:
        for side in self.sides.values():
            if side.confusion is not None and len(side.confusion) != len(self.classes):
                msg = "a confusion matrix has a row for each class"
                raise ValueError(msg)
        return self


class Resources(Frozen):
    """What the training and all of its descendants used; times in seconds, memory in bytes."""

    wall: float
    cpu: float
    peak_memory: int
    processes: int


class Environment(Frozen):
    """Where the training ran; `digest` is over all other fields."""

    python: str | None
    packages: dict[Prose, Prose] = {}
    platform: Prose
    cpu: Prose | None = None
    cores: int | None = None
    memory: int | None = None
    gpus: tuple[Prose, ...] = ()
    digest: str


class Artifact(Frozen):
    """A file that the training made or read; `size` in bytes."""

    path: Prose
    sha256: str
    size: int


class TrainEvidence(Evidence):
    """evidence/train.json: how the training ran and what it made."""

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["train"] = "train"
    command: Prose | None
    status: Literal["ok", "failed", "timeout", "interrupted", "skipped"]
    exit_code: int | None = None
    signal: str | None = None
    started: str
    finished: str
    resources: Resources | None = None
    environment: Environment | None = None
    seeds: dict[str, str] = {}
    parameters: dict[Prose, Prose] = {}
    """What `train.params` held when the training started, by dotted key."""
    artifacts: tuple[Artifact, ...] = ()
    log: Prose | None = None
    log_tail: tuple[Output, ...] = ()
    withheld: tuple[Prose, ...] = ()
    """Names (never values) of the variables that the training did not get."""
    problem: Prose | None = None
    """Why the run counts as failed although the command ended, or what stopped it."""
