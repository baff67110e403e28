"""Inputs held in memory, and rows to put into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgate.inputs.attributes import cut
from mlgate.inputs.labels import ordered
from mlgate.model.attributes import MISSING, Attribute, AttributeSpec
from mlgate.model.evidence import Absent, BaselineRef, HistoryPoint, Note, RowCounts
from mlgate.model.inputs import CustomMetric, PairedBaseline, Scalar, Stamp
from mlgate.model.rows import PairedRows, Role, Rows
from mlgate.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE_YET = Absent(kind="none_yet", reason="no baseline yet")


@dataclass
class MemoryInputs:
    """`mlgate.model.inputs.Inputs`, every part given by hand."""

    rows: Rows | None = None
    references: Mapping[Role, PairedBaseline | Absent] = field(default_factory=dict)
    numbers: Mapping[str, Scalar] = field(default_factory=dict)
    functions: Mapping[str, CustomMetric] = field(default_factory=dict)
    past: Sequence[HistoryPoint] = ()
    columns: Mapping[str, Sequence[object]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=lambda: {"predictions": "sha256:0"})
    notes: Sequence[Note] = ()
    progress: Progress = field(default_factory=Silent)
    custom_unpaired: str | None = None
    stamp: Stamp = field(
        default_factory=lambda: Stamp("mlgate 0.1.0", "a" * 40, "2026-01-02T03:04:05Z")
    )

    def candidate(self, *, unlabelled: bool = False) -> Rows | None:
        return self.rows

    def reference(self, role: Role) -> PairedBaseline | Absent:
        return self.references.get(role, NONE_YET)

    def announced_test_set(self) -> None:
        return None

    def test_set_digest(self) -> None:
        return None

    def scalars(self) -> Mapping[str, Scalar]:
        return self.numbers

    def custom(self, function: str) -> CustomMetric:
        return self.functions[function]

    def attributes(self, specs: Mapping[str, AttributeSpec]) -> Mapping[str, Attribute]:
        return {name: coded(self.columns[spec.column], spec) for name, spec in specs.items()}

    def masks(self, conditions: Mapping[str, tuple[str, str]]) -> Mapping[str, np.ndarray]:
        return {name: np.asarray(self.columns[text]) for name, (text, _) in conditions.items()}

    def history(self) -> Sequence[HistoryPoint]:
        return self.past


def coded(values: Sequence[object], spec: AttributeSpec) -> Attribute:
    """What `inputs.attributes` makes of a column; None is missing."""
    if spec.bins is not None or spec.edges is not None:
        return cut(np.array(values, dtype=np.float64), bins=spec.bins, edges=spec.edges)
    levels = ordered(str(value) for value in values if value is not None)
    codes = [MISSING if value is None else levels.index(str(value)) for value in values]
    return Attribute(levels, np.array(codes, dtype=np.int32))


def paired(new: Rows, old: Rows, evidence=None, **counts) -> PairedBaseline:
    """Both sides' rows, in one order."""
    found = RowCounts(**({"paired": len(new), "added": 0, "missing": 0} | counts))
    return PairedBaseline(
        BaselineRef(commit="b" * 40, branch="main"), evidence, PairedRows(new, old, found)
    )


def unpaired(evidence, because="the predictions have no id column") -> PairedBaseline:
    """Only what the baseline's evidence says."""
    ref = BaselineRef(commit="b" * 40, branch="main", paired=False)
    return PairedBaseline(ref, evidence, None, because)


def binary_rows(truth, score, threshold=0.5, **more) -> Rows:
    """`truth` holds 0 and 1; class 1 is the positive one."""
    truth = np.asarray(truth, dtype=np.int32)
    score = np.asarray(score, dtype=np.float64)
    return Rows(
        task="binary",
        y_true=truth,
        y_pred=(score >= threshold).astype(np.int32),
        score=score,
        classes=("no", "yes"),
        positive=1,
        **more,
    )


def multiclass_rows(truth, score, classes=("a", "b", "c"), **more) -> Rows:
    score = np.asarray(score, dtype=np.float64)
    return Rows(
        task="multiclass",
        y_true=np.asarray(truth, dtype=np.int32),
        y_pred=score.argmax(axis=1).astype(np.int32),
        score=score,
        classes=tuple(classes),
        **more,
    )


def regression_rows(truth, predicted, **more) -> Rows:
    return Rows(
        task="regression",
        y_true=np.asarray(truth, dtype=np.float64),
        y_pred=np.asarray(predicted, dtype=np.float64),
        **more,
    )


def draw(task, n=600, seed=0, noise=1.0) -> tuple[Rows, Rows]:
    """Candidate and baseline on the same labels: correlated, the baseline a little noisier."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    shared = rng.normal(size=n)
    sides = [signal + noise * shared + extra * rng.normal(size=n) for extra in (0.3, 0.6)]
    if task == "regression":
        new, old = (regression_rows(signal, side) for side in sides)
    elif task == "binary":
        truth = rng.random(n) < 1 / (1 + np.exp(-2 * signal))
        new, old = (binary_rows(truth, 1 / (1 + np.exp(-side))) for side in sides)
    else:
        truth = np.digitize(signal, [-0.5, 0.7])
        new, old = (multiclass_rows(truth, _soft(side)) for side in sides)
    return new, old


def _soft(side):
    logits = -((side[:, None] - np.array([-1.0, 0.0, 1.2])) ** 2)
    odds = np.exp(logits)
    return odds / odds.sum(axis=1, keepdims=True)


@pytest.fixture(scope="session")
def kit():
    """Give the builders of this module to tests."""
    import types

    return types.SimpleNamespace(
        Inputs=MemoryInputs,
        paired=paired,
        unpaired=unpaired,
        binary=binary_rows,
        multiclass=multiclass_rows,
        regression=regression_rows,
        draw=draw,
        NONE_YET=NONE_YET,
    )
