"""How worn the test set is by this verdict: pure, from the ledger's counts and the gates."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.model.evidence import Note
from mlgate.model.metrics import RIGHT_OR_WRONG
from mlgate.model.verdict import WearReading
from mlgate.model.wear import WearEvidence
from mlgate.stats.wear import AMBER, CAP, RED, Use, wear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.gates.results import Folder
    from mlgate.model.verdict import RuleResult, RunOutcome

MARGINS: Final = ("max_regression", "max_regression_anchor")


class Allowed(NamedTuple):
    """A rule by its id, what it allows as a share of the rows, the rows, and the cap."""

    gate: str
    margin: float
    n: int
    cap: float


def read(
    evidence: Folder, results: Iterable[RuleResult], outcome: RunOutcome
) -> WearReading | None:
    """Read the meter after this run; None where there is no test set.

    This run counts, once however often it is repeated, and as a surprise where it did not pass.
    """
    ledger = evidence.get("wear")
    if not isinstance(ledger, WearEvidence):
        return None
    use = Use(ledger.others + 1, ledger.surprises + surprising(outcome))
    tight = min(margins(results, evidence), key=lambda allowed: allowed.margin, default=None)
    counts = asdict(use)
    if tight is None:
        return WearReading(**counts)
    meter = wear(use, tight.n, tight.margin, tight.cap)
    return WearReading(
        **counts,
        **tight._asdict(),
        value=meter.value,
        fresh=wear(Use(1, 0), tight.n, tight.margin, tight.cap).value,
        tolerance=meter.tolerance,
    )


def surprising(outcome: RunOutcome) -> bool:
    """Return whether an outcome reveals something about the test set: an untested run does not."""
    return outcome not in ("pass", "untested", "not_applicable")


def margins(results: Iterable[RuleResult], evidence: Folder) -> Iterator[Allowed]:
    """Return the margins of the rules about a share of right rows, on which the formula rests."""
    for result in results:
        of_rows = result.check in evidence and result.metric in RIGHT_OR_WRONG
        if result.rule_kind not in MARGINS or not of_rows or not result.n:
            continue
        margin = result.threshold * (result.baseline or 0) if result.relative else result.threshold
        if 0 < margin <= 1:
            yield Allowed(result.id, margin, result.n, _cap(result, evidence))


def _cap(result: RuleResult, evidence: Folder) -> float:
    """Return the share of differing rows: what is usual, or what was measured if that is more."""
    measured = evidence[result.check].metrics.get(result.metric)
    comparison = measured.against.get(result.against) if measured and result.against else None
    if comparison is None or comparison.discordant is None:
        return CAP
    discordant = comparison.discordant
    return max(CAP, (discordant.fixed + discordant.broken) / comparison.n)


def notes(meter: WearReading | None) -> Iterator[Note]:
    """Return what a worn test set means, and what to do.

    Only where most of the wear comes from the answers: few rows for a small margin are nearly
    used up by the first answer, which `plan` shows better.
    """
    if meter is None or meter.value is None or meter.fresh is None or meter.margin is None:
        return
    if meter.value < max(AMBER, 2 * meter.fresh):
        return
    worn = (
        f"This test set has answered at least {meter.evaluations:,} times: "
        f"its wear is at least {meter.value:.2f} of 1"
    )
    if meter.value <= RED:
        yield Note(level="info", text=f"{worn}. Plan new rows for it (docs/wear.md).")
        return
    certified = "no margin" if meter.tolerance is None else f"a margin of {meter.tolerance:.2g}"
    text = (
        f"{worn}. Its answers certify {certified} now, instead of {meter.margin:.2g}: "
        "refresh it (docs/wear.md)."
    )
    yield Note(level="warning", text=text)
