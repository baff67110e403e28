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

    from mlgate.model.evidence import Evidence, TestSet
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

    def serves(self, test_set: TestSet | None) -> bool:
        """Whether it may be the anchor of a run on a test set.

        Not where its rows broke the limits against its own predecessor, and not where they are of
        another test set.
        """
        compare = self.compare
        if compare is None:
            return True
        broken = any(absent.rows is not None for absent in compare.absent.values())
        return not broken and compare.test_set == test_set


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
        evidence = files.evidence()
    except RunFileError as error:
        raise _damaged(baseline, f"{error.where}: {error.problem}") from None
    if not evidence:
        raise _damaged(baseline, "it holds no evidence")
    for check, measured in evidence.items():
        if measured.commit not in (None, baseline.commit):
            raise _damaged(baseline, f"{check} was measured at {short_sha(measured.commit)}")
    return BaselineFiles(baseline, verdict, evidence)


def _damaged(baseline: StoredBaseline, problem: str) -> StoreError:
    msg = (
        f"the baseline of {short_sha(baseline.commit)} is damaged or of another version: {problem}"
    )
    return StoreError(msg, hint="save it again: `mlgate baseline save` at that commit")
