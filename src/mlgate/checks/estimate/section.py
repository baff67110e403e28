"""`estimate:` how good the model is expected to be on rows without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import StringConstraints

from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.model.base import Frozen
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config
    from mlgate.model.policy import Gate, Target

Text = Annotated[str, StringConstraints(min_length=1)]

ESTIMATED: Final[dict[str, tuple[str, ...]]] = {
    "binary": ("accuracy", "balanced_accuracy", "precision", "recall", "f1"),
    "multiclass": ("accuracy",),
    "regression": ("mae", "rmse"),
}
"""What can be estimated, by task."""


class EstimateSection(Frozen):
    """Performance expected on rows without labels. It reflects drift of the data, never of the concept."""

    path: Text
    """The rows without labels, with the columns that `predictions` names (for regression, `features` too): a file, a glob, an `s3://…` or `postgres://…` address. `${env:NAME}` is replaced."""
    features: tuple[Text, ...] = ()
    """Regression: columns of both tables that predict the size of the error, in addition to the prediction itself."""


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    estimate = config.section(EstimateSection)
    predictions, path = config.predictions, ("estimate",)
    if estimate is None or predictions is None:
        return
    if config.task != "regression" and predictions.score is None:
        yield KeyProblem(path, "needs scores", "give predictions.score")
    if config.task == "multiclass" and isinstance(predictions.score, str):
        hint = "score: {class: column, …}"
        yield KeyProblem(path, "needs a column for the score of each class", hint)
    if config.task != "regression" and estimate.features:
        message = "apply only to regression: a classifier's score already says how sure it is"
        yield KeyProblem((*path, "features"), message, "remove them")
    if config.task == "regression" and predictions.labels is not None:
        message = "reads the labels of a regression from the predictions, and they are held out"
        yield KeyProblem(path, message, "remove estimate, or predictions.labels")
    for key in ("weight", "cluster"):
        if getattr(predictions, key) is not None:
            message = f"does not support predictions.{key}: its interval would be wrong"
            yield KeyProblem(path, message, "remove one of the two")


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on an estimate, which can only warn."""
    for key in ("on_fail", "on_inconclusive"):
        if getattr(gate.rules, key) == "fail" and key in gate.rules.model_fields_set:
            message = "an estimate without labels only warns"
            yield KeyProblem((*gate.path, key), message, "write warn, or leave it out", True)
    yield from _gate_name(gate)
    yield from gate.only("min", "max")


def _gate_name(gate: GateEntry) -> Iterator[KeyProblem]:
    task = None if gate.config is None else gate.config.task
    if task in ESTIMATED and gate.name not in ESTIMATED[task]:
        names = one_of([f"estimate.{name}" for name in ESTIMATED[task]])
        yield KeyProblem(gate.path, f"there is no {gate.path[-1]}", f"write {names}")


def gate_rules(_: Target, rules: Gate) -> Gate:
    """Return a gate's rules, which only warn."""
    return rules.model_copy(update={"on_fail": "warn", "on_inconclusive": "warn"})


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the rows without labels."""
    estimate = config.section(EstimateSection)
    if estimate is not None:
        yield NamedPath(estimate.path, data=True)


SECTION: Final = CheckSection(
    key="estimate",
    model=EstimateSection,
    description="How good the model is expected to be on rows without labels.",
    example="estimate: {path: data/production.parquet}",
    required={("path",): ("the rows without labels", "?")},
    references=("path",),
    needs_labels=True,
    problems=problems,
    gate_problems=gate_problems,
    gate_rules=gate_rules,
    paths=paths,
)
