"""Assemble the record of a run from its files: nothing is measured again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.model.evidence import TrainEvidence
from mlgate.model.lineage import JudgingPolicy, Lineage, LineageVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict


def lineage(run: RunRecord, evidence: Mapping[str, Evidence], verdict: Verdict | None) -> Lineage:
    """Return where a model came from.

    Parameters
    ----------
    evidence
        By check; without that of a training, the parts that it records are empty.
    verdict
        None where the run was not judged.
    """
    train = evidence.get("train")
    measured = {
        path: digest
        for check, each in sorted(evidence.items())
        if check != "train"
        for path, digest in each.inputs.items()
    }
    record = Lineage(
        tool=run.tool,
        name=run.name,
        commit=run.commit,
        tree=run.tree,
        dirty=run.dirty,
        elsewhere=run.elsewhere,
        external=run.external,
        started=run.started,
        measured=dict(sorted(measured.items())),
        verdict=None if verdict is None else _judged(run, verdict),
        baseline=None if verdict is None else verdict.baseline,
    )
    if not isinstance(train, TrainEvidence):
        return record
    return record.model_copy(
        update={
            "started": train.started,
            "finished": train.finished,
            "command": train.command,
            "inputs": train.inputs,
            "parameters": train.parameters,
            "seeds": train.seeds,
            "environment": train.environment,
            "artifacts": train.artifacts,
        }
    )


def _judged(run: RunRecord, verdict: Verdict) -> LineageVerdict:
    policies = tuple(
        JudgingPolicy(source=judge.source, file=judge.file, digest=judge.digest)
        for judge in run.judges
    )
    return LineageVerdict(
        outcome=verdict.verdict,
        blocked=verdict.blocked,
        headline=verdict.headline,
        policies=policies,
    )
