"""What follows from a verdict: which share the canary gets next. Pure.

No path leads from missing data to promotion: it takes a pass of every gate, and requests of the canary in
this very look.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from mlgate.config.scalars import seconds
from mlgate.model.rollout import Action

if TYPE_CHECKING:
    from mlgate.checks.rollout.evidence import RolloutEvidence
    from mlgate.checks.rollout.section import RolloutSection
    from mlgate.model.rollout import Phase
    from mlgate.model.verdict import Verdict
    from mlgate.rollout.chain import Rollout


def next_action(
    state: Rollout,
    section: RolloutSection,
    evidence: RolloutEvidence,
    verdict: Verdict,
    now: dt.datetime,
) -> Action | None:
    """Return what to do; None where everything stays as it is.

    Parameters
    ----------
    state
        With this look as its last.
    """
    unread = state.looks[-1].look.problem
    if verdict.verdict == "fail":
        return _back(f"rolled back: {_reasons(verdict, 'fail')}")
    if unread is not None or verdict.verdict == "error":
        why = unread or evidence.error or _reasons(verdict, "error")
        return _blind(state, section, why, now)
    if state.phase == "blind":
        phase: Phase = "held" if state.held else "progressing"
        return Action(share=state.share, phase=phase, reason="requests are counted again")
    if verdict.verdict == "pass" and evidence.latest and state.phase == "progressing":
        return Action(share=1.0, phase="promoted", reason="promoted: every gate passes")
    if _age(state.begun, now) > seconds(section.deadline.after) and state.phase != "held":
        return _overdue(state, section)
    return _step(state, section, evidence, now)


def _overdue(state: Rollout, section: RolloutSection) -> Action:
    reason = f"nothing is decided after {section.deadline.after}"
    if section.deadline.then == "rollback":
        return _back(f"rolled back: {reason}")
    return Action(share=state.share, phase="held", reason=f"held: {reason}")


def _blind(state: Rollout, section: RolloutSection, why: str, now: dt.datetime) -> Action | None:
    """Hold; roll back what has been blind for too long."""
    if state.phase != "blind":
        return Action(share=state.share, phase="blind", reason=f"nothing can be concluded: {why}")
    if _age(state.since, now) >= seconds(section.blind_for):
        return _back(f"rolled back: nothing could be concluded for {section.blind_for} ({why})")
    return None


def _step(
    state: Rollout, section: RolloutSection, evidence: RolloutEvidence, now: dt.datetime
) -> Action | None:
    """Go to the next share where requests were counted, and no guard is half way to an alarm."""
    later = [share for share in section.steps if share > state.share]
    half = -math.log10(section.false_rollback) / 2
    suspect = any(alarm.log10_e > half for alarm in evidence.alarms.values())
    waiting = _age(state.moved, now) < seconds(section.pace)
    if state.phase != "progressing" or not later or not evidence.latest or suspect or waiting:
        return None
    reason = f"{evidence.canary.requests:,} requests of the canary without a sign that it is worse"
    return Action(share=later[0], phase="progressing", reason=reason)


def _back(reason: str) -> Action:
    return Action(share=0.0, phase="rolled_back", reason=reason)


def _reasons(verdict: Verdict, outcome: str) -> str:
    reasons = [f"{gate.id}: {gate.reason}" for gate in verdict.gates if gate.verdict == outcome]
    return "; ".join(reasons) or verdict.headline


def _age(time: str, now: dt.datetime) -> float:
    return (now - dt.datetime.fromisoformat(time)).total_seconds()
