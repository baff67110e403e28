"""What the job that trains uploads: it runs the author's code, which may write anything into it."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from typing import TYPE_CHECKING, Any

from tests.redteam.trick import ERROR, FAIL, INTENT, Mode, trick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.redteam.repository import Repository

    Members = dict[str, bytes]

TWO_JOBS = (Mode.TWO_JOBS,)
RECORD, AUTHOR, PREDICTIONS = "record.json", "author.json", "files/out/predictions.csv"
DIGEST = "a" * 64


def _changed(change: Callable[[Members], None]) -> Callable[[Path], None]:
    """Return what changes the members of a handover."""

    def rewrite(path: Path) -> None:
        with zipfile.ZipFile(path) as packed:
            members = {name: packed.read(name) for name in packed.namelist()}
        change(members)
        with zipfile.ZipFile(path, "w") as packed:
            for name, content in members.items():
                packed.writestr(name, content)

    return rewrite


def _recorded(**fields: Any) -> Callable[[Path], None]:
    """Return what changes fields of the record, and of the training's evidence in it."""

    def change(members: Members) -> None:
        record = json.loads(members[RECORD])
        training = fields.pop("training", {})
        record["training"] |= training
        members[RECORD] = json.dumps(record | fields).encode()

    return _changed(change)


def _add(members: Members, path: str, content: bytes, **fields: Any) -> None:
    """Pack a file, and list it as it is."""
    members[f"files/{path}"] = content
    record = json.loads(members[RECORD])
    file = {
        "path": path,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "written": 2e9,
        "fresh": True,
    }
    others = [file for file in record["files"] if file["path"] != path]
    members[RECORD] = json.dumps(record | {"files": [*others, file | fields]}).encode()


def _better(members: Members) -> bytes:
    """Return predictions that are all right."""
    head, *lines = members[PREDICTIONS].decode().splitlines()
    rows = [line.split(",") for line in lines]
    return "\n".join(
        [head, *(f"{i},{y},{y},{0.9 if y == '1' else 0.1}" for i, y, *_ in rows)]
    ).encode()


@trick(ERROR, INTENT, modes=TWO_JOBS, uploads=False)
def handover_not_uploaded(repo: Repository) -> None:
    """Ends the first job before it uploads anything."""
    repo.worse()


def _numbers(members: Members) -> None:
    members["evidence.zip"] = b"PK\x05\x06" + b"\0" * 18


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_numbers))
def handover_of_numbers_that_only_the_branch_wants(repo: Repository) -> None:
    """Writes `handover: evidence` into its own mlgate.yaml, and hands over numbers of its choice."""
    repo.worse()
    repo.add_to_config("handover: evidence")


def _rubbish(path: Path) -> None:
    path.write_bytes(b"PK\x05\x06" + b"\0" * 17)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_rubbish)
def handover_that_is_no_archive(repo: Repository) -> None:
    """Uploads a few bytes in its place."""
    repo.worse()


def _other_predictions(members: Members) -> None:
    members[PREDICTIONS] = _better(members)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_other_predictions))
def handover_with_predictions_of_another_digest(repo: Repository) -> None:
    """Exchanges the predictions after they were recorded."""
    repo.worse()


def _unlisted(members: Members) -> None:
    members["files/out/more.csv"] = b"a\n1\n"


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_unlisted))
def handover_with_an_unlisted_file(repo: Repository) -> None:
    """Packs a file that the record does not list."""
    repo.worse()


def _unnamed(members: Members) -> None:
    _add(members, "train.py", b"print('better')\n")


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_unnamed))
def handover_with_a_file_that_no_policy_names(repo: Repository) -> None:
    """Packs and lists a file of the repository that no policy asks for."""
    repo.worse()


def _lacking(members: Members) -> None:
    del members[PREDICTIONS]


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_lacking))
def handover_without_a_listed_file(repo: Repository) -> None:
    """Lists predictions that it does not pack."""
    repo.worse()


def _nothing_listed(members: Members) -> None:
    _lacking(members)
    members[RECORD] = json.dumps(json.loads(members[RECORD]) | {"files": []}).encode()


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_nothing_listed))
def handover_without_predictions(repo: Repository) -> None:
    """Neither packs nor lists predictions, while a good file is committed in their place."""
    repo.worse()
    repo.write(".gitignore", "")
    repo.write("out/predictions.csv", "id,label,prediction,score\nrow-0,1,1,0.9\nrow-1,0,0,0.1\n")


def _claimed_as_committed(members: Members) -> None:
    content = members.pop(PREDICTIONS)
    _add(members, "out/predictions.csv", content, committed=True)
    del members[PREDICTIONS]


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_claimed_as_committed))
def handover_that_calls_a_file_committed(repo: Repository) -> None:
    """Says that the predictions are the commit's own."""
    repo.worse()


def _configuration(members: Members) -> None:
    _add(members, "mlgate.yaml", b"version: 1\ngates: {accuracy: {min: 0.1}}\n")


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_configuration))
def handover_with_a_configuration(repo: Repository) -> None:
    """Packs a loose mlgate.yaml, and a policy that names it as its numbers."""
    repo.worse()
    repo.add_to_config("metrics: {files: ['*.yaml']}")


def _hooks(members: Members) -> None:
    _add(members, ".git/hooks/post-checkout", b"#!/bin/sh\nenv > out/seen.txt\n")


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_hooks))
def handover_with_hooks(repo: Repository) -> None:
    """Packs a hook for git."""
    repo.worse()
    repo.add_to_config("metrics: {files: ['**/*', '.git/hooks/*']}")


def _outwards(members: Members) -> None:
    _add(members, "../../mlgate.yaml", b"version: 1\n")


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_outwards))
def handover_with_paths_out_of_it(repo: Repository) -> None:
    """Packs a file whose name leads out of the folder that it is unpacked into."""
    repo.worse()


def _linked(path: Path) -> None:
    """Pack the predictions as a link; its record is true of what it holds."""
    link = b"/etc/hostname"

    def change(members: Members) -> None:
        _add(members, "out/predictions.csv", link)

    _changed(change)(path)
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK if name == PREDICTIONS else stat.S_IFREG) << 16
            packed.writestr(info, content)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_linked)
def handover_with_a_link(repo: Repository) -> None:
    """Packs a link to a file of the judging machine as the predictions."""
    repo.worse()


def _bomb(members: Members) -> None:
    _add(members, "out/predictions.csv", b"0" * 5_000_000, size=9 * 2**30)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_bomb))
def handover_that_unpacks_to_too_much(repo: Repository) -> None:
    """Lists a file of nine gibibytes."""
    repo.worse()


def _longer(members: Members) -> None:
    _add(members, "out/predictions.csv", members[PREDICTIONS] + b"0" * 5_000_000, size=1_000)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_longer))
def handover_with_a_file_longer_than_listed(repo: Repository) -> None:
    """Packs a file that is longer than its record says."""
    repo.worse()


def _twice(path: Path) -> None:
    other = PREDICTIONS.replace("predictions", "prediction_")

    def change(members: Members) -> None:
        members[other] = _better(members)

    _changed(change)(path)
    path.write_bytes(path.read_bytes().replace(other.encode(), PREDICTIONS.encode()))


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_twice)
def handover_with_a_file_twice(repo: Repository) -> None:
    """Packs two files of one name; a reader may take either."""
    repo.worse()


def _crowd(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as packed:
        for number in range(40_000):
            packed.writestr(f"files/{number}", b"")


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_crowd)
def handover_with_a_crowd_of_files(repo: Repository) -> None:
    """Packs forty thousand files."""
    repo.worse()


def _deep(members: Members) -> None:
    members[RECORD] = b"[" * 200_000 + b"]" * 200_000


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_deep))
def handover_whose_record_is_nested_deeply(repo: Repository) -> None:
    """Nests lists two hundred thousand times."""
    repo.worse()


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_recorded(commit="e" * 40))
def handover_of_another_commit(repo: Repository) -> None:
    """Says that it is of another, better commit."""
    repo.worse()


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_recorded(training={"commit": "e" * 40}))
def handover_of_the_training_of_another_commit(repo: Repository) -> None:
    """Brings the evidence of another commit's training."""
    repo.worse()


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_recorded(run=899))
def handover_of_an_earlier_run(repo: Repository) -> None:
    """Uploads what an earlier run of the same commit handed over."""
    repo.worse()


@trick(
    ERROR, INTENT, modes=TWO_JOBS, handover=_recorded(training={"status": "ok", "problem": None})
)
def handover_of_a_training_that_failed(repo: Repository) -> None:
    """Says of a training that failed that it went well."""
    repo.after_training("raise SystemExit(3)")


@trick(
    ERROR,
    INTENT,
    modes=TWO_JOBS,
    handover=_recorded(training={"status": "skipped", "command": None, "exit_code": None}),
)
def handover_that_says_nothing_was_trained(repo: Repository) -> None:
    """Commits main's predictions, lets the training write none, and says that nothing was trained."""
    text = (repo.root / "train.py").read_text()
    repo.write("before.py", text.replace("error.txt", "before.txt"))
    repo.write("before.txt", "0.10\n")
    repo.write(".gitignore", "")
    repo.worse()
    repo.replace("train.py", text, "pass\n")
    repo.write("out/predictions.csv", _of_main(repo))


def _of_main(repo: Repository) -> str:
    import subprocess
    import sys

    subprocess.run([sys.executable, "before.py"], cwd=repo.root, check=True)
    return (repo.root / "out/predictions.csv").read_text()


def _evidence(members: Members) -> None:
    members["evidence/compare.json"] = b'{"schema": 1, "check": "compare"}'


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_evidence))
def handover_with_evidence(repo: Repository) -> None:
    """Packs evidence of its own for metrics that the second job measures."""
    repo.worse()


def _results(**fields: Any) -> Callable[[Path], None]:
    def change(members: Members) -> None:
        author = json.loads(members[AUTHOR])
        metric = {"function": "sklearn.metrics:accuracy_score", "results": []}
        results = [each | fields for each in author["results"]] or [
            {"policy": DIGEST, "metrics": [metric], **fields}
        ]
        members[AUTHOR] = json.dumps(author | {"results": results}).encode()

    return _changed(change)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_results())
def handover_with_values_under_another_policy(repo: Repository) -> None:
    """Brings values of a built-in metric, as if a policy of its own had asked for them."""
    repo.worse()


CUSTOM = "metrics: {custom: {mine: 'mine:metric'}, direction: {mine: higher}}"
ALWAYS_HALF = "def metric(*args, **kwargs):\n    return 0.5\n"


def _own_metric(repo: Repository) -> None:
    repo.worse()
    repo.add_to_config(CUSTOM)
    repo.configure("gates:\n", "gates:\n  mine: {min: 0.1}\n")
    repo.write("mine.py", ALWAYS_HALF)


@trick(
    ERROR,
    INTENT,
    modes=TWO_JOBS,
    handover=_results(metrics=[{"function": "numpy:mean", "results": []}]),
)
def handover_with_values_of_what_is_no_custom_metric(repo: Repository) -> None:
    """Brings values of a function that no policy names."""
    _own_metric(repo)


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_results(metrics=[]))
def handover_without_values_of_a_custom_metric(repo: Repository) -> None:
    """Leaves out what a custom metric returned, which main's policy asks for."""
    with repo.on_main():
        _own_metric(repo)
    repo.worse()


def _of_other_rows(members: Members) -> None:
    author = json.loads(members[AUTHOR])
    for results in author["results"]:
        for metric in results["metrics"]:
            for rows in metric["results"]:
                rows["rows"] = hashlib.sha256(rows["rows"].encode()).hexdigest()
    members[AUTHOR] = json.dumps(author).encode()


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_changed(_of_other_rows))
def handover_with_values_of_other_rows(repo: Repository) -> None:
    """Brings what a custom metric returned for rows that are not the predictions'."""
    with repo.on_main():
        _own_metric(repo)


def _endless(members: Members) -> None:
    record = json.loads(members[RECORD])
    record["training"]["resources"] = {
        "wall": 1e59, "cpu": -1e59, "peak_memory": 2**53, "processes": -1,
    }  # fmt: skip
    record["training"]["log_tail"] = ["::error::x", "</details><script>alert(1)</script>"]
    record["training"]["environment"] = None
    members[RECORD] = json.dumps(record).encode()


@trick(FAIL, INTENT, modes=TWO_JOBS, handover=_changed(_endless))
def handover_of_an_endless_training(repo: Repository) -> None:
    """Says of its training what no training can be: times and sizes without sense."""
    repo.worse()


@trick(ERROR, INTENT, modes=TWO_JOBS, handover=_recorded(training={"started": "tomorrow"}))
def handover_without_a_time(repo: Repository) -> None:
    """Says that the training started when no date is."""
    repo.worse()


DRIFTED = 'import shutil; shutil.copy("out/predictions.csv", "reference.csv")'


@trick(FAIL, INTENT, modes=TWO_JOBS)
def training_overwrites_the_reference(repo: Repository) -> None:
    """Lets the training copy the data that drifted over the reference that they are held against."""
    with repo.on_main():
        rows = "".join(f"row-{n},{n % 2},{n % 2},{0.5 + n / 1e6}\n" for n in range(2000))
        repo.write("reference.csv", f"id,label,prediction,score\n{rows}")
        repo.add_to_config(
            "drift: {reference: reference.csv, current: out/predictions.csv, ignore: [id]}"
        )
        repo.configure("gates:\n", "gates:\n  drift.score: {max_share: 0, on_fail: fail}\n")
    repo.after_training(DRIFTED)
