"""Where a model came from: one record, which every export is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import SCHEMA, Artifact, BaselineRef, Environment
from mlgate.model.ledger import Evaluation
from mlgate.model.verdict import RunOutcome

Cause = Literal["data", "parameters", "code", "environment", "seeds", "hardware", "results"]
"""What may differ between two models, in the order in which the earlier explains the later."""


class ExternalRun(Frozen):
    """A run of a tracking server. Anyone who may write there can say that it is of any commit."""

    kind: Literal["mlflow"]
    id: Prose
    url: Prose


class JudgingPolicy(Frozen):
    """A policy that judged: where it stood, and its digest (SHA-256, in hex)."""

    source: Prose
    file: Prose
    digest: str


class LineageVerdict(Frozen):
    """How the run was judged, and by which policies."""

    outcome: RunOutcome
    blocked: bool
    headline: Prose
    policies: tuple[JudgingPolicy, ...]


class Lineage(Frozen):
    """Everything that a model can be traced to.

    `inputs` are the files that the training read, `measured` those that the checks read: the
    predictions and test data. Digests are `sha256:…`, or DVC's `md5:…`; those of folders end in `.dir`.
    What a training did not declare is not here: a file outside of the repository that is not among
    `train.inputs` leaves no trace.
    """

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    tool: str
    name: str
    commit: str | None
    tree: str | None = None
    dirty: bool = False
    elsewhere: bool = False
    """The results were made elsewhere, and only judged here."""
    external: ExternalRun | None = None
    """The run of a tracking server that they were fetched from."""
    started: str
    finished: str | None = None
    command: Prose | None = None
    inputs: dict[Prose, str] = {}
    parameters: dict[Prose, Prose] = {}
    seeds: dict[str, str] = {}
    environment: Environment | None = None
    artifacts: tuple[Artifact, ...] = ()
    measured: dict[Prose, str] = {}
    baseline: BaselineRef | None = None
    verdict: LineageVerdict | None = None


class Whence(Frozen):
    """Which kept run made a file, and who had it judged."""

    sha256: str
    path: Prose
    """What its training called the file."""
    kept: str
    record: Lineage
    evaluations: tuple[Evaluation, ...] = ()
    """The ledger's lines of its commit, oldest first."""


class Difference(Frozen):
    """One fact in which two models' origins differ; None where a side does not have it."""

    cause: Cause
    name: Prose
    old: Prose | None
    new: Prose | None

    @property
    def of_files(self) -> bool:
        """Whether both sides are digests."""
        return self.cause in ("data", "results")


class LineageDiff(Frozen):
    """What differs between the origins of two models, the likeliest cause first."""

    old: str | None
    new: str | None
    differences: tuple[Difference, ...]
