"""The other side of a comparison, where the branch itself has it: files, commands, functions."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.redteam.bases import (
    LFS_POINTER,
    REFERENCE,
    branch_store,
    drift,
    dvc_drift,
    file_baseline,
    glob_drift,
    grouped,
    leaking,
    lfs_drift,
    linked_drift,
    linked_store,
    own_metric,
    restored_store,
    run_baseline,
)
from tests.redteam.command import mlgate
from tests.redteam.repository import WORSE, Repository, git
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, INTENT, OUTSIDE, RED, Mode, trick

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_OR_TWO = (Mode.SINGLE, Mode.TWO_JOBS)
DRIFTED = "x\n" + "".join(f"{n % 10 + 20}\n" for n in range(2000))


def _as_bad(repo: Repository, place: str) -> None:
    """Write the branch's own predictions."""
    repo.worse()
    subprocess.run([sys.executable, "train.py"], cwd=repo.root, check=True)
    (repo.root / place).unlink(missing_ok=True)
    shutil.copy(repo.root / "out/predictions.csv", repo.root / place)


@trick(FAIL, ACCIDENT, base=file_baseline, modes=ONE_OR_TWO)
def worse_than_a_file(repo: Repository) -> None:
    """Makes the model worse than the committed file that main compares with."""
    repo.worse()


@trick(FAIL, INTENT, base=file_baseline, modes=ONE_OR_TWO)
def file_of_the_baseline_replaced(repo: Repository) -> None:
    """Commits its own predictions as the file that main compares with (`baseline.predictions`)."""
    _as_bad(repo, "base.csv")


@trick(FAIL, INTENT, base=file_baseline, modes=ONE_OR_TWO)
def file_of_the_baseline_made_a_link(repo: Repository) -> None:
    """Makes the file that main compares with a link to what the training writes."""
    repo.worse()
    repo.remove("base.csv")
    (repo.root / "base.csv").symlink_to("out/predictions.csv")


@trick(FAIL, INTENT, base=file_baseline, modes=ONE_OR_TWO)
def file_of_the_baseline_ignored(repo: Repository) -> None:
    """Has git ignore the file that main compares with, and the training write it."""
    repo.worse()
    repo.remove("base.csv")
    repo.write(".gitignore", "out/\nbase.csv\n")
    repo.after_training('import shutil; shutil.copy("out/predictions.csv", "base.csv")')


@trick(FAIL, INTENT, base=file_baseline, modes=ONE_OR_TWO)
def file_of_the_baseline_overwritten(repo: Repository) -> None:
    """Lets the training overwrite the file that main compares with."""
    repo.worse()
    repo.after_training('import shutil; shutil.copy("out/predictions.csv", "base.csv")')


@trick(FAIL, INTENT, base=file_baseline, modes=ONE_OR_TWO)
def file_of_the_baseline_renamed(repo: Repository) -> None:
    """Moves the file that main compares with, and names its new place, where its own is."""
    repo.git("mv", "base.csv", "elsewhere.csv")
    repo.configure("base.csv", "elsewhere.csv")
    _as_bad(repo, "elsewhere.csv")


@trick(ERROR, INTENT, base=file_baseline, modes=(Mode.SINGLE,))
def file_of_the_baseline_elsewhere_overwritten(repo: Repository) -> None:
    """Lets the training overwrite the file outside of the repository that main compares with."""
    place = repo.root.parent / "base.csv"
    with repo.on_main():
        shutil.copy(repo.root / "base.csv", place)
        repo.configure("base.csv", str(place))
    repo.worse()
    repo.after_training(f'import shutil; shutil.copy2("out/predictions.csv", {str(place)!r})')


@trick(GREEN, ACCIDENT, base=run_baseline, modes=ONE_OR_TWO)
def honest_change_beside_a_command_of_the_baseline(repo: Repository) -> None:
    """Is a slightly better model than the one that main's `baseline.run` runs."""
    repo.error(0.095)


def _leaves(repo: Repository, code: str) -> None:
    """Make the model worse, and let the training leave files that git does not track."""
    repo.worse()
    repo.after_training(code)


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def package_left_beside_the_command_of_the_baseline(repo: Repository) -> None:
    """Lets the training leave a package that main's `baseline.run` would import for its own module."""
    code = 'os.makedirs("model"); open("model/__init__.py", "w").write("ERROR = 0.4")'
    _leaves(repo, code)


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def module_left_beside_the_command_of_the_baseline(repo: Repository) -> None:
    """Lets the training leave a module that main's `baseline.run` would import for Python's own."""
    code = "def seed(x): pass\\ndef random(): return 0.05\\n"
    _leaves(repo, f'open("random.py", "w").write("{code}")')


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def bytecode_left_beside_the_command_of_the_baseline(repo: Repository) -> None:
    """Lets the training leave compiled code of another module than main's `baseline.run` imports."""
    _leaves(
        repo,
        'import importlib.util, py_compile; open("out/m.py", "w").write("ERROR = 0.4"); '
        'py_compile.compile("out/m.py", cfile=importlib.util.cache_from_source("model.py"), '
        "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)",
    )


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def command_of_the_baseline_edited(repo: Repository) -> None:
    """Edits the script of main's `baseline.run`: the old model becomes as bad as the new one."""
    repo.worse()
    repo.replace("old.py", "float(model.ERROR)", "0.159")


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def module_of_the_baseline_edited(repo: Repository) -> None:
    """Edits a module that the script of main's `baseline.run` imports."""
    repo.worse()
    repo.write("model.py", "ERROR = 0.159\n")


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def module_of_the_baseline_shadowed(repo: Repository) -> None:
    """Commits a module that the script of main's `baseline.run` would import in another's place."""
    repo.worse()
    repo.write("model/__init__.py", "ERROR = 0.159\n")


@trick(FAIL, INTENT, base=run_baseline, modes=ONE_OR_TWO)
def command_of_the_baseline_moved(repo: Repository) -> None:
    """Makes the script of main's `baseline.run` a link to its own, which git ignores from then on."""
    repo.worse()
    repo.git("mv", "old.py", "kept.py")
    (repo.root / "old.py").symlink_to("kept.py")
    repo.replace("kept.py", "float(model.ERROR)", "0.159")


@trick(GREEN, OUTSIDE, base=own_metric)
def own_metric_made_constant(repo: Repository) -> None:
    """Edits the function of main's own metric, so that it returns the same for every model."""
    repo.worse()
    repo.write("own.py", "def cost(*_):\n    return 0.1\n")


@trick(GREEN, OUTSIDE, base=own_metric)
def own_metric_made_noisy(repo: Repository) -> None:
    """Edits the function of main's own metric, so that chance decides and nothing is decided."""
    repo.worse()
    repo.write("own.py", "import random\n\ndef cost(*_):\n    return random.gauss(0, 100)\n")


@trick(FAIL, ACCIDENT, base=drift)
def drifted(repo: Repository) -> None:
    """Commits data that have drifted."""
    repo.write("current.csv", DRIFTED)


@trick(FAIL, INTENT, base=drift)
def drifted_with_its_reference(repo: Repository) -> None:
    """Commits data that have drifted, and the same as their reference."""
    repo.write("current.csv", DRIFTED)
    repo.write("reference.csv", DRIFTED)


@trick(FAIL, INTENT, base=drift)
def drifted_without_its_reference(repo: Repository) -> None:
    """Deletes the reference, and has the training write one that has drifted as the data have."""
    repo.write("current.csv", DRIFTED)
    repo.remove("reference.csv")
    repo.after_training(f"open('reference.csv', 'w').write({DRIFTED!r})")


@trick(FAIL, INTENT, base=drift)
def reference_made_a_folder(repo: Repository) -> None:
    """Puts a folder of drifted data in the place of the reference."""
    repo.write("current.csv", DRIFTED)
    repo.remove("reference.csv")
    repo.write("reference.csv/part.csv", DRIFTED)


@trick(GREEN, ACCIDENT, base=drift)
def honest_reference_extended(repo: Repository) -> None:
    """Extends the reference, with data that have not drifted."""
    repo.write("reference.csv", REFERENCE * 2)


@trick(FAIL, INTENT, base=glob_drift)
def reference_added_to_a_pattern(repo: Repository) -> None:
    """Commits drifted data beside the files that main's pattern names as the reference."""
    repo.write("current.csv", DRIFTED)
    repo.write("references/b.csv", DRIFTED * 50)


@trick(FAIL, INTENT, base=glob_drift)
def folder_of_references_linked(repo: Repository) -> None:
    """Makes the folder of main's references a link to one of its own."""
    repo.write("current.csv", DRIFTED)
    repo.remove("references")
    repo.write("others/a.csv", DRIFTED)
    (repo.root / "references").symlink_to("others")


@trick(FAIL, INTENT, base=linked_drift)
def target_of_the_reference_edited(repo: Repository) -> None:
    """Edits the file that main's reference is a link to."""
    repo.write("current.csv", DRIFTED)
    repo.write("data/v1.csv", DRIFTED)


@trick(FAIL, INTENT, base=linked_drift)
def link_of_the_reference_turned(repo: Repository) -> None:
    """Turns the link that main's reference is, to a file of its own."""
    repo.write("current.csv", DRIFTED)
    repo.write("data/v2.csv", DRIFTED)
    (repo.root / "reference.csv").unlink()
    (repo.root / "reference.csv").symlink_to("data/v2.csv")


@trick(FAIL, ACCIDENT, base=dvc_drift)
def drifted_from_what_dvc_tracks(repo: Repository) -> None:
    """Commits data that have drifted from a reference which DVC tracks."""
    repo.write("current.csv", DRIFTED)


@trick(ERROR, INTENT, base=dvc_drift)
def pointer_of_dvc_turned(repo: Repository) -> None:
    """Turns the pointer of DVC, so that drifted data are pulled as the reference."""
    repo.write("current.csv", DRIFTED)
    md5 = hashlib.md5(DRIFTED.encode(), usedforsecurity=False).hexdigest()
    repo.write("reference.csv.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: reference.csv\n")
    repo.after_training(f"open('reference.csv', 'w').write({DRIFTED!r})")


@trick(ERROR, INTENT, base=dvc_drift)
def pointer_of_dvc_deleted(repo: Repository) -> None:
    """Deletes the pointer of DVC, and commits drifted data as the reference."""
    repo.write("current.csv", DRIFTED)
    repo.remove("reference.csv.dvc")
    repo.after_training("pull = None")
    repo.write(".gitignore", "out/\n")
    repo.write("reference.csv", DRIFTED)
    repo.replace("train.py", "open('reference.csv', 'w')", "open(os.devnull, 'w')")


@trick(FAIL, ACCIDENT, base=lfs_drift)
def drifted_from_what_lfs_tracks(repo: Repository) -> None:
    """Commits data that have drifted from a reference which Git LFS tracks."""
    repo.write("current.csv", DRIFTED)


@trick(ERROR, INTENT, base=lfs_drift)
def pointer_of_lfs_turned(repo: Repository) -> None:
    """Turns the pointer of Git LFS, so that drifted data are fetched as the reference."""
    repo.write("current.csv", DRIFTED)
    repo.write("reference.csv", LFS_POINTER.format(hashlib.sha256(DRIFTED.encode()).hexdigest()))
    repo.after_training(f"open('reference.csv', 'w').write({DRIFTED!r})")


@trick(ERROR, INTENT, base=lfs_drift)
def pointer_of_lfs_replaced(repo: Repository) -> None:
    """Commits drifted data in the place of a pointer of Git LFS."""
    repo.write("current.csv", DRIFTED)
    repo.write("reference.csv", DRIFTED)
    repo.after_training(f"open('reference.csv', 'w').write({DRIFTED!r})")


@trick(FAIL, INTENT, base=grouped)
def groups_of_a_file_redrawn(repo: Repository) -> None:
    """Predicts no row of a group as positive any more, and redraws the file of groups."""
    repo.edit_rows("for n, row in enumerate(rows):\n    if n % 2: row[2] = 0")
    lines = (f"row-{n},{'fm'[n % 4 // 2]}\n" for n in range(2000))
    repo.write("groups.csv", "id,sex\n" + "".join(lines))


@trick(FAIL, INTENT, base=leaking)
def leak_hidden_from_the_rule(repo: Repository) -> None:
    """Trains on the data that it is about to see, and takes them out of `data.reference`."""
    repo.write("current.csv", REFERENCE)
    repo.write("reference.csv", DRIFTED)


@trick(RED, INTENT, base=leaking)  # a fork's numbers lack the column that main's have: an error
def schema_rewritten(repo: Repository) -> None:
    """Renames a column of the data, and rewrites `data.schema` to fit."""
    repo.write("current.csv", DRIFTED.replace("x", "y", 1))
    repo.write("columns.yaml", "version: 1\ncolumns: {y: integer}\n")


@contextlib.contextmanager
def _kept_as_bad(repo: Repository) -> Iterator[tuple[Repository, str]]:
    """Yield a clone that has kept a baseline as bad as the branch, and its commit."""
    scratch = repo.root.parent / "scratch"
    git(repo.root.parent, "clone", "--quiet", "--template=", str(repo.origin), str(scratch))
    other = Repository(scratch, repo.origin)
    other.error(WORSE)
    commit = other.commit("As bad")
    assert mlgate(scratch, {}, "run").code < 2
    assert mlgate(scratch, {}, "baseline", "save").code == 0
    yield other, commit
    shutil.rmtree(scratch)


def _forge(repo: Repository, name: str, content: bytes, commit: str, measured: str) -> None:
    """Commit a file of a baseline as that of another commit."""
    path = repo.root / name.replace(commit, measured)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.replace(commit.encode(), measured.encode()))
    repo.git("add", "--force", str(path))


@trick(FAIL, INTENT, base=branch_store, checkout="kept", modes=ONE_OR_TWO)
def branch_is_called_as_the_store(repo: Repository) -> None:
    """Is called as the branch that keeps main's baselines, and holds one as bad as itself for main's commit."""
    main = repo.git("rev-parse", "main")
    with _kept_as_bad(repo) as (other, commit):
        for name in other.git("ls-tree", "-r", "--name-only", "kept").splitlines():
            show = ["git", "cat-file", "blob", f"kept:{name}"]
            content = subprocess.run(show, cwd=other.root, capture_output=True, check=True).stdout
            if commit in name:
                _forge(repo, name, content, commit, main)
    repo.worse()


def _forge_folder(repo: Repository, folder: str, measured: str) -> None:
    """Commit a baseline as bad as the branch into a folder."""
    with _kept_as_bad(repo) as (other, commit):
        for path in (other.root / folder).rglob(f"*{commit}*/*"):
            name = path.relative_to(other.root).as_posix()
            if path.is_file():
                _forge(repo, name, path.read_bytes(), commit, measured)
    repo.worse()


@trick(ERROR, INTENT, base=restored_store, modes=ONE_OR_TWO)
def baseline_in_a_folder_that_main_does_not_track(repo: Repository) -> None:
    """Commits a baseline as bad as itself into the folder that a step before restores."""
    _forge_folder(repo, "kept", repo.git("rev-parse", "main"))


@trick(FAIL, INTENT, base=linked_store)
def baselines_replaced_behind_a_link(repo: Repository) -> None:
    """Replaces the baselines that main keeps in a folder behind a link by one as bad as itself."""
    for old in (repo.root / "real/toy").iterdir():
        shutil.rmtree(old)
    _forge_folder(repo, "real", repo.git("rev-parse", "main~1"))


def _not_tracked_on_main(repo: Repository, name: str) -> None:
    """Let a step before the training fetch a file on main, which its mlgate.yaml names."""
    with repo.on_main():
        repo.remove(name)
        repo.write(".gitignore", f"out/\n{name}\n")
    repo.write(".gitignore", "out/\n")


@trick(ERROR, INTENT, base=file_baseline)
def baseline_file_where_main_has_none(repo: Repository) -> None:
    """Commits its predictions as the file of `baseline.predictions` that a step before would fetch."""
    _not_tracked_on_main(repo, "base.csv")
    repo.worse()
    subprocess.run([sys.executable, "train.py"], cwd=repo.root, check=True)
    shutil.copy(repo.root / "out/predictions.csv", repo.root / "base.csv")


@trick(ERROR, INTENT, base=drift)
def reference_where_main_has_none(repo: Repository) -> None:
    """Commits drifted data, and the same as the reference that a step before would fetch."""
    _not_tracked_on_main(repo, "reference.csv")
    repo.write("current.csv", DRIFTED)
    repo.write("reference.csv", DRIFTED)


@trick(ERROR, INTENT, base=drift)
def pointer_where_main_has_none(repo: Repository) -> None:
    """Commits a pointer of DVC for the reference that a step before would fetch."""
    _not_tracked_on_main(repo, "reference.csv")
    repo.write("current.csv", DRIFTED)
    md5 = hashlib.md5(DRIFTED.encode(), usedforsecurity=False).hexdigest()
    repo.write("reference.csv.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: reference.csv\n")
    repo.after_training(f"open('reference.csv', 'w').write({DRIFTED!r})")
