"""Which type each evidence file has: checks of our own have fields of their own.

A new kind of evidence is a module beside this one and a line here.
"""

from __future__ import annotations

from typing import Final

from mlgate.checks.concept.evidence import ConceptEvidence
from mlgate.checks.data.evidence import DataEvidence
from mlgate.checks.drift.evidence import DriftEvidence
from mlgate.checks.estimate.evidence import EstimateEvidence
from mlgate.checks.fairness.evidence import FairnessEvidence
from mlgate.checks.imported.evidence import ImportedEvidence
from mlgate.checks.slices.evidence import SlicesEvidence
from mlgate.model.evidence import CompareEvidence, Evidence, TrainEvidence
from mlgate.model.wear import WearEvidence

EVIDENCE: Final[dict[str, type[Evidence]]] = {
    "train": TrainEvidence,
    "compare": CompareEvidence,
    "drift": DriftEvidence,
    "fairness": FairnessEvidence,
    "data": DataEvidence,
    "slices": SlicesEvidence,
    "concept": ConceptEvidence,
    "imported": ImportedEvidence,
    "estimate": EstimateEvidence,
    "wear": WearEvidence,
}


def parse_evidence(check: str, text: str | bytes) -> Evidence:
    """Parse `evidence/<check>.json` into its type; raises `pydantic.ValidationError`."""
    return EVIDENCE.get(check, Evidence).from_json(text)
