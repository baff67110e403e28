"""CONTRIBUTING.md's store, word for word, in a copy of the tree: it keeps baselines like any other."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.frozen.scenes import SCENES

ROOT = Path(__file__).parents[2]
HEADING = "## How to add a baseline store"


def recipe() -> str:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.partition(HEADING)[2].partition("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return block


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree that has the new file, and nothing else that is new."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "src", copy / "src")
    for folder in ("unit/stores", "github/support"):
        shutil.copytree(ROOT / "tests" / folder, copy / "tests" / folder)
    for file in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / file, copy / file)
    (copy / "src/mlgate/stores/kinds/sqlite.py").write_text(recipe(), encoding="utf-8")
    return copy


@pytest.fixture
def run(tree, tmp_path):
    """Run Python in the copy of the tree."""
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = A\n\temail = a@example.org\n")
    machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {
        "PYTHONPATH": f"{tree}/src",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_SYSTEM": os.devnull,
    }

    def python(folder: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=machine | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in codes, done.stdout + done.stderr
        return done.stdout

    return python


@pytest.fixture
def repository(tmp_path):
    """A repository whose baselines are kept by the new store."""
    folder = tmp_path / "model"
    folder.mkdir()
    scene = SCENES["toy"]
    baseline = 'baseline: {store: "sqlite:../kept.db"}\n'
    (folder / "mlgate.yaml").write_text(f"{scene.config}\n{baseline}")
    change(folder, 0)
    return folder


def change(folder: Path, number: int) -> None:
    """Commit the scene's tables: main's are number 0, the branch's 1."""
    for name, content in SCENES["toy"].tables(number).items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    arguments = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*arguments, "commit", "--quiet", "--message", f"{number}"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def test_a_baseline_is_saved_listed_and_compared_with(run, repository):
    mlgate = ("-m", "mlgate")
    run(repository, *mlgate, "config", "check")
    run(repository, *mlgate, "run", "--no-train", codes=(0, 1))
    run(repository, *mlgate, "baseline", "save")
    assert (repository.parent / "kept.db").is_file()
    listed = json.loads(run(repository, *mlgate, "--format", "json", "baseline", "history"))
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=repository, text=True)
    assert [point["commit"] for point in listed] == [commit.strip()]
    change(repository, 1)
    run(repository, *mlgate, "run", "--no-train", codes=(0, 1))
    evidence = json.loads((repository / ".mlgate/evidence/compare.json").read_text())
    assert evidence["baselines"]["main"]["commit"] == commit.strip()
    assert evidence["baselines"]["main"]["paired"]


def test_it_keeps_what_every_store_promises(run, tree):
    tests = ("tests/unit/stores/test_stores.py", "-k", "sqlite")
    passed = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert re.search(r"\b\d\d passed", passed), passed


def test_without_it_the_setting_is_unknown(repository):
    done = subprocess.run(
        [sys.executable, "-m", "mlgate", "config", "check"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "ref, branch:NAME, s3://BUCKET/PREFIX or a folder" in done.stderr
