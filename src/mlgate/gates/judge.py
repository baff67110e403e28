"""The run's verdict: every policy judges, and the worst gate that counts decides.

Two things are decided before any gate. `when` matched nothing: the run is `not_applicable`. The
training did not end well: there is no model to judge, so the verdict is `fail`, the
headline says what happened, and no gate is listed (evidence that could not be made says nothing
that the training's log does not say better).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgate.errors import DataError
from mlgate.gates import answers, headline, waivers, wear
from mlgate.model.evidence import TrainEvidence
from mlgate.model.verdict import SEVERITY, Verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.gates.answers import Folder
    from mlgate.model.evidence import BaselineRef, Note
    from mlgate.model.rows import Role
    from mlgate.model.run import Judge, RunRecord
    from mlgate.model.verdict import GateVerdict, RunOutcome, Wear

MEASURE = "measure this commit with `mlgate run`, or `mlgate check`"


def judge(run: RunRecord, evidence: Mapping[str, Folder], today: dt.date) -> Verdict:
    """Judge a run.

    Parameters
    ----------
    run
        Its facts and the policies that judge it.
    evidence
        By `Judge.evidence` (the folder) and then by check.
    today
        The day on which waivers are looked at, both ends inclusive.

    Raises
    ------
    DataError
        When evidence is of another commit than the run's, or was measured at another
        confidence than the policy's.
    """
    if run.not_applicable is not None:
        return _verdict(run, evidence, "not_applicable")
    _refuse_foreign(run, evidence)
    training = failed_training(run, evidence)
    if training is not None:
        return _verdict(run, evidence, "fail", training=training)
    gates: list[GateVerdict] = []
    notes: list[Note] = []
    for one in run.judges:
        folder = evidence.get(one.evidence, {})
        _refuse_other_confidence(one, folder)
        answered = answers.answer(one, folder, run.base_branch)
        waived, said = waivers.apply(answered, one.policy.waivers, today)
        gates += waived
        notes += said
    empty = [one.source for one in run.judges if not one.policy.gates]
    outcome = "error" if empty or not gates else worst(gates)
    told = collapse(gates)
    meter = wear.read(evidence.get(run.judges[0].evidence, {}), told, outcome) if told else None
    notes += wear.notes(meter)
    return _verdict(run, evidence, outcome, gates=told, notes=notes, meter=meter)


def worst(gates: Iterable[GateVerdict]) -> RunOutcome:
    """Give the worst outcome of the gates that count; `pass` where none counts."""
    counting: list[RunOutcome] = [gate.verdict for gate in gates if gate.counts]
    return max(counting, key=SEVERITY.__getitem__, default="pass")


def collapse(gates: Sequence[GateVerdict]) -> tuple[GateVerdict, ...]:
    """Keep one of several equal answers: who asked and where it stands makes no difference."""
    seen: dict[str, GateVerdict] = {}
    for gate in gates:
        seen.setdefault(gate.model_dump_json(exclude={"policy", "file", "line"}), gate)
    return tuple(seen.values())


def failed_training(run: RunRecord, evidence: Mapping[str, Folder]) -> TrainEvidence | None:
    """Give the training's evidence where it failed, timed out or was interrupted."""
    for one in run.judges:
        train = evidence.get(one.evidence, {}).get("train")
        if isinstance(train, TrainEvidence) and train.status not in ("ok", "skipped"):
            return train
    return None


def _verdict(
    run: RunRecord,
    evidence: Mapping[str, Folder],
    outcome: RunOutcome,
    *,
    gates: tuple[GateVerdict, ...] = (),
    notes: Sequence[Note] = (),
    training: TrainEvidence | None = None,
    meter: Wear | None = None,
) -> Verdict:
    blocked = training is not None or outcome == "error" or any(gate.blocks for gate in gates)
    return Verdict(
        tool=run.tool,
        name=run.name,
        verdict=outcome,
        headline=headline.write(run, outcome, gates, blocked=blocked, training=training),
        blocked=blocked,
        commit=run.commit,
        baseline=_baseline(run, evidence, "main"),
        anchor=_baseline(run, evidence, "anchor"),
        policy_digest=run.judges[0].digest if run.judges else None,
        gates=gates,
        wear=meter,
        notes=tuple(dict.fromkeys(notes)),
    )


def _baseline(run: RunRecord, evidence: Mapping[str, Folder], role: Role) -> BaselineRef | None:
    for one in run.judges:
        for found in evidence.get(one.evidence, {}).values():
            if role in found.baselines:
                return found.baselines[role]
    return None


def _refuse_foreign(run: RunRecord, evidence: Mapping[str, Folder]) -> None:
    """Evidence of another commit says nothing about this one."""
    for one in run.judges:
        for check, found in evidence.get(one.evidence, {}).items():
            if found.commit != run.commit:
                msg = (
                    f"{one.evidence}/{check}.json was measured at {_commit(found.commit)}, "
                    f"but this run is of {_commit(run.commit)}"
                )
                raise DataError(msg, hint=MEASURE)


def _refuse_other_confidence(judge: Judge, evidence: Folder) -> None:
    """Bounds at another confidence than the policy's would decide by another rule."""
    for check, found in evidence.items():
        if found.metrics and not math.isclose(found.confidence, judge.policy.confidence):
            msg = (
                f"{judge.evidence}/{check}.json was measured at confidence {found.confidence:g}, "
                f"but the policy of {judge.source} asks for {judge.policy.confidence:g}"
            )
            raise DataError(msg, hint=MEASURE)


def _commit(commit: str | None) -> str:
    return "no commit" if commit is None else f"commit {commit[:7]}"
