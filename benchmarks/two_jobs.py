"""What two jobs cost over one: the sum of their steps, without queueing or the start of a job.

Run under `act` by tests/workflows/test_cost.py, which hands over the seconds of each job. Each job
installs mlgate from the index that pip is configured with, and keeps nothing for another one.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
TEST = "tests/workflows/test_cost.py"
RUNS = 3
TARGET = 40
ROWS = {
    "single-job.yml": ("single-job.yml mlgate",),
    "pull-request.yml": ("pull-request.yml train", "pull-request.yml mlgate"),
}
"""Each workflow's file with its jobs, as the test names them."""


def main() -> None:
    """Print the seconds of each workflow's jobs, and what two cost over one."""
    runs = [_measured() for _ in range(RUNS)]
    print(
        "| workflow | job that trains, s | job that judges, s | together, s |\n|---|---:|---:|---:|"
    )
    together = {}
    for name, jobs in ROWS.items():
        middle = [statistics.median(run[job] for run in runs) for job in jobs]
        together[name] = [sum(run[job] for job in jobs) for run in runs]
        apart = [f"{took:.1f}" for took in middle] if len(middle) > 1 else ["", ""]
        print(f"| {name} | {' | '.join(apart)} | {statistics.median(together[name]):.1f} |")
    single, two = together.values()
    more = [both - one for one, both in zip(single, two, strict=True)]
    print(
        f"\nTwo jobs take {statistics.median(more):.1f} s more than one, {max(more):.1f} s at most."
        f" Medians of {RUNS}. Target: ≤ {TARGET} s."
    )


def _measured() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "act", TEST, f"--junitxml={report}"]
        command += ["-o", "junit_family=xunit1"]
        subprocess.run([*command, f"--basetemp={folder}/runs"], cwd=ROOT, check=True)
        properties = ET.parse(report).getroot().iter("property")
        return {one.attrib["name"]: float(one.attrib["value"]) for one in properties}


if __name__ == "__main__":
    main()
