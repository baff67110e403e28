"""`mlgate lineage`, in a real repository with a training and baselines."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from mlgate.cli import main
from mlgate.errors import ExitCode
from mlgate.git import Git
from mlgate.model.ledger import Evaluation
from mlgate.stores import open_ledger

if TYPE_CHECKING:
    import pytest


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = ExitCode.OK) -> str:
    capsys.readouterr()
    assert main(["lineage", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out if code in (ExitCode.OK, ExitCode.BLOCKED) else captured.err


def test_a_model_is_traced_compared_and_exported(commits, capsys, tmp_path):
    old, new = commits
    shown = told(capsys, "show")
    assert f"commit        {new}\n" in shown
    assert "parameters    right=0.9\n" in shown
    assert "read          data.txt (sha256:4355a46b19d348dc)\n" in shown
    record = json.loads(told(capsys, "show", old[:10], "--format", "json"))
    assert (record["commit"], record["parameters"]) == (old, {"right": "0.8"})
    assert record["verdict"]["outcome"] == "pass"

    lines = told(capsys, "diff", old).splitlines()
    assert lines[:2] == ["parameters:", "  right: 0.8 → 0.9"]
    assert lines[2] == "code:"
    assert "  model.txt: sha256:" in "\n".join(lines)
    found = json.loads(told(capsys, "diff", old, "HEAD", "--format", "json"))
    assert (found["old"], found["new"]) == (old, new)
    assert told(capsys, "diff", "HEAD", ".mlgate") == "nothing that was recorded differs\n"

    assert told(capsys, "export", "slsa") == f"{tmp_path / 'provenance.slsa.json'}\n"
    statement = json.loads((tmp_path / "provenance.slsa.json").read_text())
    assert statement["subject"][0]["name"] == "model.txt"
    told(capsys, "export", "test_result", old, "-o", "verdict.json")
    assert json.loads((tmp_path / "verdict.json").read_text())["predicate"]["result"] == "PASSED"


def test_the_report_says_what_differs_from_mains_training(commits, tmp_path):
    run = json.loads((tmp_path / ".mlgate" / "run.json").read_text())
    assert run["differences"] == [
        {"cause": "parameters", "name": "right", "old": "0.8", "new": "0.9"}
    ]
    report = (tmp_path / ".mlgate" / "report.md").read_text()
    assert "other parameter right than on main" in report
    assert "| parameters | right | `0.8` | `0.9` |" in report


def test_a_card_is_kept_true(commits, capsys, tmp_path):
    arguments = ("export", "card", "-o", "model.md")
    missing = told(capsys, *arguments, "--check", code=ExitCode.USAGE)
    assert "there is no model.md" in missing
    told(capsys, *arguments)
    assert "agrees" in told(capsys, *arguments, "--check")
    card = tmp_path / "model.md"
    card.write_text(card.read_text().replace("What this model is for", "Toys only"))
    assert "agrees" in told(capsys, *arguments, "--check")
    changed = told(capsys, "export", "card", commits[0], "-o", "model.md", "--check", code=1)
    assert "and this run says `value: 0.8`" in changed
    assert main(["card", "-o", "model.md", "--check"]) == 0
    card.write_text(card.read_text().replace("0.9", "0.99"))
    assert main(["card", "-o", "model.md", "--check"]) == 1
    assert "write it again with `mlgate card`" in capsys.readouterr().out
    assert "disagrees" in told(capsys, *arguments, "--check", code=ExitCode.BLOCKED)


def test_a_file_is_traced_to_the_run_that_made_it(commits, capsys, tmp_path):
    old, new = commits
    line = Evaluation(
        time="2026-11-02T17:40:10Z",
        name="toy",
        commit=new,
        pull_request=12,
        actor="alice",
        verdict="pass",
        waivers=("loss.max",),
    )
    ledger = open_ledger("ref", Git(tmp_path), tmp_path, "toy")
    ledger.append(line, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))

    def whence(*arguments: str, code: int = ExitCode.OK) -> str:
        capsys.readouterr()
        assert main(["whence", *arguments]) == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    lines = whence("model.txt").splitlines()
    assert lines[0].startswith("model.txt (sha256:")
    assert f"commit        {new}" in lines
    assert "verdict       Model gate: passed — " in "\n".join(lines)
    judged = "judged 2026-11-02T17:40:10Z by alice in pull request 12: pass; waived: loss.max"
    assert lines[-1] == judged
    sha256 = json.loads(whence("model.txt", "--format", "json"))["sha256"]
    assert f"commit        {new}" in whence(sha256.upper())
    (tmp_path / "copy.txt").write_text("0.8")
    assert f"commit        {old}" in whence("copy.txt")
    (tmp_path / "copy.txt").write_text("0.7")
    assert "no baseline that is kept has made copy.txt" in whence("copy.txt", code=1)
    assert "it is no SHA-256" in whence("nothing.txt", code=ExitCode.USAGE)


def test_the_trend_is_listed_with_every_digit(commits, capsys):
    capsys.readouterr()
    assert main(["history", "--csv"]) == ExitCode.OK
    head, *rows = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    assert head == ["saved", "commit", "tag", "verdict", "accuracy"]
    assert [(row[1], row[3], row[4]) for row in rows] == [
        (commits[0], "pass", "0.8"),
        (commits[1], "pass", "0.9"),
    ]


def test_what_is_neither_a_run_nor_a_baseline_is_refused(commits, capsys, tmp_path):
    assert "no commit that has a baseline" in told(capsys, "show", "nothing", code=ExitCode.USAGE)
    (tmp_path / "folder").mkdir()
    assert "is not a run directory" in told(capsys, "show", "folder", code=ExitCode.USAGE)
    assert "is not one of card, mlbom" in told(capsys, "export", "sbom", code=ExitCode.USAGE)
    (tmp_path / ".mlgate" / "run.json").write_text("{")
    assert "run.json" in told(capsys, "show", code=ExitCode.USAGE)
