"""A run directory's files, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """Everything that a report of one run is made from.

    `evidence` is that of the first judge, with what only further judges asked for beside it.
    """

    run: RunRecord
    verdict: Verdict
    evidence: Mapping[str, Evidence]


def load(run_dir: RunDir) -> LoadedRun:
    """Read run.json, verdict.json and the evidence.

    Raises
    ------
    DataError
        When a file is missing, damaged or of another version.
    """
    run = run_dir.read_run()
    folders = {folder: run_dir.read_evidence(folder) for folder in {j.evidence for j in run.judges}}
    return loaded(run, run_dir.read_verdict(), folders)


def loaded(
    run: RunRecord, verdict: Verdict, folders: Mapping[str, Mapping[str, Evidence]]
) -> LoadedRun:
    """Return what a report is made from: no more than people may see.

    Parameters
    ----------
    folders
        The evidence of each judge, by its folder.
    """
    evidence: dict[str, Evidence] = {}
    for judge in run.judges:
        evidence = {**folders.get(judge.evidence, {}), **evidence}
    shown = {check: measured.shown(run.changes) for check, measured in evidence.items()}
    return LoadedRun(run, verdict, shown)
