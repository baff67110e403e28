"""Runs of samples, as if they were of the local GitHub's pull request."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlgate.checks import evidence_types
from mlgate.demo.github.world import LocalRun
from mlgate.model.run_stamp import RunStamp
from mlgate.pipeline.publishing import content
from mlgate.pipeline.publishing.destination import Destination
from mlgate.run_dir import RunDir

SAMPLES = Path(__file__).parents[2] / "report" / "samples"
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def run_dir(tmp_path):
    """Copy a sample; its commit becomes `sha`, its plots are two tiny files a figure."""

    def copy(sample: str, sha: str = COMMIT, /, *, draw: bool = False, **facts: object) -> RunDir:
        folder = Path(
            shutil.copytree(SAMPLES / sample, tmp_path / sample / ".mlgate", dirs_exist_ok=True)
        )
        for file in folder.rglob("*.json"):
            file.write_text(file.read_text().replace(COMMIT, sha))
        made = RunDir(folder, evidence_types())
        made.write_run(made.read_run().model_copy(update=facts))
        if draw:
            pictures(made)
        return made

    return copy


def pictures(target: RunDir, sources=()):
    """Write a small file for each plot that a report would draw."""
    for report in content.read(target, sources).reports:
        for figure in report.figures():
            for theme in ("light", "dark"):
                file = target.path / "plots" / f"{figure.name}-{theme}.png"
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(PNG + f"{figure.name} {theme}".encode())


@pytest.fixture
def aimed():
    """Give a target on the local GitHub's pull request, and let GitHub know of the run."""

    def target(local, run: int = 9, attempt: int = 1, **more: object) -> Destination:
        local.repo.runs[run] = LocalRun(
            run, run, attempt, "pull_request", "x.yml", "x", local.head, "feature", "octo/model",
            local.world.now(),
        )  # fmt: skip
        known = {
            "key": "income",
            "sha": local.head,
            "pull": 1,
            "stamp": RunStamp(run, attempt),
            "before": local.before,
            "run_url": f"{local.server.url}/octo/model/actions/runs/{run}",
            "private": False,
        }
        return Destination(**(known | more))  # type: ignore[arg-type]

    return target
