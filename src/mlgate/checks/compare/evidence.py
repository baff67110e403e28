"""The evidence of `compare`; its type stands in `model/`, because baselines keep it."""

from __future__ import annotations

from typing import Final

from mlgate.model.evidence import CompareEvidence

EVIDENCE: Final = CompareEvidence
