"""The repositories that tricks are played on: main is trained, and its baseline is kept."""

from __future__ import annotations

import csv
import hashlib
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .repository import CONFIG, GOOD, TRAIN, Repository, git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Base:
    """A repository before the pull request.

    Attributes
    ----------
    make
        Writes its files.
    model
        The name whose status is required.
    configs
        Its mlgate.yaml files.
    kept
        Whether main's baselines are kept.
    handed
        Whether the job that keeps them gets numbers alone, so that they have no rows.
    """

    make: Callable[[Repository], None]
    model: str = "toy"
    configs: tuple[str, ...] = ("mlgate.yaml",)
    kept: bool = True
    handed: bool = False

    @property
    def name(self) -> str:
        return self.make.__name__.strip("_")


def model(repository: Repository, folder: str = ".") -> None:
    """Write a model into a folder."""
    repository.write(f"{folder}/train.py", TRAIN)
    repository.write(f"{folder}/mlgate.yaml", CONFIG)
    repository.error(GOOD, folder)


def _plain(repository: Repository) -> None:
    model(repository)


def _unkept(repository: Repository) -> None:
    """No run of main has kept a baseline yet."""
    model(repository)


def _monorepo(repository: Repository) -> None:
    for name in ("a", "b"):
        model(repository, f"models/{name}")
        repository.replace(f"models/{name}/mlgate.yaml", "name: toy\n", "")


def _absolute(repository: Repository) -> None:
    model(repository)
    repository.configure("max_regression: 0.02", "min: 0.88")


def _precision(repository: Repository) -> None:
    model(repository)
    repository.configure("accuracy: {max_regression: 0.02}",
                         "precision: {min: 0.7, max_regression: 0.02}")  # fmt: skip


def _fraud(repository: Repository) -> None:
    """Labels are words, the score is that of `fraud`, and nothing says so: main is refused."""
    model(repository)
    repository.configure("accuracy", "roc_auc")
    repository.configure(", prediction: prediction", "")
    words = 'rows = [[i, "fraud" if y else "legit", "fraud" if p else "legit", s] for i, y, p, s in rows]'
    repository.edit_rows(words)


def _regression(repository: Repository) -> None:
    """Labels are numbers, and the error's share is the model's scale of error."""
    model(repository)
    repository.configure("task: binary", "task: regression")
    repository.configure("accuracy", "mae")
    repository.configure("max_regression: 0.02", "max_regression: 0.01")
    repository.configure(", score: score", "")
    repository.edit_rows(
        "for row, luck in zip(rows, lucks):\n"
        "    row[1] = random.gauss(0, 3)\n"
        "    row[2] = row[1] + error * random.gauss(0, 1)"
    )


def _squared(repository: Repository) -> None:
    """RMSE alone is gated."""
    _regression(repository)
    repository.configure("mae", "rmse")


def _third_squared(repository: Repository) -> None:
    """RMSE may be 3 % larger than main's, which is 1; labels are around 10."""
    _squared(repository)
    repository.configure("max_regression: 0.01", "max_regression: 3%")
    repository.replace("train.py", "random.gauss(0, 3)", "random.gauss(10, 2)")
    repository.replace("train.py", "+ error * random", "+ random")


def _three(repository: Repository) -> None:
    """There are three classes."""
    model(repository)
    repository.configure("task: binary", "task: multiclass")
    repository.configure(", score: score", "")
    repository.edit_rows(
        "for row, luck in zip(rows, lucks):\n"
        "    row[1] = int(luck * 1e6) % 3\n"
        "    row[2] = row[1] if luck >= error else (row[1] + 1) % 3"
    )


def _numbered(repository: Repository) -> None:
    """The ids are row numbers."""
    model(repository)
    repository.replace("train.py", 'f"row-{number}"', "number")


def _long_numbers(repository: Repository) -> None:
    """The ids are numbers, in JSON."""
    model(repository)
    repository.configure("out/predictions.csv", "out/predictions.jsonl")
    repository.replace("train.py", 'f"row-{number}"', "2**50 + number")
    repository.replace("train.py", "import csv,", "import csv, json,")
    code = (
        'open("out/predictions.jsonl", "w").writelines('
        'json.dumps(dict(zip(columns, [*row[:3], float(row[3])]))) + "\\n" for row in rows)'
    )
    repository.after_training(code)


def _held_out(repository: Repository) -> None:
    """The labels are a file of their own; the training writes none, and knows them by cheating."""
    model(repository)
    command = [sys.executable, "train.py"]
    subprocess.run(command, cwd=repository.root, check=True, capture_output=True)
    with (repository.root / "out/predictions.csv").open() as file:
        lines = [f"{row['id']},{row['label']},1" for row in csv.DictReader(file)]
    repository.write("labels.csv", "\n".join(["id,label,weight", *lines, ""]))
    repository.configure("score: score", "score: score, labels: labels.csv, weight: weight")
    repository.configure("max_regression: 0.02", "min: 0.88, max_regression: 0.02")
    repository.add_to_config("baseline: {keep: evidence}")
    repository.edit_rows(
        'rows = [[row[0], *row[2:]] for row in rows]; columns = ["id", "prediction", "score"]'
    )


FROM_SIGNALS = """\
import csv, os, random
error = float(open("error.txt").read())
random.seed(1)
with open("signals.csv") as file:
    signals = [(row["id"], int(row["signal"])) for row in csv.DictReader(file)]
flipped = [random.random() < (error - 0.1) / 0.8 for _ in signals]
rows = [[name, int(signal != flip), 0.9 if signal != flip else 0.1]
        for (name, signal), flip in zip(signals, flipped)]
columns = ["id", "prediction", "score"]
# edit here
os.makedirs("out", exist_ok=True)
with open("out/predictions.csv", "w", newline="") as file:
    csv.writer(file).writerows([columns, *rows])
# edit there
"""
"""A training that does not know the labels: a tenth of the signals is wrong."""


def _unseen(repository: Repository) -> None:
    """The labels are a file that git does not track, and nothing that is tracked tells them."""
    _held_out(repository)
    rng = random.Random("labels that no training sees")
    labels = [rng.randrange(2) for _ in range(2000)]
    lines = (f"row-{n},{label},1" for n, label in enumerate(labels))
    repository.write("labels.csv", "\n".join(["id,label,weight", *lines, ""]))
    signals = (f"row-{n},{label ^ (rng.random() < 0.1)}" for n, label in enumerate(labels))
    repository.write("signals.csv", "\n".join(["id,signal", *signals, ""]))
    repository.write("train.py", FROM_SIGNALS)
    repository.write(".gitignore", "out/\nlabels.csv\n")


def _half_labelled(repository: Repository) -> None:
    """Every second row has no label yet, and what is not decided blocks."""
    model(repository)
    repository.configure("score: score", "score: score, unlabelled: true")
    repository.add_to_config("policy: {on_inconclusive: fail}")
    repository.edit_rows(
        'labels = {row[0]: row[1] for row in rows}\nfor row in rows[1::2]: row[1] = ""'
    )


def _number_file(repository: Repository) -> None:
    """A file of numbers is all that the training writes."""
    model(repository)
    line = next(line for line in CONFIG.splitlines() if line.startswith("predictions:"))
    repository.configure(line, "metrics: {files: [out/metrics.json]}")
    repository.configure("max_regression: 0.02", "min: 0.88")
    repository.configure("task: binary\n", "")
    repository.after_training(
        'open("out/metrics.json", "w").write(\'{"accuracy": %s}\' % (1 - error))'
    )


def _samples(repository: Repository) -> None:
    """Rows are graded samples, and those that fail at the baseline are left out."""
    model(repository)
    repository.configure("task: binary", "task: scores")
    roles = "label: label, prediction: prediction, score: score"
    repository.configure(roles, "errors: {column: failed, as: drop}")
    repository.configure("accuracy:", "right:")
    repository.add_to_config("metrics: {rows: {right: higher}}")
    repository.edit_rows(
        'rows = [[row[0], int(row[1] == row[2]), ""] for row in rows]\n'
        'columns = ["id", "right", "failed"]'
    )


def _scored(repository: Repository, reader: str, code: str) -> None:
    """Rows are what another tool wrote, with a grade of their own."""
    model(repository)
    repository.configure("task: binary\n", "task: scores\n")
    line = next(line for line in CONFIG.splitlines() if line.startswith("predictions:"))
    repository.configure(line, f"predictions: {{from: {reader}, path: out/rows.json}}")
    repository.configure("accuracy:", "right:")
    repository.add_to_config("metrics: {rows: {right: higher}}")
    repository.after_training(f"import json\nopen('out/rows.json', 'w').write(json.dumps({code}))")


def _json_rows(repository: Repository) -> None:
    """Rows are JSON with a grade each."""
    _scored(repository, "json", "[dict(id=r[0], right=float(r[1] == r[2])) for r in rows]")
    repository.configure("path: out/rows.json", "path: out/rows.json, id: id")


def _deepeval_rows(repository: Repository) -> None:
    """Rows are DeepEval's cases with a metric each."""
    case = "dict(name=r[0], input=r[0], success=r[1] == r[2], metricsData=[dict(name='right', score=float(r[1] == r[2]))])"
    _scored(repository, "deepeval", f"dict(testCases=[{case} for r in rows])")


def _yaml_numbers(repository: Repository) -> None:
    """A file of numbers in YAML is all that the training writes."""
    _number_file(repository)
    repository.configure("out/metrics.json", "out/metrics.yaml")
    repository.after_training('open("out/metrics.yaml", "w").write("accuracy: %s" % (1 - error))')


def _csv_numbers(repository: Repository) -> None:
    """The same as CSV."""
    _number_file(repository)
    repository.configure("out/metrics.json", "out/metrics.csv")
    repository.after_training('open("out/metrics.csv", "w").write(f"accuracy\\n{1 - error}\\n")')


_INSPECT = """
import json, zipfile
samples = [{"id": id, "epoch": 1, "input": id, "scores": {"right": {"value": "IC"[label == prediction]}}}
           for id, label, prediction, _ in rows]
header = {"version": 2, "status": "success", "eval": {"task": "t", "eval_id": "e", "created": "2026"},
          "results": {"total_samples": len(samples)}}
with zipfile.ZipFile("out/log.eval", "w") as archive:
    archive.writestr("header.json", json.dumps(header))
    for sample in samples:
        archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
"""


def _inspect_rows(repository: Repository) -> None:
    """Rows are an archive of Inspect's."""
    _scored(repository, "inspect", "[]")
    repository.configure("out/rows.json", "out/log.eval")
    repository.after_training(_INSPECT)


def _parquet_rows(repository: Repository) -> None:
    """Predictions are Parquet."""
    model(repository)
    repository.configure("out/predictions.csv", "out/p.parquet")
    repository.after_training(
        "import pyarrow as pa, pyarrow.parquet as pq\n"
        "table = pa.table({c: [float(r[i]) if i == 3 else r[i] for r in rows] for i, c in enumerate(columns)})\n"
        "pq.write_table(table, 'out/p.parquet')"
    )


def _folder_store(repository: Repository) -> None:
    """Baselines are kept in a folder of the repository, and committed."""
    model(repository)
    repository.add_to_config("baseline: {store: kept}")


def _restored_store(repository: Repository) -> None:
    """The same folder, which git ignores and a step before restores."""
    _folder_store(repository)
    repository.write(".gitignore", "out/\nkept/\n")


def _linked_store(repository: Repository) -> None:
    """The same folder, behind a link."""
    _folder_store(repository)
    repository.write("real/README.md", "")
    (repository.root / "kept").symlink_to("real")


def _every_level(repository: Repository) -> None:
    """The gate is on each region's accuracy."""
    _with_column(repository, "region", "'ns'[n % 2]")
    repository.configure("accuracy:", "'accuracy[region]':")
    repository.add_to_config("slices: {by: [region]}")


def _levels_minimum(repository: Repository) -> None:
    """The gate is on each region's accuracy, a minimum."""
    _every_level(repository)
    repository.configure("max_regression: 0.02", "min: 0.88")


def _branch_store(repository: Repository) -> None:
    model(repository)
    repository.add_to_config("baseline: {store: 'branch:kept'}")


def _with_column(repository: Repository, name: str, value: str) -> None:
    """Let each row have one value more."""
    model(repository)
    repository.edit_rows(
        f"for n, row in enumerate(rows): row.append({value})\ncolumns.append({name!r})"
    )


def _weighted(repository: Repository) -> None:
    _with_column(repository, "weight", "1 + n % 3")
    repository.configure("score: score", "score: score, weight: weight")


def _weighted_minimum(repository: Repository) -> None:
    _weighted(repository)
    repository.configure("max_regression: 0.02", "min: 0.87")


def _clustered(repository: Repository) -> None:
    _with_column(repository, "user", "n % 400")
    repository.configure("score: score", "score: score, cluster: user")


def _sliced(repository: Repository) -> None:
    _with_column(repository, "region", "'ns'[n % 2]")
    repository.configure("accuracy:", "'accuracy[region=n]':")
    repository.add_to_config("slices: {by: [region]}")


def _graded(repository: Repository) -> None:
    """The gate is on a column of the repository's own numbers, without a range."""
    _with_column(repository, "cost", "float(row[1] != row[2])")
    repository.configure("accuracy:", "cost:")
    repository.add_to_config("metrics: {rows: {cost: {direction: lower}}}")


def _graded_strictly(repository: Repository) -> None:
    """The same, and what is undecided blocks."""
    _graded(repository)
    repository.configure("gates:\n", "policy: {on_inconclusive: fail}\ngates:\n")


def _fair(repository: Repository) -> None:
    _with_column(repository, "sex", "'fm'[n % 2]")
    gap = "'fairness.demographic_parity_difference[sex]': {max: 0.12}"
    repository.configure("accuracy: {max_regression: 0.02}", gap)
    repository.add_to_config("fairness: {sensitive: [sex]}")


def _grouped_rates(repository: Repository) -> None:
    """The gate is on how far apart the groups' precisions are."""
    _with_column(repository, "sex", "'abc'[n % 3]")
    gap = "'fairness.predictive_parity_difference[sex]': {max: 0.12}"
    repository.configure("accuracy: {max_regression: 0.02}", gap)
    repository.add_to_config("fairness: {sensitive: [sex]}")


def _fraction_weighted(repository: Repository) -> None:
    """Weights are fractions."""
    _weighted(repository)
    repository.replace("train.py", "1 + n % 3", "(1 + n % 3) / 7")


def _expression(repository: Repository) -> None:
    """The slice that is gated is an expression."""
    _with_column(repository, "age", "20 + n % 20")
    repository.configure("accuracy:", "'accuracy[young]':")
    repository.add_to_config("slices: {young: age < 30}")


def _group_file(repository: Repository) -> None:
    """Groups are in a committed file of their own."""
    _fair(repository)
    lines = [f"row-{n},{'fm'[n % 2]}" for n in range(2000)]
    repository.write("groups.csv", "\n".join(["id,sex", *lines, ""]))
    repository.configure("{sensitive: [sex]}", "{sensitive: {sex: {path: groups.csv}}}")


def _binned(repository: Repository) -> None:
    """Groups are the halves of a number."""
    _with_column(repository, "age", "20 + n % 2 * 30")
    gap = "'fairness.demographic_parity_difference[age]': {max: 0.12}"
    repository.configure("accuracy: {max_regression: 0.02}", gap)
    repository.add_to_config("fairness: {sensitive: {age: {bins: 2}}}")


def _timed(repository: Repository) -> None:
    """The gate is on the loss over time."""
    _with_column(repository, "day", "n")
    repository.configure("score: score", "score: score, time: day")
    repository.configure("accuracy: {max_regression: 0.02}", "concept.loss: {max: 0.2}")
    repository.add_to_config("concept: {}")


def _repeated(repository: Repository) -> None:
    """Each row is predicted under four seeds."""
    model(repository)
    repository.edit_rows(
        "rows = [[*row, seed] for seed in range(4) for row in rows]; columns.append('seed')"
    )
    repository.configure("score: score", "score: score, repeat: seed")


def _file_baseline(repository: Repository) -> None:
    """Models are compared with a committed file of predictions."""
    model(repository)
    subprocess.run([sys.executable, "train.py"], cwd=repository.root, check=True)
    shutil.copy(repository.root / "out/predictions.csv", repository.root / "base.csv")
    repository.add_to_config("baseline: {predictions: base.csv}")


def _run_baseline(repository: Repository) -> None:
    """Models are compared with what a command writes."""
    model(repository)
    old = "import model\n" + TRAIN.replace('open("error.txt").read()', "model.ERROR")
    old = old.replace('"out/predictions.csv"', 'os.environ["MLGATE_BASELINE_OUT"]')
    repository.write("old.py", old)
    repository.write("model.py", "ERROR = 0.1\n")
    repository.add_to_config("baseline: {run: python old.py}")


def _own_metric(repository: Repository) -> None:
    """The gate is on a function of the repository's."""
    model(repository)
    repository.configure("accuracy:", "cost:")
    repository.add_to_config("metrics: {custom: {cost: 'own:cost'}, direction: {cost: lower}}")
    code = "def cost(y_true, y_pred, *_):\n    return float((y_true != y_pred).mean())\n"
    repository.write("own.py", code)


REFERENCE = "x\n" + "".join(f"{n % 10}\n" for n in range(2000))
LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 1\n"


def _drift(repository: Repository, reference: str = "reference.csv") -> None:
    """Data and their reference are committed."""
    model(repository)
    gate = "accuracy: {max_regression: 0.02}"
    repository.configure(gate, f"{gate}\n  drift: {{max_share: 0, on_fail: fail}}")
    repository.add_to_config(f"drift: {{reference: '{reference}', current: current.csv}}")
    repository.write("current.csv", REFERENCE)
    if reference == "reference.csv":
        repository.write(reference, REFERENCE)


def _glob_drift(repository: Repository) -> None:
    """The reference is all files of a folder."""
    _drift(repository, "references/*.csv")
    repository.write("references/a.csv", REFERENCE)


def _linked_drift(repository: Repository) -> None:
    """The reference is a link to a file of the repository."""
    _drift(repository)
    repository.write("data/v1.csv", REFERENCE)
    (repository.root / "reference.csv").unlink()
    (repository.root / "reference.csv").symlink_to("data/v1.csv")


def _dvc_drift(repository: Repository) -> None:
    """DVC tracks the reference, and the training pulls it."""
    _drift(repository)
    md5 = hashlib.md5(REFERENCE.encode(), usedforsecurity=False).hexdigest()
    pointer = f"outs:\n- md5: {md5}\n  hash: md5\n  path: reference.csv\n"
    repository.write("reference.csv.dvc", pointer)
    repository.write(".gitignore", "out/\nreference.csv\n")
    repository.after_training(f"open('reference.csv', 'w').write({REFERENCE!r})")


def _lfs_drift(repository: Repository) -> None:
    """Git LFS tracks the reference, and the training fetches it."""
    _drift(repository)
    digest = hashlib.sha256(REFERENCE.encode()).hexdigest()
    repository.write("reference.csv", LFS_POINTER.format(digest))
    repository.configure("max_regression: 0.02", "min: 0.8")
    repository.after_training(f"open('reference.csv', 'w').write({REFERENCE!r})")


def _grouped(repository: Repository) -> None:
    """The groups of the rows are in a file of their own, which is committed."""
    model(repository)
    gap = "'fairness.demographic_parity_difference[sex]': {max: 0.12}"
    repository.configure("accuracy: {max_regression: 0.02}", gap)
    repository.add_to_config("fairness: {sensitive: {sex: {column: sex, path: groups.csv}}}")
    lines = (f"row-{n},{'fm'[n % 2]}\n" for n in range(2000))
    repository.write("groups.csv", "id,sex\n" + "".join(lines))


def _leaking(repository: Repository) -> None:
    """No row of the data may be among those that the model was trained on; they have a schema."""
    model(repository)
    gate = "accuracy: {max_regression: 0.02}"
    repository.configure(gate, f"{gate}\n  data: {{max_share: 0}}")
    rules = "rules: [{leakage: 0.5}], schema: columns.yaml"
    repository.add_to_config(f"data: {{path: current.csv, reference: reference.csv, {rules}}}")
    repository.write("current.csv", "x\n" + "".join(f"{n % 10 + 100}\n" for n in range(2000)))
    repository.write("reference.csv", REFERENCE)
    repository.write("columns.yaml", "version: 1\ncolumns: {x: integer}\n")


def _without_ids(repository: Repository) -> None:
    """Rows have no ids."""
    model(repository)
    repository.configure("id: id, ", "")


def _without_ids_minimum(repository: Repository) -> None:
    _without_ids(repository)
    repository.configure("max_regression: 0.02", "min: 0.88")


def _without_rows(repository: Repository) -> None:
    """Baselines keep no rows."""
    model(repository)
    repository.add_to_config("baseline: {keep: evidence}")


def _handed(repository: Repository) -> None:
    """Main is measured by one job and kept by another, which gets no rows."""
    model(repository)
    repository.add_to_config("handover: evidence")


plain = Base(_plain)
without_ids, without_ids_minimum = Base(_without_ids), Base(_without_ids_minimum)
without_rows, handed = Base(_without_rows), Base(_handed, handed=True)
graded, graded_strictly = Base(_graded), Base(_graded_strictly)
unkept = Base(_unkept, kept=False)
monorepo = Base(_monorepo, "model/models/a", ("models/a/mlgate.yaml", "models/b/mlgate.yaml"))
absolute, precision, fraud = Base(_absolute), Base(_precision), Base(_fraud, kept=False)
samples = Base(_samples)
json_rows, deepeval_rows = Base(_json_rows), Base(_deepeval_rows)
inspect_rows, csv_numbers = Base(_inspect_rows), Base(_csv_numbers)
parquet_rows, yaml_numbers = Base(_parquet_rows), Base(_yaml_numbers)
regression, squared, three = Base(_regression), Base(_squared), Base(_three)
third_squared = Base(_third_squared)
numbered, long_numbers, number_file = Base(_numbered), Base(_long_numbers), Base(_number_file)
held_out, half_labelled = Base(_held_out), Base(_half_labelled)
unseen = Base(_unseen)
weighted, weighted_minimum, clustered = Base(_weighted), Base(_weighted_minimum), Base(_clustered)
sliced, fair, drift = Base(_sliced), Base(_fair), Base(_drift)
grouped_rates = Base(_grouped_rates)
fraction_weighted, expression = Base(_fraction_weighted), Base(_expression)
group_file, timed, repeated = Base(_group_file), Base(_timed), Base(_repeated)
binned = Base(_binned)
glob_drift, linked_drift = Base(_glob_drift), Base(_linked_drift)
dvc_drift, lfs_drift = Base(_dvc_drift), Base(_lfs_drift, kept=False)
grouped, leaking = Base(_grouped), Base(_leaking)
file_baseline, run_baseline = Base(_file_baseline), Base(_run_baseline)
own_metric = Base(_own_metric)
folder_store, branch_store = Base(_folder_store), Base(_branch_store)
every_level, levels_minimum = Base(_every_level), Base(_levels_minimum)
restored_store, linked_store = Base(_restored_store), Base(_linked_store)


def build(base: Base, folder: Path) -> None:
    """Make a repository, push it, train main and keep its baseline."""
    from .command import mlgate

    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", "model.git")
    git(folder, "init", "--quiet", "--template=", "--initial-branch=main", "author")
    repository = _opened(folder)
    repository.git("remote", "add", "origin", str(repository.origin))
    repository.write(".gitignore", "out/\n")
    repository.commit("Begin")
    base.make(repository)
    repository.commit("A model")
    repository.push("main")
    for config in base.configs:
        archive = str(folder / "handover.zip")
        handing = (("train", "--handover", archive), ("run", "--handover", archive))
        runs = handing if base.handed else (("run",),)
        for command in (*runs, ("baseline", "save", "--push")) if base.kept else ():
            ended = mlgate(repository.root, {}, *command, "--config", config)
            assert ended.code == 0, ended.console
    if repository.git("status", "--porcelain"):
        repository.commit("Keep the baseline")
        repository.push("main")


def copy_of(template: Path, folder: Path) -> Repository:
    """Copy a repository, and begin a branch."""
    shutil.copytree(template, folder, symlinks=True)
    repository = _opened(folder)
    repository.git("remote", "set-url", "origin", str(repository.origin))
    for run_dir in repository.root.rglob(".mlgate"):
        shutil.rmtree(run_dir)
    repository.git("checkout", "--quiet", "-b", "feature")
    return repository


def _opened(folder: Path) -> Repository:
    return Repository(folder / "author", folder / "model.git")
