"""estimate.json: how good the model is expected to be on rows without labels."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Prose
from mlgate.model.evidence import Evidence


class EstimateEvidence(Evidence):
    """evidence/estimate.json.

    Attributes
    ----------
    path
        The rows without labels.
    n
        Rows with labels, which calibrate, and rows without.
    outside
        Share of rows without labels whose score lies beyond all that have one.
    audit
        Half the width of the interval that `AUDIT` labelled rows drawn at random would give for
        the accuracy; None of regressions.
    """

    model_config = ConfigDict(extra="forbid")

    check: Literal["estimate"] = "estimate"
    path: Prose = ""
    n: tuple[int, int] = (0, 0)
    outside: float = 0.0
    audit: float | None = None


AUDIT = 300
"""Rows of the random label audit that a report proposes beside an estimate."""


EVIDENCE: Final = EstimateEvidence
