"""`mlgate init`: look at the repository and write the files that it lacks."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate import checks, config, training
from mlgate.config import scaffold
from mlgate.config.scaffold import PredictionsTable, RepositoryFacts
from mlgate.errors import MlgateError
from mlgate.files import write_atomic
from mlgate.git import Git
from mlgate.inputs import metric_files, paths
from mlgate.pipeline.init import profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_DEPTH: Final = 4
MAX_FILES: Final = 20_000
MAX_TRIED: Final = 5
"""The number of files of predictions to try, the most likely first."""
SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", "env", "site-packages", "tests"})
TABLES: Final = (".parquet", ".pq", ".csv", ".tsv", ".jsonl", ".ndjson", ".arrow", ".feather")
TABLE_NAME: Final = re.compile(r"pred|score|oof|inference|test_results", re.IGNORECASE)
NUMBERS_NAME: Final = re.compile(r"(.*[_-])?metrics?([_-].*)?\.(json|ya?ml|toml)", re.IGNORECASE)
SCRIPTS: Final = ("train.py", "training.py", "fit.py", "train_model.py", "train.sh", "main.py")
INSTALLS: Final = (
    ("uv.lock", "pipx install uv && uv sync && echo .venv/bin >> $GITHUB_PATH"),
    ("poetry.lock", "pipx install poetry && poetry install"),
    ("Pipfile.lock", "pip install pipenv && pipenv sync"),
    ("requirements.txt", "pip install -r requirements.txt"),
    ("pyproject.toml", "pip install ."),
    ("setup.py", "pip install ."),
)
RUNNERS: Final = {"uv.lock": "uv run ", "poetry.lock": "poetry run ", "Pipfile.lock": "pipenv run "}


@dataclass(frozen=True, slots=True)
class InitResult:
    """What `init` did: paths below the repository's top, and notes for the user."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


def init(root: Path) -> InitResult:
    """Write mlgate.yaml into a folder, and a workflow into its repository.

    Existing files are left as they are.
    """
    root = root.resolve()
    top = _top(root) or root
    facts = collect(root, top)
    files = scaffold.files(facts)
    kept = tuple(name for name in files if (top / name).exists())
    for name, text in files.items():
        if name not in kept:
            write_atomic(top / name, text)
    written = tuple(name for name in files if name not in kept)
    notes = [*scaffold.notes(facts), *_git_notes(root, facts)] if written else []
    return InitResult(written, kept, tuple(notes))


def collect(root: Path, top: Path) -> RepositoryFacts:
    """Look at a repository; nothing is run and nothing is written."""
    files = sorted(_walk(root), key=lambda path: (len(path.parts), path.as_posix()))
    table = _table(files, root)
    facts = RepositoryFacts(
        branch=_branch(root),
        folder=root.relative_to(top).as_posix(),
        train=_train(files, root, top),
        dvc=training.default_command(root) is not None,
        install=_install(root, top),
        python=_python(root, top),
        table=table,
        numbers={} if table is not None else _numbers(files, root),
        github=_github(root),
    )
    return facts if table is None else replace(facts, table=_checked(facts, table, root))


def _top(root: Path) -> Path | None:
    """Return the repository's top folder; None outside of a repository."""
    try:
        return Git(root).top.resolve()
    except MlgateError:
        return None


def _git_notes(root: Path, facts: RepositoryFacts) -> Iterator[str]:
    if _top(root) is None:
        yield "this folder is not in a git repository: baselines need one (`git init`)"
    elif not facts.github:
        yield "the remote is not GitHub: no workflow was written"


def _walk(root: Path) -> Iterator[Path]:
    """Yield the files of a folder, without hidden folders and environments."""
    seen = 0
    for folder, folders, names in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        folders[:] = sorted(
            name
            for name in folders
            if name[0] != "." and name not in SKIPPED and depth < MAX_DEPTH
            if not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        seen += len(names)
        if seen > MAX_FILES:
            return
        yield from (Path(folder) / name for name in sorted(names))


def _table(files: Sequence[Path], root: Path) -> PredictionsTable | None:
    """Return the most likely file of predictions: one whose columns are recognised, if any is."""
    named = [p for p in files if p.suffix.lower() in TABLES and TABLE_NAME.search(p.stem)]
    likely = sorted(named, key=lambda p: ("pred" not in p.stem.lower(), len(p.parts)))
    tables = []
    for path in likely[:MAX_TRIED]:
        try:
            table = profile.profile(path, root)
        except MlgateError:
            continue
        if table.rows:
            tables.append(table)
    return min(tables, key=lambda table: not table.recognised, default=None)


def _checked(facts: RepositoryFacts, table: PredictionsTable, root: Path) -> PredictionsTable:
    """Read the file as a run would, and record the reason where that fails."""
    if not table.recognised:
        return table
    loaded = config.parse(scaffold.configuration(facts), "mlgate.yaml", checks.sections())
    return replace(table, problem=profile.problem(loaded.config, root))


def _numbers(files: Sequence[Path], root: Path) -> dict[str, dict[str, float]]:
    """Return the numbers in metric files: those that dvc.yaml lists, and those named like one."""
    named = [root / name for name in _dvc_metrics(root)]
    named += [path for path in files if NUMBERS_NAME.fullmatch(path.name)]
    numbers: dict[str, dict[str, float]] = {}
    for path in dict.fromkeys(path for path in named if path.is_file()):
        name = path.relative_to(root).as_posix()
        try:
            read = metric_files.read((name,), root, paths.ANY)
            values = {key: scalar.values[-1] for key, scalar in read.items()}
        except MlgateError:
            continue
        if values and not any(set(values) & set(other) for other in numbers.values()):
            numbers[name] = values
    return numbers


def _dvc_metrics(root: Path) -> Iterator[str]:
    """Yield the metric files that the stages of dvc.yaml list."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = (root / "dvc.yaml").read_text(encoding="utf-8")
        data = YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError, YAMLError):
        return
    stages = _mapping(_mapping(data).get("stages"))
    for holder in (_mapping(data), *map(_mapping, stages.values())):
        for entry in holder.get("metrics") or ():
            name = next(iter(entry), "") if isinstance(entry, dict) else str(entry)
            if name and "${" not in name and (root / name).resolve().is_relative_to(root):
                yield name


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _train(files: Sequence[Path], root: Path, top: Path) -> str | None:
    """Return the command that trains: the script of the most telling name, nearest to the top."""
    scripts = [path for path in files if path.name in SCRIPTS]
    if not scripts:
        return None
    best = min(scripts, key=lambda path: (SCRIPTS.index(path.name), len(path.parts)))
    if best.name == "main.py" and not _trains(best):
        return None
    runner = next((RUNNERS[lock] for lock in RUNNERS if _has(lock, root, top)), "")
    program = "bash" if best.suffix == ".sh" else "python"
    return f"{runner}{program} {best.relative_to(root).as_posix()}"


def _trains(script: Path) -> bool:
    """Whether a script with a general name fits a model."""
    return re.search(rb"\.fit\(|\btrain\b", script.read_bytes()[:100_000]) is not None


def _has(name: str, root: Path, top: Path) -> bool:
    return (root / name).is_file() or (top / name).is_file()


def _install(root: Path, top: Path) -> str | None:
    return next((command for name, command in INSTALLS if _has(name, root, top)), None)


def _python(root: Path, top: Path) -> str:
    """Return the version in .python-version, if it is a plain number."""
    for folder in (root, top):
        file = folder / ".python-version"
        if file.is_file():
            match = re.match(r"\s*(3\.\d+)", file.read_text(encoding="utf-8", errors="replace"))
            if match:
                return match.group(1)
    return RepositoryFacts().python


def _branch(root: Path) -> str:
    """Return the main branch: the remote's, else main or master, else the one checked out."""
    git = Git(root)
    try:
        remote = git.attempt(
            "symbolic-ref", "--quiet", "--short", f"refs/remotes/{git.remote}/HEAD"
        )
        if remote:
            return remote.partition("/")[2]
        branches = [ref.removeprefix("refs/heads/") for ref in git.local_refs("refs/heads/")]
        here = git.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
    except MlgateError:
        return RepositoryFacts().branch
    return next((name for name in ("main", "master") if name in (*branches, here)), here or "main")


def _github(root: Path) -> bool:
    """Whether the remote may be GitHub: it is not when it names another known host."""
    git = Git(root)
    try:
        url = git.attempt("remote", "get-url", git.remote) if git.remote else None
    except MlgateError:
        return True
    return url is None or re.search(r"gitlab|bitbucket|codeberg|gitea|azure", url) is None
