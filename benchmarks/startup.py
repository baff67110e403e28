"""`mlgate --help`: wall time of the whole process, beside an empty Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.environment import environment

RUNS = 20
TARGET_MS = 80


def main() -> None:
    """Print the medians; the target holds on an idle machine."""
    mlgate = str(Path(sys.executable).with_name("mlgate"))
    commands = {
        "mlgate --help": [mlgate, "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        _milliseconds(command)  # writes the bytecode
    for _ in range(RUNS):
        for name, command in commands.items():
            times[name].append(_milliseconds(command))
    ours, empty = (statistics.median(times[name]) for name in commands)
    print("| command | median of 20, ms | minimum, ms |\n|---|---:|---:|")
    for name, values in times.items():
        print(f"| `{name}` | {statistics.median(values):.0f} | {min(values):.0f} |")
    print(
        f"\n{ours / empty:.1f} times an empty Python; target ≤ {TARGET_MS} ms on an idle machine."
    )


def _milliseconds(command: list[str]) -> float:
    environ = environment()
    began = time.perf_counter()
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
