"""`mlgate run` on 10,000 rows with a trivial training: CPU of the whole process tree."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.environment import environment

ROWS = 10_000
RUNS = 5
TARGET = 3.0
CONFIG = """\
version: 1
name: bench
task: binary
train: {run: "cp rows.csv out.csv"}
predictions: {path: out.csv, id: id, label: label, prediction: predicted, score: score}
metrics: {use: [balanced_accuracy, precision, recall, brier]}
gates:
  accuracy: {min: 0.8, max_regression: 0.01}
  roc_auc: {max_regression: 0.01}
  f1: {max_regression: 0.02}
  log_loss: {max_regression: 5%}
"""


def main() -> None:
    """Print CPU seconds and peak memory, children (git, training) included."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ = _repository(root)
        mlgate = str(Path(sys.executable).with_name("mlgate"))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": root}
        subprocess.run([mlgate, "run"], env=environ, check=True, **quiet)  # type: ignore[call-overload]
        subprocess.run([mlgate, "baseline", "save"], env=environ, check=True, **quiet)  # type: ignore[call-overload]
        _git(root, environ, "checkout", "--quiet", "-b", "feature")
        _write_rows(root, accuracy=0.895)
        _git(root, environ, "commit", "--quiet", "--all", "--message", "change")
        cpu, memory = [], []
        _usage([mlgate, "run"], root, environ)  # reads all files and modules once
        for _ in range(RUNS):
            usage = _usage([mlgate, "run"], root, environ)
            cpu.append(usage.ru_utime + usage.ru_stime)
            memory.append(usage.ru_maxrss / 1024)
        files = list((root / ".mlgate").rglob("*.png"))
    print("| | median | minimum | maximum |\n|---|---:|---:|---:|")
    print(f"| CPU, s | {statistics.median(cpu):.2f} | {min(cpu):.2f} | {max(cpu):.2f} |")
    print(
        f"| peak memory, MiB | {statistics.median(memory):.0f} | {min(memory):.0f} "
        f"| {max(memory):.0f} |"
    )
    print(
        f"\n{ROWS:,} rows, 8 metrics, {len(files)} plots in both themes, Markdown and HTML; "
        f"target ≤ {TARGET:.0f} CPU s."
    )


def _repository(root: Path) -> dict[str, str]:
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    environ = environment(
        **{f"GIT_{name}": "bench@example.invalid" for name in names},
        GIT_CONFIG_GLOBAL=os.devnull,
    )
    (root / "mlgate.yaml").write_text(CONFIG)
    (root / ".gitignore").write_text("out.csv\n")
    _write_rows(root, accuracy=0.9)
    _git(root, environ, "init", "--quiet", "--initial-branch=main")
    _git(root, environ, "add", "--all")
    _git(root, environ, "commit", "--quiet", "--message", "model")
    return environ


def _write_rows(root: Path, accuracy: float) -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    label = rng.random(ROWS) < 0.4
    right, noise = rng.random(ROWS) < accuracy, rng.random(ROWS)
    predicted = label == right
    score = np.where(predicted, 0.55 + 0.4 * noise, 0.45 - 0.4 * noise)
    lines = [f"r{i},{label[i]:d},{predicted[i]:d},{score[i]:.5f}" for i in range(ROWS)]
    (root / "rows.csv").write_text("\n".join(["id,label,predicted,score", *lines]) + "\n")


def _git(root: Path, environ: dict[str, str], *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, env=environ, check=True)


def _usage(command: list[str], root: Path, environ: dict[str, str]) -> os.struct_rusage:  # type: ignore[name-defined]
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the run did not pass"
    return usage


if __name__ == "__main__":
    main()
