"""The repositories that tricks are played on: main is trained, and its baseline is kept."""

from __future__ import annotations

import shutil
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
    """

    make: Callable[[Repository], None]
    model: str = "toy"
    configs: tuple[str, ...] = ("mlgate.yaml",)

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
    """Labels are words, the score is that of `fraud`, and nothing says so."""
    model(repository)
    repository.configure("accuracy", "roc_auc")
    repository.configure(", prediction: prediction", "")
    words = 'rows = [[i, "fraud" if y else "legit", "fraud" if p else "legit", s] for i, y, p, s in rows]'
    repository.edit_rows(words)


def _numbered(repository: Repository) -> None:
    """The ids are row numbers."""
    model(repository)
    repository.replace("train.py", 'f"row-{number}"', "number")


def _long_numbers(repository: Repository) -> None:
    """The ids are numbers beyond 2^64, in JSON."""
    model(repository)
    repository.configure("out/predictions.csv", "out/predictions.jsonl")
    repository.replace("train.py", 'f"row-{number}"', "2**70 + number * 2**20")
    repository.replace("train.py", "import csv,", "import csv, json,")
    code = (
        'open("out/predictions.jsonl", "w").writelines('
        'json.dumps(dict(zip(columns, [*row[:3], float(row[3])]))) + "\\n" for row in rows)'
    )
    repository.after_training(code)


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


def _folder_store(repository: Repository) -> None:
    """Baselines are kept in a folder of the repository, and committed."""
    model(repository)
    repository.add_to_config("baseline: {store: kept}")


def _branch_store(repository: Repository) -> None:
    model(repository)
    repository.add_to_config("baseline: {store: 'branch:kept'}")


plain = Base(_plain)
monorepo = Base(_monorepo, "model/models/a", ("models/a/mlgate.yaml", "models/b/mlgate.yaml"))
absolute, precision, fraud = Base(_absolute), Base(_precision), Base(_fraud)
numbered, long_numbers, number_file = Base(_numbered), Base(_long_numbers), Base(_number_file)
folder_store, branch_store = Base(_folder_store), Base(_branch_store)


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
        for command in (("run",), ("baseline", "save", "--push")):
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
