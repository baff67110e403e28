"""Outputs of a CI step: what later steps can read of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.cli.settings import Settings
    from mlgate.model.verdict import Verdict
    from mlgate.run_dir import RunDir


def write(settings: Settings, values: Mapping[str, str]) -> None:
    """Set outputs, where CI has them."""
    if settings.ci_run.outputs is not None:
        settings.ci_run.outputs.put(values)


def of_verdict(verdict: Verdict, run_dir: RunDir) -> dict[str, str]:
    """Return the outputs of a step that judged."""
    return {
        "verdict": verdict.verdict,
        "blocked": str(verdict.blocked).lower(),
        "headline": verdict.headline,
        **of_folder(run_dir),
    }


def of_folder(run_dir: RunDir) -> dict[str, str]:
    """Return where results are: the run directory, and the reports in it."""
    folder = run_dir.path.absolute()
    files = {"report-path": run_dir.markdown, "html-path": run_dir.html, "log-path": run_dir.log}
    paths = {name: str(file.absolute()) for name, file in files.items() if file.is_file()}
    return {"run-dir": str(folder), **paths}
