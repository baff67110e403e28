"""compare.json. Baselines keep it and are paired with it, so its type is the model's own."""

from __future__ import annotations

from typing import Final

from mlgate.model.evidence import CompareEvidence

EVIDENCE: Final = CompareEvidence
