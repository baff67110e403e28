"""Drift of whole tables: `mlgate run` against Evidently, and pandas with scipy.

    python -m benchmarks drift_speed

Data: `benchmarks.drift_data`. Every figure is of a whole process, start-up, reading, a JSON and
(ours) a Markdown and an HTML report included, without pictures. Evidently runs its
DataDriftPreset and gives JSON; its environment, with pandas < 3, is made once in
`.venv-evidently`. “pandas and scipy” is KS and χ² of each column and nothing else; “decoding”
reads the columns of both files one by one with pyarrow and drops them. CPU seconds are user and
system time of all threads, the lowest of a few runs; memory is the peak resident set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import environment

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-evidently"
NEEDS = ("evidently==0.7.23", "pandas<3", "pyarrow", "scipy")
CONFIG = """\
version: 1
data: {path: current.parquet}
drift: {reference: reference.parquet}
gates: {drift: {max_share: 0.5}}
report: {plots: none}
"""
EVIDENTLY = """\
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
old, new = (pd.read_parquet(f"{name}.parquet") for name in ("reference", "current"))
open("evidently.json", "w").write(Report([DataDriftPreset()]).run(new, old).json())
"""
PLAIN = """\
import json
import pandas as pd
from scipy import stats
old, new = (pd.read_parquet(f"{name}.parquet") for name in ("reference", "current"))
found = {}
for name in old:
    a, b = old[name].dropna(), new[name].dropna()
    if a.dtype.kind == "f":
        found[name] = stats.ks_2samp(a, b, method="asymp").pvalue
    else:
        counts = pd.concat([a.value_counts(), b.value_counts()], axis=1).fillna(0)
        found[name] = stats.chi2_contingency(counts.T.to_numpy()).pvalue
open("plain.json", "w").write(json.dumps(found))
"""
DECODING = """\
import pyarrow.parquet as pq
for name in ("reference", "current"):
    file = pq.ParquetFile(f"{name}.parquet")
    for column in file.schema_arrow.names:
        file.read(columns=[column])
"""


@dataclass(frozen=True)
class Cost:
    """CPU seconds, and peak memory in MiB."""

    cpu: float
    memory: float


def cost(command: list[str], folder: Path, runs: int = 1) -> Cost:
    """Run a command and give the least CPU time, and the largest memory."""
    environ = environment(PYTHONPYCACHEPREFIX=str(folder / "pyc"))
    found = []
    for _ in range(runs):
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command} ended with {process.returncode}")
        found.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    return Cost(min(cpu for cpu, _ in found), max(memory for _, memory in found))


def data(folder: Path, rows: int, times: int = 1) -> None:
    """Write the tables, in a process of its own: a child's peak counts what its parent held."""
    command = [sys.executable, "-m", "benchmarks.drift_data", str(folder), str(rows), str(times)]
    subprocess.run(command, cwd=ROOT, check=True)


def repository(folder: Path) -> None:
    """Make a repository whose data are not in git, and warm start-up."""
    (folder / "mlgate.yaml").write_text(CONFIG)
    (folder / ".gitignore").write_text("*\n!mlgate.yaml\n")
    for arguments in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "mlgate.yaml"],
        ["-c", "user.name=b", "-c", "user.email=b@b", "commit", "--quiet", "--message", "b"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def ours(folder: Path, runs: int) -> Cost:
    """Measure `mlgate run`, after one run that compiles."""
    command = [str(Path(sys.executable).with_name("mlgate")), "run"]
    if runs > 1:
        cost(command, folder)
    return cost(command, folder, runs)


def peer() -> str:
    """Give the Python of the peers' environment; made once."""
    python = PEER / "bin" / "python"
    if not (PEER / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *NEEDS], check=True)
        (PEER / ".installed").touch()
    return str(python)


def main() -> None:
    """Print the tables."""
    print("| rows a side | mlgate CPU s, MiB | Evidently CPU s, MiB | CPU ratio (target) | memory ratio (target) |")  # fmt: skip
    print("|---:|---:|---:|---:|---:|")
    for rows, target, memory, runs in (
        (10_000, 20, None, 5),
        (100_000, 22, None, 3),
        (1_000_000, 44, 9, 3),
    ):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            data(folder, rows)
            repository(folder)
            fast, slow = ours(folder, runs), cost([peer(), "-c", EVIDENTLY], folder)
            faster, less = slow.cpu / fast.cpu, slow.memory / fast.memory
            smaller = (
                marked(f"{less:.1f}", f"≥ {memory}", met=less >= memory)
                if memory
                else f"{less:.1f}"
            )
            print(
                f"| {rows:,} | {fast.cpu:.2f}, {fast.memory:.0f} | {slow.cpu:.1f}, {slow.memory:,.0f} "
                f"| {marked(f'{faster:.0f}', f'≥ {target}', met=faster >= target)} | {smaller} |",
                flush=True,
            )
            if rows == 1_000_000:
                plain = cost([peer(), "-c", PLAIN], folder)
                decoding = cost([sys.executable, "-c", DECODING], folder, runs)
    more, times = plain.cpu / fast.cpu, fast.cpu / decoding.cpu
    print(f"\n1,000,000 rows: pandas and scipy {plain.cpu:.1f} CPU s, {plain.memory:,.0f} MiB, times as much as mlgate: ")  # fmt: skip
    print(f"{marked(f'{more:.1f}', '≥ 2.4', met=more >= 2.4)}. Decoding {decoding.cpu:.2f} CPU s; mlgate takes, times that: ")  # fmt: skip
    print(f"{marked(f'{times:.1f}', '≤ 3', met=times <= 3)}.\n\n✗: the target is missed.\n")
    large(fast)


def marked(figure: str, target: str, *, met: bool) -> str:
    """Give a figure with its target, bold and with ✗ where it misses it."""
    return f"{figure} ({target})" if met else f"**{figure}** ✗ ({target})"


def large(million: Cost) -> None:
    """Print what larger tables take, without peers."""
    print("| table | CPU s | MiB | target |\n|---|---:|---:|---|")
    for rows, times, target in (
        (10_000_000, 1, "≤ 1,536 MiB"),
        (100_000, 33, "1,000 columns work"),
    ):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            data(folder, rows, times)
            repository(folder)
            found = ours(folder, 1)
        print(f"| {rows:,} rows × {30 * times:,} columns | {found.cpu:.1f} | {found.memory:,.0f} | {target} |", flush=True)  # fmt: skip
        if times == 1:
            growth = f"for {rows // 1_000_000} times the rows {found.cpu / million.cpu:.1f} times the CPU"
    print(f"\nGrowth: {growth}.")


if __name__ == "__main__":
    main()
