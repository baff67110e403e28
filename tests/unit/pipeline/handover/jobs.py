"""The two jobs of a pull request, each in a clone of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate.pipeline import prepare
from mlgate.pipeline.handover.packing import train_and_pack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.pipeline.conftest import Repository

    from mlgate.pipeline.full_run import FullRunResult
    from mlgate.run_dir import RunDir

LONG_AGO = 1_700_000_000


def clone(repository: Repository, name: str) -> Repository:
    """Clone a repository as a job does: at its head, detached from any branch."""
    folder = repository.root.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(repository.root), str(folder)], check=True)
    cloned = type(repository)(folder, replace(repository.context, cwd=folder))
    cloned.git("remote", "set-head", "origin", "main")
    cloned.git("checkout", "--quiet", "--detach", repository.git("rev-parse", "HEAD"))
    for path in filter(os.path.isfile, folder.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return cloned


def handed_over(repository: Repository, **how: object) -> Path:
    """Run the job that trains, and return what it uploads."""
    job = clone(repository, "one")
    prepared = prepare.prepare(replace(job.context, **how))  # type: ignore[arg-type]
    prepare.begin(prepared)
    target = repository.root.with_name("mlgate-handover.zip")
    train_and_pack(prepared, target)
    return target


def judged(repository: Repository, handover: Path, **how: object) -> FullRunResult:
    """Run the job that judges."""
    from mlgate.pipeline import full_run

    job = clone(repository, "two")
    context = replace(job.context, **how)  # type: ignore[arg-type]
    return full_run.run(context, handover=handover)


def evidence(folder: RunDir, check: str) -> dict[str, object]:
    """Return what does not depend on the moment of a run."""
    text = json.loads(folder.evidence_file(check).read_text())
    text.pop("created")
    return text
