"""Another tool's results as evidence, from mlgate.yaml to the verdict and the report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mlgate.cli import main

FILES = Path(__file__).parents[1] / "checks/imported"
HEAD = "version: 1\nreport: {plots: none}\n"
TWO = "evidence: {import: [reports/evidently.json, {name: suite, path: reports/deepchecks.json}]}\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    put(tmp_path, "evidently", "evidently-0.7-drift")
    put(tmp_path, "deepchecks", "deepchecks-0.19-suite")
    (tmp_path / ".gitignore").write_text(".mlgate/\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", *identity, *arguments], check=True, cwd=tmp_path)
    return tmp_path


def put(folder, name, source):
    shutil.copy(FILES / f"{source}.json", folder / "reports" / f"{name}.json")


def run(folder, rest, code):
    (folder / "mlgate.yaml").write_text(HEAD + rest)
    assert main(["run"]) == code
    verdict = json.loads((folder / ".mlgate/verdict.json").read_text())
    return {gate["id"]: gate for gate in verdict["gates"]}


def told(gate):
    return f"{gate['reason']} {gate['hint']}"


def test_tests_that_failed_block(repository):
    gates = run(repository, f"{TWO}gates: {{imported: {{max_share: 0}}}}\n", 1)
    gate = gates["imported.max_share"]
    assert (gate["verdict"], gate["value"], gate["n"]) == ("fail", 6 / 9, 9)
    assert gate["reason"].startswith("6 of 9 tests (Share of Drifted Columns: Less 0.500; ")
    report = (repository / ".mlgate/report.md").read_text()
    assert "<b>Evidently: evidently</b>: 2 of 3 tests failed" in report
    assert "<b>Deepchecks: suite</b>: 4 of 6 tests failed, 1 did not run" in report
    assert "1 of 7 tests in reports/deepchecks.json did not run and do not count." in report
    evidence = json.loads((repository / ".mlgate/evidence/imported.json").read_text())
    assert set(evidence["inputs"]) == {"reports/evidently.json", "reports/deepchecks.json"}


def test_each_file_and_number_has_a_gate_of_its_own(repository):
    put(repository, "evidently", "evidently-0.7-tests")
    gates = run(
        repository,
        f"{TWO}gates:\n"
        "  imported.evidently: {max_share: 0.4}\n"
        "  imported.evidently.warned: {max: 0}\n"
        "  imported.evidently.MeanValue.age: {max: 45, on_fail: warn}\n"
        "  imported.evidently.RowCount: {min: 100}\n"
        "  imported.suite.Train Test Samples Mix.ratio: {max: 0.2}\n",
        0,
    )
    found = {name: gate["verdict"] for name, gate in gates.items()}
    assert found == {
        "imported.evidently.max_share": "pass",
        "imported.evidently.warned.max": "pass",
        # One number has no interval: it can break a rule, and never pass one.
        "imported.evidently.MeanValue.age.max": "fail",
        "imported.evidently.RowCount.min": "untested",
        "imported.suite.Train Test Samples Mix.ratio.max": "untested",
    }


def test_numbers_without_tests_are_no_pass(repository):
    put(repository, "evidently", "evidently-0.7-class")
    section = "evidence: {import: [reports/evidently.json]}\n"
    rest = (
        "gates: {imported: {max_share: 0}, imported.evidently: {max_share: 0},"
        " imported.evidently.Accurracy: {min: 0.4}}\n"
    )
    gates = run(repository, section + rest, 1)
    assert {gate["verdict"] for gate in gates.values()} == {"error"}
    why = "reports/evidently.json holds numbers but no tests (include_tests=True adds them)"
    assert why in told(gates["imported.max_share"])
    assert why in told(gates["imported.evidently.max_share"])
    misspelt = told(gates["imported.evidently.Accurracy.min"])
    assert "did you mean imported.evidently.Accuracy?" in misspelt


def test_words_are_masked(repository):
    (repository / "a.csv").write_text("x\n1\n2\n")
    run(
        repository,
        f"{TWO}data: {{path: a.csv, mask: true}}\ngates: {{imported: {{max_share: 1}}}}\n",
        0,
    )
    text = (repository / ".mlgate/evidence/imported.json").read_text()
    assert "Drift score is" not in text
    assert "Value Drift for column age" in text
    assert "masked (data.mask)" in (repository / ".mlgate/report.md").read_text()


def test_an_old_file_is_told(repository):
    os.utime(repository / "reports/evidently.json", (1_000, 1_000))
    rest = f"train: {{run: 'true'}}\n{TWO}gates: {{imported: {{max_share: 1}}}}\n"
    run(repository, rest, 0)
    report = (repository / ".mlgate/report.md").read_text()
    assert "reports/evidently.json was written before this training began" in report


def test_what_is_no_result_is_an_error(repository, capsys):
    (repository / "reports/evidently.json").write_text('{"accuracy": 0.9}')
    gates = run(repository, f"{TWO}gates: {{imported: {{max_share: 0}}}}\n", 2)
    assert gates["imported.max_share"]["verdict"] == "error"
    told = capsys.readouterr().err
    assert "evidence.import: reports/evidently.json is not the result of a supported tool" in told
    assert "SuiteResult.to_json()" in told


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("gates: {imported: {max_share: 0}}", "needs evidence.import, but it is not configured"),
        (
            "evidence: {import: [a.json, b/a.json]}\ngates: {imported: {max_share: 0}}",
            "two files would have the name a",
        ),
        (
            "evidence: {import: [a.json]}\ngates: {imported.b: {max_share: 0}}",
            "there is no file b (gates: imported, imported.a)",
        ),
        ("evidence: {import: [a.json]}\ngates: {imported: {max: 0}}", "is not for imported"),
        (
            "evidence: {import: [a.json]}\ngates: {imported.a.n: {max_regression: 1}}",
            "is not for imported.a.n (min or max)",
        ),
        (
            "evidence: {import: [{path: a.json, name: a b}]}\ngates: {imported: {max_share: 0}}",
            "expected letters, digits, - and _",
        ),
        ("evidence: {import: [{name: a}]}\ngates: {imported: {max_share: 0}}", "path: is missing"),
        ("evidence: {import: a.json}\ngates: {imported: {max_share: 0}}", "expected a list"),
    ],
)
def test_mistakes_in_the_configuration(repository, capsys, rest, said):
    (repository / "mlgate.yaml").write_text(f"{HEAD}{rest}\n")
    assert main(["config", "check"]) == 2
    assert said in capsys.readouterr().err
