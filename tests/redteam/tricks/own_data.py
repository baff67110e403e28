"""Data that git has and that a training changes: what is checked is what reviewers see."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tests.redteam.bases import LFS_POINTER, REFERENCE, drift, leaking
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, INTENT, trick
from tests.redteam.tricks.own_side import DRIFTED

if TYPE_CHECKING:
    from tests.redteam.repository import Repository


def _written(repo: Repository, text: str, name: str = "current.csv") -> None:
    """Let the training write data, once it is done with those that are committed."""
    code = (
        f"path = {name!r}\nos.makedirs(os.path.dirname(path) or '.', exist_ok=True)\n"
        f"if os.path.islink(path): os.remove(path)\nopen(path, 'w').write({text!r})"
    )
    repo.after_training(code)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _with_dvc(repo: Repository, name: str, md5: str) -> None:
    """Write the pointer by which DVC tracks a file or folder."""
    repo.write(f"{name}.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: {name}\n")


def _untrack(repo: Repository, name: str) -> None:
    repo.git("rm", "--quiet", "--cached", "-r", name)
    repo.write(".gitignore", f"out/\n{name}\n")


@trick(ERROR, ACCIDENT, base=drift)
def data_replaced(repo: Repository) -> None:
    """Commits data that have drifted, and has the training write others over them."""
    repo.write("current.csv", DRIFTED)
    _written(repo, REFERENCE)


@trick(ERROR, ACCIDENT, base=leaking)
def data_cleaned(repo: Repository) -> None:
    """Commits data that break main's rule, and has the training take the rows out of the file."""
    repo.write("current.csv", REFERENCE)
    _written(repo, DRIFTED)


@trick(ERROR, INTENT, base=drift)
def link_of_data_replaced(repo: Repository) -> None:
    """Commits a link to data that have drifted, and has the training put a file in its place."""
    repo.write("data/v1.csv", DRIFTED)
    (repo.root / "current.csv").unlink()
    (repo.root / "current.csv").symlink_to("data/v1.csv")
    _written(repo, REFERENCE)


@trick(ERROR, INTENT, base=drift)
def data_diluted(repo: Repository) -> None:
    """Commits data that have drifted, and has the training write a second, larger part of them."""
    with repo.on_main():
        repo.configure("current: current.csv", "current: 'parts/*.csv'")
        repo.write("parts/a.csv", REFERENCE)
    repo.write("parts/a.csv", DRIFTED)
    _written(repo, REFERENCE * 500, "parts/b.csv")


@trick(ERROR, INTENT, base=drift)
def data_no_longer_in_git(repo: Repository) -> None:
    """Takes main's data out of git, and has the training write some that have not drifted."""
    _untrack(repo, "current.csv")
    _written(repo, REFERENCE)


@trick(ERROR, INTENT, base=drift)
def data_of_dvc_replaced(repo: Repository) -> None:
    """Has DVC track data that have drifted, and the training write others over them."""
    _untrack(repo, "current.csv")
    _with_dvc(repo, "current.csv", _md5(DRIFTED))
    _written(repo, REFERENCE)


@trick(ERROR, INTENT, base=drift)
def folder_of_dvc_replaced(repo: Repository) -> None:
    """Has DVC track a folder of data that have drifted, and the training write others over them."""
    with repo.on_main():
        repo.configure("current: current.csv", "current: 'parts/a*.csv'")
        repo.write("parts/a.csv", REFERENCE)
    _untrack(repo, "parts")
    listing = f'[{{"md5": "{_md5(DRIFTED)}", "relpath": "a.csv"}}]'
    _with_dvc(repo, "parts", f"{_md5(listing)}.dir")
    _written(repo, REFERENCE, "parts/a.csv")


@trick(ERROR, INTENT, base=drift)
def data_of_lfs_replaced(repo: Repository) -> None:
    """Has Git LFS track data that have drifted, and the training write others over them."""
    repo.write("current.csv", LFS_POINTER.format(hashlib.sha256(DRIFTED.encode()).hexdigest()))
    _written(repo, REFERENCE)


@trick(FAIL, ACCIDENT, base=drift)
def data_of_dvc_that_drifted(repo: Repository) -> None:
    """Has DVC track data that have drifted, which the training pulls."""
    _untrack(repo, "current.csv")
    _with_dvc(repo, "current.csv", _md5(DRIFTED))
    _written(repo, DRIFTED)


@trick(GREEN, ACCIDENT, base=drift)
def honest_training_prepares_data_again(repo: Repository) -> None:
    """Has the training write the data that are committed once more."""
    _written(repo, REFERENCE)


@trick(GREEN, ACCIDENT, base=drift)
def honest_folder_of_dvc(repo: Repository) -> None:
    """Moves data into a folder that DVC tracks, and that the training pulls."""
    with repo.on_main():
        repo.configure("current: current.csv", "current: 'parts/a*.csv'")
        repo.write("parts/a.csv", REFERENCE)
    _untrack(repo, "parts")
    files = {"a.csv": REFERENCE, "b.csv": DRIFTED}
    entries = [f'{{"md5": "{_md5(text)}", "relpath": "{name}"}}' for name, text in files.items()]
    pointer = (
        f"outs:\n- md5: {_md5('[' + ', '.join(entries) + ']')}.dir\n  hash: md5\n  path: parts\n"
    )
    repo.write("parts.dvc", pointer)
    for name, text in files.items():
        _written(repo, text, f"parts/{name}")
