"""deploy.json: what a new version showed beside the running one, without traffic."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import Evidence


class KnownDifference(Frozen):
    """A known input that is answered otherwise than by the tested model."""

    row: Prose
    """Its id, or its number where the table has no ids."""
    output: Prose
    tested: Prose
    answered: Prose


class LoadedVersion(Frozen):
    """What one version did under load; `failures` are the most frequent reasons."""

    requests: int
    failed: int
    failures: dict[Prose, int] = {}
    latency: dict[str, float] = {}
    """Percentiles in milliseconds."""


class DeployEvidence(Evidence):
    """evidence/deploy.json.

    Attributes
    ----------
    address
        Where the new version answers; empty where none was started.
    model_digest
        SHA-256 of the verified model.
    problems
        What the preflight found: nothing was started.
    rows
        How many known inputs were sent.
    differing
        The first that are answered otherwise.
    rate
        Requests a second.
    versions
        Under load: `new` and, where there is one, `running`.
    """

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["deploy"] = "deploy"
    address: Prose = ""
    model_digest: str = ""
    problems: tuple[Prose, ...] = ()
    rows: int = 0
    differing: tuple[KnownDifference, ...] = ()
    rate: float = 0.0
    versions: dict[Literal["new", "running"], LoadedVersion] = {}


EVIDENCE: Final = DeployEvidence
