"""`concept:` whether the model's loss rises over time on labelled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from mlgate.config.check_section import CheckSection
from mlgate.config.problems import KeyProblem
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config

LossName = Literal["error", "brier", "absolute"]


class ConceptSection(Frozen):
    """Concept drift: the loss over time, on labelled rows with a time (`predictions.time`)."""

    loss: LossName | None = None
    """`error` (1 where the prediction is wrong), `brier` (squared error of the probability), or `absolute` (of regressions, as a share of `scale`). Default: `error`, and `absolute` of regressions."""
    scale: Annotated[float, Field(gt=0)] | None = None
    """Regression: the absolute error that counts as 1; greater ones count as 1 too."""

    def loss_of(self, task: str | None) -> LossName:
        """Return the loss for a task."""
        return self.loss or ("absolute" if task == "regression" else "error")


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    concept = config.section(ConceptSection)
    predictions, path = config.predictions, ("concept",)
    if concept is None or predictions is None:
        return
    if predictions.time is None:
        yield KeyProblem(path, "needs the time of each row", "give predictions.time")
    loss, regression = concept.loss_of(config.task), config.task == "regression"
    if (loss == "absolute") != regression:
        message = f"the loss {loss} does not fit the task {config.task}"
        yield KeyProblem((*path, "loss"), message, "absolute" if regression else "error or brier")
    elif loss == "absolute" and concept.scale is None:
        yield KeyProblem(path, "needs a scale: the absolute error that counts as 1", "scale: 100")
    elif loss != "absolute" and concept.scale is not None:
        yield KeyProblem((*path, "scale"), "applies only to the loss absolute", "remove it")
    if loss == "brier" and predictions.score is None:
        yield KeyProblem((*path, "loss"), "brier needs scores", "give predictions.score")


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on concept drift."""
    if gate.target.name != "concept.loss":
        message = f"there is no {gate.target.name}"
        yield KeyProblem(gate.path, message, "write concept.loss: {max: 0.11}")
    yield from gate.only("max", "max_regression", "max_regression_anchor")


SECTION: Final = CheckSection(
    key="concept",
    model=ConceptSection,
    description="Whether the model's loss rises over time.",
    example="concept: {}",
    needs_labels=True,
    problems=problems,
    gate_problems=gate_problems,
)
