"""`mlgate plan`: options, both formats, and the page about it."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.cli import main
from mlgate.errors import ExitCode
from mlgate.model.evidence import CompareEvidence, Comparison, Discordant, Measurement
from mlgate.run_dir import RunDir

PAGE = Path(__file__).parents[3] / "docs/plan.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def out(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["plan", *args]) == ExitCode.OK
    return capsys.readouterr().out


def test_a_condition_needs_no_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--condition", "n > 0.8 +/- 0.05", "--reliability", "0.9999")
    told = out(capsys, *asked, "--adaptivity", "full", "--steps", "32", "--format", "json")
    assert json.loads(told) == {
        "labels": 6_279,
        "unlabelled": 0,
        "active_labels": None,
        "condition": "n > 0.8 +/- 0.05",
        "reliability": 0.9999,
        "adaptivity": "full",
        "steps": 32,
        "tight": False,
        "variance_bound": None,
        "clauses": [
            {
                "clause": "n > 0.8 +/- 0.05",
                "method": "hoeffding",
                "labels": 6_279,
                "unlabelled": 0,
                "active_labels": None,
                "cap": None,
            }
        ],
    }
    assert out(capsys, *asked, "--format", "json") == told


def test_a_bare_variance_bound_is_a_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--condition", "n - o > 0 +/- 0.02", "--format", "json", "--variance-bound")
    bare = json.loads(out(capsys, *asked))
    assert json.loads(out(capsys, *asked, "0.1")) == bare
    assert json.loads(out(capsys, *asked, "--tight"))["variance_bound"] == 0.1
    assert json.loads(out(capsys, *asked, "0.05"))["labels"] < bare["labels"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--condition", "n > 0.8"], "condition, column 8: expected +/- and a tolerance"),
        (["--condition", "n > 0.8 +/- 0.1", "--power", "0.9"], "--power is for gates"),
        (["--steps", "5"], "--steps needs a --condition"),
        (["--variance-bound"], "--variance-bound needs a --condition"),
        (["--condition", "n > 0.8 +/- 0.1", "--reliability", "1"], "--reliability"),
        (["--condition", "n > 0.8 +/- 0.1", "--steps", "0"], "--steps"),
        (["--power", "1"], "--power"),
        ([], "there is no mlgate.yaml"),
    ],
)
def test_what_cannot_be_planned(
    args: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *args]) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_gates_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_example(folder)
    found = json.loads(out(capsys, "--format", "json"))
    assert {key: found[key] for key in ("power", "rows", "problem", "evidence", "commit")} == {
        "power": 0.99,
        "rows": 2_000,
        "problem": None,
        "evidence": None,
        "commit": None,
    }
    rule = found["gates"][1]
    assert (rule["id"], rule["limit"], rule["rows_needed"]) == (
        "accuracy.max_regression",
        0.01,
        8_011,
    )
    assert sum(rule["chances"].values()) == pytest.approx(1)
    assert rule["reason"].startswith("accuracy.max_regression 0.01 needs about 8,011 rows")
    measured = json.loads(out(capsys, "--format", "json", "--run-dir", "last"))
    assert (measured["evidence"], measured["commit"]) == ("last", "4" * 40)
    assert out(capsys, "--power", "0.99") == out(capsys)


def write_example(folder: Path) -> None:
    """The page's configuration, 2,000 rows, and the evidence of a run in `last`."""
    block = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    config.parse(block.group(1), "docs/plan.md", sections())
    (folder / "mlgate.yaml").write_text(block.group(1))
    (folder / "out").mkdir()
    rows = [f"{i},{i % 2},{i % 2},0.{1 + 7 * (i % 2)}" for i in range(2_000)]
    text = "\n".join(["id,label,predicted,score", *rows, ""])
    (folder / "out/predictions.csv").write_text(text)
    accuracy = Comparison(
        baseline=0.846, change=-0.001, n=2_000, method="tango",
        discordant=Discordant(fixed=39, broken=41),
    )  # fmt: skip
    auc = Comparison(baseline=0.91, change=0.0, n=2_000, method="delong", row_variance=0.012)
    evidence = CompareEvidence(
        tool="mlgate", commit="4" * 40, created="2026-01-01T00:00:00Z", n=2_000,
        metrics={
            "accuracy": Measurement(
                title="accuracy", value=0.845, n=2_000, method="wilson", row_variance=0.131,
                against={"main": accuracy},
            ),
            "roc_auc": Measurement(
                title="ROC AUC", value=0.91, n=2_000, method="delong", row_variance=0.1,
                against={"main": auc},
            ),
        },
    )  # fmt: skip
    RunDir(folder / "last").write_evidence(evidence)


def test_the_page_prints_what_the_commands_print(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`MLGATE_WRITE_DOCS=1` writes the page's outputs anew."""
    write_example(folder)
    page = PAGE.read_text(encoding="utf-8")
    assert len(CONSOLE.findall(page)) > 5

    def run(block: re.Match[str]) -> str:
        commands = [line[2:] for line in block.group(1).splitlines() if line.startswith("$ ")]
        printed = [f"$ {line}\n{out(capsys, *shlex.split(line)[2:])}" for line in commands]
        return f"```console\n{chr(10).join(printed)}```"

    written = CONSOLE.sub(run, page)
    if os.environ.get("MLGATE_WRITE_DOCS"):
        PAGE.write_text(written, encoding="utf-8")
    assert written == page
