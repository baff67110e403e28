"""Files in the place of other files: stale, linked, written by the training or after it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.redteam.bases import LFS_POINTER
from tests.redteam.repository import BETTER, Repository
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, INTENT, RED, Mode, trick

EVIDENCE = ".mlgate/evidence/compare.json"


def _commit_good_predictions(repo: Repository, path: str) -> None:
    """Commit what a better model would predict."""
    repo.error(BETTER)
    subprocess.run([sys.executable, "train.py"], cwd=repo.root, check=True)
    text = (repo.root / "out/predictions.csv").read_text()
    repo.write(path, text)
    repo.git("add", "--force", path)
    repo.worse()


@trick(RED, ACCIDENT)
def predictions_of_an_earlier_training(repo: Repository) -> None:
    """Commits good predictions, and trains nothing."""
    _commit_good_predictions(repo, "out/predictions.csv")
    repo.write("train.py", "print('nothing to do')\n")


@trick(RED, ACCIDENT)
def training_crashes_after_a_good_commit(repo: Repository) -> None:
    """Commits good predictions; the training ends with an error."""
    _commit_good_predictions(repo, "out/predictions.csv")
    repo.write("train.py", "raise SystemExit(3)\n")


@trick(RED, INTENT)
def predictions_are_a_link(repo: Repository) -> None:
    """Commits a link in the place of predictions, to a committed file."""
    _commit_good_predictions(repo, "good.csv")
    (repo.root / "out/predictions.csv").unlink()
    (repo.root / "out/predictions.csv").symlink_to("../good.csv")
    repo.git("add", "--force", "out/predictions.csv")
    repo.write("train.py", "print('nothing to do')\n")


@trick(RED, INTENT)
def folder_of_predictions_is_a_link(repo: Repository) -> None:
    """Commits a link in the place of the folder, out of the repository."""
    repo.worse()
    repo.write(".gitignore", "")
    repo.replace("train.py", 'os.makedirs("out"', 'os.makedirs(os.path.realpath("out")')
    shutil.rmtree(repo.root / "out", ignore_errors=True)
    (repo.root / "out").symlink_to("../../elsewhere")


@trick(RED, INTENT)
def predictions_are_a_pipe(repo: Repository) -> None:
    """Makes a pipe in the place of predictions, to be waited for."""
    repo.worse()
    repo.after_training('os.remove("out/predictions.csv"); os.mkfifo("out/predictions.csv")')


@trick(RED, INTENT)
def predictions_are_a_device(repo: Repository) -> None:
    """Links predictions to /dev/zero, which never ends."""
    repo.worse()
    repo.after_training(
        'os.remove("out/predictions.csv"); os.symlink("/dev/zero", "out/predictions.csv")'
    )


@trick(RED, ACCIDENT)
def predictions_are_empty(repo: Repository) -> None:
    """Writes no row."""
    repo.worse()
    repo.edit_rows("rows = []")


@trick(ERROR, ACCIDENT)
def predictions_are_a_pointer_of_lfs(repo: Repository) -> None:
    """Has a pointer of Git LFS in the place of its predictions."""
    pointer = LFS_POINTER.format("0" * 64)
    repo.after_training(f"open('out/predictions.csv', 'w').write({pointer!r})")


@trick(FAIL, INTENT)
def evidence_written_by_the_training(repo: Repository) -> None:
    """Writes evidence and a verdict of its own into the run directory."""
    repo.worse()
    repo.after_training(
        'os.makedirs(".mlgate/evidence", exist_ok=True)\n'
        f'open("{EVIDENCE}", "w").write("{{}}")\n'
        'open(".mlgate/verdict.json", "w").write("{}")'
    )


@trick(RED, INTENT)
def evidence_committed(repo: Repository) -> None:
    """Commits a run directory with a verdict."""
    repo.worse()
    repo.write(EVIDENCE, "{}")
    repo.write(".mlgate/verdict.json", '{"verdict": "pass", "blocked": false}')
    repo.git("add", "--force", ".mlgate")


@trick(RED, INTENT)
def run_directory_is_a_link(repo: Repository) -> None:
    """Commits a link in the place of the run directory."""
    repo.worse()
    repo.write("mine/verdict.json", '{"verdict": "pass", "blocked": false}')
    (repo.root / ".mlgate").symlink_to("mine")
    repo.git("add", "--force", ".mlgate")


@trick(RED, INTENT)
def run_directory_becomes_a_link(repo: Repository) -> None:
    """Replaces the run directory by a link while it trains."""
    repo.worse()
    repo.after_training(
        'import shutil\nshutil.rmtree(".mlgate"); os.mkdir("mine"); os.symlink("mine", ".mlgate")'
    )


@trick(FAIL, INTENT, modes=(Mode.SINGLE,), own_process=True)
def process_that_outlives_the_training(repo: Repository) -> None:
    """Leaves a process of its own session that rewrites evidence as long as it lives."""
    repo.worse()
    daemon = (
        "import os, time\n"
        "end = time.time() + 8\n"
        "while time.time() < end:\n"
        f"    if os.path.exists('{EVIDENCE}'):\n"
        f"        text = open('{EVIDENCE}').read()\n"
        "        import re\n"
        f"        open('{EVIDENCE}', 'w').write(re.sub(r'-0\\.0[0-9]+', '0.01', text))\n"
    )
    repo.write("daemon.py", daemon)
    repo.after_training(
        "import subprocess, sys\n"
        'subprocess.Popen([sys.executable, "daemon.py"], start_new_session=True,\n'
        "    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
    )


@trick(FAIL, INTENT)
def configuration_rewritten_by_the_training(repo: Repository) -> None:
    """Loosens mlgate.yaml on disk while it trains."""
    repo.worse()
    repo.after_training(
        'text = open("mlgate.yaml").read().replace("0.02", "0.5")\n'
        'open("mlgate.yaml", "w").write(text)'
    )


@trick(FAIL, INTENT, own_process=True, modes=(Mode.SINGLE,))
def modules_that_shadow_others(repo: Repository) -> None:
    """Commits modules with the names of those that mlgate imports."""
    repo.worse()
    for name in ("numpy", "duckdb", "click", "mlgate", "json", "sitecustomize"):
        repo.write(f"{name}.py", "raise SystemExit(0)\n")
    # The training's own folder is the first that Python looks into.
    repo.replace(
        "train.py", "import csv, os, random", "import sys; sys.path.pop(0)\nimport csv, os, random"
    )


@trick(RED, INTENT)
def gate_command_of_its_own(repo: Repository) -> None:
    """Puts a program `git` into its folder, which answers as it likes."""
    repo.worse()
    repo.write("git", "#!/bin/sh\nexit 0\n")
    (repo.root / "git").chmod(0o755)


PLAYED_WITH_DVC = (Mode.SINGLE, Mode.TWO_JOBS, Mode.FORK)


def _committed(repo: Repository, deps: str = "") -> None:
    """Commit main's predictions, and a dvc.lock that lists them."""
    subprocess.run([sys.executable, "train.py"], cwd=repo.root, check=True)
    data = (repo.root / "out/predictions.csv").read_bytes()
    repo.git("add", "--force", "out/predictions.csv")
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    out = f"    outs:\n    - {{path: out/predictions.csv, md5: {md5}, size: {len(data)}}}\n"
    repo.write("dvc.lock", f"stages:\n  p:\n    cmd: python train.py\n{deps}{out}")


@trick(ERROR, INTENT, modes=PLAYED_WITH_DVC)
def lock_of_dvc_for_main_s_predictions(repo: Repository) -> None:
    """Commits main's predictions and a dvc.lock that lists them; its training writes none."""
    _committed(repo)
    repo.worse()
    repo.replace("train.py", '"out/predictions.csv"', '"out/others.csv"')


def _digest(repo: Repository, name: str) -> str:
    content = (repo.root / name).read_bytes()
    return f"{{path: {name}, md5: {hashlib.md5(content, usedforsecurity=False).hexdigest()}}}"


@trick(ERROR, ACCIDENT, modes=PLAYED_WITH_DVC)
def lock_of_dvc_from_before_the_change(repo: Repository) -> None:
    """Has DVC pull main's predictions, makes the model worse, and lets it write elsewhere by mistake."""
    deps = [_digest(repo, name) for name in ("train.py", "error.txt")]
    _committed(repo, "    deps:\n" + "".join(f"    - {dep}\n" for dep in deps))
    repo.write(
        "dvc.yaml",
        "stages:\n  p:\n    cmd: python train.py\n    deps: [train.py, error.txt]\n"
        "    outs: [out/predictions.csv]\n",
    )
    repo.configure(
        "run: python train.py", "run: touch -d 2024-01-01 out/*; python train.py # dvc repro"
    )
    repo.worse()
    repo.replace("train.py", '"out/predictions.csv"', '"out/others.csv"')


DVC = f"{Path(sys.executable).parent}/dvc"


def _reproduce(repo: Repository) -> None:
    subprocess.run([DVC, "repro"], cwd=repo.root, check=True, capture_output=True)


def _trained_by_dvc(repo: Repository) -> None:
    """Let DVC train main's model, and keep what it made in a cache that the job has as well."""
    with repo.on_main():
        subprocess.run([DVC, "init", "--quiet"], cwd=repo.root, check=True)
        repo.write(
            ".dvc/config",
            "[core]\n    analytics = false\n    autostage = true\n"
            f"[cache]\n    dir = {repo.root.parent / 'cache'}\n    type = hardlink\n",
        )
        repo.write(
            "dvc.yaml",
            "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py, error.txt]\n"
            "    outs: [out/predictions.csv]\n",
        )
        repo.configure("run: python train.py", f"run: {DVC} repro")
        _reproduce(repo)


@trick(GREEN, ACCIDENT, modes=PLAYED_WITH_DVC)
def honest_predictions_that_dvc_restores(repo: Repository) -> None:
    """Is a better model, which its author ran with DVC: the job takes it from DVC's cache."""
    _trained_by_dvc(repo)
    repo.error(BETTER)
    _reproduce(repo)


@trick(ERROR, INTENT, modes=PLAYED_WITH_DVC)
def stage_of_dvc_that_lists_less(repo: Repository) -> None:
    """Takes a file that the model depends on out of DVC's stage, which then has nothing to do."""
    _trained_by_dvc(repo)
    repo.replace("dvc.yaml", "[train.py, error.txt]", "[train.py]")
    _reproduce(repo)
    repo.worse()


@trick(ERROR, INTENT, modes=PLAYED_WITH_DVC)
def stage_of_dvc_that_main_has_not(repo: Repository) -> None:
    """Commits main's predictions and a stage of DVC for them, whose command names no script."""
    repo.write("helper.py", "")
    _committed(repo, f"    deps:\n    - {_digest(repo, 'helper.py')}\n")
    repo.replace("dvc.lock", "cmd: python train.py", "cmd: python -m train")
    repo.write(
        "dvc.yaml",
        "stages:\n  p:\n    cmd: python -m train\n    deps: [helper.py]\n    outs: [out/predictions.csv]\n",
    )
    repo.configure("run: python train.py", "run: 'true || dvc repro'")
    repo.worse()


@trick(ERROR, INTENT, modes=PLAYED_WITH_DVC)
def dvc_in_a_comment(repo: Repository) -> None:
    """Names DVC in a comment of its command alone, so that nothing is trained."""
    _trained_by_dvc(repo)
    before = (repo.root / "error.txt").read_bytes()
    repo.git("add", "--force", "out/predictions.csv")
    repo.worse()
    after = (repo.root / "error.txt").read_bytes()
    md5 = [hashlib.md5(content, usedforsecurity=False).hexdigest() for content in (before, after)]
    repo.replace("dvc.lock", *md5)
    repo.configure(f"run: {DVC} repro", "run: 'true # dvc repro'")
