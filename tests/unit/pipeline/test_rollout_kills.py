"""Ticks that SIGKILL ends at a part of their points; `benchmarks.rollout_kills` plays all of them."""

from __future__ import annotations

from benchmarks.rollout_kills import play


def test_killed_ticks_leave_the_same_evidence_and_the_same_traffic(tmp_path) -> None:
    whole = play(tmp_path / "whole", (0.02, 0.05), 0)
    killed = play(tmp_path / "killed", (0.02, 0.05), 11)
    assert killed.kills >= 6
    assert killed.phase == whole.phase == "rolled_back"
    assert killed.evidence.alarms == whole.evidence.alarms
    assert (killed.evidence.stable, killed.evidence.canary) == (
        whole.evidence.stable,
        whole.evidence.canary,
    )
    assert killed.shares == whole.shares, "no share is set twice"
