"""One line of the ledger: an evaluation on a test set, and its outcome. No rows, one number."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlgate.model.base import Frozen
from mlgate.model.evidence import SCHEMA
from mlgate.model.verdict import RunOutcome
from mlgate.model.wear import Printed


class Evaluation(Frozen):
    """Who had which commit judged, when, by which policy, and the outcome.

    `run` and `attempt` are those of the workflow run that measured. `waivers` are the ids of the
    gates that did not count. `inputs` maps what was read to its digest, `evidence` each check to the
    SHA-256 of its file. `test_set` and `evaluation` are those of `WearEvidence`; `printed` is what the
    report showed, and `first_error` the share of rows that the test set's *first* model got wrong (None: not
    known, as in lines of versions that did not count prints). `seal` names the seal that was used: the
    digest of the test set as it was announced, empty where none was; None: no use, or one of versions
    that knew a seal by `test_set`.
    """

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    time: str
    name: str
    commit: str
    pull_request: int | None = None
    actor: str | None = None
    run: int | None = None
    attempt: int = 1
    verdict: RunOutcome | None = None
    """None: a use of a sealed test set, counted before anything was measured."""
    blocked: bool = False
    test_set: str | None = None
    evaluation: str | None = None
    seal: str | None = None
    waivers: tuple[str, ...] = ()
    policy_digest: str | None = None
    printed: Printed | None = None
    first_error: float | None = Field(None, ge=0, le=1)
    baseline: str | None = None
    inputs: dict[str, str] = {}
    evidence: dict[str, str] = {}

    def line(self) -> str:
        """Return the record as one line of JSON."""
        return self.model_dump_json(exclude_defaults=True, by_alias=True) + "\n"
