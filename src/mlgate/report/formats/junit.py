"""JUnit XML: a test case for each rule, read by nearly every CI without a token.

What blocks is a failure or an error, what only warns is skipped, so that whoever counts failures
blocks exactly what the verdict blocks. The elements are those of Jenkins' xUnit plugin
(junit-10.xsd), the form that most readers share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from mlgate.report.formats import ReportFormat
from mlgate.report.gates import word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.model.verdict import RuleResult, Verdict
    from mlgate.report.load import LoadedRun

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def render(runs: Sequence[LoadedRun]) -> str:
    """Return one test suite a model."""
    top = ET.Element("testsuites", name="mlgate")
    for loaded in runs:
        top.append(_suite(loaded))
    ET.indent(top)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(top, encoding="unicode")}\n'


def _suite(loaded: LoadedRun) -> ET.Element:
    verdict = loaded.verdict
    cases = list(_cases(verdict))
    counts = {
        name: str(sum(case.find(tag) is not None for case in cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    facts = {"name": _text(verdict.name), "tests": str(len(cases)), "time": "0"}
    facts["timestamp"] = loaded.run.started.removesuffix("Z")
    suite = ET.Element("testsuite", facts | counts)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(verdict):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(cases)
    return suite


def _properties(verdict: Verdict) -> Iterator[tuple[str, str]]:
    yield "headline", verdict.headline
    yield "verdict", verdict.verdict
    yield "blocked", str(verdict.blocked).lower()
    if verdict.commit is not None:
        yield "commit", verdict.commit


def _cases(verdict: Verdict) -> Iterator[ET.Element]:
    for gate in verdict.gates:
        other = "" if gate.policy == verdict.gates[0].policy else f" ({gate.policy})"
        case = _case(verdict, f"{gate.id}{other}")
        outcome = _outcome(gate)
        if outcome is not None:
            failed = outcome == "skipped" and gate.verdict in ("fail", "error")
            message = f"{word(gate)}: {gate.reason}" if failed else gate.reason
            ET.SubElement(case, outcome, type=gate.verdict, message=_text(message))
        else:
            ET.SubElement(case, "system-out").text = _text(gate.reason)
        yield case
    if not verdict.gates or verdict.blocked > any(gate.blocks for gate in verdict.gates):
        case = _case(verdict, "verdict")
        outcome = ("failure" if verdict.verdict == "fail" else "error") if verdict.blocked else None
        if outcome or verdict.verdict != "pass":
            message = _text(verdict.headline)
            ET.SubElement(case, outcome or "skipped", type=verdict.verdict, message=message)
        yield case


def _case(verdict: Verdict, name: str) -> ET.Element:
    classname = f"mlgate.{verdict.name}"
    return ET.Element("testcase", classname=_text(classname), name=_text(name), time="0")


def _outcome(gate: RuleResult) -> str | None:
    """Return the element that says how a rule ended; none where it passes."""
    if gate.blocks:
        return "error" if gate.verdict == "error" else "failure"
    return None if gate.verdict == "pass" else "skipped"


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


FORMAT: Final = ReportFormat("junit.xml", render)
