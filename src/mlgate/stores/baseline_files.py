"""A baseline's files, read from a store and parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import StoreError
from mlgate.model.evidence import CompareEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.verdict import Verdict
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


def load(store: Store, baseline: StoredBaseline) -> BaselineFiles:
    """Read and parse a baseline.

    Raises
    ------
    StoreError
        When it cannot be read, or was written by a version that this one does not understand.
    """
    from pydantic import ValidationError

    from mlgate.model.kinds import parse_evidence
    from mlgate.model.verdict import Verdict

    files = store.read(baseline)
    try:
        evidence = {
            check: parse_evidence(check, text)
            for path, text in files.items()
            if (check := _check(path)) is not None
        }
        verdict = Verdict.from_json(files["verdict.json"]) if "verdict.json" in files else None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        msg = f"the baseline of {baseline.commit[:7]} is damaged or of another version: {where}"
        raise StoreError(
            f"{msg}: {first['msg']}", hint="save it anew: `mlgate baseline save` at that commit"
        ) from None
    return BaselineFiles(baseline, verdict, evidence)


def _check(path: str) -> str | None:
    folder, _, name = path.rpartition("/")
    return name.removesuffix(".json") if folder == "evidence" else None
