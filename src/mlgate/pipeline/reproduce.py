"""`mlgate reproduce`: train a commit again, and compare with what was kept of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mlgate import checks
from mlgate.checks.reproducible.repetitions import TrainedAgain, evidence
from mlgate.checks.reproducible.section import ReproducibleSection
from mlgate.errors import DataError, UsageError
from mlgate.files import write_atomic
from mlgate.inputs import baseline_rows
from mlgate.model.evidence import BaselineRef, CompareEvidence
from mlgate.model.policy import Gate
from mlgate.pipeline import gate_and_report, retraining
from mlgate.pipeline.baselines.baseline import Baseline
from mlgate.pipeline.baselines.choice import StoredBaselines
from mlgate.pipeline.baselines.named import NamedBaseline
from mlgate.pipeline.lineage import origin_of
from mlgate.pipeline.prepare import open_run_dir, prepare
from mlgate.pipeline.training.train import stamp
from mlgate.run_dir import EVIDENCE, ROWS, RUN, RunFiles
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from mlgate.checks.reproducible.evidence import ReproducibleEvidence
    from mlgate.model.evidence import TrainEvidence
    from mlgate.model.lineage import Lineage
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.prepare import Prepared
    from mlgate.pipeline.retraining import Retraining
    from mlgate.run_dir import RunDir

CHECK: Final = "reproducible"
FOLDER: Final = ".mlgate-reproduce"
"""The run directory of a reproduction, beside mlgate.yaml."""
_DEFAULT: Final = {"reproducible.same_predictions": Gate(min=1)}
"""What must hold where no gate says what does."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What training again gave; no evidence where a training failed."""

    verdict: Verdict
    dir: RunDir
    evidence: ReproducibleEvidence | None


@dataclass(frozen=True, slots=True)
class KeptOfCommit:
    """What was kept of a commit."""

    commit: str
    record: Lineage
    baseline: Baseline


def reproduce(context: Context, revision: str | None, times: int | None) -> Reproduced:
    """Train a commit again, some times, and judge how far the models are from the kept one.

    Parameters
    ----------
    revision
        A commit that has a baseline; None for the one that is checked out.
    times
        How often; None for as often as mlgate.yaml says.

    Raises
    ------
    UsageError
        When nothing was kept of the commit, or it is not here.
    DataError
        When `train.setup` fails, or what was trained cannot be measured.
    """
    prepared = prepare(context)
    kept = _kept(prepared, revision)
    section = prepared.judges[0].config.section(ReproducibleSection) or ReproducibleSection()
    count = times or section.times
    confidence = 1 - (1 - _confidence(prepared)) / count
    run_dir = open_run_dir(
        context.cwd / context.run_dir if context.run_dir else prepared.root / FOLDER
    )
    run_dir.reset()
    with ExitStack() as trees:
        retrainings = [
            trees.enter_context(retraining.checked_out(prepared, kept.commit, confidence))
            for _ in range(count)
        ]
        return _repeat(prepared, kept, retrainings, run_dir)


def _repeat(
    prepared: Prepared, kept: KeptOfCommit, retrainings: list[Retraining], run_dir: RunDir
) -> Reproduced:
    trained: list[TrainedAgain] = []
    for number, each in enumerate(retrainings, 1):
        with prepared.context.progress.group(f"Training {number} of {len(retrainings)}"):
            training = each.train()
        if each.prepared.dir.log.is_file():
            write_atomic(run_dir.log, each.prepared.dir.log.read_bytes())
        if training.status == "skipped":
            msg = f"{short_sha(kept.commit)} has no training that could be run again"
            raise UsageError(msg, hint="name its command under train.run in mlgate.yaml")
        if training.status != "ok":
            return _judged(prepared, each, training, None, run_dir)
        problem = each.measure(training, NamedBaseline(kept.baseline))
        if problem is not None:
            raise DataError(
                f"training {number} cannot be measured: {problem.message}", hint=problem.hint
            )
        trained.append(_measured(each.prepared.dir))
    measured = evidence(
        kept.record,
        trained,
        replace(stamp(prepared), commit=kept.commit, confidence=_confidence(prepared)),
        kept.baseline.ref,
    )
    return _judged(prepared, retrainings[-1], training, measured, run_dir)


def _measured(run_dir: RunDir) -> TrainedAgain:
    compare = run_dir.evidence_of("compare")
    record = origin_of(run_dir.files(), "the training").record
    return TrainedAgain(record, compare if isinstance(compare, CompareEvidence) else None)


def _judged(
    prepared: Prepared,
    last: Retraining,
    training: TrainEvidence,
    measured: ReproducibleEvidence | None,
    run_dir: RunDir,
) -> Reproduced:
    """Write the run directory: a copy of it gives the same verdict and the same report."""
    run_dir.write_run(_run(prepared, last.prepared.run))
    for each in (training, measured):
        if each is not None:
            run_dir.write_evidence(each)
    verdict = gate_and_report.gate(run_dir, prepared.context.now.date())
    gate_and_report.write_report(run_dir)
    return Reproduced(verdict, run_dir, measured)


def _run(prepared: Prepared, of_commit: RunRecord) -> RunRecord:
    """Return the run with the gates on reproductions alone; by default predictions must be the same."""
    records = []
    for judge in prepared.judges:
        policy = judge.config.judging(CHECK)
        if judge is prepared.judges[0] and not policy.gates:
            policy = policy.model_copy(update={"gates": _DEFAULT})
        if policy.gates:
            policy = policy.model_copy(update={"confidence": _confidence(prepared)})
            update = {"policy": policy, "digest": policy.digest(), "evidence": EVIDENCE}
            records.append(judge.record.model_copy(update=update))
    return of_commit.model_copy(
        update={
            "judges": tuple(records),
            "changes": prepared.run.changes,
            "name": prepared.run.name,
            "reproduce": (f"mlgate reproduce {of_commit.commit}",),
        }
    )


def _confidence(prepared: Prepared) -> float:
    """Return that of the strictest policy: what is measured once is judged by all."""
    return max(judge.record.policy.confidence for judge in prepared.judges)


def _kept(prepared: Prepared, revision: str | None) -> KeptOfCommit:
    """Find the baseline of a commit, or for the one that is checked out its run."""
    stored = StoredBaselines(prepared, prepared.judges[0].config)
    here = prepared.run.commit
    own = prepared.dir.files()
    is_own = RUN in own.files and own.run().commit == here and not own.run().dirty
    kept = any(baseline.commit == here for baseline in stored.baselines)
    if revision is None and is_own and not kept:
        return _of_run(prepared.dir, own)
    if revision is None and not kept:
        msg = f"nothing was kept of {short_sha(here)}, with which a training could be compared"
        raise UsageError(msg, hint="`mlgate run` it first, or name a commit that has a baseline")
    baseline = stored.named(revision or str(here))
    files = RunFiles(stored.store.read(baseline), checks.evidence_types())
    record = origin_of(files, baseline.commit).record
    return KeptOfCommit(baseline.commit, record, stored.of_commit(baseline.commit))


def _of_run(run_dir: RunDir, files: RunFiles) -> KeptOfCommit:
    record = origin_of(files, str(run_dir.path)).record
    measured = run_dir.read_evidence()
    compare = measured.get("compare")
    rows = baseline_rows.read_rows(run_dir.rows) if run_dir.has(ROWS) else None
    ref = BaselineRef(commit=record.commit, created=record.started, source=str(run_dir.path))
    evidence_of_rows = compare if isinstance(compare, CompareEvidence) else None
    return KeptOfCommit(
        str(record.commit), record, Baseline(ref, evidence_of_rows, rows, checks=measured)
    )
