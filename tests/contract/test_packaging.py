"""What is installed: locked, without addresses, and with the example inside the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
APART = {"pip.txt", "uv.txt", "oldest.txt"}  # the installers; `make test-oldest`
SCIENTIFIC = {"numpy", "scipy", "duckdb", "pyarrow", "pillow", "pandas", "scikit-learn"}


def pinned(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_hashed_and_no_address_is_named(lock: Path) -> None:
    text = lock.read_text()
    blocks = re.split(r"\n(?=[\w.-]+==)", text)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "index-url" not in text


def test_all_locks_agree_on_versions() -> None:
    dev = pinned(ROOT / "requirements/dev.txt")
    for lock in LOCKS:
        installed = pinned(lock).items() if lock.name not in APART else ()
        for name, versions in installed:
            assert versions <= dev[name], (lock.name, name)


def test_light_steps_install_no_scientific_package() -> None:
    for name in ("light", "attest"):
        assert not SCIENTIFIC & set(pinned(ROOT / f"requirements/{name}.txt"))
    assert set(pinned(ROOT / "requirements/run.txt")) >= {"numpy", "duckdb", "pillow"}
    full = set(pinned(ROOT / "requirements/full.txt"))
    assert full >= set(pinned(ROOT / "requirements/run.txt")) | {"pyarrow", "psycopg-binary"}


def test_the_wheel_carries_the_example_and_nothing_that_a_training_left(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*command, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    example = {name.removeprefix("mlgate/demo/income/") for name in names if "demo/income" in name}
    assert example >= {
        "train.py",
        "mlgate.yaml",
        "data/adult.parquet",
        "pull_requests/improve.patch",
    }
    assert not [name for name in example if name.startswith(("out/", ".mlgate/", "model"))]
    assert "mlgate/report/templates/report.html" in names
    assert "mlgate/py.typed" in names
