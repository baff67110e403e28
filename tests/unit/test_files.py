"""Files are written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError
from mlgate.files import sha256, write_atomic
from mlgate.model.run import RunRecord
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from pathlib import Path


def test_write_atomic_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b.txt"
    write_atomic(target, "old\n")
    write_atomic(target, "néw\n")
    assert target.read_bytes() == "néw\n".encode()
    assert [p.name for p in target.parent.iterdir()] == ["b.txt"]
    assert target.stat().st_mode & 0o777 == 0o644
    target.chmod(0o755)
    write_atomic(target, "newer\n")
    assert target.stat().st_mode & 0o777 == 0o755


def test_write_atomic_keeps_the_old_file_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "dir"
    target.mkdir()
    with pytest.raises(OSError, match="dir"):
        write_atomic(target, "x")
    assert [p.name for p in tmp_path.iterdir()] == ["dir"]


def test_sha256_of_a_known_text(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_text("abc")
    # FIPS 180-2, appendix B.1
    assert sha256(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_reset_empties_our_files_and_ignores_itself_in_git(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path / ".mlgate")
    run_dir.reset()
    (run_dir.path / "evidence").mkdir()
    (run_dir.path / "evidence" / "old.json").write_text("{}")
    run_dir.reset()
    assert [p.name for p in run_dir.path.iterdir()] == [".gitignore"]


def test_reset_refuses_a_folder_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("three years of work")
    with pytest.raises(DataError, match=r"thesis\.tex"):
        RunDir(tmp_path).reset()
    assert (tmp_path / "thesis.tex").exists()


def test_reset_refuses_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(DataError, match="not a folder"):
        RunDir(tmp_path / "link").reset()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "tool": NaN}'])
def test_damaged_run_json_is_a_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError, match=r"run\.json is damaged"):
        RunDir(tmp_path).read_run()


def test_missing_run_json_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mlgate run"):
        RunDir(tmp_path).read_run()


def test_run_json_round_trip(tmp_path: Path) -> None:
    run = RunRecord(tool="1", name="m", commit=None, started="2026-01-01T00:00:00Z", judges=())
    RunDir(tmp_path).write_run(run)
    assert RunDir(tmp_path).read_run() == run
