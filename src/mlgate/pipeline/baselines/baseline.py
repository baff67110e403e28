"""A baseline before its rows are paired, and where the checks' baselines come from.

StoredBaseline ──► BaselineFiles, BaselineRows ──► Baseline ──► PairedBaseline ──► checks
(a key in a store)   (read and parsed)                            (rows matched by id)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mlgate.gates import row_limits
from mlgate.inputs import baseline_rows, pairing, test_set
from mlgate.inputs.baseline_rows import BaselineRows
from mlgate.inputs.label_bounds import Confusion, ResidualQuantiles, differing_at_least
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence, RowCounts
from mlgate.model.inputs import PairedBaseline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.inputs.label_bounds import Then
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import Evidence, HistoryPoint, TestSet, Unmatched
    from mlgate.model.rows import Role


class Baselines(Protocol):
    """Where the checks' baselines come from."""

    def reference(
        self, role: Role, candidate: Candidate | None, secret: bytes | None
    ) -> PairedBaseline | Absent: ...

    def chosen(self, role: Role) -> BaselineRef | Absent: ...

    def test_set(self, candidate: Candidate | None, secret: bytes | None) -> TestSet | None: ...

    def after(self, training: Evidence | None) -> Baselines: ...

    def history(self) -> Sequence[HistoryPoint]: ...

    def salt(self) -> bytes | None: ...

    @property
    def branch(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline before its rows are paired: its evidence, and its rows in one form or other."""

    ref: BaselineRef
    evidence: CompareEvidence | None
    rows: BaselineRows | Candidate | None
    checks: Mapping[str, Evidence] = field(default_factory=dict)
    training: Evidence | None = None

    def paired_with(self, candidate: Candidate | None, secret: bytes | None) -> PairedBaseline:
        """Pair the rows by id, or explain why that is not possible."""
        why = self._unpaired(candidate, secret)
        if why is not None or candidate is None or self.rows is None:
            counts = None if candidate is None or why is None else self._unmatched(candidate, why)
            ref = self.ref.model_copy(update={"paired": False, "rows": counts})
            because = None if why is None else row_limits.UNMATCHED[why]
            return PairedBaseline(ref, self.evidence, unpaired_because=because, checks=self.checks)
        ref = self.ref.model_copy(update={"paired": True})
        if isinstance(self.rows, BaselineRows):
            key = baseline_rows.key_of(self.rows.meta, secret)
            assert key is not None
            paired = pairing.pair(candidate, self.rows, key=key, then=_then(self.evidence))
        else:
            paired = pairing.pair_candidates(candidate, self.rows)
        ref = ref.model_copy(update={"rows": paired.counts})
        return PairedBaseline(ref, self.evidence, paired, checks=self.checks)

    def salt(self) -> bytes | None:
        """Return the salt that hashed its ids, where a salt did."""
        if not isinstance(self.rows, BaselineRows):
            return None
        return baseline_rows.key_of(self.rows.meta, None)

    def test_set_digest(self) -> str | None:
        """Return what names its rows and labels; None where an earlier version kept it."""
        if self.evidence is not None:
            return self.evidence.test_set_digest
        # Kept rows hold no labels.
        if self.rows is None or isinstance(self.rows, BaselineRows):
            return None
        return test_set.digest(self.rows)

    def _unpaired(self, candidate: Candidate | None, secret: bytes | None) -> Unmatched | None:
        if candidate is None:
            return None
        if candidate.ids is None:
            return "no_id"
        if self.rows is None:
            return "no_rows"
        if isinstance(self.rows, BaselineRows):
            return "no_key" if baseline_rows.key_of(self.rows.meta, secret) is None else None
        return "no_id" if self.rows.ids is None else None

    def _unmatched(self, candidate: Candidate, why: Unmatched) -> RowCounts | None:
        """Return how far rows differ that cannot be matched; None where they are the same."""
        theirs = self.test_set_digest()
        if theirs is None:
            n = None if self.evidence is None else self.evidence.n
            return differing_at_least(candidate.rows, n, _then(self.evidence))
        if test_set.is_named(candidate, theirs):
            return None
        return unmatched_rows(self.evidence, len(candidate.rows), why)


def unmatched_rows(evidence: CompareEvidence | None, n: int | None, why: Unmatched) -> RowCounts:
    """Count all rows of two test sets as other ones.

    Parameters
    ----------
    evidence
        The baseline's.
    n
        How many rows are compared with it.
    """
    theirs = evidence.n if evidence is not None else None
    return RowCounts(paired=0, added=n or 1, missing=theirs or n or 1, unmatched=why)


def _then(evidence: CompareEvidence | None) -> Then | None:
    """Return what a baseline's evidence says of its labels, where it covers all of its rows."""
    side = evidence.sides.get("candidate") if evidence is not None else None
    if evidence is None or side is None:
        return None
    # Its run may have shown only the rows that it shared with its own baseline.
    if side.residuals is not None:
        whole = evidence.rows is None or evidence.rows.paired == evidence.n
        return ResidualQuantiles(side.residuals) if whole else None
    if side.confusion is None or sum(map(sum, side.confusion)) != evidence.n:
        return None
    return Confusion(evidence.classes, side.confusion)
