"""Judging needs no scientific package."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.workflows.project import CONFIG, make

from mlgate import __version__
from mlgate.checks import evidence_types
from mlgate.model.evidence import CompareEvidence, Measurement
from mlgate.model.policy import Gate, Policy
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from pathlib import Path

    from local_github import Local

WHEN = "2026-01-01T00:00:00Z"
BLOCKED = (
    "numpy", "scipy", "duckdb", "pyarrow", "PIL", "pandas", "jinja2", "psutil", "tabulate",
)  # fmt: skip


def test_gate_works_where_nothing_scientific_is_installed(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path / "run", evidence_types())
    policy = Policy(gates={"accuracy": Gate(min=0.8)})
    judge = JudgeRecord(source="main", file="mlgate.yaml", digest=policy.digest(), policy=policy)
    run_dir.write_run(
        RunRecord(tool=__version__, name="m", commit="a" * 40, started=WHEN, judges=(judge,))
    )
    accuracy = Measurement(
        title="accuracy", value=0.9, interval=(0.88, 0.92), n=900, method="wilson"
    )
    run_dir.write_evidence(
        CompareEvidence(
            tool=__version__, commit="a" * 40, created=WHEN, metrics={"accuracy": accuracy}
        )
    )
    done = light(tmp_path, "gate", "--run-dir", str(run_dir.path))
    assert done.returncode == 0, done.stderr
    assert run_dir.read_verdict().verdict == "pass"
    loaded = done.stdout.splitlines()[-1].split()
    assert "mlgate.gates.judge" in loaded
    assert not {name for name in loaded if name.startswith("mlgate.report")}


def test_verify_too_and_it_tells_the_step(tmp_path: Path, local_github: Local) -> None:
    project = make(tmp_path)
    artifacts = "train: {run: python3 train.py, artifacts: [predictions.csv]}"
    rules = CONFIG.replace(", max_regression: 0.02", "")
    project.commit("m", config=rules.replace("train: {run: python3 train.py}", artifacts))
    project.push("main")
    commit = project.keep()
    local_github.repo.adopt(commit)
    summary, output = tmp_path / "summary.md", tmp_path / "output"
    step = local_github.environ(
        GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output), GITHUB_SHA=commit
    )
    words = ("verify", "predictions.csv", "--environment", "gate")
    good = light(project.path, *words, **step)
    assert good.returncode == 0, good.stderr
    assert summary.read_text().startswith("### ✅ `predictions.csv` may be deployed")
    assert "allowed<<" in output.read_text()
    (made,) = local_github.repo.deployments.values()
    assert [one.state for one in made.statuses] == ["in_progress", "success"]

    project.write("predictions.csv", "| <b>@all\n")
    bad = light(project.path, *words, **step)
    assert bad.returncode == 1
    assert "::error title=mlgate verify::train.artifacts: predictions.csv" in bad.stderr
    assert "| `train.artifacts` |" in summary.read_text()


def light(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run mlgate where nothing scientific can be imported: a name that maps to None cannot."""
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({BLOCKED!r}))\n"
        "from mlgate.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "print(*sys.modules)\n"
        "sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
