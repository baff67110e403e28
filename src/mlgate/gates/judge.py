"""The run's verdict: every policy judges, and the worst gate that counts decides.

Three things are decided before any gate. A change renames, moves or removes a model: an error, see
`identity`. `when` matched nothing, or the model is gone and may be: the run is `not_applicable`. The
training did not end well: there is no model to judge, so the verdict is `fail`, the
headline says what happened, and no gate is listed (evidence that could not be made says nothing
that the training's log does not say better).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlgate.errors import DataError
from mlgate.gates import anchor, headline, identity, steps, waivers, wear
from mlgate.gates.results import results
from mlgate.model.evidence import CompareEvidence, Note, TrainEvidence
from mlgate.model.verdict import SEVERITY, Verdict
from mlgate.text.lists import first_of
from mlgate.text.short import commit_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.gates.check_gate import Gates
    from mlgate.gates.results import Folder
    from mlgate.model.evidence import BaselineRef, Evidence
    from mlgate.model.rows import Role
    from mlgate.model.run import JudgeRecord, RunRecord
    from mlgate.model.verdict import RuleResult, RunOutcome, WearReading

MEASURE = "measure this commit with `mlgate run`, or `mlgate check`"


def judge(run: RunRecord, evidence: Mapping[str, Folder], today: dt.date, gates: Gates) -> Verdict:
    """Judge a run.

    Parameters
    ----------
    run
        Its facts and the policies that judge it.
    evidence
        By `Judge.evidence` (the folder) and then by check.
    today
        The day on which waivers are looked at, both ends inclusive.
    gates
        What each check adds to its gates.

    Raises
    ------
    DataError
        When evidence is of another commit than the run's, or was measured at another
        confidence than the policy's.
    """
    decided, notes = identity.results(run, today)
    if run.judges:
        decided = _reported(decided, run.judges[0], today)
    if run.not_applicable is not None or run.gone:
        outcome: RunOutcome = "error" if worst(decided) == "error" else "not_applicable"
        return _verdict(run, evidence, outcome, today, results=tuple(decided), notes=notes)
    _refuse_foreign(run, evidence)
    if failed_training(run, evidence) is not None:
        return _verdict(run, evidence, "fail", today)
    for judge in run.judges:
        folder = evidence.get(judge.evidence, {})
        _refuse_other_confidence(judge, folder)
        own, remarks = waivers.apply(
            results(judge, folder, run.base_branch, gates), judge.policy.waivers, today
        )
        decided += _reported(own, judge, today)
        notes += remarks
    empty = any(not judge.policy.gates for judge in run.judges)
    outcome = "error" if empty or not decided else worst(decided)
    measured: dict[str, Evidence] = {}
    for judge in run.judges:
        measured = {**evidence.get(judge.evidence, {}), **measured}
    kept = collapse(decided if run.changes == "exact" else steps.results(decided, measured))
    meter = wear.read(measured, kept, outcome, run.changes) if kept else None
    notes += wear.notes(meter)
    notes += anchor.notes(kept)
    if run.changes == "steps":
        notes.append(Note(level="info", text=steps.NOTE))
    if _same_model(run, evidence) and run.settings:
        it = "it" if len(run.settings) == 1 else "them"
        files = first_of(run.settings, 3)
        text = f"{files} changed, and no prediction did: does the training read {it}?"
        notes.append(Note(level="warning", text=text))
    return _verdict(run, evidence, outcome, today, results=kept, notes=notes, meter=meter)


def _reported(
    results: Iterable[RuleResult], judge: JudgeRecord, today: dt.date
) -> list[RuleResult]:
    """Mark the results of a policy that blocks nothing yet."""
    only = judge.policy.only_reports(today)
    return [
        result.model_copy(update={"report_only": True}) if only else result for result in results
    ]


def _report_only_until(run: RunRecord, today: dt.date) -> dt.date | None:
    """Return the day until which no policy blocks; None where any does."""
    dates = [judge.policy.report_only_until for judge in run.judges]
    only = dates and all(judge.policy.only_reports(today) for judge in run.judges)
    return min(filter(None, dates)) if only else None


def worst(results: Iterable[RuleResult]) -> RunOutcome:
    """Return the worst outcome of the results that count; `pass` where none counts."""
    counting: list[RunOutcome] = [result.verdict for result in results if result.counts]
    return max(counting, key=SEVERITY.__getitem__, default="pass")


def collapse(results: Sequence[RuleResult]) -> tuple[RuleResult, ...]:
    """Keep the first of equal results: whose policy it is and where it is written do not count."""
    distinct: dict[str, RuleResult] = {}
    for result in results:
        distinct.setdefault(result.model_dump_json(exclude={"policy", "file", "line"}), result)
    return tuple(distinct.values())


def failed_training(run: RunRecord, evidence: Mapping[str, Folder]) -> TrainEvidence | None:
    """Return the training's evidence where it failed, timed out or was interrupted."""
    for judge in run.judges:
        train = evidence.get(judge.evidence, {}).get("train")
        if isinstance(train, TrainEvidence) and train.status not in ("ok", "skipped"):
            return train
    return None


def _verdict(
    run: RunRecord,
    evidence: Mapping[str, Folder],
    outcome: RunOutcome,
    today: dt.date,
    *,
    results: tuple[RuleResult, ...] = (),
    notes: Sequence[Note] = (),
    meter: WearReading | None = None,
) -> Verdict:
    training = None if outcome != "fail" or results else failed_training(run, evidence)
    decisive = any(result.counts and result.verdict == "error" for result in results)
    without_result = training is not None or (outcome == "error" and not decisive)
    until = _report_only_until(run, today)
    blocked = any(result.blocks for result in results) or (without_result and until is None)
    until = None if blocked else until
    same = training is None and _same_model(run, evidence)
    summary = headline.summarize(
        run,
        outcome,
        results,
        blocked=blocked,
        same_model=same,
        report_only_until=until,
        training=training,
    )
    return Verdict(
        tool=run.tool,
        name=run.name,
        verdict=outcome,
        headline=f"{headline.TITLE}: {summary}",
        summary=summary,
        blocked=blocked,
        report_only_until=until,
        commit=run.commit,
        baseline=_baseline(run, evidence, "main"),
        anchor=_baseline(run, evidence, "anchor"),
        policy_digest=run.judges[0].digest if run.judges else None,
        gates=results,
        wear=meter,
        notes=tuple(dict.fromkeys(notes)),
    )


def _same_model(run: RunRecord, evidence: Mapping[str, Folder]) -> bool:
    """Whether every row has main's prediction and score."""
    folders = (evidence.get(judge.evidence, {}) for judge in run.judges)
    measured = (each for folder in folders for each in folder.values())
    rows = next((each.rows for each in measured if isinstance(each, CompareEvidence)), None)
    return rows is not None and rows.same_model


def _baseline(run: RunRecord, evidence: Mapping[str, Folder], role: Role) -> BaselineRef | None:
    for judge in run.judges:
        for measured in evidence.get(judge.evidence, {}).values():
            if role in measured.baselines:
                return measured.baselines[role]
    return None


def _refuse_foreign(run: RunRecord, evidence: Mapping[str, Folder]) -> None:
    """Evidence of another commit says nothing about this one."""
    for judge in run.judges:
        for check, measured in evidence.get(judge.evidence, {}).items():
            if measured.commit != run.commit:
                msg = (
                    f"{judge.evidence}/{check}.json was measured at {commit_name(measured.commit)}, "
                    f"but this run is of {commit_name(run.commit)}"
                )
                raise DataError(msg, hint=MEASURE)


def _refuse_other_confidence(judge: JudgeRecord, evidence: Folder) -> None:
    """Bounds at another confidence than the policy's would decide by another rule."""
    for check, measured in evidence.items():
        if measured.metrics and not math.isclose(measured.confidence, judge.policy.confidence):
            msg = (
                f"{judge.evidence}/{check}.json was measured at confidence {measured.confidence:g}, "
                f"but the policy of {judge.source} asks for {judge.policy.confidence:g}"
            )
            raise DataError(msg, hint=MEASURE)
