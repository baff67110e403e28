"""What leaves the process passes the redactor: here is every place that writes, prints or sends.

A new one fails this test. It takes its writer from `mlgate.files`, `mlgate.outgoing` or
`mlgate.cli.out`; what leaves by none of these is listed here with the reason.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SRC = Path(__file__).parents[2] / "src" / "mlgate"
STAYS = {
    "demo/": "the GitHub that is played on this machine, without secrets",
    "inputs/custom_worker.py": "the user's own process: it has no secret of ours",
    "inputs/suite_worker.py": "the user's own process: it has no secret of ours",
}
WAYS = {
    # files
    "files.py": {"os.fdopen", "os.open", "os.write", "file.write"},
    "training/output.py": {"path.open", "file.write", "ring.write", "out.write", "log.write"},
    "inputs/unpacking.py": {"target.open", "target.write"},
    "inputs/staging.py": {"copy_to_parquet"},
    "inputs/parquet_files.py": {"copy_to_parquet"},
    "inputs/logs.py": {"path.open", "file.writelines"},
    "inputs/remote.py": {"target.open", "rows.open", "file.write"},
    "rollout/attestation.py": {"file.write_text"},
    "pipeline/judging/commit_tree.py": {"file.write_bytes", "?.write"},
    "pipeline/training/seal.py": {"path.write_bytes"},
    "environment_block.py": {"os.fdopen", "file.write"},
    "pipeline/handover/packing.py": {"archive.open", "os.fdopen", "os.open", "packed.write"},
    "pipeline/handover/archive.py": {"target.open", "copy.write"},
    "pipeline/handover/receiving.py": {"shutil.copyfile"},
    "inputs/baseline_rows.py": {"path.write_bytes"},
    "pipeline/publishing/bundle.py": {"packed.writestr"},
    "pipeline/rollouts/tick.py": {"journal.write"},
    "pipeline/mlflow_results.py": {"os.fdopen"},
    "pipeline/judging/files.py": {"tree.write"},
    "run_dir.py": {"packed.writestr"},
    "stores/kinds/s3.py": {"file.write", "packed.writestr", "bucket.write"},
    # streams
    "outgoing.py": {"_out.write"},
    "progress.py": {"out.write"},
    "cli/out.py": {"print"},
    "cli/log.py": {"logging.StreamHandler"},
    "cli/__init__.py": {"os.open"},
    "inputs/column_schema.py": {"out.write"},
    # programs
    "git.py": {"subprocess.run"},
    "training/process.py": {"subprocess.Popen"},
    "training/capture.py": {"subprocess.Popen"},
    "inputs/custom.py": {"subprocess.Popen", "stdin.write"},
    "inputs/suites.py": {"subprocess.Popen"},
    "pipeline/init/training_once.py": {"subprocess.run"},
    "rollout/kinds/command.py": {"subprocess.run"},
    "serving/targets/command.py": {"subprocess.run"},
    "serving/targets/local.py": {"subprocess.Popen", "log_file.open"},
    # the network
    "registries/mlflow.py": {"requests.request"},
    "rollout/kinds/haproxy.py": {"connection.sendall"},
    "rollout/kinds/lease.py": {"wfile.write"},
    "rollout/kinds/prometheus.py": {"requests.get"},
    "serving/request_log.py": {"path.open", "?.write"},
    "serving/server.py": {"wfile.write", "log.write"},
    "forges/github/transport.py": {"requests.Session"},
}
"""By module, with what makes each of them harmless:

- `files`: `outgoing.file_content` and `Redactor.prose` come before every write;
- `training/output.py`: `Redactor.mask_bytes` comes before console, log and tail;
- `inputs/unpacking.py`, `inputs/staging.py`, `inputs/logs.py`, `inputs/remote.py`, `rollout/attestation.py`,
  `pipeline/judging/commit_tree.py`, `pipeline/training/seal.py`, `inputs/parquet_files.py`, `inputs/baseline_rows.py`:
  files of ours that are deleted;
- `pipeline/handover`: records by `record_text`, the log as it was redacted, and the files that
  mlgate.yaml names as they are, from one job to the other;
- `environment_block`: a pipe to this process itself, as it starts anew;
- `cli/log.py`: its formatter masks; `cli/__init__.py`: /dev/null;
- `writestr`, `column_schema`: into memory, from which `write_atomic` writes;
- `progress`, `outgoing`, `cli/out`: to standard error and output, which `cli.secrets` wraps;
- programs get an environment without what is withheld, and their output is captured;
- `git`: what it stores passes `stores.git_objects`, which takes it from `outgoing`;
- `pipeline/mlflow_results.py`: what a run on an MLflow server logged, as it is, into the work tree;
- `stores/kinds/s3.py`: baselines as `RunDir.saved_files` redacted them, and lines that `redactor().refuse` looked at;
- `rollout/kinds`: a program as above, but of whoever runs the rollout; a weight and names of servers to HAProxy's own
  socket; a percentage to who asks the agent; selectors of mlgate.yaml to Prometheus. `rollouts/tick.py`: the record, which `stores.git_objects` keeps;
- `serving/targets`: a server as above, whose output stays on its machine; what the report quotes of it is prose;
- `serving`: a model's answers to who asks, and a log of times and ids (answers where that is asked for);
- `registries/mlflow.py`: what it changes passes `outgoing.request_body`; what it asks for is the model's name;
- `forges/github/client.py`, the only one who sends by `transport`, takes what it sends from `outgoing`.
"""
CALLS = {
    "print", "write", "writelines", "write_text", "write_bytes", "writestr", "write_table",
    "copy_to_parquet",
    "to_csv", "to_parquet", "to_json_file", "savefig", "sendall", "copyfile", "fdopen",
    "StreamHandler", "urlopen", "urlretrieve", "Session", "requestJsonAndCheck", "Popen", "echo", "secho",
}  # fmt: skip
MODULES = {"requests": {"get", "post", "put", "patch", "delete", "request"}, "subprocess": {"run", "call", "check_call", "check_output"}, "os": {"open", "system", "popen"}, "socket": {"create_connection"}, "shutil": {"copy", "copy2", "copyfileobj"}}  # fmt: skip
MODES = set("wax+")
PASSED_ON = {
    "lineage.write",
    "report.write",
    "outputs.write",
    "trusted_stage.write",
    "plots.write",
    "profiling.write",
    "run.write",
    "site.write",
    "write",
}
"""Functions of ours that are called `write`: what is in them is looked at itself."""


def test_every_way_out_is_known() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        if not name.startswith(tuple(STAYS)):
            found[name] |= set(_ways(ast.parse(path.read_text(encoding="utf-8"))))
    unknown = {name: ways - WAYS.get(name, set()) for name, ways in found.items()}
    assert {name: ways for name, ways in unknown.items() if ways} == {}
    gone = {name: ways - found[name] for name, ways in WAYS.items()}
    assert {name: ways for name, ways in gone.items() if ways} == {}


def _ways(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        call = _name(node.func)
        owner, _, last = call.rpartition(".")
        if (
            (last in MODULES.get(owner, ()) and call != "shutil.copyfileobj")
            or (last in CALLS and call not in PASSED_ON)
            or (last == "open" and any(_mode(argument) for argument in node.args))
        ):
            yield call


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value).rpartition('.')[2]}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _mode(argument: ast.expr) -> bool:
    value = argument.value if isinstance(argument, ast.Constant) else None
    return isinstance(value, str) and len(value) <= 3 and bool(MODES & set(value))


def test_references_are_resolved_in_one_place() -> None:
    """Whoever expands a setting elsewhere would not ask whether the judging branch wrote it."""
    expanding = re.compile(r"(config|environ)\.expand\(|from mlgate\.config.* import .*\bexpand\b")
    callers = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if expanding.search(path.read_text(encoding="utf-8"))
    }
    assert callers == {"pipeline/judging/references.py", "config/__init__.py"}
