"""How worn the test set is by this verdict: pure, from the ledger's counts and the gates."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.metrics import RIGHT_OR_WRONG
from mlgate.model.evidence import Note
from mlgate.model.verdict import Wear
from mlgate.model.wear import WearEvidence
from mlgate.stats.wear import AMBER, CAP, RED, Use, wear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.gates.results import Folder
    from mlgate.model.verdict import GateVerdict, RunOutcome

MARGINS: Final = ("max_regression", "max_regression_anchor")


class Allowed(NamedTuple):
    """A rule by its id, what it allows as a share of the rows, the rows, and the cap."""

    gate: str
    margin: float
    n: int
    cap: float


def read(evidence: Folder, gates: Iterable[GateVerdict], outcome: RunOutcome) -> Wear | None:
    """Read the meter after this run; None where there is no test set.

    This run counts, once however often it is repeated, and as a surprise where it did not pass.
    """
    found = evidence.get("wear")
    if not isinstance(found, WearEvidence):
        return None
    use = Use(found.others + 1, found.surprises + surprising(outcome))
    tight = min(margins(gates, evidence), key=lambda one: one.margin, default=None)
    counts = asdict(use)
    if tight is None:
        return Wear(**counts)
    meter = wear(use, tight.n, tight.margin, tight.cap)
    return Wear(
        **counts,
        **tight._asdict(),
        value=meter.value,
        fresh=wear(Use(1, 0), tight.n, tight.margin, tight.cap).value,
        tolerance=meter.tolerance,
    )


def surprising(outcome: RunOutcome) -> bool:
    """Whether an outcome told something of the test set; that nothing was tested told nothing."""
    return outcome not in ("pass", "untested", "not_applicable")


def margins(gates: Iterable[GateVerdict], evidence: Folder) -> Iterator[Allowed]:
    """Give the margins of the rules about a share of right rows, on which the formula rests."""
    for gate in gates:
        of_rows = gate.check in evidence and gate.metric in RIGHT_OR_WRONG
        if gate.rule_kind not in MARGINS or not of_rows or not gate.n:
            continue
        margin = gate.threshold * (gate.baseline or 0) if gate.relative else gate.threshold
        if 0 < margin <= 1:
            yield Allowed(gate.id, margin, gate.n, _cap(gate, evidence))


def _cap(gate: GateVerdict, evidence: Folder) -> float:
    """Give the share of differing rows: what is usual, or what was measured where that is more."""
    measured = evidence[gate.check].metrics.get(gate.metric)
    found = measured.against.get(gate.against) if measured and gate.against else None
    if found is None or found.discordant is None:
        return CAP
    return max(CAP, (found.discordant.fixed + found.discordant.broken) / found.n)


def notes(found: Wear | None) -> Iterator[Note]:
    """Say what a worn test set means, and what to do.

    Said where most of it comes from the answers: few rows for a small margin are nearly used up
    by the first answer, which `plan` says better.
    """
    if found is None or found.value is None or found.fresh is None or found.margin is None:
        return
    if found.value < max(AMBER, 2 * found.fresh):
        return
    said = f"This test set has answered at least {found.evaluations:,} times: its wear is at least {found.value:.2f} of 1"
    if found.value <= RED:
        yield Note(level="info", text=f"{said}. Plan new rows for it (docs/wear.md).")
        return
    certified = "no margin" if found.tolerance is None else f"a margin of {found.tolerance:.2g}"
    text = f"{said}. Its answers certify {certified} now, instead of {found.margin:.2g}: refresh it (docs/wear.md)."
    yield Note(level="warning", text=text)
