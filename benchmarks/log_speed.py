"""Reading logs of Inspect of about 100 MB, against parsing their JSON.

    python -m benchmarks log_speed

A sample of the log is repeated with ids of its own and a transcript of about 20 KB. Figures are of whole
processes less the process's start: reading into a flat table, with its digests of questions; and
`json.loads` of the same file, or of each member of the archive. CPU seconds are the lowest of three
runs; memory is the peak resident set.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.drift_speed import ROOT, Cost, cost

SAMPLES = 5_000
READING = """\
import sys
from pathlib import Path
from mlgate.inputs.logs import flat_tables
flat_tables("inspect", [Path(sys.argv[1])], Path.cwd(), "predictions.path")
"""
STARTING = """\
import mlgate.inputs.logs
"""
PARSING = """\
import json, sys
json.loads(open(sys.argv[1], "rb").read())
"""
PARSING_MEMBERS = """\
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        json.loads(archive.read(name))
"""
NOTHING = "import json, zipfile"


def sample(number: int) -> dict[str, object]:
    """Return a sample as Inspect writes it, with a transcript of about 20 KB."""
    text = f"Step {number}: the quick brown fox jumps over the lazy dog. " * 6
    events = [
        {"uuid": f"e{number}-{i}", "event": "model", "timestamp": "2026-11-29T08:20:26+00:00",
         "working_start": i / 7, "output": {"completion": text, "usage": {"input_tokens": i}}}
        for i in range(40)
    ]  # fmt: skip
    return {
        "id": f"s{number}", "epoch": 1, "input": text, "target": str(number),
        "messages": [{"id": f"m{number}", "role": "user", "content": text}],
        "output": {"choices": [{"stop_reason": "stop"}], "completion": text},
        "scores": {"match": {"value": "CI"[number % 2]}, "grade": {"value": number % 11 / 10}},
        "metadata": {"topic": f"t{number % 50}"}, "events": events, "total_time": 1.5,
        "model_usage": {"mockllm/model": {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6}},
    }  # fmt: skip


def logs(folder: Path) -> None:
    """Write the log in both forms."""
    header = {
        "version": 2, "status": "success", "results": {"total_samples": SAMPLES},
        "eval": {"task": "sums", "created": "2026-11-29", "packages": {"inspect_ai": "0.3.285"}},
    }  # fmt: skip
    samples = [json.dumps(sample(number)) for number in range(SAMPLES)]
    (folder / "log.json").write_text(
        f'{json.dumps(header)[:-1]}, "samples": [{", ".join(samples)}]}}'
    )
    with zipfile.ZipFile(folder / "log.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(samples):
            archive.writestr(f"samples/s{number}_epoch_1.json", text)
        archive.writestr("header.json", json.dumps(header))


def main() -> None:
    """Print the table."""
    print("| log | MB | reading CPU s, MiB | parsing CPU s, MiB | ratio (target) |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: a child's peak counts what its parent held.
        writing = f"from pathlib import Path; from benchmarks import log_speed; log_speed.logs(Path({name!r}))"
        subprocess.run([sys.executable, "-c", writing], cwd=ROOT, check=True)
        paths = folder / "log.json", folder / "log.eval"
        for path, parsing in zip(paths, (PARSING, PARSING_MEMBERS), strict=True):
            reads, parses = (
                _without_start(folder, code, start, path)
                for code, start in ((READING, STARTING), (parsing, NOTHING))
            )
            print(
                f"| {path.suffix} | {path.stat().st_size / 1e6:.0f} | {reads.cpu:.2f}, {reads.memory:.0f} "
                f"| {parses.cpu:.2f}, {parses.memory:.0f} | {reads.cpu / parses.cpu:.1f} (≤ 3) |",
                flush=True,
            )


def _without_start(folder: Path, code: str, start: str, path: Path) -> Cost:
    whole = cost([sys.executable, "-c", code, str(path)], folder, 3)
    begun = cost([sys.executable, "-c", start], folder, 3)
    return Cost(whole.cpu - begun.cpu, whole.memory)


if __name__ == "__main__":
    main()
