"""mlgate.yaml as typed objects: its keys, their types and their defaults.

The docstring below a key is what editors show for it (`schema/mlgate.schema.json`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints

from mlgate import readers
from mlgate.config.scalars import ENV_ONLY, Duration, Enforce, Label
from mlgate.config.tables import DataTables
from mlgate.errors import UsageError
from mlgate.metrics import canonical, canonical_target, contrast_factors, quantile_columns
from mlgate.metrics.cost import NAME
from mlgate.model.base import Frozen, digest
from mlgate.model.evidence import Changes, TestSet
from mlgate.model.metrics import Direction, Task
from mlgate.model.policy import (
    Deploy,
    Gate,
    OnInconclusive,
    OnUntested,
    Policy,
    RowLimits,
    Target,
    Waiver,
    report_only_until,
)
from mlgate.model.run import Plots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import CheckSection  # noqa: TC004  (of a ClassVar)
    from mlgate.model.attributes import AttributeSpec

S = TypeVar("S", bound=Frozen)
Text = Annotated[str, StringConstraints(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, lt=1 << 32)]
"""What NumPy takes for a seed."""
RELABELLED: Final = 0.02
"""The share of rows whose label may differ, unless `predictions.rows` says otherwise."""
Function = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]


class SealedSection(Frozen):
    """A test set that answers few times, such as once a promotion, and counts each answer.

    A use is recorded in the store before anything is measured; where it cannot be recorded, or no
    uses are left, nothing is measured. The same predictions again do not count as another use.
    """

    uses: Annotated[int, Field(ge=1, le=10_000)]
    """How many evaluations this test set allows. `policy.confidence` is divided among them: with .95 and 20 uses, each gate is decided at .9975."""


class TrainSection(Frozen):
    """How the model is trained. Not part of the policy: a pull request may change it."""

    run: Text | None = None
    """The command, run by the shell in your environment. Default: `dvc repro` where dvc.yaml defines a pipeline; otherwise nothing is trained."""
    setup: Text | None = None
    """A command that `mlgate reproduce` runs before `run` in the work tree of the commit that it trains again, such as `uv sync --frozen && dvc pull data.dvc`. Default: the virtual environments of this work tree are used there."""
    seeds: Annotated[tuple[Seed, ...], Field(max_length=100)] = ()
    """Run the command once for each of these, which it finds in $MLGATE_SEED, one after the other. Let it write a file of predictions for each, with a column of the seed: `predictions: {path: "out/*.csv", repeat: seed}`."""
    timeout: Duration | None = None
    """After this long (90s, 2h, 1h30m) the training and all of its processes are stopped, and the run fails. Default: no limit."""
    artifacts: tuple[Text, ...] = ()
    """Files that must exist afterwards, such as the model; their digests are recorded."""
    inputs: tuple[Text, ...] = ()
    """Files that the training reads; their digests are recorded."""
    params: tuple[Text, ...] | None = None
    """Files of YAML, JSON or TOML that hold the training's parameters; their values are recorded. Default: params.yaml where there is one."""
    pass_env: tuple[Text, ...] = ()
    """Names of variables that the training may see although they look like credentials or belong to the runner; all others are withheld. In CI the list of the branch that judges counts: a pull request can only shorten it."""


def _limit(value: float | str) -> float:
    """Read `warn` and `ignore`, which earlier versions had in the place of a limit."""
    return RELABELLED if isinstance(value, str) else value


class RowsSection(Frozen):
    """How far the rows may differ from the baseline's: shares of its rows, against main and against the anchor each. Beyond any of them every rule that compares with that baseline is an `error`; beyond main's, `min` and `max` too. See changing.md."""

    missing: Share = 0.0
    """Share of the baseline's rows that may be missing here."""
    added: Annotated[float, Field(ge=0, le=1000)] = 1.0
    """How many rows may be added, as a share of the baseline's: 1 is as many again. Where any are, `min` and `max` must hold on the baseline's rows as well."""
    relabelled: Annotated[Share | Literal["warn", "ignore"], AfterValidator(_limit)] = RELABELLED
    """Share of the baseline's rows whose label may differ. Where any do, rules are decided under both labels, and the worse result counts. `warn` and `ignore` are deprecated, and mean the default."""
    columns: Share = 0.0
    """Share of the baseline's rows whose value may differ in any one column that says how much a row counts or which it belongs to: weight, cluster, time, and those that `slices` and `fairness` read. Below the limit this commit's values count."""


def _reader(setting: str | None) -> str | None:
    """Check that there is such a reader."""
    if setting is not None:
        try:
            readers.parse(setting)
        except UsageError as error:
            raise ValueError(error.message) from None
    return setting


class ErrorsSection(Frozen):
    """Samples that failed, were refused or have no score. A row of a change that failed never helps it."""

    column: Text | None = None
    """Column that says what failed: a text, or true. A row that lacks one of the numbers failed as well. With `from`, the reader's."""
    handling: Literal["block", "wrong", "drop"] = Field("block", alias="as")
    """`block`: nothing is measured; `wrong`: such a row counts as wrong, with the worst number that a row can have; `drop`: likewise, and rows that failed at the baseline are left out of the comparison on both sides. See [kinds.md](kinds.md#samples-that-failed)."""


class PredictionsSection(Frozen):
    """The table of predictions on the test set that the training writes."""

    reader: Annotated[Text | None, AfterValidator(_reader)] = Field(None, alias="from")
    """The tool that wrote the file: `inspect`, `promptfoo`, `lm_eval`, `deepeval` or `mlflow`, whose ids, repetitions and errors are then known, and `task` is `scores`; or any JSON with nested keys, as `json` or `json:results.results[]`. See [kinds.md](kinds.md)."""
    path: Text
    """Parquet, CSV, JSON lines or Arrow: one file, a folder of parts or a glob, relative to this file. `${env:NAME}` is replaced. See files.md."""
    id: Text | Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Column, or columns, that name a row. Pairs the rows of two models; without it comparisons are unpaired and need far more rows, and other rows, labels or another order of them are an error."""
    label: Text | None = None
    """Column with the true class or value. Needed by every task but `scores`."""
    labels: Text | None = None
    """A file of the labels by `id`, which the training never sees: relative to this file, an absolute path, or `s3://…`. The predictions then need no column of labels. `${env:NAME}` is replaced. See [labels.md](labels.md)."""
    unlabelled: bool = False
    """Whether rows may lack a label. While any does, only the change of accuracy is measured, by the rows on which the models differ, and the run names the rows to label next. See [labels.md](labels.md#labels-where-they-help)."""
    prediction: Text | None = None
    """Column with the predicted class or value. Where a score is given it may be left out: positive where score ≥ threshold, or the most probable class."""
    score: Text | Annotated[dict[str, Text], Field(min_length=1)] | None = None
    """Column with the probability of the positive class; multiclass: {class: column}, or one column of lists with `classes`."""
    classes: Annotated[tuple[Label, ...], Field(min_length=2)] | None = None
    """The classes in the order of a score column that holds lists. With `unlabelled` and a binary score: both, before each has a label."""
    positive_label: Label | None = None
    """The label that a binary score is the probability of. Default: the greater of the two labels."""
    threshold: Share = 0.5
    """A binary prediction is positive where score ≥ threshold."""
    weight: Text | None = None
    """Column with how much a row counts: finite numbers of at least 0."""
    cluster: Text | None = None
    """Column that identifies which rows belong together (user, patient, day). Intervals then count clusters instead of rows, and need at least 20 of them."""
    time: Text | None = None
    """Column with the time, or any number, by which rows follow one another."""
    fold: Text | None = None
    """Column with the fold of a cross-validation or the number of a split: one row an id and fold. Intervals come from the spread over folds."""
    repeat: Text | None = None
    """Column with the seed or the repetition: one row an id and repetition (and fold). Use the same seeds in every run, such as 1, 2, 3. The epochs of a training are none."""
    errors: ErrorsSection | None = None
    """Samples that failed; for the task `scores`."""
    rows: RowsSection = RowsSection()
    """How far the rows may differ from the baseline's."""
    test_set: TestSet | None = None
    """A new test set, announced before its data arrive: the pull request that brings rows with this digest is not compared with baselines of the earlier test set. See changing.md."""


@dataclass(frozen=True, slots=True)
class QuantileColumn:
    """A column that holds a quantile."""

    column: str
    direction: None = None
    range: None = None
    human: None = None
    judge: None = None


class NumbersSection(Frozen):
    """A column with one number a row."""

    @property
    def column(self) -> None:
        """Its own name."""
        return None

    direction: Direction
    """Whether `higher` or `lower` is better."""
    range: tuple[float, float] | None = None
    """The least and the largest number that a row can have, `[0, 10]` for grades. With it, bounds of the mean hold whatever the rows; without, they suppose that no row is more than twice as far out as those seen."""
    human: Text | None = None
    """Where a judge gives the numbers: column with a human's number of some of the rows, which are drawn at random, and nothing in the others. The mean is then that which humans would give, of all rows. See [judges.md](judges.md)."""
    judge: Text | None = None
    """Column with the judge's name and version. Where it is another than the baseline's, the numbers are only compared if `human` corrects both."""


class MetricsSection(Frozen):
    """What is measured in addition to the metrics that gates name."""

    use: tuple[Text, ...] = ()
    """Metrics to report without a gate, by scikit-learn's names."""
    files: tuple[Text, ...] = ()
    """Files of numbers that the training writes (JSON, YAML, TOML, CSV); nested keys become dotted names."""
    rows: dict[str, Direction | NumbersSection] = {}
    """Columns of the predictions that hold one number a row, with their direction; their means are compared. `{direction: higher, range: [0, 10]}` adds what a row can have."""
    quantiles: dict[Text, Annotated[float, Field(gt=0, lt=1)]] = {}
    """Columns of the predictions that each hold a quantile, with its level: `{p10: 0.1, p90: 0.9}`; regression. See [metrics.md](metrics.md#several-quantiles)."""
    custom: dict[str, Function] = {}
    """Your own metrics, as `module:function` with function(y_true, y_pred, y_score, sample_weight) -> float."""
    python: Text = "python"
    """The Python that runs `custom`, such as `uv run python`."""
    cost: dict[Label, dict[Label, float]] = {}
    """What a row costs, by label and prediction: `{fraud: {legit: 50}, legit: {fraud: 1}}`. The mean is the metric `cost`; what is right costs nothing unless it is listed. See [metrics.md](metrics.md#costs)."""
    direction: dict[str, Direction] = {}
    """Whether `higher` or `lower` is better, for metrics that mlgate does not know."""

    def numbers(self) -> Mapping[str, NumbersSection]:
        """Return the columns of `rows`, in one form."""
        return {
            name: entry if isinstance(entry, NumbersSection) else NumbersSection(direction=entry)
            for name, entry in self.rows.items()
        }

    def columns(self) -> Mapping[str, NumbersSection | QuantileColumn]:
        """Return the columns of numbers that are read, by the names that rows have them under."""
        quantiles = {
            quantile_columns.key(level): QuantileColumn(column)
            for column, level in self.quantiles.items()
        }
        return {**self.numbers(), **quantiles}


class RetentionSection(Frozen):
    """Which baselines' rows the store keeps; evidence and the anchors' rows are kept forever."""

    newest: Annotated[int, Field(ge=1)] = 20
    """Keep the rows of this many of the newest baselines."""
    days: Annotated[int, Field(ge=1, le=36_500)] = 90
    """Keep the rows of the oldest baseline of the last so many days: it is the anchor where there is no tag."""


class BaselineSection(Frozen):
    """What the model is compared with, and where baselines are stored."""

    branch: Text = "main"
    """The branch that a change is for where CI does not name one. Read on the branch that judges."""
    anchor: Text = "latest-tag"
    """The second baseline, which stops small losses from adding up: `latest-tag`, a pattern of tags such as `v*`, a commit, or `none`."""
    keep: Literal["rows", "evidence"] = "rows"
    """`rows`: hashed ids, predictions, scores, the humans' numbers of `metrics.rows`, and keyed 32-bit hashes of each row's id with its label, and with each value that weighs, clusters, orders or groups it, never features; `evidence`: no rows, so that comparisons are unpaired, and other rows or labels an error. Either keeps a digest of all ids and labels."""
    store: Text = "ref"
    """`ref` (refs/mlgate/baselines of this repository), `branch:NAME`, `s3://BUCKET/PREFIX` (see [run.md](run.md#baselines)), or a folder. `${env:NAME}` is replaced."""
    id_key: Annotated[str, StringConstraints(pattern=ENV_ONLY)] | None = None
    """The secret that hashes ids, labels and groups, as `${env:NAME}`. Where another job trains, custom metrics are then not tested against a baseline. Default: a random salt kept in the store, with which guessable ids, and the classes of labels and groups, can be recovered."""
    sketch: bool = False
    """Whether a baseline keeps a sample of the table of `data_diff`: keyed hashes of 2,730 rows with an id, or 4,096 without, in 32 KB, from which a later version is compared where the table itself is not at hand. Needs `id_key`."""
    predictions: Text | None = None
    """Compare with this file instead of the store. `${env:NAME}` is replaced."""
    run: Text | None = None
    """A command that first writes that file to $MLGATE_BASELINE_OUT."""
    retention: RetentionSection = RetentionSection()
    """Which baselines' rows the store keeps."""


class RegistrySection(Frozen):
    """Where versions of the model and their aliases are (`mlgate model`)."""

    kind: Literal["gto", "mlflow"] = "gto"
    """`gto`: annotated tags of this repository in GTO's format; `mlflow`: the server that MLFLOW_TRACKING_URI names."""
    name: Text | None = None
    """The model's name there. Default: `name`."""
    sign: bool = False
    """`gto`: whether tags are signed, and have to be, with the key that git is configured to use (`gpg.format`, `user.signingKey`, `gpg.ssh.allowedSignersFile`)."""


class PolicySection(Frozen):
    """How gates decide."""

    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """Confidence of each one-sided bound that decides a gate."""
    power: Annotated[float, Field(ge=0.5, lt=1)] = 0.8
    """Power for which the number of rows needed is computed."""
    on_inconclusive: OnInconclusive = "warn"
    """Whether the run passes (`warn`) or is blocked (`fail`) where the rows cannot decide a gate."""
    branches: tuple[Text, ...] = ()
    """Patterns of the branches (`release/*`) that judge by their own policy; into all others the default branch's judges. Read on the default branch only. Default: none but the default branch."""
    on_untested: OnUntested = "warn"
    """Whether the run passes (`warn`) or is blocked (`fail`) where a gate could not be tested, because no baseline was ever kept or a number has no interval."""
    enforce: Enforce = "always"
    """`always`, or `report_only until 2027-03-31`: up to and on that day nothing blocks, and the headline says what would; from the next day on everything does. That of the branch that judges counts."""
    deploy: Deploy = Deploy()
    """What may be deployed (`mlgate verify`)."""


class WhenSection(Frozen):
    """Which changes are judged."""

    paths: Annotated[tuple[Text, ...], Field(min_length=1)] = ("**",)
    """Patterns relative to this file, as in GitHub's path filters (`*`, `**`, `[a-c]`, and `!` to take paths out again); a change that touches none of them is not judged. `**` is everything in the repository, `./**` this file's folder, `src` a file of that name or everything below that folder."""
    drafts: bool = True
    """Whether draft pull requests are judged."""


class ReportSection(Frozen):
    """How the report looks. Not part of the policy."""

    title: Text | None = None
    """Heading of the report. Default: the model's name."""
    plots: Plots = "auto"
    """Where the pictures of a comment come from."""
    changes: Changes = "exact"
    """How numbers from test labels are shown. `exact`: as measured, which wears the test set most; `steps`: of a change how many steps it is long, at most three, and no other number. That of the branch that judges counts. See [wear.md](wear.md#changes-in-steps)."""


class Organisation(Frozen):
    """A `--policy` file: an organisation's gates, judged in addition to the repository's own."""

    version: Literal[1] = 1
    """Version of this file's format."""
    gates: dict[str, Gate] = {}
    """Metric: rules. See mlgate.yaml."""
    policy: PolicySection = PolicySection()
    """How gates decide."""
    waivers: tuple[Waiver, ...] = ()
    """Gates that may fail until a date."""


class Config(Frozen):
    """mlgate.yaml: how a model is trained, measured and judged.

    The keys of the checks are added by `check_section.compose`.
    """

    checks: ClassVar[Mapping[str, CheckSection]] = {}

    version: Literal[1]
    """Version of this file's format."""
    name: Text | None = None
    """Name of the model, which identifies its baselines, comment, check run and history; each model of a repository needs its own. Default: the repository's name, and the folder."""
    task: Task | None = None
    """What kind of predictions these are; needed with `predictions`. `scores`: only numbers of each row (`metrics.rows`), such as a judge's grades, without a label or a prediction."""
    train: TrainSection = TrainSection()
    """How the model is trained."""
    predictions: PredictionsSection | None = None
    """The table of predictions on the test set."""
    metrics: MetricsSection = MetricsSection()
    """What is measured in addition to the metrics that gates name."""
    baseline: BaselineSection = BaselineSection()
    """What the model is compared with."""
    sealed: SealedSection | None = None
    """How many evaluations the test set allows. Default: any number."""
    handover: Literal["files", "evidence"] = "files"
    """What a job that trains hands to the job that judges. `files`: what the training wrote, which the other job measures; `evidence`: numbers that the first job measured, so that no row is uploaded, and the numbers are its word. That of the branch that judges counts. See [jobs.md](jobs.md#where-rows-must-not-be-uploaded)."""
    gates: Annotated[dict[str, Gate], Field(min_length=1)]
    """What must hold: metric: rules."""
    registry: RegistrySection = RegistrySection()
    """Where versions of the model and their aliases are (`mlgate model`)."""
    policy: PolicySection = PolicySection()
    """How gates decide."""
    when: WhenSection = WhenSection()
    """Which changes are judged."""
    waivers: tuple[Waiver, ...] = ()
    """Gates that may fail until a date; a waiver takes effect once it is on the branch that judges. `gate: identity` allows to rename, move or remove the model."""
    report: ReportSection = ReportSection()
    """How the report looks."""

    def section(self, model: type[S]) -> S | None:
        """Return the section of a check; None where the file has none."""
        return next((value for value in vars(self).values() if isinstance(value, model)), None)

    @property
    def announced(self) -> TestSet | None:
        """The new test set that is announced."""
        return None if self.predictions is None else self.predictions.test_set

    def tables(self) -> DataTables:
        """Return the tables of data that the checks' sections name; the first section wins."""
        sections = (section.tables(self) for section in self.checks.values())
        return functools.reduce(DataTables.or_else, sections, DataTables())

    def row_columns(self) -> tuple[AttributeSpec, ...]:
        """Return what of the predictions' rows decides which of them the checks' gates are about."""
        return tuple(spec for section in self.checks.values() for spec in section.row_columns(self))

    def judging(self, apart: str | None = None) -> Policy:
        """Return the policy: gates under their canonical names, every direction in one table.

        Parameters
        ----------
        apart
            The check whose gates alone are judged; by default those of all that a run measures.
        """
        rows = {name: numbers.direction for name, numbers in self.metrics.numbers().items()}
        cost: dict[str, Direction] = {NAME: "lower"} if self.metrics.cost else {}
        directions: dict[str, Direction] = {**self.metrics.direction, **rows, **cost}
        return Policy(
            gates=dict(self._gates(apart)),
            floors={
                column: floors
                for section in self.checks.values()
                for column, floors in section.floors(self).items()
            },
            confidence=self._confidence(),
            power=self.policy.power,
            on_inconclusive=self.policy.on_inconclusive,
            on_untested=self.policy.on_untested,
            report_only_until=report_only_until(self.policy.enforce),
            deploy=self.policy.deploy,
            waivers=self.waivers,
            direction={canonical(name): direction for name, direction in directions.items()},
            rows=self._rows(),
        )

    def _gates(self, apart: str | None) -> Iterator[tuple[str, Gate]]:
        for name, rules in self.gates.items():
            target = parse_target(name, self.checks)
            check = target.name.partition(".")[0]
            section = self.checks.get(check)
            if apart != (check if section is not None and section.apart else None):
                continue
            yield str(target), rules if section is None else section.gate_rules(target, rules)

    def _rows(self) -> RowLimits:
        if self.predictions is None:
            return RowLimits()
        rows = self.predictions.rows
        return RowLimits(
            missing=rows.missing,
            added=rows.added,
            relabelled=float(rows.relabelled),
            columns=rows.columns,
        )

    def _confidence(self) -> float:
        """Return each bound's confidence; over the uses of a sealed set errors add up (Bonferroni)."""
        if self.sealed is None:
            return self.policy.confidence
        return 1 - (1 - self.policy.confidence) / self.sealed.uses

    def policy_digest(self) -> str:
        """Return the SHA-256 of everything but `name`, `train` and `report`, in canonical form.

        Defaults are left out, so that a key which a later version adds does not change the
        digest of an old policy.
        """
        judged = {"gates", "policy", "waivers"}
        rest = self.model_dump(
            mode="json", exclude={"name", "train", "report"} | judged, exclude_defaults=True
        )
        judging = self.judging().model_dump(mode="json", exclude_defaults=True)
        branches = {"branches": self.policy.branches} if self.policy.branches else {}
        return digest(rest | branches | {"judging": judging})

    def measurement_digest(self) -> str:
        """Return the SHA-256 of all keys that evidence depends on; equal ones share their evidence."""
        policy = self.judging()
        contrasts = {
            metric: [contrast_factors(policy, metric, role) for role in ("main", "anchor")]
            for metric in policy.gates
        }
        keys = {"task", "predictions", "metrics", "baseline"}
        keys |= {section.key for section in self.checks.values() if not section.apart}
        parts = self.model_dump(mode="json", include=keys)
        return digest(parts | {"confidence": policy.confidence, "contrasts": contrasts})


def parse_target(gate: str, checks: Mapping[str, CheckSection]) -> Target:
    """Parse a gate's name into its target, under its canonical name; raises ValueError."""
    target = canonical_target(gate)
    check, dot, name = target.name.partition(".")
    if not dot or check not in checks:
        return target
    return target.model_copy(update={"name": f"{check}.{checks[check].canonical(name)}"})


def with_organisation(config: Config, organisation: Organisation) -> Config:
    """Return the configuration with an organisation's gates, policy and waivers instead of its own."""
    return config.model_copy(
        update={
            "gates": organisation.gates,
            "policy": organisation.policy,
            "waivers": organisation.waivers,
        }
    )
