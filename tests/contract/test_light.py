"""Judging needs no scientific package."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from mlgate import __version__
from mlgate.model.evidence import CompareEvidence, Measurement
from mlgate.model.policy import GateRules, Policy
from mlgate.model.run import Judge, Run
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from pathlib import Path

WHEN = "2026-01-01T00:00:00Z"
BLOCKED = ("numpy", "scipy", "duckdb", "pyarrow", "matplotlib", "pandas")


def test_gate_works_where_nothing_scientific_is_installed(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path / "run")
    policy = Policy(gates={"accuracy": GateRules(min=0.8)})
    judge = Judge(source="main", file="mlgate.yaml", digest=policy.digest(), policy=policy)
    run_dir.write_run(
        Run(tool=__version__, name="m", commit="a" * 40, started=WHEN, judges=(judge,))
    )
    accuracy = Measurement(
        title="accuracy", value=0.9, interval=(0.88, 0.92), n=900, method="wilson"
    )
    run_dir.write_evidence(
        CompareEvidence(
            tool=__version__, commit="a" * 40, created=WHEN, metrics={"accuracy": accuracy}
        )
    )
    # A name that maps to None in sys.modules cannot be imported.
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({BLOCKED!r}))\n"
        "from mlgate.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "gate", "--run-dir", str(run_dir.path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert run_dir.read_verdict().verdict == "pass"
