"""How a verdict looks in a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from mlgate.cli import out
from mlgate.model.policy import ANCHOR_FACTOR
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.cli.settings import Settings
    from mlgate.model.verdict import RuleResult, Verdict
    from mlgate.rollout.decision import Decision
    from mlgate.run_dir import RunDir

MARK: Final = {"pass": "✓", "fail": "✗", "inconclusive": "?", "untested": "–", "error": "!"}

ANCHOR: Final = (
    "each max_regression also has a rule max_regression_anchor, 1.5 times as wide unless it is written. "
    "It compares with the anchor, the last release or else the oldest baseline of 90 days, and catches "
    "many small losses."
)


def tell(settings: Settings, result: Verdict, run_dir: RunDir) -> None:
    """Print the verdict as a few lines, or as verdict.json."""
    if settings.json:
        out.record(result)
    else:
        out.say(verdict(result, run_dir))


def verdict(result: Verdict, run_dir: RunDir) -> str:
    """Return the verdict as a few lines."""
    lines = gates(result)
    warned = (note.text for note in run_dir.read_run().notes if note.level == "warning")
    lines += [f"  note: {text}" for text in warned if f"  note: {text}" not in lines]
    if run_dir.html.is_file():
        lines += ["", f"report: {run_dir.html}"]
    return "\n".join(lines)


def gates(result: Verdict) -> list[str]:
    """Return the headline and a line for each rule, then the notes.

    Of the rules against the anchor those that hold are left out where they only follow from another.
    """
    lines = [result.headline, ""]
    settled = ("pass", "untested")
    implied = _implied(result.gates)
    shown = [g for g in result.gates if g.verdict not in settled or g not in implied]
    width = max((len(gate.id) for gate in shown), default=0)
    above: str | None = None
    for gate in shown:
        by = "" if gate.policy == result.gates[0].policy else f" ({gate.policy})"
        reason = "same reason as above" if gate.reason == above else gate.reason
        lines.append(_gate(gate, width, reason) + by)
        above = gate.reason
    hints = dict.fromkeys(gate.hint for gate in shown if gate.hint is not None)
    lines += [f"  → {hint}" for hint in hints if hint[1:] not in result.headline]
    if any(gate in implied for gate in shown):
        lines.append(f"  note: {ANCHOR}")
    return lines + [f"  note: {note.text}" for note in result.notes]


def _implied(gates: Sequence[RuleResult]) -> list[RuleResult]:
    """Return the rules that follow from a `max_regression`, whose line in mlgate.yaml they have."""
    followed = {
        (gate.policy, gate.target, gate.line, round(ANCHOR_FACTOR * gate.threshold, 9))
        for gate in gates
        if gate.rule_kind == "max_regression"
    }
    return [
        gate
        for gate in gates
        if gate.rule_kind == "max_regression_anchor"
        and (gate.policy, gate.target, gate.line, round(gate.threshold, 9)) in followed
    ]


def _gate(gate: RuleResult, width: int, reason: str) -> str:
    waived = f" (waived until {gate.waived.until})" if gate.waived else ""
    warns = " (warns only)" if gate.on_fail == "warn" and gate.verdict == "fail" else ""
    return f"  {MARK[gate.verdict]} {gate.id:<{width}}  {reason}{waived}{warns}"


def decision(result: Decision) -> str:
    """Return what `mlgate verify` found as a few lines."""
    mark, word = (MARK["pass"], "may be deployed") if result.allowed else (MARK["fail"], "refused")
    lines = [
        f"{mark} {result.model} {word}: {result.name} at {short_sha(result.commit)}, verdict {result.verdict}"
    ]
    for refusal in result.refusals:
        lines += [f"  {refusal.key}: {refusal.reason}", f"    {refusal.hint}"]
    lines += [
        f"  sha256 {result.sha256}",
        f"  measured {result.measured}, read from {result.source}",
    ]
    return "\n".join(lines)


def decision_page(result: Decision) -> str:
    """Return the same as Markdown, for the summary of the step."""
    from mlgate.text.escape import code, inline

    mark, word = ("✅", "may be deployed") if result.allowed else ("❌", "is refused")
    lines = [
        f"### {mark} {code(result.model)} {word}",
        "",
        f"{inline(result.name)} at {code(short_sha(result.commit))}: {inline(result.headline)}",
        "",
    ]
    if result.refusals:
        cells = [
            f"| {code(refusal.key)} | {inline(refusal.reason)} | {inline(refusal.hint)} |"
            for refusal in result.refusals
        ]
        lines += ["| refused by | because | what to do |", "|---|---|---|", *cells, ""]
    facts = f"Measured {result.measured}, read from {inline(result.source)}. SHA-256 {code(result.sha256)}."
    return "\n".join([*lines, facts, ""])


def as_json(value: object) -> str:
    """Return any JSON-like value, indented."""
    return json.dumps(value, indent=1, ensure_ascii=False)
