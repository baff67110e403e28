"""`mlgate config` and `mlgate init`: what they print, and what they end with."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from mlgate.checks import all_evidence_types, sections
from mlgate.cli import main
from mlgate.config import jsonschema, reference

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "version: 1\nmetrics: {files: [m.json]}\ngates: {loss: {max: 1}, acc: {min: 0.5, max: 1}}\n"
BAD = "version: 1\nmetrics: {files: [m.json]}\ngates: {loss: {mx: 1}}\ntsk: binary\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def test_a_valid_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mlgate.yaml").write_text(GOOD)
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == "mlgate.yaml is valid: 3 rules in 2 gates\n"
    assert main(["config", "check", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["valid"] is True
    assert told["gates"] == ["acc.max", "acc.min", "loss.max"]


def test_a_pattern_that_matches_no_file_is_a_warning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mlgate.yaml").write_text(GOOD + "when: {paths: [mlgate.yaml, scr/**]}\n")
    assert main(["config", "check"]) == 0  # outside of a repository nothing is tracked
    assert "warning" not in capsys.readouterr().out
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    assert main(["config", "check"]) == 0
    assert "mlgate.yaml: warning: `scr/**` (when.paths)" in capsys.readouterr().out
    assert main(["config", "check", "--format", "json"]) == 0
    (warning,) = json.loads(capsys.readouterr().out)["warnings"]
    assert "matches no file" in warning


def test_every_problem_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mlgate.yaml").write_text(BAD)
    assert main(["config", "check"]) == 2
    told = capsys.readouterr().err
    assert "mlgate.yaml:3:16: gates.loss.mx: unknown key (did you mean max?)" in told
    assert "mlgate.yaml:4:1: tsk: unknown key (did you mean task?)" in told
    assert main(["--format", "json", "config", "check"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [(one["line"], one["column"], one["key"]) for one in problems] == [
        (3, 16, "gates.loss.mx"),
        (4, 1, "tsk"),
    ]


def test_an_organisations_file_is_checked_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mlgate.yaml").write_text(GOOD)
    (folder / "org.yaml").write_text("gates: {accuracy: {min: 90}}\n")
    assert main(["config", "check", "--policy", "org.yaml"]) == 2
    assert "org.yaml:1:25: gates.accuracy.min" in capsys.readouterr().err


def test_places_are_told_as_seen_from_here(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "mlgate.yaml").write_text(BAD)
    (folder / "sub").mkdir()
    assert main(["config", "check", "--config", str(folder / "mlgate.yaml")]) == 2
    assert "mlgate: mlgate.yaml:3:16: " in capsys.readouterr().err
    monkeypatch.chdir(folder / "sub")
    assert main(["config", "check"]) == 2
    assert "mlgate: ../mlgate.yaml:3:16: " in capsys.readouterr().err


def test_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check"]) == 2
    assert "`mlgate init` writes one" in capsys.readouterr().err


def test_schemas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "mlgate: mlgate.yaml"
    assert main(["config", "schema", "--write"]) == 0
    written = [*jsonschema.files(sections(), all_evidence_types()), reference.PATH]
    assert capsys.readouterr().out.splitlines() == written
    assert {f"schema/{path.name}" for path in folder.glob("schema/*")} == set(
        jsonschema.files(sections(), all_evidence_types())
    )


def test_init(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("wrote mlgate.yaml\nwrote .github/workflows/mlgate.yml\n")
    assert "note: no file of predictions was found" in told
    assert main(["init", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"] == [
        "mlgate.yaml",
        ".github/workflows/mlgate.yml",
    ]
    assert main(["config", "check"]) == 0
