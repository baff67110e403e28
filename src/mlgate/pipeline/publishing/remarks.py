"""Annotations: a remark on the line of mlgate.yaml whose gate does not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.forges.data import Annotation
from mlgate.gates.headline import tell
from mlgate.report.escape import one_line

if TYPE_CHECKING:
    from mlgate.forges.data import Level
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import GateVerdict, Verdict

MESSAGE = 1000


def remarks(run: RunRecord, verdict: Verdict) -> tuple[Annotation, ...]:
    """Give one for each gate that failed, could not be judged or is undecided.

    A gate of another file than this branch's configuration (an organisation's, or a rule that
    this branch has taken out) stands at its first line, and says whose it is.
    """
    found = (_annotation(run, gate) for gate in verdict.gates if _worth_it(gate))
    return tuple(dict.fromkeys(found))


def _worth_it(gate: GateVerdict) -> bool:
    return gate.verdict in ("fail", "error", "inconclusive")


def _annotation(run: RunRecord, gate: GateVerdict) -> Annotation:
    path = run.judges[0].file
    own = gate.line is not None and gate.file == path
    line = gate.line if own and gate.line is not None else 1
    whose = "" if own else f" (a rule of {gate.policy})"
    return Annotation(
        path=path,
        start_line=line,
        end_line=line,
        level=_level(gate),
        message=one_line(f"{tell(gate)}{whose}", MESSAGE),
        title=one_line(f"{run.name}: {gate.id}", 200),
    )


def _level(gate: GateVerdict) -> Level:
    if gate.waived is not None:
        return "notice"
    return "failure" if gate.blocks else "warning"
