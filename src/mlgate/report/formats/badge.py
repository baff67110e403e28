"""A badge: the JSON that shields.io's endpoint reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from mlgate.model.verdict import SEVERITY
from mlgate.report.formats import ReportFormat
from mlgate.report.gates import status
from mlgate.text.escape import one_line
from mlgate.text.number_format import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.verdict import RunOutcome, Verdict
    from mlgate.report.load import LoadedRun

_LOOKS: Final[Mapping[RunOutcome, tuple[str, str]]] = {
    "pass": ("passed", "brightgreen"),
    "untested": ("untested", "yellow"),
    "inconclusive": ("undecided", "yellow"),
    "fail": ("blocked", "red"),
    "error": ("blocked", "red"),
    "not_applicable": ("not applicable", "lightgrey"),
}
_FAILED: Final = ("fail", "error")
_LABEL: Final = 40
"""Characters of a model's name at most."""


def render(runs: Sequence[LoadedRun]) -> str:
    """Return the badge of one model, or of the worst of several."""
    worst = max((run.verdict for run in runs), key=_severity)
    message, color = _LOOKS["fail" if worst.blocked else worst.verdict]
    warning = sum(status(gate) == "warn" and gate.verdict in _FAILED for gate in worst.gates)
    if warning and worst.verdict == "pass" and not worst.blocked:
        message, color = f"{message}, {plural(warning, 'warning')}", "orange"
    label = one_line(worst.name, _LABEL) if len(runs) == 1 else "model gates"
    badge = {"schemaVersion": 1, "label": label, "message": message, "color": color}
    return json.dumps(badge, ensure_ascii=False) + "\n"


def _severity(verdict: Verdict) -> tuple[bool, int, bool]:
    warns = any(gate.verdict in _FAILED for gate in verdict.gates)
    return verdict.blocked, SEVERITY[verdict.verdict], warns


FORMAT: Final = ReportFormat("badge.json", render)
