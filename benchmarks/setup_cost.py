"""What the first step of a job costs before mlgate runs, beside setup-cml's `npm install`.

The peer is what iterative/setup-cml 1.2.5 installs: canvas@2 vega@5 vega-cli@5 vega-lite@5 and
@dvcorg/cml, here by the dependencies of CML 0.20.6 (its package.json). Install scripts are left
out, to its advantage: canvas would download a binary or compile one. Both sides start with empty
caches and take turns.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEP = ROOT / "actions" / "runner" / "step.sh"
RUNS = 3
CML = {
    "@actions/core": "^1.10.0", "@actions/github": "^4.0.0", "@npcz/magic": "^1.3.12",
    "@octokit/core": "^3.5.1", "@octokit/graphql": "^4.8.0",
    "@octokit/plugin-throttling": "^3.5.2", "@octokit/rest": "18.0.0", "appdirs": "^1.1.0",
    "chokidar": "^3.5.3", "colors": "1.4.0", "exponential-backoff": "^3.1.1",
    "form-data": "^3.0.1", "fs-extra": "^9.1.0", "getos": "^3.2.1", "git-url-parse": "^13.1.0",
    "globby": "^11.0.4", "https-proxy-agent": "^5.0.1", "is-docker": "2.2.1",
    "js-base64": "^3.7.5", "kebabcase-keys": "^1.0.0", "node-fetch": "^2.6.12",
    "node-ssh": "^12.0.0", "os-name": "^5.0.1", "proxy-agent": "^6.3.0", "pseudoexec": "^0.2.0",
    "remark": "^13.0.0", "semver": "^7.6.0", "simple-git": "^3.16.0", "strip-ansi": "^6.0.1",
    "strip-url-auth": "^1.0.1", "tar": "^6.2.1", "tempy": "^0.6.0", "timestring": "^6.0.0",
    "unist-util-visit": "^2.0.3", "uuid": "^8.3.2", "which": "^2.0.2", "winston": "^3.10.0",
    "yargs": "^17.7.2", "canvas": "2", "vega": "5", "vega-cli": "5", "vega-lite": "5",
}  # fmt: skip
Cost = tuple[float, float]
"""Wall and CPU seconds, of the whole process tree."""


def main() -> None:
    """Print time and bytes; ours as ratios of the peer's."""
    costs: dict[str, list[Cost]] = {"light": [], "whole": [], "warm": [], "cml": []}
    with tempfile.TemporaryDirectory() as folder:
        bytes_of = {"light": _wheels(Path(folder), "light"), "whole": _wheels(Path(folder), "run")}
        for number in range(RUNS):
            home = Path(folder) / str(number)
            costs["light"].append(_step(home / "light", "light"))
            costs["whole"].append(_step(home / "whole", "all"))
            costs["warm"].append(_step(home / "whole", "all"))
            cost, size = _npm(home / "npm")
            costs["cml"].append(cost)
            bytes_of["cml"] = size
            shutil.rmtree(home)
    _table(costs, bytes_of)


def _table(costs: dict[str, list[Cost]], bytes_of: dict[str, int]) -> None:
    names = {
        "cml": "CML's packages by npm",
        "light": "mlgate, light (`gate`, `publish`, `comment`, `verify`)",
        "whole": "mlgate, whole",
        "warm": "mlgate, a later step of the job",
    }
    middle = {
        name: [statistics.median(one) for one in zip(*values, strict=True)]
        for name, values in costs.items()
    }
    print(
        "| | wall, s | of CML's | CPU, s | of CML's | downloaded, MiB |\n|---|---:|---:|---:|---:|---:|"
    )
    for name, title in names.items():
        (wall, cpu), (peer_wall, peer_cpu) = middle[name], middle["cml"]
        size = f"{bytes_of[name] / 2**20:.1f}" if name in bytes_of else "0"
        print(
            f"| {title} | {wall:.2f} | {wall / peer_wall:.2f} "
            f"| {cpu:.2f} | {cpu / peer_cpu:.2f} | {size} |"
        )
    print(f"\nMedians of {RUNS}. Targets: light ≤ 0.5, whole ≤ 1 of CML's wall time, warm ≤ 1 s.")


def _step(home: Path, packages: str) -> Cost:
    home.mkdir(parents=True, exist_ok=True)
    environ = {
        **os.environ,
        "RUNNER_TEMP": str(home),
        "MLGATE_PYTHON": sys.executable,
        "MLGATE_INPUTS": json.dumps({"packages": packages}),
    }
    return _cost(["sh", str(STEP), "setup"], home, environ)


def _npm(home: Path) -> tuple[Cost, int]:
    home.mkdir(parents=True)
    package = {"name": "peer", "private": True, "dependencies": CML}
    (home / "package.json").write_text(json.dumps(package))
    cache = home / "cache"
    command = [
        "npm",
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--cache",
        str(cache),
    ]
    cost = _cost(command, home, dict(os.environ))
    return cost, sum(
        one.stat().st_size for one in (cache / "_cacache").glob("content-v2/**/*") if one.is_file()
    )


def _wheels(folder: Path, level: str) -> int:
    """Give the bytes of the files that a level downloads, the installer's included."""
    target = folder / f"wheels-{level}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps"]
    command += ["--only-binary", ":all:", "-d", str(target)]
    for name in (level, "uv"):
        command += ["-r", str(ROOT / "requirements" / f"{name}.txt")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return sum(one.stat().st_size for one in target.iterdir())


def _cost(command: list[str], cwd: Path, environ: dict[str, str]) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environ, check=True, capture_output=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
