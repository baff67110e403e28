"""run.json: which run this is and by which policies it is judged.

With it a run directory is complete: `mlgate gate` and `mlgate report` need nothing else, so
that a copy of the directory gives the same verdict and the same report.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import SCHEMA, Changes, Note
from mlgate.model.identity import IdentityChange
from mlgate.model.lineage import Difference, ExternalRun
from mlgate.model.policy import Policy

Plots = Literal["auto", "mermaid", "branch", "none"]
DRAFT: Final = "the pull request is a draft, and when.drafts is false"
"""Why a draft is not judged: it will have to be once it is ready."""


class JudgeRecord(Frozen):
    """One policy that judges this run, and where the evidence measured under it is.

    `source` is shown to the reader: `main`, `this branch`, or the file of an organisation.
    `evidence` is a folder below the run directory. `lines` gives the line of each gate's
    rule (`accuracy.max_regression`) in `file`.
    """

    source: Prose
    file: Prose
    evidence: str = "evidence"
    digest: str
    policy: Policy
    lines: dict[str, int] = {}


class RunRecord(Frozen):
    """The facts of one run that are neither measured nor decided."""

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    tool: str
    name: str
    title: Prose | None = None
    plots: Plots = "auto"
    changes: Changes = "exact"
    """How numbers from test labels are shown: as measured, or in steps."""
    commit: str | None
    tree: str | None = None
    branch: Prose | None = None
    dirty: bool = False
    rewritten: dict[str, str] = {}
    """Tracked files that the training wrote, which do not make it dirty: `sha256:…` or `deleted`."""
    base_branch: Prose | None = None
    merge_base: str | None = None
    started: str
    judges: tuple[JudgeRecord, ...]
    policy_changed: bool = False
    elsewhere: bool = False
    """The results were made elsewhere and only judged here (`--no-train --commit`, `--mlflow`)."""
    external: ExternalRun | None = None
    """The run of a tracking server that they were fetched from."""
    not_applicable: Prose | None = None
    """Why nothing had to be judged (`when` matched nothing)."""
    notes: tuple[Note, ...] = ()
    identity: tuple[IdentityChange, ...] = ()
    """What this change does to the names and places of models, of all in the repository."""
    new_model: bool = False
    """The branch that judges does not have this model: its own policy judges it."""
    gone: bool = False
    """This change leaves no mlgate.yaml of the model: there is nothing to measure."""
    settings: tuple[Prose, ...] = ()
    """Files of parameters and settings that this change touches."""
    differences: tuple[Difference, ...] = ()
    """How this training differs from main's, the likeliest cause first; of many, the first."""
    reproduce: tuple[Prose, ...] = ()
    """Commands that repeat this run."""
