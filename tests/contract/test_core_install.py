"""`pip install mlgate` is enough for tables and pictures; what is heavy is an extra, and says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("pyarrow", "pandas", "polars", "sklearn", "statsmodels", "psycopg", "river", "sigstore")
MEGABYTES = 345
"""Of the packages of the core on the disk, a megabyte being 10⁶ bytes; 341 are measured."""
CONFIG = """\
version: 1
name: core
task: binary
train: {run: "cp rows.parquet out.parquet"}
predictions: {path: out.parquet, id: id, label: label, prediction: predicted, score: score}
data: {path: new.csv, reference: rows.parquet}
drift: {reference: rows.parquet}
gates: {accuracy: {max_regression: 0.1}, drift: {max_share: 0.9}}
"""
WITHOUT = (
    "import sys\n"
    f"sys.modules.update(dict.fromkeys({HEAVY!r}))\n"
    "from mlgate.cli import main\n"
    "sys.exit(main(sys.argv[1:]))"
)


def write(root: Path, wrong: int) -> None:
    n = 400
    label = [i % 2 for i in range(n)]
    guess = [1 - y if i < wrong else y for i, y in enumerate(label)]
    rows = {
        "id": [f"row {i}" for i in range(n)],
        "label": label,
        "predicted": guess,
        "score": [0.8 if y else 0.2 for y in guess],
        "kind": ["a" if i % 3 else None for i in range(n)],
    }
    pq.write_table(pa.table(rows), root / "rows.parquet")
    columns = zip(*rows.values(), strict=True)
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in columns]
    (root / "new.csv").write_text("\n".join([",".join(rows), *lines]) + "\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mlgate.yaml").write_text(CONFIG)
    (tmp_path / ".gitignore").write_text("out.parquet\n")
    write(tmp_path, wrong=40)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "model")
    return tmp_path


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def compared(root: Path, *command: str) -> None:
    """Keep main's rows, change the model, and compare both."""
    environ = {k: v for k, v in os.environ.items() if k not in ("CI", "GITHUB_ACTIONS")}

    def mlgate(*words: str) -> str:
        done = subprocess.run(
            [*command, *words], cwd=root, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    mlgate("run")
    mlgate("baseline", "save")
    git(root, "checkout", "--quiet", "-b", "feature")
    write(root, wrong=30)
    git(root, "commit", "--quiet", "--all", "--message", "change")
    mlgate("run")
    evidence = json.loads((root / ".mlgate/evidence/compare.json").read_text())
    assert evidence["metrics"]["accuracy"]["against"]["main"]["method"] == "tango"
    changed = pq.read_table(root / ".mlgate/changed.parquet")
    assert changed.num_rows == 10
    assert changed.schema.names == ["id", "label", "main", "this_commit"]
    pictures = list((root / ".mlgate").rglob("*.png"))
    assert pictures
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_tables_and_pictures_need_nothing_heavy(project: Path) -> None:
    compared(project, sys.executable, "-c", WITHOUT)


def test_nothing_heavy_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = " ".join(project["dependencies"]) + (ROOT / "requirements/run.txt").read_text()
    assert not [name for name in (*HEAVY, "scikit-learn") if name in required]


@pytest.mark.parametrize(
    ("path", "said", "extra"),
    [
        ("t.arrow", "t.arrow needs the package pyarrow", "arrow"),
        ("s3://models/t.csv", "data.path: s3://… needs the package pyarrow", "s3"),
        ("postgres://h/d?table=t", "data.path: PostgreSQL needs the package psycopg", "postgres"),
    ],
)  # fmt: skip
def test_what_is_heavy_says_how_to_install_it(
    project: Path, path: str, said: str, extra: str
) -> None:
    pyarrow.feather.write_feather(pa.table({"n": [1]}), project / "t.arrow")
    config = CONFIG.replace("path: new.csv", f'path: "{path}"')
    (project / "mlgate.yaml").write_text(config)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "run"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    told = " ".join((done.stdout + done.stderr).split())
    assert said in told
    assert f'pip install "mlgate[{extra}]"; on GitHub, actions/setup with `packages: full`' in told


@pytest.mark.system
def test_an_environment_of_its_own(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Install the core by its lock, weigh it, and compare two models in it."""
    home = tmp_path_factory.mktemp("core")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = str(home / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]
    lock = str(ROOT / "requirements/run.txt")
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
    weight = sum(path.lstat().st_blocks * 512 for path in home.rglob("*") if path.is_file())
    assert weight < MEGABYTES * 1e6
    launch = str(ROOT / "actions/runner/launch.py")
    compared(project, python, "-I", launch)
