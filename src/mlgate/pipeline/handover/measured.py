"""`handover: evidence`: the job that trains measures as well, and hands over numbers alone.

The weaker choice, for rows that must not be uploaded: the author's code runs beside what measures,
so that the numbers are that job's word. What judges them is not: the policy, the model's name and
whether there is a baseline are determined by the job that judges.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from mlgate import checks
from mlgate.errors import DataError
from mlgate.pipeline import gate_and_report
from mlgate.pipeline.handover.archive import refuse
from mlgate.pipeline.handover.reported import AGAIN
from mlgate.pipeline.measuring import measure
from mlgate.pipeline.publishing import bundle
from mlgate.pipeline.publishing.looked_up import LookUp
from mlgate.pipeline.publishing.rejudge import RECORDS, determined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import Evidence, TrainEvidence
    from mlgate.pipeline.handover.archive import Archive
    from mlgate.pipeline.prepare import Judge, Prepared

_LONGEST: Final = dt.timedelta(days=1)
"""Which of main's baselines were there is not believed for longer than this."""
_HINT: Final = "the log of the job that trains says more"


def hands_evidence(prepared: Prepared) -> bool:
    """Whether the branch that judges has numbers handed over instead of files."""
    return prepared.judges[0].config.handover == "evidence"


@dataclass(frozen=True, slots=True)
class Measuring:
    """What measuring needs where the model is trained, read before the author's code starts."""

    prepared: Prepared
    fetched: measure.Fetched

    @classmethod
    def of(cls, prepared: Prepared) -> Measuring:
        """Read it, and close the repository to the author's code."""
        return cls(prepared, measure.fetch(prepared))

    def bundle(self, training: TrainEvidence) -> bytes:
        """Measure, and return the bundle of the numbers.

        Raises
        ------
        DataError
            When it is larger than what the other job takes.
        """
        measure.measure(self.prepared, fetched=self.fetched, training=training)
        return bundle.pack(self.prepared.dir)


def take(prepared: Prepared, opened: Archive) -> None:
    """Write the numbers that were handed over into the run directory, and try to judge them.

    Raises
    ------
    DataError
        When there are none, or they are of another commit or policy, or contradict one another.
    """
    packed = opened.evidence()
    if packed is None:
        msg = "the handover holds no numbers, but `handover: evidence` judges"
        raise DataError(msg, hint=AGAIN)
    handed = bundle.unpack(packed, checks.evidence_types())
    if (handed.run.commit, handed.run.tree) != (prepared.run.commit, prepared.run.tree):
        raise refuse("holds numbers of another commit than the one that is judged")
    baselines = measure.fetch(prepared, sealing=False).baselines
    measured = _measured(handed.run.started, prepared.context.now)
    for number, judge in measure.by_folder(prepared):
        records = dict(_held(judge, handed.evidence.get(judge.record.evidence, {})))
        looked_up = LookUp(partial(baselines.get, number), measured)
        for evidence in determined(records, looked_up, judge.config).values():
            prepared.dir.write_evidence(evidence, judge.record.evidence)
    with bundle.fitting():
        gate_and_report.gate(prepared.dir, prepared.context.now.date())
        gate_and_report.write_report(prepared.dir)


def _measured(started: str, now: dt.datetime) -> dt.datetime:
    """Return when the numbers were measured, as they say themselves, within limits."""
    try:
        then = dt.datetime.strptime(started, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        raise refuse("holds numbers of a run without a time") from None
    return min(now, max(then, now - _LONGEST))


def _held(judge: Judge, records: Mapping[str, Evidence]) -> Iterator[tuple[str, Evidence]]:
    """Yield what was measured under a judge's policy; advice is ours, since it is followed."""
    expected = set(measure.check_ids(judge, ()))
    if lacking := sorted(expected - set(records)):
        raise refuse(f"holds no numbers of {lacking[0]}")
    if extra := sorted(set(records) - expected - RECORDS):
        raise refuse(f"holds numbers of {extra[0]}, for which no policy asks")
    for check, evidence in records.items():
        if check == "train":  # the record's own counts
            continue
        digest, confidence = judge.record.digest, judge.record.policy.confidence
        if evidence.policy_digest != digest or not math.isclose(evidence.confidence, confidence):
            msg = f"the numbers of {check} were measured under another policy than the one that judges"
            raise DataError(msg, hint=AGAIN)
        yield check, evidence.model_copy(update={"hint": evidence.error and _HINT})
