"""What only the job that judges may read, of which a branch may ask nothing by its own policy.

Each slice, gate and rule is a question, and enough of them have every label or value for an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.config import leads_out, names
from mlgate.errors import DataError
from mlgate.gates import row_limits
from mlgate.pipeline.judging.configured import written_in

if TYPE_CHECKING:
    from mlgate.config import Config
    from mlgate.model.evidence import Evidence
    from mlgate.pipeline.prepare import Judge


def withheld(config: Config) -> str | None:
    """Return why data of a configuration are withheld from the branches that it judges, for a sentence."""
    if labels_withheld(config):
        return "labels are held out" if config.sealed is None else "the test set is sealed"
    if any(leads_out(named.pattern) or names(named.pattern) for named in written_in(config)):
        return "data are outside of the repository"
    return None


def labels_withheld(config: Config) -> bool:
    """Whether the labels of the test set are held out, or it is sealed."""
    held = config.predictions is not None and config.predictions.labels is not None
    return held or config.sealed is not None


def refused(judge: Judge, evidence: Evidence, base_branch: str) -> DataError | None:
    """Return the error in place of numbers from withheld labels, of rows that are not main's.

    Such rows cannot be judged, and their columns, and which of them are there, are the branch's to
    choose: a slice that is a single row tells its label.
    """
    if not evidence.of_labels or not labels_withheld(judge.config):
        return None
    ref = evidence.baselines.get("main") or evidence.absent.get("main")
    counts = None if ref is None else ref.rows
    problem = counts and row_limits.problem(counts, judge.record.policy.rows, base_branch)
    return DataError(problem.reason, hint=problem.hint) if problem else None
