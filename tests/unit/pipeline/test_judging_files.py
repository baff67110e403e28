"""Which files count of those that results are measured against, whatever git has in their place."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import DataError
from mlgate.git import Git
from mlgate.inputs.paths import resolve
from mlgate.pipeline.judging.files import JudgingFiles

if TYPE_CHECKING:
    from pathlib import Path

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 3\n"


@dataclass(frozen=True)
class Clone:
    root: Path

    def git(self, *arguments: str) -> str:
        name = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
        allowed = ("-c", "protocol.file.allow=always")
        command = ["git", *name, *allowed, *arguments]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_text(text)

    def link(self, path: str, target: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).symlink_to(target)

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def files(self, main: str, folder: str = ".") -> JudgingFiles:
        root = (self.root / folder).resolve()
        return JudgingFiles(Git(root), root, "main", main, self.git("rev-parse", "HEAD"))

    def texts(self, main: str, pattern: str, folder: str = ".") -> list[str]:
        """What is read of a setting, once the author's code ran."""
        files = self.files(main, folder)
        files.look_up([pattern])
        files.git.close()
        place = files.place(pattern, "k", files.root, self.root.resolve())
        paths = resolve(place.pattern, place.root, key="k", top=place.top)
        return [path.read_text() for path in paths]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    clone = Clone(tmp_path / "clone")
    clone.root.mkdir()
    clone.git("init", "--quiet", "--template=", "--initial-branch=main")
    clone.write(".gitignore", "out/\ndata/\n*.bin\n")
    return clone


def test_a_file_is_the_judging_branchs(clone: Clone) -> None:
    clone.write("m/a.csv", "old")
    main = clone.commit()
    clone.write("m/a.csv", "new")
    clone.commit()
    clone.write("m/a.csv", "overwritten")
    assert clone.texts(main, "a.csv", "m") == ["old"]
    assert clone.texts(main, "../m/a.csv", "m") == ["old"]
    assert clone.texts(main, str(clone.root.resolve() / "m/a.csv"), "m") == ["old"]


def test_a_file_that_the_judging_branch_lacks_is_this_commits_or_the_jobs(clone: Clone) -> None:
    main = clone.commit()
    clone.write("a.csv", "new")
    clone.commit()
    clone.write("a.csv", "overwritten")
    clone.write("out/b.csv", "written")
    assert clone.texts(main, "a.csv") == ["new"]
    assert clone.texts(main, "out/b.csv") == ["written"]


def test_a_pattern_names_the_judging_branchs_files(clone: Clone) -> None:
    clone.write("r/a.csv", "old")
    clone.write("r/[x].csv", "odd")
    main = clone.commit()
    clone.git("rm", "--quiet", "-r", "r")
    clone.write("r/b.csv", "new")
    clone.commit()
    assert clone.texts(main, "r/*.csv") == ["odd", "old"]
    assert clone.texts(main, "**/*.csv") == ["odd", "old"]
    assert clone.texts(main, "r/[x].csv") == ["odd"]


def test_a_pattern_that_matches_nothing_there_is_the_jobs(clone: Clone) -> None:
    clone.write("kept/.gitkeep", "")
    main = clone.commit()
    clone.write("kept/a.bin", "written")
    assert clone.texts(main, "kept/*.bin") == ["written"]


def test_links_lead_where_the_judging_branch_has_them(clone: Clone) -> None:
    clone.write("v1/a.csv", "old")
    clone.link("file.csv", "v1/a.csv")
    clone.link("folder", "v1")
    clone.link("written.csv", "out/a.csv")
    clone.link("elsewhere.csv", "/etc/hostname")
    main = clone.commit()
    clone.git("rm", "--quiet", "folder", "file.csv", "written.csv")
    clone.write("folder/a.csv", "new")
    clone.write("file.csv", "new")
    clone.write("written.csv", "new")
    clone.write("v1/a.csv", "new")
    clone.commit()
    clone.write("out/a.csv", "made")
    assert clone.texts(main, "file.csv") == ["old"]
    assert clone.texts(main, "folder/a.csv") == ["old"]
    assert clone.texts(main, "folder/*.csv") == ["old"]
    assert clone.texts(main, "*/a.csv") == ["old", "old"]
    assert clone.texts(main, "written.csv") == ["made"]
    with pytest.raises(DataError, match="leads out of the repository"):
        clone.texts(main, "elsewhere.csv")


def test_a_folder_and_a_folder_in_the_place_of_a_file(clone: Clone) -> None:
    clone.write("a.csv", "old")
    clone.write("b/c.csv", "old")
    main = clone.commit()
    clone.git("rm", "--quiet", "a.csv")
    clone.write("a.csv/part", "new")
    clone.commit()
    assert clone.texts(main, "a.csv") == ["old"]
    clone.write("b/c.csv", "new")
    assert clone.texts(main, "b") == ["old"]


def test_a_pointer_of_git_lfs(clone: Clone) -> None:
    oid = hashlib.sha256(b"old").hexdigest()
    clone.write("a.csv", POINTER.format(oid))
    main = clone.commit()
    clone.write("a.csv", "old")
    assert clone.texts(main, "a.csv") == ["old"]
    clone.write("a.csv", "new")
    with pytest.raises(DataError, match="Git LFS pointer"):
        clone.texts(main, "a.csv")
    clone.write(f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}", "old")
    assert clone.texts(main, "*.csv") == ["old"]


def test_a_pointer_of_dvc(clone: Clone) -> None:
    md5 = hashlib.md5(b"old", usedforsecurity=False).hexdigest()
    clone.write("a.bin.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: a.bin\n")
    main = clone.commit()
    clone.git("rm", "--quiet", "a.bin.dvc")
    clone.write(".gitignore", "")
    clone.write("a.bin", "new")
    clone.commit()
    for pattern in ("a.bin", "*.bin"):
        with pytest.raises(DataError, match=r"main's a\.bin\.dvc"):
            clone.texts(main, pattern)
    clone.write(f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}", "old")
    assert clone.texts(main, "a.bin") == ["old"]
    assert clone.texts(main, "*.bin") == ["old"]


def test_a_folder_that_dvc_tracks(clone: Clone) -> None:
    listing = [{"md5": hashlib.md5(b"old", usedforsecurity=False).hexdigest(), "relpath": "a.csv"}]
    text = json.dumps(listing, sort_keys=True)
    md5 = f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"
    clone.write("refs.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: refs\n")
    main = clone.commit()
    clone.write("refs/a.csv", "old")
    assert clone.texts(main, "refs/a.csv") == clone.texts(main, "refs/*.csv") == ["old"]
    clone.write("refs/b.csv", "new")
    with pytest.raises(DataError, match=r"refs\.dvc"):
        clone.texts(main, "refs/*.csv")


def test_a_submodule_is_read_at_the_judging_branchs_commit(clone: Clone, tmp_path: Path) -> None:
    other = Clone(tmp_path / "other")
    other.root.mkdir()
    other.git("init", "--quiet", "--template=", "--initial-branch=main")
    other.write("a.csv", "old")
    other.commit()
    clone.git("submodule", "--quiet", "add", str(other.root), "vendor")
    main = clone.commit()
    inner = Clone(clone.root / "vendor")
    inner.write("a.csv", "new")
    inner.commit()
    clone.commit()
    assert clone.texts(main, "vendor/a.csv") == ["old"]
    assert clone.texts(main, "vendor/*.csv") == ["old"]
    clone.git("submodule", "--quiet", "deinit", "--force", "vendor")
    with pytest.raises(DataError, match="vendor is a submodule"):
        clone.texts(main, "vendor/a.csv")


def test_what_a_command_finds_are_the_judging_branchs_files_and_untracked_ones(
    clone: Clone,
) -> None:
    clone.write("old.py", "old")
    clone.write("lib/a.py", "old")
    clone.write("gone.py", "old")
    clone.write("model.dvc", "outs:\n- md5: a0\n  path: model.bin\n")
    main = clone.commit()
    clone.git("rm", "--quiet", "gone.py")
    for path in ("old.py", "lib/a.py", "csv.py", "lib/b.py"):
        clone.write(path, "new")
    clone.write("model.dvc", "outs:\n- md5: a1\n  path: model.bin\n")
    clone.commit()
    files = clone.files(main)
    files.check_out()
    files.git.close()
    for path in ("out/rows.csv", "lib/made.bin", "model.bin", "old.py"):
        clone.write(path, "made")
    root = files.work_tree()
    read = {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    assert read.pop("model.dvc") == "outs:\n- md5: a0\n  path: model.bin\n"
    assert read.pop(".gitignore")
    assert read == {"old.py": "old", "lib/a.py": "old", "gone.py": "old", "lib/made.bin": "made"}
    assert (root / "out/rows.csv").read_text() == "made"
