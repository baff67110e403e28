"""`mlgate plan --wear`: how worn the test set of the last run is, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate import checks
from mlgate.errors import DataError
from mlgate.gates.judge import judge
from mlgate.gates.wear import margins, surprising
from mlgate.model.wear import WearEvidence
from mlgate.pipeline.prepare import prepare
from mlgate.pipeline.wear import count, open_book
from mlgate.stats.wear import Use, Wear, evaluations_until, wear

if TYPE_CHECKING:
    from mlgate.gates.wear import Allowed
    from mlgate.pipeline.context import Context


@dataclass(frozen=True, slots=True)
class Worn:
    """One rule's wear.

    Attributes
    ----------
    left
        Evaluations until it is worn out, if answers surprise as often as until now; None: more
        than `stats.wear.MOST`.
    """

    rule: Allowed
    wear: Wear
    left: int | None


@dataclass(frozen=True, slots=True)
class PlanMeter:
    """The test set, how often it has answered, and what that means for each rule.

    Attributes
    ----------
    sealed
        Uses that are left of a sealed test set, and all of them.
    """

    test_set: str
    use: Use
    rules: tuple[Worn, ...]
    sealed: tuple[int, int] | None


def meter(context: Context) -> PlanMeter:
    """Read the meter of the last run's test set, with what the ledger has now.

    Raises
    ------
    DataError
        When there was no run with predictions yet.
    StoreError
        When the ledger cannot be read.
    """
    prepared = prepare(context)
    folder = prepared.dir.read_evidence()
    found = folder.get("wear")
    if not isinstance(found, WearEvidence):
        msg = f"{prepared.dir.path} knows of no test set"
        raise DataError(msg, hint="`mlgate run` with predictions first")
    run = prepared.dir.read_run()
    verdict = judge(
        run,
        {one.evidence: prepared.dir.read_evidence(one.evidence) for one in run.judges},
        context.now.date(),
        checks.gates(),
    )
    seen = open_book(prepared, prepared.judging[0]).read()
    others = count([line for line in seen if line.evaluation != found.evaluation], found.test_set)
    use = Use(others.evaluations + 1, others.surprises + surprising(verdict.verdict))
    sealed = prepared.judging[0].config.sealed
    spent = {line.evaluation for line in seen if line.test_set == found.test_set}
    return PlanMeter(
        test_set=found.test_set,
        use=use,
        rules=tuple(_worn(one, use) for one in margins(verdict.gates, folder)),
        sealed=None if sealed is None else (max(sealed.uses - len(spent), 0), sealed.uses),
    )


def _worn(one: Allowed, use: Use) -> Worn:
    measured = wear(use, one.n, one.margin, one.cap)
    until = evaluations_until(use, one.n, one.margin, one.cap)
    return Worn(one, measured, until and max(until - use.evaluations, 0))
