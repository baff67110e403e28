"""A baseline on its way to a check: its evidence, and its rows paired with this commit's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.inputs import kept, pairing
from mlgate.model.inputs import Reference

if TYPE_CHECKING:
    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import BaselineRef, CompareEvidence


@dataclass(frozen=True, slots=True)
class Known:
    """A baseline before its rows are paired: its evidence, and its rows in one form or other."""

    ref: BaselineRef
    evidence: CompareEvidence | None
    rows: kept.Kept | Candidate | None
    missing_rows: str = "the baseline keeps no rows"

    def paired_with(self, candidate: Candidate | None, secret: bytes | None) -> Reference:
        """Pair the rows by id, or say why that is not possible."""
        why = self._unpaired(candidate, secret)
        if why is not None or candidate is None or self.rows is None:
            ref = self.ref.model_copy(update={"paired": False})
            return Reference(ref, self.evidence, unpaired_because=why)
        ref = self.ref.model_copy(update={"paired": True})
        if isinstance(self.rows, kept.Kept):
            key = kept.key_of(self.rows.meta, secret)
            assert key is not None
            paired = pairing.pair(
                candidate, self.rows, key=key, baseline_confusion=_confusion(self.evidence)
            )
        else:
            paired = pairing.pair_candidates(candidate, self.rows)
        return Reference(ref, self.evidence, paired)

    def salt(self) -> bytes | None:
        """Give the salt that hashed its ids, where a salt did."""
        return kept.key_of(self.rows.meta, None) if isinstance(self.rows, kept.Kept) else None

    def _unpaired(self, candidate: Candidate | None, secret: bytes | None) -> str | None:
        if candidate is None:
            return None
        if self.rows is None:
            return self.missing_rows
        if candidate.ids is None:
            return "the predictions have no id column (predictions.id)"
        if isinstance(self.rows, kept.Kept):
            if kept.key_of(self.rows.meta, secret) is None:
                return (
                    "the secret that hashed the baseline's ids (baseline.id_key) is not known here"
                )
        elif self.rows.ids is None:
            return "the baseline's predictions have no id column"
        return None


def _confusion(evidence: CompareEvidence | None) -> pairing.Confusion | None:
    side = evidence.sides.get("candidate") if evidence is not None else None
    if evidence is None or side is None or side.confusion is None:
        return None
    # Its run may have shown only the rows that it shared with its own baseline.
    if sum(map(sum, side.confusion)) != evidence.n:
        return None
    return pairing.Confusion(evidence.classes, side.confusion)
