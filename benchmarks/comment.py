"""`mlgate comment` with a 10 kB report and 3 images, and `mlgate publish` of a run: CPU, memory.

Against a local GitHub, beside an empty Python and the import of the client that both use.
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
from mlgate.demo.github.server import Server, serve
from mlgate.demo.github.world import World

SAMPLE = Path(__file__).parents[1] / "tests/unit/report/samples/blocked"
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
RUNS = 7
IMAGES = 3
CPU_TARGET = 0.6
MEMORY_TARGET = 80
EMPTY = [sys.executable, "-c", "pass"]
METER = """
import os, sys
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
CLIENT = [sys.executable, "-c", "import requests"]


def main() -> None:
    """Print CPU seconds and peak memory, beside an empty Python and requests' import."""
    world = World()
    repo = world.repository("octo/model")
    world.actions_token("ghs_bench")
    world.limits.an_hour = world.limits.content_an_hour = 10**6
    world.limits.content_a_minute = 10**6
    head = repo.commit("feature", "Change").sha
    repo.pull("Change", [head])
    with serve(world) as server, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ = _environment(root, server, head)
        mlgate = str(Path(sys.executable).with_name("mlgate"))
        images = [f"{index}.png" for index in range(IMAGES)]
        shown = [part for name in images for part in ("--image", name)]
        commands = {
            "mlgate comment": [mlgate, "comment", "report.md", "--key", "bench", *shown],
            "mlgate publish": [mlgate, "publish"],
            'python -c "import requests"': CLIENT,
            "python -c pass": EMPTY,
        }
        rows: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for run in range(1 + RUNS):  # the first writes the bytecode and is not counted
            _write(root, images, run)
            _write_run(root, head, run)
            for name, command in commands.items():
                rows[name].append(_usage(command, root, environ))
        posted = repo.on(1)
    assert len(posted) == 2, "two comments were expected"
    assert posted[0].body.count("/blob/") == IMAGES, "the images are not shown"
    assert "### ❌" in posted[1].body, "the report is not posted"
    print("| process | CPU, s (median) | peak memory, MiB |\n|---|---:|---:|")
    for name, usages in rows.items():
        cpu, memory = (statistics.median(column) for column in zip(*usages[1:], strict=True))
        print(f"| `{name}` | {cpu:.2f} | {memory:.0f} |")
    print(
        f"\n`comment`: 10 kB and {IMAGES} new images of 20 kB each run, on loopback; "
        f"targets ≤ {CPU_TARGET} CPU s and ≤ {MEMORY_TARGET} MiB. "
        "`publish`: comment, check run and status of a blocked run, without pictures."
    )


def _environment(root: Path, server: Server, head: str) -> dict[str, str]:
    event = root / "event.json"
    pull = {"number": 1, "head": {"sha": head, "ref": "feature"}, "base": {"ref": "main"}}
    event.write_text(json.dumps({"action": "synchronize", "pull_request": pull}))
    return environment(
        GITHUB_ACTIONS="true",
        GITHUB_API_URL=server.api_url,
        GITHUB_SERVER_URL=server.url,
        GITHUB_REPOSITORY="octo/model",
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_EVENT_PATH=str(event),
        GITHUB_TOKEN="ghs_bench",
        GITHUB_RUN_NUMBER="1",
    )


def _write(root: Path, images: list[str], run: int) -> None:
    for name in images:
        (root / name).write_bytes(b"\x89PNG" + os.urandom(20_000))
    line = "A line of a report.\n"
    shown = "".join(f"![{name}]({name})\n\n" for name in images)
    (root / "report.md").write_text(f"# Run {run}\n\n{shown}{line * 500}")


def _write_run(root: Path, head: str, run: int) -> None:
    """Put a run directory there, whose report is another one each time."""
    folder = root / ".mlgate"
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    for file in folder.rglob("*.json"):
        text = file.read_text().replace(COMMIT, head)
        file.write_text(text.replace("python train.py", f"python train.py {run}"))


def _usage(command: list[str], root: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Give CPU seconds and peak MiB; a small process starts it, for a child begins with the
    memory of the one that started it.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", METER, *command],
        cwd=root,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    cpu, memory = done.stdout.split()[-2:]
    return float(cpu), float(memory) / 1024


if __name__ == "__main__":
    main()
