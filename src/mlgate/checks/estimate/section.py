"""`estimate:` how good the model is expected to be on rows without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import StringConstraints

from mlgate.config.check_section import CheckSection
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
    if estimate is None:
        return
    predictions, path = config.predictions, ("estimate",)
    if predictions is None:
        yield KeyProblem(path, "needs predictions with labels, and none are given")
        return
    if config.task != "regression" and predictions.score is None:
        yield KeyProblem(path, "needs scores", "give predictions.score")
    if config.task == "multiclass" and isinstance(predictions.score, str):
        hint = "score: {class: column, …}"
        yield KeyProblem(path, "needs a column for the score of each class", hint)
    if config.task != "regression" and estimate.features:
        message = "apply only to regression: a classifier's score already says how sure it is"
        yield KeyProblem((*path, "features"), message, "remove them")
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
    config = gate.config
    if config is None:
        return
    if config.section(EstimateSection) is None:
        hint = "estimate: {path: data/production.parquet}"
        yield KeyProblem(gate.path, "needs estimate, and it is not given", hint)
    elif config.task is not None and gate.name not in ESTIMATED[config.task]:
        names = one_of([f"estimate.{name}" for name in ESTIMATED[config.task]])
        yield KeyProblem(gate.path, f"there is no {gate.path[-1]}", f"write {names}")


def gate_rules(_: Target, rules: Gate) -> Gate:
    """Return a gate's rules, which only warn."""
    return rules.model_copy(update={"on_fail": "warn", "on_inconclusive": "warn"})


SECTION: Final = CheckSection(
    key="estimate",
    model=EstimateSection,
    description="How good the model is expected to be on rows without labels.",
    required={("path",): ("the rows without labels", "?")},
    references=("path",),
    problems=problems,
    gate_problems=gate_problems,
    gate_rules=gate_rules,
)
