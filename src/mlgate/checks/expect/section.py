"""`expect:` what the training must have done: a falling loss, known answers, a model of some size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.config.schema import Function
from mlgate.model.base import Frozen
from mlgate.model.policy import RELATIVE
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config import Config
    from mlgate.config.check_section import GateEntry

Text = Annotated[str, StringConstraints(min_length=1)]
METRICS: Final = ("loss", "loss_fall", "cases", "importance_shift", "model_size", "peak_memory")
_NEEDS: Final = {
    "loss": "loss",
    "loss_fall": "loss",
    "cases": "cases",
    "importance_shift": "importance",
}
"""The key that a metric needs."""


class LossSection(Frozen):
    """The log of the loss that the training writes, one row a step."""

    path: Text
    """A table (CSV, JSON lines, Parquet) in the order of the steps."""
    column: Text = "loss"
    """The column of the loss. Every value must be a finite number."""


class CasesSection(Frozen):
    """Cases whose answers are known."""

    path: Text
    """A table of the cases, which is read as the judging branch has it: `id`, `expected` and, where it names a column, `tolerance`."""
    predictions: Text
    """The table that the training writes: `id` and `prediction` of each case."""
    id: Text = "id"
    """The column, in both, that names a case."""
    expected: Text = "expected"
    """The column with the known answer."""
    prediction: Text = "prediction"
    """The column with the model's."""
    tolerance: Annotated[float, Field(ge=0)] | Text = 0.0
    """How far a number may be off: one for all, or the column of `path` with each case's own."""


class ImportanceSection(Frozen):
    """How much the model leans on each input, as the training measured it."""

    path: Text
    """The table that the training writes, one row an input; of several rows of one input, such as the repetitions of a permutation importance, the mean counts."""
    column: Text = "feature"
    """The column with the input's name."""
    importance: Text = "importance"
    """The column with its importance. Negative ones count as 0."""


class ExpectSection(Frozen):
    """What the training must have done. See [expect.md](expect.md)."""

    load: dict[Text, Function] = {}
    """Artifacts that must load, with the function that loads them: `{model.joblib: "joblib:load"}`. It is called with the path after the training, by `metrics.python`; the training fails where that fails."""
    loss: LossSection | None = None
    """The log of the loss."""
    cases: CasesSection | None = None
    """Cases whose answers are known."""
    importance: ImportanceSection | None = None
    """How much the model leans on each input."""


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on what the training did."""
    section = None if gate.config is None else gate.config.section(ExpectSection)
    if gate.name not in METRICS:
        names = one_of([f"expect.{name}" for name in METRICS])
        yield KeyProblem(gate.path, f"there is no metric {gate.target.name!r}", f"write {names}")
        return
    key = _NEEDS.get(gate.name)
    if section is not None and key is not None and getattr(section, key) is None:
        message = f"needs expect.{key}, but it is not configured"
        yield KeyProblem(gate.path, message, "add it under expect, or remove the gate")
    relative = () if gate.name == "importance_shift" else RELATIVE
    yield from gate.only("min", "max", *relative)


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the tables that are read."""
    section = config.section(ExpectSection)
    if section is None:
        return
    if section.loss is not None:
        yield NamedPath(section.loss.path)
    if section.cases is not None:
        yield NamedPath(section.cases.path, written=False)
        yield NamedPath(section.cases.predictions)
    if section.importance is not None:
        yield NamedPath(section.importance.path)


SECTION: Final = CheckSection(
    key="expect",
    model=ExpectSection,
    description="What the training must have done.",
    example="expect: {load: {model.joblib: 'joblib:load'}}",
    required={
        ("loss", "path"): ("the log of the loss", "out/loss.csv"),
        ("cases", "path"): ("the cases and their known answers", "tests/cases.csv"),
        ("cases", "predictions"): ("what the model says of them", "out/cases.csv"),
        ("importance", "path"): ("each input with its importance", "out/importance.csv"),
    },
    references=("loss.path", "cases.path", "cases.predictions", "importance.path"),
    needs_no_predictions="expect",
    is_judged=lambda config: config.section(ExpectSection) is not None,
    metrics=METRICS,
    compares=True,
    gate_problems=gate_problems,
    paths=paths,
)
