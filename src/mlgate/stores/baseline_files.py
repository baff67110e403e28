"""A baseline's files, read from a store and parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import StoreError
from mlgate.model.evidence import CompareEvidence
from mlgate.run_dir import VERDICT, RunFileError, RunFiles
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.verdict import Verdict
    from mlgate.run_dir import EvidenceTypes
    from mlgate.stores.store import Store
    from mlgate.stores.stored_baseline import StoredBaseline


@dataclass(frozen=True, slots=True)
class BaselineFiles:
    """A baseline's content, parsed. `verdict` is None where it was saved without one."""

    baseline: StoredBaseline
    verdict: Verdict | None
    evidence: Mapping[str, Evidence]

    @property
    def outcome(self) -> str | None:
        """The verdict that it was saved with."""
        return self.verdict.verdict if self.verdict else None

    @property
    def compare(self) -> CompareEvidence | None:
        """The evidence of the check `compare`, where it has any."""
        evidence = self.evidence.get("compare")
        return evidence if isinstance(evidence, CompareEvidence) else None


def load(store: Store, baseline: StoredBaseline, types: EvidenceTypes) -> BaselineFiles:
    """Read and parse a baseline.

    Raises
    ------
    StoreError
        When it cannot be read, or was written by a version that this one does not understand.
    """
    files = RunFiles(store.read(baseline), types)
    try:
        verdict = files.verdict() if VERDICT in files.files else None
        return BaselineFiles(baseline, verdict, files.evidence())
    except RunFileError as error:
        commit = short_sha(baseline.commit)
        msg = f"the baseline of {commit} is damaged or of another version: {error.where}: {error.problem}"
        hint = "save it again: `mlgate baseline save` at that commit"
        raise StoreError(msg, hint=hint) from None
