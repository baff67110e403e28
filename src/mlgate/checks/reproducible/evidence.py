"""reproducible.json: what a commit's training gives when it is run again."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import Evidence, Interval
from mlgate.model.lineage import Difference


class Repetition(Frozen):
    """One training of the commit, compared with what was kept of it.

    Attributes
    ----------
    identical
        Whether every file that it made, and every file that was measured, has the digest that was kept.
    same_predictions
        Whether every row has the prediction and the score that were kept; None where rows are not compared.
    changes, bounds
        How far each metric is from the kept one, and the bounds of that, by metric.
    differences
        What differs, the likeliest cause first.
    """

    identical: bool
    same_predictions: bool | None = None
    changes: dict[str, float] = {}
    bounds: dict[str, Interval] = {}
    differences: tuple[Difference, ...] = ()


class ReproducibleEvidence(Evidence):
    """evidence/reproducible.json.

    Attributes
    ----------
    kept
        When that with which the trainings are compared was measured.
    """

    model_config = ConfigDict(extra="forbid")

    check: Literal["reproducible"] = "reproducible"
    kept: Prose = ""
    repetitions: tuple[Repetition, ...] = ()


EVIDENCE: Final = ReproducibleEvidence
