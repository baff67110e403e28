"""How worn the test set is by this verdict: pure, from the ledger's counts and the gates."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.model.evidence import Note
from mlgate.model.metrics import RIGHT_OR_WRONG
from mlgate.model.verdict import Wear
from mlgate.model.wear import WearEvidence
from mlgate.stats.wear import AMBER, CAP, RED, Use, wear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.gates.answers import Folder
    from mlgate.model.verdict import GateVerdict, RunOutcome

MARGINS: Final = ("max_regression", "max_regression_anchor")


class Tightest(NamedTuple):
    """The rule that wears first: its id, margin as a share of rows, rows, and cap."""

    gate: str
    margin: float
    n: int
    cap: float


def read(evidence: Folder, gates: Iterable[GateVerdict], outcome: RunOutcome) -> Wear | None:
    """Read the meter after this run; None where there is no test set.

    This run counts where its answer is a new one, and as a surprise where it did not pass.
    """
    found = evidence.get("wear")
    if not isinstance(found, WearEvidence):
        return None
    new = not found.known
    use = Use(found.before + new, found.surprises + (new and outcome != "pass"))
    tight = tightest(gates, evidence)
    counts = asdict(use)
    if tight is None or use.evaluations == 0:
        return Wear(**counts)
    meter = wear(use, tight.n, tight.margin, tight.cap)
    return Wear(**counts, **tight._asdict(), value=meter.value, tolerance=meter.tolerance)


def tightest(gates: Iterable[GateVerdict], evidence: Folder) -> Tightest | None:
    """Give the rule with the smallest margin, among those whose metric is a share of right rows."""
    return min(_tight(gates, evidence), key=lambda one: one.margin, default=None)


def _tight(gates: Iterable[GateVerdict], evidence: Folder) -> Iterator[Tightest]:
    for gate in gates:
        of_rows = gate.check in evidence and gate.metric in RIGHT_OR_WRONG
        if gate.rule_kind not in MARGINS or not of_rows or not gate.n:
            continue
        margin = gate.threshold * (gate.baseline or 0) if gate.relative else gate.threshold
        if 0 < margin <= 1:
            yield Tightest(gate.id, margin, gate.n, _cap(gate, evidence))


def _cap(gate: GateVerdict, evidence: Folder) -> float:
    """Give the share of differing rows: what is usual, or what was measured where that is more."""
    measured = evidence[gate.check].metrics.get(gate.metric)
    found = measured.against.get(gate.against) if measured and gate.against else None
    if found is None or found.discordant is None:
        return CAP
    return max(CAP, (found.discordant.fixed + found.discordant.broken) / found.n)


def notes(found: Wear | None) -> Iterator[Note]:
    """Say what a worn test set means, and what to do."""
    if found is None or found.value is None or found.value < AMBER:
        return
    said = f"This test set has answered at least {found.evaluations:,} times: its wear is at least {found.value:.2f} of 1"
    if found.value <= RED:
        yield Note(level="info", text=f"{said}. Plan new rows for it (docs/wear.md).")
        return
    certified = "no margin" if found.tolerance is None else f"a margin of {found.tolerance:.2g}"
    text = f"{said}. Its answers certify {certified} now, instead of {found.margin:.2g}: refresh it (docs/wear.md)."
    yield Note(level="warning", text=text)
