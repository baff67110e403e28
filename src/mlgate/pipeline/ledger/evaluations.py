"""The ledger's lines: what a trusted run records about an evaluation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mlgate.errors import MlgateError
from mlgate.gates.printed import printed
from mlgate.gates.wear import first_error
from mlgate.model.ledger import Evaluation
from mlgate.model.wear import WearEvidence
from mlgate.pipeline.judging.references import trusting
from mlgate.stores import open_ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.git import Git
    from mlgate.model.evidence import Changes, Evidence
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context


def evaluation(
    verdict: Verdict,
    evidence: Mapping[str, Evidence],
    time: str,
    changes: Changes,
    **origin: str | int | None,
) -> Evaluation | None:
    """Return the line of a run; None where nothing was measured, so that nothing was learnt.

    Parameters
    ----------
    evidence
        By check.
    time
        The time of the measurement.
    changes
        How the report shows numbers. In steps, digests of exact evidence are left out, as few guesses
        would find the numbers behind them.
    origin
        `pull_request`, `actor`, `run` and `attempt`, as far as they are known.
    """
    measured = {check: record for check, record in evidence.items() if record.metrics}
    wear = evidence.get("wear")
    if verdict.commit is None or not measured:
        return None
    keys: dict[str, Any] = {}
    if isinstance(wear, WearEvidence):
        keys = {
            "test_set": wear.test_set,
            "evaluation": wear.evaluation,
            "printed": printed(evidence, verdict.gates, changes),
            "first_error": first_error(evidence, changes),
        }
    return Evaluation(
        time=time,
        name=verdict.name,
        commit=verdict.commit,
        verdict=verdict.verdict,
        blocked=verdict.blocked,
        waivers=tuple(gate.id for gate in verdict.gates if gate.waived is not None),
        policy_digest=verdict.policy_digest,
        baseline=verdict.baseline.commit if verdict.baseline else None,
        inputs={
            name: value for record in measured.values() for name, value in record.inputs.items()
        },
        evidence={
            check: _digest(record)
            for check, record in measured.items()
            if changes == "exact" or not record.of_labels
        },
        **keys,
        **{name: value for name, value in origin.items() if value is not None},
    )


def record(context: Context, git: Git, root: Path, store: str, line: Evaluation | None) -> None:
    """Append a line beside the baselines; a ledger that cannot be written is only reported.

    Parameters
    ----------
    root
        The folder of mlgate.yaml.
    store
        `baseline.store`.
    """
    if line is None:
        return
    try:
        place = trusting(context.environ).expand(store, "baseline.store")
        open_ledger(place, git, root, line.name, context.environ).append(line, context.now)
    except MlgateError as error:
        context.progress.line(f"mlgate: this evaluation is not in the ledger: {error}")


def _digest(evidence: Evidence) -> str:
    return hashlib.sha256(evidence.to_json().encode()).hexdigest()
