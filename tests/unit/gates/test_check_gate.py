"""What a check that the judge has never heard of adds to its gates."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from mlgate.gates.check_gate import CheckGate
from mlgate.gates.judge import judge
from mlgate.model.evidence import Evidence, Measurement
from mlgate.model.policy import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.policy import Policy
    from mlgate.model.verdict import RuleResult, Verdict

TODAY = dt.date(2026, 11, 21)


def decide(make: Any, rules: Any, gate: CheckGate | None = None, **metrics: float) -> Verdict:
    """Judge latencies between 0.9 and 1.1 times these."""
    evidence = Evidence(
        check="latency",
        tool="0.1.0",
        commit=make.commit,
        created="2026-11-21T14:02:00Z",
        metrics={
            name: Measurement(
                title=name, value=value, interval=(0.9 * value, 1.1 * value), n=100, method="order"
            )
            for name, value in metrics.items()
        },
    )
    folder = {"latency": evidence}
    gates = {} if gate is None else {"latency": gate}
    return judge(make.run(make.judge(rules)), {"evidence": folder}, TODAY, gates)


def test_without_anything_a_number_is_held_against_a_limit(make: Any) -> None:
    verdict = decide(make, {"latency.p99": {"max": 100}}, p99=120.0)
    (result,) = verdict.gates
    assert (result.check, result.metric, result.verdict) == ("latency", "p99", "fail")
    assert result.reason == "at least 108 (wanted: ≤ 100)"


def test_a_missing_metric_is_named_with_its_check_or_without(make: Any) -> None:
    rules = {"p98": {"max": 100}}
    prefixed = decide(make, rules, p99=120.0).gates[0]
    assert prefixed.hint == "name one of these under `gates:`: latency.p99"
    bare = decide(make, rules, CheckGate(unprefixed=True), p99=120.0).gates[0]
    assert (bare.check, bare.reason) == ("latency", "p98 was not measured")
    assert bare.hint == "name one of these under `gates:` (did you mean p99?): p99"


def test_a_check_measures_anew_and_explains(make: Any) -> None:
    def remeasure(
        metric: str, measurement: Measurement, evidence: Evidence, policy: Policy
    ) -> Measurement:
        assert (metric, evidence.check, policy.confidence) == ("p99", "latency", 0.95)
        return measurement.model_copy(update={"value": 50.0, "interval": (45.0, 55.0)})

    def explain(result: RuleResult, evidence: Evidence, policy: Policy) -> str:
        del evidence, policy
        return f"{result.value:g} ms"

    gate = CheckGate(remeasure=remeasure, explain=explain)
    verdict = decide(make, {"latency.p99": {"max": 100}}, gate, p99=120.0)
    (result,) = verdict.gates
    assert (result.verdict, result.reason) == ("pass", "50 ms")
    assert verdict.headline == "Model gate: passed — p99 is 50 ms"
    assert verdict.summary == "passed — p99 is 50 ms"


def test_a_gate_on_several_things_is_several_rules_corrected_together(make: Any) -> None:
    def expand(target: Target, evidence: Evidence) -> Sequence[Target]:
        return [Target(name=f"latency.{name}") for name in evidence.metrics if target.level]

    def correct(results: Sequence[RuleResult], evidence: Evidence) -> Sequence[RuleResult]:
        assert len(results) == len(evidence.metrics)
        return [result.model_copy(update={"verdict": "inconclusive"}) for result in results]

    gate = CheckGate(expand=expand, correct=correct)
    verdict = decide(make, {"latency[all]": {"max": 100}}, gate, p50=120.0, p99=150.0)
    assert [result.id for result in verdict.gates] == ["latency.p50.max", "latency.p99.max"]
    assert verdict.verdict == "inconclusive"
