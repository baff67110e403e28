"""record.json and author.json: what the job that trains says of its files and its code."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from mlgate.model.base import Frozen, Prose
from mlgate.model.data_rules import DataRuleResult
from mlgate.model.evidence import SCHEMA, TrainEvidence
from mlgate.model.inputs import SuiteKind

NAME: Final = "mlgate-handover.zip"
RECORD: Final = "record.json"
AUTHOR: Final = "author.json"
LOG: Final = "train.log"
FILES: Final = "files"
BASELINES: Final = "baselines"
EVIDENCE: Final = "evidence.zip"
"""In the place of files: what the job that trains measured, as `mlgate bundle` packs it."""

LATEST: Final = 4e9
"""Seconds since 1970 of the latest time that a file may have."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Value = float | None
"""A number that the author's code returned; None where it is undefined."""


class HandedFile(Frozen):
    """A file of the training job.

    Attributes
    ----------
    path
        From the repository's top folder; of a baseline's predictions, the file's name.
    written
        When it was last written, in seconds since 1970.
    fresh
        Whether this training wrote it, or DVC restored it: an artifact loses times.
    committed
        Its content is the commit's, so that it is not in the archive.
    """

    path: str
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]
    written: Annotated[float, Field(ge=0, le=LATEST)]
    fresh: bool
    committed: bool = False


class HandoverRecord(Frozen):
    """record.json.

    Attributes
    ----------
    run
        The id of the CI run; None outside of CI.
    training
        None where this change does not have to be judged (`when`), so that nothing was trained.
    """

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    tool: str
    commit: str
    tree: str | None
    run: int | None
    training: TrainEvidence | None
    files: tuple[HandedFile, ...] = ()


class RowsResults(Frozen):
    """What a custom metric returned for some rows: an entry a call, in their order."""

    rows: Sha256
    """Digest of labels, predictions, scores and weights."""
    calls: tuple[tuple[Value, ...], ...]


class MetricResults(Frozen):
    """What one of `metrics.custom` returned; `problem` says why it returned nothing (more)."""

    function: str
    results: tuple[RowsResults, ...] = ()
    problem: Prose | None = None


class SuiteResults(Frozen):
    """What a suite of `data.rules` found."""

    kind: SuiteKind
    name: str
    data: Sha256
    """Digest of the digests of the files that it ran over."""
    rules: dict[str, DataRuleResult] = {}
    problem: Prose | None = None


class AuthorResults(Frozen):
    """The results of the author's code under one policy.

    Attributes
    ----------
    policy
        The digest of what is measured under that policy.
    baseline
        The predictions that `baseline.run` wrote.
    problem
        Why `baseline.run` wrote none.
    hint
        What to do about that.
    """

    policy: Sha256
    metrics: tuple[MetricResults, ...] = ()
    suites: tuple[SuiteResults, ...] = ()
    baseline: HandedFile | None = None
    problem: Prose | None = None
    hint: Prose | None = None


class AuthorRecord(Frozen):
    """author.json."""

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    results: tuple[AuthorResults, ...] = ()
