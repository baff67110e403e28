"""`mlgate run` on examples/income over its training: CPU of the whole process tree.

The training's own CPU, as train.json records it, is taken off the same run: it differs more from
run to run than all that mlgate adds.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.environment import environment

EXAMPLE = Path(__file__).parents[1] / "examples" / "income"
RUNS = 5
TARGET = 3.0


def main() -> None:
    """Print what comparing, judging and reporting cost beside the training itself."""
    mlgate = str(Path(sys.executable).with_name("mlgate"))
    bare, whole, over = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "income"
        environ = _repository(root)
        for command in (["run"], ["baseline", "save"]):
            _cpu([mlgate, *command], root, environ)
        _git(root, environ, "checkout", "--quiet", "-b", "feature")
        _git(root, environ, "apply", "pull_requests/improve.patch")
        _git(root, environ, "commit", "--quiet", "--all", "--message", "Improve")
        _cpu([mlgate, "run"], root, environ)  # reads all files and modules once
        for _ in range(RUNS):
            whole.append(_cpu([mlgate, "run"], root, environ))
            evidence = json.loads((root / ".mlgate/evidence/train.json").read_text())
            bare.append(evidence["resources"]["cpu"])
            over.append(whole[-1] - bare[-1])
    print("| CPU, s | median | minimum | maximum |\n|---|---:|---:|---:|")
    rows = {"`mlgate run`": whole, "of that the training": bare, "overhead": over}
    for title, values in rows.items():
        middle = statistics.median(values)
        print(f"| {title} | {middle:.2f} | {min(values):.2f} | {max(values):.2f} |")
    print(
        f"\nOf {RUNS} runs: compare with main, gates, report, plots; target ≤ {TARGET:.0f} CPU s."
    )


def _repository(root: Path) -> dict[str, str]:
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("out", ".mlgate", "model.joblib"))
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = environment(
        **{f"GIT_{name}": "bench@example.invalid" for name in names},
        GIT_CONFIG_GLOBAL=os.devnull,
        VIRTUAL_ENV=sys.prefix,
        PATH=path,
    )
    _git(root, environ, "init", "--quiet", "--initial-branch=main")
    _git(root, environ, "add", "--all")
    _git(root, environ, "commit", "--quiet", "--message", "model")
    return environ


def _git(root: Path, environ: dict[str, str], *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, env=environ, check=True)


def _cpu(command: list[str], root: Path, environ: dict[str, str]) -> float:
    process = subprocess.Popen(
        command, cwd=root, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"{command[-1]} did not pass"
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
