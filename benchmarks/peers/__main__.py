"""`python -m benchmarks.peers`: simulate, ask every gate, write the results and docs/peers.md's tables.

Environments are made below benchmarks/.peers on the first run. nemo-evaluator needs Python 3.12 or
3.13: `MLGATE_PEERS_PYTHON` names one where `python3.12` and `python3.13` are not on the path.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers import ours, page
from benchmarks.peers.scenes import GROUPS, LOOKS, MINIMUM_GAIN, Clustered, Looks, Scene, scenes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("MLGATE_PEERS", HERE.parent / ".peers"))
RESULTS = HERE.parent / "results" / "peers.json"
PACKAGES = {
    "nel": "nemo-evaluator[stats]==0.3.0",
    "illate": "illate-parity==0.1.0",
    "bdp": "bdp-model-gate==0.7.0",
    "evalsig": "evalsig==0.1.2",
}


def main() -> None:
    """Ask every gate about every scene, or about those of the tables named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=GROUPS, metavar="TABLE", choices=GROUPS)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--ours", action="store_true", help="keep what the peers answered before")
    options = parser.parse_args()
    chosen = [scene for group in options.only for scene in scenes(group)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        draw(chosen, options.seed, Path(folder))
        peers = () if options.ours else PACKAGES
        results = {peer: pool.submit(theirs, peer, Path(folder)) for peer in peers}
        parts = {"mlgate": answers(chosen, options.seed)}
        parts |= {peer: result.result() for peer, result in results.items()}
    RESULTS.write_text(merged(parts, options.seed), encoding="utf-8")
    page.write(RESULTS)


def draw(chosen: Sequence[Scene], seed: int, folder: Path) -> None:
    """Write the arrays of every scene and truth, and what to ask about each."""
    listed: list[dict[str, Any]] = []
    for scene in chosen:
        for truth in scene.truths:
            file = f"{scene.key}-{truth}.npz"
            np.savez(folder / file, **scene.draw(truth, seed))  # type: ignore[arg-type]
            listed.append(
                {
                    "key": scene.key,
                    "truth": truth,
                    "file": file,
                    "kind": scene.kind,
                    "n": scene.n,
                    "margin": scene.margin,
                    "minimum_gain": MINIMUM_GAIN,
                    "clusters": scene.clusters if isinstance(scene, Clustered) else 0,
                    "looks": LOOKS if isinstance(scene, Looks) else 0,
                    "better": scene.key.startswith("better"),
                }
            )
    (folder / "scenes.json").write_text(json.dumps(listed), encoding="utf-8")


def answers(chosen: Sequence[Scene], seed: int) -> dict[str, Any]:
    """Return mlgate's answers and those of plain rules, as a peer's are returned."""
    counts: dict[str, Any] = {}
    for scene in chosen:
        for truth in scene.truths:
            arrays = scene.draw(truth, seed)
            counts.setdefault(scene.key, {})[truth] = ours.answers(scene, arrays)
            print("mlgate", scene.key, truth, counts[scene.key][truth], file=sys.stderr, flush=True)
    return {"versions": {"python": platform.python_version()}, "scenes": counts}


def theirs(peer: str, folder: Path) -> dict[str, Any]:
    """Run a peer in its environment."""
    python = FOLDER / peer / "bin" / "python"
    if not python.exists():
        maker = sys.executable if peer != "nel" else newer()
        subprocess.run([maker, "-m", "venv", str(FOLDER / peer)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", PACKAGES[peer]]
        subprocess.run(install, check=True, stdout=sys.stderr)
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [str(python), "-W", "ignore", str(HERE / "worker.py"), peer, str(folder)]
    subprocess.run(command, check=True, env={**os.environ, **one_thread}, cwd=folder)
    result: dict[str, Any] = json.loads((folder / f"{peer}.json").read_text(encoding="utf-8"))
    return result


def newer() -> str:
    """Return a Python that nemo-evaluator can be installed for."""
    named = os.environ.get("MLGATE_PEERS_PYTHON")
    paths = map(partial(shutil.which), ("python3.13", "python3.12"))
    python = named or next((path for path in paths if path), None)
    if python is None:
        raise SystemExit("nemo-evaluator needs Python 3.12 or 3.13; set MLGATE_PEERS_PYTHON to one")
    return python


def merged(parts: Mapping[str, dict[str, Any]], seed: int) -> str:
    """Return the results of these gates, and those of other gates and tables as they were."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    versions = kept.get("versions", {}) | {name: part["versions"] for name, part in parts.items()}
    together: dict[str, Any] = kept.get("scenes", {})
    for part in parts.values():
        for key, truths in part["scenes"].items():
            for truth, counts in truths.items():
                before = together.setdefault(key, {}).setdefault(truth, {})
                before |= counts
    result = {"seed": seed, "versions": versions, "scenes": together}
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
