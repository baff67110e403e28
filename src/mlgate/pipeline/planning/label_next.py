"""`mlgate plan --label-next`: the rows whose labels decide between two models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate import checks, config
from mlgate.checks.compare import active
from mlgate.errors import DataError, UsageError
from mlgate.gates.regions import Effect, not_worse
from mlgate.inputs import pairing, paths, predictions
from mlgate.inputs.held_labels import HeldLabels
from mlgate.inputs.label_next import label_ids, write_label_next
from mlgate.inputs.paths import ANY
from mlgate.pipeline.judging.place import find_config
from mlgate.stats.active import labels_needed

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.config import Config
    from mlgate.config.schema import PredictionsSection
    from mlgate.gates.regions import Region
    from mlgate.inputs.predictions import Candidate
    from mlgate.pipeline.context import Context
    from mlgate.stats.active import ActiveLabels

OPTION: Final = "--label-next"
UNSUPPORTED: Final = ("weight", "cluster", "fold", "repeat")
"""Keys of `predictions` with which rows do not count as one each."""


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
    decides
        Whether all labels on differing rows decide the margin at the power, if nothing changed.
    """

    n: int
    unlabelled: int
    state: ActiveLabels
    margin: float
    power: float
    decides: bool
    columns: tuple[str, ...]
    ids: tuple[tuple[str, ...], ...]

    @property
    def verdict(self) -> Region:
        """Whether the rows that are known show a loss of at most the margin."""
        change = self.state.change
        if change is None or change.value is None:
            return "inconclusive"
        gain = Effect(change.value, change.lower, change.upper)
        return not_worse(gain.plus(self.margin), gain)


def label_next(context: Context, options: LabelOptions) -> LabelPlan:
    """Compare the predictions of mlgate.yaml with others, and name the rows whose labels count next.

    Rows are read, ordered and compared as `mlgate run` does it with `predictions.unlabelled`.

    Raises
    ------
    UsageError, ConfigError
        When mlgate.yaml has no predictions with ids, or nothing says which margin or other model.
    DataError
        When a file cannot be read, or the two have different rows.
    """
    place = find_config(context)
    root, own = place.parent.resolve(), config.load(place, checks.sections()).config
    section = _section(own)
    margin, against = _margin(own, options), options.against or own.baseline.predictions
    if against is None:
        raise UsageError(f"{OPTION} needs the other model's predictions", hint="--against FILE")
    held = _held(section, root)
    new = _read(own, section, root, held)
    labels = HeldLabels(new.paths, section.path, missing=1.0) if held is None else held
    other, beside = section.model_copy(update={"path": against}), context.cwd
    old = _read(own, other, beside if options.against else root, labels, "--against")
    paired = pairing.pair_candidates(new, old, (section.path, against))
    counts, rows = paired.counts, paired.candidate
    if counts.added or counts.missing:
        msg = f"{section.path} and {against} do not have the same ids"
        raise DataError(msg, hint="predict the same rows with both models")
    policy = own.judging()
    looks = active.LabelLooks(
        margins={"main": margin}, confidence=policy.confidence, power=options.power
    )
    state = active.compare(paired, looks, "main")
    assert state is not None
    following = state.following[: options.count].tolist()
    if options.output is not None:
        write_label_next(context.cwd / options.output, new, following)
    needed = labels_needed(
        state.differing, len(rows), margin, confidence=policy.confidence, power=options.power
    )
    return LabelPlan(
        n=len(rows),
        unlabelled=0 if rows.unlabelled is None else int(rows.unlabelled.sum()),
        state=state,
        margin=margin,
        power=options.power,
        decides=needed is not None,
        columns=new.id_columns,
        ids=tuple(label_ids(new, following)),
    )


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


def _held(section: PredictionsSection, root: Path) -> HeldLabels | None:
    if section.labels is None:
        return None
    files = paths.resolve(section.labels, root, key="predictions.labels", outside=True)
    return HeldLabels(tuple(files), section.labels)


def _read(
    own: Config,
    section: PredictionsSection,
    root: Path,
    held: HeldLabels | None,
    option: str = "predictions.path",
) -> Candidate:
    assert own.task is not None
    named = predictions.Naming(
        key=lambda key: option if key == "path" else f"predictions.{key}", outside=True, labels=held
    )
    section = section.model_copy(update={"unlabelled": True, "time": None})
    return predictions.load(section, own.task, root, fresh=ANY, named=named)
