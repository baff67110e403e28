"""Reports for programs: valid by the published schemas, and of the verdict's mind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate import checks
from mlgate.cli import main
from mlgate.report import formats, load
from mlgate.run_dir import RunDir

HERE = Path(__file__).parent
SAMPLES = sorted(path.name for path in (HERE / "samples").iterdir() if path.is_dir())
XSD = xmlschema.XMLSchema(HERE / "schemas/junit-10.xsd")
SARIF = jsonschema.Draft7Validator(json.loads((HERE / "schemas/sarif-2.1.0.json").read_text()))


def loaded(sample: str) -> load.LoadedRun:
    return load.load(RunDir(HERE / "samples" / sample, checks.evidence_types()))


def rendered(form: str, *runs: load.LoadedRun) -> str:
    return formats.find(form).render(runs)


def changed(run: load.LoadedRun, first_gate: dict[str, Any], **verdict: Any) -> load.LoadedRun:
    gates = run.verdict.gates
    gate = gates[0].model_copy(update=first_gate)
    update = {"gates": (gate, *gates[1:]), **verdict}
    return load.LoadedRun(run.run, run.verdict.model_copy(update=update), run.evidence)


@pytest.mark.parametrize("sample", SAMPLES)
def test_junit_is_valid_and_fails_where_the_verdict_blocks(sample: str) -> None:
    run = loaded(sample)
    text = rendered("junit", run)
    XSD.validate(text)
    (suite,) = ET.fromstring(text)
    cases = suite.findall("testcase")
    failing = [case for case in cases if {"failure", "error"} & {part.tag for part in case}]
    assert bool(failing) == run.verdict.blocked
    assert int(suite.attrib["failures"]) + int(suite.attrib["errors"]) == len(failing)
    assert int(suite.attrib["tests"]) == len(cases) >= max(1, len(run.verdict.gates))


@pytest.mark.parametrize("sample", SAMPLES)
def test_sarif_is_valid_and_has_an_error_where_the_verdict_blocks(sample: str) -> None:
    run = loaded(sample)
    log = json.loads(rendered("sarif", run))
    SARIF.validate(log)
    (of_run,) = log["runs"]
    rules = of_run["tool"]["driver"]["rules"]
    for result in of_run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert any(r["level"] == "error" for r in of_run["results"]) == run.verdict.blocked


def test_sarif_points_at_the_gate_s_line() -> None:
    results = json.loads(rendered("sarif", loaded("blocked")))["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    gates = [gate for gate in loaded("blocked").verdict.gates if gate.verdict != "pass"]
    assert [place["region"]["startLine"] for place in places] == [g.line or 1 for g in gates]
    assert {place["artifactLocation"]["uri"] for place in places} == {"mlgate.yaml"}


@pytest.mark.parametrize("file", ["/etc/policy.yaml", "../policy.yaml", None])
def test_sarif_names_no_file_outside_of_the_repository(file: str | None) -> None:
    run = changed(loaded("passing"), {"file": file, "verdict": "fail"}, blocked=True)
    log = json.loads(rendered("sarif", run))
    SARIF.validate(log)
    assert "locations" not in log["runs"][0]["results"][0]


def test_what_is_waived_or_only_warns_is_no_failure() -> None:
    warning = changed(loaded("passing"), {"on_fail": "warn", "verdict": "fail"})
    (suite,) = ET.fromstring(rendered("junit", warning))
    assert suite.attrib["failures"] == "0"
    assert suite.attrib["skipped"] == "1"
    assert "fails, warns only: " in str(suite.find("testcase/skipped").attrib["message"])  # type: ignore[union-attr]
    [result] = json.loads(rendered("sarif", warning))["runs"][0]["results"]
    assert result["level"] == "warning"
    assert "(fails, warns only): " in result["message"]["text"]
    badge = json.loads(rendered("badge", loaded("passing"), warning))
    assert (badge["message"], badge["color"]) == ("passed, 1 warning", "orange")


@pytest.mark.parametrize(
    ("sample", "message", "color"),
    [
        ("passing", "passed", "brightgreen"), ("failing", "blocked", "red"),
        ("broken", "blocked", "red"), ("first", "untested", "yellow"),
        ("undecided", "undecided", "yellow"), ("skipped", "not applicable", "lightgrey"),
    ],
)  # fmt: skip
def test_a_badge_says_how_the_run_ended(sample: str, message: str, color: str) -> None:
    badge = json.loads(rendered("badge", loaded(sample)))
    label = loaded(sample).verdict.name
    assert badge == {"schemaVersion": 1, "label": label, "message": message, "color": color}


def test_what_would_block_is_no_yellow_badge() -> None:
    badge = json.loads(rendered("badge", changed(loaded("undecided"), {}, blocked=True)))
    assert badge["message"] == "blocked"


def test_several_models_are_suites_runs_and_the_worst_badge() -> None:
    runs = loaded("passing"), loaded("failing")
    assert len(ET.fromstring(rendered("junit", *runs))) == 2
    assert len(json.loads(rendered("sarif", *runs))["runs"]) == 2
    assert json.loads(rendered("badge", *runs))["message"] == "blocked"


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_xml_or_the_json(text: str) -> None:
    run = changed(loaded("blocked"), {"reason": text, "title": text or "t"}, name=text or "m")
    XSD.validate(rendered("junit", run))
    SARIF.validate(json.loads(rendered("sarif", run)))
    json.loads(rendered("badge", run))


def test_the_command_writes_them_into_the_run_directory(
    run_dir: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_dir("failing").path
    words = [word for name in formats.names() for word in ("--format", name)]
    assert main(["report", "--run-dir", str(folder), *words]) == 0
    written = {
        Path(line).relative_to(folder).as_posix() for line in capsys.readouterr().out.split()
    }
    assert written == {"formats/junit.xml", "formats/results.sarif", "formats/badge.json"}
    assert not (folder / "report.html").exists()
    RunDir(folder).reset()  # knows them for its own


def test_an_unknown_format_is_refused_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["report", "--format", "xunit"]) == 2
    assert "text, badge, junit, sarif" in capsys.readouterr().err
