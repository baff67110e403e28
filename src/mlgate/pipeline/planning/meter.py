"""`mlgate plan --wear`: the wear of the last run's test set, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate import checks
from mlgate.errors import DataError
from mlgate.gates import wear as gates_wear
from mlgate.gates.judge import judge
from mlgate.gates.printed import exact
from mlgate.model.evidence import CompareEvidence
from mlgate.model.wear import WearEvidence
from mlgate.pipeline.ledger.wear import count, open_book, uses_of
from mlgate.pipeline.prepare import prepare
from mlgate.stats.wear import Wear, evaluations_borne, evaluations_until, wear

if TYPE_CHECKING:
    from mlgate.gates.wear import Allowed
    from mlgate.model.evidence import Changes
    from mlgate.pipeline.context import Context
    from mlgate.stats.wear import Use


@dataclass(frozen=True, slots=True)
class RuleWear:
    """The wear of the test set for one rule.

    Attributes
    ----------
    left
        Evaluations until it is worn out, if answers surprise as often as so far; None: more
        than `stats.wear.MOST`.
    exact, steps
        Reports like the last one that as many new rows bear, by how changes are shown; likewise.
    """

    rule: Allowed
    wear: Wear
    left: int | None
    exact: int | None
    steps: int | None


@dataclass(frozen=True, slots=True)
class WearMeter:
    """The test set, how often it was evaluated, and the wear for each rule.

    Attributes
    ----------
    surprises
        Evaluations that did not pass.
    assumed
        Evaluations that did not record what they printed.
    changes
        How this model's reports tell numbers.
    sealed
        Of a sealed test set: the uses that are left, and all of them.
    """

    test_set: str
    use: Use
    surprises: int
    assumed: int
    changes: Changes
    rules: tuple[RuleWear, ...]
    sealed: tuple[int, int] | None


def meter(context: Context) -> WearMeter:
    """Compute the wear of the last run's test set from the ledger as it is now.

    Raises
    ------
    DataError
        When no run had predictions yet.
    StoreError
        When the ledger cannot be read.
    """
    prepared = prepare(context)
    folder = prepared.dir.read_evidence()
    evidence = folder.get("wear")
    if not isinstance(evidence, WearEvidence):
        msg = f"{prepared.dir.path} has no evidence about a test set"
        raise DataError(msg, hint="run `mlgate run` with predictions first")
    run = prepared.dir.read_run()
    verdict = judge(
        run,
        {record.evidence: prepared.dir.read_evidence(record.evidence) for record in run.judges},
        context.now.date(),
        checks.gates(),
    )
    seen = open_book(prepared, prepared.judges[0], prepared.git).read()
    others = count(
        [line for line in seen if line.evaluation != evidence.evaluation], evidence.test_set
    )
    folder["wear"] = evidence.model_copy(update={**others._asdict(), "others": others.evaluations})
    reading = gates_wear.meter(folder, verdict.gates, verdict.verdict, run.changes)
    assert reading is not None  # there is evidence of a test set
    numbers, results = exact(folder), len(verdict.gates)
    sealed = prepared.judges[0].config.sealed
    compare = folder.get("compare")
    announced = compare.test_set if isinstance(compare, CompareEvidence) else None
    seal = announced.digest if announced is not None else ""
    spent = uses_of(seal, seen, evidence.test_set)
    return WearMeter(
        test_set=evidence.test_set,
        use=reading.use,
        surprises=reading.surprises,
        assumed=reading.assumed,
        changes=run.changes,
        rules=tuple(_rule_wear(rule, reading.use, numbers, results) for rule in reading.margins),
        sealed=None if sealed is None else (max(sealed.uses - len(spent), 0), sealed.uses),
    )


def _rule_wear(rule: Allowed, use: Use, numbers: int, results: int) -> RuleWear:
    place = rule.n, rule.margin, rule.cap
    until = evaluations_until(use, *place)
    return RuleWear(
        rule,
        wear(use, *place),
        until and max(until - use.evaluations, 0),
        exact=evaluations_borne(numbers, 0, *place),
        steps=evaluations_borne(0, results, *place),
    )
