"""How worn the test set is by this verdict: pure, from the ledger's counts and the gates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.gates.printed import exact, printed
from mlgate.metrics import RIGHT_OR_WRONG
from mlgate.model.evidence import CompareEvidence, Note
from mlgate.model.project import DOCS
from mlgate.model.verdict import WearReading
from mlgate.model.wear import Printed, WearEvidence
from mlgate.stats.wear import AMBER, CAP, RED, Use, wear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.gates.results import Folder
    from mlgate.model.evidence import Changes, Comparison
    from mlgate.model.verdict import RuleResult, RunOutcome

MARGINS: Final = ("max_regression", "max_regression_anchor")
STEP: Final = 0.05
"""In reports in steps, the share of rows that the first model got wrong is rounded up to these."""


class Allowed(NamedTuple):
    """A rule by its id, what it allows as a share of the rows, the rows, and the cap."""

    gate: str
    margin: float
    n: int
    cap: float


class Meter(NamedTuple):
    """What a test set has gone through with this run, and the margins that it wears for.

    Attributes
    ----------
    now
        What this run alone printed.
    surprises, assumed
        As in `WearReading`.
    """

    use: Use
    now: Printed
    surprises: int
    assumed: int
    margins: tuple[Allowed, ...]


def meter(
    evidence: Folder, results: Sequence[RuleResult], outcome: RunOutcome, changes: Changes
) -> Meter | None:
    """Count what has been printed with this run; None where there is no test set.

    This run counts, once however often it is repeated. Evaluations that did not record what they
    printed are taken to have shown as many numbers as this run measured.

    Parameters
    ----------
    results
        As they were decided, with the steps that are shown of them.
    """
    ledger = evidence.get("wear")
    if not isinstance(ledger, WearEvidence):
        return None
    now = printed(evidence, results, changes)
    assumed = ledger.others if ledger.unrecorded is None else ledger.unrecorded
    total = (ledger.printed or Printed()).plus(now).plus(Printed(exact=exact(evidence)), assumed)
    use = Use(ledger.others + 1, **total.model_dump())
    surprises = ledger.surprises + surprising(outcome)
    return Meter(use, now, surprises, assumed, tuple(_margins(results, evidence, ledger, changes)))


def read(
    evidence: Folder, results: Sequence[RuleResult], outcome: RunOutcome, changes: Changes
) -> WearReading | None:
    """Read the meter after this run; None where there is no test set."""
    reading = meter(evidence, results, outcome, changes)
    if reading is None:
        return None
    use, now = reading.use, reading.now
    shown = Printed(exact=use.exact, steps=use.steps, unusual=use.unusual)
    counts = WearReading(
        evaluations=use.evaluations,
        surprises=reading.surprises,
        printed=shown,
        assumed=reading.assumed,
    )
    tight = min(reading.margins, key=lambda allowed: allowed.margin, default=None)
    if tight is None:
        return counts
    worn = wear(use, tight.n, tight.margin, tight.cap)
    first = Use(1, now.exact, now.steps)
    return counts.model_copy(
        update={
            **tight._asdict(),
            "value": worn.value,
            "fresh": wear(first, tight.n, tight.margin, tight.cap).value,
            "tolerance": worn.tolerance,
        }
    )


def surprising(outcome: RunOutcome) -> bool:
    """Return whether an outcome is another than the usual one; an untested run's is not."""
    return outcome not in ("pass", "untested", "not_applicable")


def first_error(evidence: Folder, changes: Changes) -> float | None:
    """Return the share of rows that the first model of this test set got wrong, as it is recorded.

    The ledger's word where an evaluation before recorded it; this model's own where it is the first.
    """
    ledger = evidence.get("wear")
    if not isinstance(ledger, WearEvidence):
        return None
    if ledger.first_error is not None or ledger.others:
        return ledger.first_error
    own = _error(evidence)
    return _rounded(own) if own is not None and changes == "steps" else own


def _margins(
    results: Iterable[RuleResult], evidence: Folder, ledger: WearEvidence, changes: Changes
) -> Iterator[Allowed]:
    """Return the margins of the rules about a share of right rows, on which the formula rests.

    Where numbers are shown in steps, a margin relative to the baseline is taken of what the first model
    got right, as the baseline's own value is not shown.
    """
    error = first_error(evidence, changes)
    for result in results:
        of_rows = result.check in evidence and result.metric in RIGHT_OR_WRONG
        if result.rule_kind not in MARGINS or not of_rows or not result.n:
            continue
        baseline = result.baseline if changes == "exact" else 1 - (1 if error is None else error)
        margin = result.threshold * (baseline or 0) if result.relative else result.threshold
        if 0 < margin <= 1:
            cap = _cap(result, evidence, ledger, error, changes)
            yield Allowed(result.id, margin, result.n, cap)


def _cap(
    result: RuleResult,
    evidence: Folder,
    ledger: WearEvidence,
    error: float | None,
    changes: Changes,
) -> float:
    """Return the largest share of rows on which this model may differ from the test set's first one.

    Two models differ in what they get right on no more rows than either got wrong. Told in steps,
    that must not depend on this model: it is taken to be at most five points worse than the first.
    Where the first one is this run's baseline, what was measured counts. Unknown: all rows.
    """
    denser = _density(result, evidence)
    if changes == "steps":
        return 1.0 if error is None else max(CAP, min(1.0, denser * (2 * error + STEP)))
    against = evidence[result.check].metrics[result.metric].against
    measured = [share for each in against.values() if (share := _differing(each)) is not None]
    if ledger.others == 0:
        return max([CAP, *measured])
    differing = _from_first(result, evidence, ledger)
    if differing is None:
        own = _error(evidence)
        differing = 1.0 if error is None or own is None else min(1.0, denser * (error + own))
    return max([CAP, differing, *measured])


def _density(result: RuleResult, evidence: Folder) -> float:
    """Return how many times denser than in all rows differing ones may lie in those of a rule."""
    compare = _comparison(evidence)
    rows = compare.n if compare else None
    if rows is None or not result.n:
        return 1.0 if isinstance(evidence.get(result.check), CompareEvidence) else math.inf
    return max(1.0, rows / result.n)


def _from_first(result: RuleResult, evidence: Folder, ledger: WearEvidence) -> float | None:
    """Return the measured share that differs from the first model, where it is a baseline here."""
    check = evidence[result.check]
    for role, ref in check.baselines.items():
        comparison = check.metrics[result.metric].against.get(role)
        if ref.commit is not None and ref.commit == ledger.first and comparison is not None:
            return _differing(comparison)
    return None


def _differing(comparison: Comparison) -> float | None:
    changed = comparison.discordant
    return None if changed is None else (changed.fixed + changed.broken) / comparison.n


def _comparison(evidence: Folder) -> CompareEvidence | None:
    return next((each for each in evidence.values() if isinstance(each, CompareEvidence)), None)


def _error(evidence: Folder) -> float | None:
    """Return the share of all rows that this model got wrong; None where it was not measured."""
    compare = _comparison(evidence)
    if compare is None:
        return None
    values = (compare.metrics[name].value for name in RIGHT_OR_WRONG if name in compare.metrics)
    right = next((value for value in values if value is not None), None)
    return None if right is None else min(1.0, max(0.0, 1 - right))


def _rounded(error: float) -> float:
    return min(1.0, math.ceil(error / STEP - 1e-9) * STEP)


def notes(meter: WearReading | None) -> Iterator[Note]:
    """Return what a worn test set means, and what to do.

    Only where the rows could certify the margin before: few rows for a small margin are used up by the
    first answer, which `plan` shows better.
    """
    if meter is None or meter.value is None or meter.fresh is None or meter.margin is None:
        return
    if meter.fresh > RED or meter.value < max(AMBER, 2 * meter.fresh):
        return
    seen = f"At least {meter.evaluations:,} answers of this test set have been seen"
    if meter.value <= RED:
        text = (
            f"{seen}: {100 * meter.value:.0f} % of what its rows bear before a model that is chosen by them can look better "
            f"than it is by {meter.margin:.2g}, which {meter.gate} allows. Plan new rows for it ({DOCS}/wear.md)."
        )
        yield Note(level="info", text=text)
        return
    by = "any amount" if meter.tolerance is None else f"up to {meter.tolerance:.2g}"
    text = (
        f"{seen}. A model that is chosen by them can look better than it is by {by}, and {meter.gate} allows "
        f"{meter.margin:.2g}: take new test rows ({DOCS}/wear.md)."
    )
    yield Note(level="warning", text=text)
