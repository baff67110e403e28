"""imported.json: what other tools decided and measured, in their own words."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict

from mlgate.model.evidence import Evidence
from mlgate.model.imported import Imported


class ImportedEvidence(Evidence):
    """evidence/imported.json: by the name that `evidence.import` gives each file."""

    model_config = ConfigDict(extra="forbid")

    check: Literal["imported"] = "imported"
    files: dict[str, Imported] = {}
    masked: bool = False


EVIDENCE: Final = ImportedEvidence
