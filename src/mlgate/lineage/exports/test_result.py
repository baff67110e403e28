"""The verdict, as in-toto's test result v0.1, on which an admission controller can decide.

https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.lineage.exports import Export
from mlgate.lineage.in_toto import statement

if TYPE_CHECKING:
    from typing import Literal

    from mlgate.lineage.exports import Origin
    from mlgate.model.verdict import RuleResult

    Result = Literal["PASSED", "WARNED", "FAILED"]

PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"


def render(origin: Origin, earlier: str | None) -> str:  # noqa: ARG001
    """Return the verdict on a model's files.

    A gate that blocks is a failed test; one that passes is a passed one; all others, undecided,
    untested, waived or set to warn, are warned of. So is the whole, if nothing blocks.

    Raises
    ------
    DataError
        When nothing was judged, or nothing names the model's files.
    """
    record, verdict = origin.record, origin.verdict
    if verdict is None or record.verdict is None or verdict.verdict == "not_applicable":
        msg = f"the model {record.name} was not judged in this run"
        raise DataError(msg, hint="run `mlgate gate` first")
    passed = verdict.verdict == "pass" and not verdict.blocked
    whole: Result = "FAILED" if verdict.blocked else "PASSED" if passed else "WARNED"
    tests: dict[Result, list[str]] = {"PASSED": [], "WARNED": [], "FAILED": []}
    for gate in verdict.gates:
        tests[_result(gate)].append(f"{gate.id} ({gate.policy})")
    predicate = {
        "result": whole,
        "configuration": [
            {"name": f"{policy.file} ({policy.source})", "digest": {"sha256": policy.digest}}
            for policy in record.verdict.policies
        ],
        "passedTests": tests["PASSED"],
        "warnedTests": tests["WARNED"],
        "failedTests": tests["FAILED"],
    }
    return statement(record, PREDICATE, predicate)


def _result(gate: RuleResult) -> Result:
    if gate.blocks:
        return "FAILED"
    return "PASSED" if gate.verdict == "pass" else "WARNED"


EXPORT: Final = Export("verdict.test-result.json", render)
